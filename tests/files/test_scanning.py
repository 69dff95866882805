"""What waits is scanned, nobody is given what was not, and a dead daemon only delays."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from qhplan import clock, jobs
from qhplan.jobs import Job, JobState
from tasks.files import actions, permissions, storage
from tasks.files.actions import check, store
from tasks.files.jobs import ASK_AGAIN, SCAN, ask_scan, scan_if_due
from tasks.files.serving import hand_out, why_not
from tasks.files.values import ScanState
from tasks.models import Event, StoredFile
from tests import factories as make
from tests.files.clamd import FOUND, Clamd, clamd
from tests.files.samples import EICAR, pdf

pytestmark = pytest.mark.django_db

NOW = make.moment("2017-04-03 09:00")


@pytest.fixture(autouse=True)
def held() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def daemon(settings: Settings) -> Iterator[Clamd]:
    with tempfile.TemporaryDirectory() as folder, clamd(Path(folder)) as running:
        settings.CLAMAV_SOCKET = running.address
        yield running


def stored(*contents: bytes) -> list[StoredFile]:
    uploads = [ContentFile(data, name=f"{number}.pdf") for number, data in enumerate(contents)]
    return store(by=make.user(password=None), checked=check(uploads, field="f"), now=NOW)


def scan() -> dict[str, Any]:
    """Ask for the job and do it; what it says it did."""
    job = ask_scan()
    assert job is not None
    done = jobs.run(job.pk)
    assert done is not None
    assert done.state == JobState.DONE, done.error
    return dict(done.result)


def states(*files: StoredFile) -> list[str]:
    known = dict(StoredFile.objects.values_list("pk", "scan_state"))
    return [known[file.pk] for file in files]


def test_clean_and_infected(daemon: Clamd) -> None:
    good, bad = stored(pdf("好"), pdf() + EICAR)
    with pytest.raises(PermissionDenied, match=r"“0\.pdf”正在等待查毒，稍后可以下载。"):
        hand_out(good)
    assert scan() == {"clean": 1, "infected": 1, "failed": 0}
    assert states(good, bad) == [ScanState.CLEAN, ScanState.INFECTED]
    for file in (good, bad):
        file.refresh_from_db()
        assert file.scanned_at == NOW
    assert b"".join(hand_out(good).streaming_content) == pdf("好")  # type: ignore[arg-type]
    with pytest.raises(PermissionDenied, match=rf"“1\.pdf”查出病毒（{FOUND}），不提供下载。"):
        hand_out(bad)
    event = Event.objects.get()
    assert (event.verb, event.subject, event.by, event.note) == (
        "file.infected",
        f"storedfile:{bad.pk}",
        None,
        FOUND,
    )


def test_without_a_scanner_files_leave_unscanned_but_never_an_infected_one(settings: Settings) -> None:
    assert settings.CLAMAV_SOCKET == ""
    good, bad = stored(pdf("好"), pdf("坏"))
    assert (ask_scan(), scan_if_due()) == (None, None)
    assert why_not(good) == ""
    StoredFile.objects.filter(pk=bad.pk).update(scan_state="infected", scan_note="旧", scanned_at=NOW)
    bad.refresh_from_db()
    assert why_not(bad) == "查出病毒（旧），不提供下载。"


@pytest.mark.slow
def test_a_dead_daemon_ends_the_round_and_is_tried_again(settings: Settings, daemon: Clamd) -> None:
    first, second = stored(pdf("一"), pdf("二"))
    settings.CLAMAV_SOCKET = "unix:/nowhere/clamd.ctl"
    assert scan() == {"clean": 0, "infected": 0, "failed": 1}
    assert sorted(states(first, second)) == [ScanState.FAILED, ScanState.UNSCANNED]
    failed = StoredFile.objects.get(scan_state=ScanState.FAILED)
    assert failed.scan_note.startswith("连不上杀毒程序")
    assert why_not(failed) == "还没有查成毒，稍后自动再查，查过以前不提供下载。"
    assert failed.scan_after > timezone.now()
    # The daemon is back: what had not met it goes at once, the other when its time has come.
    settings.CLAMAV_SOCKET = daemon.address
    assert scan() == {"clean": 1, "infected": 0, "failed": 0}
    assert scan_if_due() is None
    StoredFile.objects.filter(pk=failed.pk).update(scan_after=timezone.now())
    job = scan_if_due()
    assert job is not None
    jobs.run(job.pk)
    assert states(first, second) == [ScanState.CLEAN, ScanState.CLEAN]


def test_a_file_that_cannot_be_scanned_holds_up_no_other(daemon: Clamd) -> None:
    large, small = stored(pdf() + bytes(400_000), pdf())
    daemon.limit = 100_000
    assert scan() == {"clean": 1, "infected": 0, "failed": 1}
    assert states(large, small) == [ScanState.FAILED, ScanState.CLEAN]
    large.refresh_from_db()
    assert "StreamMaxLength" in large.scan_note


@pytest.mark.slow
def test_a_file_whose_bytes_are_gone_holds_up_no_other(daemon: Clamd) -> None:
    gone, there = stored(pdf("一"), pdf("二"))
    storage.drop(gone.path)
    assert scan() == {"clean": 1, "infected": 0, "failed": 1}
    assert states(gone, there) == [ScanState.FAILED, ScanState.CLEAN]


def test_one_job_is_asked_for_however_many_files_come(daemon: Clamd) -> None:
    stored(pdf("一"))
    assert ask_scan() is not None
    assert ask_scan() is None
    assert scan_if_due() is None
    Job.objects.update(state=JobState.RUNNING)
    assert scan_if_due() is None
    Job.objects.update(state=JobState.FAILED, ended_at=timezone.now())
    assert scan_if_due() is None
    Job.objects.update(ended_at=timezone.now() - 2 * ASK_AGAIN)
    assert scan_if_due() is not None
    assert Job.objects.filter(kind=SCAN).count() == 2


def test_a_scanner_that_died_gives_its_file_back_and_cannot_report_any_more(daemon: Clamd) -> None:
    (file,) = stored(pdf())
    first = actions.take_for_scan()
    assert first is not None
    assert states(file) == [ScanState.SCANNING]
    assert actions.take_for_scan() is None
    StoredFile.objects.update(scan_after=timezone.now())
    second = actions.take_for_scan()
    assert second is not None
    actions.scanned(file=first, virus="迟到的")
    assert states(file) == [ScanState.SCANNING]
    actions.scanned(file=second, virus="")
    actions.not_scanned(file=second, why="迟到的")
    assert states(file) == [ScanState.CLEAN]
    assert not Event.objects.exists()


def test_a_scan_is_tried_soon_and_then_each_hour() -> None:
    waits = [permissions.next_scan(tries, NOW) - NOW for tries in (1, 2, 3, 6, 500)]
    assert waits == [timedelta(minutes=minutes) for minutes in (2, 4, 8, 60, 60)]


@pytest.mark.parametrize(
    "half",
    [
        {"scan_state": "clean"},
        {"scan_state": "infected", "scanned_at": NOW},
        {"scan_state": "failed"},
        {"scan_state": "unscanned", "scanned_at": NOW},
    ],
)
def test_half_a_result_is_impossible(half: dict[str, Any]) -> None:
    (file,) = stored(pdf())
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.filter(pk=file.pk).update(**half)
