"""The plan's targets with the figures that were submitted for them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from reports.figures.indicator_aggregation import Measured, measured
from reports.figures.values import TargetFigures
from tasks.models import IndicatorTask, Plan, Target
from tasks.values import Duty, Period


def target_figures(
    plan: Plan, quarter: Period, *, known_at: datetime, measures: Mapping[int, Measured] | None = None
) -> tuple[TargetFigures, ...]:
    """Each target in force in the quarter, with its indicator's figure at the quarter's end. `measures` {indicator id:
    figure} where the caller has read them."""
    found = measured(plan, quarter, known_at=known_at) if measures is None else measures
    return tuple(target_of(target, found) for target in targets_in_force(plan, quarter, known_at))


def targets_in_force(plan: Plan, quarter: Period, known_at: datetime) -> list[Target]:
    """The plan's targets as of the quarter and as known at the moment, in printed order."""
    return list(
        Target.objects.filter(plan=plan, valid__contains=quarter.ordinal, known__contains=known_at)
        .select_related("task", "passage")
        .order_by("order")
    )


def tasks_answering(targets: Iterable[Target]) -> dict[int, list[int]]:
    """{a target's order: ids of the tasks whose lead is responsible for it}: the task under which the plan prints it, else
    the tasks whose leads give its figure, in the plan's order; empty for a target with neither. One query."""
    rows = list(targets)
    giving: dict[int, list[int]] = {}
    for indicator, task in (
        IndicatorTask.objects.filter(
            indicator__in=[row.indicator_id for row in rows if row.indicator_id], duty=Duty.LEAD
        )
        .order_by("task__order")
        .values_list("indicator_id", "task_id")
    ):
        giving.setdefault(indicator, []).append(task)
    return {
        row.order: [row.task_id] if row.task_id else giving.get(row.indicator_id or 0, []) for row in rows
    }


def target_of(target: Target, measures: Mapping[int, Measured]) -> TargetFigures:
    """One target with its figure."""
    one = measures.get(target.indicator_id or 0)
    return TargetFigures(
        order=target.order,
        year=target.year,
        text=target.text,
        comparison=target.comparison,
        value=_plain(target.value),
        unit=target.unit,
        indicator=one.indicator.name if one else "",
        actual=_plain(one.value) if one else None,
        numerator=_plain(one.figure.numerator) if one else None,
        denominator=_plain(one.figure.denominator) if one else None,
        actual_quarter=one.quarter if one else None,
        verified=one.figure.verified if one else False,
        parts=len(one.figure.members) if one else 0,
        parts_owed=one.figure.owed if one else 0,
        stage=one.figure.stage.value if one else "",
        binding=target.binding,
    )


def _plain(number: Decimal | None) -> Decimal | None:
    """Without the zeros that the column adds: 12 and not 12.0000; never as 1E+1."""
    return None if number is None else Decimal(format(number.normalize(), "f"))
