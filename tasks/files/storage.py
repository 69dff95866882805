"""The bytes of files: in one folder outside the web root, each under its id, never under what somebody typed."""

import logging
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone

from tasks.files.models import StoredFile

log = logging.getLogger(__name__)

_ROOT = "files"
# Bytes that no row names are left by a transaction that failed after they were written, or by a power cut.
ORPHANED_AFTER = timedelta(days=1)


def put(file: StoredFile, content: "File[Any]") -> None:
    """Keep the bytes; they are on the disk when this returns, so that a row never promises what a power cut takes."""
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


def get(file: StoredFile) -> "File[Any]":
    """The bytes, open for reading. Raises FileNotFoundError when they are gone, which only an operator can mend."""
    try:
        return default_storage.open(file.path)
    except FileNotFoundError:
        log.error("the bytes of file %s are not in the store; was the volume restored?", file.pk)
        raise


def drop(path: str) -> None:
    """Remove the bytes; whoever still reads them reads on."""
    default_storage.delete(path)


def tidy() -> int:
    """Remove bytes that no row names, and uploads that were cut off; returns how many files went."""
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
