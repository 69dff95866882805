"""邀请: a link that lets one person set the first password of their account, once and until a day.

The database stores a digest of the secret alone. A new invitation ends the one before; so does a reset of the password.
Whoever is an administrator gets none: the accounts administrator would see it.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.accounts.models import Invitation
from tasks.accounts.passwords import keep_old
from tasks.audit.log import Entry, record, record_all
from tasks.errors import Conflict, Problem, Problems
from tasks.people import permissions
from tasks.people.models import User
from tasks.values import ADMIN_ROLES

DAYS = 14


def invite(*, by: User, users: Sequence[User], now: datetime | None = None) -> list[str]:
    """Make an invitation for each account and return their secrets, which are shown this once. The password of the
    account, if it had one, stays until the invitation is used."""
    if not permissions.may_manage_accounts(by):
        raise PermissionDenied(_("邀请由系统管理员发出。"))
    if any({one.role for one in user.holdings} & ADMIN_ROLES for user in users):
        raise PermissionDenied(_("管理员的密码只能在服务器上用命令重置，以免一人掌握三员的权限。"))
    moment = timezone.now()
    made = [secrets.token_urlsafe(24) for _user in users]
    with transaction.atomic():
        withdraw([user.pk for user in users])
        Invitation.objects.bulk_create(
            [
                Invitation(
                    user=user,
                    digest=_digest(secret),
                    made_by=by,
                    made_at=moment,
                    ends_at=moment + timedelta(days=DAYS),
                )
                for user, secret in zip(users, made, strict=True)
            ]
        )
        record_all([Entry("account.invite", user) for user in users], by=by, at=now or clock.now())
    return made


def withdraw(users: Sequence[int]) -> None:
    """End what is open of these accounts' invitations."""
    moment = timezone.now()
    Invitation.objects.filter(user__in=users, used_at=None, ends_at__gt=moment).update(ends_at=moment)


def invitation_of(secret: str) -> Invitation | None:
    """The invitation, while it can be used."""
    found = Invitation.objects.select_related("user").filter(digest=_digest(secret), used_at=None)
    return found.filter(ends_at__gt=timezone.now(), user__is_active=True).first()


def accept(*, secret: str, password: str, now: datetime | None = None) -> User:
    """Set the password of the invited account. Of two who do so at once, one does."""
    found = invitation_of(secret)
    if found is None:
        raise Conflict(_("这个邀请已经用过、过期或被新的邀请取代，请联系系统管理员。"))
    try:
        validate_password(password, found.user)
    except ValidationError as error:
        raise Problems([Problem("new_password1", message) for message in error.messages]) from error
    with transaction.atomic():
        used = Invitation.objects.filter(pk=found.pk, used_at=None, ends_at__gt=timezone.now())
        if not used.update(used_at=timezone.now()):
            raise Conflict(_("这个邀请已经用过、过期或被新的邀请取代，请联系系统管理员。"))
        user = User.objects.select_for_update(of=("self",)).get(pk=found.user_id)
        if {one.role for one in user.holdings} & ADMIN_ROLES:
            raise Conflict(_("这个账号已是管理员，不能再用邀请设密码。"))
        keep_old(user)
        user.set_password(password)
        user.must_change_password = False
        user.save(update_fields=["password", "must_change_password"])
        record(by=user, verb="account.accept", subject=user, at=now or clock.now())
    return user


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
