"""台账补录: past quarters from an office's ledger: marked, never on time or late, outside rates and scores."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from reports.figures.queries import plan_figures
from reports.scoring.queries import facts
from reports.scoring.values import ScoredPeriod as ScorePeriod
from tasks.audit.models import Event
from tasks.cycles.actions import open_cycle
from tasks.cycles.models import Cycle
from tasks.errors import Conflict, Problems
from tasks.importing.actions import withdraw_plan
from tasks.ledgers.models import Ledger
from tasks.models import Plan, Submission, Task, User, Version
from tasks.standing.queries import standing
from tasks.submissions.backfilling import backfill, undo_backfill
from tasks.submissions.content import DraftInput
from tasks.submissions.models import State
from tasks.values import BACKFILLED, Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db
NOW = make.moment("2017-08-01 10:00")
Q1, Q2 = Period(2017, 1), Period(2017, 2)


def office() -> User:
    return make.user(Role.OFFICE, password=None)


def world() -> tuple[Plan, Task]:
    plan = make.plan()
    return plan, make.task(plan, lead=make.agency("科技厅"), co=[make.agency("财政厅")])


def ledger_of(plan: Plan) -> Ledger:
    by = office()
    file = make.stored_file("台账.xlsx", uploaded_at=NOW, uploaded_by=by)
    return Ledger.objects.create(plan=plan, file=file, uploaded_by=by, uploaded_at=NOW)


def entry(task: Task, quarter: Period = Q1, **values: Any) -> DraftInput:
    lead = task.responsibilities.get(duty="lead")
    said = {"light": "green", "done": "建成两个平台", **values}
    return DraftInput(task.plan_id, quarter, task.pk, lead.agency_id, **said)


def filled(plan: Plan, *entries: DraftInput, ledger: Ledger | None = None) -> Ledger:
    ledger = ledger or ledger_of(plan)
    backfill(by=office(), plan=plan, ledger_id=ledger.pk, entries=entries, now=NOW)
    return ledger


def test_an_entry_shows_its_light_and_is_neither_owed_nor_on_time_nor_late() -> None:
    plan, task = world()
    filled(plan, entry(task, progress=60))
    lead, co = standing([plan.pk], Q1, known_at=NOW)
    assert (lead.state, lead.light, lead.verified, lead.progress) == (BACKFILLED, "green", False, 60)
    assert (lead.owed, lead.reported, lead.on_time, lead.days_late, lead.due_at) == (
        False,
        False,
        None,
        0,
        None,
    )
    assert co.state == "missing"
    figures = plan_figures(plan, Q1, known_at=NOW)
    assert (figures.lights.green, figures.lights.unverified, figures.lead.due) == (1, 1, 0)


def test_an_entry_without_a_light_is_kept_and_grey() -> None:
    plan, task = world()
    filled(plan, entry(task, light=""))
    assert standing([plan.pk], Q1, known_at=NOW)[0].light == "grey"


@pytest.mark.slow
def test_entries_are_outside_scores() -> None:
    plan, task = world()
    period = ScorePeriod.parse("2017Q1")
    before = facts(plan, period, known_at=NOW)
    filled(plan, entry(task, light="red"))
    assert facts(plan, period, known_at=NOW) == before


def test_each_entry_names_its_ledger_and_is_on_record() -> None:
    plan, task = world()
    ledger = filled(plan, entry(task))
    version = Version.objects.get()
    assert (version.backfill_id, version.decision, version.package_id) == (ledger.pk, "", None)
    assert Submission.objects.get().state == State.BACKFILLED
    assert Event.objects.get(verb="return.backfill").data == {"ledger": ledger.pk}


def test_an_opened_quarter_is_refused() -> None:
    plan, task = world()
    make.cycle(plan, "2017Q1")
    with pytest.raises(Problems, match="已在本系统开启填报"):
        filled(plan, entry(task))
    assert not Version.objects.exists()


def test_a_quarter_that_has_not_ended_or_is_outside_the_plan_is_refused() -> None:
    plan, task = world()
    with pytest.raises(Problems, match="还没有结束"):
        filled(plan, entry(task, Period(2017, 3)))
    with pytest.raises(Problems, match="不在方案有效期内"):
        filled(plan, entry(task, Period(2015, 1)))


def test_a_backfilled_quarter_is_not_opened_until_the_ledger_is_taken_back() -> None:
    plan, task = world()
    ledger = filled(plan, entry(task))
    assert not Cycle.objects.exists()
    with pytest.raises(Problems, match="已按台账补录"):
        open_cycle(by=office(), plan=plan, quarter=Q1, now=NOW)
    undo_backfill(by=office(), plan=plan, ledger_id=ledger.pk, reason="传错了", now=NOW)
    assert open_cycle(by=office(), plan=plan, quarter=Q1, now=NOW).pk == Cycle.every.get().pk
    assert standing([plan.pk], Q1, known_at=NOW)[0].due_at is not None


def test_what_is_taken_back_counts_as_nothing_stays_readable_and_may_come_again() -> None:
    plan, task = world()
    ledger = filled(plan, entry(task), entry(task, Q2))
    undo_backfill(by=office(), plan=plan, ledger_id=ledger.pk, reason="传错了", now=NOW)
    assert [row.state for row in standing([plan.pk], Q1, known_at=NOW)] == ["missing", "missing"]
    assert Version.every.filter(withdrawal_reason="传错了").count() == 2
    assert {(row.state, row.done) for row in Submission.objects.all()} == {("draft", "")}
    with pytest.raises(Conflict, match="已经撤销"):
        undo_backfill(by=office(), plan=plan, ledger_id=ledger.pk, reason="再来", now=NOW)
    filled(plan, entry(task, done="改过的"))
    assert Version.objects.get().number == 2
    assert standing([plan.pk], Q1, known_at=NOW)[0].state == BACKFILLED


def test_the_same_entry_of_another_ledger_is_refused() -> None:
    plan, task = world()
    filled(plan, entry(task))
    with pytest.raises(Conflict, match="刚由另一份台账补录"):
        filled(plan, entry(task))


def test_an_agency_without_the_duty_is_refused() -> None:
    plan, task = world()
    other = DraftInput(plan.pk, Q1, task.pk, make.agency().pk, light="green", done="有进展")
    with pytest.raises(Problems, match="不承担这项任务"):
        filled(plan, other)


def test_only_the_office_backfills_and_takes_back() -> None:
    plan, task = world()
    ledger = filled(plan, entry(task))
    reporter = make.user(Role.REPORTER, password=None)
    with pytest.raises(PermissionDenied):
        backfill(by=reporter, plan=plan, ledger_id=ledger.pk, entries=[entry(task, Q2)], now=NOW)
    with pytest.raises(PermissionDenied):
        undo_backfill(by=reporter, plan=plan, ledger_id=ledger.pk, reason="传错了", now=NOW)


def test_a_plan_is_taken_back_after_its_ledgers_are() -> None:
    plan, task = world()
    ledger = filled(plan, entry(task))
    with pytest.raises(Problems, match="先在“台账”页撤销补录"):
        withdraw_plan(plan=plan, by=None, reason="传错了", now=NOW)
    undo_backfill(by=office(), plan=plan, ledger_id=ledger.pk, reason="传错了", now=NOW)
    withdraw_plan(plan=plan, by=None, reason="传错了", now=NOW)


def test_a_past_moment_does_not_know_the_entry() -> None:
    plan, task = world()
    filled(plan, entry(task))
    assert standing([plan.pk], Q1, known_at=make.moment("2017-07-31"))[0].state == "missing"


def test_queries_do_not_grow_with_the_entries(django_assert_max_num_queries: Any) -> None:
    plan = make.plan(in_force_from=date(2016, 1, 1))
    tasks = [make.task(plan, lead=make.agency()) for _number in range(6)]
    entries = [entry(task, quarter) for task in tasks for quarter in (Q1, Q2)]
    ledger, by = ledger_of(plan), office()
    with django_assert_max_num_queries(22):
        backfill(by=by, plan=plan, ledger_id=ledger.pk, entries=entries, now=NOW)
