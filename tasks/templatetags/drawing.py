"""Template tags that draw small SVG pictures: rulers, timelines, bars, lines.

Coordinates are in per cent of the width, so that text keeps its size on every screen; the templates in `_parts/` use
them. The page always shows the figures of a picture as text beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.template import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tasks.templatetags.reading import (
    WORST_FIRST,
    decimal_of,
    field_of,
    light_words,
    number_text,
    percent_text,
    quarter_of,
    query_url,
)
from tasks.values import GREY, UNLED, Duty, Light, Period


def ruler(
    context: Context,
    current: Any,
    first: Any,
    last: Any,
    until: Any = None,
    marks: Iterable[Any] = (),
    lights: Mapping[Any, Mapping[str, int]] | None = None,
    param: str = "q",
) -> dict[str, Any]:
    """The quarter ruler from `first` to `last`. Quarters up to `until` are links; `marks` are (quarter, label) pairs;
    `lights`: `{quarter: {light: count}}`, drawn as stacked bars over the scale."""
    now, start, end = quarter_of(current), quarter_of(first), quarter_of(last)
    open_to = quarter_of(until) if until else end
    words = {quarter_of(_pair(mark, "quarter")): _pair(mark, "label") for mark in marks}
    bars = {quarter_of(key): value for key, value in (lights or {}).items()}
    total = end.ordinal - start.ordinal + 1
    cells = []
    for quarter in Period.span(start, end):
        place = (quarter.ordinal - start.ordinal) / total
        cells.append(
            {
                "quarter": str(quarter),
                "label": quarter.label,
                "year": quarter.year if quarter.is_first_of_year or quarter == start else None,
                "even": quarter.year % 2 == 0,
                "past": quarter <= open_to,
                "now": quarter == now,
                "place": "early" if place < 0.12 else "late" if place > 0.72 else "mid",
                "url": query_url(context, param, str(quarter)) if quarter <= open_to else "",
                "mark": words.get(quarter, ""),
                "mark_low": -4 < quarter.ordinal - now.ordinal < (8 if now < open_to else 6),
                "mark_last": quarter == end,
                "bar": _bar(bars.get(quarter)),
                "spoken": _spoken_counts(bars.get(quarter)),
            }
        )
    before, after = now - 1, now + 1
    return {
        "cells": cells,
        "current": now,
        "previous_url": query_url(context, param, str(before)) if start <= before else "",
        "previous": before,
        "next_url": query_url(context, param, str(after)) if after <= min(open_to, end) else "",
        "next": after if after <= end else None,
        "has_bars": bool(bars),
        "has_low": any(cell["mark"] and cell["mark_low"] for cell in cells),
    }


def _pair(thing: Any, name: str) -> Any:
    if isinstance(thing, tuple | list):
        return thing[0] if name == "quarter" else thing[1]
    return field_of(thing, name)


def _bar(counts: Mapping[str, int] | None) -> list[dict[str, Any]]:
    """Slices of a stacked bar in per cent of its height, the worst light at the bottom."""
    if not counts or not (total := sum(counts.values())):
        return []
    slices, top = [], 0.0
    for key in (Light.BLUE, Light.GREEN, UNLED, GREY, Light.YELLOW, Light.RED):
        height = counts.get(key, 0) * 100 / total
        if height:
            slices.append({"light": str(key), "y": f"{top:.1f}%", "h": f"{height:.1f}%"})
        top += height
    return slices


def _spoken_counts(counts: Mapping[str, int] | None) -> str:
    if not counts:
        return ""
    return "、".join(f"{light_words(str(key))[1]}{counts[key]}" for key in WORST_FIRST if counts.get(key))


def timeline(rows: Sequence[Any], first: Any, last: Any, current: Any) -> dict[str, Any]:
    """Responsibilities over time. A row has duty, name, url, start, end (None: still valid), into (index of the row
    into which it merged), collective, note; `change` is shown in vermilion over the line."""
    begin, finish, now = quarter_of(first), quarter_of(last), quarter_of(current)
    total = finish.ordinal - begin.ordinal + 1

    def at(quarter: Period, after: int = 0) -> float:
        return min(100.0, max(0.0, (quarter.ordinal - begin.ordinal + after) * 100 / total))

    today = at(now, 1)

    def ring(index: int) -> float | None:
        """The place where the first agency that merged into this row arrives."""
        ends = [
            field_of(other, "end")
            for other in rows
            if field_of(other, "into") == index and field_of(other, "end")
        ]
        return min(100.0, at(quarter_of(ends[0]), 1) + 2) if ends else None

    drawn = []
    for index, row in enumerate(rows):
        start = quarter_of(field_of(row, "start") or begin)
        end, into, role = field_of(row, "end"), field_of(row, "into"), Duty(str(field_of(row, "duty")))
        stop = at(quarter_of(end), 1) if end else 100.0
        arrival = ring(index)
        words = arrival if arrival is not None else stop if end else at(start)
        drawn.append(
            {
                "row": row,
                "lead": role == Duty.LEAD,
                "duty": role.label,
                "x1": percent_text(at(start)),
                "x2": percent_text(min(stop, today)),
                "x3": percent_text(stop),
                "future": stop > today,
                "ended": bool(end) and into is None,
                # a row is 36 px high (parts.css), with its line at 22 px
                "join": None
                if into is None
                else {"x": percent_text(min(100.0, stop + 2)), "y": 22 + 36 * (int(into) - index)},
                "ring_x": "" if arrival is None else percent_text(arrival),
                "words_x": percent_text(words),
                "words_anchor": "start" if words < 30 else "end" if words > 75 else "middle",
                "from": start,
                "to": end,
            }
        )
    years = []
    for quarter in Period.span(begin, finish):
        if quarter.is_first_of_year or quarter == begin:
            years.append(
                {
                    "year": quarter.year,
                    "x": percent_text(at(quarter)),
                    "thin": at(quarter, quarter.kind.per_year + 1 - quarter.number) - at(quarter) < 6,
                }
            )
    return {
        "rows": drawn,
        "years": years,
        "now": now,
        "now_x": percent_text(at(now)),
        "now_end": percent_text(today),
        "now_w": percent_text(100 / total),
        "first": begin,
        "last": finish,
        "wide": total <= 16,
        "quarters": [
            {"n": q.short, "x": percent_text(at(q) + 50 / total), "now": q == now, "future": q > now}
            for q in Period.span(begin, finish)
        ],
    }


def _day(value: Any) -> Any:
    """The date of a date or of a moment, in the site's time zone."""
    if not hasattr(value, "hour"):
        return value
    return timezone.localdate(value) if timezone.is_aware(value) else value.date()


def deadline(opens: Any, due: Any, today: Any) -> dict[str, Any]:
    """A ruler of days from opening to two days after the due day; arguments are dates or datetimes."""
    start, stop, now = (_day(value) for value in (opens, due, today))
    days: int = max((stop - start).days + 2, 1)

    def at(day: Any) -> float:
        passed: int = (day - start).days
        return min(100.0, max(0.0, passed * 100 / days))

    return {
        "opens": start,
        "due": due,
        "today": now,
        "due_has_time": hasattr(due, "hour"),
        "due_x": percent_text(at(stop)),
        "today_x": percent_text(at(now)),
        "today_side": "start" if at(now) < 15 else "end" if at(now) > 82 else "middle",
        "ticks": [(percent_text(n * 100 / days), n * 100 / days <= at(now)) for n in range(days + 1)]
        if days <= 45
        else [],
    }


def target_bar(actual: Any, target: Any, path: Any = None, unit: str = "", year: Any = "") -> dict[str, Any]:
    """Actual value as an ink bar, the path as a vermilion line, the target as an ink line."""
    value, goal, due = decimal_of(actual), decimal_of(target), decimal_of(path)
    top = max([number for number in (value, goal, due) if number is not None] or [Decimal(1)]) or Decimal(1)
    # space at the right for the target's text, which is placed there when the path is close
    close = goal is not None and due is not None and abs(goal - due) < goal * Decimal("0.4")
    scale = top * Decimal("1.4" if top == goal and close else "1.2")

    def at(number: Decimal) -> Decimal:
        return max(Decimal(0), min(Decimal(100), number * 100 / scale))

    near = goal is not None and due is not None and abs(at(goal) - at(due)) < 24
    behind = goal is not None and due is not None and due > goal
    spoken = _("没有数值") if value is None else f"{_('实际')} {number_text(value)}{unit}"
    if due is not None:
        spoken += f"，{_('序时目标')} {number_text(due)}{unit}"
    return {
        "spoken": spoken,
        "value": None if value is None else number_text(value),
        "value_w": None if value is None else percent_text(at(value)),
        "goal": None if goal is None else number_text(goal),
        "goal_x": None if goal is None else percent_text(at(goal)),
        "goal_anchor": ("end" if behind else "start") if near else "middle",
        "path": None if due is None else number_text(due),
        "path_x": None if due is None else percent_text(at(due)),
        "path_anchor": "start" if behind or (due is not None and at(due) < 30) else "end",
        "zero": due is None or at(due) > 8,
        "unit": unit,
        "year": year,
    }


def sparkline(values: Sequence[Any], restarts: Sequence[int] = ()) -> SafeString:
    """A line of 90 × 24 px. A missing value leaves a gap. `restarts` are the indexes at which a cumulative figure
    begins again (each January); the line has a gap there too, because joining the points would show a fall."""
    numbers = [decimal_of(value) for value in values]
    known = [number for number in numbers if number is not None]
    if not known:
        return mark_safe("")
    low, high = min(known), max(known)
    span = (high - low) or Decimal(1)
    step = Decimal(80) / max(len(numbers) - 1, 1)
    points = [
        None
        if number is None
        else (4 + index * step, (20 - (number - low) * 16 / span) if high != low else Decimal(12))
        for index, number in enumerate(numbers)
    ]
    path, pen = [], False
    for index, point in enumerate(points):
        if point is None:
            pen = False
            continue
        pen = pen and index not in restarts
        path.append(f"{'L' if pen else 'M'}{point[0]:.1f} {point[1]:.1f}")
        pen = True
    end = next(point for point in reversed(points) if point is not None)
    return format_html(
        '<svg class="spark" viewBox="0 0 90 24" width="90" height="24" aria-hidden="true" focusable="false">'
        '<path d="{}" fill="none" stroke="currentColor" stroke-width="1.2"/><circle cx="{}" cy="{}" r="2.4" '
        'fill="currentColor"/></svg>',
        " ".join(path),
        f"{end[0]:.1f}",
        f"{end[1]:.1f}",
    )


def milestones(done: int, due: int, total: int) -> SafeString:
    """Boxes for the milestones of a work plan: reached, due and not reached, not yet due."""
    kinds = ["done"] * int(done) + ["late"] * max(int(due) - int(done), 0)
    kinds += ["todo"] * max(int(total) - len(kinds), 0)
    boxes = format_html_join(
        "",
        '<rect class="milestones__{}" x="{}" y="1" width="10" height="10"/>',
        ((kind, index * 13 + 1) for index, kind in enumerate(kinds)),
    )
    return format_html(
        '<svg class="milestones" viewBox="0 0 {} 12" width="{}" height="12" aria-hidden="true" focusable="false">{}</svg>',
        len(kinds) * 13,
        len(kinds) * 13,
        boxes,
    )
