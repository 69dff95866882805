"""总结评估 of a plan whose validity has ended, as frozen values. The page, the workbook, the API and a brief read these."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.values import Period


class Result(models.TextChoices):
    """What became of a promise. A number is kept or not; words were assessed; of an open one nothing can be said yet."""

    REACHED = "reached", _("达到")
    MOSTLY = "mostly", _("基本达到")
    MISSED = "missed", _("未达到")
    UNCLEAR = "unclear", _("尚无法判断")
    OPEN = "open", _("未定")


class Lack(models.TextChoices):
    """Why a promise is open, or its result not the last word."""

    NO_FIGURE = "no_figure", _("没有数据，也没有评估")
    NOT_ASSESSED = "not_assessed", _("没有评估")
    UNVERIFIED = "unverified", _("数据未核")
    PRELIMINARY = "preliminary", _("只有初步数")
    PARTIAL = "partial", _("数据不全")
    UNCLEAR = "unclear", _("评估为尚无法判断")


@dataclass(frozen=True)
class Behind:
    """One return behind a final figure."""

    quarter: Period
    agency: str
    words: str
    return_id: int | None
    version: int | None


@dataclass(frozen=True)
class EvaluatedTarget:
    """One promise and what became of it. A number is judged by its final figure at the end of its year (without a year,
    of the plan's validity), by whoever verified it; words by the office's last assessment."""

    order: int
    year: int | None
    text: str
    task_ref: str
    passage: tuple[int, ...]  # start and end in the plan's text
    comparison: str
    value: Decimal | None
    unit: str
    result: str
    lacks: tuple[str, ...]  # Lack: empty when nothing is open
    actual: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    actual_quarter: Period | None
    preliminary: bool
    verified: bool
    baseline_year: int | None
    baseline: Decimal | None
    decided_by: tuple[str, ...]  # who verified the figure, or assessed the words
    decided_on: date | None
    note: str  # of the assessment
    evidence: str
    links: tuple[str, ...]
    behind: tuple[Behind, ...]

    @property
    def is_open(self) -> bool:
        return bool(self.lacks)


@dataclass(frozen=True)
class Evaluation:
    """All promises of a plan at the end of its validity, as known at a moment."""

    plan_slug: str
    plan_title: str
    doc_number: str
    in_force_from: date
    in_force_to: date
    quarter: Period
    known_at: datetime
    targets: tuple[EvaluatedTarget, ...]

    @property
    def open(self) -> tuple[EvaluatedTarget, ...]:
        return tuple(target for target in self.targets if target.is_open)

    def count(self, result: str) -> int:
        return sum(target.result == result for target in self.targets)
