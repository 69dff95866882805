"""Value types that every package uses: the period, the ratio of two counts, the lights, and the printed words for them."""

from calendar import monthrange
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import total_ordering

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks import typed
from tasks.wording import light_name

_NUMERALS = "一二三四"


class Rhythm(models.TextChoices):
    """How often a plan is reported on, which is the kind of its periods; the shortest first."""

    MONTH = "month", gettext_lazy("每月")
    # Many statistics have no January of their own: the first return of a year covers January and February.
    JOINED = "joined", gettext_lazy("每月，1—2月合为一期")
    QUARTER = "quarter", gettext_lazy("每季度")
    HALF = "half", gettext_lazy("每半年")
    YEAR = "year", gettext_lazy("每年")

    @property
    def per_year(self) -> int:
        """How many periods of the kind a year has."""
        return _PER_YEAR[self]

    @property
    def rank(self) -> int:
        """A closer rhythm has a lower rank; the two kinds of months have the same."""
        return _RANKS[self]

    @property
    def ordinals(self) -> tuple[int, int]:
        """Within which [first, end) the ordinals of its periods lie; those of different kinds never meet."""
        return _OFFSETS[self], _OFFSETS[self] + _SPACE

    @property
    def example(self) -> str:
        """A period of the kind as addresses and the API write it, and people may: `2017Q1`."""
        return _EXAMPLES[self]


_PER_YEAR = {Rhythm.MONTH: 12, Rhythm.JOINED: 11, Rhythm.QUARTER: 4, Rhythm.HALF: 2, Rhythm.YEAR: 1}
_RANKS = {Rhythm.MONTH: 0, Rhythm.JOINED: 0, Rhythm.QUARTER: 1, Rhythm.HALF: 2, Rhythm.YEAR: 3}
_EXAMPLES = {
    Rhythm.MONTH: "2017M03",
    Rhythm.JOINED: "2017M03-03",
    Rhythm.QUARTER: "2017Q1",
    Rhythm.HALF: "2017H1",
    Rhythm.YEAR: "2017",
}
# Ordinals of different kinds never meet: each kind counts from a multiple of a million. Quarters count from 0, as they
# did when there was no other kind, so that what is stored stays as it is.
_KINDS = (Rhythm.QUARTER, Rhythm.MONTH, Rhythm.JOINED, Rhythm.HALF, Rhythm.YEAR)
_SPACE = 1_000_000
_OFFSETS = {kind: place * _SPACE for place, kind in enumerate(_KINDS)}


@total_ordering
@dataclass(frozen=True)
class Period:
    """A period for which returns are filed: a quarter 季度, a month, two months, a half-year or a year.

    Written 2016Q3, 2017M03, 2017H1, 2017; of a plan that joins January and February, 2017M01-02 and 2017M03-03. Stored
    as its `ordinal`. Periods of one kind follow each other by +1; those of different kinds are ordered by their last
    day, the shorter one first.

    People can name those of 1900 to 2999. The class itself has those of all years of the calendar, so that the period
    before the first, or after the last, that can be named is no error.
    """

    year: int = field(compare=False)
    number: int = field(compare=False)
    kind: Rhythm = field(default=Rhythm.QUARTER, compare=False)
    ordinal: int = field(init=False, repr=False)  # periods of the kind since the year 0: 2016Q3 is 8066

    def __post_init__(self) -> None:
        per_year = _PER_YEAR[self.kind]
        if not (1 <= self.number <= per_year and 1 <= self.year <= 9999):
            raise ValueError(refusal(f"{self.year} {self.number}", self.kind))
        object.__setattr__(self, "ordinal", _OFFSETS[self.kind] + self.year * per_year + self.number - 1)

    @classmethod
    def parse(cls, text: str, kind: Rhythm | None = None) -> "Period":
        """`2017Q1`, 2017年第一季度, 2017年3月, 2017年上半年, 2017年度 → Period. Raises ValueError with a sentence for
        the reader for anything else, and for a period of another kind than `kind`."""
        parts = typed.period_parts(text)
        if parts is not None and kind == Rhythm.JOINED and parts[0] == Rhythm.MONTH:
            # A month of such a plan needs no second number, but January and February do.
            parts = (Rhythm.JOINED.value, parts[1], parts[2] - 1) if parts[2] > 2 else None
        if parts is None or not 1900 <= parts[1] <= 2999 or (kind is not None and parts[0] != kind):
            raise ValueError(refusal(text, kind))
        return cls(parts[1], parts[2], Rhythm(parts[0]))

    @classmethod
    def of(cls, day: date, kind: Rhythm = Rhythm.QUARTER) -> "Period":
        """The period of the kind that holds the day."""
        if kind == Rhythm.JOINED:
            return cls(day.year, max(day.month - 1, 1), kind)
        return cls(day.year, (day.month - 1) * _PER_YEAR[kind] // 12 + 1, kind)

    @classmethod
    def opening(cls, year: int, kind: Rhythm = Rhythm.QUARTER) -> "Period":
        """The first period of a year."""
        return cls(year, 1, kind)

    @classmethod
    def closing(cls, year: int, kind: Rhythm = Rhythm.QUARTER) -> "Period":
        """The last period of a year."""
        return cls(year, _PER_YEAR[kind], kind)

    @classmethod
    def from_ordinal(cls, ordinal: int) -> "Period":
        """Inverse of `ordinal`."""
        place, count = divmod(ordinal, _SPACE)
        if not 0 <= place < len(_KINDS):
            raise ValueError(refusal(str(ordinal), None))
        per_year = _PER_YEAR[_KINDS[place]]
        return cls(count // per_year, count % per_year + 1, _KINDS[place])

    @property
    def first_month(self) -> int:
        if self.kind == Rhythm.JOINED:
            return 1 if self.number == 1 else self.number + 1
        return (self.number - 1) * 12 // _PER_YEAR[self.kind] + 1

    @property
    def last_month(self) -> int:
        if self.kind == Rhythm.JOINED:
            return self.number + 1
        return self.number * 12 // _PER_YEAR[self.kind]

    @property
    def first_day(self) -> date:
        return date(self.year, self.first_month, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.last_month, monthrange(self.year, self.last_month)[1])

    @property
    def is_month(self) -> bool:
        """Whether it is a month, or January and February in one."""
        return self.kind.rank == Rhythm.MONTH.rank

    @property
    def is_first_of_year(self) -> bool:
        return self.number == 1

    @property
    def is_last_of_year(self) -> bool:
        return self.number == _PER_YEAR[self.kind]

    @property
    def ends_half_year(self) -> bool:
        """Whether its last month is June or December; `ENDS_HALF_YEAR_SQL` says the same of an ordinal."""
        return self.last_month in {6, 12}

    @property
    def label(self) -> str:
        """2017年第一季度, 2017年3月, 2017年1—2月, 2017年上半年, 2017年度, for headings."""
        match self.kind:
            case Rhythm.YEAR:
                return _("%(year)d年度") % {"year": self.year}
            case Rhythm.HALF:
                return (_("%(year)d年上半年") if self.number == 1 else _("%(year)d年下半年")) % {
                    "year": self.year
                }
            case Rhythm.QUARTER:
                words = {"year": self.year, "number": _NUMERALS[self.number - 1]}
                return _("%(year)d年第%(number)s季度") % words
        return _("%(year)d年%(months)s月") % {"year": self.year, "months": self._months}

    @property
    def short(self) -> str:
        """Q1, 3月, 1—2月, 上半年, 全年, beside a year."""
        match self.kind:
            case Rhythm.YEAR:
                return _("全年")
            case Rhythm.HALF:
                return _("上半年") if self.number == 1 else _("下半年")
            case Rhythm.QUARTER:
                return f"Q{self.number}"
        return _("%(months)s月") % {"months": self._months}

    @property
    def compact(self) -> str:
        """2017Q1, 2017年3月, 2017年上半年, 2017年, where there is little room."""
        match self.kind:
            case Rhythm.QUARTER:
                return str(self)
            case Rhythm.YEAR:
                return _("%(year)d年") % {"year": self.year}
        return self.label

    @property
    def _months(self) -> str:
        return "1—2" if self.first_month < self.last_month else str(self.last_month)

    def within(self, valid: Container[int]) -> bool:
        """Whether the period lies in a range of ordinals, such as the `valid` of a stored row. A range without a lower
        or an upper bound goes on without end on that side; an empty one holds no period. In a range of periods of another
        kind it lies if that one of its last day does."""
        lower, upper = getattr(valid, "lower", None), getattr(valid, "upper", None)
        bound = lower if lower is not None else upper
        if bound is None or (kind := _KINDS[bound // _SPACE]) is self.kind:
            return self.ordinal in valid
        return Period.of(self.last_day, kind).ordinal in valid

    def contains(self, other: "Period") -> bool:
        """Whether every day of the other one, of whatever kind, is a day of this one."""
        return self.first_day <= other.first_day and other.last_day <= self.last_day

    def parts(self, kind: Rhythm) -> list["Period"]:
        """The periods of a closer kind that lie in this one, the first one first; none where they do not fit."""
        first, last = Period.of(self.first_day, kind), Period.of(self.last_day, kind)
        return [one for one in Period.span(first, last) if self.contains(one)]

    def __add__(self, periods: int) -> "Period":
        per_year = _PER_YEAR[self.kind]
        count = self.ordinal - _OFFSETS[self.kind] + periods
        return Period(count // per_year, count % per_year + 1, self.kind)

    def __sub__(self, periods: int) -> "Period":
        return self + -periods

    def __lt__(self, other: "Period") -> bool:
        if self.kind is other.kind:
            return self.ordinal < other.ordinal
        return (self.last_day, _PER_YEAR[other.kind], self.ordinal) < (
            other.last_day,
            _PER_YEAR[self.kind],
            other.ordinal,
        )

    def __str__(self) -> str:
        match self.kind:
            case Rhythm.YEAR:
                return f"{self.year}"
            case Rhythm.HALF:
                return f"{self.year}H{self.number}"
            case Rhythm.QUARTER:
                return f"{self.year}Q{self.number}"
            case Rhythm.JOINED:
                return f"{self.year}M{self.first_month:02}-{self.last_month:02}"
        return f"{self.year}M{self.number:02}"

    @staticmethod
    def span(first: "Period", last: "Period") -> Iterator["Period"]:
        """Every period from first to last, both included."""
        if first.kind is not last.kind:
            raise ValueError(f"{first} and {last} are of different kinds")
        return (Period.from_ordinal(n) for n in range(first.ordinal, last.ordinal + 1))


def refusal(text: str, kind: Rhythm | None) -> str:
    """Why a text is no period (of the kind), and how one is written."""
    value = typed.visible(text)
    match kind:
        case None:
            return _(
                "“%(value)s”不是填报周期，请写成 2017Q1（季度）、2017M03（月）、2017H1（半年）或 2017（年）。"
            ) % {"value": value}
        case Rhythm.MONTH:
            return _("“%(value)s”不是月份，请写成 2017M03。") % {"value": value}
        case Rhythm.JOINED:
            return _("“%(value)s”不是这个方案的月份，请写成 2017M03-03；1—2月合为一期，写成 2017M01-02。") % {
                "value": value
            }
        case Rhythm.HALF:
            return _("“%(value)s”不是半年，请写成 2017H1（上半年）或 2017H2（下半年）。") % {"value": value}
        case Rhythm.YEAR:
            return _("“%(value)s”不是年度，请写成 2017。") % {"value": value}
    return _("“%(value)s”不是季度，请写成 2017Q1。") % {"value": value}


def ends_half_year_sql(ordinal: str) -> str:
    """SQL for `Period.ends_half_year` of an ordinal, with the signs of per cent doubled for a query with parameters."""
    ends = {
        kind: ", ".join(
            str(number - 1)
            for number in range(1, kind.per_year + 1)
            if Period(2000, number, kind).ends_half_year
        )
        for kind in _KINDS
    }
    cases = " ".join(
        f"WHEN {place} THEN {ordinal} %% {_SPACE} %% {kind.per_year} IN ({ends[kind]})"
        for place, kind in enumerate(_KINDS)
    )
    return f"(CASE {ordinal} / {_SPACE} {cases} END)"


Quarter = Period  # for migrations that have landed


@dataclass(frozen=True)
class Ratio:
    """A part of a whole, both counted: `numerator` of `denominator` things."""

    numerator: int
    denominator: int

    def __add__(self, other: "Ratio") -> "Ratio":
        return Ratio(self.numerator + other.numerator, self.denominator + other.denominator)

    @property
    def exact(self) -> Decimal | None:
        """The percentage without rounding, for drawing; None where the denominator is 0."""
        return Decimal(100) * self.numerator / self.denominator if self.denominator else None

    @property
    def percent(self) -> Decimal | None:
        """The percentage to one decimal, rounded half up; None where the denominator is 0.

        It is never 100.0 while something is missing, and never 0.0 while something is there.
        """
        if (exact := self.exact) is None:
            return None
        rounded = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
        if self.numerator < self.denominator:
            rounded = min(rounded, Decimal("99.9"))
        return max(rounded, Decimal("0.1")) if self.numerator else rounded


class Light(models.TextChoices):
    """状态灯, called as the plan's jurisdiction calls it. Grey is what is shown for no report; nobody files it, so it is
    not a choice."""

    GREEN = "green", light_name("green")
    YELLOW = "yellow", light_name("yellow")
    RED = "red", light_name("red")
    BLUE = "blue", light_name("blue")


GREY = "grey"
# 无牵头: of a task that nobody leads, until the office says how its submissions come together.
UNLED = "unled"
# 本期不报: nothing is required of the agency in the quarter.
EXEMPT = "exempt"
# 补录: the office took it from a ledger of the time before the plan was on the site. A state, never a light.
BACKFILLED = "backfilled"


class Role(models.TextChoices):
    """What a person may do. Business roles may be held together; an administrator holds nothing else (三员分立)."""

    REPORTER = "reporter", gettext_lazy("填报员")
    APPROVER = "approver", gettext_lazy("签批人")
    OFFICE = "office", gettext_lazy("领导小组办公室")
    SECOND_REVIEWER = "second_reviewer", gettext_lazy("复核人")
    LEADERSHIP = "leadership", gettext_lazy("领导小组")
    EXPERT = "expert", gettext_lazy("专家")
    VIEWER = "viewer", gettext_lazy("查阅")
    ACCOUNTS_ADMIN = "accounts_admin", gettext_lazy("系统管理员")
    RIGHTS_ADMIN = "rights_admin", gettext_lazy("安全保密管理员")
    AUDIT_ADMIN = "audit_admin", gettext_lazy("安全审计员")


ADMIN_ROLES = frozenset({Role.ACCOUNTS_ADMIN, Role.RIGHTS_ADMIN, Role.AUDIT_ADMIN})


class Duty(models.TextChoices):
    """How an agency is responsible for a task, as plans print it.

    A submission knows two of them alone: `lead` goes to the office, `co` to the task's first lead.
    """

    LEAD = "lead", gettext_lazy("牵头")
    CO = "co", gettext_lazy("配合")
    CARRY = "carry", gettext_lazy("落实")
    GUIDE = "guide", gettext_lazy("指导")
    JOIN = "join", gettext_lazy("参与")

    @classmethod
    def rank(cls, value: str) -> int:
        """The place in the order in which roles are listed; the strongest is 0. What is no role comes last."""
        return cls.values.index(value) if value in cls.values else len(cls.values)


def filing_word(role: str, duty: str) -> str:
    """What a submission of an agency with that role is called: 牵头汇总, 配合填报, 落实填报."""
    if duty == Duty.LEAD:
        return _("牵头汇总")
    return _("%(role)s填报") % {"role": Duty(role).label}


# The duties under which submissions are filed, with the words for them.
FILED_DUTIES = [(Duty.LEAD.value, Duty.LEAD.label), (Duty.CO.value, Duty.CO.label)]


class Basis(models.TextChoices):
    """How it is known that a mentioned agency leads: what the plan's text says of it, or a person
    who corrected the reading."""

    STATED = "stated", gettext_lazy("原文写明牵头")
    RULE = "rule", gettext_lazy("按原文的规则")
    COMMA = "comma", gettext_lazy("逗号前为牵头单位")
    SINGLE = "single", gettext_lazy("责任单位只有一家")
    PERSON = "person", gettext_lazy("导入时由人确定")


class Origin(models.TextChoices):
    """Where a stored fact comes from: the plan's own words, our inference from them, or elsewhere."""

    PLAN = "plan", gettext_lazy("方案原文")
    INFERRED = "inferred", gettext_lazy("据原文推断")
    OUTSIDE = "outside", gettext_lazy("非方案内容")
