"""When returns are due: working days after the quarter."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.cycles.workdays import knows, workday_after
from tasks.values import Period

CO_DAY, LEAD_DAY, DECISION_DAY = 5, 10, 15  # working days after the quarter's end
# Late returns are taken for two months more: long enough for a return that was sent back, and over before the
# next quarter's dates begin.
CLOSES_AFTER_DAYS = 60
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
    """The 5th, 10th and 15th working day after the quarter at 17:00, closed 60 days after the last of them.

    A cycle that is opened so late that its first date would be over counts from the day of `opening` instead,
    so that nobody is late before being asked.
    """
    start = quarter.last_day
    if opening is not None and _moment(workday_after(start, CO_DAY)) < opening:
        start = timezone.localdate(opening, timezone.get_default_timezone())
    decision = workday_after(start, DECISION_DAY)
    return CycleDates(
        co_due=_moment(workday_after(start, CO_DAY)),
        lead_due=_moment(workday_after(start, LEAD_DAY)),
        decision_due=_moment(decision),
        closes_at=_moment(decision + timedelta(days=CLOSES_AFTER_DAYS)),
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
