"""Two people of one body at the same moment, on real connections."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection
from pytest_django.fixtures import Settings

from qhplan import clock
from tasks.errors import Conflict, Problems
from tasks.models import StoredFile, VersionEvidence
from tasks.submissions import actions as filing
from tasks.submissions.evidence.actions import attach
from tests.submissions.evidence.conftest import NOW, World, in_draft, upload


def test_two_uploads_at_once_do_not_pass_the_limit(cloned_db: str, settings: Settings) -> None:
    settings.EVIDENCE_MAX_FILES = 1
    settings.QHPLAN_NOW = NOW
    world = World()
    head = world.draft()
    start = Barrier(2)

    def add(name: str) -> str:
        start.wait()
        try:
            attach(by=world.reporter, submission=head.pk, uploads=[upload(name)])
        except Problems:
            return "told"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(add, ["一.pdf", "二.pdf"])) == ["done", "told"]
    assert len(in_draft(head)) == StoredFile.objects.count() == 1


def test_a_file_that_comes_while_it_is_submitted_is_in_the_version_or_refused(
    cloned_db: str, settings: Settings
) -> None:
    settings.QHPLAN_NOW = NOW
    world = World()
    head = world.draft()
    start = Barrier(2)

    def add() -> str:
        start.wait()
        try:
            attach(by=world.reporter, submission=head.pk, uploads=[upload("一.pdf")])
        except Conflict as error:
            return str(error)
        finally:
            connection.close()
        return "done"

    def submit() -> None:
        start.wait()
        try:
            filing.submit(by=world.approver, submissions=[head.pk])
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        added, submitted = pool.submit(add), pool.submit(submit)
        submitted.result()
        outcome = added.result()
    assert outcome == "done" or "已提交" in outcome
    held = int(outcome == "done")
    assert len(in_draft(head)) == VersionEvidence.objects.count() == StoredFile.objects.count() == held
    assert clock.now() == NOW
