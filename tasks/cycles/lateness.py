"""Due, on time 按时, late 逾期 and overdue 逾期未报: the one module that compares a moment or a day with its due date.

The rules:

- **Due.** A submission is due by the cycle's date for its duty, or by a later one that the agency was granted 报送延期
  before the former had passed (tasks.cycles.extensions). A reopening 重新开启 lets an agency submit after the cycle is
  closed; it moves no due date.
- **On time** is a first submission by the end of the minute that is named as due: 17:00 is until 17:00:59. A later
  submission on the same duty, because the first one was sent back or supplemented, does not change that.
- **Late** is a first submission after that minute.
- **Overdue** is what was not submitted, when a submission at the present moment would be late.
- **As known then.** Figures of a past moment use the dates that were known at that moment (tasks.cycles.date_history,
  and `due_sql`); pages about the present use the cycle's own dates.
- **Days.** Where only a day is due (milestones of work plans, answers to notices), the whole day is on time.

Nothing here reads the database. `tests/cycles/test_lateness.py` refuses such comparisons in any other module.
"""

from datetime import date, datetime, timedelta
from typing import Protocol

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.values import Duty

# How long after the due moment a first submission still counts as on time. The sentences for readers name it.
GRACE = timedelta(0)
# The same in Python, filters and SQL: the minute that pages name lasts until its end.
TOLERANCE = GRACE + timedelta(minutes=1) - timedelta(microseconds=1)


class DueDates(Protocol):
    """A cycle, its past dates, or dates that are being set."""

    @property
    def co_due(self) -> datetime: ...

    @property
    def lead_due(self) -> datetime: ...


def due_field(duty: str) -> str:
    """The field of Cycle and PastDates that holds the due moment of a duty."""
    return "lead_due" if duty == Duty.LEAD else "co_due"


def due(dates: DueDates, duty: str) -> datetime:
    """The moment by which a submission of that duty is due."""
    return dates.lead_due if duty == Duty.LEAD else dates.co_due


def later_of(due: datetime, until: datetime | None) -> datetime:
    """The date that holds: the cycle's, or the later one that was granted."""
    return due if until is None else max(due, until)


def puts_off(due: datetime, until: datetime) -> bool:
    """Whether a date is later than the one that holds."""
    return until > due


# -- moments ------------------------------------------------------------------------------------------------


def is_late(at: datetime, due: datetime) -> bool:
    """Whether a first submission at that moment is late."""
    return at > due + TOLERANCE


def is_overdue(due: datetime | None, now: datetime) -> bool:
    """Whether what was not submitted is overdue; never when there is no due date (the quarter was not opened)."""
    return due is not None and is_late(now, due)


def overdue(field: str, now: datetime) -> Q:
    """The filter for rows whose due date, in that field, is over: `is_overdue` as a query condition."""
    return Q(**{f"{field}__lt": now - TOLERANCE})


def days_after(due: datetime, at: datetime) -> int:
    """Calendar days, where the plan is carried out, from the due day to that moment; negative before the due day."""
    zone = timezone.get_default_timezone()
    return (timezone.localdate(at, zone) - timezone.localdate(due, zone)).days


# -- whole days ---------------------------------------------------------------------------------------------


def is_day_late(day: date, due_on: date) -> bool:
    """Whether what was reached or answered on that day is late."""
    return day > due_on


def is_day_overdue(due_on: date | None, today: date) -> bool:
    """Whether what was not reached or answered is overdue; never when no day is set."""
    return due_on is not None and is_day_late(today, due_on)


def day_overdue(field: str, today: date) -> Q:
    """The filter for rows whose due day, in that field, is over: `is_day_overdue` as a query condition."""
    return Q(**{f"{field}__lt": today})


# -- SQL ----------------------------------------------------------------------------------------------------


def due_sql(duty: str, *, cycle: str, past: str, extended: str) -> str:
    """SQL for the due moment of a duty, NULL where the quarter was not opened.

    `duty` is an expression; `cycle` and `past` are aliases of tasks_cycle and of the tasks_pastdates row that was known
    at the moment of the figures, both joined LEFT; `extended` is an expression for the date that the agency was granted
    by then, NULL without one.
    """
    lead, co = (
        f"COALESCE({past}.{field}, {cycle}.{field})" for field in map(due_field, (Duty.LEAD, Duty.CO))
    )
    return f"GREATEST(CASE {duty} WHEN 'lead' THEN {lead} ELSE {co} END, {extended})"


def on_time_sql(at: str, due: str) -> str:
    """SQL for whether a first submission at that moment is on time; NULL where either is NULL."""
    tolerance = f" + interval '{TOLERANCE.total_seconds()} seconds'" if TOLERANCE else ""
    return f"{at} <= {due}{tolerance}"


def days_after_sql(due: str, at: str, zone: str) -> str:
    """SQL for `days_after`; `zone` is an expression for the name of the time zone."""
    return f"({at} AT TIME ZONE {zone})::date - ({due} AT TIME ZONE {zone})::date"


# -- words --------------------------------------------------------------------------------------------------


def on_time_rule() -> str:
    """The rule for on time as readers of figures are told it, without a full stop."""
    return _("按时指首次提交不晚于截止时间（准予延期的，为延期后的时间）") + _grace()


def late_rule() -> str:
    """What late says of a submission, as the head of a count or after a colon, without a full stop."""
    return _("首次提交晚于截止时间") + _grace()


def _grace() -> str:
    minutes = GRACE // timedelta(minutes=1)
    return _("（截止后%(n)d分钟内的算按时）") % {"n": minutes} if minutes else ""
