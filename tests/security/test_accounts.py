"""What an account was given ends with it, and no administrator comes by the powers of another."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from tasks.accounts import actions, appointments
from tasks.accounts.tokens import make_token, owner_of
from tasks.errors import Problems
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_token_does_not_outlive_the_closing_of_its_account() -> None:
    user = make.user(password=None)
    admin = make.user(Role.ACCOUNTS_ADMIN, password=None)
    token = make_token(by=user)
    actions.set_active(by=admin, users=[user.pk], active=False, note="调离")
    actions.set_active(by=admin, users=[user.pk], active=True, note="调回")
    assert owner_of(token) is None
    assert owner_of(make_token(by=user)) == user


def test_a_session_does_not_outlive_the_closing_of_its_account() -> None:
    user = make.user(password=None)
    admin = make.user(Role.ACCOUNTS_ADMIN, password=None)
    client = Client()
    client.force_login(user)
    assert Session.objects.exists()
    actions.set_active(by=admin, users=[user.pk], active=False, note="调离")
    client.get("/verify/")
    actions.set_active(by=admin, users=[user.pk], active=True, note="调回")
    assert not Session.objects.exists()
    assert client.get("/").status_code == 302


def test_an_account_whose_password_another_knows_becomes_no_administrator() -> None:
    makes, grants = make.user(Role.ACCOUNTS_ADMIN, password=None), make.user(Role.RIGHTS_ADMIN, password=None)
    new = actions.NewAccount(username="new-admin", display_name="某某", password=actions.new_password())
    (user,) = actions.create_accounts(by=makes, accounts=[new])
    grant = appointments.Grant(user.pk, frozenset({Role.RIGHTS_ADMIN}), frozenset())
    with pytest.raises(Problems):
        appointments.grant_roles(by=grants, grants=[grant], note="任命")
    actions.change_own_password(by=user, password="mine-alone-4711")
    (granted,) = appointments.grant_roles(by=grants, grants=[grant], note="任命")
    assert granted.roles == [Role.RIGHTS_ADMIN]
