"""Decisions that are taken back or corrected, and submissions that are withdrawn: who may, until when, what stays readable,
and what was known at each moment.

The cycle of 2017Q1: opens 2017-04-01, co-returns due 04-05 17:00, lead returns due 04-10 17:00, closes 04-30 17:00.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from reports.briefs.models import Brief
from tasks.errors import Conflict, Problems
from tasks.models import (
    Agency,
    DecisionRecord,
    Event,
    Message,
    Reopening,
    State,
    Submission,
    Task,
    User,
    Version,
)
from tasks.review.actions import DecisionInput, SupplementInput, ask_supplement, decide
from tasks.review.consolidation import adopt
from tasks.review.corrections import correct, undo
from tasks.standing.queries import Standing, standing
from tasks.submissions.actions import save_drafts, submit
from tasks.submissions.content import DraftInput
from tasks.submissions.queries import desk, red_co_returns, waiting_for_office
from tasks.submissions.withdrawing import obstacles, withdraw
from tasks.values import Period, Role
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Q = Period(2017, 1)
NOW = make.moment("2017-04-03 09:00")
HOUR = timedelta(hours=1)
AFTER_DUE = make.moment("2017-04-11 09:00")
CLOSED = make.moment("2017-05-02 09:00")


class World:
    """A task with a lead and a co agency, and two people of the office."""

    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead, self.co = make.agency("牵头局"), make.agency("配合局")
        self.tasks = [make.task(self.plan, lead=self.lead, co=[self.co]) for _ in range(3)]
        self.task = self.tasks[0]
        self.cycle = make.cycle(self.plan, Q)
        self.reporter = make.user(Role.REPORTER, agency=self.lead, password=None)
        self.approver, self.deputy = (
            make.user(Role.APPROVER, agency=self.lead, password=None) for _ in range(2)
        )
        self.co_reporter = make.user(Role.REPORTER, agency=self.co, password=None)
        self.co_approver = make.user(Role.APPROVER, agency=self.co, password=None)
        self.office, self.colleague = (make.user(Role.OFFICE, password=None) for _ in range(2))

    def draft(self, task: Task, agency: Agency, **values: object) -> DraftInput:
        about = {"plan_id": self.plan.pk, "quarter": Q, "task_id": task.pk, "agency_id": agency.pk}
        return DraftInput(**{**about, "light": "green", "done": "完成三件事。", **values})  # type: ignore[arg-type]

    def submitted(
        self, task: Task | None = None, at: datetime = NOW, *, co: bool = False, **values: object
    ) -> Version:
        agency = self.co if co else self.lead
        writer, signer = (self.co_reporter, self.co_approver) if co else (self.reporter, self.approver)
        known = Submission.objects.filter(task=task or self.task, agency=agency, quarter=Q).first()
        draft = self.draft(task or self.task, agency, revision=known.revision if known else None, **values)
        (head,) = save_drafts(by=writer, drafts=[draft], now=at)
        return submit(by=signer, submissions=[head.pk], now=at)[0]

    def decide(
        self, version: Version, at: datetime, *, by: User | None = None, accept: bool = True, **values: object
    ) -> Version:
        lead = version.duty == "lead" and accept
        given = {"verified_light": version.light, "verification": "true"} if lead else {}
        decision = DecisionInput(version.pk, accept=accept, **{**given, **values})  # type: ignore[arg-type]
        return decide(by=by or self.office, decisions=[decision], now=at)[0]

    def stands(self, at: datetime, *, co: bool = False) -> Standing:
        rows = standing([self.plan.pk], Q, known_at=at)
        agency = self.co if co else self.lead
        return next(row for row in rows if (row.task_id, row.agency_id) == (self.task.pk, agency.pk))


@pytest.fixture
def world() -> World:
    return World()


def state_of(version: Version) -> str:
    return Submission.objects.get(pk=version.submission_id).state


# -- withdrawing ----------------------------------------------------------------------------------------------


def test_a_withdrawn_version_stays_readable_and_counts_as_nothing(world: World) -> None:
    version = world.submitted()
    withdraw(by=world.deputy, submissions=[version.submission_id], reason="数字抄错", now=NOW + HOUR)

    assert state_of(version) == State.DRAFT
    assert Version.every.get(pk=version.pk).withdrawal_reason == "数字抄错"
    assert not Version.objects.exists()
    assert not waiting_for_office(world.plan, Q, world.office).exists()
    before, after = world.stands(NOW), world.stands(NOW + HOUR)
    assert (before.state, before.on_time) == ("submitted", True)
    assert (after.state, after.on_time, after.light) == ("missing", None, "grey")
    for user in (world.reporter, world.office):
        assert Version.every.visible_to(user).get() == version


def test_what_is_submitted_again_after_the_date_is_late_and_has_the_next_number(world: World) -> None:
    version = world.submitted()
    withdraw(by=world.approver, submissions=[version.submission_id], reason="数字抄错", now=NOW + HOUR)
    again = world.submitted(at=AFTER_DUE)

    assert again.number == 2
    assert world.stands(AFTER_DUE).on_time is False
    assert world.stands(NOW).on_time is True  # as it was known then


def test_a_withdrawn_answer_is_wanted_again(world: World) -> None:
    first = world.submitted()
    world.decide(first, NOW + HOUR, accept=False, note="缺数字")
    second = world.submitted(at=NOW + 2 * HOUR)
    withdraw(by=world.approver, submissions=[second.submission_id], reason="传错", now=NOW + 3 * HOUR)

    assert state_of(first) == State.RETURNED
    row = next(row for row in desk(world.plan, Q, world.lead.pk).rows if row.task == world.task)
    assert (row.version, row.asked) == (first, "缺数字")
    assert world.stands(NOW + 3 * HOUR).on_time is True


def test_a_withdrawn_supplement_leaves_what_was_accepted_in_force(world: World) -> None:
    first = world.decide(world.submitted(), NOW + HOUR)
    asked = SupplementInput(first.pk, "补合同", NOW + 48 * HOUR)
    ask_supplement(by=world.office, requests=[asked], now=NOW + 2 * HOUR)
    second = world.submitted(at=NOW + 3 * HOUR)
    withdraw(by=world.approver, submissions=[second.submission_id], reason="传错", now=NOW + 4 * HOUR)

    assert state_of(first) == State.SUPPLEMENT
    assert world.stands(NOW + 4 * HOUR).version_id == first.pk
    assert not world.stands(NOW + 4 * HOUR).pending


def test_only_the_approver_of_the_agency_withdraws_with_a_reason_and_while_nobody_has_acted(
    world: World,
) -> None:
    version = world.submitted()
    ids = [version.submission_id]
    for user in (world.reporter, world.co_approver, world.office):
        with pytest.raises(PermissionDenied):
            withdraw(by=user, submissions=ids, reason="改", now=NOW)
    with pytest.raises(Problems) as raised:
        withdraw(by=world.approver, submissions=ids, reason="  ", now=NOW)
    assert list(raised.value.by_field()) == ["reason"]
    with pytest.raises(Conflict):
        withdraw(by=world.approver, submissions=ids, reason="改", now=CLOSED)
    world.decide(version, NOW)
    with pytest.raises(Conflict, match="已核定"):
        withdraw(by=world.approver, submissions=ids, reason="改", now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.every.filter(pk=version.pk).update(
            withdrawn_at=NOW, withdrawn_by=world.approver, withdrawal_reason="改"
        )


def test_what_the_lead_has_taken_over_or_based_its_return_on_is_not_withdrawn(world: World) -> None:
    version = world.submitted(co=True)
    ids = [version.submission_id]
    adopt(
        by=world.reporter, plan_id=world.plan.pk, quarter=Q, task_id=world.task.pk, version_id=version.pk,
        keys=["done"], revision=None, now=NOW,
    )  # fmt: skip
    head = Submission.objects.get(pk=version.submission_id)
    assert "引用" in obstacles(world.co_approver, [head], NOW)[head.pk]
    with pytest.raises(Conflict, match="引用"):
        withdraw(by=world.co_approver, submissions=ids, reason="改", now=NOW)

    world.submitted()
    with pytest.raises(Conflict, match="依据"):
        withdraw(by=world.co_approver, submissions=ids, reason="改", now=NOW)


def test_a_withdrawn_red_co_return_is_no_conflict_of_lights(world: World) -> None:
    version = world.submitted(co=True, light="red", next_steps="倒排工期")
    assert red_co_returns([(world.task.pk, Q)])
    withdraw(by=world.co_approver, submissions=[version.submission_id], reason="误报", now=NOW)
    assert not red_co_returns([(world.task.pk, Q)])


def test_reviewers_are_told_of_what_was_withdrawn(world: World) -> None:
    ids = [world.submitted(task).submission_id for task in world.tasks]
    co = world.submitted(co=True)
    withdraw(by=world.approver, submissions=ids, reason="数字抄错", now=NOW + HOUR)
    withdraw(by=world.co_approver, submissions=[co.submission_id], reason="传错", now=NOW + HOUR)

    told = {(message.user, "撤回" in message.subject) for message in Message.objects.all()}
    assert {(world.office, True), (world.colleague, True), (world.approver, True)} <= told
    assert Message.objects.filter(user=world.office).count() == 1


@pytest.mark.full
def test_the_queries_do_not_grow_with_the_batch(world: World) -> None:
    counts = []
    for chosen in (world.tasks[:1], world.tasks[1:]):
        ids = [world.submitted(task).submission_id for task in chosen]
        with CaptureQueriesContext(connection) as withdrawn:
            withdraw(by=world.approver, submissions=ids, reason="改", now=NOW)
        versions = [world.decide(world.submitted(task), NOW).pk for task in chosen]
        with CaptureQueriesContext(connection) as undone:
            undo(by=world.office, versions=versions, now=NOW)
        decisions = [
            DecisionInput(pk, accept=True, verified_light="green", verification="true") for pk in versions
        ]
        decide(by=world.office, decisions=decisions, now=NOW)
        decisions = [replace(one, verification="unverified") for one in decisions]
        with CaptureQueriesContext(connection) as corrected:
            correct(by=world.colleague, decisions=decisions, reason="改", now=NOW)
        counts.append([len(withdrawn), len(undone), len(corrected)])
    assert counts[0] == counts[1]


# -- taking a decision back --------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", [True, False])
def test_whoever_decided_takes_it_back_and_it_waits_again(world: World, accept: bool) -> None:
    version = world.decide(world.submitted(), NOW + HOUR, accept=accept, note="" if accept else "缺数字")
    decided = world.stands(NOW + HOUR).state

    undo(by=world.office, versions=[version.pk], reason="点错了", now=NOW + 2 * HOUR)

    version.refresh_from_db()
    assert (version.decision, version.decided_at, version.decided_by, version.verified_light) == (
        "",
        None,
        None,
        "",
    )
    assert state_of(version) == State.SUBMITTED
    assert list(waiting_for_office(world.plan, Q, world.colleague)) == [version]
    assert world.stands(NOW + 2 * HOUR).state == "submitted"
    assert world.stands(NOW + HOUR).state == decided == ("accepted" if accept else "returned")
    assert [record.kind for record in version.decisions.all()] == ["decided", "undone"]
    assert Event.objects.filter(verb="return.undo", note="点错了").count() == 1


def test_another_person_does_not_take_it_back(world: World) -> None:
    version = world.decide(world.submitted(), NOW + HOUR)
    for user in (world.colleague, world.approver):
        with pytest.raises(PermissionDenied):
            undo(by=user, versions=[version.pk], now=NOW + 2 * HOUR)


def test_a_decision_is_not_taken_back_once_something_builds_on_it(world: World) -> None:
    version = world.decide(world.submitted(), NOW + HOUR, accept=False, note="缺数字")
    world.submitted(at=NOW + 2 * HOUR)
    with pytest.raises(Conflict, match="接着办理"):
        undo(by=world.office, versions=[version.pk], now=NOW + 3 * HOUR)

    other = world.decide(world.submitted(world.tasks[1]), NOW + HOUR)
    Brief.objects.create(
        plan=world.plan, quarter=Q, state="issued", known_at=NOW + 2 * HOUR, asked_at=NOW, is_sample=False,
        figures="{}", figures_sha256="0", frozen_at=NOW, year=2017, number=1, edition=1, code="A", issued_at=NOW,
    )  # fmt: skip
    with pytest.raises(Conflict, match="简报已据此印发"):
        undo(by=world.office, versions=[other.pk], now=NOW + 3 * HOUR)


def test_a_return_is_not_taken_back_once_the_agency_writes(world: World) -> None:
    version = world.decide(world.submitted(), NOW + HOUR, accept=False, note="缺数字")
    head = Submission.objects.get(pk=version.submission_id)
    save_drafts(
        by=world.reporter,
        drafts=[world.draft(world.task, world.lead, done="补了数字。", revision=head.revision)],
        now=NOW + 2 * HOUR,
    )
    with pytest.raises(Conflict, match="开始修改"):
        undo(by=world.office, versions=[version.pk], now=NOW + 3 * HOUR)


def test_the_lead_takes_an_adoption_back_until_its_return_is_based_on_it(world: World) -> None:
    co = world.decide(world.submitted(co=True), NOW + HOUR, by=world.approver)
    undo(by=world.approver, versions=[co.pk], now=NOW + 2 * HOUR)
    assert state_of(co) == State.SUBMITTED

    world.decide(co, NOW + 3 * HOUR, by=world.approver)
    world.submitted(at=NOW + 4 * HOUR)
    with pytest.raises(Conflict, match="据此提交"):
        undo(by=world.approver, versions=[co.pk], now=NOW + 5 * HOUR)


def test_what_was_reopened_with_a_return_is_closed_again(world: World) -> None:
    version = world.decide(
        world.submitted(), CLOSED, accept=False, note="缺数字", answer_by=CLOSED + 48 * HOUR
    )
    assert Reopening.objects.filter(ended_at=None).count() == 1
    undo(by=world.office, versions=[version.pk], now=CLOSED + HOUR)
    assert not Reopening.objects.filter(ended_at=None).exists()


# -- correcting --------------------------------------------------------------------------------------------------


def test_a_second_person_corrects_the_light_and_both_stay_known_at_their_moments(world: World) -> None:
    version = world.decide(
        world.submitted(light="red", next_steps="倒排工期"), NOW + HOUR, verified_light="green", note="点错了"
    )
    other = DecisionInput(version.pk, accept=True, verified_light="red", verification="true")

    correct(by=world.colleague, decisions=[other], reason="误核为绿", now=NOW + 2 * HOUR)

    assert (world.stands(NOW + HOUR).light, world.stands(NOW + 2 * HOUR).light) == ("green", "red")
    version.refresh_from_db()
    assert (version.verified_light, version.decided_by) == ("red", world.colleague)
    assert [(record.kind, record.verified_light) for record in version.decisions.all()] == [
        ("decided", "green"),
        ("corrected", "red"),
    ]
    assert state_of(version) == State.ACCEPTED
    assert Message.objects.filter(user=world.approver, subject__contains="更正").exists()


def test_a_correction_may_send_back_what_was_accepted_and_accept_what_was_sent_back(world: World) -> None:
    version = world.decide(world.submitted(), NOW + HOUR)
    correct(
        by=world.colleague,
        decisions=[DecisionInput(version.pk, accept=False, note="缺佐证")],
        reason="漏看",
        now=NOW + 2 * HOUR,
    )
    assert state_of(version) == State.RETURNED
    again = DecisionInput(version.pk, accept=True, verified_light="green", verification="true")
    correct(by=world.office, decisions=[again], reason="佐证已有", now=NOW + 3 * HOUR)
    assert state_of(version) == State.ACCEPTED
    assert [world.stands(NOW + n * HOUR).state for n in (1, 2, 3)] == ["accepted", "returned", "accepted"]


def test_nobody_corrects_the_own_decision_nor_without_a_reason_nor_to_the_same(world: World) -> None:
    version = world.decide(world.submitted(), NOW + HOUR)
    red = DecisionInput(version.pk, accept=True, verified_light="red", verification="true", note="未完成")
    with pytest.raises(PermissionDenied):
        correct(by=world.office, decisions=[red], reason="改", now=NOW + 2 * HOUR)
    with pytest.raises(PermissionDenied):
        correct(by=world.co_approver, decisions=[red], reason="改", now=NOW + 2 * HOUR)
    with pytest.raises(Problems) as raised:
        correct(by=world.colleague, decisions=[red], reason=" ", now=NOW + 2 * HOUR)
    assert list(raised.value.by_field()) == ["reason"]
    same = DecisionInput(version.pk, accept=True, verified_light="green", verification="true")
    with pytest.raises(Problems, match="没有要更正的"):
        correct(by=world.colleague, decisions=[same], reason="改", now=NOW + 2 * HOUR)


# -- what the database itself refuses ----------------------------------------------------------------------------


def test_a_decision_is_made_by_its_record_alone_and_no_record_is_changed(world: World) -> None:
    version = world.decide(world.submitted(), NOW + HOUR)
    waiting = world.submitted(world.tasks[1])
    for change in (
        lambda: Version.objects.filter(pk=version.pk).update(verified_light="red", decision_note="改"),
        lambda: Version.objects.filter(pk=waiting.pk).update(decision="returned", decision_note="改", decided_at=NOW, decided_by=world.office),
        lambda: DecisionRecord.objects.update(verified_light="red"),
        lambda: DecisionRecord.objects.all().delete(),
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
