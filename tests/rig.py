"""What tests and benchmarks stand on: databases made from a template, and real worker processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import connection, connections

from qhplan.services import APPLICATION, OWNER

PLAN = settings.BASE_DIR / "fixtures" / "plans" / "qinghai-2016-48"
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:12]
TEMPLATE = f"template_{RUN}"


# -- services -----------------------------------------------------------------------------------------------


@contextmanager
def running() -> Iterator[None]:
    """The embedded database and broker, with a broker number of this process's own."""
    if not (settings.EMBEDDED_DATABASE or settings.EMBEDDED_BROKER):
        yield
        return
    with settings.EMBEDDED.running():
        if settings.EMBEDDED_BROKER:
            from qhplan.celery import app

            number = 1 + os.getpid() % 1000
            settings.REDIS_URL = settings.EMBEDDED.broker_url(number)
            app.conf.broker_url = settings.REDIS_URL.replace("unix://", "redis+socket://").replace(
                "?db", "?virtual_host"
            )
            os.environ["QHPLAN_BROKER_DB"] = str(number)
        yield


# -- the database -------------------------------------------------------------------------------------------


def admin(name: str = "postgres") -> Any:
    """A connection that may create databases: the embedded cluster's, or the given server's owner role."""
    if settings.EMBEDDED_DATABASE:
        return settings.EMBEDDED.connect(name=name)
    given = settings.MIGRATION_DATABASE or settings.DATABASES["default"]
    admin = psycopg2.connect(
        host=given["HOST"],
        port=given["PORT"] or 5432,
        user=given["USER"],
        password=given["PASSWORD"],
        dbname=name,
    )
    admin.autocommit = True
    return admin


def sql(statement: str) -> None:
    """Run one statement outside Django and any transaction."""
    door = admin()
    try:
        with door.cursor() as cursor:
            cursor.execute(statement)
    finally:
        door.close()


def has_template() -> bool:
    """Whether another process of this run has made it."""
    door = admin()
    try:
        with door.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE])
            return cursor.fetchone() is not None
    finally:
        door.close()


def create(name: str, template: str | None = None) -> None:
    """A database of the owner's, empty or a copy."""
    owner = f" OWNER {OWNER}" if settings.EMBEDDED_DATABASE else ""
    copy = f" TEMPLATE {template}" if template else ""
    sql(f'CREATE DATABASE "{name}"{owner}{copy}')


def drop(name: str) -> None:
    """Gone, whoever is still connected."""
    sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def turn_to(name: str) -> None:
    """All later connections of this process, in any thread, go to this database."""
    connections.close_all()
    connection.settings_dict["NAME"] = name
    settings.DATABASES["default"]["NAME"] = name


def make_template() -> None:
    """Migrated by the owner, the plan loaded by the application: what every test finds."""
    making = f"{TEMPLATE}_making"
    drop(making)
    create(making)
    turn_to(making)
    call_command("migrate", verbosity=0)
    if "load_plan" in get_commands() and PLAN.is_dir():
        with open(os.devnull, "w") as nowhere:
            call_command("load_plan", str(PLAN), stdout=nowhere)
    connections.close_all()
    sql(f'ALTER DATABASE "{making}" RENAME TO "{TEMPLATE}"')


# -- the worker ---------------------------------------------------------------------------------------------


def child_environment(name: str) -> dict[str, str]:
    """What a child process needs to work on the same database and broker as the test."""
    environment = {**os.environ, "QHPLAN_MODE": "test", "PYTHONUNBUFFERED": "1"}
    if settings.EMBEDDED_DATABASE:
        environment["DATABASE_URL"] = settings.EMBEDDED.database_url(APPLICATION, name)
    else:
        environment["DATABASE_URL"] = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
    return environment


@dataclass
class Worker:
    """A real Celery worker on the test's clone; `kill()` is kill -9 of all of it, `start()` begins anew."""

    database: str
    log: Path
    beat: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start it and wait until it takes work."""
        command = [
            sys.executable, "-m", "celery", "-A", "qhplan", "worker", "--concurrency", "1", "--loglevel", "INFO",
            "-I", "tests.jobs.kinds", "--without-gossip", "--without-mingle", "--hostname", f"{self.database}@localhost",
        ]  # fmt: skip
        if self.beat:
            command += ["--beat", "--schedule", str(self.log.with_suffix(".schedule"))]
        with self.log.open("ab") as output:
            begin = output.tell()
            self.process = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                env=child_environment(self.database),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = self.process
        self.wait_for(lambda: b" ready." in self.log.read_bytes()[begin:] or process.poll() is not None, 60)
        assert process.poll() is None, self.log.read_text()

    def kill(self) -> None:
        """As a power cut would: no signal handler runs, in parent or pool."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, 9)
            self.process.wait()

    def stop(self) -> None:
        """As the process runner stops it."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()

    def wait_for(self, condition: Callable[[], Any], seconds: float = 30) -> Any:
        """The condition's first true value; fails with the worker's log when the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s; the worker's log:\n{self.log.read_text()}")
