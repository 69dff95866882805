"""Whom to call: set by the body's own people or the office, from a day on, and what stood before is kept."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from qhplan import clock
from tasks.contacts.actions import ContactInput, set_contacts
from tasks.contacts.queries import contacts_on
from tasks.errors import Problems
from tasks.models import Contact, Event, Responsibility, User
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db

APRIL, MAY = date(2017, 4, 1), date(2017, 5, 1)


@pytest.fixture
def duty() -> Responsibility:
    agency = make.agency("某局")
    return make.task(make.plan(), lead=agency).responsibilities.get()


@pytest.fixture
def reporter(duty: Responsibility) -> User:
    return make.user(Role.REPORTER, agency=duty.agency, password=None)


def given(duty: Responsibility, liaison: str = "王某", **words: str) -> ContactInput:
    return ContactInput(duty.pk, liaison=liaison, **words)


def test_set_contacts_ends_the_one_before_the_day_before(duty: Responsibility, reporter: User) -> None:
    set_contacts(by=reporter, contacts=[given(duty, "王某")], since=APRIL)
    set_contacts(by=reporter, contacts=[given(duty, "李某", telephone="0971-0000001")], since=MAY)
    assert contacts_on(date(2017, 4, 30), [duty.pk])[duty.pk].liaison == "王某"
    assert contacts_on(MAY, [duty.pk])[duty.pk].liaison == "李某"
    assert contacts_on(date(2017, 3, 31), [duty.pk]) == {}
    event = Event.objects.order_by("-id").first()
    assert event is not None
    assert (event.verb, event.by, event.data["before"]["liaison"]) == ("contact.set", reporter, "王某")


def test_set_contacts_again_on_the_same_day_replaces(duty: Responsibility, reporter: User) -> None:
    set_contacts(by=reporter, contacts=[given(duty, "王某")], since=APRIL)
    set_contacts(by=reporter, contacts=[given(duty, "李某")], since=APRIL)
    assert [contact.liaison for contact in Contact.objects.all()] == ["李某"]
    assert Event.objects.count() == 2


def test_set_contacts_unchanged_writes_nothing(duty: Responsibility, reporter: User) -> None:
    set_contacts(by=reporter, contacts=[given(duty)], since=APRIL)
    set_contacts(by=reporter, contacts=[given(duty)], since=MAY)
    assert (Contact.objects.count(), Event.objects.count()) == (1, 1)


def test_set_contacts_before_a_later_one_is_refused(duty: Responsibility, reporter: User) -> None:
    set_contacts(by=reporter, contacts=[given(duty, "王某")], since=MAY)
    with pytest.raises(Problems) as caught:
        set_contacts(by=reporter, contacts=[given(duty, "李某")], since=APRIL)
    assert list(caught.value.by_field()) == ["since"]


def test_set_contacts_says_somebody(duty: Responsibility, reporter: User) -> None:
    with pytest.raises(Problems):
        set_contacts(by=reporter, contacts=[given(duty, " ".strip())])
    assert not Contact.objects.exists()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OFFICE}))
def test_set_contacts_refused_to_others(duty: Responsibility, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        set_contacts(by=make.user(role, password=None), contacts=[given(duty)])
    assert not Contact.objects.exists()


def test_set_contacts_by_the_office_for_any_body(duty: Responsibility) -> None:
    office = make.user(Role.OFFICE, password=None)
    other = make.task(make.plan(), lead=make.agency()).responsibilities.get()
    set_contacts(by=office, contacts=[given(duty), given(other)], since=APRIL)
    assert Contact.objects.count() == 2


def test_set_contacts_number_of_queries_does_not_grow(reporter: User, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    plan = make.plan()
    for count in (1, 10):
        owed = [make.task(plan, lead=reporter.agency).responsibilities.get() for _n in range(count)]
        set_contacts(by=reporter, contacts=[given(one, "王某") for one in owed], since=APRIL)
        with django_assert_num_queries(9):
            set_contacts(by=reporter, contacts=[given(one, "李某") for one in owed], since=MAY)


def test_two_contacts_at_a_time_are_refused_by_the_database(duty: Responsibility) -> None:
    Contact.objects.create(responsibility=duty, liaison="王某", valid=DateRange(APRIL, None))
    with pytest.raises(IntegrityError, match="one_contact_at_a_time"), transaction.atomic():
        Contact.objects.create(responsibility=duty, liaison="李某", valid=DateRange(MAY, None))


def test_page_sets_what_is_ticked(client: Client, duty: Responsibility, reporter: User) -> None:
    client.force_login(reporter)
    with clock.at(make.moment("2017-04-12 10:00")):
        page = client.get("/contacts/")
        assert [row.duty for row in page.context["rows"]] == [duty]
        assert page.context["missing"] == 1
        refused = client.post("/contacts/", {"liaison": "王某", "since": "2017-04-12"})
        assert refused.status_code == 422
        assert list(refused.context["form"].errors) == ["responsibilities"]
        data = {"responsibilities": duty.pk, "liaison": "王某", "since": "2017-04-12"}
        assert client.post("/contacts/", data).status_code == 302
        assert client.get("/contacts/").context["missing"] == 0
    assert Contact.objects.get().liaison == "王某"


def test_page_takes_no_responsibility_of_another_body(
    client: Client, duty: Responsibility, reporter: User
) -> None:
    other = make.task(duty.task.plan, lead=make.agency()).responsibilities.get()
    client.force_login(reporter)
    data = {"responsibilities": other.pk, "liaison": "王某", "since": "2017-04-12"}
    with clock.at(make.moment("2017-04-12 10:00")):
        assert client.post("/contacts/", data).status_code == 422
        assert client.get(f"/contacts/?agency={other.agency.slug}").status_code == 403
    assert not Contact.objects.exists()
