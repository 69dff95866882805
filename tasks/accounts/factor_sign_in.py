"""The step of signing in between the password and the code: who waits for it, and what a wrong code counts as.

A wrong code is a failed sign-in: it counts with wrong passwords in the same limits and locks the name as they do. Beyond
that an account has so many tries, from whatever addresses.
"""

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from tasks.accounts import second_factor
from tasks.accounts.limits import count, wait_to_sign_in
from tasks.people.models import User

# In the session: who has given the right password, and when.
_WAITS = "waits_for_code"
_SECONDS = 5 * 60


def wait_for(request: HttpRequest, user: User) -> None:
    """Note that the person has given the right password. The session gets a new key, and stays nobody's."""
    request.session.cycle_key()
    request.session[_WAITS] = {
        "user": user.pk,
        "backend": user.backend,  # authenticate() has set it
        "hash": user.get_session_auth_hash(),
        "at": int(timezone.now().timestamp()),
    }


def waiting(request: HttpRequest) -> User | None:
    """Who waits for the code in this session, for five minutes, and while account and password are as they were."""
    waits = request.session.get(_WAITS)
    if not waits or timezone.now().timestamp() - waits["at"] > _SECONDS:
        return None
    user = User.objects.filter(pk=waits["user"], is_active=True).first()
    if user is None or not constant_time_compare(waits["hash"], user.get_session_auth_hash()):
        return None
    user.backend = waits["backend"]
    return user


def passed(request: HttpRequest) -> None:
    request.session.pop(_WAITS, None)
    request.session[second_factor.PASSED] = True


def wait_for_code(request: HttpRequest, user: User) -> int:
    """The seconds to wait before the next code is looked at; 0 where it may be. Counts the try."""
    if not AxesProxyHandler.is_allowed(request, {"username": user.username}):
        return int(settings.AXES_COOLOFF_TIME.total_seconds())
    return wait_to_sign_in(request, user.username) or count(second_factor.CODES, str(user.pk)).wait


def accept(request: HttpRequest, user: User, code: str) -> bool:
    """Whether the code is right, which is then used up; a wrong one is a failed sign-in."""
    if second_factor.take(user, code):
        return True
    user_login_failed.send(sender=__name__, credentials={"username": user.username}, request=request)
    return False
