"""Appointments: what the database holds, for which agency and plan a rule answers, and who may appoint."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from qhplan import clock
from tasks.accounts.appointments import NewAppointment, appoint, end_appointment
from tasks.accounts.tokens import make_token, owner_of
from tasks.errors import Conflict, Problems
from tasks.models import Appointment, Event, User
from tasks.people.permissions import may_approve, may_decide_for, may_file, may_see_plan
from tasks.people.queries import office_agency_ids, serving
from tasks.values import ADMIN_ROLES, Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = make.moment("2017-04-12 10:00")
DAY = timedelta(days=1)


@pytest.fixture
def rights_admin() -> User:
    return make.user(Role.RIGHTS_ADMIN, password=None)


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


# -- the table ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(ADMIN_ROLES))
@pytest.mark.parametrize("other", [Role.VIEWER, Role.OFFICE, Role.RIGHTS_ADMIN, Role.AUDIT_ADMIN])
def test_administrator_holds_nothing_else_at_the_same_time(role: Role, other: Role) -> None:
    if role == other:
        return
    user = make.user(role, agency=make.agency(), password=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.appointment(user, other)
    with pytest.raises(IntegrityError), transaction.atomic():  # nor from a day to come
        make.appointment(user, other, since=NOW + 900 * DAY)


def test_administrator_may_have_been_something_else_before() -> None:
    user = make.user(Role.VIEWER, password=None)
    Appointment.objects.filter(user=user).update(until=NOW, ended_at=NOW, end_reason="转任")
    make.appointment(user, Role.AUDIT_ADMIN, since=NOW)
    with clock.at(NOW):
        assert again(user).has(Role.AUDIT_ADMIN)
        assert not again(user).has(Role.VIEWER)


@pytest.mark.parametrize(
    "values",
    [
        {"role": Role.REPORTER, "agency": None},
        {"role": Role.APPROVER, "since": NOW, "until": NOW - DAY},
        {"role": Role.APPROVER, "deputy": True},
        {"role": Role.REPORTER, "deputy": True, "since": NOW, "until": NOW + DAY},
        {"role": Role.REPORTER, "end_reason": "没有终止"},
    ],
)
def test_half_an_appointment_is_refused(values: dict[str, object]) -> None:
    user = make.user(Role.VIEWER, agency=make.agency(), password=None)
    if values.pop("deputy", False):
        values["on_behalf_of"] = make.user(Role.APPROVER, agency=user.agency, password=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.appointment(user, values.pop("role"), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM tasks_appointment",
        "UPDATE tasks_appointment SET role = 'office'",
        "UPDATE tasks_appointment SET until = now()",  # without a word of its end
        "UPDATE tasks_appointment SET made_by_id = NULL, ended_at = now(), until = now(), since = now()",
    ],
)
def test_an_appointment_is_only_ended(sql: str) -> None:
    make.user(Role.REPORTER, password=None)
    with (
        pytest.raises(DatabaseError, match="only ever ended"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


# -- the rules ----------------------------------------------------------------------------------------------


def test_an_appointment_holds_from_its_first_to_its_last_moment() -> None:
    user = make.hold(make.user(password=None, agency=make.agency()))
    make.appointment(user, Role.APPROVER, since=NOW, until=NOW + DAY)
    found = []
    for moment in (NOW - timedelta(seconds=1), NOW, NOW + DAY - timedelta(seconds=1), NOW + DAY):
        with clock.at(moment):
            found.append(may_approve(again(user)))
    assert found == [False, True, True, False]


def test_a_rule_answers_for_one_agency_at_a_time() -> None:
    first, second = make.agency(), make.agency()
    user = make.user(Role.REPORTER, agency=first, password=None)
    make.appointment(user, Role.APPROVER, agency=second)
    user = again(user)
    there = user.acting_for(second.pk)
    assert (user.agency_id, may_approve(user), may_file(user)) == (first.pk, False, True)
    assert (there.agency_id, there.agency, may_approve(there)) == (second.pk, second, True)
    assert (user.hats, there.hats) == ([first.pk, second.pk], [first.pk, second.pk])
    with pytest.raises(ValueError, match="not stored"):
        there.save()
    assert again(user).agency == first


def test_an_appointment_for_one_plan_counts_there_alone() -> None:
    one, other = make.plan(), make.plan()
    user = make.hold(make.user(password=None))
    make.appointment(user, Role.VIEWER, plan=one)
    user = again(user)
    assert may_see_plan(user.at(one.pk))
    assert may_see_plan(user.anywhere())
    assert not may_see_plan(user)  # a rule that names no plan gives nothing away
    assert not may_see_plan(user.at(other.pk))
    assert not may_see_plan(user.at(one.pk, other.pk))


def test_nobody_judges_an_agency_that_they_serve() -> None:
    office, second, third = make.agency(), make.agency(), make.agency()
    user = make.user(Role.OFFICE, agency=office, password=None)
    make.appointment(user, Role.REPORTER, agency=second)
    offices = office_agency_ids()
    user = again(user)
    judged = [may_decide_for(user, agency.pk, offices) for agency in (office, second, third)]
    assert judged == [False, False, True]


def test_whoever_serves_two_agencies_is_told_for_each() -> None:
    first, second = make.agency(), make.agency()
    user = make.user(Role.REPORTER, agency=first, password=None)
    make.appointment(user, Role.REPORTER, agency=second)
    assert [(one, one.agency_id) for one in serving(Role.REPORTER)] == [(user, first.pk), (user, second.pk)]
    assert [one.agency_id for one in serving(Role.REPORTER, agencies=[second.pk])] == [second.pk]


def test_people_bring_their_appointments_along(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for _n in range(3):
        make.user(Role.OFFICE, password=None)
    with django_assert_num_queries(1):
        assert [user.has(Role.OFFICE) for user in User.objects.all()] == [True] * 3


# -- appointing ---------------------------------------------------------------------------------------------


def test_appoint_for_a_plan_and_an_agency(rights_admin: User) -> None:
    home, there, plan = make.agency(), make.agency(), make.plan()
    user = make.user(Role.VIEWER, agency=home, password=None)
    with clock.at(NOW):
        new = NewAppointment(user.pk, Role.REPORTER, there.pk, plan.pk, last=date(2017, 4, 14))
        made = appoint(by=rights_admin, new=new, note="借调")
        assert may_file(again(user).acting_for(there.pk).at(plan.pk))
        assert not may_file(again(user).acting_for(there.pk))
    assert (made.since, made.until) == (NOW, make.moment("2017-04-15"))
    event = Event.objects.get(verb="rights.appoint")
    assert (event.by, event.note, event.data["plan"]) == (rights_admin, "借调", plan.pk)
    with clock.at(NOW):
        end_appointment(by=rights_admin, appointment=made.pk, note="期满前收回")
        assert again(user).hats == []
        with pytest.raises(Conflict):
            end_appointment(by=rights_admin, appointment=made.pk, note="再收")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.RIGHTS_ADMIN}))
def test_only_the_rights_administrator_appoints(role: Role) -> None:
    by, user = make.user(role, password=None), make.user(password=None)
    with pytest.raises(PermissionDenied):
        appoint(by=by, new=NewAppointment(user.pk, Role.EXPERT), note="x")
    with pytest.raises(PermissionDenied):
        end_appointment(by=by, appointment=Appointment.objects.get(user=user).pk, note="x")


def test_appoint_refuses_what_cannot_be(rights_admin: User) -> None:
    user, plan = make.user(Role.VIEWER, agency=make.agency(), password=None), make.plan()
    today = clock.today()
    wrong = {
        "agency": NewAppointment(user.pk, Role.REPORTER),
        "role": NewAppointment(user.pk, Role.AUDIT_ADMIN, plan_id=plan.pk),
        "first": NewAppointment(user.pk, Role.EXPERT, first=today - DAY),
        "last": NewAppointment(user.pk, Role.EXPERT, first=today + DAY, last=today),
    }
    found = {}
    for field, new in wrong.items():
        with pytest.raises(Problems) as caught:
            appoint(by=rights_admin, new=new, note="x")
        found[field] = [problem.field for problem in caught.value.problems]
    assert found == {field: [field] for field in wrong}
    with pytest.raises(PermissionDenied):
        appoint(by=rights_admin, new=NewAppointment(rights_admin.pk, Role.EXPERT), note="x")


# -- acting for one of several agencies ---------------------------------------------------------------------


def test_whoever_serves_two_agencies_chooses_for_which_they_act(client: Client) -> None:
    first, second = make.agency("甲局"), make.agency("乙局")
    plan = make.plan()
    make.task(plan, lead=second, heading="乙局的任务")
    make.cycle(plan, Period(2017, 1))
    user = make.user(Role.REPORTER, agency=first, password=None)
    make.appointment(user, Role.REPORTER, agency=second)
    client.force_login(user)
    with clock.at(NOW):
        assert "乙局的任务" not in client.get("/desk/").content.decode()
        assert "换到乙局" in client.get("/desk/").content.decode()
        assert client.post("/acting/", {"agency": second.pk}).status_code == 302
        page = client.get("/desk/").content.decode()
        assert "乙局的任务" in page
        assert "换到甲局" in page
        assert client.post("/acting/", {"agency": make.agency().pk}).status_code == 403
        assert client.post("/acting/", {"agency": "乙"}).status_code == 403


def test_an_appointment_that_ends_ends_acting_for_its_agency(client: Client) -> None:
    first, second = make.agency(), make.agency()
    user = make.user(Role.REPORTER, agency=first, password=None)
    make.appointment(user, Role.REPORTER, agency=second, since=NOW - DAY, until=NOW + DAY)
    client.force_login(user)
    with clock.at(NOW):
        client.post("/acting/", {"agency": second.pk})
        assert client.get("/messages/").wsgi_request.user.agency_id == second.pk
    with clock.at(NOW + DAY):
        assert client.get("/messages/").wsgi_request.user.agency_id == first.pk


def test_a_token_acts_for_one_agency() -> None:
    first, second = make.agency(), make.agency()
    user = make.user(Role.REPORTER, agency=first, password=None)
    appointment = make.appointment(user, Role.APPROVER, agency=second)
    token = make_token(by=again(user).acting_for(second.pk))
    owner = owner_of(token)
    assert owner is not None
    assert (owner.agency_id, may_approve(owner)) == (second.pk, True)
    secret = token.partition(".")[2]
    assert owner_of(f"{user.pk}.{secret}") is None
    assert owner_of(f"{user.pk}-{first.pk}.{secret}") is None
    end_appointment(by=make.user(Role.RIGHTS_ADMIN, password=None), appointment=appointment.pk, note="调回")
    assert owner_of(token) is None
    own = owner_of(make_token(by=again(user)))
    assert own is not None
    assert own.agency_id == first.pk
