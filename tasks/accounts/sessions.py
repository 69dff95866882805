"""Sessions of a person: from where and since when, ended one or all, by the person or by the accounts administrator.

Django's table holds the sessions; a row of ours beside each says where it began. A session is live while Django's row is
there and has not expired; its last request is told by its expiry, which each request moves.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.accounts.appointments import lock_accounts, refuse_last_administrator
from tasks.accounts.models import SignIn
from tasks.audit.log import record, subject_of
from tasks.audit.models import Event
from tasks.errors import Problems
from tasks.people import permissions
from tasks.people.access import address_of
from tasks.people.models import User

# In the session: the real time at which it began, in seconds.
BEGAN = "began"

# Called with a sign-in from a place that is new for its person, in the transaction that writes it.
Receiver: TypeAlias = Callable[[SignIn], None]
_receivers: list[Receiver] = []


def on_new_place(function: Receiver) -> Receiver:
    """Register a function that tells a person of a sign-in from a new place."""
    _receivers.append(function)
    return function


@dataclass(frozen=True)
class LiveSession:
    """A session that is live, for lists."""

    sign_in: SignIn
    last_seen: datetime
    is_this: bool


@transaction.atomic
def begin(request: HttpRequest, user: User, *, is_known: bool) -> None:
    """Note where the session began. Beyond SESSIONS_AT_ONCE the oldest ends; a place from which the person has not signed
    in before is told."""
    request.session[BEGAN] = int(timezone.now().timestamp())
    request.session.save()
    row = SignIn(
        user=user,
        session_key=request.session.session_key or "",
        began_at=timezone.now(),
        address=address_of(request)[:45],
        browser=request.headers.get("User-Agent", "")[:200],
    )
    before = SignIn.objects.filter(user=user)
    is_new = before.exists() and not is_known
    row.save()
    if settings.SESSIONS_AT_ONCE:
        surplus = live(user, "")[settings.SESSIONS_AT_ONCE :]
        end(by=user, user=user, sessions=[one.sign_in.pk for one in surplus])
    if is_new:
        for function in _receivers:
            function(row)


def live(user: User, this: str) -> list[LiveSession]:
    """The person's live sessions, the latest first; `this` is the key of the present one. Two queries."""
    rows = {
        row.session_key: row
        for row in SignIn.objects.filter(user=user, ended_at=None).order_by("-began_at", "-id")
    }
    found = Session.objects.filter(session_key__in=list(rows), expire_date__gt=timezone.now())
    idle = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    expiry = dict(found.values_list("session_key", "expire_date"))
    return [LiveSession(row, expiry[key] - idle, key == this) for key, row in rows.items() if key in expiry]


@transaction.atomic
def end(*, by: User, user: User, sessions: Iterable[int] | None = None, but: str = "") -> int:
    """End these sessions of the person, or all but the one with the key `but`; how many. Repeating it ends nothing more."""
    if by.pk != user.pk and not permissions.may_manage_accounts(by):
        raise PermissionDenied(_("只有本人和系统管理员可以结束登录。"))
    rows = SignIn.objects.select_for_update().filter(user=user, ended_at=None).exclude(session_key=but)
    if sessions is not None:
        rows = rows.filter(pk__in=list(sessions))
    keys = list(rows.values_list("session_key", flat=True))
    if not keys:
        return 0
    ended, _kinds = Session.objects.filter(session_key__in=keys).delete()
    rows.update(ended_at=timezone.now())
    if ended:
        record(by=by, verb="account.session_end", subject=user, data={"sessions": ended}, at=clock.now())
    return int(ended)


def renew(request: HttpRequest, user: User, before: str | None) -> None:
    """The session got a new key, as with a new password: its row follows, and all others end."""
    SignIn.objects.filter(user=user, session_key=before or "").update(
        session_key=request.session.session_key or ""
    )
    end(by=user, user=user, but=request.session.session_key or "")


def is_over(request: HttpRequest) -> bool:
    """Whether the session has reached its absolute end, however busy it is."""
    began = request.session.get(BEGAN)
    return began is not None and timezone.now().timestamp() - began > settings.SESSION_MAX_HOURS * 3600


def suspend_unused(now: datetime | None = None) -> list[User]:
    """Close accounts that nobody has used for UNUSED_DAYS: no sign-in, no token, not made, opened or reset since. The last
    administrator of a kind stays. Real time, as of all sign-ins."""
    moment = now or timezone.now()
    since = moment - timedelta(days=settings.UNUSED_DAYS)
    recent = set(
        Event.objects.filter(
            recorded_at__gt=since,
            subject__startswith="user:",
            verb__in=["account.login", "account.open", "account.create", "account.reset_password", "account.invite",
                      "account.accept", "account.token"],
        ).values_list("subject", flat=True)
    )  # fmt: skip
    unused = User.objects.filter(is_active=True, is_sample=False, date_joined__lt=since).exclude(
        last_login__gt=since
    )
    closed = []
    for user in unused.order_by("pk"):
        if subject_of(user) in recent:
            continue
        with transaction.atomic():
            lock_accounts()
            try:
                refuse_last_administrator({user.pk: user.roles})
            except Problems:
                continue
            if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
                data = {"days": settings.UNUSED_DAYS}
                record(
                    by=None,
                    verb="account.suspend",
                    subject=user,
                    from_state="active",
                    to_state="closed",
                    data=data,
                )
                closed.append(user)
    return closed
