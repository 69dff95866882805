"""The reader's result: frozen records of a plan's structure, each with its span in the text.

`start` and `end` are code points of the unnormalised text; `clean(text[start:end])` is the record's name.
`to_json` writes the records to structure.json, `from_json` reads them back unchanged.
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
    """A range of the text, `[start, end)`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters of `text` in this range, unnormalised."""
        return text[self.start : self.end]


@dataclass(frozen=True)
class Quote(Span):
    """A span that is a name; `name` is the quoted text after `names.clean`."""

    name: str


@dataclass(frozen=True)
class Day(Span):
    """A date that the text states; `inferred` names the part that the text omits (`year`)."""

    day: date
    inferred: str = ""


@dataclass(frozen=True)
class Head:
    """Number, titles, issuer and dates, from the text before the first heading and after the last."""

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
    """一、二、三…: `kind` is aims, sectors, tasks or safeguards, derived from the part's structure, not from its name."""

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
    """重大项目. Where the text abridges a name (二期), `inferred` is the full name and how it was derived."""

    name: str
    quote: Quote
    sector: int | None
    inferred: str = ""


@dataclass(frozen=True)
class Mention:
    """An agency in a responsibility bracket. `suffix` is the suffix (管委会) that it shares with a later name."""

    quote: Quote
    duty: str
    suffix: str = ""


@dataclass(frozen=True)
class Task:
    """任务 or 保障措施. `body` is the text of the task without its heading and bracket."""

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
    """A name as the brackets print it, at its first occurrence; `collective` if the wording names several agencies."""

    quote: Quote
    suffix: str
    collective: bool


@dataclass(frozen=True)
class Target:
    """A promise for a year, or without a year (then `task` or `sector` is where the text states it).

    `comparison` is the printed word (达到, 左右 …); `threshold` is an amount that only says which things are
    counted (过亿元) and is no value.
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
    """产业基地 of one city and one level; `count` is the number that the text prints for them."""

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
    """A task's text mentions the subject of a sector, or of one of its directions."""

    task: str
    sector: int
    direction: int | None
    quote: Quote
    matter: str


@dataclass(frozen=True)
class Note(Span):
    """An inconsistency for a person to check; `detail` gives the figures or names."""

    kind: str
    detail: str


@dataclass(frozen=True)
class Structure:
    """The structure of one plan: the result of `reading.reader.read`."""

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
    """JSON with each small record on a line of its own, so that people can read the file and its diffs."""
    return _write(_plain(structure), 0) + "\n"


def from_json(written: str) -> Structure:
    """Inverse of `to_json`. Raises ValueError, TypeError or KeyError on anything else."""
    structure: Structure = _build(Structure, json.loads(written))
    return structure


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        # Declared order, except that start and end come after the name, which is easier to read.
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
