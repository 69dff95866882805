"""/health/ answers without a login, and tells a broken database from a silent broker."""

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from qhplan import status


@pytest.mark.django_db
def test_health_with_everything_up(client: Client) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"database": True, "broker": True})


@pytest.mark.django_db
def test_health_without_broker_still_serves(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/broker.sock"
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"database": True, "broker": False})


@pytest.mark.django_db
def test_health_without_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(status.connection, "cursor", broken)
    assert client.get("/health/").status_code == 503


@pytest.mark.django_db
def test_health_carries_the_security_headers(client: Client) -> None:
    headers = client.get("/health/").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert set(headers["Content-Security-Policy"].split("; ")) == {
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    }


@pytest.mark.django_db
def test_a_strange_host_is_refused(client: Client) -> None:
    assert client.get("/login/", headers={"host": "elsewhere.example"}).status_code == 400
