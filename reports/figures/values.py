"""The figures of a quarter, as frozen dataclasses. Pages, API and briefs read these and nothing else.

Counts are of whole things. A rate is kept as its numerators and denominator, never as a percentage: rates are added
by adding these parts, and percentages are never averaged.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from reports.canonical import OPTIONAL
from tasks.values import BACKFILLED, UNLED, Period, Ratio


@dataclass(frozen=True)
class Lights:
    """How many tasks show each light; `unverified` of them are the agency's own word, not yet the office's."""

    green: int = 0
    yellow: int = 0
    red: int = 0
    blue: int = 0
    grey: int = 0
    unverified: int = 0
    unled: int = field(
        default=0, metadata=OPTIONAL
    )  # 无牵头: nobody leads, and the office has arranged nothing

    @property
    def total(self) -> int:
        return self.green + self.yellow + self.red + self.blue + self.grey + self.unled

    def __add__(self, other: "Lights") -> "Lights":
        return Lights(
            self.green + other.green,
            self.yellow + other.yellow,
            self.red + other.red,
            self.blue + other.blue,
            self.grey + other.grey,
            self.unverified + other.unverified,
            self.unled + other.unled,
        )


class Owed(Protocol):
    """What a rate counts: a Standing, or a task with its lead's submission."""

    @property
    def owed(self) -> bool: ...

    @property
    def reported(self) -> bool: ...

    @property
    def on_time(self) -> bool | None: ...


@dataclass(frozen=True)
class Rate:
    """Submissions: `due` are owed, `reported` of them came in, `on_time` of those by the moment they were due."""

    due: int = 0
    reported: int = 0
    on_time: int = 0

    @classmethod
    def of(cls, items: Iterable[Owed]) -> "Rate":
        """Counts the items. Of tasks that have ended nothing is owed."""
        due = reported = on_time = 0
        for item in items:
            if item.owed:
                due += 1
                reported += item.reported
                on_time += item.on_time is True
        return cls(due, reported, on_time)

    @property
    def missing(self) -> int:
        return self.due - self.reported

    @property
    def late(self) -> int:
        """Those that came in after the moment they were due."""
        return self.reported - self.on_time

    @property
    def reporting(self) -> Ratio:
        """报送率: how many of those owed came in."""
        return Ratio(self.reported, self.due)

    @property
    def punctuality(self) -> Ratio:
        """按时率: how many of those owed came in on time."""
        return Ratio(self.on_time, self.due)

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(self.due + other.due, self.reported + other.reported, self.on_time + other.on_time)


@dataclass(frozen=True)
class AgencyRef:
    """An agency under the name that it had on the quarter's last day."""

    id: int
    slug: str
    name: str
    kind: str


@dataclass(frozen=True)
class Narrative:
    """What the submission in force says in words: its fields that are `in_brief` (tasks.submissions.fields)."""

    done: str = ""
    no_progress: bool = False
    no_progress_reason: str = ""
    problems: tuple[tuple[str, str], ...] = ()  # (category's word, text)
    coordination: str = ""
    next_steps: str = ""
    elsewhere: bool = False
    decision_note: str = ""
    entered: bool = field(
        default=False, metadata=OPTIONAL
    )  # 代录: by the office, from the lead's sealed paper


@dataclass(frozen=True)
class TaskFigures:
    """One task in one quarter. `lead` is the first lead, whose submission consolidates. `light` is what counts: the verified light once the office decided, before that the
    reported one (`verified` False), grey when the lead submitted nothing, `unled` where nobody leads. Where
    the office has arranged that each agency reports by itself, it is the most serious of their lights; `collector` is
    the agency that consolidates without being a lead."""

    id: int
    ref: str
    code: str
    heading: str
    part: str
    group: int | None
    lead: AgencyRef | None
    light: str
    verified: bool
    reported_light: str  # "" when nothing was submitted, or when filed 另渠道
    verified_light: str  # "" before the office decided
    verification: str
    state: str  # missing, submitted, returned, accepted; closed 已销号, withdrawn 已撤销; unled 无牵头; backfilled 补录
    submission_id: int | None
    submitted_at: datetime | None  # first submission
    on_time: bool | None  # None when nothing was submitted
    version: int | None
    stale_quarter: Period | None  # for a missing one: the last quarter that was reported, and its light then
    stale_light: str
    co: Rate
    co_lights: Lights
    sectors: tuple[int, ...] = ()
    progress: int | None = None
    narrative: Narrative = field(default_factory=Narrative)
    joint_leads: tuple[AgencyRef, ...] = field(
        default=(), metadata=OPTIONAL
    )  # leads besides the first one, in the plan's order
    collector: AgencyRef | None = field(default=None, metadata=OPTIONAL)
    joint: Rate = field(default=Rate(), metadata=OPTIONAL)  # their submissions

    @property
    def leads(self) -> tuple[AgencyRef, ...]:
        """Every lead, the first one first."""
        return (self.lead, *self.joint_leads) if self.lead else self.joint_leads

    @property
    def lead_names(self) -> str:
        """The leads' names, the first one first; "" where nobody leads."""
        return "、".join(agency.name for agency in self.leads)

    @property
    def lead_rate(self) -> Rate:
        """The submissions that the task's leads owe."""
        return Rate.of([self]) + self.joint

    @property
    def is_filed(self) -> bool:
        """Whether the lead's submission of the quarter is there; a task that has ended owes none."""
        return self.version is not None and not self.has_ended and not self.is_backfilled

    @property
    def is_unled(self) -> bool:
        """Whether nobody leads the task and nothing is arranged."""
        return self.state == UNLED

    @property
    def owed(self) -> bool:
        """Whether a lead owes a submission on the task."""
        return self.lead is not None and not self.has_ended and not self.is_backfilled

    @property
    def reported(self) -> bool:
        """Whether the submission that a lead owes came in."""
        return self.owed and self.is_filed

    @property
    def is_backfilled(self) -> bool:
        """补录: it is what a ledger of the office says of the quarter."""
        return self.state == BACKFILLED

    @property
    def has_ended(self) -> bool:
        """已销号 or 已撤销."""
        return self.state in {"closed", "withdrawn"}


@dataclass(frozen=True)
class GroupFigures:
    number: int
    name: str
    lights: Lights
    lead: Rate
    co: Rate
    tasks: tuple[TaskFigures, ...]
    reported_lights: Lights = Lights()  # what the leads said, and
    verified_lights: Lights = Lights()  # what the office found, side by side; grey where there is no word


@dataclass(frozen=True)
class SectorFigures:
    """By links from task to sector: a task may count under two sectors, so these never add up to the plan."""

    number: int
    name: str
    lights: Lights
    task_refs: tuple[str, ...]
    reported_lights: Lights = Lights()
    verified_lights: Lights = Lights()


@dataclass(frozen=True)
class AgencyFigures:
    agency: AgencyRef
    lead: Rate
    co: Rate
    lights: Lights  # of the tasks that it leads
    co_lights: Lights  # of its own co-returns
    reported_lights: Lights = Lights()  # of the tasks that it leads: what it said,
    verified_lights: Lights = Lights()  # and what the office found


@dataclass(frozen=True)
class MissingReturn:
    agency: AgencyRef
    duty: str
    task_ref: str
    task_code: str
    task_heading: str
    days_late: int
    last_quarter: Period | None  # last quarter in which it did report


@dataclass(frozen=True)
class Change:
    """A task whose light differs from last quarter's."""

    task_ref: str
    task_code: str
    task_heading: str
    lead: AgencyRef | None
    before: str
    after: str
    kind: str  # worse, better, done, missing, back


@dataclass(frozen=True)
class TargetFigures:
    """A promise of the plan and, where it has a number, the latest figure that was accepted or filed for it."""

    order: int
    year: int | None
    text: str
    comparison: str
    value: Decimal | None
    unit: str
    indicator: str
    actual: Decimal | None  # a ratio's in per cent, worked out from its parts
    numerator: Decimal | None
    denominator: Decimal | None
    actual_quarter: Period | None
    verified: bool
    parts: int = 0  # returns of that quarter that gave the figure, of `parts_owed` that it was asked of
    parts_owed: int = 0
    # Which version of the figure it is (tasks.indicators.values.Stage); of several the least certain.
    stage: str = field(default="", metadata=OPTIONAL)
    binding: str = field(default="", metadata=OPTIONAL)  # 约束性 or 预期性 (tasks.indicators.values.Binding)
    # 年均增长 or 多年累计 (tasks.indicators.target_manner.Manner). `value` is then the level to which `rate` (per cent a
    # year) leads, or the total; `since` the year after which it counts.
    manner: str = field(default="", metadata=OPTIONAL)
    rate: Decimal | None = field(default=None, metadata=OPTIONAL)
    since: int | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True)
class PlanFigures:
    """All figures of one plan in one quarter, as known at a moment."""

    plan_slug: str
    plan_title: str
    doc_number: str
    quarter: Period
    as_at: date  # the quarter's last day
    known_at: datetime
    lights: Lights  # the 32 tasks
    safeguard_lights: Lights  # the 7 safeguards, never added to them
    lead: Rate
    co: Rate
    groups: tuple[GroupFigures, ...]
    safeguards: tuple[TaskFigures, ...]
    sectors: tuple[SectorFigures, ...]
    agencies: tuple[AgencyFigures, ...]
    missing: tuple[MissingReturn, ...]
    changes: tuple[Change, ...]
    targets: tuple[TargetFigures, ...]
    co_due: datetime | None = None
    lead_due: datetime | None = None
    reported_lights: Lights = Lights()  # of the 32 tasks
    verified_lights: Lights = Lights()
    within: tuple[str, ...] = ()  # what changed within the quarter, in words; only with the narrative

    @property
    def tasks(self) -> tuple[TaskFigures, ...]:
        """The 32 tasks in the plan's order, then the 7 safeguards."""
        return (*(task for group in self.groups for task in group.tasks), *self.safeguards)
