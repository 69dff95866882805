"""The audit log: what one entry says, where an action comes from, and that nothing in it changes afterwards."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from tasks.audit.log import record
from tasks.audit.models import Outcome
from tasks.audit.request_source import Source, current_source, from_request
from tasks.models import Event, User
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(db: None) -> User:
    return make.user(Role.VIEWER)


def login(user: User, address: str) -> Client:
    client = Client(REMOTE_ADDR=address)
    client.post("/login/", {"username": user.username, "password": make.PASSWORD})
    return client


def test_an_entry_outside_a_request_has_no_source(user: User) -> None:
    record(by=None, verb="account.create", subject=user)
    event = Event.objects.get()
    assert (event.address, event.session, event.outcome) == (None, "", Outcome.DONE)


def test_an_entry_says_what_came_of_the_action(user: User) -> None:
    record(by=user, verb="account.amend", subject=user, outcome=Outcome.REFUSED)
    assert Event.objects.get().outcome == "refused"


def test_pages_name_address_and_session(user: User) -> None:
    first, second = login(user, "192.0.2.7"), login(user, "2001:db8::1")
    first.post("/logout/")
    events = list(Event.objects.filter(by=user).order_by("pk"))
    assert [(event.verb, event.address) for event in events] == [
        ("account.login", "192.0.2.7"),
        ("account.login", "2001:db8::1"),
        ("account.logout", "192.0.2.7"),
    ]
    one, other, end = (event.session for event in events)
    assert one.startswith("session:")
    assert one != other
    assert one == end, "one session has one name"
    key = second.session.session_key
    assert key is not None
    assert key not in other, "the log does not open the session"


def test_the_api_names_address_and_token(user: User) -> None:
    token = (
        APIClient(REMOTE_ADDR="192.0.2.8")
        .post("/api/v1/token/", {"username": user.username, "password": make.PASSWORD})
        .json()["token"]
    )
    header = {"authorization": f"Token {token}"}
    assert APIClient(REMOTE_ADDR="192.0.2.9").delete("/api/v1/token/", headers=header).status_code == 204
    event = Event.objects.get(verb="account.token_end")
    assert event.address == "192.0.2.9"
    assert event.session.startswith("token:")
    assert token.partition(".")[2] not in event.session


@pytest.mark.parametrize(
    ("address", "named"),
    [("192.0.2.7", "192.0.2.7"), ("fe80::1%eth0", "fe80::1"), ("", None), ("unix:", None)],
)
def test_an_address_that_the_database_does_not_take_is_left_out(address: str, named: str | None) -> None:
    with from_request(RequestFactory().get("/", REMOTE_ADDR=address)):
        assert current_source() == Source(named, "")
    assert current_source() == Source()


@pytest.mark.parametrize("change", [{"address": None}, {"session": ""}, {"outcome": "failed"}])
def test_the_source_of_an_entry_never_changes(user: User, change: dict[str, str | None]) -> None:
    record(by=user, verb="account.amend", subject=user)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.update(**change)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.all().delete()
