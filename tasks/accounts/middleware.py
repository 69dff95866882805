"""Middleware: login, forced password change, no caching of personal pages, no sample data in production."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from tasks.accounts.checks import SAMPLE_IN_PRODUCTION
from tasks.accounts.second_factor import is_missing
from tasks.accounts.sessions import is_over
from tasks.people.access import plan_beside_path
from tasks.people.models import User
from tasks.people.plan_scope import user_for
from tasks.people.queries import is_sample_database

# In the session: the agency that a person who serves several has chosen to act for.
ACTS_FOR = "acts_for"
# This cookie outlives the session and only records that somebody was signed in, so that the login page can explain
# why a new sign-in is necessary.
WAS_SIGNED_IN = "was_signed_in"


def clear_pages(response: HttpResponseBase) -> None:
    """Tells the browser to drop the pages that it holds (qhplan/conditional.py) for who was signed in. Not its storage:
    an unfinished draft waits there for the next sign-in, and signing out on purpose deletes it (signout.js)."""
    response["Clear-Site-Data"] = '"cache"'


class SignedIn(LoginRequiredMiddleware):
    """Django's login middleware with additional cases: an htmx request for a part of a page does not get the login page;
    the login page blames idleness only if that ended the session; an initial password must be changed, and a second factor that
    the role requires set up, before anything else; and no cache keeps a signed-in user's pages, so that the next user of the machine cannot see them, but for those that
    are asked for each time and dropped at the end (qhplan/conditional.py)."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        user = request.user
        if user.is_authenticated and is_over(request):
            request.session.flush()
            user = request.user = AnonymousUser()
        if not user.is_authenticated:
            if SESSION_KEY in request.session:
                # The account is closed: its session must not become valid again if the account is reopened.
                request.session.flush()
            return self._to_login(request) if getattr(view_func, "login_required", True) else None
        # The API checks this itself and responds in its own format.
        exempt = getattr(view_func, "before_password_change", False) or request.path.startswith("/api/")
        if user.must_change_password and not exempt:
            messages.info(request, _("请先设置自己的新密码。"))
            return redirect("password")
        exempt = exempt or getattr(view_func, "before_second_factor", False)
        if not exempt and is_missing(request, user):
            messages.info(request, _("您的角色须启用两步验证，请先设置。"))
            return redirect("second_factor")
        return None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        # Pages that need the browser's “back” with the typed text set their own header.
        user = getattr(request, "user", None)
        if not response.has_header("Cache-Control") and user is not None and user.is_authenticated:
            response["Cache-Control"] = "private, no-store"
        return response

    def _to_login(self, request: HttpRequest) -> HttpResponseBase:
        htmx = getattr(request, "htmx", None)
        if request.headers.get("X-Autosave"):
            # The request comes from a form's script, which keeps the typed text in the browser until the next login.
            response: HttpResponse = HttpResponse(status=401)
        elif htmx:
            try:
                path = htmx.current_url_abs_path or "/"
            except ValueError:  # the header is no valid address
                path = "/"
            response = HttpResponseClientRedirect(redirect_to_login(path).url)
        else:
            # Only a GET page can be opened again after login; a sent form cannot be sent again.
            path = request.get_full_path()
            if request.method not in {"GET", "HEAD"}:
                path = page_before(request)
                messages.warning(
                    request,
                    _(
                        "刚才提交的内容没有保存，请先登录。登录后用浏览器的“后退”回到原来的页面，多半还能找回所写的文字。"
                    ),
                )
            response = redirect_to_login(path)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            # The browser still has the session cookie, so idleness did not end it: the account is closed, or its
            # password has changed.
            response.delete_cookie(WAS_SIGNED_IN)
        if WAS_SIGNED_IN in request.COOKIES or settings.SESSION_COOKIE_NAME in request.COOKIES:
            clear_pages(response)
        return response


class PlanScope:
    """Narrows the user to the agency that they act for and to the plan of the page, before any rule is asked. The API does
    the same in its permission classes, because a token names its user only there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> None:
        """Raises Http404 for a plan in which the user has no part."""
        user = request.user
        if not isinstance(user, User):
            return
        user = request.user = user.wearing(request.session.get(ACTS_FOR))
        if request.path.startswith("/api/"):
            return
        match = request.resolver_match
        request.user = user_for(
            user,
            match.url_name or "" if match else "",
            view_kwargs,
            lambda: plan_beside_path(request),
            is_read=request.method in {"GET", "HEAD"},
        )


def page_before(request: HttpRequest) -> str:
    """The page of this site from which a form was sent (by its Referer), or else the start page."""
    referer = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    return urlsplit(referer)._replace(scheme="", netloc="").geturl() if referer and ours else "/"


class RealDataOnly:
    """Production refuses a database with sample data. Checked with the first request and then cached."""

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
                pass  # no database: the view handles that, and the next request checks again
        return self.get_response(request)
