"""Value types of indicators and figures, and the rules that combine figures over agencies and quarters. No queries.

Percentages are never averaged or added: a ratio keeps its numerator and denominator to the end. Zero is a value;
a blank is none, and the result names the agencies that left it blank.
"""

from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.values import Period, Rhythm

# -- choices of indicators ----------------------------------------------------------------------------------


class IndicatorKind(models.TextChoices):
    """The kind of value that an indicator has."""

    COUNT = "count", _("个数")
    AMOUNT = "amount", _("数额")
    RATIO = "ratio", _("比率")
    GROWTH = "growth", _("同比增速")
    YES_NO = "yes_no", _("是否")
    QUALITATIVE = "qualitative", _("定性")


class Flow(models.TextChoices):
    """Whether a figure covers the quarter alone, its year up to its end (1—6月), or everything up to its end."""

    FLOW = "flow", _("当季")
    YEAR = "year", _("本年累计")
    STOCK = "stock", _("累计")


class Better(models.TextChoices):
    MORE = "more", _("越大越好")
    LESS = "less", _("越小越好")


class Across(models.TextChoices):
    """The rule that combines one quarter's figures of several agencies."""

    SUM = "sum", _("各单位之和")
    RATIO = "ratio", _("分子之和除以分母之和")
    LATEST = "latest", _("最后报来的")
    MAXIMUM = "maximum", _("各单位最大")
    LEAD = "lead", _("以牵头单位所报为准")


class OverTime(models.TextChoices):
    """The rule that combines the figures of several quarters into the figure at a quarter's end."""

    LATEST = "latest", _("最近一季")
    YEAR = "year", _("本年各季合计")
    ALL = "all", _("方案施行以来各季合计")
    MAXIMUM = "maximum", _("各季最大")


class Frequency(models.TextChoices):
    QUARTERLY = "quarterly", _("每季")
    YEARLY = "yearly", _("每年")


class Comparison(models.TextChoices):
    """The comparison between a figure and the promised value."""

    REACH = "reach", _("达到")
    AT_LEAST = "at_least", _("不低于")
    ABOUT = "about", _("左右")
    WITHIN = "within", _("以内")


class Binding(models.TextChoices):
    """Whether a promise binds: as the plan prints it, or as the office says of a target that it gives an indicator."""

    BINDING = "binding", _("约束性")
    EXPECTED = "expected", _("预期性")


def binding_in(text: str) -> str:
    """The Binding that the words of a target name; "" where they name none or both."""
    named = [one for one in Binding if str(one.label) in text]
    return named[0].value if len(named) == 1 else ""


ACROSS: dict[str, tuple[Across, ...]] = {
    IndicatorKind.COUNT: (Across.SUM, Across.LATEST, Across.MAXIMUM, Across.LEAD),
    IndicatorKind.AMOUNT: (Across.SUM, Across.LATEST, Across.MAXIMUM, Across.LEAD),
    IndicatorKind.RATIO: (Across.RATIO, Across.LATEST, Across.MAXIMUM, Across.LEAD),
    # A growth is published with its basis: it is taken over, never computed and never summed.
    IndicatorKind.GROWTH: (Across.LEAD, Across.LATEST),
    IndicatorKind.YES_NO: (Across.MAXIMUM, Across.LATEST, Across.LEAD),
    IndicatorKind.QUALITATIVE: (Across.LATEST, Across.LEAD),
}
"""The rules that fit each kind, the usual one first."""

SUMMED = frozenset({OverTime.YEAR, OverTime.ALL})


def over_time_for(kind: str, flow: str) -> tuple[OverTime, ...]:
    """The applicable rules over time: a figure that is already cumulative, or no quantity, is never added up."""
    if kind in {IndicatorKind.QUALITATIVE, IndicatorKind.GROWTH} or flow == Flow.YEAR:
        return (OverTime.LATEST,)
    if kind == IndicatorKind.YES_NO or flow == Flow.STOCK:
        return (OverTime.LATEST, OverTime.MAXIMUM)
    return (OverTime.LATEST, OverTime.YEAR, OverTime.ALL, OverTime.MAXIMUM)


_SO_FAR = {3: _("一季度"), 6: _("上半年"), 9: _("前三季度"), 12: _("全年")}


def period_label(flow: str, quarter: Period) -> str:
    """What a figure of the quarter covers: 当季, 上半年（1—6月累计）, 累计."""
    if flow != Flow.YEAR:
        return str(Flow(flow).label)
    if quarter.last_month not in _SO_FAR or quarter.kind in {Rhythm.MONTH, Rhythm.JOINED}:
        return str(_("1—%(month)d月累计") if quarter.last_month > 1 else _("1月")) % {
            "month": quarter.last_month
        }
    return str(_("%(period)s（1—%(month)d月累计）")) % {
        "period": _SO_FAR[quarter.last_month],
        "month": quarter.last_month,
    }


def scale_of(unit: str) -> int:
    """The factor from a ratio to its unit: 100 for per cent, also without a unit."""
    return {"": 100, "%": 100, "％": 100, "‰": 1000}.get(unit.strip(), 1)


# -- figures ------------------------------------------------------------------------------------------------


class Stage(models.TextChoices):
    """版本: which of its successive values a figure is. Each later one is another row; the last one known stands."""

    ESTIMATE = "estimate", _("预计数")  # filed before the period has ended
    FLASH = "flash", _("快报数")
    PRELIMINARY = "preliminary", _("初步数")
    FINAL = "", _("正式数")
    AUDITED = "audited", _("年报核定数")


# The stages after which a later submission gives another value, the least certain first.
PROVISIONAL = (Stage.ESTIMATE, Stage.FLASH, Stage.PRELIMINARY)


@dataclass(frozen=True)
class FigureValue:
    """A parsed figure: `value`, or both parts of a ratio, or a text. Yes is 1 and no is 0."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    reason: str = ""
    text: str = ""
    preliminary: bool = False  # a later submission replaces it
    version: str = ""  # a Stage other than 初步数 and 正式数, which `preliminary` tells apart

    @property
    def stage(self) -> Stage:
        return stage_of(self.preliminary, self.version)

    @property
    def quotient(self) -> Decimal | None:
        """The ratio as a plain number; None without parts, or if the denominator is zero."""
        return quotient(self.numerator, self.denominator)

    @property
    def is_blank(self) -> bool:
        return self.value is None and self.numerator is None and not self.text


BLANK = FigureValue()


def stage_of(preliminary: bool, version: str) -> Stage:
    """The stage of a figure as it is stored."""
    return Stage(version or (Stage.PRELIMINARY if preliminary else Stage.FINAL))


def stored_stage(stage: str) -> tuple[bool, str]:
    """A stage as it is stored: (preliminary, version)."""
    return stage in PROVISIONAL, "" if stage == Stage.PRELIMINARY else stage


def least_certain(stages: Iterable[Stage]) -> Stage:
    """The stage of a figure that is made of several."""
    order = list(Stage)
    return min(stages, key=order.index, default=Stage.FINAL)


def stage_note(stage: str) -> str:
    """预计数, 快报数 …; "" for what needs no saying."""
    return "" if stage == Stage.FINAL else str(Stage(stage).label)


def quotient(numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
    """Numerator / denominator; None if one is missing or the denominator is zero."""
    return None if numerator is None or not denominator else numerator / denominator


@dataclass(frozen=True)
class Given:
    """The figure of one member (an agency, a task, a quarter), or None if it has none. `at` orders the parts in time;
    `due` is False for a figure that is not published yet and therefore not overdue."""

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
    """Several parts combined into one figure: `members` have a figure, `missing` have none although it is due,
    `pending` wait for publication (尚未发布)."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    text: str = ""
    members: tuple[Hashable, ...] = ()
    missing: tuple[Hashable, ...] = ()
    pending: tuple[Hashable, ...] = ()
    source: Hashable = None  # the member whose figure the rule has picked
    preliminary: bool = False
    version: str = ""  # as of FigureValue; of several parts the least certain
    verified: bool = False  # all parts are present and verified
    stated: bool = False  # the lead has stated the figure itself
    reason: str = ""  # why the stated figure differs from the computed one
    computed: "Combined | None" = field(default=None, compare=False)  # result of the rule

    @property
    def is_blank(self) -> bool:
        return self.value is None and self.numerator is None and not self.text

    @property
    def stage(self) -> Stage:
        return stage_of(self.preliminary, self.version)

    @property
    def owed(self) -> int:
        """The number of all parts, including pending ones: the m of “n of m”."""
        return len(self.members) + len(self.missing) + len(self.pending)

    @property
    def quotient(self) -> Decimal | None:
        """The ratio as a plain number; None if the denominator is zero."""
        return quotient(self.numerator, self.denominator)

    def same_figure(self, other: "Combined | FigureValue") -> bool:
        """Whether both figures are equal, whatever their origin: a lead's figure is then no override."""
        return (self.value, self.numerator, self.denominator, self.text) == (
            other.value,
            other.numerator,
            other.denominator,
            other.text,
        )

    def as_part(self, who: Hashable, at: Any = 0) -> Given:
        """This figure as a part of a larger combination."""
        figure = FigureValue(
            self.value,
            self.numerator,
            self.denominator,
            self.reason,
            self.text,
            self.preliminary,
            self.version,
        )
        return Given(who, figure, at, self.verified, due=not self.pending)


# -- combining figures ---------------------------------------------------------------------------------------


def combine(rule: str, parts: Sequence[Given], *, stated: Given | None = None) -> Combined:
    """Combines several agencies' parts of one quarter by the indicator's rule `across`.

    A sum adds the present parts and names the missing ones, and so does a ratio for both of its parts; a denominator
    of zero gives no ratio, but both sums are shown. The largest ratio is the one with the largest quotient. `stated`
    is the lead's own figure. Under the rule `lead` it is the only one; under any other rule it replaces the computed
    figure, which stays available in `computed` (a different figure needs a reason: tasks.indicators.reading).
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
    """The figure with its members, and with the missing and pending parts."""
    blank = [part for part in parts if part.is_blank]
    present = [part for part in parts if not part.is_blank]
    if not present:  # most quarters of most indicators: nothing was computed of them
        return Combined(
            missing=tuple(part.who for part in blank if part.due),
            pending=tuple(part.who for part in blank if not part.due),
        )
    return replace(
        figure,
        members=tuple(part.who for part in present),
        missing=tuple(part.who for part in blank if part.due),
        pending=tuple(part.who for part in blank if not part.due),
        verified=bool(present) and not blank and all(part.verified for part in present),
        stated=stated and bool(present),
    )


def _computed(rule: str, present: Sequence[Given]) -> Combined:
    if not present:
        return Combined()
    if rule in {Across.SUM, Across.RATIO}:
        figures = [part.figure for part in present if part.figure is not None]
        preliminary, version = stored_stage(least_certain(figure.stage for figure in figures))
        return Combined(
            value=_sum(figure.value for figure in figures),
            numerator=_sum(figure.numerator for figure in figures),
            denominator=_sum(figure.denominator for figure in figures),
            preliminary=preliminary,
            version=version,
        )
    return _chosen(
        max(present, key=_size) if rule == Across.MAXIMUM else max(present, key=lambda part: part.at)
    )


def _chosen(part: Given) -> Combined:
    """One part as the combined figure."""
    figure = part.figure or BLANK
    return Combined(
        figure.value,
        figure.numerator,
        figure.denominator,
        figure.text,
        source=part.who,
        preliminary=figure.preliminary,
        version=figure.version,
    )


def _sum(numbers: Iterable[Decimal | None]) -> Decimal | None:
    present = [number for number in numbers if number is not None]
    return sum(present, Decimal(0)) if present else None


def _size(part: Given) -> tuple[bool, Decimal, Any]:
    """Sort key for the largest part: parts without a size (a ratio over zero) come last; of equal parts the later
    wins."""
    figure = part.figure or BLANK
    size = figure.value if figure.value is not None else figure.quotient
    return size is not None, size if size is not None else Decimal(0), part.at


def combine_over_time(
    rule: str, quarters: Mapping[Period, Combined], *, flow: str = Flow.FLOW
) -> tuple[Combined, Period | None]:
    """The figure at the end of the last of the quarters, and the quarter that it is of (None if there is no figure).

    Of figures that cover the year so far (`flow`) the latest of the last year with any stands: a verified one of the
    year before is another year's.

    `quarters` are those that report the figure, up to the one in question. The rule `latest` takes the last quarter
    whose parts are all present and verified, or else the last with any part. A year's sum is that of the year of the
    last quarter with any part, up to that quarter. Members, missing and pending are pairs (quarter, member) of the
    quarters in the figure; without a figure, of the last quarter.
    """
    series = sorted(quarters.items())
    filled = [quarter for quarter, one in series if not one.is_blank]
    if not filled:
        return _named(Combined(), series[-1:]), None
    last = filled[-1]
    if rule == OverTime.LATEST:
        if flow == Flow.YEAR:
            filled = [quarter for quarter in filled if quarter.year == last.year]
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
        assert isinstance(largest.who, Period)
        return _named(quarters[largest.who], within), largest.who
    put = combine(Across.SUM, [one.as_part(quarter, quarter) for quarter, one in within])
    return _named(replace(put, verified=all(one.verified for _quarter, one in within)), within), last


def _named(figure: Combined, quarters: Sequence[tuple[Period, Combined]]) -> Combined:
    """The figure with the members, missing and pending parts of all quarters, each as (quarter, member)."""

    def pairs(name: str) -> tuple[Hashable, ...]:
        return tuple((quarter, who) for quarter, one in quarters for who in getattr(one, name))

    return replace(figure, members=pairs("members"), missing=pairs("missing"), pending=pairs("pending"))


def quarter_alone(
    kind: str, flow: str, quarter: Period, series: Mapping[Period, Combined], revised: Container[Period]
) -> Decimal | None:
    """推算: the quarter's own quantity as the difference of two figures that cover the year so far; None where it may not
    be made. Rates, shares and growths have no such difference, and of a preliminary or `revised` figure it would be that
    of two bases; neither would a quantity that comes out negative be one."""
    if (
        flow != Flow.YEAR
        or kind not in {IndicatorKind.COUNT, IndicatorKind.AMOUNT}
        or quarter.is_first_of_year
    ):
        return None
    ends = [series.get(quarter), series.get(quarter - 1)]
    if {quarter, quarter - 1} & {one for one in series if one in revised}:
        return None
    values = [end.value for end in ends if end is not None and not end.preliminary and not end.missing]
    if len(values) < 2 or values[0] is None or values[1] is None:
        return None
    difference = values[0] - values[1]
    return difference if difference >= 0 else None
