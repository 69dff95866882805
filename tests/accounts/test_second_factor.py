"""The second factor: set up, asked for after the password, used once, limited, required by role, removed."""

import io

import pyotp
import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from tasks.accounts import second_factor as factor
from tasks.accounts.models import RecoveryCode, SecondFactor
from tasks.accounts.tokens import make_token
from tasks.audit.models import Event
from tasks.models import Message, User
from tasks.values import Role
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def code(user: User, later: int = 0) -> str:
    """The person's code now, or so many steps later."""
    secret = factor._secret(SecondFactor.objects.get(user=user))
    assert secret is not None
    totp = pyotp.TOTP(secret)
    return totp.generate_otp(totp.timecode(timezone.now()) + later)


def set_up(user: User) -> list[str]:
    factor.begin(by=user)
    return factor.confirm(by=user, code=code(user))


def enter(user: User, door: Client | None = None) -> Client:
    door = door or Client(REMOTE_ADDR="192.0.2.1")
    answer = door.post("/login/?next=/messages/", {"username": user.username, "password": make.PASSWORD})
    assert answer.status_code == 302
    return door


def is_in(door: Client) -> bool:
    return door.get("/sessions/").status_code == 200


def test_it_is_set_up_on_its_page_and_the_codes_are_shown_once() -> None:
    user = make.user(Role.VIEWER)
    door, other = enter(user), enter(user)
    assert is_in(door)
    make_token(by=user)
    assert "开始设置" in door.get("/second-factor/").content.decode()
    door.post("/second-factor/", {"action": "begin"})
    page = door.get("/second-factor/").content.decode()
    secret = factor.unconfirmed(user)
    assert secret is not None
    assert secret in page
    assert "<svg" in page
    assert secret not in SecondFactor.objects.get(user=user).secret
    assert is_in(enter(user)), "unconfirmed, it asks for nothing"
    wrong = door.post("/second-factor/", {"action": "confirm", "code": "<b>1</b>"})
    assert (wrong.status_code, factor.is_set_up(user)) == (422, False)
    assert door.post("/second-factor/", {"action": "confirm"}).status_code == 422
    shown = door.post("/second-factor/", {"action": "confirm", "code": code(user)})
    codes = shown.context["codes"]
    assert len(set(codes)) == 10
    assert not RecoveryCode.objects.filter(digest__in=codes).exists()
    assert "no-store" in shown["Cache-Control"]
    assert (is_in(door), is_in(other)) == (True, False)
    assert codes[0] not in door.get("/second-factor/").content.decode()
    assert Event.objects.filter(verb="account.factor_add", by=user).count() == 1
    assert Message.objects.get(user=user, place="/second-factor/").subject == "您的账号启用了两步验证"
    door.post("/second-factor/", {"action": "confirm", "code": code(user, 1)})
    door.post("/second-factor/", {"action": "begin"})
    assert factor.is_set_up(user), "begun again, the old one stays"


def test_nobody_is_in_before_the_code_and_a_code_opens_once() -> None:
    user = make.user(Role.VIEWER)
    assert Client().get("/login/code/").url == "/login/"
    assert Client().post("/login/code/", {"code": "123456"}).url == "/login/"
    set_up(user)
    door = enter(user)
    assert not is_in(door)
    assert not Event.objects.filter(verb="account.login").exists()
    key = door.session.session_key
    now = code(user, 1)
    answer = door.post("/login/code/", {"code": f" {now[:3]} {now[3:]}", "next": "/messages/"})
    assert (answer.status_code, answer.url) == (302, "/messages/")
    assert is_in(door)
    assert door.session.session_key != key
    replay = enter(user)
    assert "验证码不正确" in replay.post("/login/code/", {"code": now}).content.decode()
    assert not is_in(replay)
    # Elsewhere: next leads to no other site, and a password that changed meanwhile ends the waiting.
    SecondFactor.objects.update(last_step=0)
    user.set_password("another-good-one")
    user.save(update_fields=["password"])
    assert replay.post("/login/code/", {"code": code(user, 1)}).url == "/login/"
    assert not is_in(replay)


def test_a_recovery_code_opens_once() -> None:
    user = make.user(Role.VIEWER)
    first, second, *_rest = set_up(user)
    door = enter(user)
    assert door.post("/login/code/", {"code": first.upper().replace("-", " ")}).status_code == 302
    assert is_in(door)
    again = enter(user)
    again.post("/login/code/", {"code": first})
    assert not is_in(again)
    other = make.user(Role.VIEWER)
    set_up(other)
    assert not factor.take(other, second), "it is its person's alone"
    assert Event.objects.get(verb="account.recovery_code").data == {"left": 9}


def test_wrong_codes_lock_the_name_as_wrong_passwords_do(settings: Settings) -> None:
    user = make.user(Role.VIEWER)
    set_up(user)
    door = enter(user)
    statuses = [
        door.post("/login/code/", {"code": "000000x"}).status_code for _ in range(settings.AXES_FAILURE_LIMIT)
    ]
    assert statuses == [200] * (settings.AXES_FAILURE_LIMIT - 1) + [429]
    locked = door.post("/login/code/", {"code": code(user, 1)})
    assert (locked.status_code, is_in(door)) == (429, False)
    answer = door.post("/login/", {"username": user.username, "password": make.PASSWORD})
    assert answer.status_code == 429
    assert Event.objects.filter(verb="account.login_failed").count() == settings.AXES_FAILURE_LIMIT
    # From many addresses: ten tries in all.
    statuses = []
    for n in range(2, 10):
        far = enter(user, Client(REMOTE_ADDR=f"192.0.2.{n}"))
        statuses.append(far.post("/login/code/", {"code": "000000x"}).status_code)
    assert statuses == [200] * 5 + [429] * 3


def test_whose_role_requires_it_sets_it_up_first(settings: Settings) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset({Role.OFFICE})
    user, viewer = make.user(Role.OFFICE), make.user(Role.VIEWER)
    assert is_in(enter(viewer))
    token = make_token(by=user)
    door = enter(user)
    for path in ("/", "/sessions/", "/briefs/"):
        assert door.get(path).url == "/second-factor/"
    assert door.get("/api/v1/plans/").status_code == 403
    api = APIClient(headers={"authorization": f"Token {token}"})
    assert api.get("/api/v1/plans/").status_code == 403
    asked = {"username": user.username, "password": make.PASSWORD}
    assert APIClient().post("/api/v1/token/", asked).status_code == 403
    assert door.get("/password/").status_code == 200
    door.post("/second-factor/", {"action": "begin"})
    door.post("/second-factor/", {"action": "confirm", "code": code(user)})
    assert is_in(door)
    assert door.get("/api/v1/plans/").status_code == 200
    # Removed by oneself, it has to be set up again.
    assert door.post("/second-factor/", {"action": "remove", "code": "000000x"}).status_code == 422
    door.post("/second-factor/", {"action": "remove", "code": code(user, 1)})
    assert door.get("/sessions/").url == "/second-factor/"
    assert Event.objects.get(verb="account.factor_remove").by == user


def test_a_token_wants_the_code_too() -> None:
    user = make.user(Role.VIEWER)
    set_up(user)
    asked = {"username": user.username, "password": make.PASSWORD}
    assert APIClient().post("/api/v1/token/", asked).status_code == 401
    assert APIClient().post("/api/v1/token/", {**asked, "code": "000000x"}).status_code == 401
    now = code(user, 1)
    assert APIClient().post("/api/v1/token/", {**asked, "code": now, "password": "wrong"}).status_code == 401
    assert APIClient().post("/api/v1/token/", {**asked, "code": now}).status_code == 201
    assert APIClient().post("/api/v1/token/", {**asked, "code": now}).status_code == 401


def test_the_administrator_removes_it_with_a_reason_and_never_an_administrators() -> None:
    user, admin, rights = make.user(Role.VIEWER), make.user(Role.ACCOUNTS_ADMIN), make.user(Role.RIGHTS_ADMIN)
    set_up(user)
    set_up(rights)
    door = Client()
    door.force_login(admin)
    assert "停用两步验证" in door.get(f"/accounts/{user.pk}/").content.decode()
    end = f"/accounts/{user.pk}/second-factor/end/"
    assert door.post(end).status_code == 422
    assert door.post(end, {"factor-note": "手机丢失"}).status_code == 302
    assert not factor.is_set_up(user)
    event = Event.objects.get(verb="account.factor_remove")
    assert (event.by, event.note, event.subject) == (admin, "手机丢失", f"user:{user.pk}")
    assert Message.objects.filter(user=user, subject__contains="系统管理员停用").count() == 1
    assert door.post(end, {"factor-note": "再来"}).status_code == 302
    assert Event.objects.filter(verb="account.factor_remove").count() == 1
    refused = door.post(f"/accounts/{rights.pk}/second-factor/end/", {"factor-note": "手机丢失"})
    assert (refused.status_code, factor.is_set_up(rights)) == (403, True)
    call_command("create_account", rights.username, "--remove-second-factor", stdout=io.StringIO())
    assert not factor.is_set_up(rights)


def test_with_another_secret_key_no_code_is_right(settings: Settings) -> None:
    user = make.user(Role.VIEWER)
    set_up(user)
    now = code(user, 1)
    settings.SECRET_KEY = "another key that is as long as it has to be, and more"
    assert not factor.take(user, now)
