"""What two contents of a return say differently, field by field: two versions, or what two people wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tasks.filing.content import LABELS, TEXT_FIELDS
from tasks.filing.models import Content, ProblemCategory
from tasks.values import Light

_ORDER = (
    "light",
    "progress",
    "done",
    "no_progress",
    "no_progress_reason",
    "problems",
    "coordination",
    "next_steps",
    "judgement",
    "light_reason",
    "paper_date",
    "elsewhere",
)
_PRIVATE = {"problems", "coordination"}  # not for every reader


@dataclass(frozen=True)
class Difference:
    """One field; `before` and `after` as a reader sees them, "" for nothing."""

    field: str
    label: str
    before: str
    after: str


def differences(
    before: Content,
    after: Content,
    *,
    figures: tuple[Mapping[str, Mapping[str, Any]], Mapping[str, Mapping[str, Any]]] = ({}, {}),
    names: Mapping[str, str] | None = None,
    with_problems: bool = True,
) -> list[Difference]:
    """Field by field in the form's order, figures last ({slug: parts} of both; `names` are the indicators')."""
    found = []
    for name in _ORDER:
        if name in _PRIVATE and not with_problems:
            continue
        was, now = said(before, name), said(after, name)
        if was != now:
            found.append(Difference(name, str(LABELS[name]), was, now))
    for slug in dict.fromkeys([*figures[0], *figures[1]]):
        was, now = figure_said(figures[0].get(slug, {})), figure_said(figures[1].get(slug, {}))
        if was != now:
            found.append(Difference(f"figures.{slug}", (names or {}).get(slug, slug), was, now))
    return found


def said(content: Content, name: str) -> str:
    """One field of a return as text."""
    value = getattr(content, name)
    if name == "light":
        return light_said(value)
    if name == "progress":
        return percent_said(value)
    if name in {"no_progress", "elsewhere"}:
        return yes_said(value)
    if name == "problems":
        return problems_said(value)
    if name == "paper_date":
        return "" if value is None else str(value)
    assert name in TEXT_FIELDS
    return str(value).strip()


def light_said(value: str) -> str:
    return str(Light(value).label) if value in Light.values else value


def percent_said(value: int | None) -> str:
    return "" if value is None else f"{value}%"


def yes_said(value: bool) -> str:
    return _("是") if value else ""


def problems_said(problems: Sequence[Mapping[str, str]]) -> str:
    """One problem a line, its category first."""
    return "\n".join(f"{category_said(item)}：{str(item.get('text', '')).strip()}" for item in problems)


def category_said(item: Mapping[str, str]) -> str:
    category = item.get("category", "")
    return str(ProblemCategory(category).label) if category in ProblemCategory.values else category


def figure_said(parts: Mapping[str, Any]) -> str:
    """`12`, or `3 ÷ 4`, with the reason behind; numbers as typed or stored, without the zeros that a column adds."""
    number = _number(parts.get("value"))
    top, bottom = _number(parts.get("numerator")), _number(parts.get("denominator"))
    if top or bottom:
        number = f"{top or '—'} ÷ {bottom or '—'}"
    reason = str(parts.get("reason") or "").strip()
    return f"{number}（{reason}）" if reason else number


def _number(value: Any) -> str:
    if value in (None, ""):
        return ""
    text = str(value).strip()
    return (
        text.rstrip("0").rstrip(".")
        if "." in text and text.replace(".", "", 1).lstrip("-").isdecimal()
        else text
    )
