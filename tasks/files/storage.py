"""Stores the bytes of files in a folder outside the web root, each under its id and never under a typed name."""

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
# Bytes without a row remain if a transaction fails after they were written, or after a power cut.
ORPHANED_AFTER = timedelta(days=1)


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


def get(file: StoredFile) -> "File[Any]":
    """The bytes, open for reading. Raises FileNotFoundError if they are missing, which only an operator can repair."""
    try:
        return default_storage.open(file.path)
    except FileNotFoundError:
        log.error("the bytes of file %s are not in the store; was the volume restored?", file.pk)
        raise


def drop(path: str) -> None:
    """Removes the bytes; open readers can continue to read."""
    default_storage.delete(path)


def tidy() -> int:
    """Removes bytes without a row, and interrupted uploads. Returns the number of removed files."""
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
