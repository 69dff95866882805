"""Reads what a person typed in an edit: dates, years, numbers, names of limited length. Each raises EditError with a sentence."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from tasks.plans.editing.values import DUTIES, EditError
from tasks.plans.names import clean
from tasks.plans.reading.deadlines import last_day

_LONGEST = {"heading": 200, "group": 100, "name": 60, "note": 500}
_DATE = re.compile(r"(\d{4})\s*[-年./]\s*(\d{1,2})\s*[-月./]\s*(\d{1,2})\s*日?")
_DEADLINE = re.compile(r"\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?")


def read_date(typed: str) -> date | None:
    """`2024-09-02`, `2024年9月2日`, `2024.9.2` → date; None for an empty text. Raises EditError."""
    words = clean(typed)
    if not words:
        return None
    match = _DATE.fullmatch(words)
    try:
        return date(*(int(number) for number in match.groups())) if match else date.fromisoformat(words)
    except ValueError as error:
        raise EditError(_("“%(typed)s”不是日期，请写成 2024-09-02 这样。") % {"typed": words[:30]}) from error


def deadline_day(words: str) -> date | None:
    """The day that a printed deadline names: 2021年6月底前 → 2021-06-30, 2022年底前 → 2022-12-31; None where it names
    none."""
    printed = clean(words)
    within = _DEADLINE.search(printed)
    return last_day(printed, None)[0] or (last_day(within[0], None)[0] if within else None)


def duty_of(value: Any) -> str:
    if value not in DUTIES:
        raise EditError(_("请选单位在这项任务中的身份。"))
    return str(value)


def limited(value: Any, kind: str, label: str, *, required: bool = True) -> str:
    words = clean(str(value or "")).strip()
    if required and not words:
        raise EditError(_("请填%(label)s。") % {"label": label})
    if len(words) > _LONGEST[kind]:
        raise EditError(
            _("%(label)s最多 %(most)d 字，现有 %(now)d 字。")
            % {"label": label, "most": _LONGEST[kind], "now": len(words)}
        )
    return words


def year_of(value: Any) -> int | None:
    words = clean(str(value or "")).removesuffix("年")
    if not words:
        return None
    if not re.fullmatch(r"(19|20)\d\d", words):
        raise EditError(_("“%(value)s”不是年份，请写成 2027 这样。") % {"value": words[:20]})
    return int(words)


def number_of(value: Any) -> int | float | None:
    words = clean(str("" if value is None else value)).replace(",", "").replace("，", "")
    if not words:
        return None
    try:
        number = Decimal(words)
    except InvalidOperation as error:
        raise EditError(_("“%(value)s”不是数，请只填数字。") % {"value": words[:20]}) from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
        raise EditError(_("“%(value)s”太大或不是数，请只填数字。") % {"value": words[:20]})
    return int(number) if number == number.to_integral_value() else float(number)
