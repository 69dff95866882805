"""What surrounds the returns: packages, reopened quarters, supplements, notes on fields, who writes what.

The cycle of 2017Q1: opens 2017-04-01, co-returns due 04-05 17:00, lead returns due 04-10 17:00, closes 04-30 17:00.
"""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tasks.accounts.actions import allow_one_person
from tasks.assignments.actions import assign
from tasks.bundles.actions import mark_no_progress
from tasks.cycles.reopening import end_reopening, openings, reopen
from tasks.errors import Conflict, Problems
from tasks.models import Agency, Event, Package, Reopening, State, Submission, Task, Version
from tasks.review.actions import DecisionInput, SupplementInput, ask_supplement, decide
from tasks.standing.queries import standing
from tasks.submissions.actions import hand, save_drafts, submit
from tasks.submissions.content import DraftInput
from tasks.submissions.fields import LABELS, NAMES
from tasks.submissions.models import Content
from tasks.submissions.queries import desk
from tasks.values import Duty, Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

Q = Period(2017, 1)
NOW = make.moment("2017-04-03 09:00")
LATER = make.moment("2017-04-04 09:00")
CLOSED = make.moment("2017-05-02 09:00")
UNTIL = make.moment("2017-05-20 17:00")


class World:
    """Two tasks of one lead, both shared by one body, and one person for each thing to do."""

    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead, self.co = make.agency("牵头局"), make.agency("配合局")
        self.task, self.other = (make.task(self.plan, lead=self.lead, co=[self.co]) for _ in range(2))
        self.cycle = make.cycle(self.plan, Q)
        self.reporter, self.colleague = (
            make.user(Role.REPORTER, agency=self.lead, password=None) for _ in range(2)
        )
        self.approver = make.user(Role.APPROVER, agency=self.lead, password=None)
        self.co_approver = make.user(Role.APPROVER, agency=self.co, password=None)
        self.office = make.user(Role.OFFICE, password=None)
        self.second = make.user(Role.SECOND_REVIEWER, password=None)

    def draft(self, task: Task | None = None, agency: Agency | None = None, **values: Any) -> DraftInput:
        return DraftInput(
            **{
                "plan_id": self.plan.pk,
                "quarter": Q,
                "task_id": (task or self.task).pk,
                "agency_id": (agency or self.lead).pk,
                "light": "green",
                "done": "完成三件事。",
                **values,
            }
        )

    def accepted(self) -> Version:
        (head,) = save_drafts(by=self.reporter, drafts=[self.draft()], now=NOW)
        (version,) = submit(by=self.approver, submissions=[head.pk], now=NOW)
        return self.accept(version)

    def accept(self, version: Version, now: Any = LATER) -> Version:
        decision = DecisionInput(version.pk, accept=True, verified_light=version.light, verification="true")
        return decide(by=self.office, decisions=[decision], now=now)[0]


@pytest.fixture
def world(db: None) -> World:
    return World()


def fields(raised: Any) -> list[str]:
    return list(raised.value.by_field())


# -- packages -----------------------------------------------------------------------------------------------


def test_what_is_submitted_at_once_is_one_package(world: World) -> None:
    heads = save_drafts(by=world.reporter, drafts=[world.draft(), world.draft(world.other)], now=NOW)

    versions = submit(by=world.approver, submissions=[head.pk for head in heads], now=NOW)

    package = Package.objects.get()
    assert (package.cycle, package.agency, package.number) == (world.cycle, world.lead, 1)
    assert (package.submitted_at, package.submitted_by) == (NOW, world.approver)
    assert {version.package for version in versions} == {package}


@pytest.mark.slow
def test_what_comes_again_is_the_next_package_of_that_body_alone(world: World) -> None:
    (head,) = save_drafts(by=world.reporter, drafts=[world.draft()], now=NOW)
    submit(by=world.approver, submissions=[head.pk], now=NOW)
    (other,) = save_drafts(by=world.reporter, drafts=[world.draft(world.other)], now=NOW)
    submit(by=world.approver, submissions=[other.pk], now=LATER)
    (co,) = save_drafts(by=world.co_approver, drafts=[world.draft(agency=world.co)], now=NOW)
    submit(by=world.co_approver, submissions=[co.pk], now=LATER)

    assert list(Package.objects.order_by("pk").values_list("agency", "number")) == [
        (world.lead.pk, 1),
        (world.lead.pk, 2),
        (world.co.pk, 1),
    ]


def test_a_package_is_never_changed(world: World) -> None:
    world.accepted()
    with pytest.raises(IntegrityError), transaction.atomic():
        Package.objects.update(number=9)


# -- reopened quarters --------------------------------------------------------------------------------------


FILLED: dict[str, Any] = {
    "light": "red",
    "progress": 0,
    "done": "完成一件。",
    "no_progress": True,
    "no_progress_reason": "等批复",
    "problems": [{"category": "money", "text": "缺资金"}],
    "coordination": "请协调用地",
    "next_steps": "倒排工期",
    "judgement": "总体可控",
    "light_reason": "不影响全局",
    "paper_date": date(2017, 1, 12),
    "elsewhere": True,
    "figures": {"output": {"value": "3"}},
}


def test_every_field_of_a_return_is_known_by_name() -> None:
    assert set(NAMES) == {field.name for field in Content._meta.get_fields()} == {*FILLED} - {"figures"}


@pytest.mark.few(4)
@pytest.mark.slow
@pytest.mark.parametrize("name", [*NAMES, "figures"])
def test_draft_that_says_anything_is_not_marked_as_without_progress(world: World, name: str) -> None:
    draft = make.submission(world.task, world.lead, Q, **{"light": "", "done": "", name: FILLED[name]})
    make.submission(world.other, world.lead, Q, light="", done="")

    with pytest.raises(Problems) as raised:
        mark_no_progress(
            by=world.reporter,
            desk=desk(world.plan, Q, world.lead.pk),
            task_ids=[world.task.pk, world.other.pk],
            reason="没有进展",
            light="green",
            now=NOW,
        )

    (problem,) = raised.value.problems
    assert problem.row == world.task.code
    assert str(LABELS[name]) in problem.message
    kept = Submission.objects.get(pk=draft.pk)
    assert (getattr(kept, name), kept.revision) == (FILLED[name], draft.revision)


def test_draft_in_which_nothing_is_written_is_marked_as_without_progress(world: World) -> None:
    draft = make.submission(world.task, world.lead, Q, light="", done="  ")

    mark_no_progress(
        by=world.reporter,
        desk=desk(world.plan, Q, world.lead.pk),
        task_ids=[world.task.pk, world.other.pk],
        reason="等批复",
        light="yellow",
        next_steps="催办",
        now=NOW,
    )

    marked = Submission.objects.filter(agency=world.lead).order_by("task__order")
    assert draft in marked
    assert (
        list(marked.values_list("no_progress", "no_progress_reason", "light", "next_steps"))
        == [(True, "等批复", "yellow", "催办")] * 2
    )


def test_reopened_for_one_body_until_a_moment(world: World) -> None:
    reopen(
        by=world.office,
        cycle=world.cycle,
        agency_ids=[world.lead.pk],
        until=UNTIL,
        reason="人员调整，漏报。",
        now=CLOSED,
    )

    (head,) = save_drafts(by=world.reporter, drafts=[world.draft()], now=CLOSED)
    (version,) = submit(by=world.approver, submissions=[head.pk], now=CLOSED)
    assert version.submitted_at > world.cycle.closes_at
    with pytest.raises(Conflict, match="截止"):
        save_drafts(by=world.co_approver, drafts=[world.draft(agency=world.co)], now=CLOSED)
    with pytest.raises(Conflict, match="截止"):
        save_drafts(by=world.reporter, drafts=[world.draft(world.other)], now=UNTIL)
    event = Event.objects.get(verb="cycle.reopen")
    assert (event.by, event.note, event.data["agency"]) == (world.office, "人员调整，漏报。", world.lead.slug)
    # It came after it was due, and counts as late.
    rows = {(row.task_id, row.agency_id): row for row in standing([world.plan.pk], Q, known_at=UNTIL)}
    assert rows[world.task.pk, world.lead.pk].on_time is False


def test_reopening_says_what_is_wrong_on_the_field(world: World) -> None:
    stranger = make.agency("无关局")
    with pytest.raises(Problems) as raised:
        reopen(
            by=world.office,
            cycle=world.cycle,
            agency_ids=[stranger.pk],
            until=CLOSED,
            reason=" ",
            now=CLOSED,
        )
    assert fields(raised) == ["agencies", "until", "reason"]
    with pytest.raises(Problems) as raised:
        reopen(by=world.office, cycle=world.cycle, agency_ids=[], until=UNTIL, reason="补", now=CLOSED)
    assert fields(raised) == ["agencies"]
    assert not Reopening.objects.exists()


def test_open_quarter_is_not_reopened(world: World) -> None:
    with pytest.raises(Conflict, match="尚未截止"):
        reopen(
            by=world.office, cycle=world.cycle, agency_ids=[world.lead.pk], until=UNTIL, reason="补", now=NOW
        )


def test_nobody_reopens_for_his_own_body(world: World) -> None:
    own = make.user(Role.OFFICE, agency=world.lead, password=None)
    asked: dict[str, Any] = {
        "cycle": world.cycle,
        "agency_ids": [world.lead.pk],
        "until": UNTIL,
        "reason": "补",
        "now": CLOSED,
    }
    for by in (
        own,
        world.office,
        world.reporter,
    ):  # the body is the office's now: the second reviewer's to open
        with pytest.raises(PermissionDenied):
            reopen(by=by, **asked)
    assert len(reopen(by=world.second, **asked)) == 1


def test_reopening_twice_is_told_and_ending_closes_again(world: World) -> None:
    asked: dict[str, Any] = {
        "by": world.office,
        "cycle": world.cycle,
        "agency_ids": [world.lead.pk],
        "until": UNTIL,
        "reason": "补",
    }
    (one,) = reopen(**asked, now=CLOSED)
    with pytest.raises(Problems) as raised:
        reopen(**asked, now=CLOSED)
    assert fields(raised) == ["agencies"]

    end_reopening(by=world.office, reopening=one, now=make.moment("2017-05-03 09:00"))

    later = make.moment("2017-05-03 10:00")
    assert not openings([world.cycle], later).allows(world.cycle, world.lead.pk, world.task.pk)
    with pytest.raises(Conflict, match="已经结束"):
        end_reopening(by=world.office, reopening=one, now=later)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reopening.objects.filter(pk=one.pk).update(until=UNTIL, ended_at=None, ended_by=None)


def test_openings_ask_nothing_while_the_quarter_is_open(world: World) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert openings([world.cycle], NOW).allows(world.cycle, world.lead.pk, world.task.pk)
    assert len(asked) == 0


# -- entered afterwards 补录 --------------------------------------------------------------------------------


def test_quarter_opened_after_the_next_one_ended_is_backfill() -> None:
    plan = make.plan()
    for opened, backfill in (("2017-06-30 23:00", False), ("2017-07-01 00:30", True)):
        at = make.moment(opened)
        cycle = make.cycle(
            plan, "2017Q1", opened_at=at, co_due=at, lead_due=at, decision_due=at, closes_at=at
        )
        assert cycle.is_backfill is backfill
        cycle.delete()


def test_paper_date_is_kept_beside_the_moment_of_recording(world: World) -> None:
    task = make.task(world.plan, lead=world.lead)
    times = dict.fromkeys(("co_due", "lead_due", "decision_due", "closes_at"), "2017-12-31 17:00")
    make.cycle(
        world.plan,
        "2016Q4",
        opened_at=make.moment("2017-08-01"),
        **{name: make.moment(text) for name, text in times.items()},
    )
    now = make.moment("2017-08-10 09:00")
    draft = world.draft(task, quarter=Period(2016, 4), paper_date=date(2017, 1, 12))

    (head,) = save_drafts(by=world.reporter, drafts=[draft], now=now)
    (version,) = submit(by=world.approver, submissions=[head.pk], now=now)

    assert (version.paper_date, version.submitted_at) == (date(2017, 1, 12), now)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("paper_date", "at"),
    [
        (date(2017, 4, 2), NOW),  # the quarter is simply open
        (date(2016, 12, 31), CLOSED),  # before the quarter
        (date(2017, 5, 3), CLOSED),  # tomorrow
    ],
)
def test_paper_date_that_cannot_be_is_told(world: World, paper_date: date, at: Any) -> None:
    if at == CLOSED:
        reopen(
            by=world.office, cycle=world.cycle, agency_ids=[world.lead.pk], until=UNTIL, reason="补", now=at
        )
    (head,) = save_drafts(by=world.reporter, drafts=[world.draft(paper_date=paper_date)], now=at)
    with pytest.raises(Problems) as raised:
        submit(by=world.approver, submissions=[head.pk], now=at)
    assert fields(raised) == ["paper_date"]


# -- sent back, and asked for more --------------------------------------------------------------------------


def test_returned_with_a_note_on_a_field_and_a_date_of_its_own(world: World) -> None:
    (head,) = save_drafts(by=world.reporter, drafts=[world.draft()], now=NOW)
    (version,) = submit(by=world.approver, submissions=[head.pk], now=NOW)
    until = make.moment("2017-04-13 17:00")

    decide(
        by=world.office,
        decisions=[
            DecisionInput(
                version.pk,
                accept=False,
                field_notes={"done": "缺数字。", "next_steps": " "},
                answer_by=until,
            )
        ],
        now=LATER,
    )

    version.refresh_from_db()
    assert (version.decision, version.field_notes, version.answer_by) == (
        "returned",
        {"done": "缺数字。"},
        until,
    )
    assert version.decision_note == "请按逐项意见修改。"
    assert not Reopening.objects.exists()  # the quarter is open until then anyway


def test_note_on_what_the_form_does_not_have_is_told(world: World) -> None:
    (head,) = save_drafts(by=world.reporter, drafts=[world.draft()], now=NOW)
    (version,) = submit(by=world.approver, submissions=[head.pk], now=NOW)
    for notes, at in (({"colour": "红"}, "field_notes"), ({"done": "长" * 501}, "note.done")):
        with pytest.raises(Problems) as raised:
            decide(
                by=world.office,
                decisions=[DecisionInput(version.pk, accept=False, field_notes=notes)],
                now=LATER,
            )
        assert fields(raised) == [at]


def test_sent_back_after_closing_reopens_that_task_alone(world: World) -> None:
    heads = save_drafts(by=world.reporter, drafts=[world.draft(), world.draft(world.other)], now=NOW)
    versions = submit(by=world.approver, submissions=[head.pk for head in heads], now=NOW)

    decide(
        by=world.office,
        decisions=[DecisionInput(versions[0].pk, accept=False, note="请补。", answer_by=UNTIL)],
        now=CLOSED,
    )

    opened = openings([world.cycle], CLOSED)
    assert opened.until(world.cycle, world.lead.pk, world.task.pk) == UNTIL
    assert opened.until(world.cycle, world.lead.pk, world.other.pk) is None
    save_drafts(
        by=world.reporter,
        drafts=[world.draft(revision=Submission.objects.get(pk=heads[0].pk).revision, done="补齐了。")],
        now=CLOSED,
    )
    (again,) = submit(by=world.approver, submissions=[heads[0].pk], now=CLOSED)
    assert again.number == 2


def test_a_lead_gives_no_date_after_closing(world: World) -> None:
    (head,) = save_drafts(by=world.co_approver, drafts=[world.draft(agency=world.co)], now=NOW)
    (version,) = submit(by=world.co_approver, submissions=[head.pk], now=NOW)
    decision = DecisionInput(version.pk, accept=False, note="补数字", answer_by=UNTIL)
    with pytest.raises(Problems) as raised:
        decide(by=world.reporter, decisions=[decision], now=LATER)
    assert fields(raised) == ["answer_by"]


@pytest.mark.slow
def test_supplement_is_a_new_version_and_the_accepted_one_stays_in_force_until_it_is_accepted(
    world: World,
) -> None:
    first = world.accepted()
    request = SupplementInput(first.pk, reason="补充合格率的佐证。", answer_by=UNTIL)

    ask_supplement(by=world.office, requests=[request], now=CLOSED)

    head = Submission.objects.get()
    assert head.state == State.SUPPLEMENT
    save_drafts(
        by=world.reporter,
        drafts=[world.draft(light="yellow", next_steps="追回。", revision=head.revision)],
        now=CLOSED,
    )
    (second,) = submit(by=world.approver, submissions=[head.pk], now=CLOSED)
    assert second.number == 2

    def light(at: Any) -> tuple[str, int | None, bool]:
        row = next(r for r in standing([world.plan.pk], Q, known_at=at) if r.submission_id == head.pk)
        return row.light, row.number, row.pending

    assert light(CLOSED) == ("green", 1, True)
    world.accept(second, now=make.moment("2017-05-03 09:00"))
    assert light(make.moment("2017-05-04")) == ("yellow", 2, False)
    assert light(CLOSED) == ("green", 1, True)
    first.refresh_from_db()
    assert (first.light, first.decision) == ("green", "accepted")


def test_supplement_needs_words_a_date_and_somebody_who_may(world: World) -> None:
    version = world.accepted()
    with pytest.raises(Problems) as raised:
        ask_supplement(
            by=world.office, requests=[SupplementInput(version.pk, reason="", answer_by=NOW)], now=LATER
        )
    assert fields(raised) == ["reason", "answer_by"]
    request = SupplementInput(version.pk, reason="补", answer_by=UNTIL)
    for by in (world.approver, world.co_approver, world.second):
        with pytest.raises(PermissionDenied):
            ask_supplement(by=by, requests=[request], now=LATER)
    ask_supplement(by=world.office, requests=[request], now=LATER)
    with pytest.raises(Conflict, match="待补充"):
        ask_supplement(by=world.office, requests=[request], now=LATER)


# -- green over red -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_green_while_a_co_agency_says_red_needs_a_reason(world: World) -> None:
    (co,) = save_drafts(
        by=world.co_approver,
        drafts=[world.draft(agency=world.co, light="red", next_steps="追回。")],
        now=NOW,
    )
    (co_version,) = submit(by=world.co_approver, submissions=[co.pk], now=NOW)
    (head,) = save_drafts(by=world.reporter, drafts=[world.draft()], now=NOW)

    with pytest.raises(Problems, match="配合局报红") as raised:
        submit(by=world.approver, submissions=[head.pk], now=LATER)
    assert fields(raised) == ["light_reason"]

    save_drafts(
        by=world.reporter,
        drafts=[world.draft(light_reason="不影响总体节点。", revision=head.revision)],
        now=NOW,
    )
    (version,) = submit(by=world.approver, submissions=[head.pk], now=LATER)
    assert version.light_reason == "不影响总体节点。"
    assert co_version.duty == Duty.CO


@pytest.mark.slow
def test_red_that_was_sent_back_asks_for_no_reason(world: World) -> None:
    (co,) = save_drafts(
        by=world.co_approver,
        drafts=[world.draft(agency=world.co, light="red", next_steps="追回。")],
        now=NOW,
    )
    (co_version,) = submit(by=world.co_approver, submissions=[co.pk], now=NOW)
    decide(by=world.reporter, decisions=[DecisionInput(co_version.pk, accept=False, note="核对")], now=LATER)
    (head,) = save_drafts(by=world.reporter, drafts=[world.draft()], now=NOW)

    assert len(submit(by=world.approver, submissions=[head.pk], now=LATER)) == 1


def test_what_only_a_lead_says_has_no_place_in_a_co_return(world: World) -> None:
    with pytest.raises(Problems) as raised:
        save_drafts(
            by=world.co_approver, drafts=[world.draft(agency=world.co, judgement="总体可控")], now=NOW
        )
    assert fields(raised) == ["judgement"]


# -- who writes what ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_reporter_who_was_given_a_task_writes_that_alone(world: World) -> None:
    assign(by=world.approver, user=world.reporter, plan=world.plan, quarter=Q, task_ids=[world.task.pk])

    (head,) = save_drafts(by=world.reporter, drafts=[world.draft()], now=NOW)
    hand(by=world.reporter, submissions=[head.pk], now=NOW)
    with pytest.raises(PermissionDenied, match="没有分给您"):
        save_drafts(by=world.reporter, drafts=[world.draft(world.other)], now=NOW)
    save_drafts(by=world.colleague, drafts=[world.draft(world.other)], now=NOW)  # was given none: writes all
    assert Event.objects.get(verb="return.assign").data == {
        "tasks": [world.task.ref],
        "before": [],
        "limited": True,
    }

    assign(by=world.approver, user=world.reporter, plan=world.plan, quarter=Q, task_ids=[])
    other = Submission.objects.get(task=world.other)
    save_drafts(by=world.reporter, drafts=[world.draft(world.other, revision=other.revision)], now=NOW)


def test_only_the_approver_divides_the_work_of_his_own_body(world: World) -> None:
    stranger = make.task(world.plan, lead=make.agency())
    asked: dict[str, Any] = {"plan": world.plan, "quarter": Q, "task_ids": [world.task.pk]}
    for by in (world.reporter, world.co_approver, world.office):
        with pytest.raises(PermissionDenied):
            assign(by=by, user=world.colleague, **asked)
    with pytest.raises(Problems) as raised:
        assign(by=world.approver, user=world.approver, **asked)
    assert fields(raised) == ["user"]
    with pytest.raises(Problems) as raised:
        assign(by=world.approver, user=world.reporter, **{**asked, "task_ids": [stranger.pk]})
    assert fields(raised) == ["tasks"]


# -- the number of queries ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_queries_do_not_grow_with_the_batch(world: World) -> None:
    def run(count: int) -> int:
        plan = make.plan()
        tasks = [make.task(plan, lead=world.lead) for _ in range(count)]
        make.cycle(plan, Q)
        heads = save_drafts(
            by=world.reporter, drafts=[world.draft(task, plan_id=plan.pk) for task in tasks], now=NOW
        )
        versions = submit(by=world.approver, submissions=[head.pk for head in heads], now=NOW)
        with CaptureQueriesContext(connection) as asked:
            decide(
                by=world.office,
                decisions=[
                    DecisionInput(version.pk, accept=False, field_notes={"done": "补"})
                    for version in versions
                ],
                now=LATER,
            )
            again = submit(by=world.approver, submissions=[head.pk for head in heads], now=LATER)
            decide(
                by=world.office,
                decisions=[
                    DecisionInput(v.pk, accept=True, verified_light="green", verification="true")
                    for v in again
                ],
                now=LATER,
            )
            ask_supplement(
                by=world.office,
                requests=[
                    SupplementInput(v.pk, reason="补", answer_by=make.moment("2017-04-20")) for v in again
                ],
                now=LATER,
            )
        return len(asked)

    assert run(1) == run(3)


def test_who_wrote_it_last_does_not_approve_it_unless_his_body_may(world: World) -> None:
    Agency.objects.filter(pk=world.lead.pk).update(one_person=False)
    (own,) = save_drafts(by=world.approver, drafts=[world.draft()], now=NOW)
    with pytest.raises(Problems) as raised:
        submit(by=world.approver, submissions=[own.pk], now=NOW)
    assert "另一位签批人" in raised.value.problems[0].message
    rights = make.user(Role.RIGHTS_ADMIN, password=None)
    with pytest.raises(PermissionDenied):
        allow_one_person(by=world.approver, agency=world.lead, allowed=True, note="人手少", now=NOW)
    with pytest.raises(Problems):
        allow_one_person(by=rights, agency=world.lead, allowed=True, note=" ", now=NOW)
    allow_one_person(by=rights, agency=world.lead, allowed=True, note="人手少", now=NOW)
    with pytest.raises(Conflict):
        allow_one_person(by=rights, agency=world.lead, allowed=True, note="人手少", now=NOW)
    assert submit(by=world.approver, submissions=[own.pk], now=NOW)[0].number == 1
    assert Event.objects.filter(verb="agency.one_person", by=rights).count() == 1


def test_another_approver_submits_what_the_first_wrote(world: World) -> None:
    Agency.objects.filter(pk=world.lead.pk).update(one_person=False)
    (own,) = save_drafts(by=world.approver, drafts=[world.draft()], now=NOW)
    other = make.user(Role.APPROVER, agency=world.lead, password=None)
    assert submit(by=other, submissions=[own.pk], now=NOW)[0].submitted_by == other
