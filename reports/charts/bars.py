"""Stacked bars of lights, drawn on the server: the same picture on the page, in print and in the PDF.

Whoever shows a chart gives a table of the same figures beside it; the chart's title is its text alternative.
"""

from collections.abc import Mapping

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from reports.charts.lights import STYLES, UNLED_STYLE, LightStyle

_SEGMENTS = (*STYLES, UNLED_STYLE)
_INK, _PAPER = "#1B1A17", "#FFFFFF"
# In points at the chart's natural width of 442, the text block of a printed brief (156 mm).
_WIDTH, _BAR, _SIZE, _GAP = 442.0, 14.0, 10.5, 1.2
_CELL, _CELL_BAR = 60.0, 9.0  # in a table's cell


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


def _segment(style: LightStyle, left: float, top: float, width: float, height: float = _BAR) -> str:
    if style.key in {"grey", "unled"}:  # hollow: nothing was reported, or nobody leads
        dashed = ' stroke-dasharray="2 1.5"' if style.key == "unled" else ""
        return (
            f'<rect x="{left + 0.5:.2f}" y="{top + 0.5:.2f}" width="{width - 1:.2f}" height="{height - 1:.2f}"'
            f' fill="{_PAPER}" stroke="{style.colour}" stroke-width="1"{dashed}/>'
        )
    return f'<rect x="{left:.2f}" y="{top:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{style.colour}"/>'


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
