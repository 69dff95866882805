"""Stores the bytes of files in a folder outside the web root, each under its id and never under a typed name."""

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from tasks.audit.log import record_access, subject_of
from tasks.audit.models import Outcome
from tasks.files.models import StoredFile

log = logging.getLogger(__name__)

_ROOT = "files"
# Bytes without a row remain if a transaction fails after they were written, or after a power cut.
ORPHANED_AFTER = timedelta(days=1)
# The advisory lock between those who remove bytes, who share it, and a backup.
_LOCK = "hashtext('qhplan files')"


def put(file: StoredFile, content: "File[Any]") -> None:
    """Writes the bytes and syncs them to disk before it returns, so that no row survives a power cut without bytes."""
    kept = default_storage.save(file.path, content)
    if kept != file.path:
        default_storage.delete(kept)
        raise FileExistsError(file.path)
    path = Path(default_storage.path(kept))
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Damaged(FileNotFoundError):
    """The bytes are not those that were uploaded."""


def get(file: StoredFile) -> "File[Any]":
    """The bytes, open for reading, and compared with the hash that was taken when they came. Raises FileNotFoundError if they
    are missing or changed, which only an operator can repair; a change is in the audit log."""
    try:
        content = default_storage.open(file.path)
    except FileNotFoundError:
        log.error("the bytes of file %s are not in the store; was the volume restored?", file.pk)
        raise
    if is_whole(file, content):
        return content
    content.close()
    log.error("the bytes of file %s are not those that were uploaded", file.pk)
    record_access("file.damaged", subject_of(file), by=None, data={}, outcome=Outcome.FAILED)
    raise Damaged(file.path)


def is_whole(file: StoredFile, content: "File[Any]") -> bool:
    """Whether the bytes are those that were uploaded; reading them begins again afterwards."""
    digest = hashlib.sha256()
    for chunk in content.chunks():
        digest.update(chunk)
    content.seek(0)
    return digest.hexdigest() == file.sha256


def drop(path: str) -> None:
    """Removes the bytes; open readers can continue to read."""
    default_storage.delete(path)


def drop_unless_kept(path: str) -> None:
    """Removes bytes whose row is gone; while a backup runs they stay, and the next `tidy` removes them. Called outside
    transactions."""
    with _removing() as allowed:
        if allowed:
            drop(path)


@contextmanager
def keep_all() -> Iterator[None]:
    """No bytes are removed during the block, for a backup whose dump of the database still names them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({_LOCK})")
        try:
            yield
        finally:
            cursor.execute(f"SELECT pg_advisory_unlock({_LOCK})")


@contextmanager
def _removing() -> Iterator[bool]:
    """Whether bytes may be removed now; during the block no backup begins."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock_shared({_LOCK})")
        allowed = bool(cursor.fetchone()[0])
        try:
            yield allowed
        finally:
            if allowed:
                cursor.execute(f"SELECT pg_advisory_unlock_shared({_LOCK})")


def tidy() -> int:
    """Removes bytes without a row, and interrupted uploads. Returns the number of removed files; 0 while a backup runs."""
    with _removing() as allowed:
        return _tidy() if allowed else 0


def _tidy() -> int:
    before = timezone.now() - ORPHANED_AFTER
    old = {path.name: path for path in _older_than(before.timestamp(), Path(default_storage.path(_ROOT)))}
    named = {pk.hex for pk in StoredFile.objects.values_list("pk", flat=True)} if old else set()
    gone = [path for name, path in old.items() if name not in named]
    gone += _older_than(before.timestamp(), Path(settings.UPLOAD_DIR))
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _older_than(moment: float, folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_mtime < moment:
            yield path
