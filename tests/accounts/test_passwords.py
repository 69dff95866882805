"""Which passwords are refused: those that a stranger tries first, the present one, and what a site sets beside."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tasks.accounts import actions
from tasks.accounts.models import OldPassword
from tasks.models import User
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


def codes(password: str, user: User | None = None) -> set[str | None]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {one.code for one in error.error_list}
    return set()


@pytest.mark.parametrize(
    "password",
    ["qhplan2017", "Qinghai2017", "qinghai123456", "Q1nghai-2025", "xingdong.fangan", "zhangsan-2017", "zjj-tb-20170401",
     "keji-ting-2017", "张三张三张三2017"],
)  # fmt: skip
def test_words_of_the_site_and_the_person_are_no_password(password: str) -> None:
    agency = make.agency("科技厅")
    person = User(username="zjj-tb", display_name="张三", agency=agency)
    assert "password_own_words" in codes(password, person)


@pytest.mark.parametrize(
    "password", ["qinghai-horse-battery", "abcd-efgh-jkmn", "大雁飞过的那年夏天真热", "7rk2-m9qw-x4rt"]
)
def test_other_passwords_are_taken(password: str) -> None:
    assert codes(password, User(username="zjj-tb", display_name="张三")) == set()


def test_random_passwords_are_never_refused() -> None:
    person = User(username="zjj-tb", display_name="张三")
    assert [word for word in (actions.new_password() for _n in range(200)) if codes(word, person)] == []


def test_the_present_password_and_with_a_setting_the_last_ones_are_refused(settings: Settings) -> None:
    user = make.user(Role.VIEWER)
    assert codes(make.PASSWORD, user) == {"password_present"}
    actions.change_own_password(by=user, password="second-of-mine")
    assert codes(make.PASSWORD, user) == set()
    assert not OldPassword.objects.exists()
    settings.PASSWORD_HISTORY = 2
    for word in ("third-of-mine", "fourth-of-mine", "fifth-of-mine"):
        actions.change_own_password(by=user, password=word)
    assert codes("fourth-of-mine", user) == codes("third-of-mine", user) == {"password_history"}
    assert codes("second-of-mine", user) == set()
    assert OldPassword.objects.count() == 2


def test_kinds_of_characters_count_where_a_site_sets_them(settings: Settings) -> None:
    assert codes("onlysmallletters") == set()
    settings.PASSWORD_KINDS = 3
    assert codes("onlysmallletters") == {"password_kinds"}
    assert codes("Small-and-more") == set()


def test_an_old_password_is_changed_after_signing_in(settings: Settings) -> None:
    user = make.user(Role.VIEWER, username="known")
    actions.change_own_password(by=user, password="second-of-mine")
    settings.PASSWORD_DAYS = 90

    def after(days: int) -> str:
        with patch(
            "tasks.accounts.passwords.timezone.now", return_value=timezone.now() + timedelta(days=days)
        ):
            door = Client()
            door.post("/login/", {"username": "known", "password": "second-of-mine"})
        return str(getattr(door.get("/messages/"), "url", ""))

    assert after(89) == ""
    assert after(91) == "/password/"
