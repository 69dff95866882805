"""推算: where a figure will stand when its target is due, if it goes on as in the last quarters.

A straight line through the last four verified values by least squares, and the range in which a further value falls with a
probability of 80 %: t(0.9; 2) · s · √(1 + 1/n + (x − x̄)²/Sxx). With fewer values nothing is said.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean, linear_regression

from tasks.indicators.values import Better, Comparison
from tasks.values import Period

VALUES = 4
# Student's t for two degrees of freedom has a closed form: (2p − 1) / √(2p(1 − p)).
_T = 0.8 / math.sqrt(2 * 0.9 * 0.1)


@dataclass(frozen=True)
class Projection:
    """The value on the line, and the ends of the range."""

    value: Decimal
    low: Decimal
    high: Decimal


def project(values: Mapping[Period, Decimal], due: Period) -> Projection | None:
    """From the last `VALUES` of the values, for the quarter `due`; None with fewer, or when the last is not before it."""
    used = sorted(values.items())[-VALUES:]
    if len(used) < VALUES or used[-1][0] >= due:
        return None
    first = used[0][0].ordinal
    xs = [float(period.ordinal - first) for period, _value in used]
    ys = [float(value) for _period, value in used]
    x = float(due.ordinal - first)
    slope, intercept = linear_regression(xs, ys)
    rest = sum((y - (slope * one + intercept)) ** 2 for one, y in zip(xs, ys, strict=True))
    mean = fmean(xs)
    spread = sum((one - mean) ** 2 for one in xs)
    n = len(xs)
    reach = _T * math.sqrt(rest / (n - 2)) * math.sqrt(1 + 1 / n + (x - mean) ** 2 / spread)
    middle = slope * x + intercept
    return Projection(_rounded(middle), _rounded(middle - reach), _rounded(middle + reach))


def _rounded(number: float) -> Decimal:
    return Decimal(str(number)).quantize(Decimal("0.0001"))


def falls_short(value: Decimal, goal: Decimal, comparison: str, direction: str) -> bool:
    """Whether the value would miss the goal: above it where less is better, else below."""
    if comparison == Comparison.WITHIN or direction == Better.LESS:
        return value > goal
    return value < goal


def is_certain(one: Projection, goal: Decimal, comparison: str, direction: str) -> bool:
    """Whether the whole range misses the goal."""
    ends: Sequence[Decimal] = (one.low, one.high)
    return all(falls_short(end, goal, comparison, direction) for end in ends)
