"""When returns are due: working days after the period."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.cycles.workdays import knows, workday_after
from tasks.values import Period, Rhythm


@dataclass(frozen=True)
class Usual:
    """The usual dates of a kind of period: working days after its end, and days after the last of them for which late
    returns are taken: long enough for a return that was sent back, and over before the next period's dates begin."""

    co_day: int
    lead_day: int
    decision_day: int
    closes_after_days: int


USUAL = {
    Rhythm.MONTH: Usual(3, 5, 8, 15),
    Rhythm.JOINED: Usual(3, 5, 8, 15),
    Rhythm.QUARTER: Usual(5, 10, 15, 60),
    Rhythm.HALF: Usual(5, 10, 15, 120),
    Rhythm.YEAR: Usual(10, 20, 30, 180),
}
DUE_AT = time(17, 0)


@dataclass(frozen=True)
class CycleDates:
    """The moments of a 填报周期: co-returns due, lead returns due, the office's decision due, closed."""

    co_due: datetime
    lead_due: datetime
    decision_due: datetime
    closes_at: datetime

    def in_order(self) -> bool:
        """Whether each moment is not before the one that it follows."""
        return self.co_due <= self.lead_due <= self.decision_due <= self.closes_at


def _moment(day: date) -> datetime:
    return datetime.combine(day, DUE_AT, timezone.get_default_timezone())


def default_dates(quarter: Period, opening: datetime | None = None) -> CycleDates:
    """The usual working days after the period at 17:00, after a quarter the 5th, 10th and 15th, closed 60 days later.

    A cycle that is opened so late that its first date would be over counts from the day of `opening` instead,
    so that nobody is late before being asked.
    """
    usual, start = USUAL[quarter.kind], quarter.last_day
    if opening is not None and _moment(workday_after(start, usual.co_day)) < opening:
        start = timezone.localdate(opening, timezone.get_default_timezone())
    decision = workday_after(start, usual.decision_day)
    return CycleDates(
        co_due=_moment(workday_after(start, usual.co_day)),
        lead_due=_moment(workday_after(start, usual.lead_day)),
        decision_due=_moment(decision),
        closes_at=_moment(decision + timedelta(days=usual.closes_after_days)),
    )


def calendar_note(dates: CycleDates) -> str:
    """What to tell whoever sets the dates when a year's public holidays are not known; "" when all are."""
    years = sorted({dates.co_due.year, dates.decision_due.year})
    unknown = [str(year) for year in years if not knows(year)]
    if not unknown:
        return ""
    return _("%(years)s年放假安排尚未载入，以下日期仅按周一至周五和本站设定的工作日推算，请核对。") % {
        "years": "、".join(unknown)
    }
