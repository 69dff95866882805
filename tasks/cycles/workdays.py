"""Working days: the announced holidays and make-up days of a library, and what the office has set otherwise."""

from bisect import bisect_right
from datetime import date, datetime, timedelta
from functools import cache

import chinese_calendar
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import record
from tasks.cycles.models import Workday
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_manage_cycles

NOTE = 200  # characters of the ground


@cache
def knows(year: int) -> bool:
    """Whether the library's calendar covers the year. (Each autumn the State Council announces the next one's.)"""
    try:
        chinese_calendar.is_workday(date(year, 6, 1))
    except NotImplementedError:
        return False
    return True


def announced(day: date) -> bool:
    """Whether offices work that day by the library; in a year that it does not know, Monday to Friday."""
    return bool(chinese_calendar.is_workday(day)) if knows(day.year) else day.weekday() < 5


@cache
def _announced_in(year: int) -> list[date]:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return [day for day in days if day.year == year and announced(day)]


def _announced_until(day: date) -> int:
    return bisect_right(_announced_in(day.year), day)


# What the office has set, read once for a request or a job: a page asks of hundreds of days. None: not read yet.
_set: dict[date, bool] | None = None


def forget(**_kwargs: object) -> None:
    """Read again when next asked: called as each request and each job begins."""
    global _set
    _set = None


def _by_the_office() -> dict[date, bool]:
    global _set
    found = _set
    if found is None:
        found = _set = dict(Workday.objects.values_list("day", "works"))
    return found


def is_workday(day: date) -> bool:
    """Whether offices work that day: as the office set it, else as announced."""
    found = _by_the_office().get(day)
    return announced(day) if found is None else found


def workday_after(day: date, count: int) -> date:
    """The count-th working day after `day`."""
    while count:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day


def workdays_between(after: date, until: date) -> int:
    """How many working days come after `after`, up to and with `until`; 0 when it is not later."""
    if until <= after:
        return 0
    # Counted by years, because a page asks of hundreds of returns that are years late.
    years = sum(len(_announced_in(year)) for year in range(after.year, until.year))
    set_otherwise = sum(
        works - announced(day) for day, works in _by_the_office().items() if after < day <= until
    )
    return years + _announced_until(until) - _announced_until(after) + set_otherwise


# -- the office's own ---------------------------------------------------------------------------------------


@transaction.atomic
def set_day(*, by: User, day: date, works: bool, note: str, now: datetime | None = None) -> Workday:
    """Say that offices work on the day, or do not, otherwise than announced. Dates that were set for a cycle stay; what
    is counted from now on (defaults, reminders, lateness) follows."""
    if not may_manage_cycles(by):
        raise PermissionDenied(_("工作日由领导小组办公室设定。"))
    moment = now or clock.now()
    problems = []
    if announced(day) == works:
        said = _("这一天本来就上班，不用设定。") if works else _("这一天本来就不上班，不用设定。")
        problems.append(Problem("day", said))
    if not note.strip():
        problems.append(Problem("note", _("请写明依据，如通知的文号。")))
    elif len(note) > NOTE:
        problems.append(Problem("note", _("依据最多 %(limit)d 字，请删减。") % {"limit": NOTE}))
    if problems:
        raise Problems(problems)
    made, is_new = Workday.objects.get_or_create(
        day=day, defaults={"works": works, "note": note.strip(), "set_at": moment, "set_by": by}
    )
    if not is_new:
        raise Conflict(
            _("%(day)s已由%(who)s设定；要改，请先取消原来的。") % {"day": day.isoformat(), "who": made.set_by}
        )
    record(
        by=by,
        verb="workday.set",
        subject=made,
        note=made.note,
        data={"day": day.isoformat(), "works": works},
        at=moment,
    )
    forget()
    return made


@transaction.atomic
def unset_day(*, by: User, pk: int, now: datetime | None = None) -> date:
    """Let the day be as announced again."""
    if not may_manage_cycles(by):
        raise PermissionDenied(_("工作日由领导小组办公室设定。"))
    found = Workday.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise Conflict(_("这一天的设定刚刚已被取消，请刷新页面。"))
    record(
        by=by,
        verb="workday.unset",
        subject=found,
        note=found.note,
        data={"day": found.day.isoformat(), "works": found.works},
        at=now or clock.now(),
    )
    found.delete()
    forget()
    return found.day
