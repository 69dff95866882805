"""Sessions are listed, ended and limited, a new place is told, and what nobody uses is suspended."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tasks.accounts import sessions
from tasks.accounts.actions import set_active
from tasks.accounts.jobs import tidy
from tasks.accounts.models import SignIn
from tasks.accounts.tokens import make_token
from tasks.audit.models import Event
from tasks.models import Message, User
from tasks.values import Role
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def user() -> User:
    return make.user(Role.VIEWER, username="known")


def signed_in(address: str = "192.0.2.1", door: Client | None = None) -> Client:
    door = door or Client(REMOTE_ADDR=address)
    answer = door.post(
        "/login/", {"username": "known", "password": make.PASSWORD}, headers={"User-Agent": "Firefox 128"}
    )
    assert answer.status_code == 302
    return door


def is_in(door: Client) -> bool:
    return door.get("/sessions/").status_code == 200


def test_a_person_sees_sessions_and_ends_one_or_all_others(user: User) -> None:
    first, second, third = (signed_in(f"192.0.2.{n}") for n in (1, 2, 3))
    rows = first.get("/sessions/").context["rows"]
    assert [(row.sign_in.address, row.sign_in.browser, row.is_this) for row in rows] == [
        ("192.0.2.3", "Firefox 128", False),
        ("192.0.2.2", "Firefox 128", False),
        ("192.0.2.1", "Firefox 128", True),
    ]
    assert abs(rows[0].last_seen - timezone.now()) < timedelta(seconds=30)
    second_row = rows[1].sign_in.pk
    assert first.post("/sessions/end/", {"session": second_row}).status_code == 302
    assert (is_in(first), is_in(second), is_in(third)) == (True, False, True)
    first.post("/sessions/end/", {"session": second_row})  # again: nothing more
    first.post("/sessions/end/")
    assert (is_in(first), is_in(third)) == (True, False)
    ended = Event.objects.filter(verb="account.session_end", by=user)
    assert [event.data["sessions"] for event in ended] == [1, 1]
    for wrong in ("x", "-1", "9" * 30):
        assert first.post("/sessions/end/", {"session": wrong}).status_code == 404


def test_nobody_ends_anothers_session_but_the_administrator(user: User) -> None:
    door = signed_in()
    other = Client()
    other.force_login(make.user(Role.VIEWER, password=None))
    other.post("/sessions/end/", {"session": SignIn.objects.get().pk})
    assert is_in(door)
    admin = Client()
    admin.force_login(make.user(Role.ACCOUNTS_ADMIN, password=None))
    page = admin.get(f"/accounts/{user.pk}/").content.decode()
    assert "现在有 1 处登录" in page
    assert "192.0.2.1" in page
    admin.post(f"/accounts/{user.pk}/sessions/end/")
    assert not is_in(door)
    assert Event.objects.get(verb="account.session_end").subject == f"user:{user.pk}"


def test_a_new_place_is_told_and_a_known_one_is_not(user: User) -> None:
    door = signed_in()
    assert not Message.objects.exists(), "the first sign-in is no news"
    door.post("/logout/")
    signed_in(door=door)
    assert not Message.objects.exists()
    signed_in("192.0.2.77")
    message = Message.objects.get()
    assert (message.user, message.place) == (user, "/sessions/")
    assert "192.0.2.77" in message.body


def test_a_session_ends_however_busy_it_is(user: User, settings: Settings) -> None:
    door = signed_in()

    def hours_ago(hours: float) -> None:
        session = door.session
        session[sessions.BEGAN] = int(timezone.now().timestamp() - hours * 3600)
        session.save()

    hours_ago(11.9)
    assert is_in(door)
    hours_ago(12.1)
    assert door.get("/sessions/").url == "/login/?next=/sessions/"
    assert not Session.objects.exists()


def test_beyond_the_limit_the_oldest_ends(user: User, settings: Settings) -> None:
    settings.SESSIONS_AT_ONCE = 2
    doors = [signed_in(f"192.0.2.{n}") for n in range(3)]
    assert [is_in(door) for door in doors] == [False, True, True]


def test_a_new_password_ends_all_other_sessions(user: User) -> None:
    first, second = signed_in(), signed_in("192.0.2.2")
    new = {"new_password1": "another-good-one", "new_password2": "another-good-one"}
    assert first.post("/password/", {"old_password": make.PASSWORD, **new}).status_code == 302
    (row,) = first.get("/sessions/").context["rows"]
    assert row.is_this
    assert not is_in(second)


def test_accounts_that_nobody_uses_are_suspended_but_never_the_last_administrator(user: User) -> None:
    long_ago = timezone.now() - timedelta(days=100)
    admin = make.user(Role.ACCOUNTS_ADMIN, password=None)
    used, program = make.user(password=None), make.user(password=None)
    User.objects.update(date_joined=long_ago)
    User.objects.filter(pk=used.pk).update(last_login=timezone.now() - timedelta(days=89))
    make_token(by=program)
    tidy()
    closed = set(User.objects.filter(is_active=False).values_list("username", flat=True))
    assert closed == {"known"}
    event = Event.objects.get(verb="account.suspend")
    assert (event.subject, event.by, event.data) == (f"user:{user.pk}", None, {"days": 90})
    assert User.objects.get(pk=admin.pk).is_active
    # Opened again, the account has its time.
    set_active(by=admin, users=[user.pk], active=True, note="休假回来")
    assert sessions.suspend_unused() == []
