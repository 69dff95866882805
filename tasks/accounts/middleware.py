"""Who may reach a page at all."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from tasks.accounts.checks import SAMPLE_IN_PRODUCTION
from tasks.people.queries import is_sample_database

# Outlives the session cookie and says only that somebody was signed in here: so the login page can tell a person
# why he is asked again.
WAS_SIGNED_IN = "was_signed_in"


class SignedIn(LoginRequiredMiddleware):
    """Django's own, and some cases more: a part of a page asked for by htmx must not be answered with the login page;
    a session that ended for another reason than idleness must not be explained with it; a password that somebody
    else has chosen is changed before anything else; and what was answered to somebody is kept by no cache, so that the
    next one at the same machine finds nothing of it."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        user = request.user
        if not user.is_authenticated:
            if SESSION_KEY in request.session:
                # The account was closed: its session must not wait for it to be opened again.
                request.session.flush()
            return self._to_login(request) if getattr(view_func, "login_required", True) else None
        # The API says so itself, in its own shape.
        exempt = getattr(view_func, "before_password_change", False) or request.path.startswith("/api/")
        if user.must_change_password and not exempt:
            messages.info(request, _("请先设置自己的新密码。"))
            return redirect("password")
        return None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        # Pages that want to be found again by the browser's “back”, with what was typed, say so themselves.
        user = getattr(request, "user", None)
        if not response.has_header("Cache-Control") and user is not None and user.is_authenticated:
            response["Cache-Control"] = "private, no-store"
        return response

    def _to_login(self, request: HttpRequest) -> HttpResponseBase:
        htmx = getattr(request, "htmx", None)
        if request.headers.get("X-Autosave"):
            # A form's script asks; it keeps what was typed in the browser and offers it after the next login.
            response: HttpResponse = HttpResponse(status=401)
        elif htmx:
            try:
                path = htmx.current_url_abs_path or "/"
            except ValueError:  # what the header says is no address
                path = "/"
            response = HttpResponseClientRedirect(redirect_to_login(path).url)
        else:
            # Only a page that was looked at can be returned to; a form that was sent cannot be sent again.
            path = request.get_full_path()
            if request.method not in {"GET", "HEAD"}:
                path = _page_before(request)
                messages.warning(
                    request,
                    _(
                        "刚才提交的内容没有保存，请先登录。登录后用浏览器的“后退”回到原来的页面，多半还能找回所写的文字。"
                    ),
                )
            response = redirect_to_login(path)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            # The browser still held the session, so it was not idle: the account was closed, or its password changed.
            response.delete_cookie(WAS_SIGNED_IN)
        return response


def _page_before(request: HttpRequest) -> str:
    """The page of ours that a form was sent from, as the browser tells it; else the site's door."""
    referer = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    return urlsplit(referer)._replace(scheme="", netloc="").geturl() if referer and ours else "/"


class RealDataOnly:
    """Production refuses a database that holds samples. Asked with the first request, then remembered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.PRODUCTION:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self.is_real = False

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not self.is_real:
            try:
                if is_sample_database():
                    return HttpResponse(
                        SAMPLE_IN_PRODUCTION, status=503, content_type="text/plain; charset=utf-8"
                    )
                self.is_real = True
            except DatabaseError:
                pass  # no database, no answer yet: the view says so in its own way, and the next request asks again
        return self.get_response(request)
