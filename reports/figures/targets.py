"""The plan's targets with the figures that were submitted for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from reports.figures.indicator_aggregation import Measured, Measures
from reports.figures.values import TargetFigures
from tasks.indicators.queries import Points, path_points
from tasks.indicators.target_manner import Manner, Total, grown, rate_of, total
from tasks.indicators.target_path import Path, Promise, path_of, restarts, thresholds
from tasks.indicators.values import Better, Combined, Comparison
from tasks.models import Indicator, IndicatorTask, Plan, Target
from tasks.values import Duty, Period, Rhythm


def target_figures(
    plan: Plan, quarter: Period, *, known_at: datetime, measures: Measures | None = None
) -> tuple[TargetFigures, ...]:
    """Each target in force in the quarter, with its indicator's figure at the quarter's end. `measures` where the caller
    has read them."""
    targets = targets_in_force(plan, quarter, known_at)
    found = measures_for(targets, measures or Measures(plan, quarter, known_at=known_at, recent=True)).at(
        quarter
    )
    # Only of a growth or a total does it depend on the baseline what is compared.
    needs_points = any(target.manner for target in targets)
    points = path_points(plan.pk, quarter, known_at=known_at) if needs_points else {}
    return tuple(
        target_of(
            target,
            compared(
                target, found.get(target.indicator_id or 0), points.get(target.order, Points()), quarter
            ),
        )
        for target in targets
    )


def measures_for(targets: Iterable[Target], measures: Measures) -> Measures:
    """With the parts of all quarters where one of the targets is a total over years."""
    return measures.whole() if any(target.manner == Manner.TOTAL for target in targets) else measures


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


@dataclass(frozen=True)
class Compared:
    """What is compared of a target: its promise as a level in `unit`, with the path to it, and the figure in the same
    unit. Of a total `figure` is the sum over its years, and `gaps` are the past years that it lacks; `since` is the year
    after which a growth or a total counts."""

    promise: Promise
    path: Path | None
    unit: str
    indicator: Indicator | None
    figure: Combined | None
    quarter: Period | None  # of the figure
    value: Decimal | None
    since: int | None = None
    gaps: tuple[int, ...] = ()


def compared(target: Target, one: Measured | None, points: Points, quarter: Period) -> Compared:
    """What is compared at the quarter's end. `one` is the indicator's figure there."""
    indicator = one.indicator if one else None
    promise = promise_of(target, indicator, quarter.kind, points)
    path = path_by(promise, points)
    if target.manner == Manner.TOTAL and target.year is not None:
        since = points.baseline.year if points.baseline else target.year - (target.years or 0)
        begun = points.baseline.value if points.baseline else Decimal(0)
        if path is None and target.value is not None:
            milestones = {point.year: point.value for point in points.milestones}
            path = path_of(promise, (since, begun), milestones)
        if one is None:
            return Compared(promise, path, target.unit, indicator, None, None, None, since)
        sum_of: Total = total(one.series, one.indicator.flow, since, quarter)
        value = None if sum_of.figure.value is None else begun + sum_of.figure.value
        return Compared(
            promise, path, target.unit, indicator, sum_of.figure, sum_of.quarter, value, since, sum_of.gaps
        )
    is_growth = target.manner == Manner.GROWTH
    return Compared(
        promise,
        path,
        unit=(indicator.unit if indicator else "") if is_growth else target.unit,
        indicator=indicator,
        figure=one.figure if one else None,
        quarter=one.quarter if one else None,
        value=one.value if one else None,
        since=points.baseline.year if is_growth and points.baseline else None,
    )


def promise_of(
    target: Target, indicator: Indicator | None, kind: Rhythm, points: Points | None = None
) -> Promise:
    """What the schedule of a target needs. The number of a growth becomes the level to which it leads from the baseline;
    the years of a total do not begin at zero."""
    starts_anew = bool(indicator and restarts(indicator.kind, indicator.over_time, indicator.flow))
    value, rate, band = target.value, None, None
    if target.manner == Manner.GROWTH and target.value is not None and target.year is not None:
        rate = rate_of(target.text, target.value)
        baseline = points.baseline if points else None
        value = None
        if baseline is not None and baseline.year < target.year:
            years = Decimal(target.year - baseline.year)
            value = _level(baseline.value, rate, years)
            if target.comparison == Comparison.ABOUT:
                band = abs(value - _level(baseline.value, rate * (100 - thresholds().about) / 100, years))
    return Promise(
        value=value,
        comparison=target.comparison,
        due=None if target.year is None else Period.closing(target.year, kind),
        kind=kind,
        direction=indicator.direction if indicator else Better.MORE,
        restarts=starts_anew and target.manner != Manner.TOTAL,
        rate=rate,
        band=band,
    )


def _level(base: Decimal, rate: Decimal, years: Decimal) -> Decimal:
    return grown(base, rate, years).quantize(Decimal("0.0001"))


def path_by(promise: Promise, points: Points) -> Path | None:
    """The path through the points that the office set; None without a baseline or milestones that give one."""
    baseline = points.baseline
    return path_of(
        promise,
        None if baseline is None else (baseline.year, baseline.value),
        {point.year: point.value for point in points.milestones},
    )


def target_of(target: Target, found: Compared) -> TargetFigures:
    """One target with what is compared of it."""
    figure = found.figure
    return TargetFigures(
        order=target.order,
        year=target.year,
        text=target.text,
        comparison=target.comparison if found.promise.value is not None else "",
        value=_plain(found.promise.value),
        unit=found.unit,
        indicator=found.indicator.name if found.indicator else "",
        actual=_plain(found.value),
        numerator=_plain(figure.numerator) if figure else None,
        denominator=_plain(figure.denominator) if figure else None,
        actual_quarter=found.quarter,
        verified=figure.verified if figure else False,
        parts=len(figure.members) if figure else 0,
        parts_owed=figure.owed if figure else 0,
        stage=figure.stage.value if figure else "",
        binding=target.binding,
        manner=target.manner,
        rate=_plain(found.promise.rate),
        since=found.since,
    )


def manner_note(target: TargetFigures) -> str:
    """What is compared of a growth or a total, in a few words; "" for a level."""
    if target.manner == Manner.GROWTH and target.rate is not None:
        if target.since is None:
            return _("年均增长目标，未设基期，无从比较")
        return _("按%(year)d年基数年均增长%(rate)s%%推算") % {
            "year": target.since,
            "rate": f"{target.rate.normalize():f}",
        }
    if target.manner == Manner.TOTAL and target.since is not None:
        return _("%(first)d年以来累计") % {"first": target.since + 1}
    return ""


def _plain(number: Decimal | None) -> Decimal | None:
    """Without the zeros that the column adds: 12 and not 12.0000; never as 1E+1."""
    return None if number is None else Decimal(format(number.normalize(), "f"))
