"""Which files may leave the store, and when a scan is tried again."""

from datetime import datetime, timedelta

from django.conf import settings

from tasks.files.models import StoredFile
from tasks.files.values import ScanState


def scans() -> bool:
    """Whether a virus scanner is configured."""
    return bool(settings.CLAMAV_SOCKET)


def may_leave(file: StoredFile) -> bool:
    """Whether anybody is given the file: never an infected one; while there is a scanner, only what it found clean."""
    if file.scan_state == ScanState.INFECTED:
        return False
    return file.scan_state == ScanState.CLEAN or not scans()


def next_scan(tries: int, now: datetime) -> datetime:
    """When to scan again what could not be scanned: soon at first, later each hour, for as long as it takes."""
    return now + timedelta(minutes=min(60, 2 ** min(tries, 6)))
