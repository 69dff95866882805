"""Words for lights, quarters and numbers that several pages share."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from reports.figures.values import Lights
from tasks.models import TermStatus
from tasks.plans.models import ENDED
from tasks.values import BACKFILLED, EXEMPT, GREY, UNLED, Light, Ratio
from tasks.wording import current

ORDER = (Light.GREEN.value, Light.YELLOW.value, Light.RED.value, Light.BLUE.value, GREY)
WORST_FIRST = (Light.RED.value, Light.YELLOW.value, GREY, UNLED, Light.BLUE.value, Light.GREEN.value)
_NUMERALS = "零一二三四五六七八九十"


def light_word(light: str) -> str:
    """正常, 有风险 … for use in a sentence."""
    return _("无牵头") if light == UNLED else current().lights[light].word


def light_name(light: str) -> str:
    """绿 正常 …, colour and word."""
    return _("无牵头") if light == UNLED else current().lights[light].name


def ended(state: str) -> str:
    """已销号 or 已撤销 for a task that has ended, 本期不报 where nothing is required, 补录 for what a ledger says, "" for
    any other state."""
    if state == BACKFILLED:
        return _("补录")
    if state == EXEMPT:
        return _("本期不报")
    return str(TermStatus(state).label) if state in ENDED else ""


def counts(lights: Lights) -> list[tuple[str, int]]:
    """(light, how many) in the fixed order, zeros too; tasks that nobody leads come last, where there are any."""
    shown = (*ORDER, UNLED) if lights.unled else ORDER
    return [(light, getattr(lights, light)) for light in shown]


def concerns(lights: Lights) -> str:
    """“滞后2，有风险1”: the lights that need attention, worst first, without zeros."""
    parts = [
        f"{light_word(light)}{n}"
        for light in (Light.RED.value, Light.YELLOW.value, GREY)
        if (n := getattr(lights, light))
    ]
    return _("，").join(parts) or _("无%(lights)s") % {
        "lights": "、".join(
            light_word(light).removeprefix(_("有")) for light in (Light.RED, Light.YELLOW, GREY)
        )
    }


def worst_first(lights: Iterable[str]) -> list[str]:
    return sorted(lights, key=WORST_FIRST.index)


def numeral(number: int) -> str:
    """两, 三 … 十; figures beyond."""
    if number == 2:
        return "两"
    return _NUMERALS[number] if 0 <= number <= 10 else str(number)


def minute(moment: datetime) -> str:
    """2017年4月20日 18:00 where the plan is carried out."""
    local = timezone.localtime(moment)
    return _("%(year)d年%(month)d月%(day)d日 %(time)s") % {
        "year": local.year,
        "month": local.month,
        "day": local.day,
        "time": local.strftime("%H:%M"),
    }


def day(moment: datetime) -> str:
    """4月20日."""
    local = timezone.localtime(moment)
    return _("%(month)d月%(day)d日") % {"month": local.month, "day": local.day}


def percent(ratio: Ratio) -> str:
    """94.9, or — where nothing was owed."""
    return "—" if ratio.percent is None else str(ratio.percent)


def numeral_plain(number: int) -> str:
    """一, 二 … 十; figures beyond."""
    return _NUMERALS[number] if 0 <= number <= 10 else str(number)
