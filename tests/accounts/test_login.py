"""Signing in and out: no account is given away, a guesser is slowed, an idle session ends and says so."""

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tasks.accounts.middleware import WAS_SIGNED_IN
from tasks.models import Event, User
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


def sign_in(client: Client, username: str, password: str = make.PASSWORD, **data: str):  # type: ignore[no-untyped-def]
    return client.post("/login/", {"username": username, "password": password, **data})


def test_login_leads_back_to_the_page_asked_for(client: Client) -> None:
    user = make.user(Role.OFFICE, username="office-1")
    asked = client.get("/cycles/?plan=x")
    assert asked.url == "/login/?next=/cycles/%3Fplan%3Dx"
    answer = sign_in(client, "office-1", next="/cycles/?plan=x")
    assert (answer.status_code, answer.url) == (302, "/cycles/?plan=x")
    assert list(Event.objects.values_list("verb", "by")) == [("account.login", user.pk)]


@pytest.mark.parametrize(
    "elsewhere", ["https://example.com/", "//example.com/x", "javascript:alert(1)", "\\\\example.com"]
)
def test_login_never_leads_to_another_site(client: Client, elsewhere: str) -> None:
    make.user(username="viewer-1")
    assert sign_in(client, "viewer-1", next=elsewhere).url == "/"


@pytest.mark.parametrize(
    ("role", "page"),
    [
        (Role.ACCOUNTS_ADMIN, "/accounts/"),
        (Role.RIGHTS_ADMIN, "/rights/"),
        (Role.AUDIT_ADMIN, "/audit/"),
        (Role.VIEWER, "/"),
    ],
)
def test_login_leads_each_to_his_own_desk(client: Client, role: Role, page: str) -> None:
    make.user(role, username="somebody")
    assert sign_in(client, "somebody").url == page


def test_login_reads_a_phone_keyboard(client: Client) -> None:
    make.user(username="zjj-tb")
    assert sign_in(client, " Ｚjj-TB ").status_code == 302


def test_login_says_the_same_for_unknown_wrong_and_closed(client: Client) -> None:
    make.user(username="known")
    make.user(username="closed", is_active=False)
    pages = []
    for username, password in [("nobody", "x"), ("known", "x"), ("closed", make.PASSWORD)]:
        answer = sign_in(client, username, password)
        assert answer.status_code == 200
        pages.append(re.sub(r"[A-Za-z0-9]{64}", "token", answer.content.decode().replace(username, "…")))
    assert len(set(pages)) == 1
    assert "用户名或密码不正确" in pages[0]


@pytest.mark.parametrize("username", ["known", "nobody"])
def test_login_is_locked_after_five_failures_whether_the_name_exists_or_not(
    client: Client, username: str
) -> None:
    make.user(username="known")
    statuses = [sign_in(client, username, "wrong").status_code for _n in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    answer = sign_in(client, username)
    assert answer.status_code == 429
    assert "15 分钟后再试" in answer.content.decode()


def test_login_lock_ends_and_concerns_one_address_alone(client: Client) -> None:
    make.user(username="known")
    for _n in range(5):
        sign_in(client, "known", "wrong")
    assert (
        Client(REMOTE_ADDR="10.0.0.9")
        .post("/login/", {"username": "known", "password": make.PASSWORD})
        .status_code
        == 302
    )
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert sign_in(client, "known").status_code == 302


def test_login_success_forgives_earlier_failures(client: Client) -> None:
    make.user(username="known")
    for _n in range(4):
        sign_in(client, "known", "wrong")
    sign_in(client, "known")
    assert AccessAttempt.objects.count() == 0


def test_login_gives_the_session_a_new_key(client: Client) -> None:
    make.user(username="known")
    session = client.session
    session["left"] = "by a stranger"
    session.save()
    before = session.session_key
    sign_in(client, "known")
    assert client.session.session_key != before


def test_login_needs_no_broker(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/broker.sock"
    make.user(username="known")
    assert sign_in(client, "known").status_code == 302


def test_session_ends_after_thirty_idle_minutes_and_says_so(client: Client, settings: Settings) -> None:
    assert settings.SESSION_COOKIE_AGE == 30 * 60
    make.user(Role.ACCOUNTS_ADMIN, username="known")
    sign_in(client, "known")
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    del client.cookies[settings.SESSION_COOKIE_NAME]  # as the browser does after as many minutes
    asked = client.get("/accounts/")
    assert asked.url == "/login/?next=/accounts/"
    page = client.get(asked.url).content.decode()
    assert "已超过 30 分钟未操作" in page
    assert "登录后回到原来的页面" in page


def test_each_request_starts_the_idle_time_anew(client: Client, settings: Settings) -> None:
    client.force_login(make.user(Role.ACCOUNTS_ADMIN, password=None))
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=1))
    client.get("/accounts/")
    assert Session.objects.get().expire_date > timezone.now() + timedelta(minutes=29)


def test_session_that_a_closed_account_loses_is_not_called_idle(client: Client) -> None:
    user = make.user(Role.ACCOUNTS_ADMIN, username="known")
    sign_in(client, "known")
    User.objects.filter(pk=user.pk).update(is_active=False)
    asked = client.get("/accounts/")
    assert asked.url == "/login/?next=/accounts/"
    assert "未操作" not in client.get(asked.url).content.decode()


def test_login_page_has_nothing_to_explain_to_a_newcomer(client: Client) -> None:
    assert "未操作" not in client.get("/login/").content.decode()


@pytest.mark.parametrize(
    ("referer", "page"),
    [
        ("", "/"),
        ("https://example.com/accounts/", "/"),
        ("http://testserver/accounts/new/?a=1", "/accounts/new/%3Fa%3D1"),
    ],
)
def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(
    client: Client, referer: str, page: str
) -> None:
    answer = client.post("/accounts/new/", {"username": "x"}, headers={"Referer": referer})
    assert answer.url == f"/login/?next={page}"
    assert "刚才提交的内容没有保存" in client.get(answer.url).content.decode()


def test_a_part_of_a_page_is_answered_with_a_turn_to_the_login(client: Client) -> None:
    answer = client.get(
        "/accounts/", HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="http://testserver/accounts/?q=a"
    )
    assert answer.headers["HX-Redirect"] == "/login/?next=/accounts/%3Fq%3Da"


def test_logout_ends_the_session_and_takes_a_post(client: Client) -> None:
    user = make.user(username="known")
    sign_in(client, "known")
    assert client.get("/logout/").status_code == 405
    answer = client.post("/logout/")
    assert (answer.status_code, answer.url) == (302, "/login/")
    assert client.cookies[WAS_SIGNED_IN].value == ""
    assert Session.objects.count() == 0
    assert client.get("/password/").status_code == 302
    assert list(Event.objects.values_list("verb", flat=True)) == ["account.login", "account.logout"]
    assert Event.objects.filter(by=user).count() == 2


def test_password_change_ends_other_sessions_and_keeps_this_one(client: Client) -> None:
    make.user(Role.ACCOUNTS_ADMIN, username="known")
    sign_in(client, "known")
    other = Client()
    sign_in(other, "known")
    new = "another long enough one"
    data = {"old_password": make.PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/password/", data).url == "/accounts/"
    assert client.get("/accounts/").status_code == 200
    assert other.get("/accounts/").status_code == 302
    assert User.objects.get().check_password(new)


@pytest.mark.parametrize(
    ("old", "new"),
    [("wrong", "another long enough one"), (make.PASSWORD, "short"), (make.PASSWORD, "1234567890123")],
)
def test_password_change_refuses(client: Client, old: str, new: str) -> None:
    user = make.user(Role.ACCOUNTS_ADMIN)
    client.force_login(user)
    answer = client.post("/password/", {"old_password": old, "new_password1": new, "new_password2": new})
    assert answer.status_code == 200
    assert User.objects.get().check_password(make.PASSWORD)
    assert not Event.objects.exclude(verb="account.old_password_wrong").exists()


def test_a_password_chosen_by_another_is_changed_first(client: Client) -> None:
    client.force_login(make.user(Role.ACCOUNTS_ADMIN, must_change_password=True))
    assert client.get("/accounts/").url == "/password/"
    assert client.post("/accounts/new/", {}).url == "/password/"
    new = "another long enough one"
    data = {"old_password": make.PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/password/", data).url == "/accounts/"
    assert client.get("/accounts/").status_code == 200


def test_an_account_without_roles_is_told_whom_to_ask(client: Client) -> None:
    user = make.user(password=None)
    make.hold(user)
    client.force_login(user)
    answer = client.get("/")
    assert answer.status_code == 200
    assert "您的账号尚未授权" in answer.content.decode()
