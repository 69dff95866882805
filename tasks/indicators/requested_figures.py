"""Figures that a submission must report, with their history, publication dates and usual ranges.

Pure functions without queries: the caller (tasks.submissions.figures) loads the indicators and past figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from tasks.indicators.models import Indicator, IndicatorDefinition
from tasks.indicators.values import Combined, FigureValue, Flow, Frequency, IndicatorKind, Stage
from tasks.values import Period

EARLIER_YEARS = 2  # for how many years back a final value can still be reported
_ENOUGH = 4  # number of quarters needed to derive the usual range of a flow

History = Mapping[Period, FigureValue]


@dataclass(frozen=True)
class RequestedFigure:
    """A figure that a submission must report: of its own quarter, or of an earlier quarter whose figure was preliminary
    or not yet published when that quarter's submission was due, or of which the annual report may say otherwise."""

    indicator: Indicator
    quarter: Period  # quarter of the figure
    of_return: Period  # quarter of the submission
    definition: IndicatorDefinition | None = None
    history: History = field(default_factory=dict)  # figures of the agency for quarters before `quarter`
    was: FigureValue | None = None  # figure on record for an earlier `quarter`, which this one replaces
    computed: Combined | None = (
        None  # for a lead: computed from co submissions; used unless it states another
    )

    @property
    def key(self) -> str:
        """The key of the figure in a draft: the indicator's slug, for an earlier quarter `slug@2016Q4`."""
        slug = self.indicator.slug
        return slug if self.quarter == self.of_return else f"{slug}@{self.quarter}"

    @property
    def is_earlier(self) -> bool:
        return self.quarter != self.of_return

    @property
    def is_audit(self) -> bool:
        """Whether it is what the annual report settled 年报核定 in the place of a final figure: given where it differs."""
        return self.was is not None and self.was.stage == Stage.FINAL

    @property
    def name(self) -> str:
        """The label of the field."""
        if not self.is_earlier:
            return self.indicator.name
        return _("%(name)s（%(period)s）") % {"name": self.indicator.name, "period": self.period}

    @property
    def period(self) -> str:
        """2017年第一季度, or 2016年 for a yearly figure."""
        if frequency_of(self.definition) == Frequency.YEARLY:
            return _("%(year)d年") % {"year": self.quarter.year}
        return self.quarter.label

    @property
    def before(self) -> FigureValue | None:
        """The last figure of an earlier quarter."""
        return self.history[max(self.history)] if self.history else None

    @property
    def beside(self) -> FigureValue | None:
        """The figure shown as “last time”: the preliminary figure that this one replaces, or the last one."""
        return self.was or self.before


def frequency_of(definition: IndicatorDefinition | None) -> str:
    return definition.frequency if definition else Frequency.QUARTERLY


def published_from(quarter: Period, definition: IndicatorDefinition | None) -> date:
    """The first day on which the quarter's figure is available: the day after the quarter, plus the lag in months."""
    lag = definition.lag_months if definition else 0
    months = quarter.last_day.month + lag  # from January of the quarter's year
    return date(quarter.year + months // 12, months % 12 + 1, 1)


def is_published(quarter: Period, definition: IndicatorDefinition | None, day: date) -> bool:
    """Whether the figure is published on the day; a missing figure is otherwise 尚未发布 and not overdue."""
    return day >= published_from(quarter, definition)


def is_asked_of(quarter: Period, definition: IndicatorDefinition | None) -> bool:
    """Whether the quarter's submission reports the figure: a yearly figure belongs to the last quarter of a year."""
    return frequency_of(definition) == Frequency.QUARTERLY or quarter.is_last_of_year


def as_filed(figure: FigureValue, quarter: Period, day: date) -> FigureValue:
    """The figure as a submission on that day states it: before its period has ended it is 预计, whatever it was called."""
    if day > quarter.last_day:
        return figure
    return replace(figure, preliminary=True, version=Stage.ESTIMATE.value)


def earlier_quarters(
    of_return: Period,
    first: Period,
    definition: IndicatorDefinition | None,
    filed: Mapping[Period, FigureValue],
) -> list[Period]:
    """The earlier quarters whose figure the submission still reports, latest first: preliminary figures, and figures
    not yet published when their own submission was written, at most two years back; and the final figures of last year, which
    an annual report may settle otherwise."""
    since = max(first, of_return - EARLIER_YEARS * of_return.kind.per_year)
    lag = definition.lag_months if definition else 0
    quarters = []
    for quarter in reversed(list(Period.span(since, of_return - 1))) if since < of_return else []:
        if not is_asked_of(quarter, definition):
            continue
        figure = filed.get(quarter)
        audited = figure is not None and figure.stage == Stage.FINAL and quarter.year == of_return.year - 1
        if audited or (figure.preliminary if figure is not None else lag > 0):
            quarters.append(quarter)
    return quarters


# -- usual ranges -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Range:
    """The range of usual values, both ends included."""

    low: Decimal
    high: Decimal

    def holds(self, value: Decimal) -> bool:
        return self.low <= value <= self.high


def usual(requested: RequestedFigure) -> dict[str, Range]:
    """The usual ranges: `{part (value, numerator, denominator): Range}`, without parts that have no history.

    A cumulative figure is compared with the last one by a factor (FIGURE_JUMP_PERCENT). A quarterly figure may vary
    more: it is compared with the range of the last FIGURE_JUMP_QUARTERS quarters, extended by its width on both sides. A
    figure of the year so far is compared with that of the same months a year ago, and without one with the year's last,
    as far as the year has gone on since. A growth may be anything.
    """
    indicator = requested.indicator
    if indicator.kind in {IndicatorKind.YES_NO, IndicatorKind.QUALITATIVE, IndicatorKind.GROWTH}:
        return {}
    parts = ("numerator", "denominator") if indicator.is_ratio else ("value",)
    recent = [
        requested.history[quarter] for quarter in sorted(requested.history)[-settings.FIGURE_JUMP_QUARTERS :]
    ]
    if requested.was is not None:
        recent = [requested.was]
    grown = Decimal(1)
    if indicator.flow == Flow.YEAR and requested.was is None:
        recent, grown = _year_so_far(requested)
    ranges = {}
    for part in parts:
        numbers = [number for figure in recent if (number := getattr(figure, part)) is not None]
        span = _span(numbers) if indicator.flow == Flow.FLOW else None
        span = span or (_factor(numbers[-1] * grown) if numbers else None)
        if span is not None:
            ranges[part] = span
    return ranges


def _year_so_far(requested: RequestedFigure) -> tuple[list[FigureValue], Decimal]:
    """([the figure to compare with], the factor by which this one covers more months)."""
    quarter, history = requested.quarter, requested.history
    if (year_ago := quarter - quarter.kind.per_year) in history:
        return [history[year_ago]], Decimal(1)
    same_year = [one for one in history if one.year == quarter.year and one < quarter]
    if not same_year:
        return [], Decimal(1)
    return [history[max(same_year)]], Decimal(quarter.last_month) / max(same_year).last_month


def _span(numbers: list[Decimal]) -> Range | None:
    low, high = (min(numbers), max(numbers)) if len(numbers) >= _ENOUGH else (Decimal(0), Decimal(0))
    return Range(low - (high - low), high + (high - low)) if high > low else None


def _factor(last: Decimal) -> Range | None:
    if not last:
        return None
    times = 1 + Decimal(settings.FIGURE_JUMP_PERCENT) / 100
    ends = sorted((last / times, last * times))
    return Range(ends[0].quantize(Decimal("0.0001")), ends[1].quantize(Decimal("0.0001")))


def surprises(requested: RequestedFigure, figure: FigureValue) -> dict[str, str]:
    """Warnings about values outside their usual range: `{part: message}`."""
    messages = {}
    for part, span in usual(requested).items():
        value = getattr(figure, part)
        if value is None or span.holds(value):
            continue
        last = getattr(requested.beside, part, None)
        messages[part] = (
            _("与以往相差很大（上次 %(last)s），请核对单位和数字；无误可以照报。")
            % {"last": f"{last.normalize():f}"}
            if last is not None
            else _("与以往相差很大，请核对单位和数字；无误可以照报。")
        )
    return messages
