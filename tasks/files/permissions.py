"""Rules by scan state: whether a file may be served, and when a scan is retried."""

from datetime import datetime, timedelta

from django.conf import settings

from tasks.files.models import StoredFile
from tasks.files.values import ScanState


def scans() -> bool:
    """Whether a virus scanner is configured."""
    return bool(settings.CLAMAV_SOCKET)


def may_leave(file: StoredFile) -> bool:
    """Whether the file may be served: never if infected; with a scanner configured, only if clean."""
    if file.scan_state == ScanState.INFECTED:
        return False
    return file.scan_state == ScanState.CLEAN or not scans()


def next_scan(tries: int, now: datetime) -> datetime:
    """The time of the next attempt after a failed scan: soon at first, later every hour, without end."""
    return now + timedelta(minutes=min(60, 2 ** min(tries, 6)))
