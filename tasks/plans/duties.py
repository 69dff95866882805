"""Duties of a quarter: which agency owes a submission on which task, and which agency leads a task."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from django.db.models import QuerySet

from qhplan import clock
from tasks.plans.models import Plan, Responsibility, TaskRhythm
from tasks.values import Duty, Period, Rhythm


def duties(
    plan_ids: Iterable[int], quarter: Period, *, known_at: datetime | None = None
) -> QuerySet[Responsibility]:
    """The responsibilities that require a submission in the quarter: those valid on its last day, as known at a moment
    (default: now), except for tasks closed 销号 or withdrawn by then, and for roles of which nothing is required in it."""
    return Responsibility.objects.filter(task__plan__in=plan_ids).owed(quarter, known_at or clock.now())


def closer_kinds(plan: Plan) -> list[Rhythm]:
    """How else than by the plan its tasks are reported on, now or once. One query."""
    found = TaskRhythm.objects.filter(task__plan=plan).exclude(known__isempty=True)
    kinds = {Rhythm(kind) for kind in found.values_list("kind", flat=True).order_by().distinct()}
    return [kind for kind in Rhythm if kind in kinds and kind.rank < plan.kind.rank]


def why_not_filed(plan: Plan, period: Period) -> str:
    """Why nothing is filed for the period in the plan, as a message for users; "" for its own periods, and for closer ones
    if tasks of it are reported on in such. One query for a closer one."""
    if period.kind.rank < plan.kind.rank and period.kind in closer_kinds(plan):
        return plan.why_not(plan.period_of(period.last_day))
    return plan.why_not(period)


def closer_periods(plan: Plan) -> list[Period]:
    """The closer periods in which tasks of the plan are reported on, as known now. One query."""
    rows = TaskRhythm.objects.filter(task__plan=plan, known__contains=clock.now())
    found: set[Period] = set()
    for row in rows:
        last = plan.last_quarter.ordinal if row.valid.upper is None else row.valid.upper - 1
        for ordinal in range(max(row.valid.lower or 0, plan.first_quarter.ordinal), last + 1):
            found.update(Period.from_ordinal(ordinal).parts(Rhythm(row.kind)))
    return sorted(found)


def filing_period(plan: Plan, text: str) -> Period:
    """What `Plan.quarter` reads, or a closer period in which tasks of the plan are reported on. Raises ValueError with a
    message for users."""
    try:
        return plan.quarter(text)
    except ValueError as error:
        for kind in closer_kinds(plan):
            with suppress(ValueError):
                period = Period.parse(text, kind)
                if plan.has(plan.period_of(period.last_day)):
                    return period
        raise error


def roles(plan_ids: Iterable[int], quarter: Period) -> QuerySet[Responsibility]:
    """The responsibilities of tasks that run in the quarter, whether or not they require a submission in it; as known
    now."""
    return Responsibility.objects.filter(task__plan__in=plan_ids).running(quarter, clock.now())


def consolidators(task_ids: Iterable[int], quarter: Period) -> QuerySet[Responsibility]:
    """The responsibilities that consolidate the tasks in the quarter, as known now; at most one a task."""
    return Responsibility.objects.filter(task__in=task_ids, duty=Duty.LEAD).held(quarter, clock.now())


def leads_of(task_ids: Iterable[int], quarter: Period) -> dict[int, int]:
    """Who consolidates the tasks in the quarter, as known now: `{task id: agency id}`. One query."""
    return dict(consolidators(task_ids, quarter).values_list("task_id", "agency_id"))
