"""Limits of how often something is done: by an account, a token or an address, counted in the database.

One statement counts and says whether it may go on, so that all web processes share the count and a broker that is away
opens nothing. A window begins with its first attempt.
"""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tasks.accounts import devices
from tasks.audit.log import record_access
from tasks.audit.models import Outcome
from tasks.people.access import address_of
from tasks.people.models import User

_COUNT = """
INSERT INTO tasks_tally AS t (key, since, count) VALUES (%(key)s, clock_timestamp(), 1)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN t.since <= clock_timestamp() - %(window)s * interval '1 second' THEN 1 ELSE t.count + 1 END,
    since = CASE WHEN t.since <= clock_timestamp() - %(window)s * interval '1 second' THEN clock_timestamp()
                 ELSE t.since END
RETURNING count, ceil(%(window)s - extract(epoch FROM clock_timestamp() - since))
"""


@dataclass(frozen=True)
class Limit:
    """So many times in so many seconds."""

    name: str
    times: int
    seconds: int


@dataclass(frozen=True)
class Tally:
    """What was counted: how often in this window, and in how many seconds it ends."""

    count: int
    ends_in: int
    limit: Limit

    @property
    def wait(self) -> int:
        """The seconds to wait; 0 where it may go on."""
        return max(1, self.ends_in) if self.count > self.limit.times else 0

    @property
    def is_first_refusal(self) -> bool:
        """Whether this is the first refusal of the window, which alone is recorded."""
        return self.count == self.limit.times + 1


def count(limit: Limit, whose: str) -> Tally:
    """Count one more. One query, and one row for each limit and person."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"key": _key(limit, whose), "window": limit.seconds})
        found, ends_in = cursor.fetchone()
    return Tally(int(found), int(ends_in), limit)


def counted(limit: Limit, whose: str) -> int:
    """How often it was done in the window that runs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count FROM tasks_tally WHERE key = %s AND since > clock_timestamp() - %s * interval '1 second'",
            [_key(limit, whose), limit.seconds],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def tidy() -> int:
    """Remove counts of windows that ended a day ago; how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tasks_tally WHERE since < clock_timestamp() - interval '1 day'")
        return int(cursor.rowcount)


def _key(limit: Limit, whose: str) -> str:
    return f"{limit.name}:{hashlib.sha256(whose.encode()).hexdigest()[:32]}"


def whose(request: HttpRequest) -> str:
    """The account, else the whole token (with a wrong one nobody uses up another's), else the address."""
    if isinstance(request.user, User):
        return f"user:{request.user.pk}"
    token = request.headers.get("Authorization", "")
    return f"token:{token}" if token else f"address:{address_of(request)}"


# -- the limits ---------------------------------------------------------------------------------------------


def sign_in() -> Limit:
    """Attempts to sign in from one address: what they cost in hashing stays a fraction of a processor."""
    return Limit("sign-in", settings.SIGN_INS_PER_MINUTE, 60)


def failures() -> Limit:
    """Failed sign-ins from one address, under whatever names. Beyond them the address is slowed, see `slowed`."""
    return Limit("failures", settings.LOGIN_FAILURES_OF_ADDRESS, settings.LOGIN_LOCKED_MINUTES * 60)


SLOWED = Limit("slowed", 1, 10)
OLD_PASSWORD = Limit("old-password", 5, 15 * 60)
VERIFICATION = Limit("verify", 30, 60)


def wait_to_sign_in(request: HttpRequest, username: str) -> int:
    """The seconds that this browser has to wait before its next attempt; 0 where it may try. A browser from which the person
    has signed in before waits for nobody else's failures. At most three queries."""
    if devices.is_known(request, username):
        return 0
    address = address_of(request)
    tally = count(sign_in(), address)
    if not tally.wait and counted(failures(), address) >= failures().times:
        tally = count(SLOWED, address)
    if tally.is_first_refusal:
        data = {"limit": tally.limit.name, "seconds": tally.limit.seconds}
        record_access("access.slowed", "page:login", by=None, data=data, outcome=Outcome.REFUSED)
    return tally.wait


def count_failure(request: HttpRequest, username: str) -> None:
    """Count a failed sign-in of a browser that is not known."""
    if not devices.is_known(request, username):
        count(failures(), address_of(request))


def slow_down_words(seconds: int) -> str:
    """The sentence for whoever has to wait."""
    return _("操作过于频繁，请 %(n)s 秒后再试。") % {"n": seconds}
