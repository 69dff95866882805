"""Domain time: the one place that says what moment it is.

Everything the domain records or compares (quarters, due dates, "as known at") asks `now()` here. Sessions,
tokens, logs and job rows use real time. The trial site stands still at one moment, so that a newcomer always
finds a quarter open for filing; production refuses such a setting.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("qhplan_clock", default=None)


def _fixed() -> datetime | None:
    held: datetime | None = _moment.get() or settings.QHPLAN_NOW
    return held


def now() -> datetime:
    """The present moment of the domain, always aware."""
    return _fixed() or timezone.now()


def today() -> date:
    """The present day where the plan is carried out (Asia/Shanghai)."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """The day of a moment there."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def is_fixed() -> bool:
    """Whether the clock stands still; pages show a band when it does."""
    return _fixed() is not None


@contextmanager
def at(moment: datetime) -> Iterator[datetime]:
    """Hold the clock at `moment` within the block, in this thread or coroutine alone."""
    if timezone.is_naive(moment):
        raise ValueError("clock.at() needs a moment with a time zone")
    token = _moment.set(moment)
    try:
        yield moment
    finally:
        _moment.reset(token)
