"""Queries for adjustments: targets, duties and terms in force, and the adjustments of tasks and targets by a quarter."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tasks.adjustments.models import Adjustment, AdjustmentKind, AdjustmentState
from tasks.adjustments.values import (
    Content,
    ContentChange,
    DutyChanges,
    Promise,
    Reform,
    TargetChange,
    Term,
    TermChange,
)
from tasks.indicators.models import Target
from tasks.plans.models import Plan, Responsibility, TaskTerm
from tasks.values import Period

_SHAPES: dict[str, Any] = {
    AdjustmentKind.TARGET: TargetChange,
    AdjustmentKind.RESPONSIBILITY: DutyChanges,
    AdjustmentKind.DEADLINE: TermChange,
    AdjustmentKind.WITHDRAWAL: TermChange,
    AdjustmentKind.CONTENT: ContentChange,
    AdjustmentKind.REFORM: Reform,
}


def content_of(adjustment: Adjustment) -> Content:
    """The content of the adjustment as a value of tasks.adjustments.values."""
    content: Content = _SHAPES[adjustment.kind].of(adjustment.content)
    return content


# -- what is in force ---------------------------------------------------------------------------------------


def promise_of(target: Target) -> Promise:
    return Promise(target.text, target.comparison, target.value, target.unit)


def target_at(plan: Plan, order: int, quarter: Period, known_at: datetime) -> Target | None:
    """The target in force in the quarter, as known at the moment."""
    return Target.objects.filter(
        plan=plan, order=order, valid__contains=quarter.ordinal, known__contains=known_at
    ).first()


def duties_at(task_id: int, quarter: Period, known_at: datetime) -> dict[int, str]:
    """The roles on the task in the quarter, as known at the moment: `{agency id: role}`, in the plan's order."""
    return dict(
        Responsibility.objects.filter(task=task_id)
        .held(quarter, known_at)
        .order_by("order", "id")
        .values_list("agency_id", "role")
    )


def term_at(task_id: int, quarter: Period, known_at: datetime) -> Term:
    """The task's term in the quarter, as known at the moment; open without a deadline if nothing is on record."""
    row = TaskTerm.objects.filter(
        task=task_id, valid__contains=quarter.ordinal, known__contains=known_at
    ).first()
    return Term(row.status, row.deadline) if row else Term()


def content_at(task_id: int, quarter: Period, known_at: datetime) -> str:
    """What the task asks in the quarter by the last adjustment, as known at the moment; "" for the plan's own words."""
    row = (
        Adjustment.objects.filter(kind=AdjustmentKind.CONTENT, tasks=task_id, effective__lte=quarter)
        .known(known_at)
        .order_by("-effective", "-decided_at", "-id")
        .first()
    )
    return str(row.content["after"]) if row else ""


def contents_at(plan: Plan, quarter: Period, known_at: datetime) -> dict[int, str]:
    """`{task id: what it asks}` by the last adjustment of each task, as `content_at` says of one. One query."""
    rows = (
        Adjustment.objects.filter(kind=AdjustmentKind.CONTENT, plan=plan, effective__lte=quarter)
        .known(known_at)
        .order_by("effective", "decided_at", "id")
    )
    return {content["task"]: content["after"] for content in rows.values_list("content", flat=True)}


# -- adjusted tasks and targets -----------------------------------------------------------------------------


@dataclass(frozen=True)
class AdjustedObjects:
    """The adjustments up to a quarter, as known at a moment, by task and by target number, the latest first."""

    by_task: dict[int, list[Adjustment]] = field(default_factory=dict)
    by_target: dict[int, list[Adjustment]] = field(default_factory=dict)
    within: tuple[Adjustment, ...] = ()  # adjustments effective from this quarter


def adjusted_objects(plan: Plan, quarter: Period, known_at: datetime) -> AdjustedObjects:
    """The adjusted tasks and targets, which pages label 已调整. Two queries."""
    rows = list(
        Adjustment.objects.filter(plan=plan, effective__lte=quarter)
        .known(known_at)
        .order_by("-effective", "-decided_at", "-id")
        .defer("content")
    )
    by_target: dict[int, list[Adjustment]] = {}
    for row in rows:
        if row.target_order is not None:
            by_target.setdefault(row.target_order, []).append(row)
    by_task: dict[int, list[Adjustment]] = {}
    ids = {row.pk for row in rows}
    if ids:
        links = Adjustment.tasks.through.objects.filter(adjustment__in=ids)
        touched: dict[int, set[int]] = {}
        for adjustment_id, task_id in links.values_list("adjustment_id", "task_id"):
            touched.setdefault(adjustment_id, set()).add(task_id)
        for row in rows:
            for task_id in touched.get(row.pk, ()):
                by_task.setdefault(task_id, []).append(row)
    return AdjustedObjects(by_task, by_target, tuple(row for row in rows if row.effective == quarter))


def last_touching(adjustment: Adjustment) -> Adjustment | None:
    """The latest adjustment of the same target or task approved since this one was proposed, for the message about the
    conflict; None without one."""
    later = Adjustment.objects.filter(
        plan=adjustment.plan_id, state=AdjustmentState.APPROVED, decided_at__gte=adjustment.proposed_at
    ).exclude(pk=adjustment.pk)
    if adjustment.target_order is not None:
        later = later.filter(target_order=adjustment.target_order)
    else:
        later = later.filter(tasks__in=adjustment.tasks.all())
    return later.select_related("decided_by").order_by("-decided_at", "-id").first()
