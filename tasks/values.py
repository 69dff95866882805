"""Value types that every package uses: the quarter, the ratio of two counts, the lights, and the printed words for them."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import total_ordering

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks import typed

_NUMERALS = "一二三四"


@total_ordering
@dataclass(frozen=True)
class Period:
    """A calendar quarter 季度, written 2016Q3. Stored as the number of quarters since the year 0 (`ordinal`).

    People can name those of 1900 to 2999. The class itself has those of all years of the calendar, so that the quarter
    before the first, or after the last, that can be named is no error.
    """

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1 <= self.number <= 4 and 1 <= self.year <= 9999):
            raise ValueError(
                _("“%(value)s”不是季度，请写成 2017Q1。") % {"value": f"{self.year}Q{self.number}"}
            )

    @classmethod
    def parse(cls, text: str) -> "Period":
        """`2017Q1`, 2017年第一季度 → Period. Raises ValueError with a sentence for the reader."""
        parts = typed.quarter_parts(text)
        if parts is None or not 1900 <= parts[0] <= 2999:
            raise ValueError(_("“%(value)s”不是季度，请写成 2017Q1。") % {"value": typed.visible(text)})
        return cls(*parts)

    @classmethod
    def of(cls, day: date) -> "Period":
        """The quarter that holds the day."""
        return cls(day.year, (day.month - 1) // 3 + 1)

    @classmethod
    def from_ordinal(cls, ordinal: int) -> "Period":
        """Inverse of `ordinal`."""
        return cls(ordinal // 4, ordinal % 4 + 1)

    @property
    def ordinal(self) -> int:
        """Quarters since the year 0: 2016Q3 is 8066."""
        return self.year * 4 + self.number - 1

    @property
    def first_day(self) -> date:
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def last_day(self) -> date:
        month = self.number * 3
        return date(self.year, month, 31 if month in {3, 12} else 30)

    @property
    def label(self) -> str:
        """2017年第一季度, for headings."""
        return _("%(year)d年第%(number)s季度") % {"year": self.year, "number": _NUMERALS[self.number - 1]}

    def within(self, valid: Container[int]) -> bool:
        """Whether the quarter lies in a range of ordinals, such as the `valid` of a stored row. A range without a lower
        or an upper bound goes on without end on that side; an empty one holds no quarter."""
        return self.ordinal in valid

    def __add__(self, quarters: int) -> "Period":
        return Period.from_ordinal(self.ordinal + quarters)

    def __sub__(self, quarters: int) -> "Period":
        return self + -quarters

    def __lt__(self, other: "Period") -> bool:
        return self.ordinal < other.ordinal

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @staticmethod
    def span(first: "Period", last: "Period") -> Iterator["Period"]:
        """Every quarter from first to last, both included."""
        return (Period.from_ordinal(n) for n in range(first.ordinal, last.ordinal + 1))


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
    """状态灯. Grey is what is shown for no report; nobody files it, so it is not a choice."""

    GREEN = "green", gettext_lazy("绿 正常")
    YELLOW = "yellow", gettext_lazy("黄 有风险")
    RED = "red", gettext_lazy("红 滞后")
    BLUE = "blue", gettext_lazy("蓝 已完成")


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
