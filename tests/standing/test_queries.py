"""Standing: each test is a small calendar, worked out by hand in its comment.

The cycle of 2017Q1, in Asia/Shanghai: opens 04-01 00:00, co-returns due 04-05 17:00, lead returns due 04-10
17:00, decisions due 04-15 17:00, closes 04-30 17:00.
"""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks.cycles.lateness import TOLERANCE
from tasks.models import Agency, Plan, State, Task
from tasks.standing.queries import Standing, standing, standing_between
from tasks.standing.statements import Statement, parameters, places_and_parts
from tasks.values import Duty, Period
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Q1 = Period(2017, 1)
LATER = "2017-06-01"


def stand(plan: Plan, known_at: str = LATER, quarter: Period = Q1) -> list[Standing]:
    return standing([plan.pk], quarter, known_at=make.moment(known_at))


def one(task: Task, agency: Agency, known_at: str = LATER, quarter: Period = Q1) -> Standing:
    (row,) = [
        r for r in stand(task.plan, known_at, quarter) if (r.task_id, r.agency_id) == (task.pk, agency.pk)
    ]
    return row


@pytest.fixture
def lead() -> Agency:
    return make.agency("经信委")


@pytest.fixture
def co() -> Agency:
    return make.agency("财政厅")


@pytest.fixture
def task(lead: Agency, co: Agency) -> Task:
    """One task with a lead and a co; the cycle of 2017Q1 is open."""
    task = make.task(make.plan(), lead=lead, co=[co])
    make.cycle(task.plan, "2017Q1")
    return task


def test_rows_stand_one_per_responsibility_in_the_plans_order(task: Task, lead: Agency, co: Agency) -> None:
    # A second task, led by the co of the first; a task of another plan does not come in.
    second = make.task(task.plan, lead=co, co=[lead])
    make.task(make.plan(), lead=lead)

    rows = stand(task.plan)

    assert [(r.task_id, r.agency_id, r.duty) for r in rows] == [
        (task.pk, lead.pk, Duty.LEAD),
        (task.pk, co.pk, Duty.CO),
        (second.pk, co.pk, Duty.LEAD),
        (second.pk, lead.pk, Duty.CO),
    ]


def test_missing_is_grey_and_late_by_calendar_days(task: Task, lead: Agency, co: Agency) -> None:
    # Lead due 04-10 17:00, co due 04-05 17:00. On 04-10 at noon the lead is not late, the co is by 5 days;
    # on 04-13 they are by 3 and 8.
    row = one(task, lead, "2017-04-10 12:00")

    assert (row.state, row.light, row.verified, row.on_time, row.reported) == (
        "missing",
        "grey",
        False,
        None,
        False,
    )
    assert (row.submission_id, row.version_id, row.number, row.first_submitted_at) == (None,) * 4
    assert row.days_late == 0
    assert one(task, co, "2017-04-10 12:00").days_late == 5
    assert (one(task, lead, "2017-04-13 09:00").days_late, one(task, co, "2017-04-13 09:00").days_late) == (
        3,
        8,
    )


def test_missing_in_a_quarter_never_opened_is_not_late(task: Task, lead: Agency) -> None:
    row = one(task, lead, quarter=Period(2016, 4))

    assert (row.state, row.due_at, row.days_late) == ("missing", None, 0)


def test_draft_is_never_seen(task: Task, lead: Agency) -> None:
    make.submission(task, lead, "2017Q1", light="green", done="草稿", state=State.HANDED)

    row = one(task, lead)

    assert (row.state, row.submission_id, row.reported_light) == ("missing", None, "")


def test_no_progress_is_a_report(task: Task, lead: Agency) -> None:
    make.version(task, lead, "2017Q1", "yellow", no_progress=True, no_progress_reason="等待批复", done="")

    row = one(task, lead)

    assert (row.state, row.light, row.no_progress) == ("submitted", "yellow", True)


def test_submitted_light_counts_unverified(task: Task, lead: Agency) -> None:
    version = make.version(task, lead, "2017Q1", "green", at="2017-04-03 10:00", progress=40)

    row = one(task, lead)

    assert (row.state, row.light, row.verified, row.reported_light, row.verified_light, row.verification) == (
        ("submitted", "green", False, "green", "", "unverified")
    )
    assert (row.submission_id, row.version_id, row.number, row.progress) == (
        version.submission_id,
        version.pk,
        1,
        40,
    )


def test_verified_light_counts_over_the_reported_one(task: Task, lead: Agency) -> None:
    make.accept(make.version(task, lead, "2017Q1", "green"), "red", verification="partly")

    row = one(task, lead)

    assert (row.state, row.light, row.verified, row.reported_light, row.verified_light, row.verification) == (
        ("accepted", "red", True, "green", "red", "partly")
    )


def test_known_at_before_the_decision_shows_the_reported_light(task: Task, lead: Agency) -> None:
    # Submitted 04-03 10:00, accepted as yellow on 04-12 09:00. At 04-03 09:59 nothing was known.
    version = make.version(task, lead, "2017Q1", "green", at="2017-04-03 10:00")
    make.accept(version, "yellow", at="2017-04-12 09:00")

    assert one(task, lead, "2017-04-03 09:59").state == "missing"
    assert one(task, lead, "2017-04-03 10:00").state == "submitted"
    early = one(task, lead, "2017-04-12 08:59")
    assert (
        early.state,
        early.light,
        early.verified,
        early.verified_light,
        early.verification,
        early.decided_at,
    ) == (("submitted", "green", False, "", "unverified", None))
    late = one(task, lead, "2017-04-12 09:00")
    assert (late.state, late.light, late.verified) == ("accepted", "yellow", True)


def test_returned_version_still_counts_as_reported_unverified(task: Task, lead: Agency) -> None:
    make.send_back(make.version(task, lead, "2017Q1", "red"))

    row = one(task, lead)

    assert (row.state, row.light, row.verified, row.reported, row.pending) == (
        "returned",
        "red",
        False,
        True,
        False,
    )


def test_resubmission_after_return_keeps_the_first_time(task: Task, lead: Agency) -> None:
    # First 04-09 (in time), sent back 04-11, again 04-14, after the due moment: still on time.
    make.send_back(make.version(task, lead, "2017Q1", "green", at="2017-04-09 12:00"), at="2017-04-11 12:00")
    again = make.version(task, lead, "2017Q1", "yellow", at="2017-04-14 12:00")

    row = one(task, lead)

    assert (row.version_id, row.number, row.light, row.state) == (again.pk, 2, "yellow", "submitted")
    assert row.first_submitted_at == make.moment("2017-04-09 12:00")
    assert row.submitted_at == make.moment("2017-04-14 12:00")
    assert (row.on_time, row.days_late) == (True, 0)


def test_late_first_submission_is_late_by_calendar_days(task: Task, lead: Agency) -> None:
    # Due 04-10 17:00. One second too late is late, by no whole day; on 04-12 by two.
    last = make.moment("2017-04-10 17:00") + TOLERANCE
    make.version(task, lead, "2017Q1", at=last + timedelta(seconds=1))
    assert (one(task, lead).on_time, one(task, lead).days_late) == (False, 0)

    other = make.task(task.plan, lead=lead)
    make.version(other, lead, "2017Q1", at="2017-04-12 00:30")
    assert (one(other, lead).on_time, one(other, lead).days_late) == (False, 2)

    exact = make.task(task.plan, lead=lead)
    make.version(exact, lead, "2017Q1", at=last)
    assert one(exact, lead).on_time is True


def test_accepted_version_stays_in_force_beside_a_newer_undecided_one(task: Task, lead: Agency) -> None:
    accepted = make.accept(
        make.version(task, lead, "2017Q1", "green", at="2017-04-03"), "yellow", at="2017-04-05"
    )
    make.version(task, lead, "2017Q1", "blue", at="2017-04-08", progress=100)

    row = one(task, lead)

    assert (row.version_id, row.number, row.state, row.pending) == (accepted.pk, 1, "accepted", True)
    assert (row.light, row.verified, row.reported_light, row.progress) == ("yellow", True, "green", None)
    assert one(task, lead, "2017-04-07").pending is False


def test_newer_accepted_version_replaces_the_older_one(task: Task, lead: Agency) -> None:
    make.accept(make.version(task, lead, "2017Q1", "green", at="2017-04-03"), at="2017-04-05")
    make.accept(make.version(task, lead, "2017Q1", "red", at="2017-04-08"), at="2017-04-09")

    assert one(task, lead).light == "red"
    assert one(task, lead, "2017-04-08 12:00").light == "green"


def test_co_light_never_changes_the_tasks(task: Task, lead: Agency, co: Agency) -> None:
    make.version(task, lead, "2017Q1", "green")
    make.accept(make.version(task, co, "2017Q1", "red"))

    assert one(task, lead).light == "green"
    row = one(task, co)
    assert (row.duty, row.state, row.light, row.verified, row.verified_light) == (
        "co",
        "accepted",
        "red",
        True,
        "",
    )


def test_co_return_nobody_acted_on_counts_as_filed_unverified(task: Task, co: Agency) -> None:
    make.version(task, co, "2017Q1", "green", at="2017-04-04")

    row = one(task, co, "2018-01-01")

    assert (row.state, row.reported, row.on_time, row.verified) == ("submitted", True, True, False)


def test_elsewhere_is_filed_and_grey_without_a_light(task: Task, lead: Agency) -> None:
    # Filed 另渠道: a report, on time, without a light; accepted without one too.
    version = make.version(task, lead, "2017Q1", "", elsewhere=True, done="", at="2017-04-03")
    row = one(task, lead)
    assert (row.state, row.reported, row.on_time, row.elsewhere) == ("submitted", True, True, True)
    assert (row.light, row.reported_light, row.verified) == ("grey", "", False)

    make.accept(version, at="2017-04-05")
    row = one(task, lead)
    assert (row.state, row.reported, row.light, row.verified) == ("accepted", True, "grey", True)


def test_stale_light_has_its_quarter_and_is_not_counted(task: Task, lead: Agency, co: Agency) -> None:
    # Reported 2016Q3 (green) and 2016Q4 (green, verified yellow); 2017Q1 is missing. The co never reported.
    make.version(task, lead, "2016Q3", "green")
    make.accept(make.version(task, lead, "2016Q4", "green", at="2017-01-05"), "yellow", at="2017-01-12")

    row = one(task, lead)

    assert (row.state, row.light, row.reported) == ("missing", "grey", False)
    assert (row.stale_quarter, row.stale_light) == (Period(2016, 4), "yellow")
    assert (row.task_stale_quarter, row.task_stale_light) == (Period(2016, 4), "yellow")
    assert (one(task, co).stale_quarter, one(task, co).stale_light) == (None, "")
    # Before the decision it was still green, and before 2017-01-05 the quarter before it.
    early = one(task, lead, "2017-01-11")
    assert (early.stale_quarter, early.stale_light) == (Period(2016, 4), "green")
    assert one(task, lead, "2017-01-04").stale_quarter == Period(2016, 3)


def test_stale_light_is_not_looked_up_for_reported_ones(task: Task, lead: Agency) -> None:
    make.version(task, lead, "2016Q4", "green")
    make.version(task, lead, "2017Q1", "green")

    assert one(task, lead).stale_quarter is None
    assert one(task, lead).task_stale_quarter is None


def test_lead_that_changed_in_the_quarter_is_that_of_its_last_day() -> None:
    # 2016Q3–2016Q4 led by the old body, from 2017Q1 by the new one. The old one's reports stay its own: for
    # the new one the task's stale light is the old body's of 2016Q4, its own is none.
    old, new = make.agency("旧"), make.agency("新")
    task = make.task(make.plan())
    make.responsibility(task, old, first="2016Q3", last="2016Q4")
    make.responsibility(task, new, first="2017Q1")
    make.version(task, old, "2016Q4", "red", at="2017-01-05")
    make.version(task, old, "2017Q1", "blue", duty=Duty.LEAD, at="2017-04-02")  # not its duty any more

    (before,) = stand(task.plan, quarter=Period(2016, 4))
    (after,) = stand(task.plan)

    assert (before.agency_id, before.light) == (old.pk, "red")
    assert (after.agency_id, after.state, after.light) == (new.pk, "missing", "grey")
    assert (after.stale_quarter, after.stale_light) == (None, "")
    assert (after.task_stale_quarter, after.task_stale_light) == (Period(2016, 4), "red")
    # Nor does what the old body filed for 2017Q1 become the task's stale light in 2017Q2.
    (later,) = stand(task.plan, quarter=Period(2017, 2))
    assert (later.task_stale_quarter, later.task_stale_light) == (Period(2016, 4), "red")


def test_change_of_lead_recorded_late_is_unknown_before() -> None:
    # On 2017-05-10 it is recorded that the new body leads since 2017Q1. Known before: the old one does.
    old, new = make.agency("旧"), make.agency("新")
    task = make.task(make.plan())
    make.responsibility(task, old, known_until="2017-05-10")
    make.responsibility(task, old, last="2016Q4", known_since="2017-05-10")
    make.responsibility(task, new, first="2017Q1", known_since="2017-05-10")
    make.version(task, old, "2017Q1", "green", duty=Duty.LEAD, at="2017-04-03")

    (before,) = stand(task.plan, "2017-05-09")
    (after,) = stand(task.plan, "2017-05-10")

    assert (before.agency_id, before.light) == (old.pk, "green")
    assert (after.agency_id, after.light) == (new.pk, "grey")


def test_return_filed_as_co_is_not_the_leads() -> None:
    # The body filed as co; then it is recorded that it leads. Its co-return does not become the task's light.
    body = make.agency()
    task = make.task(make.plan())
    make.responsibility(task, body, Duty.CO, known_until="2017-05-10")
    make.responsibility(task, body, Duty.LEAD, known_since="2017-05-10")
    make.version(task, body, "2017Q1", "green", duty=Duty.CO)

    assert (one(task, body, "2017-05-01").light, one(task, body, "2017-06-01").light) == ("green", "grey")


def test_order_of_entering_does_not_matter_when_numbers_and_times_agree(task: Task, lead: Agency) -> None:
    # The decision on version 1 comes after version 2 was submitted: version 1 is in force all the same.
    first = make.version(task, lead, "2017Q1", "green", at="2017-04-03")
    make.version(task, lead, "2017Q1", "red", at="2017-04-06")
    make.accept(first, at="2017-04-08")

    assert (one(task, lead, "2017-04-07").light, one(task, lead, "2017-04-07").number) == ("red", 2)
    assert (one(task, lead).light, one(task, lead).number, one(task, lead).pending) == ("green", 1, True)


def test_between_agrees_with_each_quarter_alone(task: Task, lead: Agency, co: Agency) -> None:
    make.accept(make.version(task, lead, "2016Q4", "green"), "yellow")
    make.version(task, co, "2016Q4", "green")
    make.version(task, lead, "2017Q1", "red")
    span = Period(2016, 3), Period(2017, 2)

    rows = standing_between(*span, known_at=make.moment(LATER), plan_ids=[task.plan_id])

    assert rows == [row for quarter in Period.span(*span) for row in stand(task.plan, quarter=quarter)]
    narrowed = standing_between(
        *span, known_at=make.moment(LATER), task_ids=[task.pk], agency_ids=[co.pk], plan_ids=[task.plan_id]
    )
    assert narrowed == [row for row in rows if row.agency_id == co.pk]
    assert standing_between(*span, known_at=make.moment(LATER), task_ids=[]) == []


def test_one_query_whatever_the_rows(task: Task, lead: Agency, co: Agency) -> None:
    make.version(task, lead, "2016Q4", "green")
    for _ in range(9):
        other = make.task(task.plan, lead=lead, co=[co])
        make.version(other, co, "2017Q1")

    with CaptureQueriesContext(connection) as queries:
        rows = stand(task.plan)

    assert (len(rows), len(queries)) == (20, 1)


def test_what_is_owed_and_filed_is_never_joined_row_by_row(task: Task) -> None:
    # A FULL join hashes or merges. As LEFT, which the planner makes of it if it may, it becomes a nested loop where there
    # are no statistics: forty quarters of a plan then took 4 s instead of 0.2.
    statement = Statement("EXPLAIN SELECT s.* FROM ({standing}) s", "t.plan_id = %(plan_id)s")
    values = parameters(Q1 - 4, Q1, make.moment(LATER), plan_id=task.plan_id)
    values |= places_and_parts(values["first"], values["last"])

    for sql in (statement.plain, statement.full):
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            plan = "\n".join(row[0] for row in cursor.fetchall())

        assert re.search(r"(Hash|Merge) Full Join", plan), plan
