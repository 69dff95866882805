"""Who is asked for which indicator, which path a target has and what the office found of it, in a quarter, as known at
a moment."""

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
from tasks.values import Duty, Quarter

Holder = tuple[int, int, str]  # task, agency, duty


@dataclass(frozen=True)
class Asking:
    """What returns ask for. Where the office named a body for an indicator, that body alone is asked."""

    links: dict[tuple[int, str], list[Indicator]] = field(default_factory=dict)
    owned: dict[tuple[int, int], list[Indicator]] = field(default_factory=dict)
    owned_ids: frozenset[int] = frozenset()
    definitions: dict[int, IndicatorDefinition] = field(default_factory=dict)

    def of(self, holder: Holder) -> list[Indicator]:
        """The indicators that the return of this body on this task asks for, in order."""
        task_id, agency_id, duty = holder
        found = {
            indicator.pk: indicator
            for indicator in self.links.get((task_id, duty), [])
            if indicator.pk not in self.owned_ids
        }
        found |= {indicator.pk: indicator for indicator in self.owned.get((task_id, agency_id), [])}
        return sorted(found.values(), key=lambda indicator: (indicator.order, indicator.pk))

    def gathered(self, holder: Holder) -> list[Indicator]:
        """Of a lead: the indicators that are put together of its co-returns' figures, and that it may state itself."""
        task_id, _agency_id, duty = holder
        if duty != Duty.LEAD:
            return []
        own = {indicator.pk for indicator in self.of(holder)}
        return [
            indicator
            for indicator in self.links.get((task_id, Duty.CO), [])
            if indicator.pk not in self.owned_ids and indicator.pk not in own
        ]


def asking(task_ids: Collection[int], quarter: Quarter, *, known_at: datetime) -> Asking:
    """For returns on these tasks. Three queries."""
    links: dict[tuple[int, str], list[Indicator]] = {}
    for link in IndicatorTask.objects.filter(task__in=task_ids).select_related("indicator"):
        links.setdefault((link.task_id, link.duty), []).append(link.indicator)
    linked = {indicator.pk for indicators in links.values() for indicator in indicators}
    in_force = {"valid__contains": quarter.ordinal, "known__contains": known_at}
    owners = list(
        IndicatorOwner.objects.filter(
            Q(task__in=task_ids) | Q(indicator__in=linked), **in_force
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
    indicator_ids: Iterable[int], quarter: Quarter, *, known_at: datetime
) -> dict[int, IndicatorDefinition]:
    """{indicator id: its definition in the quarter}; an indicator without one is missing."""
    rows = IndicatorDefinition.objects.filter(
        indicator__in=list(indicator_ids), valid__contains=quarter.ordinal, known__contains=known_at
    )
    return {row.indicator_id: row for row in rows}


@dataclass(frozen=True)
class Points:
    """What the office set of a target's path, in force in a quarter."""

    baseline: PathPoint | None = None
    milestones: tuple[PathPoint, ...] = ()


def path_points(plan_id: int, quarter: Quarter, *, known_at: datetime) -> dict[int, Points]:
    """{a target's number: its baseline and milestones}, as of the quarter and as known at the moment. One query."""
    rows: dict[int, list[PathPoint]] = {}
    for row in PathPoint.objects.filter(
        plan=plan_id, valid__contains=quarter.ordinal, known__contains=known_at
    ).order_by("target_order", "year"):
        rows.setdefault(row.target_order, []).append(row)
    return {
        order: Points(
            next((row for row in found if row.kind == PointKind.BASELINE), None),
            tuple(row for row in found if row.kind == PointKind.MILESTONE),
        )
        for order, found in rows.items()
    }


def assessments_of(plan_id: int, quarter: Quarter, *, known_at: datetime) -> dict[int, list[Assessment]]:
    """{a target's number: what the office found of it up to the quarter, as known at the moment}, what holds first: the
    word on the latest quarter, and of two on one quarter the one said last. One query."""
    found: dict[int, list[Assessment]] = {}
    rows = Assessment.objects.filter(plan=plan_id, quarter__lte=quarter, at__lte=known_at)
    for row in rows.select_related("by").order_by("-quarter", "-at", "-pk"):
        found.setdefault(row.target_order, []).append(row)
    return found
