"""What the reader finds in a plan: frozen records, each with the place that says so.

`start` and `end` are code points of the unnormalised text; `clean(text[start:end])` is the record's name. The
records go to structure.json and come back from it unchanged (`to_json`, `from_json`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


@dataclass(frozen=True)
class Span:
    """A stretch of the text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """What it quotes, in the plan's own characters."""
        return text[self.start : self.end]


@dataclass(frozen=True)
class Quote(Span):
    """A stretch of the text that is a name, with that name as `names.clean` reads it."""

    name: str


@dataclass(frozen=True)
class Day(Span):
    """A date that the text states; `inferred` says what of it the text leaves out."""

    day: date
    inferred: str = ""


@dataclass(frozen=True)
class Head:
    """What stands before and after the plan proper: number, names, dates."""

    title: Quote
    notice_title: Quote
    doc_number: Quote | None
    issuer: Quote | None
    passed_on: Day | None
    issued_on: Day | None
    in_force_from: Day | None
    in_force_to: Day | None
    interpreter: Quote | None


@dataclass(frozen=True)
class Part:
    """一、二、三…: `kind` is aims, sectors, tasks or safeguards, told by how the part is built, not by its name."""

    number: int
    heading: Quote
    kind: str


@dataclass(frozen=True)
class Principle:
    """基本原则."""

    number: int
    heading: Quote
    body: Span


@dataclass(frozen=True)
class Direction:
    """方向."""

    number: int
    heading: Quote
    body: Span


@dataclass(frozen=True)
class Sector:
    """重点领域."""

    number: int
    heading: Quote
    body: Span
    directions: tuple[Direction, ...]


@dataclass(frozen=True)
class Project:
    """重大项目. Where the text abridges a name (二期), `inferred` is the whole name and how it was made."""

    name: str
    quote: Quote
    sector: int | None
    inferred: str = ""


@dataclass(frozen=True)
class Mention:
    """A body in a responsibility bracket. `suffix` is what a later name in the list lends to it (管委会)."""

    quote: Quote
    duty: str
    suffix: str = ""


@dataclass(frozen=True)
class Task:
    """任务 or 保障措施. The body is its own words, without heading and bracket."""

    ref: str
    code: str
    number: int
    heading: Quote
    body: Span
    bracket: Span | None
    mentions: tuple[Mention, ...]


@dataclass(frozen=True)
class Group:
    """任务组."""

    number: int
    heading: Quote
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Printed:
    """A name as the brackets print it, where it stands first; `collective` if its words say that it is many."""

    quote: Quote
    suffix: str
    collective: bool


@dataclass(frozen=True)
class Target:
    """What is promised: for a year, or for none (then `task` or `sector` says where it stands).

    `comparison` is the printed word (达到, 左右 …); `threshold` what looks like a value and only tells which
    things are counted (过亿元).
    """

    year: int | None
    quote: Quote
    value: int | float | None
    unit: str
    comparison: str
    threshold: str
    task: str = ""
    sector: int | None = None


@dataclass(frozen=True)
class Bases:
    """产业基地 of one city and one level, with the number that the text gives for them."""

    city: Quote
    level: Quote
    count: int
    names: tuple[Quote, ...]


@dataclass(frozen=True)
class Cluster:
    """产业集群."""

    quote: Quote
    level: Quote


@dataclass(frozen=True)
class Link:
    """A task's words name the matter of a sector, or of one of its directions."""

    task: str
    sector: int
    direction: int | None
    quote: Quote
    matter: str


@dataclass(frozen=True)
class Note(Span):
    """Something that a person should look at: `kind` what, `detail` the figures or names."""

    kind: str
    detail: str


@dataclass(frozen=True)
class Structure:
    """A plan, read."""

    text_sha256: str
    head: Head
    parts: tuple[Part, ...]
    principles: tuple[Principle, ...]
    sectors: tuple[Sector, ...]
    projects: tuple[Project, ...]
    clusters: tuple[Cluster, ...]
    bases: tuple[Bases, ...]
    groups: tuple[Group, ...]
    safeguards: tuple[Task, ...]
    lead_rule: Quote | None
    agencies: tuple[Printed, ...]
    targets: tuple[Target, ...]
    links: tuple[Link, ...]
    notes: tuple[Note, ...]

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks of the groups, without the safeguards."""
        return tuple(task for group in self.groups for task in group.tasks)

    @property
    def all_tasks(self) -> tuple[Task, ...]:
        """The tasks, then the safeguards."""
        return (*self.tasks, *self.safeguards)


def walk(record: object) -> Iterator[Span]:
    """Every span within a record, depth first."""
    if isinstance(record, Span):
        yield record
    if isinstance(record, tuple):
        for item in record:
            yield from walk(item)
    elif is_dataclass(record):
        for field in fields(record):
            yield from walk(getattr(record, field.name))


def to_json(structure: Structure) -> str:
    """One line for each small record: a person reads this file, and its diffs."""
    return _write(_plain(structure), 0) + "\n"


def from_json(written: str) -> Structure:
    """Inverse of `to_json`. Raises ValueError, TypeError or KeyError on anything else."""
    structure: Structure = _build(Structure, json.loads(written))
    return structure


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        # Declared order but for start and end, which read better after the name.
        plain = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {key: plain[key] for key in sorted(plain, key=lambda key: key in ("start", "end"))}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def _write(value: Any, depth: int) -> str:
    short = json.dumps(value, ensure_ascii=False)
    if (len(short) <= 150 and depth) or not isinstance(value, dict | list) or not value:
        return short
    indent = " " * (depth + 1)
    if isinstance(value, dict):
        rows = [f"{indent}{json.dumps(key)}: {_write(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + "\n" + " " * depth + "}"
    return "[\n" + ",\n".join(indent + _write(item, depth + 1) for item in value) + "\n" + " " * depth + "]"


def _build(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        options = [option for option in get_args(kind) if option is not type(None)]
        return None if value is None else _build(options[0], value) if len(options) == 1 else value
    if origin is tuple:
        return tuple(_build(get_args(kind)[0], item) for item in value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        unknown = set(value) - set(hints)
        if unknown:
            raise ValueError(f"{kind!r}: {sorted(unknown)}")
        return kind(**{key: _build(hints[key], item) for key, item in value.items()})
    if kind is date:
        return date.fromisoformat(value)
    return value
