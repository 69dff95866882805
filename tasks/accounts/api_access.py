"""Authentication and permissions of the API. They are the defaults in the settings, so routes are closed by default."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from rest_framework import authentication, permissions
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tasks.accounts.second_factor import is_missing
from tasks.accounts.tokens import owner_of
from tasks.people.models import User
from tasks.people.permissions import may_see_plan
from tasks.people.plan_scope import user_for


class SignedIn(permissions.IsAuthenticated):
    """Signed in, with a password of the user's own choice."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not super().has_permission(request, view):
            return False
        refuse_first_password(request.user)
        refuse_without_factor(request, request.user, by_token=getattr(request, "auth", None) is not None)
        if isinstance(request.user, User) and request.user.is_limited:
            request.user = _in_scope(request.user, request)
        return True


def _in_scope(user: User, request: Request) -> User:
    """The user narrowed to the plan of the route, as tasks.accounts.middleware.PlanScope does it for pages."""
    match = request.resolver_match
    if match is None:
        return user
    is_read = request.method in permissions.SAFE_METHODS

    def named() -> str:
        if not is_read and isinstance(request.data, dict) and request.data.get("plan"):
            return str(request.data["plan"])
        return str(request.query_params.get("plan", ""))

    return user_for(user, match.url_name or "", match.kwargs, named, is_read=is_read)


def allowed(permission: Callable[[User], bool]) -> type[SignedIn]:
    """Permission class for users with the permission, as tasks.people.access.allowed for pages; the class has it in its
    attribute `rule`."""

    class Allowed(SignedIn):
        rule: ClassVar[Callable[[User], bool]] = staticmethod(permission)

        def has_permission(self, request: Request, view: Any) -> bool:
            return (
                super().has_permission(request, view)
                and isinstance(request.user, User)
                and permission(request.user)
            )

    return Allowed


# The default permission of routes: administrators see no business data.
SeesPlan = allowed(may_see_plan)


class TokenAuthentication(authentication.TokenAuthentication):
    """`Authorization: Token …`."""

    def authenticate_credentials(self, key: str) -> tuple[Any, str]:
        user = owner_of(key)
        if user is None:
            raise AuthenticationFailed(_("令牌无效、已注销或已过期，请重新取得。"))
        return user, key


def refuse_first_password(user: Any) -> None:
    """Raises PermissionDenied while the user has an initial password, which must be changed first, as on the pages."""
    if user.must_change_password:
        raise PermissionDenied(_("请先在网页上登录，设置自己的新密码。"))


def refuse_without_factor(request: Request, user: Any, *, by_token: bool) -> None:
    """Raises PermissionDenied where the user's role requires a second factor that is not set up, as on the pages."""
    if is_missing(request, user, by_token=by_token):
        raise PermissionDenied(_("您的角色须启用两步验证，请先在网页上登录并设置。"))
