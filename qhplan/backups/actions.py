"""What a backup consists of, where it is kept, and how it comes back."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

import qhplan
from qhplan import schema
from qhplan.backups import archive, programs
from qhplan.backups.archive import BackupError
from tasks.files.storage import keep_all

_DUMP, _FILES = "database.dump", "files"
_NAME = "qhplan-{:%Y%m%d-%H%M%S}.tar.age"
_NAMES = "qhplan-????????-??????.tar.age"


@dataclass(frozen=True)
class Backup:
    """An archive that was written and read back."""

    path: Path
    size: int  # bytes
    sha256: str
    files: int
    removed: tuple[str, ...] = ()  # names of archives that were older than those to keep
    copy: Path | None = None


# -- backing up ---------------------------------------------------------------------------------------------


def back_up(now: datetime | None = None) -> Backup:
    """Writes an archive while people work, reads it back, copies it to the second place and removes what is older than the
    newest BACKUP_KEEP. Raises BackupError.

    Database and files fit each other: the dump sees one moment, files are written before their rows, and none is removed
    before the archive is written.
    """
    if not settings.BACKUP_RECIPIENTS:
        raise BackupError(
            "BACKUP_RECIPIENT is not set: run `manage.py backup_key`, print what it says and put the public key there."
        )
    programs.check_version()
    folder = _folder(settings.BACKUP_DIR, "BACKUP_DIR")
    path = folder / _NAME.format(timezone.localtime(now or timezone.now()))
    count = 0

    def fill(writer: archive.Writer) -> None:
        nonlocal count
        writer.add(_DUMP, dumped)
        root = settings.MEDIA_ROOT / _FILES
        for file in sorted(each for each in root.rglob("*") if each.is_file()):
            writer.add(f"{_FILES}/{file.relative_to(root)}", file)
            count += 1
        writer.close(facts)

    try:
        with (
            tempfile.TemporaryDirectory(prefix=".dump-", dir=folder) as scratch,
            keep_all(),
        ):
            dumped = Path(scratch) / _DUMP
            with _snapshot() as snapshot:
                facts = _facts()
                programs.dump(dumped, snapshot)
            programs.contents(dumped)
            archive.write(path, settings.BACKUP_RECIPIENTS, fill)
        digest = archive.sha256(path)
        copy = _copied(path, digest)
        removed = [*_thin_out(folder), *(_thin_out(copy.parent) if copy else [])]
    except OSError as error:
        raise BackupError(
            f"The archive cannot be written under {error.filename or folder} ({error.strerror})."
        ) from error
    return Backup(path, path.stat().st_size, digest, count, tuple(dict.fromkeys(removed)), copy)


@contextmanager
def _snapshot() -> Iterator[str]:
    """A moment of the database that several sessions can see."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def _facts() -> dict[str, Any]:
    return {
        "release": qhplan.__version__,
        "made_at": timezone.now().isoformat(),
        "postgresql": programs.server_version(),
        "migrations": sorted(schema.applied()),
    }


def _folder(path: Path, name: str) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BackupError(
            f"{name} is {path}, which cannot be made ({error.strerror}): put another folder."
        ) from error
    if not os.access(path, os.W_OK):
        raise BackupError(
            f"{name} is {path}, which cannot be written: change its owner, or put another folder."
        )
    return path


def _copied(path: Path, digest: str) -> Path | None:
    """The copy at the second place, compared; None where none is set."""
    if settings.BACKUP_COPY_DIR is None:
        return None
    # The second place must be there already: an empty mount point would take the copies of a disk that is missing.
    if not settings.BACKUP_COPY_DIR.is_dir():
        raise BackupError(
            f"BACKUP_COPY_DIR is {settings.BACKUP_COPY_DIR}, which is not there: mount the second place. The archive "
            f"itself is whole: {path}"
        )
    target = _folder(settings.BACKUP_COPY_DIR, "BACKUP_COPY_DIR") / path.name
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(path, part)
        part.chmod(0o600)
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        if archive.sha256(part) != digest:
            raise BackupError(f"The copy at {target} differs from {path}: look at that disk.")
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def archives(folder: Path | None = None) -> list[Path]:
    """The archives of a folder (BACKUP_DIR), newest first."""
    place = folder or settings.BACKUP_DIR
    return sorted(place.glob(_NAMES), reverse=True) if place.is_dir() else []


def _thin_out(folder: Path) -> list[str]:
    old = archives(folder)[settings.BACKUP_KEEP :]
    for path in old:
        path.unlink(missing_ok=True)
    return [path.name for path in old]


# -- restoring ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Restored:
    """What came back."""

    made_at: datetime
    release: str
    files: int


def restore(path: Path, key: str) -> Restored:
    """Restores the archive into an empty database and an empty folder of files, and brings the tables up to this release.

    Everything is decrypted and compared before anything is touched. Raises BackupError.
    """
    if not path.is_file():
        raise BackupError(
            f"{path} is not there: put the path of an archive, such as {_NAME.format(timezone.now())}."
        )
    if not settings.MIGRATION_DATABASE:
        raise BackupError(
            "MIGRATION_DATABASE_URL is not set: put postgres://owner:password@host:5432/database of the role that "
            "owns the tables."
        )
    secret = archive.identity(key)
    _check_empty()
    programs.check_version()
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    # On the disk of the files, so that they come to their place by renaming.
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.DATA_DIR) as scratch:
        facts = archive.read(path, secret, Path(scratch))
        _check_release(facts)
        programs.restore(Path(scratch) / _DUMP)
        files = Path(scratch) / _FILES
        count = sum(1 for each in files.rglob("*") if each.is_file()) if files.is_dir() else 0
        if count:
            settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True, mode=0o700)
            place = settings.MEDIA_ROOT / _FILES
            if place.is_dir():
                shutil.rmtree(place)  # checked to be without files
            files.rename(place)
    call_command("migrate", interactive=False, verbosity=0)
    return Restored(datetime.fromisoformat(facts["made_at"]), facts["release"], count)


def _check_empty() -> None:
    if connection.introspection.table_names():
        raise BackupError(
            f"The database {connection.settings_dict['NAME']} is not empty: restore into a new one, so that nothing is "
            "overwritten (docs/operations.md)."
        )
    place = settings.MEDIA_ROOT / _FILES
    if place.is_dir() and any(each.is_file() for each in place.rglob("*")):
        raise BackupError(f"{place} holds files: move them away, so that nothing is overwritten.")


def _check_release(facts: dict[str, Any]) -> None:
    if unknown := sorted(set(facts["migrations"]) - schema.known()):
        raise BackupError(
            f"The archive was made by release {facts['release']}, which is newer than this one "
            f"({qhplan.__version__}; {unknown[-1]} is unknown here): restore with that release or a later one."
        )
