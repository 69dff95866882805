"""What is read, refused and handed out is on record, and only the auditor reads, searches and exports the record."""

import csv
import io
import json
from unittest.mock import patch

import pytest
from django.db import DatabaseError
from django.test import Client

from tasks.audit.models import Event, Outcome
from tasks.people.models import User
from tasks.values import Role
from tests import factories as make
from tests.api.conftest import World, client, world

pytestmark = pytest.mark.django_db

__all__ = ["world"]  # the fixture


def browser(user: User) -> Client:
    made = Client(REMOTE_ADDR="192.0.2.7")
    made.force_login(user)
    return made


def seen() -> list[tuple[str, str, str]]:
    """The accesses on record: verb, outcome, path."""
    accesses = Event.objects.filter(subject__startswith="page:").order_by("id")
    return [(event.verb, event.outcome, event.data["path"]) for event in accesses]


def failing(name: str, times: int, address: str = "192.0.2.7") -> int:
    door = Client(REMOTE_ADDR=address)
    return [
        door.post("/login/", {"username": name, "password": "wrong"}).status_code for _time in range(times)
    ][-1]


@pytest.mark.slow
def test_failures_and_the_lock_are_on_record_once_each() -> None:
    user = make.user(Role.VIEWER)
    assert failing(user.username, 7) == 429
    events = list(Event.objects.filter(subject=f"user:{user.pk}").order_by("id"))
    assert [(event.verb, event.outcome) for event in events] == [
        *[("account.login_failed", Outcome.FAILED)] * 5,
        ("account.locked_out", Outcome.REFUSED),
    ]
    assert {(event.by, event.address, event.data["username"]) for event in events} == {
        (None, "192.0.2.7", user.username)
    }
    client(None).post("/api/v1/token/", {"username": user.username, "password": "wrong"})
    assert Event.objects.filter(verb="account.login_failed").count() == 6


def test_what_is_typed_instead_of_a_name_is_not_kept() -> None:
    failing("my-secret-password", 1)
    event = Event.objects.get()
    assert (event.subject, event.data) == ("page:login", {"username": "my… (18)"})


@pytest.mark.slow
def test_refusals_are_on_record_but_not_those_of_strangers(world: World) -> None:
    stranger, viewer = Client(), browser(world.viewer)
    assert stranger.get("/audit/").status_code == 302
    assert viewer.get("/no-such-address/").status_code == 404
    assert viewer.get("/audit/").status_code == 403
    assert viewer.get("/evidence/00000000-0000-0000-0000-000000000000/").status_code == 404
    assert client(world.viewer).get("/api/v1/versions/999999/").status_code == 404
    refused = Event.objects.filter(verb="access.refuse")
    assert {(event.by_id, event.outcome) for event in refused} == {(world.viewer.pk, Outcome.REFUSED)}
    assert [path for _verb, _outcome, path in seen()] == [
        "/audit/",
        "/evidence/00000000-0000-0000-0000-000000000000/",
        "/api/v1/versions/999999/",
    ]
    assert refused.earliest("id").address == "192.0.2.7"
    assert refused.earliest("id").session.startswith("session:")


def test_files_and_lists_in_bulk_are_on_record(world: World) -> None:
    world.submitted()
    plan = world.plan.slug
    page = browser(world.office)
    assert page.get(f"/plans/{plan}/tasks.xlsx?light=red").status_code == 200
    assert page.head(f"/plans/{plan}/tasks.xlsx").status_code == 200
    program = client(world.office)
    assert program.get("/api/v1/versions/").status_code == 200
    with patch("tasks.audit.accesses.BULK_ROWS", 0):
        assert program.get("/api/v1/versions/?page_size=500").status_code == 200
    assert seen() == [
        ("file.leave", "done", f"/plans/{plan}/tasks.xlsx"),
        ("api.bulk", "done", "/api/v1/versions/"),
    ]
    assert Event.objects.get(verb="file.leave").data["query"] == "light=red"
    assert Event.objects.get(verb="api.bulk").data["rows"] == 1


def test_a_log_that_cannot_be_written_loses_no_answer(world: World, caplog: pytest.LogCaptureFixture) -> None:
    page = browser(world.office)
    with patch("tasks.audit.log._write", side_effect=DatabaseError("disk full")):
        answer = page.get(f"/plans/{world.plan.slug}/tasks.xlsx")
    assert answer.status_code == 200
    assert answer.content
    assert "not in the audit log: file.leave" in caplog.text
    assert not Event.objects.exists()


@pytest.mark.slow
def test_the_auditor_searches_and_exports_and_is_on_record(world: World) -> None:
    auditor = make.user(Role.AUDIT_ADMIN, password=None)
    browser(world.viewer).get("/audit/")
    page = browser(auditor)
    rows = page.get("/audit/?path=/audit&outcome=refused&address=192.0.2.0/24").context["rows"]
    assert [(row.event.verb, row.subject, row.who) for row in rows] == [
        ("access.refuse", "/audit/", world.viewer.display_name)
    ]
    assert not page.get("/audit/?address=10.0.0.0/8").context["rows"]
    assert not page.get("/audit/?address=nonsense").context["rows"]
    lines = b"".join(page.get("/audit/export.jsonl?verb=access.refuse").streaming_content).decode()
    (entry,) = map(json.loads, lines.splitlines())
    assert (entry["verb"], entry["by"], entry["data"]["status"]) == (
        "access.refuse",
        world.viewer.username,
        403,
    )
    text = b"".join(page.get("/audit/export.csv").streaming_content).decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text)))
    assert table[0][:5] == ["id", "recorded_at", "at", "by", "verb"]
    verbs = [row[4] for row in table[1:]]
    assert verbs == ["audit.export", "audit.export", *["audit.read"] * 3, "access.refuse"]
    for person in (world.office, world.leadership, make.user(Role.ACCOUNTS_ADMIN, password=None)):
        assert browser(person).get("/audit/export.csv").status_code == 403


def test_a_name_that_is_a_formula_leaves_as_text(world: World) -> None:
    auditor = make.user(Role.AUDIT_ADMIN, password=None)
    failing("=1+1", 1)
    make.event("account.amend", "user:1", note="=HYPERLINK(1)")
    text = b"".join(browser(auditor).get("/audit/export.csv").streaming_content).decode()
    assert ",'=HYPERLINK(1)," in text


def test_the_auditor_reads_no_reasons_of_decisions(world: World) -> None:
    auditor = make.user(Role.AUDIT_ADMIN, password=None)
    make.event("return.return", "submission:1", note="数字不实")
    make.event("account.close", "user:1", note="调离")
    page = browser(auditor)
    shown = page.get("/audit/").content.decode()
    exported = b"".join(page.get("/audit/export.jsonl").streaming_content).decode()
    for text in (shown, exported):
        assert "数字不实" not in text
        assert "调离" in text
