"""A database that is slow, hangs or has gone costs a page seconds: 503 with what to do, and nothing is half written."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.db import InterfaceError, connection, connections, transaction
from django.test import Client
from psycopg2.extensions import set_wait_callback
from pytest_django import Settings

from qhplan import database
from tasks.accounts.api_access import TokenAuthentication


@pytest.fixture
def waiting(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The web process's way to wait, with short limits."""
    monkeypatch.setattr(database, "GRACE", 0.1)
    monkeypatch.setattr(database, "_tried_again_at", 0.0)
    settings.DATABASE_CONNECT_SECONDS, settings.DATABASE_STATEMENT_SECONDS = 0.2, 0.2
    set_wait_callback(database.wait)
    yield settings
    set_wait_callback(None)


def parameters() -> dict[str, Any]:
    return {**connection.get_connection_params(), "options": ""}


def slow(*_arguments: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 50")
        cursor.execute("SELECT pg_sleep(20)")


def gone(*_arguments: Any) -> None:
    raise InterfaceError("connection already closed")


@pytest.mark.django_db
@pytest.mark.parametrize("broken", [slow, gone])
def test_a_page_and_the_api_say_what_to_do(
    client: Client, monkeypatch: pytest.MonkeyPatch, broken: Any
) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr(TokenAuthentication, "authenticate", broken)
    answer = client.get("/api/v1/plans/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert answer.json()["error"]["code"] == "unavailable"
    assert "没有写入" in answer.json()["error"]["message"]
    monkeypatch.setattr("qhplan.health.broker", broken)
    page = client.get("/health/")
    assert (page.status_code, page["Retry-After"]) == (503, "60")
    assert "刚才的操作没有保存" in page.content.decode()


def test_without_any_database_the_process_is_alive_and_the_page_is_whole(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the mark `django_db` each question to the database is an error of the test itself."""
    client.raise_request_exception = False
    assert client.get("/livez").json() == {"alive": True}
    monkeypatch.setattr("qhplan.health.broker", gone)
    monkeypatch.setattr("qhplan.health.database", gone)
    assert client.get("/health/").status_code == 503


@pytest.mark.django_db
def test_a_statement_that_hangs_is_given_up(waiting: Settings) -> None:
    with pytest.raises(psycopg2.OperationalError, match="has not answered"):
        ask(parameters(), "SELECT pg_sleep(20)")
    with pytest.raises(psycopg2.OperationalError, match="a moment ago"):
        psycopg2.connect(**parameters())  # for the next seconds nobody waits in vain


@pytest.mark.django_db
def test_what_answers_in_time_is_read_as_ever(waiting: Settings) -> None:
    waiting.DATABASE_CONNECT_SECONDS = waiting.DATABASE_STATEMENT_SECONDS = 20
    assert len(ask(parameters(), "SELECT repeat('字', 1000) FROM generate_series(1, 3000)")) == 3000


def test_a_connection_that_nobody_answers_is_given_up(waiting: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and says nothing
        begun = time.monotonic()
        with pytest.raises(psycopg2.OperationalError, match="has not answered"):
            psycopg2.connect(host="127.0.0.1", port=silent.getsockname()[1], dbname="x", user="x")
        assert time.monotonic() - begun < 5


@pytest.mark.django_db
def test_the_web_process_has_limits_and_others_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def limits() -> list[tuple[Any, ...]]:
        names = (
            "'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'plan_cache_mode'"
        )
        sql = f"SELECT name, setting FROM pg_settings WHERE name IN ({names}) ORDER BY name"
        return [value for _name, value in ask(connection.get_connection_params(), sql)]

    assert limits() == ["0", "0", "force_generic_plan", "0"]
    held = connection.settings_dict
    monkeypatch.setitem(held, "OPTIONS", dict(held["OPTIONS"]))
    monkeypatch.setitem(connections.settings, "default", held)
    database.limit_waiting()
    set_wait_callback(None)
    assert limits() == ["120000", "10000", "force_generic_plan", "15000"]


def ask(given: dict[str, Any], sql: str) -> list[Any]:
    """The rows of a connection of its own."""
    given = {name: value for name, value in given.items() if name not in {"cursor_factory"}}
    own = psycopg2.connect(**given)
    try:
        with own.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()
    finally:
        own.close()
