"""Stacked bars of lights, drawn on the server: the same picture on the page, in print and in the PDF.

Whoever shows a chart gives a table of the same figures beside it; the chart's title is its text alternative.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from reports.charts.lights import STYLES, UNLED_STYLE, LightStyle

_SEGMENTS = (*STYLES, UNLED_STYLE)
_INK, _SECONDARY, _PAPER = "#1B1A17", "#4B4842", "#FFFFFF"
# In points at the chart's natural width of 442, the text block of a printed brief (156 mm).
_WIDTH, _LABEL, _ROW, _BAR, _SIZE, _GAP = 442.0, 168.0, 18.0, 14.0, 10.5, 1.2
_CELL, _CELL_BAR = 60.0, 9.0  # in a table's cell


@dataclass(frozen=True)
class BarRow:
    """One bar: its label and how many tasks show each light. `apart` draws a rule above it: not of the same sum."""

    label: str
    counts: Mapping[str, int]
    apart: bool = False

    @property
    def total(self) -> int:
        return sum(self.counts.get(style.key, 0) for style in _SEGMENTS)


def stacked_bars(rows: Sequence[BarRow], *, title: str, font_family: str) -> SafeString:
    """An SVG of one bar per row in a common scale; every segment carries its light's shape and its count.

    `font_family` is set on the root, because a document's style sheet does not reach text inside an SVG of a PDF.
    """
    longest = max((row.total for row in rows), default=0) or 1
    unit = (_WIDTH - _LABEL - 30) / longest
    top = 22.0
    parts = [_legend()]
    for row in rows:
        if row.apart:
            parts.append(_line(0, top + 3, _WIDTH, top + 3, "#B9B2A2", 0.5))
            top += 6
        parts.append(_row(row, top, unit))
        top += _ROW
    body = "".join(parts)
    height = top + 2
    return _svg(body, _WIDTH, height, title, css="chart", family=font_family)


def stacked_bar(counts: Mapping[str, int], *, of: int, title: str) -> SafeString:
    """One small bar for a table's cell, `of` the longest beside it, with the lights' shapes. The counts stand in the
    same row of the table, so it says nothing to those who cannot see it."""
    unit = _CELL / (of or 1)
    parts, left = [], 0.0
    for style in _SEGMENTS:
        count = counts.get(style.key, 0)
        if count:
            width = count * unit
            parts.append(_segment(style, left, 0.5, width - _GAP / 2, _CELL_BAR))
            parts.append(
                _shape(style, left + (width - _GAP / 2) / 2, 0.5 + _CELL_BAR / 2, 2.6, style.on_colour)
            )
            left += width
    return _svg("".join(parts), _CELL, _CELL_BAR + 1, title, css="cell-bar", hidden=True)


def labelled_bar(counts: Mapping[str, int], *, title: str, font_family: str) -> SafeString:
    """One bar over the whole width; every segment carries its light's shape and its count."""
    unit = _WIDTH / (sum(counts.get(style.key, 0) for style in _SEGMENTS) or 1)
    parts, left = [], 0.0
    for style in _SEGMENTS:
        count = counts.get(style.key, 0)
        if count:
            width = count * unit - _GAP
            middle = left + width / 2
            parts.append(_segment(style, left, 0, width, _BAR))
            parts.append(_shape(style, middle - 9, _BAR / 2, 3.4, style.on_colour))
            parts.append(_text(middle + 5.5, _BAR / 2 + _SIZE * 0.36, str(count), fill=style.on_colour))
            left += count * unit
    return _svg("".join(parts), _WIDTH, _BAR, title, css="wide-bar", family=font_family)


def _svg(
    body: str, width: float, height: float, title: str, *, css: str, family: str = "", hidden: bool = False
) -> SafeString:
    """Its size on the page is for the sheet to say, by the class: a size of its own would make its style its own."""
    face = f' font-family="{escape(family)}" font-size="{_SIZE}"' if family else ""
    reader = ' aria-hidden="true"' if hidden else ' role="img"'
    return mark_safe(  # noqa: S308  (every text in it went through escape())
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{css}"{reader} viewBox="0 0 {width:g} {height:g}"{face}>'
        f"<title>{escape(title)}</title>{body}</svg>"
    )


def _row(row: BarRow, top: float, unit: float) -> str:
    middle = top + _ROW / 2
    baseline = middle + _SIZE * 0.36
    size = min(_SIZE, (_LABEL - 10) / max(_ems(row.label), 1))
    parts = [_text(_LABEL - 8, middle + size * 0.36, row.label, anchor="end", size=size)]
    left = _LABEL
    for style in _SEGMENTS:
        count = row.counts.get(style.key, 0)
        if not count:
            continue
        width = count * unit
        parts.append(_segment(style, left, middle - _BAR / 2, width - _GAP))
        parts.append(_shape(style, left + (width - _GAP) / 2 - 9, middle, 3.4, style.on_colour))
        parts.append(_text(left + (width - _GAP) / 2 + 5.5, baseline, str(count), fill=style.on_colour))
        left += width
    parts.append(_text(left + 5, baseline, str(row.total), anchor="start", fill=_SECONDARY))
    return "".join(parts)


def _segment(style: LightStyle, left: float, top: float, width: float, height: float = _BAR) -> str:
    if style.key in {"grey", "unled"}:  # hollow: nothing was reported, or nobody leads
        dashed = ' stroke-dasharray="2 1.5"' if style.key == "unled" else ""
        return (
            f'<rect x="{left + 0.5:.2f}" y="{top + 0.5:.2f}" width="{width - 1:.2f}" height="{height - 1:.2f}"'
            f' fill="{_PAPER}" stroke="{style.colour}" stroke-width="1"{dashed}/>'
        )
    return f'<rect x="{left:.2f}" y="{top:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{style.colour}"/>'


def _legend() -> str:
    parts = []
    left = _LABEL
    for style in STYLES:
        colour = style.colour
        parts.append(_shape(style, left + 5, 10, 4, colour))
        parts.append(_text(left + 12, 10 + 9.5 * 0.36, str(style.word), anchor="start", size=9.5))
        left += 12 + 9.5 * _ems(str(style.word)) + 14
    return "".join(parts)


def _shape(style: LightStyle, x: float, y: float, r: float, colour: str) -> str:
    """The light's shape around (x, y), as on every page: circle, triangle, square, check, ring."""
    match style.key:
        case "green":
            return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{r:.2f}" fill="{colour}"/>'
        case "yellow":
            points = (
                f"{x:.2f},{y - r:.2f} {x + r * 1.1:.2f},{y + r * 0.9:.2f} {x - r * 1.1:.2f},{y + r * 0.9:.2f}"
            )
            return f'<polygon points="{points}" fill="{colour}"/>'
        case "red":
            side = 1.8 * r
            return (
                f'<rect x="{x - side / 2:.2f}" y="{y - side / 2:.2f}" width="{side:.2f}" height="{side:.2f}"'
                f' fill="{colour}"/>'
            )
        case "blue":
            return (
                f'<path d="M{x - r:.2f} {y:.2f}L{x - r * 0.25:.2f} {y + r * 0.75:.2f}L{x + r:.2f} {y - r * 0.8:.2f}"'
                f' fill="none" stroke="{colour}" stroke-width="{r * 0.5:.2f}"/>'
            )
        case _:
            return (
                f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{r * 0.85:.2f}" fill="none" stroke="{colour}"'
                f' stroke-width="{r * 0.38:.2f}"/>'
            )


def _text(
    x: float, y: float, text: str, *, anchor: str = "middle", size: float = _SIZE, fill: str = _INK
) -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" font-size="{size:.2f}" fill="{fill}">'
        f"{escape(text)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    return (
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{colour}" stroke-width="{width:g}"/>'
    )


def _ems(text: str) -> float:
    """About how wide the text is: Chinese characters are one em, others a little over a half."""
    return sum(1.0 if ord(character) > 0x2000 else 0.56 for character in text)
