"""考核得分 as frozen values and the arithmetic that anyone can repeat with a pencil. Pure; nothing here asks a database.

A score is the sum of its lines. Each line is written out in hundredths, rounded half up, and the total adds up what is
written, so that whoever repeats it line by line comes to the same.

- A **component** counts things (returns, lights, milestones …), each with an outcome, and the scheme says what an
  outcome is worth in per cent. The line is weight × sum of worths ÷ (number × 100): never an average of percentages,
  and so the same for an agency with 23 tasks and for one with a single one.
- A component of which an agency has nothing is not applicable; its weight is shared among the others in proportion.
- With less than half of the weight applicable there is no score: what is left would stand for the whole.
- Whoever is weighed by filing alone (on time, complete) has no place among the others.
- **Deductions and bonuses** are points for each event, each kind up to its own most.
- **Corrections** by hand are added as they were approved.
- The total lies between 0 and the scheme's ceiling.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.values import Period, Rhythm
from tasks.wording import light_name

CENT = Decimal("0.01")
WHOLE = Decimal(100)


class Component(models.TextChoices):
    """What is weighed. Self-assessment is none of them."""

    TIMELINESS = "timeliness", gettext_lazy("报送及时")
    COMPLETENESS = "completeness", gettext_lazy("报送完整")
    LIGHT = "light", gettext_lazy("核定灯")
    MILESTONES = "milestones", gettext_lazy("节点完成")
    TARGETS = "targets", gettext_lazy("目标进度")
    EVIDENCE = "evidence", gettext_lazy("佐证质量")
    SUPERVISION = "supervision", gettext_lazy("督办反馈")


class Grade(models.TextChoices):
    """佐证质量, as the office judged it."""

    GOOD = "good", gettext_lazy("优")
    FAIR = "fair", gettext_lazy("良")
    WEAK = "weak", gettext_lazy("中")
    POOR = "poor", gettext_lazy("差")


# What says that somebody reported, and nothing of what was done.
FILING = frozenset({Component.TIMELINESS, Component.COMPLETENESS})


# What can become of a thing that counts, the best first: a scheme may not hold a later one worth more than one before.
OUTCOMES: dict[str, tuple[tuple[str, Any], ...]] = {
    Component.TIMELINESS: (
        ("on_time", gettext_lazy("按时")),
        ("late", gettext_lazy("逾期补报")),
        ("missing", gettext_lazy("未报")),
    ),
    Component.COMPLETENESS: (("filed", gettext_lazy("已报")), ("missing", gettext_lazy("未报"))),
    Component.LIGHT: (
        ("blue", light_name("blue")),
        ("green", light_name("green")),
        ("yellow", light_name("yellow")),
        ("red", light_name("red")),
        ("missing", gettext_lazy("未报")),
    ),
    Component.MILESTONES: (
        ("on_time", gettext_lazy("按期完成")),
        ("late", gettext_lazy("逾期完成")),
        ("overdue", gettext_lazy("到期未完成")),
    ),
    Component.TARGETS: (
        ("on_path", gettext_lazy("按序时或超前")),
        ("slight", gettext_lazy("略滞后")),
        ("behind", gettext_lazy("滞后或未达")),
    ),
    Component.EVIDENCE: tuple((grade.value, grade.label) for grade in Grade),
    Component.SUPERVISION: (
        ("on_time", gettext_lazy("按期反馈")),
        ("late", gettext_lazy("逾期反馈")),
        ("overdue", gettext_lazy("逾期未反馈")),
    ),
}


class Mark(models.TextChoices):
    """Events that cost or earn points by themselves."""

    UNTRUE = "untrue", gettext_lazy("核实不实")
    PARTLY = "partly", gettext_lazy("核实部分属实")
    ESCALATED = "escalated", gettext_lazy("督办升级至领导小组")
    EARLY = "early", gettext_lazy("提前一季以上完成节点")
    DONE = "done", gettext_lazy("任务销号")


BONUSES = frozenset({Mark.EARLY, Mark.DONE})


@dataclass(frozen=True)
class ScoredPeriod:
    """What is scored: a period of the plan, or a year as the sum of its periods. Written 2017Q1 or 2017."""

    first: Period
    last: Period

    @classmethod
    def parse(cls, text: str, kind: Rhythm = Rhythm.QUARTER) -> "ScoredPeriod":
        """A period of that kind, or a year. Raises ValueError with a sentence for the reader."""
        if len(text) == 4 and text.isascii() and text.isdecimal() and 1900 <= int(text) <= 2999:
            return cls.of_year(int(text), kind)
        period = Period.parse(text, kind)
        return cls(period, period)

    @classmethod
    def of_year(cls, year: int, kind: Rhythm) -> "ScoredPeriod":
        return cls(Period.opening(year, kind), Period.closing(year, kind))

    @property
    def is_year(self) -> bool:
        return self.first != self.last or self.last.kind is Rhythm.YEAR

    @property
    def label(self) -> str:
        """2017年第一季度 or 2017年度."""
        return _("%(year)d年度") % {"year": self.last.year} if self.is_year else self.last.label

    @property
    def first_day(self) -> date:
        return self.first.first_day

    @property
    def last_day(self) -> date:
        return self.last.last_day

    def __str__(self) -> str:
        return str(self.last.year) if self.is_year else str(self.last)


@dataclass(frozen=True)
class Worth:
    """What one outcome is worth, in per cent of the thing."""

    outcome: str
    percent: Decimal


@dataclass(frozen=True)
class Weighing:
    """A component as a scheme holds it."""

    component: str
    weight: Decimal
    worths: tuple[Worth, ...]

    def worth(self, outcome: str) -> Decimal:
        return next(one.percent for one in self.worths if one.outcome == outcome)


@dataclass(frozen=True)
class Marking:
    """Points for each event of a kind, and at most so many in a period."""

    mark: str
    points: Decimal
    most: Decimal


@dataclass(frozen=True)
class Content:
    """A scheme, whole. Weights add up to 100."""

    weighings: tuple[Weighing, ...]
    markings: tuple[Marking, ...]
    ceiling: Decimal
    correction_most: Decimal  # of all corrections to one score, up or down
    appeal_days: int  # working days after the announcement
    publish_ranking: bool = False

    def weighing(self, component: str) -> Weighing | None:
        return next((one for one in self.weighings if one.component == component), None)

    def marking(self, mark: str) -> Marking | None:
        return next((one for one in self.markings if one.mark == mark), None)


def content_of(stored: Mapping[str, Any]) -> Content:
    """From JSON, as `reports.canonical.plain` wrote it."""
    return Content(
        weighings=tuple(
            Weighing(
                one["component"],
                Decimal(one["weight"]),
                tuple(Worth(worth["outcome"], Decimal(worth["percent"])) for worth in one["worths"]),
            )
            for one in stored["weighings"]
        ),
        markings=tuple(
            Marking(one["mark"], Decimal(one["points"]), Decimal(one["most"])) for one in stored["markings"]
        ),
        ceiling=Decimal(stored["ceiling"]),
        correction_most=Decimal(stored["correction_most"]),
        appeal_days=int(stored["appeal_days"]),
        publish_ranking=bool(stored["publish_ranking"]),
    )


@dataclass(frozen=True)
class Thing:
    """One thing that counts, or that cannot be counted yet (`outcome` "")."""

    quarter: Period
    what: str  # the task's code, a milestone's words, a notice's number
    outcome: str
    task_ref: str = ""
    return_id: int | None = None


@dataclass(frozen=True)
class Happened:
    """An event that costs or earns points."""

    quarter: Period
    what: str
    task_ref: str = ""


@dataclass(frozen=True)
class Facts:
    """All that a scheme weighs of one agency in one period; the same whichever scheme weighs it."""

    things: Mapping[str, tuple[Thing, ...]]
    events: Mapping[str, tuple[Happened, ...]]


@dataclass(frozen=True)
class Count:
    """So many things with one outcome, at so many per cent each."""

    outcome: str
    label: str
    count: int
    percent: Decimal

    @property
    def product(self) -> Decimal:
        return self.count * self.percent


@dataclass(frozen=True)
class Line:
    """One component: `points` = `weight` × `gained` ÷ (`number` × 100). Not applicable with a number of 0."""

    component: str
    label: str
    printed: Decimal  # the scheme's weight
    weight: Decimal  # after those that do not apply were shared out
    counts: tuple[Count, ...]
    number: int
    gained: Decimal
    points: Decimal
    open: int  # cannot be counted yet, and are not
    things: tuple[Thing, ...]

    @property
    def applies(self) -> bool:
        return self.number > 0


@dataclass(frozen=True)
class MarkLine:
    """A deduction or bonus: count × points each, at most `most`; `points` carries its sign."""

    mark: str
    label: str
    count: int
    each: Decimal
    most: Decimal
    points: Decimal
    events: tuple[Happened, ...]


@dataclass(frozen=True)
class CorrectionLine:
    """What was corrected by hand, with its reason and the two who stand for it."""

    id: int
    points: Decimal
    reason: str
    proposed_by: str
    decided_by: str


@dataclass(frozen=True)
class Calculation:
    """A score with everything that it is made of."""

    lines: tuple[Line, ...]
    marks: tuple[MarkLine, ...]
    corrections: tuple[CorrectionLine, ...]
    subtotal: Decimal  # of the components
    raw: Decimal  # before floor and ceiling
    ceiling: Decimal
    total: Decimal | None  # None: less than half of the weight can be weighed

    @property
    def weighs_something(self) -> bool:
        return any(line.applies for line in self.lines)

    @property
    def by_filing_alone(self) -> bool:
        """Whether nothing but filing was weighed: such a score is compared with none."""
        return all(line.component in FILING for line in self.lines if line.applies)

    @property
    def marked(self) -> Decimal:
        """Bonuses less deductions."""
        return sum((line.points for line in self.marks), Decimal(0))

    @property
    def corrected(self) -> Decimal:
        return sum((line.points for line in self.corrections), Decimal(0))


def calculate(content: Content, facts: Facts, corrections: Sequence[CorrectionLine] = ()) -> Calculation:
    """The score by the scheme."""
    counted = [
        (weighing, *_counted(weighing, facts.things.get(weighing.component, ())))
        for component in Component.values
        if (weighing := content.weighing(component)) is not None and weighing.weight > 0
    ]
    shares = share_out([weighing.weight if number else Decimal(0) for weighing, _c, number, _o in counted])
    lines = tuple(
        _line(weighing, share, counts, number, left, facts.things.get(weighing.component, ()))
        for (weighing, counts, number, left), share in zip(counted, shares, strict=True)
    )
    marks = tuple(
        line
        for mark in Mark.values
        if (marking := content.marking(mark)) is not None
        and (line := _marked(marking, facts.events.get(mark, ()))).count
    )
    subtotal = sum((line.points for line in lines), Decimal(0))
    raw = (
        subtotal
        + sum((line.points for line in marks), Decimal(0))
        + sum((line.points for line in corrections), Decimal(0))
    )
    return Calculation(
        lines=lines,
        marks=marks,
        corrections=tuple(corrections),
        subtotal=subtotal,
        raw=raw,
        ceiling=content.ceiling,
        total=min(max(raw, Decimal(0)), content.ceiling) if is_enough(lines) else None,
    )


def is_enough(lines: Iterable[Line]) -> bool:
    """Whether at least half of the scheme's weight is that of components that apply."""
    weights = [(line.printed, line.applies) for line in lines]
    applicable = sum((weight for weight, applies in weights if applies), Decimal(0))
    return applicable > 0 and 2 * applicable >= sum((weight for weight, _applies in weights), Decimal(0))


def share_out(weights: Sequence[Decimal]) -> list[Decimal]:
    """The weights in proportion so that they add up to 100 exactly, in hundredths; what rounding leaves over goes to
    those that lost most by it, the first of equals. All zero stays zero."""
    whole = sum(weights, Decimal(0))
    if not whole:
        return [Decimal(0)] * len(weights)
    exact = [weight * WHOLE / whole for weight in weights]
    shares = [one.quantize(CENT, ROUND_DOWN) for one in exact]
    left = int((WHOLE - sum(shares)) / CENT)
    for place in sorted(range(len(weights)), key=lambda n: (shares[n] - exact[n], n))[:left]:
        shares[place] += CENT
    return shares


def _counted(weighing: Weighing, things: Iterable[Thing]) -> tuple[tuple[Count, ...], int, int]:
    found = dict.fromkeys((outcome for outcome, _label in OUTCOMES[weighing.component]), 0)
    left = 0
    for thing in things:
        if thing.outcome:
            found[thing.outcome] += 1
        else:
            left += 1
    counts = tuple(
        Count(outcome, str(label), found[outcome], weighing.worth(outcome))
        for outcome, label in OUTCOMES[weighing.component]
    )
    return counts, sum(found.values()), left


def _line(
    weighing: Weighing,
    share: Decimal,
    counts: tuple[Count, ...],
    number: int,
    left: int,
    things: tuple[Thing, ...],
) -> Line:
    gained = sum((one.product for one in counts), Decimal(0))
    points = (share * gained / (number * WHOLE)).quantize(CENT, ROUND_HALF_UP) if number else Decimal("0.00")
    return Line(
        component=weighing.component,
        label=str(Component(weighing.component).label),
        printed=weighing.weight,
        weight=share,
        counts=counts,
        number=number,
        gained=gained,
        points=points,
        open=left,
        things=things,
    )


def _marked(marking: Marking, events: tuple[Happened, ...]) -> MarkLine:
    points = min(len(events) * marking.points, marking.most).quantize(CENT, ROUND_HALF_UP)
    return MarkLine(
        mark=marking.mark,
        label=str(Mark(marking.mark).label),
        count=len(events),
        each=marking.points,
        most=marking.most,
        points=points if marking.mark in BONUSES else -points,
        events=events,
    )


# -- ranking ------------------------------------------------------------------------------------------------


# Within these alone; party organs, central agencies and enterprises answer to somebody else and are never ranked.
RANKED = ("department", "government", "zone")


def ranks(totals: Mapping[int, Decimal | None]) -> dict[int, int]:
    """{agency: its place} among those given; equal scores share a place, and the place after them is left out."""
    scored = {body: total for body, total in totals.items() if total is not None}
    return {body: 1 + sum(other > total for other in scored.values()) for body, total in scored.items()}
