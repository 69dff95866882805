"""Duties of a quarter: which agency owes a submission on which task, and which agency leads a task."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from qhplan import clock
from tasks.plans.models import Responsibility
from tasks.values import Duty, Period


def duties(
    plan_ids: Iterable[int], quarter: Period, *, known_at: datetime | None = None
) -> QuerySet[Responsibility]:
    """The responsibilities that require a submission in the quarter: those valid on its last day, as known at a moment
    (default: now), except for tasks closed 销号 or withdrawn by then, and for roles of which nothing is required in it."""
    return Responsibility.objects.filter(task__plan__in=plan_ids).owed(quarter, known_at or clock.now())


def roles(plan_ids: Iterable[int], quarter: Period) -> QuerySet[Responsibility]:
    """The responsibilities of tasks that run in the quarter, whether or not they require a submission in it; as known
    now."""
    return Responsibility.objects.filter(task__plan__in=plan_ids).running(quarter, clock.now())


def consolidators(task_ids: Iterable[int], quarter: Period) -> QuerySet[Responsibility]:
    """The responsibilities that consolidate the tasks in the quarter, as known now; at most one a task."""
    return Responsibility.objects.filter(
        task__in=task_ids, duty=Duty.LEAD, valid__contains=quarter.ordinal, known__contains=clock.now()
    )


def leads_of(task_ids: Iterable[int], quarter: Period) -> dict[int, int]:
    """Who consolidates the tasks in the quarter, as known now: `{task id: agency id}`. One query."""
    return dict(consolidators(task_ids, quarter).values_list("task_id", "agency_id"))
