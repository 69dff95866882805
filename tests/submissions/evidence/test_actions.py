"""Attaching and removing: by whom, when, how many; and what a version holds for good."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from qhplan import clock
from tasks.errors import Conflict, Problems
from tasks.models import (
    DraftEvidence,
    Event,
    State,
    StoredFile,
    Submission,
    User,
    VersionEvidence,
)
from tasks.submissions import actions as filing
from tasks.submissions.evidence.actions import attach, remove
from tasks.submissions.transitions import state_sentence
from tests import factories as make
from tests.submissions.evidence.conftest import NOW, World, in_draft, in_version, upload


def problems(call: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(Problems) as refused:
        call()
    return [(problem.row, problem.field, problem.message) for problem in refused.value.problems]


# -- attaching ----------------------------------------------------------------------------------------------


def test_files_stand_with_the_draft_and_the_record_knows(world: World) -> None:
    head = world.draft()
    files = world.attach(head, "一.pdf", "二.pdf")
    assert in_draft(head) == ["一.pdf", "二.pdf"]
    event = Event.objects.get()
    assert (event.verb, event.by, event.at) == ("evidence.attach", world.reporter, NOW)
    # Administrators read the record: a name may say what a file is about.
    assert event.data == {"sha256": [file.sha256 for file in files]}
    head.refresh_from_db()
    assert (head.state, head.revision) == (State.DRAFT, 1)


def test_the_same_content_is_told_and_not_stored_twice(world: World) -> None:
    head = world.draft()
    (held,) = world.attach(head, "一.pdf")
    again = upload("一.pdf")
    again.name = "另一个名字.pdf"
    done = attach(by=world.reporter, submission=head.pk, uploads=[again, upload("二.pdf"), upload("二.pdf")])
    assert [file.name for file in done.new] == ["二.pdf"]
    assert [(name, file.name) for name, file in done.same] == [
        ("另一个名字.pdf", "一.pdf"),
        ("二.pdf", "二.pdf"),
    ]
    assert done.same[0][1] == held
    assert StoredFile.objects.count() == 2
    # Another return may hold the same content: each body's file is its own.
    other = make.submission(world.task, world.lead, "2017Q1", saved_by=world.lead_reporter)
    attach(by=world.lead_reporter, submission=other.pk, uploads=[upload("一.pdf")])
    assert StoredFile.objects.count() == 3


def test_no_more_than_the_limit(world: World, settings: Settings) -> None:
    settings.EVIDENCE_MAX_FILES = 2
    head = world.draft()
    world.attach(head, "一.pdf")
    told = problems(lambda: world.attach(head, "二.pdf", "三.pdf"))
    assert told == [("", "evidence", "佐证材料最多 2 件，已有 1 件，还能加 1 件；这 2 件都没有存。")]
    assert in_draft(head) == ["一.pdf"]
    world.attach(head, "二.pdf")


def test_one_that_is_not_taken_keeps_the_others_out(world: World) -> None:
    head = world.draft()
    told = problems(
        lambda: attach(
            by=world.reporter, submission=head.pk, uploads=[upload("一.pdf"), upload("坏.pdf", b"MZ")]
        )
    )
    assert [(field, message.partition("；")[0]) for _row, field, message in told] == [
        ("evidence", "“坏.pdf”的内容是程序，不能收")
    ]
    assert not StoredFile.objects.exists()


def test_nothing_is_added_to_what_goes_another_way(world: World) -> None:
    head = world.draft(light="", done="", elsewhere=True)
    told = problems(lambda: world.attach(head, "一.pdf"))
    assert told == [("", "evidence", "选了“另渠道报送”，不能添加佐证材料；严禁在此上传涉密文件。")]


@pytest.mark.slow
@pytest.mark.parametrize("state", [State.HANDED, State.SUBMITTED, State.ACCEPTED])
def test_after_it_left_the_desk_nobody_changes_files(world: World, state: State) -> None:
    head = world.draft()
    (file,) = world.attach(head, "一.pdf")
    Submission.objects.filter(pk=head.pk).update(state=state)
    with pytest.raises(Conflict, match=f"现在是“{state.label}”"):
        world.attach(head, "二.pdf")
    with pytest.raises(Conflict, match=f"现在是“{state.label}”"):
        remove(by=world.reporter, submission=head.pk, file_ids=[file.pk])
    assert in_draft(head) == ["一.pdf"]


@pytest.mark.slow
def test_who_comes_second_is_told_who_submitted_and_not_who_attached(world: World) -> None:
    head = world.draft()
    world.attach(head, "一.pdf")
    filing.submit(by=world.approver, submissions=[head.pk])
    with pytest.raises(Conflict, match=f"已由{world.approver}于 04-03 09:00 改为“已提交”"):
        world.attach(head, "二.pdf")
    # Adding a file changes no state, so nobody is said to have done it.
    fresh = make.submission(world.task, world.lead, "2017Q1", saved_by=world.lead_reporter)
    attach(by=world.lead_reporter, submission=fresh.pk, uploads=[upload("三.pdf")])
    assert state_sentence(fresh) == f"{world.task.code} 现在是“草稿”，不能办理；请刷新页面。"


def test_not_before_the_quarter_opens_nor_after_it_closes(world: World) -> None:
    head = world.draft()
    (file,) = world.attach(head, "一.pdf")
    for moment in ("2017-03-01 09:00", "2017-06-01 09:00"):
        with clock.at(make.moment(moment)):
            with pytest.raises(Conflict):
                attach(by=world.reporter, submission=head.pk, uploads=[upload("二.pdf")])
            with pytest.raises(Conflict):
                remove(by=world.reporter, submission=head.pk, file_ids=[file.pk])


def test_only_the_own_bodys_people(world: World) -> None:
    head = world.draft()
    (file,) = world.attach(head, "一.pdf")
    world.attach(head, "二.pdf", by=world.approver)
    users: list[User] = [world.lead_reporter, world.stranger, world.office, world.viewer]
    for user in users:
        with pytest.raises(PermissionDenied):
            attach(by=user, submission=head.pk, uploads=[upload("三.pdf")])
        with pytest.raises(PermissionDenied):
            remove(by=user, submission=head.pk, file_ids=[file.pk])
    assert in_draft(head) == ["一.pdf", "二.pdf"]


# -- removing -----------------------------------------------------------------------------------------------


def bytes_there(file: StoredFile) -> bool:
    return Path(default_storage.path(file.path)).exists()


def test_what_no_version_holds_is_really_gone(
    world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    head = world.draft()
    first, second = world.attach(head, "一.pdf", "二.pdf")
    with django_capture_on_commit_callbacks(execute=True):
        remove(by=world.approver, submission=head.pk, file_ids=[first.pk])
    assert in_draft(head) == ["二.pdf"]
    assert (bytes_there(first), bytes_there(second)) == (False, True)
    assert not StoredFile.objects.filter(pk=first.pk).exists()
    event = Event.objects.order_by("-id")[0]
    assert (event.verb, event.by, event.data) == (
        "evidence.remove",
        world.approver,
        {"sha256": [first.sha256]},
    )


def test_removing_what_is_not_there_any_more_is_told(world: World) -> None:
    head = world.draft()
    (file,) = world.attach(head, "一.pdf")
    other = make.submission(world.task, world.lead, "2017Q1", saved_by=world.lead_reporter)
    foreign = attach(by=world.lead_reporter, submission=other.pk, uploads=[upload("别的.pdf")]).new[0]
    with pytest.raises(Conflict, match="已经不在草稿里"):
        remove(by=world.reporter, submission=head.pk, file_ids=[file.pk, foreign.pk])
    remove(by=world.reporter, submission=head.pk, file_ids=[file.pk])
    with pytest.raises(Conflict, match="已经不在草稿里"):
        remove(by=world.reporter, submission=head.pk, file_ids=[file.pk])
    assert in_draft(other) == ["别的.pdf"]


# -- versions -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_version_keeps_exactly_the_files_that_it_had(
    world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    head = world.draft()
    first, second = world.attach(head, "一.pdf", "二.pdf")
    (one,) = filing.submit(by=world.approver, submissions=[head.pk])
    make.send_back(one)
    with django_capture_on_commit_callbacks(execute=True):
        remove(by=world.reporter, submission=head.pk, file_ids=[first.pk])
    world.attach(head, "三.pdf")
    (two,) = filing.submit(by=world.approver, submissions=[head.pk])
    assert in_version(one) == ["一.pdf", "二.pdf"]
    assert in_version(two) == ["二.pdf", "三.pdf"]
    assert bytes_there(first)
    assert bytes_there(second)


def test_what_a_version_held_cannot_be_changed_by_anybody(world: World) -> None:
    head = world.draft()
    (file,) = world.attach(head, "一.pdf")
    filing.submit(by=world.approver, submissions=[head.pk])
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        VersionEvidence.objects.update(version=VersionEvidence.objects.get().version_id)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        VersionEvidence.objects.all().delete()
    DraftEvidence.objects.all().delete()
    delete = "DELETE FROM tasks_storedfile WHERE id = %s; SET CONSTRAINTS ALL IMMEDIATE"
    with (
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match="foreign key"),
        transaction.atomic(),
    ):
        cursor.execute(delete, [file.pk])


@pytest.mark.slow
def test_what_goes_another_way_carries_no_files(world: World) -> None:
    head = world.draft()
    world.attach(head, "一.pdf")
    Submission.objects.filter(pk=head.pk).update(elsewhere=True, light="", done="")
    for call in (filing.hand, filing.submit):
        told = problems(lambda call=call: call(by=world.approver, submissions=[head.pk]))
        assert told == [
            (world.task.code, "evidence", "选了“另渠道报送”，请删去佐证材料；严禁在此上传涉密文件。")
        ]
    assert not VersionEvidence.objects.exists()


@pytest.mark.slow
def test_a_file_in_which_a_virus_was_found_is_not_submitted(world: World) -> None:
    head = world.draft()
    (file,) = world.attach(head, "一.pdf")
    StoredFile.objects.update(scan_state="infected", scan_note="X", scanned_at=NOW)
    told = problems(lambda: filing.submit(by=world.approver, submissions=[head.pk]))
    assert told == [(world.task.code, "evidence", "“一.pdf”查出病毒，请删去。")]
    # One that is not scanned yet holds up nobody on the last evening.
    StoredFile.objects.update(scan_state="failed", scan_note="X", scanned_at=None)
    filing.submit(by=world.approver, submissions=[head.pk])
    assert VersionEvidence.objects.get().file == file


@pytest.mark.slow
def test_a_batch_costs_as_many_queries_as_one(world: World) -> None:
    def submitted(count: int) -> int:
        heads = []
        for _n in range(count):
            task = make.task(world.plan, lead=world.lead, co=[world.co])
            head = make.submission(
                task, world.co, "2017Q1", light="green", done="办了", saved_by=world.reporter
            )
            world.attach(head, "一.pdf", "二.pdf")
            heads.append(head.pk)
        with CaptureQueriesContext(connection) as captured:
            filing.submit(by=world.approver, submissions=heads)
        return len(captured)

    assert submitted(1) == submitted(6)
    assert VersionEvidence.objects.count() == 14
