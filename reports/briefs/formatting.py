"""Numbers, days and lists as a brief prints them in its sentences."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from reports.briefs.composition_context import fixed
from reports.charts.lights import STYLES, UNLED_STYLE, LightStyle
from reports.figures.values import Lights
from tasks.values import Ratio

_NAMED = 6  # a sentence names so many tasks before it prints 等


def percent(part: int, whole: int) -> str:
    """37 of 39 → 94.9%, rounded as `Ratio.percent`; 无应报 where nothing was owed."""
    value = Ratio(part, whole).percent
    return _("无应报") if value is None else f"{value.normalize():f}%"


def rate(part: int, whole: int) -> str:
    """A percentage with its numerator and denominator: 94.9%（37/39）."""
    return f"{percent(part, whole)}（{part}/{whole}）" if whole else _("无应报")


def day(value: date) -> str:
    """2017-03-31 → 2017年3月31日."""
    return _("%(year)d年%(month)d月%(day)d日") % {"year": value.year, "month": value.month, "day": value.day}


def short_day(value: date) -> str:
    """2017-03-31 → 3月31日, for a table's cell."""
    return f"{value.month}月{value.day}日"


def local(value: datetime) -> datetime:
    """The moment in the plan's own time zone."""
    return timezone.localtime(value, timezone.get_default_timezone())


def moment(value: datetime) -> str:
    """The moment as day and minute in the plan's own time zone."""
    there = local(value)
    return f"{day(there.date())}{there:%H:%M}"


def amount(value: Decimal | int, unit: str = "") -> str:
    """12.0 → 12, with its unit."""
    return f"{Decimal(value).normalize():f}{unit}"


def counted(count: int, unit: str = "") -> str:
    """4 → 4项, fixed."""
    return fixed(f"{count}{unit or _('项')}")


def counted_apart(main: int, safeguards: int) -> str:
    """“4项主要任务和1项保障措施”: the two are never added up, and a zero is left out."""
    pieces = [
        words % {"count": counted(count)}
        for words, count in ((_("%(count)s主要任务"), main), (_("%(count)s保障措施"), safeguards))
        if count
    ]
    return _("和").join(pieces)


def by_light(lights: Lights) -> dict[str, int]:
    """{light: how many}, in the order in which lights are printed."""
    return {style.key: getattr(lights, style.key) for style in STYLES}


def light_styles(*counts: Lights) -> tuple[LightStyle, ...]:
    """The columns of a table of these counts: the lights, and 无牵头 where there are such tasks, so that its rows add up."""
    return (*STYLES, UNLED_STYLE) if any(lights.unled for lights in counts) else STYLES


def by_style(lights: Lights, styles: Sequence[LightStyle]) -> dict[str, int]:
    """{light: how many}, for the columns of a table."""
    return {style.key: getattr(lights, style.key) for style in styles}


def light_counts(lights: Lights, total: str, *, grey_by: str) -> str:
    """“正常20项、有风险6项、滞后3项，3项牵头单位未报”: the lights that occur, and apart what was not reported."""
    counts = by_light(lights)
    shown = [(style, counts[style.key]) for style in STYLES if counts[style.key]]
    grey = lights.grey
    if shown and grey == lights.total:
        nobody = _("%(total)s%(by)s均未报送") if grey > 1 else _("%(total)s%(by)s未报送")
        return nobody % {"total": total, "by": grey_by}
    words = "、".join(
        fixed(_("%(light)s%(count)d项") % {"light": style.word, "count": count})
        for style, count in shown
        if style.key != "grey"
    )
    unreported = _("，%(count)s%(by)s未报") % {"count": counted(grey), "by": grey_by} if grey else ""
    unled = _("，%(count)s无牵头单位") % {"count": counted(lights.unled)} if lights.unled else ""
    return f"{total}{words}{unreported}{unled}"


def named(items: list[str], most: int = _NAMED) -> str:
    """A list in a sentence; a longer one is cut and its length added."""
    if len(items) <= most:
        return fixed("、".join(items))
    return fixed(_("%(names)s等%(count)d项") % {"names": "、".join(items[:most]), "count": len(items)})


def short(name: str) -> str:
    """A group's name up to its first comma, for a chart's label."""
    return re.split("[，,]", name)[0]
