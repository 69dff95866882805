"""What a return is asked for: each figure with what stands beside its field, and which values would surprise.

Pure: whoever loads the indicators and the figures filed before (tasks.submissions.figures) hands them over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from tasks.indicators.models import Indicator, IndicatorDefinition
from tasks.indicators.values import Combined, FigureValue, Flow, Frequency, IndicatorKind
from tasks.values import Quarter

EARLIER = 8  # quarters back for which a final value is still asked
_ENOUGH = 4  # quarters from which a flow's own range can be told

History = Mapping[Quarter, FigureValue]


@dataclass(frozen=True)
class Asked:
    """One figure that a return asks for: of the return's own quarter, or of an earlier one whose figure was preliminary
    or not published when its return was due."""

    indicator: Indicator
    quarter: Quarter  # that the figure speaks of
    of_return: Quarter  # that the return is of
    definition: IndicatorDefinition | None = None
    history: History = field(default_factory=dict)  # what the body filed for quarters before `quarter`
    was: FigureValue | None = None  # filed for an earlier `quarter`, preliminary
    computed: Combined | None = None  # of a lead: what the co-returns give; it writes only to differ

    @property
    def key(self) -> str:
        """Under which the figure stands in a draft: the indicator's slug, for an earlier quarter slug@2016Q4."""
        slug = self.indicator.slug
        return slug if self.quarter == self.of_return else f"{slug}@{self.quarter}"

    @property
    def is_earlier(self) -> bool:
        return self.quarter != self.of_return

    @property
    def name(self) -> str:
        """As the field is called."""
        if not self.is_earlier:
            return self.indicator.name
        return _("%(name)s（%(period)s）") % {"name": self.indicator.name, "period": self.period}

    @property
    def period(self) -> str:
        """2017年第一季度, or 2016年 of a yearly figure."""
        if frequency_of(self.definition) == Frequency.YEARLY:
            return _("%(year)d年") % {"year": self.quarter.year}
        return self.quarter.label

    @property
    def before(self) -> FigureValue | None:
        """The last figure of an earlier quarter."""
        return self.history[max(self.history)] if self.history else None

    @property
    def beside(self) -> FigureValue | None:
        """What is shown as “last time”: the preliminary figure that this one replaces, or the last one."""
        return self.was or self.before


def frequency_of(definition: IndicatorDefinition | None) -> str:
    return definition.frequency if definition else Frequency.QUARTERLY


def published_from(quarter: Quarter, definition: IndicatorDefinition | None) -> date:
    """The first day on which the quarter's figure can be had: the day after its last day, and the lag in months on."""
    lag = definition.lag_months if definition else 0
    months = quarter.last_day.month + lag  # from January of the quarter's year
    return date(quarter.year + months // 12, months % 12 + 1, 1)


def is_published(quarter: Quarter, definition: IndicatorDefinition | None, day: date) -> bool:
    """Whether a figure that is missing on the day is missing, or 尚未发布."""
    return day >= published_from(quarter, definition)


def is_asked_of(quarter: Quarter, definition: IndicatorDefinition | None) -> bool:
    """A yearly figure is asked for once, with the return of the year's last quarter."""
    return frequency_of(definition) == Frequency.QUARTERLY or quarter.number == 4


def earlier_quarters(
    of_return: Quarter,
    first: Quarter,
    definition: IndicatorDefinition | None,
    filed: Mapping[Quarter, FigureValue],
) -> list[Quarter]:
    """The quarters before the return's own whose figure it still asks for, latest first: preliminary ones, and those
    that were not published yet when their own return was written. Only of the last two years."""
    since = max(first, of_return - EARLIER)
    lag = definition.lag_months if definition else 0
    found = []
    for quarter in reversed(list(Quarter.span(since, of_return - 1))) if since < of_return else []:
        if not is_asked_of(quarter, definition):
            continue
        figure = filed.get(quarter)
        if figure.preliminary if figure is not None else lag > 0:
            found.append(quarter)
    return found


# -- what would surprise ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Range:
    """Values that surprise nobody, both ends included."""

    low: Decimal
    high: Decimal

    def holds(self, value: Decimal) -> bool:
        return self.low <= value <= self.high


def usual(asked: Asked) -> dict[str, Range]:
    """{part (value, numerator, denominator): its usual range}. A part without a past has none.

    A cumulative figure is compared with the last one, by a factor (FIGURE_JUMP_PERCENT). A quarter's own figure may
    swing: it is compared with the range of the last FIGURE_JUMP_QUARTERS quarters, and as much again to both sides.
    """
    indicator = asked.indicator
    if indicator.kind in {IndicatorKind.YES_NO, IndicatorKind.QUALITATIVE}:
        return {}
    parts = ("numerator", "denominator") if indicator.is_ratio else ("value",)
    recent = [asked.history[quarter] for quarter in sorted(asked.history)[-settings.FIGURE_JUMP_QUARTERS :]]
    if asked.was is not None:
        recent = [asked.was]
    found = {}
    for part in parts:
        numbers = [number for figure in recent if (number := getattr(figure, part)) is not None]
        span = _span(numbers) if indicator.flow == Flow.FLOW else None
        span = span or (_factor(numbers[-1]) if numbers else None)
        if span is not None:
            found[part] = span
    return found


def _span(numbers: list[Decimal]) -> Range | None:
    low, high = (min(numbers), max(numbers)) if len(numbers) >= _ENOUGH else (Decimal(0), Decimal(0))
    return Range(low - (high - low), high + (high - low)) if high > low else None


def _factor(last: Decimal) -> Range | None:
    if not last:
        return None
    times = 1 + Decimal(settings.FIGURE_JUMP_PERCENT) / 100
    ends = sorted((last / times, last * times))
    return Range(ends[0].quantize(Decimal("0.0001")), ends[1].quantize(Decimal("0.0001")))


def surprises(asked: Asked, figure: FigureValue) -> dict[str, str]:
    """{part: a sentence} for what differs so much from before that it should be looked at once more."""
    found = {}
    for part, span in usual(asked).items():
        value = getattr(figure, part)
        if value is None or span.holds(value):
            continue
        last = getattr(asked.beside, part, None)
        found[part] = (
            _("与以往相差很大（上次 %(last)s），请核对单位和数字；无误可以照报。")
            % {"last": f"{last.normalize():f}"}
            if last is not None
            else _("与以往相差很大，请核对单位和数字；无误可以照报。")
        )
    return found
