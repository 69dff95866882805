"""API tokens: authenticate an account without a session.

An account has at most one token, which acts for one agency: the account's own, or the one that was named when it was
made (`5-12.…`). The database stores only a digest of the token and of the account's password hash, so
a copy of the database gives no access, and a token ends when the password is changed or reset.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from rest_framework.authtoken.models import Token

from tasks.audit.log import record, subject_of
from tasks.audit.models import Event
from tasks.people.models import User


@transaction.atomic
def make_token(*, by: User) -> str:
    """Creates and returns a new token, which is shown only once; the previous token ends."""
    user = User.objects.select_for_update().get(pk=by.pk)
    secret = secrets.token_urlsafe(32)
    number = str(user.pk) if by.agency_id == user.agency_id else f"{user.pk}-{by.agency_id}"
    Token.objects.filter(user=user).delete()
    Token.objects.create(user=user, key=_digest(user, number, secret))
    record(by=by, verb="account.token", subject=by, data={"agency": by.agency_id} if "-" in number else {})
    return f"{number}.{secret}"


@transaction.atomic
def end_token(*, by: User) -> None:
    """Revokes the account's token, if it has one."""
    if drop_token(by):
        record(by=by, verb="account.token_end", subject=by)


def drop_token(user: User) -> bool:
    """End the account's token; whether it had one. The caller writes the record."""
    return bool(Token.objects.filter(user=user).delete()[0])


def owner_of(text: str) -> User | None:
    """The user of the token; None if it is invalid, revoked or expired, or if its account is closed."""
    acts, _dot, secret = text.partition(".")
    number, _dash, agency = acts.partition("-")
    if not all(one.isdecimal() and one.isascii() and len(one) < 19 for one in (number, agency or "0")):
        return None
    # Closing an account ends its token for good: a reopened account starts without a token.
    closed = Event.objects.filter(
        subject=subject_of(User(pk=int(number))), verb="account.close", recorded_at__gte=OuterRef("created")
    )
    tokens = Token.objects.select_related("user__agency").filter(~Exists(closed), user=int(number))
    token = tokens.first()
    if token is None:
        return None
    user: User = token.user
    is_live = user.is_active and token.created > timezone.now() - timedelta(days=settings.API_TOKEN_DAYS)
    if not constant_time_compare(token.key, _digest(user, acts, secret)) or not is_live:
        return None
    if agency and int(agency) not in user.hats:
        return None
    return user.wearing(int(agency) if agency else user.agency_id)


def _digest(user: User, acts: str, secret: str) -> str:
    """`acts` is the account's number, as before there were agencies to choose from, or that with the agency's."""
    text = f"{user.get_session_auth_hash()}{acts if '-' in acts else ''}{secret}"
    return salted_hmac("tasks.accounts.tokens", text, algorithm="sha256").hexdigest()[:40]
