"""What changed within a quarter, and what was adjusted by then: the marks that every page of a plan carries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.rollup.asked import Asked
from tasks.adjusting.models import Adjustment
from tasks.adjusting.queries import Marks, content_of
from tasks.adjusting.values import Reform
from tasks.adjusting.words import Shown
from tasks.agencies.models import AgencyName, Lineage, LineageKind
from tasks.templatetags.lineage import lineage_day


def notes(
    asked: Asked, marks: Marks, edges: Iterable[Lineage], names: Mapping[int, Sequence[AgencyName]]
) -> list[dict[str, str]]:
    """What changed within the quarter: adjustments in force from it, and what became of bodies in it. Figures and names
    are those of its last day."""
    found = [
        {
            "text": _("第%(number)d号调整（%(kind)s）自本季度起生效")
            % {"number": row.pk, "kind": row.get_kind_display()},
            "url": reverse("adjustment", args=[asked.plan.slug, row.pk]),
        }
        for row in marks.within
    ]
    for edge in edges:
        before, after = _name(names, edge.predecessor_id, edge, 1), _name(names, edge.successor_id, edge, 0)
        found.append(
            {
                "text": f"{lineage_day(edge)} {before} {LineageKind(edge.kind).label} {after}",
                "url": reverse("agency", args=[asked.plan.slug, edge.predecessor.slug])
                + asked.query()
                + "#lineage",
            }
        )
    return found


def _name(names: Mapping[int, Sequence[AgencyName]], agency_id: int, edge: Lineage, earlier: int) -> str:
    """The body's name on the edge's day, or the day before it."""
    day = edge.on - timedelta(earlier)
    held = [name for name in names.get(agency_id, ()) if name.valid.lower is None or name.valid.lower <= day]
    return held[-1].short if held else ""


def task_adjustments(asked: Asked, rows: Iterable[Shown]) -> list[dict[str, Any]]:
    """The history of a task's adjustments, for its page."""
    return [
        {
            "number": one.adjustment.pk,
            "url": one.url,
            "title": one.title,
            "lines": one.lines,
            "row": one.adjustment,
            "is_ahead": one.adjustment.effective > asked.quarter,
        }
        for one in rows
    ]


def passes_of(task_id: int, adjustments: Iterable[Adjustment]) -> dict[tuple[int, int], tuple[int, str]]:
    """{(body, quarter): (successor, words)} by which the task's duties passed in reforms, for drawing where lines run
    together. The quarter is the reform's own or a later one, where the body had filed already."""
    found: dict[tuple[int, int], tuple[int, str]] = {}
    for row in adjustments:
        content = content_of(row)
        if isinstance(content, Reform):
            words = _("%(y)d年%(m)d月机构改革") % {"y": content.on.year, "m": content.on.month}
            for one in content.passes:
                if one.task_id == task_id and one.to is not None:
                    found[one.agency_id, row.effective.ordinal] = (one.to, words)
    return found
