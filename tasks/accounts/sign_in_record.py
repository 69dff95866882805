"""Failed sign-ins and locks in the audit log, from the signals of Django and django-axes. Pages and API share them."""

from typing import Any

import axes.signals  # noqa: F401  # its receiver counts, and comes before ours
from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from tasks.accounts.limits import count_failure
from tasks.audit.log import record_access, subject_of
from tasks.audit.models import Outcome
from tasks.people.models import User


@receiver(user_login_failed)
def failed(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_more: Any
) -> None:
    """A wrong name or password, and the lock that it leads to. What is refused unread while the name is locked has no
    count, and is not recorded again."""
    if request is None or getattr(request, "axes_failures_since_start", None) is None:
        return
    name = str(credentials.get("username", ""))
    count_failure(request, name)
    _record("account.login_failed", name, Outcome.FAILED)
    if getattr(request, "axes_locked_out", False):
        _record("account.locked_out", name, Outcome.REFUSED)


def _record(verb: str, name: str, outcome: Outcome) -> None:
    user = User.objects.filter(username=name).only("pk").first()
    # A password is easily typed into the field of the name: of a name that no account has, the log keeps the beginning.
    typed = name if user else f"{name[:2]}… ({len(name)})"
    subject = subject_of(user) if user else "page:login"
    record_access(verb, subject, by=None, data={"username": typed}, outcome=outcome)
