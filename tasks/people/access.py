"""What views need to know of the person who asks."""

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
    """The person who asks. For views behind the login, which is all of them that do not say otherwise."""
    if not isinstance(request.user, User):
        raise PermissionDenied(_("请先登录。"))
    return request.user


def allowed(rule: Callable[[User], bool]) -> Callable[[View[P]], View[P]]:
    """Open a view only to those whom the rule lets in; others get 403, whatever the method. The view carries its rule as
    `rule`, where the permission table finds it."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not rule(signed_in(request)):
                raise PermissionDenied(_("您的账号没有这项权限。"))
            return view(request, *args, **kwargs)

        guarded.rule = rule  # type: ignore[attr-defined]
        return guarded

    return decorate


def slug_asked(request: HttpRequest, name: str) -> str:
    """The slug of a query parameter, "" without one; 404 for what cannot be a slug, which the database would refuse
    in its own way (a NUL is an error to it and not a name that is missing)."""
    slug = request.GET.get(name, "")
    if slug and not slug_re.fullmatch(slug):
        raise Http404
    return slug


def address_of(request: HttpRequest) -> str:
    """Where the request comes from. Behind a proxy (TRUST_PROXY) it is the last address that the proxy itself added:
    what stands before it can be written by anybody."""
    if settings.SECURE_PROXY_SSL_HEADER:
        forwarded = _address(str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip())
        if forwarded:
            return forwarded
    return str(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> str:
    """An address without the port that some proxies add, "" for what is none: it is counted by in the database."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def filer(request: HttpRequest) -> User:
    """The person who asks, if he files for a body."""
    user = signed_in(request)
    if not may_file(user):
        raise PermissionDenied(_("工作台供各单位的填报员和签批人使用。"))
    return user
