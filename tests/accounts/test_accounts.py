"""Account actions: three administrators who each do one thing, and none of whom can become another."""

from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.authtoken.models import Token

from tasks.accounts import actions
from tasks.accounts.actions import NewAccount
from tasks.accounts.appointments import Grant, grant_roles, roles_problem
from tasks.accounts.tokens import make_token
from tasks.assignments.actions import assign
from tasks.assignments.queries import check_assigned, share_of, shares_of
from tasks.errors import Conflict, Problems
from tasks.models import AgencyKind, Assignment, Event, Installation, User
from tasks.notifications.actions import notify
from tasks.notifications.queries import unread_count
from tasks.notifications.values import Topic
from tasks.values import ADMIN_ROLES, Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def accounts_admin() -> User:
    return make.user(Role.ACCOUNTS_ADMIN, password=None)


@pytest.fixture
def rights_admin() -> User:
    return make.user(Role.RIGHTS_ADMIN, password=None)


@pytest.fixture
def unchanged() -> Iterator[None]:
    """Nothing that is refused leaves a trace."""
    before = list(User.objects.order_by("pk").values()), Event.objects.count()
    yield
    assert (list(User.objects.order_by("pk").values()), Event.objects.count()) == before


def fields(caught: pytest.ExceptionInfo[Problems]) -> list[str]:
    return [problem.field for problem in caught.value.problems]


# -- making -------------------------------------------------------------------------------------------------


def test_create_accounts_makes_them_without_power(accounts_admin: User) -> None:
    agency = make.agency()
    (user,) = actions.create_accounts(
        by=accounts_admin,
        accounts=[NewAccount("zhang-san", "张三", agency.pk, "规划处", password="long enough for it")],
    )
    user.refresh_from_db()
    assert (user.roles, user.agency, user.must_change_password) == ([], agency, True)
    assert user.check_password("long enough for it")
    event = Event.objects.get()
    assert (event.verb, event.by, event.subject) == ("account.create", accounts_admin, f"user:{user.pk}")
    assert "long enough" not in str(event.data)


def test_create_accounts_number_of_queries_does_not_grow(
    accounts_admin: User, django_assert_num_queries
) -> None:  # type: ignore[no-untyped-def]
    for batch in (1, 20):
        new = [NewAccount(f"user-a-{batch}-{n}", "某") for n in range(batch)]
        with django_assert_num_queries(5):  # names taken, savepoint, two inserts, release; bodies: none asked
            actions.create_accounts(by=accounts_admin, accounts=new)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ACCOUNTS_ADMIN}))
def test_create_accounts_refused_to_others(role: Role) -> None:
    by = make.user(role, password=None)
    with pytest.raises(PermissionDenied):
        actions.create_accounts(by=by, accounts=[NewAccount("new-one", "某")])
    assert list(User.objects.all()) == [by]
    assert not Event.objects.exists()


def test_create_accounts_refuses_roles_from_an_administrator(accounts_admin: User) -> None:
    with pytest.raises(PermissionDenied):
        actions.create_accounts(
            by=accounts_admin, accounts=[NewAccount("new-one", "某", roles=frozenset({Role.VIEWER}))]
        )
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("account", "field"),
    [
        (NewAccount("A b", "某"), "username"),
        (NewAccount("x", "某"), "username"),
        (NewAccount("good-name\n", "某"), "username"),
        (NewAccount("taken", "某"), "username"),
        (NewAccount("good", " "), "display_name"),
        (NewAccount("good", "某", agency_id=0), "agency"),
        (NewAccount("good", "某", email="nowhere"), "email"),
        (NewAccount("good", "某", password="short"), "password"),
    ],
)
def test_create_accounts_says_what_is_wrong_on_the_field(
    account: NewAccount, field: str, accounts_admin: User
) -> None:
    make.user(username="taken", password=None)
    with pytest.raises(Problems) as caught:
        actions.create_accounts(by=accounts_admin, accounts=[NewAccount("fine", "某"), account])
    assert set(fields(caught)) == {field}
    assert not User.objects.filter(username="fine").exists()


def test_create_accounts_refuses_a_collective(accounts_admin: User) -> None:
    collective = make.agency(kind=AgencyKind.COLLECTIVE)
    with pytest.raises(Problems) as caught:
        actions.create_accounts(by=accounts_admin, accounts=[NewAccount("good", "某", collective.pk)])
    assert fields(caught) == ["agency"]


def test_create_accounts_finds_the_same_name_twice_in_a_batch(accounts_admin: User) -> None:
    with pytest.raises(Problems) as caught:
        actions.create_accounts(
            by=accounts_admin, accounts=[NewAccount("same", "甲"), NewAccount("same", "乙")]
        )
    assert fields(caught) == ["username"]


def test_new_password_is_never_the_same() -> None:
    made = {actions.new_password() for _n in range(200)}
    assert len(made) == 200
    assert {len(password) for password in made} == {14}


# -- closing and amending -----------------------------------------------------------------------------------


def test_set_active_closes_and_opens(accounts_admin: User) -> None:
    user = make.user(password=None)
    actions.set_active(by=accounts_admin, users=[user.pk], active=False, note="调离")
    assert not User.objects.get(pk=user.pk).is_active
    actions.set_active(by=accounts_admin, users=[user.pk], active=True, note="调回")
    assert User.objects.get(pk=user.pk).is_active
    assert list(Event.objects.values_list("verb", "from_state", "to_state", "note")) == [
        ("account.close", "active", "closed", "调离"),
        ("account.open", "closed", "active", "调回"),
    ]


def test_set_active_twice_says_who_was_quicker(accounts_admin: User) -> None:
    user = make.user(password=None)
    other = make.user(Role.ACCOUNTS_ADMIN, display_name="李管理", password=None)
    actions.set_active(by=other, users=[user.pk], active=False, note="调离")
    with pytest.raises(Conflict, match="李管理"):
        actions.set_active(by=accounts_admin, users=[user.pk], active=False, note="调离")


def test_set_active_refuses_oneself_and_asks_for_a_reason(accounts_admin: User) -> None:
    make.user(Role.ACCOUNTS_ADMIN, password=None)
    with pytest.raises(PermissionDenied):
        actions.set_active(by=accounts_admin, users=[accounts_admin.pk], active=False, note="x")
    with pytest.raises(Problems):
        actions.set_active(by=accounts_admin, users=[make.user(password=None).pk], active=False, note=" ")
    assert not Event.objects.exists()


@pytest.mark.parametrize("role", [Role.RIGHTS_ADMIN, Role.AUDIT_ADMIN])
def test_set_active_keeps_the_last_of_each_administrator(accounts_admin: User, role: Role) -> None:
    first, second = make.user(role, password=None), make.user(role, password=None)
    with pytest.raises(Problems):
        actions.set_active(by=accounts_admin, users=[first.pk, second.pk], active=False, note="x")
    actions.set_active(by=accounts_admin, users=[first.pk], active=False, note="x")
    with pytest.raises(Problems):
        actions.set_active(by=accounts_admin, users=[second.pk], active=False, note="x")


def test_amend_account_to_another_body_leaves_roles_behind(accounts_admin: User) -> None:
    user = make.user(Role.REPORTER, password=None)
    there = make.agency()
    amended = actions.amend_account(by=accounts_admin, user=user, display_name="新名", agency_id=there.pk)
    assert (amended.display_name, amended.agency, amended.roles) == ("新名", there, [])
    assert Event.objects.get().data["before"]["roles"] == [Role.REPORTER]


def test_amend_account_within_the_body_keeps_roles(accounts_admin: User) -> None:
    user = make.user(Role.REPORTER, password=None)
    amended = actions.amend_account(
        by=accounts_admin, user=user, display_name="新名", agency_id=user.agency_id, division="二处"
    )
    assert (amended.division, amended.roles) == ("二处", [Role.REPORTER])


def test_amend_account_refused_to_the_rights_administrator(rights_admin: User) -> None:
    user = make.user(password=None)
    with pytest.raises(PermissionDenied):
        actions.amend_account(by=rights_admin, user=user, display_name="x", agency_id=None)


# -- passwords ----------------------------------------------------------------------------------------------


def test_reset_password_gives_one_to_be_changed(accounts_admin: User) -> None:
    user = make.user()
    password = actions.reset_password(by=accounts_admin, user=user, note="本人忘记")
    user.refresh_from_db()
    assert user.check_password(password)
    assert user.must_change_password
    assert password not in str(Event.objects.values())


@pytest.mark.parametrize("role", sorted(ADMIN_ROLES))
def test_reset_password_of_an_administrator_only_on_the_machine(accounts_admin: User, role: Role) -> None:
    user = make.user(role)
    with pytest.raises(PermissionDenied):
        actions.reset_password(by=accounts_admin, user=user, note="本人忘记")
    assert User.objects.get(pk=user.pk).check_password(make.PASSWORD)
    actions.reset_password(by=None, user=user)
    assert not User.objects.get(pk=user.pk).check_password(make.PASSWORD)


def test_reset_password_of_one_who_became_administrator_just_now(accounts_admin: User) -> None:
    user = make.user()
    make.hold(user, Role.RIGHTS_ADMIN)
    with pytest.raises(Conflict):
        actions.reset_password(by=accounts_admin, user=user, note="本人忘记")
    assert User.objects.get(pk=user.pk).check_password(make.PASSWORD)


# -- roles --------------------------------------------------------------------------------------------------


def grant(user: User, *roles: Role) -> Grant:
    return Grant(user.pk, frozenset(roles), frozenset(user.roles))


def test_grant_roles_gives_and_takes(rights_admin: User) -> None:
    user = make.user(Role.REPORTER, password=None)
    grant_roles(by=rights_admin, grants=[grant(user, Role.APPROVER, Role.EXPERT)], note="升任")
    user.refresh_from_db()
    assert set(user.roles) == {Role.APPROVER, Role.EXPERT}
    event = Event.objects.get()
    assert (event.verb, event.note, event.data["before"]) == ("rights.grant", "升任", [Role.REPORTER])


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.RIGHTS_ADMIN}))
def test_grant_roles_refused_to_others(role: Role) -> None:
    user = make.user(password=None)
    with pytest.raises(PermissionDenied):
        grant_roles(by=make.user(role, password=None), grants=[grant(user, Role.LEADERSHIP)], note="x")
    assert User.objects.get(pk=user.pk).roles == [Role.VIEWER]


def test_grant_roles_to_oneself_is_refused(rights_admin: User) -> None:
    with pytest.raises(PermissionDenied):
        grant_roles(by=rights_admin, grants=[grant(rights_admin, Role.AUDIT_ADMIN)], note="x")


def test_grant_roles_of_another_view_of_the_account_conflicts(rights_admin: User) -> None:
    user = make.user(password=None)
    seen = grant(user, Role.EXPERT)
    grant_roles(by=rights_admin, grants=[grant(user, Role.LEADERSHIP)], note="x")
    with pytest.raises(Conflict, match=rights_admin.display_name):
        grant_roles(by=rights_admin, grants=[seen], note="x")
    assert User.objects.get(pk=user.pk).roles == [Role.LEADERSHIP]


def test_grant_roles_problem_of_one_leaves_all_as_they_were(rights_admin: User) -> None:
    first, second = make.user(password=None), make.user(password=None)
    with pytest.raises(Problems) as caught:
        grant_roles(
            by=rights_admin, grants=[grant(first, Role.EXPERT), grant(second, Role.REPORTER)], note="x"
        )
    assert [(p.field, p.row) for p in caught.value.problems] == [("roles", second.username)]
    assert User.objects.get(pk=first.pk).roles == [Role.VIEWER]
    assert not Event.objects.exists()


def test_grant_roles_keeps_the_last_of_each_administrator(rights_admin: User) -> None:
    auditor = make.user(Role.AUDIT_ADMIN, password=None)
    with pytest.raises(Problems):
        grant_roles(by=rights_admin, grants=[grant(auditor, Role.VIEWER)], note="x")


@pytest.mark.full
@given(st.frozensets(st.sampled_from(sorted(Role)), max_size=4), st.booleans())
def test_roles_problem_agrees_with_the_database(roles: frozenset[Role], has_agency: bool) -> None:
    agency = make.agency() if has_agency else None
    user = User.objects.create(username=f"u-{actions.new_password()}", display_name="某", agency=agency)
    try:
        with transaction.atomic():
            for role in sorted(roles):
                make.appointment(user, role)
        accepted = True
    except IntegrityError:
        accepted = False
    assert accepted == (roles_problem(roles, agency.pk if agency else None) == "")


# -- the database as a whole --------------------------------------------------------------------------------


def test_mark_installation_is_said_once() -> None:
    actions.mark_installation(is_sample=True)
    actions.mark_installation(is_sample=True)
    with pytest.raises(Conflict, match="示例数据库"):
        actions.mark_installation(is_sample=False)
    assert Installation.objects.get().is_sample


# -- pages --------------------------------------------------------------------------------------------------


def test_account_is_made_on_the_page_and_its_password_works(client: Client, accounts_admin: User) -> None:
    client.force_login(accounts_admin)
    agency = make.agency("某局")
    answer = client.post(
        "/accounts/new/", {"username": "Zhang-San", "display_name": "张三", "agency": agency.pk}
    )
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    password = answer.context["password"]
    assert password in answer.content.decode()
    user = User.objects.get(username="zhang-san")
    assert user.check_password(password)
    assert (user.agency, user.roles) == (agency, [])


def test_account_page_shows_problems_on_the_field(client: Client, accounts_admin: User) -> None:
    client.force_login(accounts_admin)
    answer = client.post("/accounts/new/", {"username": "x", "display_name": ""})
    assert answer.status_code == 422
    answer = client.post("/accounts/new/", {"username": accounts_admin.username, "display_name": "某"})
    assert answer.context["form"].errors == {"username": ["已有同名账号，请换一个。"]}


def test_account_is_closed_on_the_page_with_a_reason(client: Client, accounts_admin: User) -> None:
    client.force_login(accounts_admin)
    user = make.user(password=None)
    assert client.post(f"/accounts/{user.pk}/active/", {"active": "0", "note": ""}).status_code == 422
    assert User.objects.get(pk=user.pk).is_active
    assert client.post(f"/accounts/{user.pk}/active/", {"active": "0", "note": "调离"}).status_code == 302
    assert not User.objects.get(pk=user.pk).is_active


def test_rights_page_grants_what_is_ticked(client: Client, rights_admin: User) -> None:
    client.force_login(rights_admin)
    user = make.user(password=None)
    page = client.get(f"/rights/{user.pk}/")
    before = page.context["form"]["before"].value()
    data = {"roles": [Role.EXPERT, Role.LEADERSHIP], "note": "任命", "before": before}
    assert client.post(f"/rights/{user.pk}/", data).url == "/rights/"
    assert set(User.objects.get(pk=user.pk).roles) == {Role.EXPERT, Role.LEADERSHIP}
    answer = client.post(f"/rights/{user.pk}/", {**data, "roles": [Role.VIEWER]})
    assert answer.status_code == 422
    assert "刚刚变动" in answer.content.decode()


@pytest.mark.parametrize("url", ["/accounts/", "/rights/", "/audit/"])
def test_lists_ask_the_same_number_of_queries_for_one_row_and_for_many(
    client: Client,
    url: str,
    django_assert_max_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    by = {"/accounts/": Role.ACCOUNTS_ADMIN, "/rights/": Role.RIGHTS_ADMIN, "/audit/": Role.AUDIT_ADMIN}[url]
    admin = make.user(by, password=None)
    maker = make.user(Role.ACCOUNTS_ADMIN, password=None)
    client.force_login(admin)
    counts = []
    for number in (1, 12):
        agencies = [make.agency() for _n in range(number)]
        actions.create_accounts(
            by=maker, accounts=[NewAccount(f"many-{number}-{n}", "某", a.pk) for n, a in enumerate(agencies)]
        )
        with django_assert_max_num_queries(20) as captured:
            assert client.get(url).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_audit_filters_by_person_verb_day_and_object(client: Client) -> None:
    auditor = make.user(Role.AUDIT_ADMIN, password=None)
    maker = make.user(Role.ACCOUNTS_ADMIN, username="maker", password=None)
    (user,) = actions.create_accounts(by=maker, accounts=[NewAccount("made-one", "某")])
    actions.set_active(by=maker, users=[user.pk], active=False, note="错建")
    client.force_login(auditor)

    def verbs(query: str) -> list[str]:
        return [row.event.verb for row in client.get(f"/audit/?{query}").context["rows"]]

    assert verbs("") == ["account.close", "account.create"]
    assert verbs("verb=account.close") == ["account.close"]
    assert verbs("by=maker&subject=user:") == ["account.close", "account.create"]
    assert verbs("by=nobody") == []
    assert verbs("since=2099-01-01") == []
    assert verbs("until=2000-01-01") == []
    assert "made-one" in client.get("/audit/").content.decode()


# -- people who move, and locks ------------------------------------------------------------------------------


def test_what_a_person_was_given_ends_with_the_agency(accounts_admin: User) -> None:
    old, new = make.agency("旧局"), make.agency("新局")
    plan = make.plan()
    own, other = make.task(plan, lead=old, co=[new]), make.task(plan, lead=new)
    person = make.user(Role.REPORTER, agency=old)
    approver = make.user(Role.APPROVER, agency=old)
    assign(by=approver, user=person, plan=plan, quarter=Period(2017, 1), task_ids=[own.pk])
    make_token(by=person)
    notify(topic=Topic.WORK, users=[person], subject="某事", body="某事", place="/desk/")

    moved = actions.amend_account(
        by=accounts_admin, user=person, display_name=person.display_name, agency_id=new.pk
    )
    make.hold(person, Role.REPORTER)
    moved.refresh_from_db()

    check_assigned(moved, {own.pk, other.pk})
    assert share_of(moved, plan).is_whole
    assert unread_count(moved) == 0
    assert not Token.objects.exists()
    event = Event.objects.get(verb="account.amend")
    assert event.data["ended"] == {"assignments": 1, "messages": 1, "token": 1}


def test_an_assignment_counts_only_in_the_agency_that_gave_it() -> None:
    old, new = make.agency("旧局"), make.agency("新局")
    plan = make.plan()
    task, other = make.task(plan, lead=old), make.task(plan, lead=new)
    person = make.user(Role.REPORTER, agency=old)
    Assignment.objects.create(user=person, task=task, agency=old)
    User.objects.filter(pk=person.pk).update(agency=new)  # however the person came there
    person.refresh_from_db()
    check_assigned(person, {other.pk})
    assert shares_of([person]) == {}


def test_the_administrator_sees_a_lock_and_lifts_it_and_a_reset_lifts_it_too(
    accounts_admin: User, client: Client
) -> None:
    user = make.user(Role.REPORTER)
    for lift in ("unlock", "password"):
        for _n in range(5):
            Client().post(reverse("login"), {"username": user.username, "password": "wrong-password"})
        assert (
            Client().post(reverse("login"), {"username": user.username, "password": "x"}).status_code == 429
        )
        client.force_login(accounts_admin)
        page = client.get(reverse("account", args=[user.pk])).content.decode()
        assert "锁定到" in page
        client.post(reverse(f"account_{lift}", args=[user.pk]), {"password-note": "本人忘记"})
        assert "锁定到" not in client.get(reverse("account", args=[user.pk])).content.decode()
        again = Client().post(reverse("login"), {"username": user.username, "password": "x"})
        assert again.status_code == 200
        Client().post(reverse("login"), {"username": user.username, "password": make.PASSWORD})
    assert Event.objects.filter(verb="account.unlock").count() == 1
    assert Event.objects.get(verb="account.reset_password").data == {"unlocked": True}


def test_a_reset_asks_why(accounts_admin: User, client: Client) -> None:
    user = make.user(Role.REPORTER)
    client.force_login(accounts_admin)
    answer = client.post(reverse("account_password", args=[user.pk]), {})
    assert answer.status_code == 422
    assert not Event.objects.filter(verb="account.reset_password").exists()


def test_a_mobile_number_is_shown_and_edited_with_the_account(client: Client) -> None:
    admin = make.user(Role.ACCOUNTS_ADMIN)
    client.force_login(admin)
    user = make.user(phone="13900000000")
    address = reverse("account", args=[user.pk])
    assert 'value="13900000000"' in client.get(address).content.decode()
    values = {"display_name": user.display_name, "agency": user.agency_id or "", "division": "", "email": ""}
    refused = client.post(address, values | {"phone": "<b>=1+1"})
    assert (refused.status_code, "不是电话号码" in refused.content.decode()) == (422, True)
    assert client.post(address, values | {"phone": "+86 139 0000 0001"}).status_code == 302
    user.refresh_from_db()
    assert user.phone == "+86 139 0000 0001"
    actions.amend_account(by=admin, user=user, display_name="改名", agency_id=user.agency_id)
    user.refresh_from_db()
    assert user.phone == "+86 139 0000 0001"  # whoever does not name it leaves it
