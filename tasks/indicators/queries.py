"""Queries by quarter and moment of knowledge: indicators that submissions report, definitions, path points, assessments."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from tasks.indicators.assessment_models import Assessment
from tasks.indicators.models import (
    Indicator,
    IndicatorDefinition,
    IndicatorOwner,
    IndicatorTask,
    PathPoint,
    PointKind,
)
from tasks.plans.models import valid_in
from tasks.values import Duty, Period

Holder = tuple[int, int, str]  # task, agency, duty


@dataclass(frozen=True)
class Asking:
    """The indicators that submissions report. If an indicator has owners, only their submissions report it."""

    links: dict[tuple[int, str], list[Indicator]] = field(default_factory=dict)
    owned: dict[tuple[int, int], list[Indicator]] = field(default_factory=dict)
    owned_ids: frozenset[int] = frozenset()
    definitions: dict[int, IndicatorDefinition] = field(default_factory=dict)

    def of(self, holder: Holder) -> list[Indicator]:
        """The indicators that the submission of this agency on this task reports, in order."""
        task_id, agency_id, duty = holder
        indicators = {
            indicator.pk: indicator
            for indicator in self.links.get((task_id, duty), [])
            if indicator.pk not in self.owned_ids
        }
        indicators |= {indicator.pk: indicator for indicator in self.owned.get((task_id, agency_id), [])}
        return sorted(indicators.values(), key=lambda indicator: (indicator.order, indicator.pk))

    def gathered(self, holder: Holder) -> list[Indicator]:
        """For a lead: the indicators computed from the figures of its co submissions, which it may also state itself."""
        task_id, _agency_id, duty = holder
        if duty != Duty.LEAD:
            return []
        own = {indicator.pk for indicator in self.of(holder)}
        return [
            indicator
            for indicator in self.links.get((task_id, Duty.CO), [])
            if indicator.pk not in self.owned_ids and indicator.pk not in own
        ]


def asking(task_ids: Collection[int], quarter: Period, *, known_at: datetime) -> Asking:
    """The indicators that submissions on these tasks report. Three queries."""
    links: dict[tuple[int, str], list[Indicator]] = {}
    for link in IndicatorTask.objects.filter(task__in=task_ids).select_related("indicator"):
        links.setdefault((link.task_id, link.duty), []).append(link.indicator)
    linked = {indicator.pk for indicators in links.values() for indicator in indicators}
    owners = list(
        IndicatorOwner.objects.filter(
            Q(task__in=task_ids) | Q(indicator__in=linked),
            valid_in(quarter, "task__plan"),
            known__contains=known_at,
        ).select_related("indicator")
    )
    owned: dict[tuple[int, int], list[Indicator]] = {}
    for owner in owners:
        owned.setdefault((owner.task_id, owner.agency_id), []).append(owner.indicator)
    ids = linked | {owner.indicator_id for owner in owners}
    return Asking(
        links=links,
        owned=owned,
        owned_ids=frozenset(owner.indicator_id for owner in owners),
        definitions=definitions_in(ids, quarter, known_at=known_at),
    )


def definitions_in(
    indicator_ids: Iterable[int], quarter: Period, *, known_at: datetime
) -> dict[int, IndicatorDefinition]:
    """The definitions in the quarter: `{indicator id: definition}`, without indicators that have none."""
    rows = IndicatorDefinition.objects.filter(
        valid_in(quarter, "indicator__plan"), indicator__in=list(indicator_ids), known__contains=known_at
    )
    return {row.indicator_id: row for row in rows}


@dataclass(frozen=True)
class Points:
    """The baseline and the milestones of a target's path in a quarter, as the office set them."""

    baseline: PathPoint | None = None
    milestones: tuple[PathPoint, ...] = ()


def path_points(plan_id: int, quarter: Period, *, known_at: datetime) -> dict[int, Points]:
    """`{target number: Points}`, as of the quarter and as known at the moment. One query."""
    rows: dict[int, list[PathPoint]] = {}
    for row in PathPoint.objects.filter(
        plan=plan_id, valid__contains=quarter.ordinal, known__contains=known_at
    ).order_by("target_order", "year"):
        rows.setdefault(row.target_order, []).append(row)
    return {
        order: Points(
            next((row for row in points if row.kind == PointKind.BASELINE), None),
            tuple(row for row in points if row.kind == PointKind.MILESTONE),
        )
        for order, points in rows.items()
    }


def assessments_of(plan_id: int, quarter: Period, *, known_at: datetime) -> dict[int, list[Assessment]]:
    """`{target number: [Assessment]}` up to the quarter, as known at the moment. One query.

    The first assessment is the valid one: that of the latest quarter, and within a quarter the last one recorded.
    """
    by_target: dict[int, list[Assessment]] = {}
    rows = Assessment.objects.filter(plan=plan_id, quarter__lte=quarter, at__lte=known_at)
    for row in rows.select_related("by").order_by("-quarter", "-at", "-pk"):
        by_target.setdefault(row.target_order, []).append(row)
    return by_target
