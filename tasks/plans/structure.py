"""The reader's result: frozen records of a plan's structure, each with its span in the text.

`start` and `end` are code points of the unnormalised text; `clean(text[start:end])` is the record's name.
`to_json` writes the records to structure.json, `from_json` reads them back unchanged. A sparse field
is written only where it differs from its default, so that files written before the field existed stay as they are.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from django.utils.translation import gettext, gettext_lazy

T = TypeVar("T")


# Metadata of a field that `to_json` leaves out where it has its default value.
_SPARSE = {"sparse": True}


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
    """A date that the text states; `inferred` names what the text leaves to be inferred: `year`, `term` (有效期5年) or
    `issued` (自发布之日起施行)."""

    day: date
    inferred: str = ""


@dataclass(frozen=True)
class Deadline(Quote):
    """完成时限 of a task. `day` is its last day, None where the words give none (长期坚持, 持续推进).

    `inferred` is `year` where the text omits the year and the document's is meant (6月底前).
    """

    day: date | None = None
    inferred: str = ""


@dataclass(frozen=True)
class Head:
    """Number, titles, issuers and dates, from the text before the first heading and after the last.

    `issuer` is the first issuer, `other_issuers` are those that sign beside it. What is not printed is None.
    """

    title: Quote
    notice_title: Quote
    doc_number: Quote | None
    issuer: Quote | None
    passed_on: Day | None
    issued_on: Day | None
    in_force_from: Day | None
    in_force_to: Day | None
    interpreter: Quote | None
    other_issuers: tuple[Quote, ...] = field(default=(), metadata=_SPARSE)

    @property
    def issuers(self) -> tuple[Quote, ...]:
        """All issuers in printed order."""
        return ((self.issuer,) if self.issuer else ()) + self.other_issuers


@dataclass(frozen=True)
class Part:
    """一、二、三…: `kind` is aims, sectors, tasks, safeguards or other (an annex without tasks)."""

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
    """An agency that the plan makes responsible for a task.

    `duty` is lead (牵头), co (配合, and responsible without a rank), carry (落实), guide (指导) or join (参与).
    `basis` says how the duty is known: stated (牵头单位：…), rule (the document's 排序第一单位为牵头单位), comma (逗号前为
    牵头单位), single (one agency alone 负责) or unranked: agencies that are responsible together while the plan says
    nowhere which of them leads; all of them are `co`, and the task has no lead.
    `suffix` is the suffix (管委会) that the name shares with a later one in the list.
    `full` is the whole name where the list prints only the part that differs (省商务厅、市场监管局; 甲市、乙市政府).
    `role` is the printed word for the duty where there is one (牵头单位, 按职责分工负责).
    `scope` says where the duty is printed: "" at the task itself, group (at a heading above it) or plan (以下各项均需…).
    """

    quote: Quote
    duty: str
    suffix: str = ""
    basis: str = field(default="rule", metadata=_SPARSE)
    full: str = field(default="", metadata=_SPARSE)
    role: str = field(default="", metadata=_SPARSE)
    scope: str = field(default="", metadata=_SPARSE)

    @property
    def name(self) -> str:
        """The agency's name: one agency has one name in a plan, in whichever list it stands."""
        return self.full or self.quote.name


@dataclass(frozen=True)
class Goal(Quote):
    """What a row of a table promises for a year (months 1 to 12) or for some months of it; `year` is 0 where none is said."""

    year: int
    first: int
    last: int


@dataclass(frozen=True)
class Task:
    """任务 or 保障措施. `body` is the text of the task without its heading and bracket.

    `bracket` is the last of its responsibility brackets, `other_brackets` are those before it in the text.
    `confidence` is high, middle (something was inferred) or low (something at the task was not understood).
    """

    ref: str
    code: str
    number: int
    heading: Quote
    body: Span
    bracket: Span | None
    mentions: tuple[Mention, ...]
    deadline: Deadline | None = field(default=None, metadata=_SPARSE)
    other_brackets: tuple[Span, ...] = field(default=(), metadata=_SPARSE)
    confidence: str = field(default="high", metadata=_SPARSE)
    goals: tuple[Goal, ...] = field(default=(), metadata=_SPARSE)


@dataclass(frozen=True)
class Group:
    """任务组. Numbers are unique in the plan: the printed ones, or the order where a printed number comes twice.

    `code` is the printed number with those above it (二(三)1), where `number` alone does not say it.
    `above` are the headings between the part and the group. A bracket at the group's own heading is in `bracket` and
    `mentions`; its duties are also those of the group's tasks that have no bracket (scope `group`).
    """

    number: int
    heading: Quote
    tasks: tuple[Task, ...]
    code: str = field(default="", metadata=_SPARSE)
    above: tuple[Quote, ...] = field(default=(), metadata=_SPARSE)
    bracket: Span | None = field(default=None, metadata=_SPARSE)
    mentions: tuple[Mention, ...] = field(default=(), metadata=_SPARSE)


@dataclass(frozen=True)
class Printed:
    """An agency that the plan names, at its first occurrence; `collective` if the wording names several agencies."""

    quote: Quote
    suffix: str
    collective: bool
    full: str = field(default="", metadata=_SPARSE)

    @property
    def name(self) -> str:
        """The agency's name, as in `Mention.name`."""
        return self.full or self.quote.name


@dataclass(frozen=True)
class Target:
    """A promise, for a year if the text gives one; `task` or `sector` is where the text states it, if not among the aims.

    `comparison` is the printed word (达到, 左右 …); `threshold` is an amount that only says which things are
    counted (过亿元) and is no value. A range (5至8家) has its upper end in `upper`. `manner` (年均增长, 多年累计) and `years` are
    what a person said; None: as the words say.
    """

    year: int | None
    quote: Quote
    value: int | float | None
    unit: str
    comparison: str
    threshold: str
    task: str = ""
    sector: int | None = None
    upper: int | float | None = field(default=None, metadata=_SPARSE)
    manner: str | None = field(default=None, metadata=_SPARSE)
    years: int | None = field(default=None, metadata=_SPARSE)


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


QUESTIONS = {
    "bracket": gettext_lazy(
        "“%(words)s”像是责任分工，但没有读成哪项任务的责任。请看它属于哪项任务、各单位是什么责任。"
    ),
    "number": gettext_lazy(
        "“%(words)s”像是标题编号，但与前后的编号接不上，没有作标题。请看它是不是一项任务。"
    ),
    "numbering": gettext_lazy("“%(words)s”的编号与前一项接不上，请核对原文是否缺项或重号。"),
    "idle": gettext_lazy("“%(words)s”下没有写责任单位，没有列为任务。需要跟踪的，请逐项添加。"),
    "name": gettext_lazy("“%(words)s”不像一个单位的名称，请核对这里有几个单位、各叫什么。"),
    "rule": gettext_lazy("方案按“%(words)s”指明牵头单位，文本里看不出字体，请对照原件逐项指定牵头单位。"),
    "person": gettext_lazy("“%(words)s”是个人，没有列为单位。需要的，请在单位的联系人中登记。"),
    "deadline": gettext_lazy("时限“%(words)s”没有读成日期，请填写完成日期，或标明长期。"),
    "no_bracket": gettext_lazy("任务“%(words)s”没有写责任单位，请指定；不需要的，可以留空。"),
    "group_bracket": gettext_lazy(
        "“%(words)s”写在上一级标题下，其下各项又各有责任单位。请看它是否也适用于各项。"
    ),
    "row": gettext_lazy(
        "任务表这一行（“%(words)s”）写了责任单位，却没有任务，没有列为任务。请补上或确认不用。"
    ),
    "table_row": gettext_lazy(
        "任务表里的“%(words)s”在正文中没有找到对应的任务。请看它属于哪项任务，或逐项添加。"
    ),
    "table_duties": gettext_lazy("正文与任务表写的责任单位不一致：%(words)s。请核对以哪个为准。"),
    "table_deadline": gettext_lazy("正文与任务表写的完成时限不一致：%(words)s。请核对以哪个为准。"),
    "no_agency": gettext_lazy("方案没有写责任单位，请在各项任务下指定。"),
}
# Where one of these is open, something that the plan prints is missing from the structure.
LOST = frozenset({"bracket", "number", "heading", "row", "table_row"})


@dataclass(frozen=True)
class Question(Span):
    """Something at this place that the reader did not understand, or is not sure of.

    `kind` is one of `QUESTIONS`, `words` is what is printed there.
    """

    kind: str
    words: str = ""

    @property
    def sentence(self) -> str:
        """The question as a sentence."""
        return str(QUESTIONS[self.kind]) % {"words": self.words}


@dataclass(frozen=True)
class Structure:
    """The structure of one plan: the result of `reading.reader.read`.

    `for_all` are the agencies that share every task after the place where the plan says so (以下各项均需…落实); each
    such task has them among its mentions, too, with scope `plan`.
    """

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
    for_all: tuple[Mention, ...] = field(default=(), metadata=_SPARSE)
    questions: tuple[Question, ...] = field(default=(), metadata=_SPARSE)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks of the groups, without the safeguards."""
        return tuple(task for group in self.groups for task in group.tasks)

    @property
    def all_tasks(self) -> tuple[Task, ...]:
        """The tasks, then the safeguards."""
        return (*self.tasks, *self.safeguards)

    @property
    def lost(self) -> tuple[Question, ...]:
        """The questions about something that the plan prints and the structure does not have."""
        return tuple(question for question in self.questions if question.kind in LOST)

    @property
    def summary(self) -> str:
        """What was read, as a sentence that begins with what was not."""
        read = gettext("读出 %(tasks)d 项任务、%(safeguards)d 项保障措施、%(agencies)d 个单位名称") % {
            "tasks": len(self.tasks),
            "safeguards": len(self.safeguards),
            "agencies": len(self.agencies),
        }
        if not self.all_tasks:
            return gettext("没有读出任何任务。请确认文件是方案正文；任务没有编号的，请逐项添加。")
        if self.lost:
            return gettext(
                "没有读全：有 %(lost)d 处没有用上，请先逐处核对。%(read)s，另有 %(others)d 处待核对。"
            ) % {
                "lost": len(self.lost),
                "read": read,
                "others": len(self.questions) - len(self.lost),
            }
        if self.questions:
            return gettext("%(read)s，有 %(others)d 处待核对。") % {
                "read": read,
                "others": len(self.questions),
            }
        return gettext("%(read)s，没有待核对之处。") % {"read": read}


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
        plain = {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
            if not (field.metadata.get("sparse") and getattr(value, field.name) == field.default)
        }
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


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _build(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        options = [option for option in get_args(kind) if option is not type(None)]
        return None if value is None else _build(options[0], value) if len(options) == 1 else value
    if origin is tuple:
        return tuple(_build(get_args(kind)[0], item) for item in value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        unknown = set(value) - set(hints)
        if unknown:
            raise ValueError(f"{kind!r}: {sorted(unknown)}")
        return kind(**{key: _build(hints[key], item) for key, item in value.items()})
    if kind is date:
        return date.fromisoformat(value)
    return value
