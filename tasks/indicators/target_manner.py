"""目标类型: how a target's number is meant: as a level, as an average growth a year, or as a total over years. Pure.

The printed number of an average growth (年均增长12%) is no level: with a baseline it gives one for each year, compounded.
A total (五年累计50万人) is compared with the sum over its years, and the path of that sum is the share of time.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.indicators.values import Combined, Flow, IndicatorKind, OverTime, combine_over_time
from tasks.values import Period, Rhythm


class Manner(models.TextChoices):
    """The blank choice, 到期达到, is a level at the end of the target's year."""

    GROWTH = "growth", gettext_lazy("年均增长")
    TOTAL = "total", gettext_lazy("多年累计")


LEVEL = ("", gettext_lazy("到期达到"))
YEARS_MOST = 30
_QUANTITIES = {IndicatorKind.COUNT, IndicatorKind.AMOUNT}
_ADDED = re.compile(r"累计")
_DIGITS = {digit: number for number, digit in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
_GROWTH = re.compile(r"年(?:平)?均(?:增长|增速|递增|增幅|下降|降低|减少|递减)")
_FALLS = re.compile(r"年(?:平)?均(?:下降|降低|减少|递减)")
_SPAN = re.compile(r"(\d{4})年?[—–\-－~～至到]+(\d{4})年")
_YEARS = re.compile(r"((?<!\d)\d{1,2}|[一二两三四五六七八九十])年(?:内|间|来)?(?:共|合计|累计|总计)")
PER_CENT = {"%", "％"}


@dataclass(frozen=True)
class Meaning:
    """A Manner with the number of years that a total covers; the blank one is a level."""

    manner: str = ""
    years: int | None = None


def meaning_in(text: str, unit: str, year: int | None) -> Meaning:
    """What the words of a target say: 年均增长12%, 五年累计50万人, 2016—2020年累计; a level where they say neither."""
    if _GROWTH.search(text) and unit.strip() in PER_CENT:
        return Meaning(Manner.GROWTH)
    if not _ADDED.search(text) and not _YEARS.search(text):
        return Meaning()
    if (span := _SPAN.search(text)) and year is not None and int(span[2]) == year > int(span[1]):
        return Meaning(Manner.TOTAL, year - int(span[1]) + 1)
    if (found := _YEARS.search(text)) and year is not None:
        years = _DIGITS.get(found[1]) or int(found[1])
        return Meaning(Manner.TOTAL, years) if 1 < years <= YEARS_MOST else Meaning()
    return Meaning()


def misfit(manner: str, *, kind: str, flow: str, over_time: str, rhythm: Rhythm | None = None) -> str:
    """Why targets of such an indicator cannot be meant so; "" if they can. `rhythm` is that of the plan, if known."""
    if not manner:
        return ""
    label = Manner(manner).label
    if kind not in _QUANTITIES:
        return _("“%(kind)s”的指标不能按%(manner)s判断，只有个数和数额可以。") % {
            "kind": IndicatorKind(kind).label,
            "manner": label,
        }
    if manner == Manner.TOTAL and (flow == Flow.STOCK or over_time == OverTime.MAXIMUM):
        return _("该指标所报的已是累计数或最大数，不再逐年相加；目标类型请选“到期达到”。")
    yearly = flow == Flow.YEAR or over_time == OverTime.YEAR
    stock = flow == Flow.STOCK
    whole_years = rhythm is Rhythm.YEAR and over_time == OverTime.LATEST
    if manner == Manner.GROWTH and not (yearly or stock or whole_years):
        return _("该指标所报的不是全年数，不能与基期年份相比；请按本年累计填报，或选“到期达到”。")
    return ""


def fitting(meaning: Meaning, value: Decimal | None, year: int | None) -> Meaning:
    """The meaning where the target has what it needs: a number and a year; else a level."""
    return meaning if meaning.manner and value is not None and year is not None else Meaning()


def rate_of(text: str, value: Decimal) -> Decimal:
    """The rate of an average growth in per cent; falling where the words say so."""
    return -value if _FALLS.search(text) and value > 0 else value


def grown(base: Decimal, rate: Decimal, years: Decimal) -> Decimal:
    """`base` after so many years at `rate` per cent a year, compounded."""
    return base * (1 + rate / 100) ** years


@dataclass(frozen=True)
class Total:
    """A sum over years: `figure` is blank while nothing was given; `gaps` are past years without any figure."""

    figure: Combined
    quarter: Period | None
    gaps: tuple[int, ...]


def total(series: Mapping[Period, Combined], flow: str, since: int, quarter: Period) -> Total:
    """The sum of the figures after the year `since` up to the quarter. Of figures that cover the year so far, the one that
    stands for each year; of others each period's own."""
    within = {
        each: one for each, one in series.items() if since < each.year <= quarter.year and each <= quarter
    }
    picked = within if flow != Flow.YEAR else dict(_each_years(within))
    given = {each.year for each, one in picked.items() if not one.is_blank}
    figure, of_quarter = combine_over_time(OverTime.ALL, picked)
    gaps = tuple(year for year in range(since + 1, quarter.year) if year not in given)
    return Total(figure, of_quarter, gaps)


def _each_years(series: Mapping[Period, Combined]) -> Iterable[tuple[Period, Combined]]:
    for year in sorted({each.year for each in series}):
        own = {each: one for each, one in series.items() if each.year == year}
        _figure, stands = combine_over_time(OverTime.LATEST, own, flow=Flow.YEAR)
        last = stands or max(own)
        yield last, own[last]
