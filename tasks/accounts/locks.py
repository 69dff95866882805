"""Names that are locked after too many failed sign-ins: until when, and lifting it. django-axes counts the failures, for
each name and network address together."""

from datetime import datetime

from axes.models import AccessAttempt
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import record
from tasks.errors import Conflict
from tasks.people import permissions
from tasks.people.models import User


def locked_until(user: User) -> datetime | None:
    """When the last lock on the name ends; None where it is not locked. One query. Real time, as of all sign-ins."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    failures: dict[str, int] = {}
    last: dict[str, datetime] = {}
    rows = _attempts(user).filter(attempt_time__gt=since)
    for name, address, count, at in rows.values_list(
        "username", "ip_address", "failures_since_start", "attempt_time"
    ):
        where = f"{name} {address}"
        failures[where] = failures.get(where, 0) + count
        last[where] = max(at, last.get(where, at))
    locked = [last[one] for one, count in failures.items() if count >= settings.AXES_FAILURE_LIMIT]
    return max(locked) + settings.AXES_COOLOFF_TIME if locked else None


@transaction.atomic
def unlock(*, by: User, user: User, note: str = "") -> None:
    """The administrator lets the person try again at once; the password stays."""
    if not permissions.may_manage_accounts(by):
        raise PermissionDenied(_("只有系统管理员可以解除登录锁定。"))
    if locked_until(user) is None:
        raise Conflict(_("“%(user)s”现在没有锁定。") % {"user": user.username})
    forget_failures(user)
    record(by=by, verb="account.unlock", subject=user, note=note, at=clock.now())


def forget_failures(user: User) -> bool:
    """Forget the failed sign-ins of the name, from all addresses; whether there were any."""
    return bool(_attempts(user).delete()[0])


def _attempts(user: User) -> QuerySet[AccessAttempt]:
    """Failures under the name, and those of its known browsers (tasks.accounts.devices)."""
    found: QuerySet[AccessAttempt] = AccessAttempt.objects.filter(
        Q(username=user.username) | Q(username__startswith=f"{user.username}#")
    )
    return found
