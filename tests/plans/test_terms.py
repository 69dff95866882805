"""What becomes of a task for good: closed 销号, withdrawn, or kept up 长期坚持; as at and as known at.

The calendar of most tests: the office records on 2017-05-10 that the task is closed from 2017Q2 on.
"""

import pytest
from django.db import IntegrityError, transaction

from reports.figures.history import light_history, rate_history
from reports.figures.queries import plan_figures
from reports.figures.values import Lights, Rate
from tasks.errors import Conflict
from tasks.models import Agency, Task, TermStatus
from tasks.notifications.queries import waiting
from tasks.plans.duties import duties
from tasks.standing.queries import standing
from tasks.submissions import actions
from tasks.submissions.content import DraftInput
from tasks.submissions.queries import desk, filing_record
from tasks.values import Period, Role
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Q1, Q2 = Period(2017, 1), Period(2017, 2)
BEFORE, AFTER = make.moment("2017-05-01"), make.moment("2017-08-01")


@pytest.fixture
def lead() -> Agency:
    return make.agency("经信委")


@pytest.fixture
def co() -> Agency:
    return make.agency("财政厅")


@pytest.fixture
def closed(lead: Agency, co: Agency) -> Task:
    """Closed from 2017Q2 on, as recorded on 2017-05-10; another task of the same body runs on."""
    plan = make.plan()
    task = make.task(plan, lead=lead, co=[co])
    make.task(plan, lead=lead)
    for quarter in ("2017Q1", "2017Q2"):
        make.cycle(plan, quarter)
    make.term(task, first="2017Q2", known_since="2017-05-10")
    return task


def test_closed_task_owes_nothing_and_shows_blue(closed: Task) -> None:
    rows = {
        (row.task_id, row.duty): (row.state, row.light, row.verified, row.owed, row.reported, row.days_late)
        for row in standing([closed.plan_id], Q2, known_at=AFTER)
        if row.task_id == closed.pk
    }

    assert rows == {
        (closed.pk, "lead"): ("closed", "blue", True, False, False, 0),
        (closed.pk, "co"): ("closed", "blue", True, False, False, 0),
    }
    assert set(duties([closed.plan_id], Q2, known_at=AFTER).values_list("task", flat=True)).isdisjoint(
        {closed.pk}
    )


def test_closing_is_not_known_before_it_was_recorded_and_changes_no_earlier_quarter(closed: Task) -> None:
    assert {r.state for r in standing([closed.plan_id], Q2, known_at=BEFORE)} == {"missing"}
    assert {r.state for r in standing([closed.plan_id], Q1, known_at=AFTER)} == {"missing"}
    assert duties([closed.plan_id], Q1, known_at=AFTER).count() == 3


def test_figures_count_closed_as_blue_and_owe_nothing_for_it(closed: Task) -> None:
    # Two tasks: one closed (blue, verified), one missing (grey). Owed: the lead return of the other one alone.
    figures = plan_figures(closed.plan, Q2, known_at=AFTER)

    assert figures.lights == Lights(blue=1, grey=1)
    assert (figures.lead, figures.co) == (Rate(1, 0, 0), Rate())
    assert [row.task_ref for row in figures.missing] == [
        task.ref for task in closed.plan.tasks.exclude(pk=closed.pk)
    ]
    assert figures.tasks[0].state == "closed"
    assert light_history(closed.plan, Q2, Q2, AFTER)[closed.pk] == {Q2: ("blue", True)}
    assert rate_history(closed.plan, Q2, Q2, AFTER)[Q2] == (Rate(1, 0, 0), Rate())


def test_withdrawn_task_counts_nowhere(lead: Agency) -> None:
    task = make.task(make.plan(), lead=lead)
    make.task(task.plan, lead=lead)
    make.cycle(task.plan, "2017Q2")
    make.term(task, TermStatus.WITHDRAWN, first="2017Q2")

    figures = plan_figures(task.plan, Q2, known_at=AFTER)

    assert figures.lights == Lights(grey=1)
    assert figures.lead == Rate(1, 0, 0)
    assert (figures.tasks[0].state, figures.tasks[0].light) == ("withdrawn", "grey")
    assert task.pk not in light_history(task.plan, Q2, Q2, AFTER)


def test_task_that_is_kept_up_owes_as_before(lead: Agency) -> None:
    task = make.task(make.plan(), lead=lead)
    make.cycle(task.plan, "2017Q2")
    make.term(task, TermStatus.LONG_TERM, first="2017Q1")

    assert [row.state for row in standing([task.plan_id], Q2, known_at=AFTER)] == ["missing"]


def test_return_filed_before_the_task_was_closed_stays_readable_but_counts_no_more(
    closed: Task, lead: Agency
) -> None:
    # Filed for 2017Q2 while nobody knew of the closing; afterwards the quarter owes nothing, whatever was filed.
    make.version(closed, lead, "2017Q2", "red", at="2017-07-05 10:00")

    (row,) = [
        r
        for r in standing([closed.plan_id], Q2, known_at=AFTER)
        if (r.task_id, r.agency_id) == (closed.pk, lead.pk)
    ]

    assert (row.state, row.light, row.reported, row.on_time, row.reported_light) == (
        "closed",
        "blue",
        False,
        None,
        "red",
    )
    assert plan_figures(closed.plan, Q2, known_at=AFTER).lead == Rate(1, 0, 0)


def test_closed_task_is_neither_asked_for_nor_taken(closed: Task, lead: Agency, co: Agency) -> None:
    reporter = make.user(Role.REPORTER, agency=lead, password=None)
    moment = make.moment("2017-07-03 10:00")

    assert {row.task.pk for row in desk(closed.plan, Q2, lead.pk).rows}.isdisjoint({closed.pk})
    assert {one.duty.task_id for one in waiting([make.cycle(closed.plan, "2017Q2")])}.isdisjoint({closed.pk})
    assert [
        (row.quarter, row.due) for row in filing_record(closed.plan, co.pk, before=Q2 + 1, quarters=2)
    ] == [
        (Q2, 0),
        (Q1, 1),
    ]
    with pytest.raises(Conflict, match="已销号"):
        actions.save_drafts(
            by=reporter,
            drafts=[DraftInput(plan_id=closed.plan_id, quarter=Q2, task_id=closed.pk, agency_id=lead.pk)],
            now=moment,
        )


@pytest.mark.parametrize("status", [TermStatus.WITHDRAWN, TermStatus.CLOSED])
def test_record_counts_what_was_filed_over_what_was_owed(
    status: TermStatus, lead: Agency, co: Agency
) -> None:
    plan = make.plan()
    ended, running, other = (make.task(plan, lead=lead, co=[co]) for _ in range(3))
    make.cycle(plan, "2017Q1")
    for task, at in ((ended, "2017-04-02"), (running, "2017-04-03")):
        make.accept(make.version(task, lead, "2017Q1", "green", at=at), "yellow")
    # Withdrawn or closed afterwards, with effect from the quarter that was filed already; and a duty that passed on.
    make.term(ended, status, first="2017Q1", known_since="2017-05-10")
    make.version(other, lead, "2017Q1", duty="co", at="2017-04-02")

    (row,) = filing_record(plan, lead.pk, before=Q2, quarters=1)

    assert (row.due, row.submitted, row.on_time, row.late, row.missing, row.changed) == (2, 1, 1, 0, 1, 1)


def test_draft_of_a_task_that_was_closed_meanwhile_cannot_be_submitted(closed: Task, lead: Agency) -> None:
    approver = make.user(Role.APPROVER, agency=lead, password=None)
    draft = make.submission(closed, lead, "2017Q2", light="green", done="办成一件")

    with pytest.raises(Conflict, match="已销号"):
        actions.submit(by=approver, submissions=[draft.pk], now=make.moment("2017-07-03 10:00"))


def test_two_terms_of_a_task_never_overlap(closed: Task) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make.term(closed, TermStatus.WITHDRAWN, first="2018Q1", known_since="2017-06-01")
