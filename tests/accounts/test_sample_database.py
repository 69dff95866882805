"""Sample data is a property of a whole database, and production has nothing to do with such a one."""

import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from qhplan.sample.accounts import make_sample_people
from tasks.accounts.actions import mark_installation
from tasks.accounts.checks import real_data_in_production
from tasks.accounts.middleware import RealDataOnly
from tasks.errors import Problems
from tasks.models import Contact, Event, Installation, Plan, Responsibility, User
from tasks.values import ADMIN_ROLES, Role
from tests import factories as make

pytestmark = pytest.mark.django_db


def served(request: HttpRequest) -> HttpResponse:
    return HttpResponse("served")


def test_production_serves_a_real_database(settings: Settings, rf: RequestFactory) -> None:
    settings.PRODUCTION = True
    assert RealDataOnly(served)(rf.get("/")).status_code == 200
    assert real_data_in_production(databases=["default"]) == []


def test_production_refuses_a_sample_database(settings: Settings, rf: RequestFactory) -> None:
    mark_installation(is_sample=True)
    settings.PRODUCTION = True
    answer = RealDataOnly(served)(rf.get("/"))
    assert answer.status_code == 503
    assert "示例数据库" in answer.content.decode()  # type: ignore[attr-defined]
    assert [error.id for error in real_data_in_production(databases=["default"])] == ["qhplan.E001"]


def test_sample_accounts_refused_in_production(settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError):
        call_command("sample_accounts")
    assert not User.objects.exists()
    assert not Installation.objects.exists()


def test_sample_accounts_refused_in_a_real_database(plan: Plan, tmp_path: Path) -> None:
    mark_installation(is_sample=False)
    with pytest.raises(Problems):
        make_sample_people(tmp_path)
    assert not User.objects.exists()
    assert list(tmp_path.iterdir()) == []


def test_sample_accounts_refused_where_somebody_works_already(plan: Plan, tmp_path: Path) -> None:
    make.user(password=None)
    with pytest.raises(Problems):
        make_sample_people(tmp_path)
    assert not Installation.objects.exists()


@pytest.mark.slow
def test_sample_people_are_one_for_each_role_and_two_for_each_body(plan: Plan, tmp_path: Path) -> None:
    shown = make_sample_people(tmp_path)
    assert {account.role for account in shown} == set(Role)
    assert {account.username: account.agency for account in shown if account.agency} == {
        "jxw-tb": "省经济和信息化委",
        "jxw-qp": "省经济和信息化委",
        "zjj-tb": "省质监局",
        "zjj-qp": "省质监局",
        "xining-tb": "西宁市人民政府",
        "xining-qp": "西宁市人民政府",
        "bgs": "省经济和信息化委",
        "bgs-qf": "省经济和信息化委",
        "dcs": "督查室",
    }
    for account in shown:
        user = User.objects.get(username=account.username)
        assert user.check_password(account.password)
        assert (user.is_sample, user.roles) == (True, [account.role])
    bodies = set(Responsibility.objects.values_list("agency", flat=True))
    assert len(bodies) == 42
    for role in (Role.REPORTER, Role.APPROVER):
        users = User.objects.holding(role)
        assert {user.agency_id for user in users} == bodies
        assert sum(user.has_usable_password() for user in users) == 3
    assert User.objects.holding(*ADMIN_ROLES).count() == 3


@pytest.mark.slow
def test_sample_people_are_the_same_the_second_time(plan: Plan, tmp_path: Path) -> None:
    first = make_sample_people(tmp_path)
    users, events = list(User.objects.values()), Event.objects.count()
    assert make_sample_people(tmp_path) == first
    assert (list(User.objects.values()), Event.objects.count()) == (users, events)
    store = tmp_path / "accounts.tsv"
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    assert store.read_text().splitlines() == [account.line() for account in first]


@pytest.mark.slow
def test_sample_people_get_new_passwords_when_the_file_is_lost(plan: Plan, tmp_path: Path) -> None:
    make_sample_people(tmp_path)
    (tmp_path / "accounts.tsv").unlink()
    for account in make_sample_people(tmp_path):
        assert User.objects.get(username=account.username).check_password(account.password)


@pytest.mark.slow
def test_sample_contacts_answer_for_every_responsibility_and_are_marked(plan: Plan, tmp_path: Path) -> None:
    make_sample_people(tmp_path)
    assert Contact.objects.count() == Responsibility.objects.count() == 485
    for contact in Contact.objects.all():
        assert contact.telephone.startswith("0971-000")
        assert "示例" in contact.leader
        assert "示例" in contact.liaison


# -- create_account -----------------------------------------------------------------------------------------


def test_create_account_prints_a_password_that_must_be_changed(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.PRODUCTION = True
    call_command("create_account", "first-admin", "--name", "王管理", "--role", "accounts_admin", "--random")
    username, password = capsys.readouterr().out.strip().split("\t")
    user = User.objects.get(username=username)
    assert user.check_password(password)
    assert (user.roles, user.must_change_password) == ([Role.ACCOUNTS_ADMIN], True)
    assert Installation.objects.get().is_sample is False


def test_create_account_refuses_what_cannot_be_held_together(settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="不能兼任"):
        call_command(
            "create_account", "first-admin", "--role", "accounts_admin", "--role", "rights_admin", "--random"
        )
    with pytest.raises(CommandError, match="必须属于一个单位"):
        call_command("create_account", "office-one", "--role", "office", "--random")
    assert not User.objects.exists()


def test_create_account_refuses_a_sample_database_in_production(settings: Settings) -> None:
    mark_installation(is_sample=True)
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="示例数据库"):
        call_command("create_account", "first-admin", "--role", "accounts_admin", "--random")
    assert not User.objects.exists()


def test_create_account_resets_an_administrator(capsys: pytest.CaptureFixture[str]) -> None:
    user = make.user(Role.RIGHTS_ADMIN)
    call_command("create_account", user.username, "--reset")
    password = capsys.readouterr().out.strip().split("\t")[1]
    assert User.objects.get(pk=user.pk).check_password(password)
