"""Template tag that draws the lineage of agencies: a line with names for each agency, with mergers and splits.

Plain SVG in per cent of the width, like the other pictures (tasks.templatetags.drawing), on the rows of a timeline.
The page shows the same content as a table beside it.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import template
from django.utils.translation import gettext as _

from tasks.agencies.models import Confidence, Lineage, LineageKind, Precision
from tasks.agencies.queries import Family, Relative
from tasks.templatetags.reading import percent_text
from tasks.values import Period

register = template.Library()

_ROW = 36  # px, as in parts.css; the line of a row is at 22 px


@register.filter
def lineage_day(edge: Lineage) -> str:
    """The known part of the date: 2018年11月."""
    if edge.precision == Precision.YEAR:
        return _("%(y)d年") % {"y": edge.on.year}
    if edge.precision == Precision.MONTH:
        return _("%(y)d年%(m)d月") % {"y": edge.on.year, "m": edge.on.month}
    return _("%(y)d年%(m)d月%(d)d日") % {"y": edge.on.year, "m": edge.on.month, "d": edge.on.day}


def lineage_words(edge: Lineage, family: Family) -> str:
    """The label of the edge on the predecessor's line."""
    other = family.member(edge.successor_id).name_on(edge.on)
    labels = {
        LineageKind.RENAMED: _("更名 %(name)s"),
        LineageKind.MERGED: _("并入"),
        LineageKind.SPLIT: _("拆分"),
        LineageKind.TRANSFERRED: _("划转：%(scope)s"),
    }[LineageKind(edge.kind)]
    return labels % {"name": other, "scope": edge.scope or _("部分职责")}


@register.inclusion_tag("_parts/lineage.html")
def lineage(family: Family, first: Period, last: Period, current: Period, own: int) -> dict[str, Any]:
    """A family from the plan's first quarter to its last, or longer if an edge is outside. `own` is the id of the agency
    that the page shows; the template adds the links of the others."""
    days = [edge.on for edge in family.edges]
    start = min([first.first_day, *(date(day.year, 1, 1) for day in days)])
    end = max([last.last_day, *(date(day.year, 12, 31) for day in days)])
    total = (end - start).days + 1

    def at(day: date | None, otherwise: float = 0.0) -> float:
        return otherwise if day is None else min(100.0, max(0.0, (day - start).days * 100 / total))

    today = at(current.last_day + timedelta(1))
    places = {one.agency.pk: index for index, one in enumerate(family.members)}
    rows = [_row(one, family, places, at, today, own) for one in family.members]
    years = [
        {
            "year": year,
            "x": percent_text(at(date(year, 1, 1))),
            "thin": at(date(year + 1, 1, 1), 100.0) - at(date(year, 1, 1)) < 6,
        }
        for year in range(start.year, end.year + 1)
    ]
    return {
        "rows": rows,
        "years": years,
        "now_x": percent_text(at(current.first_day)),
        "now_w": percent_text(today - at(current.first_day)),
        "now_mid": percent_text((today + at(current.first_day)) / 2),
        "now": current,
    }


def _row(
    one: Relative,
    family: Family,
    places: dict[int, int],
    at: Callable[..., float],
    today: float,
    own: int,
) -> dict[str, Any]:
    index = places[one.agency.pk]
    leaving = [edge for edge in family.edges if edge.predecessor_id == one.agency.pk]
    begins, ends = at(one.since), at(one.until, 100.0)
    marks: list[dict[str, Any]] = []
    joins: list[dict[str, Any]] = []
    labels: set[str] = set()
    for edge in leaving:
        x = at(edge.on)
        if edge.kind != LineageKind.RENAMED:
            joins.append(
                {
                    "x": percent_text(x),
                    "y": 22 + _ROW * (places[edge.successor_id] - index),
                    "unsure": edge.kind == LineageKind.TRANSFERRED or edge.confidence == Confidence.LOW,
                }
            )
        words = f"{lineage_day(edge)} {lineage_words(edge, family)}"
        if words in labels:
            continue  # two successors of one day share a label
        labels.add(words)
        marks.append(
            {
                "x": percent_text(x),
                "words": words,
                "anchor": "end" if x > 60 else "start",
                "dx": -8 if x > 60 else 8,
                "ring": edge.kind == LineageKind.RENAMED,
                # Two labels at one place would overlap: the second is below the line.
                "y": 36 if any(mark["x"] == percent_text(x) for mark in marks) else 13,
            }
        )
    arrivals = sorted(
        {
            at(edge.on)
            for edge in family.edges
            if edge.successor_id == one.agency.pk and edge.kind != LineageKind.RENAMED
        }
    )
    return {
        "member": one,
        "own": one.agency.pk == own,
        "slug": one.agency.slug,
        "first_name": one.names[0].short if one.names else one.agency.slug,
        "names": [name.short for name in one.names],
        "from": one.since,
        "to": one.until,
        "x1": percent_text(begins),
        "x2": percent_text(max(begins, min(ends, today))),
        "x3": percent_text(ends),
        "past": begins < today,
        "future": ends > today,
        "marks": marks,
        "joins": joins,
        "arrivals": [percent_text(x) for x in arrivals],
    }
