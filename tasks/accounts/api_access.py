"""Who may reach the API. The settings name these, so that a route which says nothing is closed."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from rest_framework import authentication, permissions
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tasks.accounts.tokens import owner_of
from tasks.people.models import User
from tasks.people.permissions import may_see_plan


class SignedIn(permissions.IsAuthenticated):
    """Signed in, with a password that nobody else has chosen."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not super().has_permission(request, view):
            return False
        refuse_first_password(request.user)
        return True


def allowed(given: Callable[[User], bool]) -> type[SignedIn]:
    """Open a route only to those whom the rule lets in, as tasks.people.access.allowed does for a page; the class carries
    its rule as `rule`."""

    class Allowed(SignedIn):
        rule: ClassVar[Callable[[User], bool]] = staticmethod(given)

        def has_permission(self, request: Request, view: Any) -> bool:
            return (
                super().has_permission(request, view)
                and isinstance(request.user, User)
                and given(request.user)
            )

    return Allowed


# What a route asks that says nothing else: administrators have no business data.
SeesPlan = allowed(may_see_plan)


class TokenAuthentication(authentication.TokenAuthentication):
    """`Authorization: Token …`."""

    def authenticate_credentials(self, key: str) -> tuple[Any, str]:
        user = owner_of(key)
        if user is None:
            raise AuthenticationFailed(_("令牌无效、已注销或已过期，请重新取得。"))
        return user, key


def refuse_first_password(user: Any) -> None:
    """What somebody else has chosen is changed before anything else, as on the pages."""
    if user.must_change_password:
        raise PermissionDenied(_("请先在网页上登录，设置自己的新密码。"))
