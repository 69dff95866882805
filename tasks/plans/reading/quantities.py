"""Reads quantities (number, unit, comparison) and separates thresholds, which are no values."""

import re
from dataclasses import dataclass

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}

_SCALE = "(?:万亿|千亿|百亿|亿|千万|百万|万|千|百)?"
_MEASURE = (
    "%|％|‰|个百分点|个工作日|个月|天|小时|分钟|公里|倍"
    f"|{_SCALE}(?:美元|欧元|元|吨标准煤|吨|千瓦时|千瓦|平方米|平方公里|立方米|公顷|亩|人次|标准箱|批次|场次|个|家|项|名|人|条|座|所|户|件|种"
    "|辆|台|套|处|场|次|门|册|张|床|株|头|只|艘|架|斤|公斤)"
)
_BEFORE = (
    "不低于|不少于|不超过|不高于|达到|超过|突破|保持在|控制在|稳定在|提高到|提升到|提高至|提升至|增加到|增长到|扩大到|压缩到|压缩至|缩短到|缩短至|降低到|降至|降到|至少"
    "|均达到?|分别达到?|达|约"
)
# Words that say nothing where 以上 or 以内 follows the number.
_PLAIN = re.compile(r"(?:均|分别)?达到?|(?:压缩|缩短|降低|提高|提升)[到至]|降[到至]|(?:控制|保持|稳定)在")
_AFTER = "左右|以上|以内|以下|之内"
_NUMBER = r"\d+(?:\.\d+)?|[二两三四五六七八九十]{1,3}"
QUANTITY = re.compile(
    rf"(?P<before>{_BEFORE})?(?<![\d.第A-Za-z“])(?:(?P<low>\d+(?:\.\d+)?)(?:%|％)?[—–－~～至到-]{{1,2}})?(?P<number>{_NUMBER})"
    rf"(?P<unit>{_MEASURE})(?P<after>{_AFTER})?"
)
# 产值过亿元的企业: the amount defines which things are counted and is no target itself.
THRESHOLD = re.compile(
    rf"(?:[产年收税]+[值入收]+)?(?:过|超)(?:\d+(?:\.\d+)?)?(?:{_MEASURE})(?=[^，。；、\d])"
)


@dataclass(frozen=True)
class Quantity:
    """A value with unit and comparison; `upper` is the end of a range. `start` and `end` are places in the searched
    text."""

    value: int | float
    unit: str
    comparison: str
    start: int
    end: int
    upper: int | float | None = None


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
        value = _value(match["number"])
        low = _value(match["low"]) if match["low"] else None
        is_range = low is not None and low < value
        comparison = match["before"] or match["after"] or ""
        if match["after"] and _PLAIN.fullmatch(comparison):
            comparison = match["after"]
        result.append(
            Quantity(
                low if is_range and low is not None else value,
                match["unit"].replace("％", "%"),
                comparison,
                *match.span(),
                upper=value if is_range else None,
            )
        )
    return result


def _value(printed: str) -> int | float:
    if not printed[0].isdigit():
        return chinese_number(printed)
    return float(printed) if "." in printed else int(printed)


def threshold(flat: str, start: int, end: int) -> str:
    """The threshold between two places (产值过亿元), or ""."""
    match = THRESHOLD.search(flat, start, end)
    return match[0] if match else ""
