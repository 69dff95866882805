"""What two contents of a return say differently, field by field: two versions, or what two people wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tasks.indicators.formatting import ShownFigure
from tasks.submissions.content import LABELS, TEXT_FIELDS
from tasks.submissions.models import Content, ProblemCategory
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
_LIGHTS, _CATEGORIES = frozenset(Light.values), frozenset(ProblemCategory.values)
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
    figures: tuple[Sequence[ShownFigure], Sequence[ShownFigure]] = ((), ()),
    with_problems: bool = True,
) -> list[Difference]:
    """Field by field in the form's order, figures last (those of both)."""
    found = []
    for name in _ORDER:
        if name in _PRIVATE and not with_problems:
            continue
        was, now = said(before, name), said(after, name)
        if was != now:
            found.append(Difference(name, str(LABELS[name]), was, now))
    old, new = ({figure.key: figure for figure in side} for side in figures)
    for key, figure in (old | new).items():
        was, now = (side[key].said if key in side else "" for side in (old, new))
        if was != now:
            found.append(Difference(f"figures.{key}", figure.label, was, now))
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
    return str(Light(value).label) if value in _LIGHTS else value


def percent_said(value: int | None) -> str:
    return "" if value is None else f"{value}%"


def yes_said(value: bool) -> str:
    return _("是") if value else ""


def problems_said(problems: Sequence[Mapping[str, str]]) -> str:
    """One problem a line, its category first."""
    return "\n".join(f"{category_said(item)}：{str(item.get('text', '')).strip()}" for item in problems)


def category_said(item: Mapping[str, str]) -> str:
    category = item.get("category", "")
    return str(ProblemCategory(category).label) if category in _CATEGORIES else category
