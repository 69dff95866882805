"""A target's figure over the quarters against its path, as SVG. The page shows the same numbers in a table."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from tasks.values import Period

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _FOOT = 640, 230, 52, 104, 16, 32

Line = Sequence[tuple[Period, Decimal]]


def path_chart(
    actual: Line, path: Line, goal: Decimal | None, *, title: str, words: tuple[str, str, str]
) -> SafeString:
    """Three lines: the figure in ink, the path in vermilion, the target's value as a thin rule. `words` are written at
    their ends: (figure, path, value)."""
    quarters = [quarter for quarter, _value in (*actual, *path)]
    values = [value for _quarter, value in (*actual, *path)] + ([goal] if goal is not None else [])
    if not quarters:
        return mark_safe("")
    first, last = min(quarters), max(quarters)
    low, high = min(values), max(values)
    low = Decimal(0) if 0 < low < high / 2 else low.quantize(Decimal("0.1"), rounding=ROUND_FLOOR)
    high = high.quantize(Decimal("0.1"), rounding=ROUND_CEILING)
    span = (high - low) or Decimal(1)
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _FOOT

    def x(quarter: Period) -> float:
        return _LEFT + wide * (quarter.ordinal - first.ordinal) / max(last.ordinal - first.ordinal, 1)

    def y(value: Decimal) -> float:
        return _TOP + float((high - value) * tall / span)

    def drawn(line: Line) -> str:
        return " ".join(
            f"{'L' if place else 'M'}{x(quarter):.1f} {y(value):.1f}"
            for place, (quarter, value) in enumerate(line)
        )

    ends: list[tuple[str, float, float, str]] = []
    parts = [
        f'<line class="pathchart__base" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_HEIGHT - _FOOT}" y2="{_HEIGHT - _FOOT}"/>'
    ]
    for value in {low, high}:
        parts.append(f'<text x="{_LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{_plain(value)}</text>')
    for year in range(first.year, last.year + 1):
        if Period.opening(year, first.kind) >= first:
            parts.append(
                f'<text x="{x(Period.opening(year, first.kind)):.1f}" y="{_HEIGHT - 8}">{year}</text>'
            )
    if goal is not None:
        parts.append(
            f'<line class="pathchart__goal" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(goal):.1f}" y2="{y(goal):.1f}"/>'
        )
        ends.append(("pathchart__words", _WIDTH - _RIGHT, y(goal), words[2]))
    if path:
        parts.append(f'<path class="pathchart__path" d="{drawn(path)}"/>')
        ends.append(("pathchart__at", x(path[-1][0]), y(path[-1][1]), words[1]))
    if actual:
        parts.append(f'<path class="pathchart__actual" d="{drawn(actual)}"/>')
        parts.append(
            f'<circle class="pathchart__dot" cx="{x(actual[-1][0]):.1f}" cy="{y(actual[-1][1]):.1f}" r="4"/>'
        )
        ends.append(("pathchart__words", x(actual[-1][0]), y(actual[-1][1]), words[0]))
    for name, left, top, text in _apart(ends):
        parts.append(f'<text class="{name}" x="{left + 8:.1f}" y="{top + 4:.1f}">{escape(text)}</text>')
    return mark_safe(  # noqa: S308  (every text in it went through escape())
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )


def _apart(ends: list[tuple[str, float, float, str]]) -> list[tuple[str, float, float, str]]:
    """The ends (class, x, y, words) with words that would overlap moved down, in the order of their lines; words far from
    each other in width stay."""
    placed: list[tuple[str, float, float, str]] = []
    for name, left, top, text in sorted(ends, key=lambda end: end[2]):
        for _name, other_left, other_top, _text in placed:
            if abs(other_left - left) < 110 and top - other_top < 25:
                top = other_top + 25
        placed.append((name, left, top, text))
    return placed


def _plain(value: Decimal) -> str:
    return f"{value.normalize():,f}"
