"""Parses corrections.json: corrections and additions by a person to the reader's result, each with its reason.

Corrections refer to names, task refs and quotes, never to offsets. If the text has no match for a reference, loading
stops and reports it; a correction therefore cannot outlive the text for which it was written.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
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
    """What the text does not state, or not so, for the field `field` of Plan: a date, or words for title, number, issuer,
    or the rhythm (a Rhythm; without it every quarter).
    Without either the field is empty, whatever the reader found."""

    field: str
    reason: str
    day: date | None = None
    value: str = ""


@dataclass(frozen=True)
class HeadingEntry:
    """A name of the task `task` in other words than those of the text."""

    task: str
    name: str
    reason: str


@dataclass(frozen=True)
class DutyEntry:
    """An agency of the task `task` that the text does not print there."""

    task: str
    name: str
    duty: str
    reason: str


@dataclass(frozen=True)
class FilingEntry:
    """How often agencies with a role file (`tasks.plans.models.Frequency`), where it is not the usual."""

    role: str
    frequency: str
    reason: str


@dataclass(frozen=True)
class WorkPlanEntry:
    """A role whose agencies the plan asks for work plans, beside the leads."""

    role: str
    reason: str


@dataclass(frozen=True)
class DeadlineEntry:
    """The deadline of the task `task`; without a day it has none, whatever the reader found."""

    task: str
    reason: str
    day: date | None = None


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
    headings: tuple[HeadingEntry, ...] = ()
    duties: tuple[DutyEntry, ...] = ()
    filing: tuple[FilingEntry, ...] = ()
    work_plans: tuple[WorkPlanEntry, ...] = ()
    deadlines: tuple[DeadlineEntry, ...] = ()
    edits: tuple[Mapping[str, Any], ...] = ()  # of tasks.plans.editing, applied before all others


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
    "headings": HeadingEntry,
    "duties": DutyEntry,
    "filing": FilingEntry,
    "work_plans": WorkPlanEntry,
    "deadlines": DeadlineEntry,
}
_HEAD_FIELDS = frozenset(
    {"title", "doc_number", "issuer", "passed_on", "issued_on", "in_force_from", "in_force_to", "rhythm"}
)


def parse(written: str) -> Corrections:
    """Parses corrections.json. Raises Problems, one for each invalid entry."""
    problems: list[Problem] = []
    try:
        data = json.loads(written)
    except json.JSONDecodeError as error:
        raise Problems(
            [Problem("", _("corrections.json 不是合法的 JSON：%(error)s") % {"error": error})]
        ) from error
    if not isinstance(data, dict):
        raise Problems([Problem("", _("corrections.json 的最外层应是一个对象，即 { … }。"))])
    values: dict[str, Any] = {"text_sha256": str(data.get("text_sha256", ""))}
    for name, value in data.items():
        if name == "text_sha256":
            continue
        if name not in _LISTS and name != "edits":
            problems.append(Problem(name, _("corrections.json 中有不认识的项“%(name)s”。") % {"name": name}))
        elif not _are_rows(value):
            problems.append(
                Problem(
                    name, _("corrections.json 的 %(name)s 应是一列对象，即 [ { … }, … ]。") % {"name": name}
                )
            )
        elif name == "edits":
            values[name] = tuple(value)
        else:
            values[name] = tuple(
                _entry(_LISTS[name], row, f"{name}[{n}]", problems) for n, row in enumerate(value)
            )
    if problems:
        raise Problems(problems)
    return Corrections(**values)


def as_json(corrections: Corrections) -> str:
    """Inverse of `parse`: corrections.json, without what stands at its default."""
    data: dict[str, Any] = {"text_sha256": corrections.text_sha256}
    for name in (*_LISTS, "edits"):
        if rows := getattr(corrections, name):
            data[name] = [row if name == "edits" else _written(row) for row in rows]
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _written(entry: Any) -> dict[str, Any]:
    row = {}
    for field in fields(entry):
        value = getattr(entry, field.name)
        if value == field.default and field.default is not MISSING:
            continue
        if isinstance(value, tuple):
            value = [_written(one) if is_dataclass(one) else one for one in value]
        row[field.name] = value.isoformat() if isinstance(value, date) else value
    return row


def _are_rows(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


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
    values: dict[str, Any] = {}
    for name, value in row.items():
        if name not in known:
            continue
        try:
            values[name] = _value(kind, name, known[name].type, value, place, problems)
        except ValueError as error:
            problems.append(Problem(f"{place}.{name}", str(error), row=place))
            missing.append(name)
    return kind(**dict.fromkeys(missing), **{k: v for k, v in values.items() if k not in missing})


def _value(kind: type, name: str, wanted: Any, value: Any, place: str, problems: list[Problem]) -> object:
    """The value of a field, of the type that the entry declares. Raises ValueError with a sentence."""
    where = {"place": f"{place}.{name}", "value": str(value)[:40]}
    if name == "slug":
        return value  # checked with the other slugs, where the sentence says what fits
    if name == "members":
        if not _are_rows(value):
            raise ValueError(_("corrections.json 的 %(place)s 应是一列对象，即 [ { … }, … ]。") % where)
        return tuple(
            _entry(MemberEntry, row, f"{place}.members[{n}]", problems) for n, row in enumerate(value)
        )
    if name == "day":
        try:
            return None if value in (None, "") else date.fromisoformat(value)
        except (TypeError, ValueError):
            said = _("corrections.json 的 %(place)s“%(value)s”不是日期，请写成 2024-09-02 这样。")
            raise ValueError(said % where) from None
    if kind is HeadEntry and name == "field" and value not in _HEAD_FIELDS:
        said = _("corrections.json 的 %(place)s“%(value)s”不是可以更正的栏目，可用：%(known)s。")
        raise ValueError(said % {**where, "known": "、".join(sorted(_HEAD_FIELDS))})
    if wanted == tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ValueError(_('corrections.json 的 %(place)s 应是一列文字，即 [ "…", … ]。') % where)
        return tuple(value)
    expected = {str: str, int: int, bool: bool}.get(wanted)
    fits = isinstance(value, expected) if expected else isinstance(value, int | float | None)
    if not fits or (isinstance(value, bool) and wanted is not bool):
        raise ValueError(_("corrections.json 的 %(place)s“%(value)s”的类型不对。") % where)
    return value
