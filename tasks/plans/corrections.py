"""Parses corrections.json: corrections and additions by a person to the reader's result, each with its reason.

Corrections refer to names, task refs and quotes, never to offsets. If the text has no match for a reference, loading
stops and reports it; a correction therefore cannot outlive the text for which it was written.
"""

import json
from dataclasses import MISSING, dataclass, fields
from datetime import date
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from tasks.errors import Problem, Problems

T = TypeVar("T")


@dataclass(frozen=True)
class AgencyEntry:
    """Facts about a printed agency that the plan does not state: kind, slug, full name, and a zone's region."""

    name: str
    slug: str
    kind: str
    reason: str
    full_name: str = ""
    full_name_quote: str = ""  # where the text itself prints the full name
    region: str = ""  # slug of the government in whose region it lies


@dataclass(frozen=True)
class AliasEntry:
    """Another spelling of an agency's name that the text may use."""

    name: str
    written: str
    reason: str


@dataclass(frozen=True)
class MemberEntry:
    """A member of a collective; the text names it at `quote`, within `near`, in the task `within`."""

    name: str
    slug: str
    kind: str
    reason: str
    full_name: str = ""
    quote: str = ""
    near: str = ""
    within: str = ""


@dataclass(frozen=True)
class CollectiveEntry:
    """A printed name for several agencies; the office enters the members of an open collective later."""

    name: str
    reason: str
    open: bool = False
    members: tuple[MemberEntry, ...] = ()


@dataclass(frozen=True)
class IndicatorEntry:
    """An indicator: what the targets measure, how figures are aggregated, which tasks' submissions report it."""

    slug: str
    name: str
    kind: str
    reason: str
    flow: str = "stock"
    direction: str = "more"
    across: str = ""  # "" for the usual rule of the kind
    over_time: str = "latest"
    unit: str = ""  # "" for that of the target
    numerator_name: str = ""
    denominator_name: str = ""
    parts_unit: str = ""
    denominator_unit: str = ""
    decimals: int = 0
    may_be_negative: bool = False
    definition: str = ""
    source: str = ""
    frequency: str = "quarterly"
    lag_months: int = 0
    targets: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    duty: str = "lead"  # whose submissions report it


@dataclass(frozen=True)
class TargetEntry:
    """A target without a year that the reader's rules miss, stated by the words `quote` of the plan."""

    quote: str
    reason: str
    value: int | float | None = None
    unit: str = ""
    comparison: str = ""
    task: str = ""


@dataclass(frozen=True)
class LinkEntry:
    """A link between task and sector to remove, or to add on the basis of `quote`."""

    task: str
    sector: int
    reason: str
    direction: int | None = None
    quote: str = ""


@dataclass(frozen=True)
class ProjectEntry:
    """A project to remove, or to add on the basis of `quote`."""

    name: str
    reason: str
    sector: int | None = None
    quote: str = ""


@dataclass(frozen=True)
class HeadEntry:
    """A date that the text does not state, for the field `field` of Plan."""

    field: str
    day: date
    reason: str


@dataclass(frozen=True)
class Corrections:
    """The content of corrections.json, for the text with this hash."""

    text_sha256: str
    agencies: tuple[AgencyEntry, ...] = ()
    aliases: tuple[AliasEntry, ...] = ()
    collectives: tuple[CollectiveEntry, ...] = ()
    indicators: tuple[IndicatorEntry, ...] = ()
    add_targets: tuple[TargetEntry, ...] = ()
    add_links: tuple[LinkEntry, ...] = ()
    remove_links: tuple[LinkEntry, ...] = ()
    add_projects: tuple[ProjectEntry, ...] = ()
    remove_projects: tuple[ProjectEntry, ...] = ()
    head: tuple[HeadEntry, ...] = ()


_LISTS: dict[str, type] = {
    "agencies": AgencyEntry,
    "aliases": AliasEntry,
    "collectives": CollectiveEntry,
    "indicators": IndicatorEntry,
    "add_targets": TargetEntry,
    "add_links": LinkEntry,
    "remove_links": LinkEntry,
    "add_projects": ProjectEntry,
    "remove_projects": ProjectEntry,
    "head": HeadEntry,
}


def parse(written: str) -> Corrections:
    """Parses corrections.json. Raises Problems, one for each invalid entry."""
    problems: list[Problem] = []
    try:
        data = json.loads(written)
    except json.JSONDecodeError as error:
        raise Problems(
            [Problem("", _("corrections.json 不是合法的 JSON：%(error)s") % {"error": error})]
        ) from error
    values: dict[str, Any] = {"text_sha256": data.get("text_sha256", "")}
    for name, value in data.items():
        if name in _LISTS:
            values[name] = tuple(
                _entry(_LISTS[name], row, f"{name}[{n}]", problems) for n, row in enumerate(value)
            )
        elif name != "text_sha256":
            problems.append(Problem(name, _("corrections.json 中有不认识的项“%(name)s”。") % {"name": name}))
    if problems:
        raise Problems(problems)
    return Corrections(**values)


def _entry(kind: type[T], row: dict[str, Any], place: str, problems: list[Problem]) -> T:
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    missing = [
        name for name, field in known.items() if field.default is MISSING and row.get(name) in (None, "")
    ]
    unknown = [name for name in row if name not in known]
    if missing or unknown:
        problems.append(
            Problem(
                place,
                _(
                    "corrections.json 的 %(place)s：缺少 %(missing)s；不认识 %(unknown)s。每一项都要写明理由 reason。"
                )
                % {
                    "place": place,
                    "missing": "、".join(missing) or "—",
                    "unknown": "、".join(unknown) or "—",
                },
                row=place,
            )
        )
    values = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row.items()
        if name in known
    }
    if kind is CollectiveEntry:
        members = enumerate(values.get("members", ()))
        values["members"] = tuple(
            _entry(MemberEntry, m, f"{place}.members[{n}]", problems) for n, m in members
        )
    if kind is HeadEntry and "day" in values:
        values["day"] = date.fromisoformat(row["day"])
    return kind(**dict.fromkeys(missing), **{k: v for k, v in values.items() if k not in missing})
