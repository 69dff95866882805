"""What changed within a quarter. Figures, names and duties are those of its last day; these changes say what was different
before: adjustments that take effect in the quarter, and lineage edges of agencies within it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from reports.figures.lookups import all_names
from tasks.adjustments.models import Adjustment, AdjustmentKind
from tasks.agencies.models import AgencyName, Lineage, LineageKind
from tasks.agencies.queries import believed
from tasks.models import Plan
from tasks.templatetags.lineage import lineage_day
from tasks.values import Period


@dataclass(frozen=True)
class Within:
    """One change, in words. `adjustment` is its id, or `body` the slug of the agency that changed."""

    text: str
    adjustment: int | None = None
    body: str = ""


def changes_within(
    plan: Plan, quarter: Period, known_at: datetime, adjustments: Iterable[Adjustment] | None = None
) -> tuple[Within, ...]:
    """The changes, adjustments first. `adjustments` are those that take effect in the quarter, where the caller has read them.
    Three queries at most."""
    rows = (
        list(Adjustment.objects.filter(plan=plan, effective=quarter).known(known_at).order_by("id"))
        if adjustments is None
        else sorted(adjustments, key=lambda row: row.pk)
    )
    edges = list(
        believed()
        .filter(on__range=(quarter.first_day, quarter.last_day))
        .filter(predecessor__responsibilities__task__plan=plan)
        .distinct()
    )
    agencies = {pk for edge in edges for pk in (edge.predecessor_id, edge.successor_id)}
    names = all_names(agencies) if agencies else {}
    return (
        *(
            Within(
                _("第%(number)d号调整（%(kind)s）自本季度起生效")
                % {"number": row.pk, "kind": AdjustmentKind(row.kind).label},
                adjustment=row.pk,
            )
            for row in rows
        ),
        *(Within(_words(edge, names), body=edge.predecessor.slug) for edge in edges),
    )


def _words(edge: Lineage, names: Mapping[int, Sequence[AgencyName]]) -> str:
    before, after = _name(names, edge.predecessor_id, edge, 1), _name(names, edge.successor_id, edge, 0)
    return f"{lineage_day(edge)} {before} {LineageKind(edge.kind).label} {after}"


def _name(names: Mapping[int, Sequence[AgencyName]], agency_id: int, edge: Lineage, earlier: int) -> str:
    """The agency's name on the edge's day, or `earlier` days before."""
    day = edge.on - timedelta(earlier)
    held = [name for name in names.get(agency_id, ()) if name.valid.lower is None or name.valid.lower <= day]
    return held[-1].short if held else ""
