"""A person's corrections and additions to what the reader found: corrections.json, each with its reason.

They speak in words and never in offsets: a name, a task's ref, a quote. What they name must be there, or loading
stops and says what is missing; so a correction cannot outlive the text it was made for.
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
    """What the plan does not say of a body it prints: kind, code for addresses, full name, and of a zone its region."""

    name: str
    slug: str
    kind: str
    reason: str
    full_name: str = ""
    full_name_quote: str = ""  # where the text itself prints the full name
    region: str = ""  # the code of the government in whose region it lies


@dataclass(frozen=True)
class AliasEntry:
    """Another way of writing a body; the text may use it."""

    name: str
    written: str
    reason: str


@dataclass(frozen=True)
class MemberEntry:
    """A body behind a collective: `quote` within the words `near` of the task `within`."""

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
    """A printed name which stands for many bodies; an open one waits for the office to fill it."""

    name: str
    reason: str
    open: bool = False
    members: tuple[MemberEntry, ...] = ()


@dataclass(frozen=True)
class IndicatorEntry:
    """What the targets measure, how its figures are put together, and which tasks' returns ask for it."""

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
    duty: str = "lead"  # whose returns on them


@dataclass(frozen=True)
class TargetEntry:
    """A promise that the reader's rules do not see: the words `quote` of the plan, for no year."""

    quote: str
    reason: str
    value: int | float | None = None
    unit: str = ""
    comparison: str = ""
    task: str = ""


@dataclass(frozen=True)
class LinkEntry:
    """A link between task and sector, to be removed, or to be added on the words of `quote`."""

    task: str
    sector: int
    reason: str
    direction: int | None = None
    quote: str = ""


@dataclass(frozen=True)
class ProjectEntry:
    """A project, to be removed, or to be added on the words of `quote`."""

    name: str
    reason: str
    sector: int | None = None
    quote: str = ""


@dataclass(frozen=True)
class HeadEntry:
    """A date that the text does not state: `field` of Plan."""

    field: str
    day: date
    reason: str


@dataclass(frozen=True)
class Corrections:
    """All of them, for the text with this hash."""

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
    """Reads corrections.json. Raises Problems, one for each entry that cannot be taken."""
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
