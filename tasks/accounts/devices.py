"""Browsers from which a person has signed in before: a signed cookie names them, for a year.

Whoever guesses a name's password, from the same office's address too, locks the name for strangers; a browser that its
owner has used is counted apart, and goes on.
"""

import hashlib

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

from tasks.people.models import User

COOKIE = "known_device"
_SALT = "tasks.accounts.devices"
_YEAR = 365 * 24 * 3600
# People who share one computer; the one who signed in last comes first.
_PEOPLE = 8


def _people(request: HttpRequest) -> list[str]:
    try:
        names = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_YEAR)
    except signing.BadSignature:
        return []
    return [str(name) for name in names] if isinstance(names, list) else []


def _name(username: str) -> str:
    return salted_hmac(_SALT, username).hexdigest()[:16]


def is_known(request: HttpRequest, username: str) -> bool:
    """Whether the person of this name has signed in from this browser. No query."""
    return _name(username) in _people(request)


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Put the person into the cookie of the browser."""
    names = [_name(user.username), *_people(request)]
    response.set_cookie(
        COOKIE,
        signing.dumps(list(dict.fromkeys(names))[:_PEOPLE], salt=_SALT),
        max_age=_YEAR,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def counted_as(request: HttpRequest, credentials: dict[str, str] | None) -> str:
    """The name under which django-axes counts a failure: from a known browser with a mark that no account's name can have."""
    username = str((credentials or {}).get("username") or "")
    if not is_known(request, username):
        return username
    return f"{username}#{hashlib.sha256(request.COOKIES[COOKIE].encode()).hexdigest()[:8]}"
