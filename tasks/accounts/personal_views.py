"""What readers set for themselves with one press: 大字, and the hint of a first visit."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tasks.accounts import personal
from tasks.accounts.middleware import page_before
from tasks.people.access import signed_in
from tasks.people.models import User

LARGE_TYPE = "large_type"  # cookie, for the pages before sign-in
_YEAR = 365 * 24 * 3600


def is_large(request: HttpRequest) -> bool:
    """Whether the page is set in large type: as the account says, before sign-in as this browser was told."""
    user = getattr(request, "user", None)
    return user.large_type if isinstance(user, User) else request.COOKIES.get(LARGE_TYPE) == "1"


@require_POST
def text_size(request: HttpRequest) -> HttpResponse:
    """大字 or 标准, from the page on which it was asked for on."""
    large = request.POST.get("size") == "large"
    if isinstance(request.user, User):
        personal.set_type(by=request.user, large=large)
    answer = redirect(page_before(request))
    answer.set_cookie(
        LARGE_TYPE,
        "1" if large else "0",
        max_age=_YEAR,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return answer


@require_POST
def first_use(request: HttpRequest) -> HttpResponse:
    """Put the hint of a first visit away, or show it again."""
    again = request.POST.get("show") == "again"
    personal.put_hint_away(by=signed_in(request), away=not again)
    return redirect("home" if again else page_before(request))
