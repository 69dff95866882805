"""Which of its work plans a body writes, and a day as officials write it."""

import calendar
import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from tasks.values import Quarter

WHOLE = "whole"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９－／．", "0123456789-/.")
_SEP = re.compile(r"\s*[-/.年]\s*").pattern
_DAY = re.compile(rf"(\d{{4}}){_SEP}(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*日?", re.ASCII)
_MONTH = re.compile(rf"(\d{{4}}){_SEP}(\d{{1,2}})\s*月?[底末]?", re.ASCII)
_YEAR = re.compile(r"(\d{4})\s*年[底末]?", re.ASCII)
_DAY_OF_YEAR = re.compile(r"(\d{1,2})\s*月\s*(\d{1,2})\s*日", re.ASCII)
_MONTH_OF_YEAR = re.compile(r"(\d{1,2})\s*月[底末]?", re.ASCII)


@dataclass(frozen=True)
class Period:
    """What a work plan is for: the whole plan (实施方案, filed once), or a year of it (年度要点).

    Written `whole` or `2017`.
    """

    year: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Period":
        """`whole` or `2017` → Period; ValueError with a sentence for anything else."""
        if text == WHOLE:
            return cls()
        if not re.fullmatch(r"(19|20|21)\d\d", text, re.ASCII):
            raise ValueError(_("“%(value)s”不是年份，请写成 2017 这样。") % {"value": text[:20]})
        return cls(int(text))

    @property
    def label(self) -> str:
        """实施方案, or 2017年度要点."""
        return _("%(year)d年度要点") % {"year": self.year} if self.year else _("实施方案")

    def __str__(self) -> str:
        return str(self.year) if self.year else WHOLE

    def quarters(self, present: Quarter) -> range:
        """Ordinals of the quarters whose duties it covers; an 实施方案 is written by who holds them at present."""
        if self.year is None:
            return range(present.ordinal, present.ordinal + 1)
        return range(self.year * 4, self.year * 4 + 4)


def read_day(text: str, year: int | None = None) -> date | None:
    """A day as people write it: 2017-06-30, 2017年6月30日, 2017年6月底前 (the month's last day), 2017年底; within an
    年度要点 also 6月30日 and 6月底. None for blank; ValueError with a sentence for what is none."""
    plain = text.strip().translate(_FULL_WIDTH)
    if not plain:
        return None
    for ending in (_("之前"), _("以前"), _("前")):
        plain = plain.removesuffix(ending).strip()
    try:
        if match := _DAY.fullmatch(plain):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _MONTH.fullmatch(plain):
            return _last_day(int(match[1]), int(match[2]))
        if match := _YEAR.fullmatch(plain):
            return date(int(match[1]), 12, 31)
        if year is not None:
            if plain in {_("年底"), _("年末")}:
                return date(year, 12, 31)
            if match := _DAY_OF_YEAR.fullmatch(plain):
                return date(year, int(match[1]), int(match[2]))
            if match := _MONTH_OF_YEAR.fullmatch(plain):
                return _last_day(year, int(match[1]))
    except ValueError:
        pass  # a thirteenth month, a thirtieth of February
    raise ValueError(
        _("“%(value)s”不是日期，请写成 2017-06-30；只写到月的，按月底算。") % {"value": text.strip()[:20]}
    )


def _last_day(year: int, month: int) -> date:
    if not 1 <= month <= 12:
        raise ValueError(month)
    return date(year, month, calendar.monthrange(year, month)[1])
