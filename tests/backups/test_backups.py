"""A backup holds database and files of one moment, is read back, and comes back on an empty machine."""

import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from qhplan import jobs
from qhplan.backups import actions, archive, programs
from qhplan.backups.archive import BackupError
from qhplan.backups.jobs import BACK_UP, back_up_if_due
from qhplan.jobs import JobState
from tasks.files import storage
from tasks.files.models import StoredFile
from tasks.notifications.models import Message
from tasks.plans.models import Plan, Task
from tasks.values import Role
from tests import rig
from tests.factories import user

PUBLIC, SECRET = archive.new_key()


@pytest.fixture
def place(settings: Settings, tmp_path: Path) -> Path:
    """Folders of this test's own, and a key."""
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.BACKUP_COPY_DIR = None
    settings.BACKUP_RECIPIENTS = [PUBLIC]
    return tmp_path


def evidence(place: Path, name: str, content: bytes) -> Path:
    path = place / "media" / "files" / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_site_comes_back_on_an_empty_machine(cloned_db: str, place: Path, settings: Settings) -> None:
    (place / "second").mkdir()
    settings.BACKUP_COPY_DIR = place / "second"
    evidence(place, "ab12", b"%PDF-1.7 evidence")
    with connection.cursor() as cursor:
        before = _rows(cursor)
    made = actions.back_up()
    assert made.files == 1
    assert made.path.stat().st_mode & 0o077 == 0
    assert made.copy
    assert made.copy.read_bytes() == made.path.read_bytes()
    assert archive.sha256(made.path) == made.sha256
    assert b"evidence" not in made.path.read_bytes()

    with pytest.raises(BackupError, match="is not empty"):
        actions.restore(made.path, SECRET)
    settings.DATA_DIR = place / "new machine"
    settings.MEDIA_ROOT = settings.DATA_DIR / "media"
    with rig.clone("template0"):
        # As it is typed from paper.
        (place / "key").write_text(" ".join(SECRET.lower()))
        said = io.StringIO()
        call_command("restore", made.copy, key_file=place / "key", stdout=said)
        assert "with 1 files" in said.getvalue()
        assert "0 seals, 0 entries" in said.getvalue()
        with connection.cursor() as cursor:
            assert _rows(cursor) == before
            with (
                pytest.raises(Exception, match=r"must be owner|permission denied"),
                transaction.atomic(),
            ):
                cursor.execute("TRUNCATE tasks_event")
        assert Plan.objects.exists()
        assert Task.objects.count() > 30
    assert (settings.MEDIA_ROOT / "files/ab/ab12").read_bytes() == b"%PDF-1.7 evidence"


def _rows(cursor: Any) -> dict[str, int]:
    """The number of rows of each table, but for the two in which `verify` leaves that it was run."""
    counts = {}
    for table in set(connection.introspection.table_names(cursor)) - {"tasks_event", "qhplan_change"}:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        counts[table] = cursor.fetchone()[0]
    return counts


def test_nothing_is_removed_while_a_backup_is_made(cloned_db: str, place: Path) -> None:
    """Another session that holds the lock stands for the backup: the bytes stay, and are removed after it."""
    path = evidence(place, "cd34", b"draft")
    os.utime(path, (0, 0))
    other = rig.admin(cloned_db)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('qhplan files'))")
    storage.drop_unless_kept(str(path))
    assert storage.tidy() == 0
    assert path.is_file()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")
    other.close()
    assert storage.tidy() == 1
    assert not path.exists()
    assert not StoredFile.objects.exists()


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """An archive of one file, without a database."""
    (tmp_path / "one").write_bytes(os.urandom(200_000))
    path = tmp_path / "qhplan-20261201-023000.tar.age"

    def fill(writer: archive.Writer) -> None:
        writer.add("files/one", tmp_path / "one")
        writer.close({"release": "0", "migrations": []})

    archive.write(path, [PUBLIC], fill)
    return path


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-1],
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:-9000] + b"x" + raw[-8999:],
        lambda raw: b"",
        lambda raw: b"PK\x03\x04 a zip",
    ],
)
def test_a_damaged_archive_is_found_out(made: Path, tmp_path: Path, damage: Any) -> None:
    made.write_bytes(damage(made.read_bytes()))
    (tmp_path / "out").mkdir()
    with pytest.raises(BackupError, match="damaged"):
        archive.read(made, archive.identity(SECRET), tmp_path / "out")


def test_an_archive_without_a_manifest_or_with_another_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"one")
    path = tmp_path / "a.tar.age"
    with pytest.raises(BackupError, match="cut short"):
        archive.write(path, [PUBLIC], lambda writer: writer.add("one", tmp_path / "one"))

    def lies(writer: archive.Writer) -> None:
        writer.add("one", tmp_path / "one")
        writer.members[0] = archive.Member("one", 3, "0" * 64)
        writer.close({})

    with pytest.raises(BackupError, match="damaged at one"):
        archive.write(path, [PUBLIC], lies)
    # What could not be read back is not kept.
    assert [each.name for each in tmp_path.iterdir()] == ["one"]


def test_a_failure_while_writing_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        archive.write(tmp_path / "a.tar.age", [PUBLIC], lambda writer: writer.add("x", tmp_path / "gone"))
    assert not list(tmp_path.iterdir())


def test_a_name_outside_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"one")
    path = tmp_path / "a.tar.age"

    def fill(writer: archive.Writer) -> None:
        writer.add("../out", tmp_path / "one")
        writer.close({})

    archive.write(path, [PUBLIC], fill)
    (tmp_path / "folder").mkdir()
    with pytest.raises(BackupError, match="outside its folder"):
        archive.read(path, archive.identity(SECRET), tmp_path / "folder")
    assert not (tmp_path / "out").exists()


def test_another_sites_key_and_a_mistyped_one_are_told_apart(made: Path) -> None:
    with pytest.raises(BackupError, match="belongs to another site"):
        archive.read(made, archive.identity(archive.new_key()[1]), None)
    wrong = SECRET[:-1] + ("Q" if SECRET[-1] != "Q" else "P")
    for text in (wrong, "", "hunter2"):
        with pytest.raises(BackupError, match="no key of a backup"):
            archive.identity(text)


@pytest.mark.django_db
def test_what_does_not_fit_is_refused_in_a_sentence(
    made: Path, place: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BACKUP_RECIPIENTS = []
    with pytest.raises(CommandError, match="backup_key"):
        call_command("backup")
    settings.BACKUP_RECIPIENTS = [PUBLIC]
    monkeypatch.setattr(programs, "_run", lambda *arguments: "pg_dump (PostgreSQL) 9.6.24")
    with pytest.raises(CommandError, match="pg_dump is of version 9 and the server of"):
        call_command("backup")
    with pytest.raises(BackupError, match="newer than this one"):
        actions._check_release({"release": "9.0.0", "migrations": ["tasks.9999_from_later"]})
    with pytest.raises(CommandError, match="is not there"):
        call_command("restore", str(place / "none"), key_file=made)


def test_only_the_newest_are_kept(place: Path, settings: Settings) -> None:
    settings.BACKUP_KEEP = 2
    settings.BACKUP_DIR.mkdir()
    days = ["20261128", "20261129", "20261130", "20261201"]
    for day in days:
        (settings.BACKUP_DIR / f"qhplan-{day}-023000.tar.age").touch()
    (settings.BACKUP_DIR / "notes.txt").touch()
    assert actions._thin_out(settings.BACKUP_DIR) == [f"qhplan-{day}-023000.tar.age" for day in days[1::-1]]
    assert (settings.BACKUP_DIR / "notes.txt").exists()


def test_a_second_place_that_is_not_mounted_is_told(made: Path, settings: Settings) -> None:
    settings.BACKUP_COPY_DIR = made.parent / "not mounted"
    with pytest.raises(BackupError, match="mount the second place"):
        actions._copied(made, archive.sha256(made))
    assert not settings.BACKUP_COPY_DIR.exists()


@pytest.mark.django_db
def test_the_backup_of_the_day_is_asked_for_once(settings: Settings) -> None:
    settings.BACKUP_RECIPIENTS = [PUBLIC]
    day = datetime(2026, 12, 1, tzinfo=timezone.get_default_timezone())
    assert back_up_if_due(day + timedelta(hours=2)) is None
    assert back_up_if_due(day + timedelta(hours=3)) is not None
    assert back_up_if_due(day + timedelta(hours=4)) is None
    settings.BACKUP_RECIPIENTS = []
    assert back_up_if_due(day + timedelta(days=1, hours=4)) is None


@pytest.mark.django_db
def test_administrators_are_told_once_when_it_fails_and_when_it_is_well(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    user(Role.ACCOUNTS_ADMIN)

    def fails() -> None:
        raise BackupError("The disk is full.")

    def again(day: str) -> jobs.Job:
        job = jobs.ask(BACK_UP, label=day, args={"day": day})
        jobs.Job.objects.filter(pk=job.pk).update(asked_at=datetime.fromisoformat(day).replace(tzinfo=UTC))
        return jobs.finish(job.pk)

    monkeypatch.setattr(actions, "back_up", fails)
    assert again("2026-12-01").reason == "The disk is full."
    again("2026-12-02")
    monkeypatch.setattr(actions, "back_up", lambda: actions.Backup(Path("/b/qhplan-1.tar.age"), 1, "0", 2))
    assert again("2026-12-03").state == JobState.DONE
    again("2026-12-04")
    assert list(Message.objects.order_by("pk").values_list("subject", flat=True)) == [
        "今天的备份没有做成",
        "备份恢复正常",
    ]
    assert settings.BACKUP_KEEP == 30
