"""序时进度 of a target: the expected value in a quarter, and the comparison with the actual one. Pure, no queries.

The path leads from the baseline 基期 over the milestones 路径 that the office has set to the promised value at the end
of its year. Between two points it is a straight line, of an average growth (年均增长) a compounded one, and pages state
that. Without a baseline or milestone there is no path.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.indicators.target_manner import grown
from tasks.indicators.values import Better, Comparison, Flow, IndicatorKind, OverTime
from tasks.values import Period, Rhythm


class Schedule(models.TextChoices):
    """Progress of a target against its path, or the reason why it cannot be compared. Never mixed with a light."""

    REACHED = "reached", _("已达目标")
    MISSED = "missed", _("到期未达")
    AHEAD = "ahead", _("超前")
    ON = "on", _("按序时")
    SLIGHT = "slight", _("略滞后")
    BEHIND = "behind", _("滞后")
    NO_FIGURE = "no_figure", _("尚无数据")
    INCOMPLETE = "incomplete", _("数据不全")
    NO_BASELINE = "no_baseline", _("未设基期")
    NO_YEAR = "no_year", _("未定年份")
    WORDS = "words", _("文字目标")


@dataclass(frozen=True)
class Promise:
    """A target's promise as the schedule needs it. `due` is the last period of its year, None without a year. `rate` is
    the average growth in per cent from the baseline on, of which `value` is the level at the end."""

    value: Decimal | None
    comparison: str
    due: Period | None
    direction: str = Better.MORE
    kind: Rhythm = Rhythm.QUARTER  # of the plan's periods
    restarts: bool = False  # figures of periods are summed within the year, so each year begins at zero
    rate: Decimal | None = None
    band: Decimal | None = None  # of 左右, in the unit of `value`; None: per cent of it, by the thresholds

    @property
    def lacks_baseline(self) -> bool:
        """Whether the value is unknown because a growth has nothing to begin with."""
        return self.rate is not None and self.value is None


@dataclass(frozen=True)
class Path:
    """Points at the ends of quarters, in order. `straight`: no milestone between the baseline and the promise. With a
    `rate` (per cent a year) the value grows from the first point on, compounded, and has no milestones."""

    points: tuple[tuple[Period, Decimal], ...]
    straight: bool
    restarts: bool = False
    rate: Decimal | None = None

    @property
    def start(self) -> Decimal:
        return self.points[0][1]

    def at(self, quarter: Period) -> Decimal | None:
        """The expected value at the quarter's end; None before the path begins, constant after its end."""
        if self.restarts:
            whole = self._level(Period.closing(quarter.year, quarter.kind))
            return None if whole is None else whole * quarter.last_month / 12
        return self._level(quarter)

    def _level(self, quarter: Period) -> Decimal | None:
        if quarter < self.points[0][0]:
            return None
        before = self.points[0]
        if self.rate is not None:
            end = min(quarter, self.points[-1][0])
            months = (end.year - before[0].year - 1) * 12 + end.last_month
            return grown(before[1], self.rate, Decimal(months) / 12)
        for point in self.points[1:]:
            if quarter <= point[0]:
                gone = quarter.ordinal - before[0].ordinal
                return before[1] + (point[1] - before[1]) * gone / (point[0].ordinal - before[0].ordinal)
            before = point
        return before[1]


def restarts(kind: str, over_time: str, flow: str = Flow.FLOW) -> bool:
    """Whether the figure of an indicator begins at zero each year: sums of a year and figures of the year so far do, a
    ratio of such sums does not."""
    return (over_time == OverTime.YEAR or flow == Flow.YEAR) and kind in {
        IndicatorKind.COUNT,
        IndicatorKind.AMOUNT,
    }


def path_of(
    promise: Promise, baseline: tuple[int, Decimal] | None, milestones: Mapping[int, Decimal]
) -> Path | None:
    """The path of a target: `baseline` is (year, value), `milestones` `{year: value at its end}`.

    None if the target has no value, or neither baseline nor milestone, or (without a year) no milestone.
    """
    if promise.value is None:
        return None
    milestones = milestones if promise.rate is None else {}
    points = {Period.closing(year, promise.kind): value for year, value in milestones.items()}
    if baseline is not None:
        points[Period.closing(baseline[0], promise.kind)] = baseline[1]
    if promise.due is not None:
        if not points or min(points) >= promise.due:
            return None
        points = {quarter: value for quarter, value in points.items() if quarter < promise.due}
        points[promise.due] = promise.value
    if len(points) < 2:
        return None
    return Path(
        tuple(sorted(points.items())),
        straight=not milestones,
        restarts=promise.restarts,
        rate=promise.rate,
    )


@dataclass(frozen=True)
class Progress:
    """Progress of a target. `done` and `expected_done` are per cent of the distance from the path's start to the
    promise; `points` is the lead of the first over the second in percentage points (negative: behind)."""

    status: str
    expected: Decimal | None = None
    done: Decimal | None = None
    expected_done: Decimal | None = None
    points: Decimal | None = None


@dataclass(frozen=True)
class Thresholds:
    """Limits in percentage points of the distance: up to `on` behind is on schedule, up to `slight` slightly behind,
    from `ahead` on ahead. A promise with 左右 is met within `about` per cent of its value."""

    on: Decimal = Decimal(5)
    slight: Decimal = Decimal(15)
    ahead: Decimal = Decimal(10)
    about: Decimal = Decimal(10)


def thresholds() -> Thresholds:
    """The thresholds from the settings."""
    return Thresholds(
        Decimal(settings.SCHEDULE_ON_POINTS),
        Decimal(settings.SCHEDULE_SLIGHT_POINTS),
        Decimal(settings.SCHEDULE_AHEAD_POINTS),
        Decimal(settings.SCHEDULE_ABOUT_PERCENT),
    )


def is_met(promise: Promise, actual: Decimal, limits: Thresholds) -> bool:
    """Whether the figure meets the promise: 达到, 不低于 by direction, 以内 never above, 左右 within a band or better."""
    if promise.value is None:
        return False
    if promise.comparison == Comparison.WITHIN:
        return actual <= promise.value
    slack = _band(promise, limits)
    if promise.comparison != Comparison.AT_LEAST and promise.direction == Better.LESS:
        return actual <= promise.value + slack
    return actual >= promise.value - slack


def progress(
    promise: Promise,
    path: Path | None,
    actual: Decimal | None,
    quarter: Period,
    limits: Thresholds,
    *,
    at_due: Decimal | None = None,
    incomplete: bool = False,
) -> Progress:
    """The progress at the quarter's end. `at_due` is the figure at the end of the target's year, if that is past: it
    decides, whatever figures came later. An `incomplete` figure lacks a part that may be anything: it only shows that a
    promise is met already, and never that one is missed."""
    if promise.lacks_baseline:
        return Progress(Schedule.NO_FIGURE if actual is None else Schedule.NO_BASELINE)
    if promise.value is None:
        return Progress(Schedule.WORDS)
    if incomplete and actual is not None:
        is_enough = not _less_is_better(promise) and is_met(promise, actual, limits)
        if not is_enough:
            return Progress(Schedule.INCOMPLETE, path.at(quarter) if path else None)
    expected = path.at(quarter) if path else None
    if promise.due is not None and quarter >= promise.due:
        last = at_due if quarter > promise.due else actual
        if last is None:
            return Progress(Schedule.NO_FIGURE, expected)
        status = Schedule.REACHED if is_met(promise, last, limits) else Schedule.MISSED
        return _measured(status, promise, path, last, promise.due)
    if actual is None:
        return Progress(Schedule.NO_FIGURE, expected)
    if is_met(promise, actual, limits) and not _may_rise_yet(promise, path):
        return _measured(Schedule.REACHED, promise, path, actual, quarter)
    if path is None or expected is None:
        return Progress(Schedule.NO_BASELINE if promise.due is not None or path else Schedule.NO_YEAR)
    measured = _measured(Schedule.ON, promise, path, actual, quarter)
    behind = -_points(promise, path, actual, expected, limits)
    if behind <= -limits.ahead and not _may_rise_yet(promise, path):
        status = Schedule.AHEAD
    elif behind <= limits.on:
        status = Schedule.ON
    else:
        status = Schedule.SLIGHT if behind <= limits.slight else Schedule.BEHIND
    return Progress(status, measured.expected, measured.done, measured.expected_done, measured.points)


def _may_rise_yet(promise: Promise, path: Path | None) -> bool:
    """Whether the promise is a ceiling that the figure may still exceed: it is neither met nor ahead before its year
    is over."""
    if promise.comparison != Comparison.WITHIN:
        return False
    return path is None or promise.value is None or path.start <= promise.value


def _measured(status: str, promise: Promise, path: Path | None, actual: Decimal, quarter: Period) -> Progress:
    expected = path.at(quarter) if path else None
    if path is None or expected is None or promise.value is None:
        return Progress(status, expected)
    if path.restarts and not quarter.is_last_of_year:  # no percentage for an unfinished year
        return Progress(status, expected)
    distance = promise.value - path.start
    if not distance:
        return Progress(status, expected)
    done = (actual - path.start) * 100 / distance
    expected_done = (expected - path.start) * 100 / distance
    return Progress(status, expected, done, expected_done, done - expected_done)


def _points(promise: Promise, path: Path, actual: Decimal, expected: Decimal, limits: Thresholds) -> Decimal:
    """The percentage points of the distance by which the figure is better (negative: worse) than expected."""
    value = promise.value or Decimal(0)
    better = -1 if _less_is_better(promise) else 1
    gap = (actual - expected) * better
    if promise.comparison == Comparison.ABOUT:
        band = _band(promise, limits)
        gap = min(gap + band, Decimal(0)) if gap < 0 else max(gap - band, Decimal(0))
    # If the level must only be maintained, or begins at zero each year, a point is 1 % of the expected value.
    distance = Decimal(0) if path.restarts else abs(value - path.start)
    return gap * 100 / (distance or abs(expected) or Decimal(1))


def _less_is_better(promise: Promise) -> bool:
    if promise.comparison == Comparison.WITHIN:
        return True
    return promise.direction == Better.LESS and promise.comparison != Comparison.AT_LEAST


def _band(promise: Promise, limits: Thresholds) -> Decimal:
    if promise.comparison != Comparison.ABOUT or promise.value is None:
        return Decimal(0)
    if promise.band is not None:
        return promise.band
    return abs(promise.value) * limits.about / 100
