"""Domain time: the only source of the current moment and day for the domain.

All moments that the domain records or compares (quarters, due dates, "as known at") come from `now()`. Sessions,
tokens, logs and job rows use real time. The clock of a trial site is fixed at one moment, so that a newcomer always
sees a quarter open for filing; production refuses this setting.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("qhplan_clock", default=None)


def _fixed() -> datetime | None:
    moment: datetime | None = _moment.get() or settings.QHPLAN_NOW
    return moment


def now() -> datetime:
    """The current moment of the domain, always with a time zone."""
    return _fixed() or timezone.now()


def today() -> date:
    """The current day in the plan's time zone (Asia/Shanghai)."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """The day of a moment in the plan's time zone."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def is_fixed() -> bool:
    """Whether the clock is fixed; pages then show a banner."""
    return _fixed() is not None


@contextmanager
def at(moment: datetime) -> Iterator[datetime]:
    """Fixes the clock at `moment` during the block, in this thread or coroutine only. Raises ValueError if naive."""
    if timezone.is_naive(moment):
        raise ValueError("clock.at() needs a moment with a time zone")
    token = _moment.set(moment)
    try:
        yield moment
    finally:
        _moment.reset(token)
