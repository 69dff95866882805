"""Whoever guesses is slowed, whatever names and addresses he uses, and nobody locks a colleague out of a browser of hers."""

import pytest
from axes.models import AccessAttempt
from django.test import Client, override_settings
from pytest_django import Settings

from tasks.accounts import limits
from tasks.accounts.limits import Limit, count
from tasks.accounts.locks import forget_failures, locked_until
from tasks.accounts.models import Tally
from tasks.audit.models import Event
from tasks.models import User
from tasks.values import Role
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def user() -> User:
    return make.user(Role.VIEWER, username="known")


def sign_in(door: Client, username: str = "known", password: str = make.PASSWORD):  # type: ignore[no-untyped-def]
    return door.post("/login/", {"username": username, "password": password})


def test_a_window_counts_for_all_processes_and_ends() -> None:
    limit = Limit("x", 2, 60)
    assert [count(limit, "a").wait > 0 for _n in range(3)] == [False, False, True]
    assert count(limit, "b").wait == 0
    assert limits.counted(limit, "a") == 3
    assert limits.counted(Limit("x", 2, 0), "a") == 0
    assert count(Limit("x", 2, 0), "a").count == 1, "the window is over"
    assert limits.tidy() == 0


def test_spraying_over_names_is_slowed_and_told_how_long(user: User, settings: Settings) -> None:
    settings.LOGIN_FAILURES_OF_ADDRESS = 4
    thief, owner = Client(REMOTE_ADDR="192.0.2.1"), Client(REMOTE_ADDR="192.0.2.1")
    assert sign_in(owner).status_code == 302
    owner.post("/logout/")
    answers = [sign_in(thief, f"name-{n}", "Spring2017!") for n in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 3
    assert 1 <= int(answers[-1]["Retry-After"]) <= 10
    assert "秒后再试" in answers[-1].content.decode()
    slowed = Event.objects.filter(verb="access.slowed")
    assert [(event.address, event.data["limit"]) for event in slowed] == [("192.0.2.1", "slowed")]
    # Whoever has signed in from this browser before, and whoever comes from elsewhere, is not concerned.
    assert sign_in(owner).status_code == 302
    assert sign_in(Client(REMOTE_ADDR="192.0.2.2")).status_code == 302
    program = thief.post("/api/v1/token/", {"username": "known", "password": "x"}, "application/json")
    assert (program.status_code, program.json()["error"]["code"]) == (429, "throttled")
    assert int(program["Retry-After"]) >= 1


def test_a_colleague_at_the_same_address_locks_nobody_out_of_a_known_browser(user: User) -> None:
    owner, colleague = Client(), Client()
    sign_in(owner)
    owner.post("/logout/")
    assert [sign_in(colleague, password="wrong").status_code for _n in range(5)][-1] == 429
    assert sign_in(owner).status_code == 302
    # The known browser has a count of its own, which locks it too; the administrator lifts both.
    owner.post("/logout/")
    assert [sign_in(owner, password="wrong").status_code for _n in range(5)][-1] == 429
    assert locked_until(user) is not None
    assert AccessAttempt.objects.count() == 2
    forget_failures(user)
    assert locked_until(user) is None
    assert sign_in(owner).status_code == 302
    forged = Client()
    forged.cookies["known_device"] = owner.cookies["known_device"].value[:-2] + "xx"
    assert [sign_in(forged, password="wrong").status_code for _n in range(5)][-1] == 429


def test_a_flood_of_attempts_from_one_address_waits(user: User, settings: Settings) -> None:
    settings.SIGN_INS_PER_MINUTE = 2
    assert [sign_in(Client(), f"a{n}", "x").status_code for n in range(3)] == [200, 200, 429]
    assert sign_in(Client(REMOTE_ADDR="192.0.2.9")).status_code == 302


def test_the_old_password_is_not_guessed_from_an_open_session(user: User) -> None:
    door = Client()
    door.force_login(user)
    new = {"new_password1": "another-good-one", "new_password2": "another-good-one"}
    wrong = [door.post("/password/", {"old_password": f"x{n}", **new}).status_code for n in range(6)]
    assert wrong == [200] * 5 + [429]
    right = door.post("/password/", {"old_password": make.PASSWORD, **new})
    assert (right.status_code, int(right["Retry-After"]) > 0) == (429, True)
    assert Event.objects.filter(verb="account.old_password_wrong", by=user).count() == 6
    Tally.objects.all().delete()
    assert door.post("/password/", {"old_password": make.PASSWORD, **new}).status_code == 302


def test_the_api_and_files_are_limited_by_account(user: User) -> None:
    with override_settings(LIMITS=True, API_PER_MINUTE=2, STRANGERS_PER_MINUTE=1, DEAR_PER_MINUTE=1):
        auditor = Client()
        auditor.force_login(make.user(Role.AUDIT_ADMIN, password=None))
        assert [auditor.get("/audit/export.csv").status_code for _n in range(2)] == [200, 429]
        assert auditor.get("/audit/").status_code == 200
        stranger = Client()
        assert [stranger.get("/api/v1/plans/").status_code for _n in range(2)] == [401, 429]
        door = Client()
        door.force_login(user)
        answers = [door.get("/api/v1/plans/") for _n in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1].json()["error"]["code"] == "throttled"
        assert 1 <= int(answers[-1]["Retry-After"]) <= 60
        # A wrong token uses up nobody else's.
        headers = {"authorization": "Token 5.x"}
        assert [Client(headers=headers).get("/api/v1/plans/").status_code for _n in range(2)] == [401, 401]
    assert Event.objects.filter(verb="access.slowed").count() == 3
