"""Which targets are off their path. One function, so that whatever comes to say what a target's path is stands here."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from reports.rollup.targets import target_figures
from reports.rollup.values import TargetFigures
from tasks.figures.models import Comparison
from tasks.models import Plan
from tasks.values import Quarter

# 左右 is met by what comes within a tenth.
_ABOUT = Decimal("0.9")


def off_path(plan: Plan, quarter: Quarter, *, known_at: datetime) -> list[TargetFigures]:
    """Targets with a number whose year is over and whose figure has not reached it.

    The plan gives no path before that year: an even growth from nothing is a ruler of ours, and no ground on which to
    address a body.
    """
    return list(_missed(target_figures(plan, quarter, known_at=known_at), quarter))


def _missed(targets: Iterable[TargetFigures], quarter: Quarter) -> Iterable[TargetFigures]:
    for target in targets:
        if target.value is None or target.year is None or target.actual is None:
            continue
        if quarter >= Quarter(target.year, 4) and not _met(target.comparison, target.actual, target.value):
            yield target


def _met(comparison: str, actual: Decimal, value: Decimal) -> bool:
    if comparison == Comparison.WITHIN:
        return actual <= value
    if comparison == Comparison.ABOUT:
        return actual >= value * _ABOUT
    return actual >= value
