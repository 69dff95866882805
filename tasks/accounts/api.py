"""API route of the account's token: create and revoke."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers, status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tasks.accounts.api_access import refuse_first_password
from tasks.accounts.forms import LoginForm
from tasks.accounts.tokens import end_token, make_token
from tasks.people.access import signed_in


class SignInSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=60)
    password = serializers.CharField(max_length=200, trim_whitespace=False, write_only=True)


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
        form = LoginForm(request._request, data=serializer.validated_data)
        if not form.is_valid():
            raise AuthenticationFailed(LoginForm.error_messages["invalid_login"])
        user = form.get_user()
        refuse_first_password(user)
        return Response({"token": make_token(by=user)}, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        end_token(by=signed_in(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = [path("token/", TokenView.as_view(), name="api_token")]
