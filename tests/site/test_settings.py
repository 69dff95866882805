"""Production starts only with what it needs, and says in one sentence which variable wants what."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

WHOLE = {
    "SECRET_KEY": "k7" * 30,
    "DATABASE_URL": "postgres://qhplan_app:secret@db.internal:5432/qhplan",
    "MIGRATION_DATABASE_URL": "postgres://qhplan_owner:secret@db.internal:5432/qhplan",
    "REDIS_URL": "redis://:secret@broker.internal:6379/0",
    "ALLOWED_HOSTS": "plan.example.cn, plan.internal",
}
OUTSIDE = {
    "EMAIL_HOST": "mail.example.cn",
    "EMAIL_USE_SSL": "1",
    "DEFAULT_FROM_EMAIL": "plan@example.cn",
    "NOTIFY_WECOM_URL": "wecombot://key",
    "NOTIFY_SMS_URL": "json://sms.example.cn/{phone}",
}
REMINDERS = ("REMIND_BEFORE_DAYS", "REMIND_LATE_DAYS", "REMIND_AT")
OURS = (
    *WHOLE,
    *OUTSIDE,
    *REMINDERS,
    "QHPLAN_MODE",
    "QHPLAN_NOW",
    "QHPLAN_DATA",
    "DEBUG",
    "SESSION_IDLE_MINUTES",
    "EVIDENCE_MAX_MB",
    "EVIDENCE_MAX_FILES",
    "CLAMAV_SOCKET",
)


def load(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> ModuleType:
    """The settings file read anew under this environment, beside the settings the tests run with."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location(
        "qhplan.settings_read_anew", settings.BASE_DIR / "qhplan/settings.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_production_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    read = load(monkeypatch, WHOLE)
    assert (read.QHPLAN_MODE, read.DEBUG, read.QHPLAN_NOW) == ("production", False, None)
    assert (read.EMBEDDED_DATABASE, read.EMBEDDED_BROKER) == (False, False)
    assert read.ALLOWED_HOSTS == ["plan.example.cn", "plan.internal"]


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_production_without_a_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str | None) -> None:
    environment = {key: text for key, text in WHOLE.items() if key != name}
    if value is not None:
        environment[name] = value
    with pytest.raises(ImproperlyConfigured) as refused:
        load(monkeypatch, environment)
    sentence = str(refused.value)
    assert sentence.startswith(f"{name} is not set: put ")
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DEBUG", "1", "DEBUG is on"),
        ("DEBUG", "perhaps", "DEBUG is 'perhaps'"),
        ("QHPLAN_NOW", "2017-07-05T10:00:00+08:00", "QHPLAN_NOW fixes the clock"),
        ("SECRET_KEY", "short", "SECRET_KEY is too weak"),
        ("DATABASE_URL", "sqlite:///db.sqlite3", "DATABASE_URL is not a PostgreSQL address"),
        ("DATABASE_URL", "postgres://host:port/x", "DATABASE_URL cannot be read"),
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS is *"),
        ("QHPLAN_MODE", "staging", "QHPLAN_MODE is 'staging'"),
        ("SESSION_IDLE_MINUTES", "half an hour", "SESSION_IDLE_MINUTES is 'half an hour'"),
        ("REMIND_BEFORE_DAYS", "7;3", "REMIND_BEFORE_DAYS is '7;3': put whole numbers with commas between"),
        (
            "EVIDENCE_MAX_MB",
            "20 MB",
            "EVIDENCE_MAX_MB is '20 MB': put a whole number above zero, such as 20.",
        ),
        ("CLAMAV_SOCKET", "clamav", "CLAMAV_SOCKET is 'clamav': put the daemon's socket, such as /run/"),
        ("CLAMAV_SOCKET", "tcp://clamav", "CLAMAV_SOCKET is 'tcp://clamav'"),
        ("CLAMAV_SOCKET", "tcp://clamav:0", "CLAMAV_SOCKET is 'tcp://clamav:0'"),
        ("CLAMAV_SOCKET", "unix:clamd.ctl", "CLAMAV_SOCKET is 'unix:clamd.ctl'"),
        ("REMIND_AT", "morning", "REMIND_AT is 'morning': put a time such as 08:30"),
        ("EMAIL_HOST", "mail.example.cn", "DEFAULT_FROM_EMAIL is not set: put the address"),
        ("NOTIFY_WECOM_URL", "key-secret", "NOTIFY_WECOM_URL is no address that can be used"),
        (
            "NOTIFY_SMS_URL",
            "json://secret",
            "NOTIFY_SMS_URL is no address that can be used: put one of apprise's with",
        ),
    ],
)
def test_production_with_a_wrong_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        load(monkeypatch, {**WHOLE, name: value})
    assert str(refused.value).startswith(sentence)
    assert "secret" not in str(refused.value)


def test_trial_stands_still_and_brings_its_services(
    monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]
) -> None:
    read = load(monkeypatch, {"QHPLAN_MODE": "trial", "QHPLAN_DATA": str(tmp_path)})
    assert read.QHPLAN_NOW.isoformat() == "2017-07-05T10:00:00+08:00"
    assert (read.EMBEDDED_DATABASE, read.EMBEDDED_BROKER) == (True, True)
    assert os.listdir(tmp_path) == []  # reading the settings starts and makes nothing


def test_trial_uses_a_server_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    read = load(monkeypatch, {"QHPLAN_MODE": "trial", "DATABASE_URL": WHOLE["DATABASE_URL"]})
    assert (read.EMBEDDED_DATABASE, read.DATABASES["default"]["HOST"]) == (False, "db.internal")


def test_trial_clock_needs_a_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"add the time zone, as in 2017-07-05T10:00:00\+08:00\."):
        load(monkeypatch, {"QHPLAN_MODE": "trial", "QHPLAN_NOW": "2017-07-05T10:00:00"})


def test_production_cookies_and_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    read = load(monkeypatch, WHOLE)
    assert (read.SESSION_COOKIE_SECURE, read.CSRF_COOKIE_SECURE, read.SECURE_SSL_REDIRECT) == (
        True,
        True,
        True,
    )
    assert read.SECURE_HSTS_SECONDS > 0
    assert (read.SESSION_COOKIE_NAME, read.CSRF_COOKIE_NAME) == ("__Host-sessionid", "__Host-csrftoken")
    assert (read.SESSION_COOKIE_AGE, read.SESSION_SAVE_EVERY_REQUEST) == (30 * 60, True)
    assert read.CONTENT_SECURITY_POLICY["DIRECTIVES"]["default-src"] == ["'self'"]
    assert "unsafe-inline" not in str(read.CONTENT_SECURITY_POLICY)


def test_a_killed_worker_gives_its_job_back(monkeypatch: pytest.MonkeyPatch) -> None:
    read = load(monkeypatch, WHOLE)
    assert (read.CELERY_TASK_ACKS_LATE, read.CELERY_TASK_REJECT_ON_WORKER_LOST) == (True, True)
    assert read.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] > read.CELERY_TASK_TIME_LIMIT


def test_production_sends_where_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    read = load(monkeypatch, {**WHOLE, **OUTSIDE, "REMIND_BEFORE_DAYS": "5, 2"})
    assert (read.MAILS, read.EMAIL_HOST, read.EMAIL_PORT) == (True, "mail.example.cn", 465)
    assert read.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend"
    assert read.NOTIFY_URLS == {"wecom": "wecombot://key", "sms": "json://sms.example.cn/{phone}"}
    assert (read.REMIND_BEFORE_DAYS, read.REMIND_LATE_DAYS) == ((5, 2), 10)


def test_without_a_mail_server_nothing_is_mailed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, WHOLE).MAILS is False


@pytest.mark.parametrize("mode", ["trial", "test"])
def test_a_trial_site_sends_nothing_whatever_it_is_told(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    read = load(monkeypatch, {**OUTSIDE, "QHPLAN_MODE": mode})
    assert read.EMAIL_BACKEND == "django.core.mail.backends.console.EmailBackend"
    assert read.NOTIFY_URLS == {}


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("", ""),
        ("/run/clamav/clamd.ctl", "unix:/run/clamav/clamd.ctl"),
        ("unix:///run/clamav/clamd.ctl", "unix:/run/clamav/clamd.ctl"),
        ("tcp://clamav:3310", "tcp:clamav:3310"),
        ("tcp://[::1]:3310", "tcp:[::1]:3310"),
    ],
)
def test_the_scanners_socket(monkeypatch: pytest.MonkeyPatch, value: str, address: str) -> None:
    assert address == load(monkeypatch, {**WHOLE, "CLAMAV_SOCKET": value}).CLAMAV_SOCKET


def test_no_form_keeps_less_than_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A brief to be verified may have 20 MB, however small evidence has to be."""
    small = load(monkeypatch, {**WHOLE, "EVIDENCE_MAX_MB": "2", "EVIDENCE_MAX_FILES": "3"})
    large = load(monkeypatch, {**WHOLE, "EVIDENCE_MAX_MB": "50"})
    mb = 1024 * 1024
    assert (20 * mb, 90 * mb) == (small.UPLOAD_CAP, small.UPLOAD_REQUEST_CAP)
    assert (50 * mb, 560 * mb) == (large.UPLOAD_CAP, large.UPLOAD_REQUEST_CAP)


@pytest.mark.few(1)
@pytest.mark.slow
@pytest.mark.parametrize("door", ["qhplan.wsgi", "qhplan.celery"])
def test_a_process_starts_without_collecting_and_collects_from_then_on(door: str) -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import gc, {door}; before = gc.isenabled(); import django; django.setup();"
            "print(before, gc.isenabled(), gc.get_freeze_count() > 50_000)",
        ],
        env=os.environ | {"QHPLAN_MODE": "test", "DJANGO_SETTINGS_MODULE": "qhplan.settings"},
        cwd=settings.BASE_DIR,
        check=True,
        capture_output=True,
        text=True,
    )
    started = "True" if door == "qhplan.wsgi" else "False"  # its import is the whole start
    assert told.stdout.split() == [started, "True", "True"]


def test_compose_hands_on_every_variable_of_the_tables() -> None:
    """A setting that is listed and not handed on would be ignored without a word."""
    base = Path(__file__).parents[2]
    compose = (base / "docker-compose.yml").read_text(encoding="utf-8")
    environments = re.sub(r"(?ms)^  (postgres|redis):\n.*?(?=^  \w)", "", compose)
    handed = set(re.findall(r"^ +([A-Z][A-Z_]+): ", environments, re.MULTILINE))
    of_the_image = {"QHPLAN_DATA", "QHPLAN_FONT_CACHE", "STATIC_ROOT"}
    for document in ("README.md", "README.zh-CN.md"):
        rows = re.findall(r"^\| (`[A-Z].*?) \|", (base / document).read_text(encoding="utf-8"), re.MULTILINE)
        names = [name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)]
        listed = {f"QHPLAN_FONT{name}" if name.startswith("_") else name for name in names}
        assert listed - of_the_image == handed, document
    for secret, only in (("SIGN_PASSWORD", "worker"), ("SEAL_KEY", "sealer")):
        services = re.findall(r"(?ms)^  (\w+):\n(.*?)(?=^  \w|\Z)", compose.partition("\nservices:\n")[2])
        assert [name for name, text in services if secret in text] == [only]
        assert secret not in compose.partition("\nservices:\n")[0]


def test_connections_are_encrypted_where_their_addresses_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    encrypted = {
        "DATABASE_URL": "postgres://qhplan_app:secret@db/qhplan?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        "REDIS_URL": "rediss://:secret@redis:6379/0?ssl_cert_reqs=required",
        "HSTS_SUBDOMAINS": "1",
    }
    read = load(monkeypatch, {**WHOLE, **encrypted})
    options = read.DATABASES["default"]["OPTIONS"]
    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/etc/ca.pem")
    assert read.CELERY_BROKER_URL.startswith("rediss://")
    assert read.SECURE_HSTS_INCLUDE_SUBDOMAINS


def test_static_files_have_a_policy_of_their_own() -> None:
    answer = Client().get("/static/css/base.css")
    assert answer.status_code == 200
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
