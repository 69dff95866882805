"""试填期: filed by real accounts, counted nowhere, removed whole."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from reports.figures.queries import plan_figures
from tasks.bundles.trials import remove_trial, trial_extent
from tasks.cycles.actions import cycles_in_progress, open_cycle
from tasks.errors import Conflict, Problems
from tasks.models import Cycle, Event, Figure, Message, Submission, User, Version
from tasks.review.actions import DecisionInput, decide
from tasks.review.corrections import undo
from tasks.standing.queries import standing
from tasks.submissions.actions import hand, save_drafts, submit
from tasks.submissions.content import DraftInput
from tasks.submissions.evidence.actions import attach
from tasks.submissions.models import DecisionRecord
from tasks.submissions.queries import last_versions_before
from tasks.values import Role
from tests import factories as make

Q = make.quarter("2017Q1")
NOW, LATER = make.moment("2017-04-05 10:00"), make.moment("2017-04-06 10:00")


class World:
    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead = make.agency("牵头局")
        self.task = make.task(self.plan, lead=self.lead)
        self.reporter = make.user(Role.REPORTER, agency=self.lead, password=None)
        self.approver = make.user(Role.APPROVER, agency=self.lead, password=None)
        self.office = make.user(Role.OFFICE, password=None)
        self.cycle = open_cycle(by=self.office, plan=self.plan, quarter=Q, trial=True, now=NOW)

    def filed(self) -> Version:
        key: dict[str, Any] = {"plan_id": self.plan.pk, "quarter": Q, "task_id": self.task.pk}
        text = {"light": "red", "done": "练习填报。", "next_steps": "再练。"}
        (row,) = save_drafts(
            by=self.reporter, drafts=[DraftInput(**key, agency_id=self.lead.pk, **text)], now=NOW
        )
        attach(by=self.reporter, submission=row.pk, uploads=[make.upload("佐证.pdf")], now=NOW)
        hand(by=self.reporter, submissions=[row.pk], now=NOW)
        (version,) = submit(by=self.approver, submissions=[row.pk], now=NOW)
        version.refresh_from_db()
        return version

    def accepted(self) -> Version:
        version = self.filed()
        decision = DecisionInput(version.pk, accept=True, verified_light="red", verification="true")
        decide(by=self.office, decisions=[decision], now=LATER)
        return version


@pytest.fixture
def world(db: None, settings: Any) -> World:
    settings.QHPLAN_NOW = LATER
    return World()


def test_what_is_filed_in_a_trial_stands_in_no_figure(world: World) -> None:
    version = world.accepted()
    assert version.is_trial
    (row,) = standing([world.plan.pk], Q, known_at=LATER)
    assert (row.state, row.light, row.due_at) == ("missing", "grey", None)
    later = make.quarter("2017Q2")
    (after,) = standing([world.plan.pk], later, known_at=LATER)
    assert after.stale_quarter is None
    figures = plan_figures(world.plan, Q, known_at=LATER)
    assert figures.lead.reported == 0
    assert last_versions_before(later, task_ids=[world.task.pk], agency_ids=[world.lead.pk]) == {}
    assert cycles_in_progress(LATER) == []


def test_a_trial_goes_whole_and_the_period_is_then_opened_for_real(world: World) -> None:
    version = world.accepted()
    undo(by=world.office, versions=[version.pk], now=LATER)
    with pytest.raises(Problems, match="正在试填"):
        open_cycle(by=world.office, plan=world.plan, quarter=Q, now=LATER)
    extent = trial_extent(world.cycle)
    assert (extent.agencies, extent.submissions, extent.versions, extent.files) == (1, 1, 1, 1)
    remove_trial(by=world.office, cycle=world.cycle, note="练习结束", seen=1, now=LATER)
    for model in (Submission, DecisionRecord, Figure):
        assert not model._default_manager.exists()
    assert not Version.every.exists()
    assert not Cycle.every.exists()
    event = Event.objects.get(verb="cycle.remove_trial")
    assert (event.note, event.data["submissions"]) == ("练习结束", 1)
    assert not open_cycle(by=world.office, plan=world.plan, quarter=Q, now=LATER).is_trial


def test_removing_asks_for_a_reason_the_office_and_the_numbers_of_now(world: World) -> None:
    world.filed()
    with pytest.raises(PermissionDenied):
        remove_trial(by=world.approver, cycle=world.cycle, note="练习结束")
    with pytest.raises(Problems):
        remove_trial(by=world.office, cycle=world.cycle, note=" ")
    with pytest.raises(Conflict, match="现在是 1 件"):
        remove_trial(by=world.office, cycle=world.cycle, note="练习结束", seen=0)
    real = make.cycle(world.plan, "2016Q4")
    with pytest.raises(Conflict, match="不是试填期"):
        remove_trial(by=world.office, cycle=real, note="练习结束")


def test_the_database_deletes_what_is_of_a_trial_and_nothing_else(world: World) -> None:
    trial = world.accepted()
    make.cycle(world.plan, "2016Q4")
    real = make.accept(make.version(world.task, world.lead, "2016Q4"), "green")
    for change in (
        lambda: Cycle.objects.filter(pk=world.cycle.pk).update(is_trial=False),
        lambda: Cycle.objects.filter(quarter=real.quarter).update(is_trial=True),
        lambda: DecisionRecord.objects.filter(version=real)._raw_delete("default"),
        lambda: Version.every.filter(pk=real.pk)._raw_delete("default"),
        lambda: Version.every.filter(pk=trial.pk).update(done="改"),
        lambda: Version.every.filter(pk=real.pk).update(is_trial=True),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert not real.is_trial


def test_messages_of_a_trial_say_so_and_hold_nothing(world: World) -> None:
    version = world.filed()
    decide(by=world.office, decisions=[DecisionInput(version.pk, accept=False, note="再改")], now=LATER)
    told = Message.objects.filter(user=world.reporter)
    assert [message.subject.startswith("【试填】") for message in told] == [True]
    assert not Cycle.objects.filter(messages__isnull=False).exists()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.full
@pytest.mark.pages
def test_every_page_of_a_trial_says_so(world: World) -> None:
    version = world.filed()
    reporter, office = client_of(world.reporter), client_of(world.office)
    args = [world.plan.slug, str(Q), world.task.ref]
    pages = [
        (reporter, reverse("desk") + f"?q={Q}"),
        (reporter, reverse("package") + f"?q={Q}"),
        (reporter, reverse("package_sheet") + f"?q={Q}"),
        (reporter, reverse("return", args=[version.submission_id])),
        (reporter, reverse("return", args=[version.submission_id])),
        (office, reverse("return", args=[version.submission_id])),
        (office, reverse("review") + f"?q={Q}"),
        (reporter, reverse("workbook_upload") + f"?q={Q}"),
        (office, reverse("progress") + f"?q={Q}"),
        (office, reverse("cycle", args=[world.cycle.pk])),
    ]
    assert [path for client, path in pages if "试填" not in client.get(path).content.decode()] == []
    decide(by=world.office, decisions=[DecisionInput(version.pk, accept=False, note="再改")], now=LATER)
    for name in ("return_edit", "consolidate"):
        answer = reporter.get(reverse(name, args=args))
        assert (answer.status_code, "试填" in answer.content.decode()) == (200, True)
    overview = office.get(reverse("overview", args=[world.plan.slug])).content.decode()
    assert "练习填报" not in overview


@pytest.mark.pages
def test_the_office_opens_and_removes_a_trial_by_pages(world: World) -> None:
    office = client_of(world.office)
    world.filed()
    address = reverse("trial_remove", args=[world.cycle.pk])
    assert "1 件填报" in office.get(address).content.decode()
    assert office.post(address, {"note": "练习结束", "seen": "1"}).status_code == 422
    assert office.post(address, {"note": "练习结束", "seen": "0", "sure": "on"}).status_code == 409
    assert office.post(address, {"note": "练习结束", "seen": "1", "sure": "on"}).status_code == 302
    assert not Cycle.objects.exists()
    dates = {
        "co_due": "2017-04-12T17:00",
        "lead_due": "2017-04-19T17:00",
        "decision_due": "2017-04-26T17:00",
        "closes_at": "2017-05-26T17:00",
    }
    sent = {"quarter": str(Q), **dates, "trial": "on"}
    asked = office.post(reverse("cycles"), sent)
    assert (asked.status_code, "试填" in asked.content.decode()) == (422, True)
    office.post(reverse("cycles"), {**sent, "sure": "1"})
    assert Cycle.objects.get().is_trial
