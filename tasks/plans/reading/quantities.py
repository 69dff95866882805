"""Reads quantities (number, unit, comparison) and separates thresholds, which are no values."""

import re
from dataclasses import dataclass

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}

_MEASURE = (
    "%|％|个百分点|个|家|项|名|人|条|座|所|户|件|种|辆|台|套|批次|公里|"
    "(?:万|亿|千|百)*(?:元|吨|千瓦时|千瓦|平方米|亩|人次|台|辆|户)"
)
_BEFORE = "不低于|不少于|不超过|达到|超过|突破|保持在|控制在|约"
_AFTER = "左右|以上|以内|以下"
QUANTITY = re.compile(
    rf"(?P<before>{_BEFORE})?(?<![\d.第A-Za-z“])(?P<number>\d+(?:\.\d+)?|[二两三四五六七八九十]{{1,3}})"
    rf"(?P<unit>{_MEASURE})(?P<after>{_AFTER})?"
)
# 产值过亿元的企业: the amount defines which things are counted and is no target itself.
THRESHOLD = re.compile(
    rf"(?:[产年收税]+[值入收]+)?(?:过|超)(?:\d+(?:\.\d+)?)?(?:{_MEASURE})(?=[^，。；、\d])"
)


@dataclass(frozen=True)
class Quantity:
    """A value with unit and comparison; `start` and `end` are places in the searched text."""

    value: int | float
    unit: str
    comparison: str
    start: int
    end: int


def chinese_number(numeral: str) -> int:
    """二十三 → 23, 千 → 1000, 两 → 2."""
    total = section = digit = 0
    for char in numeral:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif _UNITS[char] >= 10_000:
            total += (section + digit or 1) * _UNITS[char]
            section = digit = 0
        else:
            section += (digit or 1) * _UNITS[char]
            digit = 0
    return total + section + digit


def quantities(flat: str, start: int, end: int) -> list[Quantity]:
    """All quantities between two places, without thresholds."""
    thresholds = [m.span() for m in THRESHOLD.finditer(flat, start, end)]
    result = []
    for match in QUANTITY.finditer(flat, start, end):
        if any(first <= match.start("number") < last for first, last in thresholds):
            continue
        printed = match["number"]
        value: int | float = (
            chinese_number(printed)
            if not printed[0].isdigit()
            else float(printed)
            if "." in printed
            else int(printed)
        )
        comparison = match["before"] or match["after"] or ""
        result.append(Quantity(value, match["unit"].replace("％", "%"), comparison, *match.span()))
    return result


def threshold(flat: str, start: int, end: int) -> str:
    """The threshold between two places (产值过亿元), or ""."""
    match = THRESHOLD.search(flat, start, end)
    return match[0] if match else ""
