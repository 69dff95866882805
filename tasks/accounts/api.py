"""API route of the account's token: create and revoke."""

from typing import Any

from django.http import HttpRequest
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers, status
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tasks.accounts.actions import normal_username
from tasks.accounts.api_access import refuse_first_password, refuse_without_factor
from tasks.accounts.factor_sign_in import accept, wait_for_code
from tasks.accounts.forms import LoginForm
from tasks.accounts.limits import slow_down_words, wait_to_sign_in
from tasks.accounts.second_factor import is_set_up
from tasks.accounts.tokens import end_token, make_token
from tasks.agencies.models import Agency
from tasks.people.access import signed_in
from tasks.people.models import User


class SignInSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=60)
    password = serializers.CharField(max_length=200, trim_whitespace=False, write_only=True)
    code = serializers.CharField(
        max_length=40,
        required=False,
        write_only=True,
        help_text=_("验证码或恢复码；启用了两步验证的账号必填。"),
    )
    agency = serializers.SlugField(
        max_length=60,
        required=False,
        help_text=_("代号；为几个单位办理业务的人须指明令牌用于哪个单位，不填即账号所在单位。"),
    )


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(read_only=True)


class TokenView(APIView):
    """The account's token: POST creates one, DELETE revokes it."""

    def get_permissions(self) -> list[Any]:
        return [permissions.AllowAny() if self.request.method == "POST" else permissions.IsAuthenticated()]

    @extend_schema(request=SignInSerializer, responses={201: TokenSerializer}, auth=[])
    def post(self, request: Request) -> Response:
        """Creates a token. Uses the form of the login page, so that failures are counted and locked alike."""
        serializer = SignInSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data.pop("agency", "")
        code = serializer.validated_data.pop("code", "")
        wait = wait_to_sign_in(request._request, normal_username(serializer.validated_data["username"]))
        if wait:
            raise Throttled(wait, slow_down_words(wait))
        form = LoginForm(request._request, data=serializer.validated_data)
        if not form.is_valid():
            raise AuthenticationFailed(LoginForm.error_messages["invalid_login"])
        user = form.get_user()
        refuse_first_password(user)
        refuse_without_factor(request, user, by_token=True)
        if is_set_up(user):
            _ask_for_code(request._request, user, code)
        if wanted:
            agency_id = (
                Agency.objects.filter(slug=wanted, pk__in=user.hats).values_list("pk", flat=True).first()
            )
            if agency_id is None:
                raise serializers.ValidationError({"agency": [_("您不为这个单位办理业务。")]})
            user = user.acting_for(agency_id)
        headers = {"Cache-Control": "no-store"}
        return Response({"token": make_token(by=user)}, status=status.HTTP_201_CREATED, headers=headers)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        end_token(by=signed_in(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _ask_for_code(request: HttpRequest, user: User, code: str) -> None:
    """Raises where the code that has to come with the password is missing or wrong."""
    if not code:
        raise AuthenticationFailed(_("这个账号启用了两步验证，请一并提供验证码（code）。"))
    wait = wait_for_code(request, user)
    if wait:
        raise Throttled(wait, slow_down_words(wait))
    if not accept(request, user, code):
        raise AuthenticationFailed(_("验证码不正确，或已经用过。"))


urlpatterns = [path("token/", TokenView.as_view(), name="api_token")]
