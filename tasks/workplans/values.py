"""Which of its work plans an agency writes."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tasks.values import Period

WHOLE = "whole"


@dataclass(frozen=True)
class WorkPlanPeriod:
    """What a work plan is for: the whole plan (实施方案, filed once), or a year of it (年度要点).

    Written `whole` or `2017`.
    """

    year: int | None = None

    @classmethod
    def parse(cls, text: str) -> "WorkPlanPeriod":
        """`whole` or `2017` → WorkPlanPeriod; ValueError with a sentence for anything else."""
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

    def quarters(self, present: Period) -> range:
        """Ordinals of the quarters whose duties it covers; an 实施方案 is written by who holds them at present."""
        if self.year is None:
            return range(present.ordinal, present.ordinal + 1)
        return range(
            Period.opening(self.year, present.kind).ordinal,
            Period.closing(self.year, present.kind).ordinal + 1,
        )
