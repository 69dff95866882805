"""Signing in with a token: through the login's own door, one at a time, and ended with the password."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from tasks.accounts import actions
from tasks.models import Event, User
from tasks.values import Role
from tests import factories as make
from tests.api.conftest import error

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(db: None) -> User:
    return make.user(Role.VIEWER)


def sign_in(user: User, password: str = make.PASSWORD) -> Any:
    return APIClient().post("/api/v1/token/", {"username": user.username, "password": password})


def plans(token: str) -> int:
    """The status that a reader with the token gets."""
    return int(APIClient().get("/api/v1/plans/", headers={"authorization": f"Token {token}"}).status_code)


def test_a_token_opens_the_api_and_no_page(user: User) -> None:
    answer = sign_in(user)
    token = answer.json()["token"]
    assert answer.status_code == 201
    assert plans(token) == 200
    assert APIClient().get("/briefs/", headers={"authorization": f"Token {token}"}).status_code == 302
    assert Event.objects.filter(by=user, verb="account.token").count() == 1


def test_what_is_stored_opens_nothing(user: User) -> None:
    sign_in(user)
    assert plans(f"{user.pk}.{Token.objects.get().key}") == 401


def test_a_name_in_capitals_is_the_same_name(user: User) -> None:
    answer = APIClient().post(
        "/api/v1/token/", {"username": user.username.upper(), "password": make.PASSWORD}
    )
    assert answer.status_code == 201


def test_a_new_token_ends_the_one_before(user: User) -> None:
    first, second = (sign_in(user).json()["token"] for _ in range(2))
    assert (plans(first), plans(second)) == (401, 200)


def test_a_token_can_be_revoked(user: User) -> None:
    token = sign_in(user).json()["token"]
    asking = APIClient(headers={"authorization": f"Token {token}"})
    assert asking.delete("/api/v1/token/").status_code == 204
    assert plans(token) == 401
    assert Event.objects.filter(by=user, verb="account.token_end").count() == 1


def test_a_token_ends_with_the_password(user: User) -> None:
    token = sign_in(user).json()["token"]
    actions.change_own_password(by=user, password="another that is long enough")
    assert plans(token) == 401


def test_a_token_ends_with_the_account(user: User) -> None:
    token = sign_in(user).json()["token"]
    actions.set_active(by=make.user(Role.ACCOUNTS_ADMIN), users=[user.pk], active=False, note="调离")
    assert plans(token) == 401


def test_a_token_runs_out(user: User) -> None:
    token = sign_in(user).json()["token"]
    Token.objects.update(created=timezone.now() - timedelta(days=settings.API_TOKEN_DAYS))
    assert plans(token) == 401


@pytest.mark.parametrize("token", ["x", "1", "1.", ".x", "-1.x", "²", "9" * 30 + ".x"])
def test_what_is_no_token(user: User, token: str) -> None:
    assert plans(token) == 401


def test_a_wrong_password_says_no_more_than_a_wrong_name(user: User) -> None:
    wrong = sign_in(user, "wrong")
    unknown = APIClient().post("/api/v1/token/", {"username": "nobody", "password": "wrong"})
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert error(wrong) == error(unknown)
    assert not Token.objects.exists()


def test_failures_lock_as_on_the_login_page(user: User) -> None:
    statuses = [sign_in(user, "wrong").status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert statuses[:-1] == [401] * (settings.AXES_FAILURE_LIMIT - 1)
    locked = sign_in(user)
    assert (locked.status_code, error(locked)["code"]) == (429, "throttled")
    assert locked["Retry-After"] == str(15 * 60)
    page = APIClient().post(
        "/login/",
        f"username={user.username}&password={make.PASSWORD}",
        content_type="application/x-www-form-urlencoded",
    )
    assert page.status_code == 429


def test_a_first_password_gets_no_token(user: User) -> None:
    User.objects.filter(pk=user.pk).update(must_change_password=True)
    assert sign_in(user).status_code == 403
    assert not Token.objects.exists()
