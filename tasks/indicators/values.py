"""What a figure is, and how figures are put together: over bodies, and over quarters. Nothing here asks a database.

A percentage is never averaged and never added: a ratio keeps its numerator and denominator to the end. Zero is a
value; a blank is none, and whoever left it is named.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.values import Quarter

# -- what an indicator is -----------------------------------------------------------------------------------


class IndicatorKind(models.TextChoices):
    """What a figure looks like."""

    COUNT = "count", _("个数")
    AMOUNT = "amount", _("数额")
    RATIO = "ratio", _("比率")
    YES_NO = "yes_no", _("是否")
    QUALITATIVE = "qualitative", _("定性")


class Flow(models.TextChoices):
    """Whether a figure speaks of the quarter alone, or of all up to its end."""

    FLOW = "flow", _("当季")
    STOCK = "stock", _("累计")


class Better(models.TextChoices):
    MORE = "more", _("越大越好")
    LESS = "less", _("越小越好")


class Across(models.TextChoices):
    """How one quarter's figures of several bodies become one."""

    SUM = "sum", _("各单位之和")
    RATIO = "ratio", _("分子之和除以分母之和")
    LATEST = "latest", _("最后报来的")
    MAXIMUM = "maximum", _("各单位最大")
    LEAD = "lead", _("以牵头单位所报为准")


class OverTime(models.TextChoices):
    """How the quarters' figures become the one that stands at a quarter's end."""

    LATEST = "latest", _("最近一季")
    YEAR = "year", _("本年各季合计")
    ALL = "all", _("方案施行以来各季合计")
    MAXIMUM = "maximum", _("各季最大")


class Frequency(models.TextChoices):
    QUARTERLY = "quarterly", _("每季")
    YEARLY = "yearly", _("每年")


class Comparison(models.TextChoices):
    """How a promise compares with its value."""

    REACH = "reach", _("达到")
    AT_LEAST = "at_least", _("不低于")
    ABOUT = "about", _("左右")
    WITHIN = "within", _("以内")


ACROSS: dict[str, tuple[Across, ...]] = {
    IndicatorKind.COUNT: (Across.SUM, Across.LATEST, Across.MAXIMUM, Across.LEAD),
    IndicatorKind.AMOUNT: (Across.SUM, Across.LATEST, Across.MAXIMUM, Across.LEAD),
    IndicatorKind.RATIO: (Across.RATIO, Across.LATEST, Across.MAXIMUM, Across.LEAD),
    IndicatorKind.YES_NO: (Across.MAXIMUM, Across.LATEST, Across.LEAD),
    IndicatorKind.QUALITATIVE: (Across.LATEST, Across.LEAD),
}
"""The rules that fit each kind, the usual one first."""

SUMMED = frozenset({OverTime.YEAR, OverTime.ALL})


def over_time_for(kind: str, flow: str) -> tuple[OverTime, ...]:
    """The rules over time that fit: what is cumulative already, or no quantity, is never added up again."""
    if kind == IndicatorKind.QUALITATIVE:
        return (OverTime.LATEST,)
    if kind == IndicatorKind.YES_NO or flow == Flow.STOCK:
        return (OverTime.LATEST, OverTime.MAXIMUM)
    return (OverTime.LATEST, OverTime.YEAR, OverTime.ALL, OverTime.MAXIMUM)


def scale_of(unit: str) -> int:
    """What a ratio is multiplied by to stand in its unit: 100 for per cent (also where no unit is given)."""
    return {"": 100, "%": 100, "％": 100, "‰": 1000}.get(unit.strip(), 1)


# -- figures ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FigureValue:
    """A figure as read: `value`, or both parts of a ratio, or a text. Yes is 1 and no is 0."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    reason: str = ""
    text: str = ""
    preliminary: bool = False

    @property
    def quotient(self) -> Decimal | None:
        """The ratio as a plain number; None without parts, or with nothing to divide by."""
        return quotient(self.numerator, self.denominator)

    @property
    def is_blank(self) -> bool:
        return self.value is None and self.numerator is None and not self.text


BLANK = FigureValue()


def quotient(numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
    """Numerator over denominator; None where one is missing or there is nothing to divide by."""
    return None if numerator is None or not denominator else numerator / denominator


@dataclass(frozen=True)
class Given:
    """What one member (a body, a task, a quarter) gave, or None for nothing. `at` says which part is the later;
    `due` is False for what is not published yet, which nobody is late with."""

    who: Hashable
    figure: FigureValue | None
    at: Any = 0
    verified: bool = True
    due: bool = True

    @property
    def is_blank(self) -> bool:
        return self.figure is None or self.figure.is_blank


@dataclass(frozen=True)
class Combined:
    """Several parts as one figure, and what it is made of: `members` gave it, `missing` should have, `pending` (尚未发布)
    will."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    text: str = ""
    members: tuple[Hashable, ...] = ()
    missing: tuple[Hashable, ...] = ()
    pending: tuple[Hashable, ...] = ()
    source: Hashable = None  # whose the figure is, where the rule picks one of them
    preliminary: bool = False
    verified: bool = False  # every part is there and verified
    stated: bool = False  # it is the lead's own word, and
    reason: str = ""  # why that differs from
    computed: "Combined | None" = field(default=None, compare=False)  # what the rule gives

    @property
    def is_blank(self) -> bool:
        return self.value is None and self.numerator is None and not self.text

    @property
    def owed(self) -> int:
        """Of how many parts, pending ones too: n of m."""
        return len(self.members) + len(self.missing) + len(self.pending)

    @property
    def quotient(self) -> Decimal | None:
        """The ratio as a plain number; None where there is nothing to divide by."""
        return quotient(self.numerator, self.denominator)

    def same_figure(self, other: "Combined | FigureValue") -> bool:
        """Whether both say the same, however they came to it: what a lead states is then no override."""
        return (self.value, self.numerator, self.denominator, self.text) == (
            other.value,
            other.numerator,
            other.denominator,
            other.text,
        )

    def as_part(self, who: Hashable, at: Any = 0) -> Given:
        """As a part of something larger."""
        given = FigureValue(
            self.value, self.numerator, self.denominator, self.reason, self.text, self.preliminary
        )
        return Given(who, given, at, self.verified, due=not self.pending)


# -- putting together ---------------------------------------------------------------------------------------


def combine(rule: str, parts: Sequence[Given], *, stated: Given | None = None) -> Combined:
    """One figure out of several bodies' parts of one quarter, by the indicator's rule `across`.

    A sum adds what there is and names who is missing, and so does a ratio with its two parts; a denominator of zero
    gives no ratio, while both sums still show. The largest ratio is the one with the largest quotient. `stated` is
    the lead's own figure. Under the rule `lead` there is no other; under any other rule it stands in the place of the
    computed one, which stays beside it (whoever writes it is asked for the reason: tasks.indicators.reading).
    """
    if rule == Across.LEAD:
        return _taken([stated] if stated else [], _chosen(stated) if stated else Combined(), stated=True)
    computed = _taken(parts, _computed(rule, [part for part in parts if not part.is_blank]))
    if stated is None or stated.figure is None or stated.is_blank:
        return computed
    return replace(
        _chosen(stated),
        members=computed.members,
        missing=computed.missing,
        pending=computed.pending,
        verified=stated.verified,
        stated=True,
        reason=stated.figure.reason,
        computed=computed,
    )


def _taken(parts: Sequence[Given], figure: Combined, *, stated: bool = False) -> Combined:
    """The figure with the names of those who gave a part of it, and of those who did not."""
    blank = [part for part in parts if part.is_blank]
    given = [part for part in parts if not part.is_blank]
    return replace(
        figure,
        members=tuple(part.who for part in given),
        missing=tuple(part.who for part in blank if part.due),
        pending=tuple(part.who for part in blank if not part.due),
        verified=bool(given) and not blank and all(part.verified for part in given),
        stated=stated and bool(given),
    )


def _computed(rule: str, given: Sequence[Given]) -> Combined:
    if not given:
        return Combined()
    if rule in {Across.SUM, Across.RATIO}:
        figures = [part.figure for part in given if part.figure is not None]
        return Combined(
            value=_sum(figure.value for figure in figures),
            numerator=_sum(figure.numerator for figure in figures),
            denominator=_sum(figure.denominator for figure in figures),
            preliminary=any(figure.preliminary for figure in figures),
        )
    return _chosen(max(given, key=_size) if rule == Across.MAXIMUM else max(given, key=lambda part: part.at))


def _chosen(part: Given) -> Combined:
    """One part as the figure of all."""
    figure = part.figure or BLANK
    return Combined(
        figure.value,
        figure.numerator,
        figure.denominator,
        figure.text,
        source=part.who,
        preliminary=figure.preliminary,
    )


def _sum(numbers: Iterable[Decimal | None]) -> Decimal | None:
    there = [number for number in numbers if number is not None]
    return sum(there, Decimal(0)) if there else None


def _size(part: Given) -> tuple[bool, Decimal, Any]:
    """For the largest: one without a size (a ratio over zero) only where there is no other; the later of equals."""
    figure = part.figure or BLANK
    size = figure.value if figure.value is not None else figure.quotient
    return size is not None, size if size is not None else Decimal(0), part.at


def combine_over_time(rule: str, quarters: Mapping[Quarter, Combined]) -> tuple[Combined, Quarter | None]:
    """The figure that stands at the end of the last of the quarters, and of which quarter it is (None while there is
    none). `quarters` are those of which the figure is asked, up to the one in question.

    The latest is the last quarter whose parts are all there and verified; while there is none, the last with any
    part. A year's sum is that of the year of the last quarter with any part, up to that quarter. Members, missing and
    pending are pairs (quarter, member) of the quarters that the figure is made of; while there is none, of the last one.
    """
    series = sorted(quarters.items())
    filled = [quarter for quarter, one in series if not one.is_blank]
    if not filled:
        return _named(Combined(), series[-1:]), None
    last = filled[-1]
    if rule == OverTime.LATEST:
        last = max(filled, key=lambda quarter: (quarters[quarter].verified, quarter))
        return _named(quarters[last], [(last, quarters[last])]), last
    within = [
        (quarter, one)
        for quarter, one in series
        if quarter <= last and (rule != OverTime.YEAR or quarter.year == last.year)
    ]
    if rule == OverTime.MAXIMUM:
        largest = max(
            (one.as_part(quarter, quarter) for quarter, one in within if not one.is_blank), key=_size
        )
        assert isinstance(largest.who, Quarter)
        return _named(quarters[largest.who], within), largest.who
    put = combine(Across.SUM, [one.as_part(quarter, quarter) for quarter, one in within])
    return _named(replace(put, verified=all(one.verified for _quarter, one in within)), within), last


def _named(figure: Combined, quarters: Sequence[tuple[Quarter, Combined]]) -> Combined:
    """The figure with all who gave or did not give a part of it, each with the quarter."""

    def pairs(name: str) -> tuple[Hashable, ...]:
        return tuple((quarter, who) for quarter, one in quarters for who in getattr(one, name))

    return replace(figure, members=pairs("members"), missing=pairs("missing"), pending=pairs("pending"))
