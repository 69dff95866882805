"""总览: the plan's promises against their path."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from reports.rollup.asked import Asked
from reports.rollup.values import PlanFigures, TargetFigures
from tasks.values import Quarter


def is_share(target: TargetFigures) -> bool:
    """A ratio, or anything in per cent: it has no zero to start from."""
    return target.unit in {"%", "％"} or target.denominator is not None


def path_of(target: TargetFigures, asked: Asked) -> Decimal | None:
    """Where a count should stand at the quarter's end if it grew evenly from nothing at the plan's start to its value
    at the end of the target's year. Our own ruler, not the plan's; a share has no such start, so it has no path."""
    if target.value is None or target.year is None or is_share(target):
        return None
    start, end = asked.plan.first_quarter - 1, Quarter(target.year, 4)
    gone = min(asked.quarter.ordinal, end.ordinal) - start.ordinal
    return (target.value * gone / (end.ordinal - start.ordinal)).quantize(Decimal("0.1"))


def targets(asked: Asked, figures: PlanFigures) -> dict[str, Any]:
    """The nearest year's promises that have a number against their path, the others in their own words; then the
    later years' and those of no year, behind a fold."""
    years = sorted({target.year for target in figures.targets if target.year})
    year = next((year for year in years if year >= asked.quarter.year), years[-1] if years else None)
    here = [target for target in figures.targets if target.year == year]
    return {
        "year": year,
        "numbered": [numbered(target, asked) for target in here if target.value is not None],
        "worded": [target.text for target in here if target.value is None],
        "total": len(here),
        "table": here,
        "later": [
            {"year": other, "texts": [target.text for target in figures.targets if target.year == other]}
            for other in years
            if other != year
        ],
        "undated": [
            {
                "text": target.text,
                "actual": target.actual,
                "unit": target.unit,
                "value": target.value,
                "quarter": target.actual_quarter,
            }
            for target in figures.targets
            if target.year is None
        ],
    }


def numbered(target: TargetFigures, asked: Asked) -> dict[str, Any]:
    """A promise with a number: how it stands, and where its path would be."""
    path = path_of(target, asked)
    note = _("方案原文")
    if target.numerator is not None and target.denominator is not None:
        note = f"{plain(target.numerator)} ÷ {plain(target.denominator)}"
    if target.actual_quarter and target.actual_quarter != asked.quarter:
        note = _("%(quarter)s的数 · %(note)s") % {"quarter": target.actual_quarter, "note": note}
    if target.actual is not None and not target.verified:
        note = _("%(note)s · 未核") % {"note": note}
    unit = _("个百分点") if is_share(target) else target.unit
    if target.actual is None:
        say = _("尚无填报数")
    elif path is None and target.value is not None:
        gap = target.value - target.actual
        say = (
            _("距目标 %(gap)s %(unit)s") % {"gap": plain(abs(gap)), "unit": unit}
            if gap > 0
            else _("已达目标")
        )
    else:
        gap = target.actual - (path or Decimal(0))
        side = _("高于路径") if gap > 0 else _("低于路径") if gap < 0 else _("正在路径上")
        say = f"{side} {plain(abs(gap))} {unit}" if gap else side
    return {
        "name": target.indicator or target.text,
        "order": target.order,
        "text": target.text,
        "note": note,
        "actual": None if target.actual is None else target.actual.quantize(Decimal("0.1")).normalize(),
        "unit": target.unit,
        "target": target.value,
        "year": target.year,
        "path": path,
        "values": None,
        "restarts": (),
        "say": say,
        "no_path": path is None,
    }


def plain(value: Decimal) -> str:
    """1204.5, without trailing zeros or an exponent; one decimal is enough beside a chart."""
    text = f"{value.quantize(Decimal('0.1')):f}"
    return text.removesuffix(".0")
