"""Helpers of views about the current user and request: permission decorator, slugs, client address."""

from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.validators import slug_re
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from tasks.people.models import User
from tasks.people.permissions import may_file

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def signed_in(request: HttpRequest) -> User:
    """The current user, for views behind the login (the default for all views)."""
    if not isinstance(request.user, User):
        raise PermissionDenied(_("请先登录。"))
    return request.user


def allowed(rule: Callable[[User], bool]) -> Callable[[View[P]], View[P]]:
    """Decorator: users without the permission `rule` get 403, whatever the method. The view has the rule in its
    attribute `rule`, which the permission table reads."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not rule(signed_in(request)):
                raise PermissionDenied(_("您没有此项权限。"))
            return view(request, *args, **kwargs)

        guarded.rule = rule  # type: ignore[attr-defined]
        return guarded

    return decorate


def slug_asked(request: HttpRequest, name: str) -> str:
    """The slug of a query parameter, "" without one. Raises Http404 for text that is no slug; the database would
    otherwise raise an error for a NUL instead of finding nothing."""
    slug = request.GET.get(name, "")
    if slug and not slug_re.fullmatch(slug):
        raise Http404
    return slug


def plan_beside_path(request: HttpRequest) -> str:
    """The slug of the plan that the request names in a form or as `?plan=`; "" without one. What the API receives is read
    by Django REST framework alone."""
    posted = "" if request.path.startswith("/api/") else request.POST.get("plan")
    return posted or request.GET.get("plan", "")


def address_of(request: HttpRequest) -> str:
    """The client's address. Behind a proxy (TRUST_PROXY) it is the last address, which the proxy itself added: clients
    can forge the addresses before it."""
    if settings.SECURE_PROXY_SSL_HEADER:
        forwarded = _address(str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip())
        if forwarded:
            return forwarded
    return str(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> str:
    """An address without the port that some proxies add, "" for invalid text, because the database counts by it."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def filer(request: HttpRequest) -> User:
    """The current user, who must be allowed to write submissions of an agency. Raises PermissionDenied."""
    user = signed_in(request)
    if not may_file(user):
        raise PermissionDenied(_("工作台供各单位的填报员和签批人使用。"))
    return user
