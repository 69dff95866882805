"""What tests and benchmarks stand on: databases made from a template, and real worker processes."""

import atexit
import fcntl
import hashlib
import os
import pickle
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import connection, connections, transaction
from django.test import override_settings

from qhplan.services import APPLICATION, OWNER, PORT, SUPERUSER
from tests import preloaded

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


def exists(name: str) -> bool:
    """Whether there is a database of that name."""
    door = admin()
    try:
        with door.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            return cursor.fetchone() is not None
    finally:
        door.close()


def create(name: str, template: str | None = None) -> None:
    """A database of the owner's, empty or a copy. Copying its files takes half the time of writing them to the log."""
    owner = f" OWNER {OWNER}" if settings.EMBEDDED_DATABASE else ""
    copy = f" TEMPLATE {template} STRATEGY FILE_COPY" if template else ""
    sql(f'CREATE DATABASE "{name}"{owner}{copy}')


def drop(name: str) -> None:
    """Gone, whoever is still connected."""
    sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def clone(template: str = TEMPLATE) -> Iterator[str]:
    """A copy of the template to which this process turns within the block; its name."""
    before = connection.settings_dict["NAME"]
    name = f"clone_{RUN}_{os.getpid()}_{time.monotonic_ns()}"
    create(name, template)
    turn_to(name)
    try:
        yield name
    finally:
        turn_to(before)
        drop(name)


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
    migrate(making)
    if "load_plan" in get_commands() and PLAN.is_dir():
        with open(os.devnull, "w") as nowhere:
            call_command("load_plan", str(PLAN), stdout=nowhere)
    connections.close_all()
    sql(f'ALTER DATABASE "{making}" RENAME TO "{TEMPLATE}"')


@contextmanager
def _alone() -> Iterator[None]:
    """One test process at a time makes templates."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_DIR / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def need_template() -> None:
    """Make the template unless a test process of this run has made it."""
    with _alone():
        if not exists(TEMPLATE):
            make_template()


def need_filled(name: str, fill: Callable[[], Any], *, shared: Path) -> tuple[str, Any]:
    """A second template, `name`, made once for all test processes of this run: what `fill` commits to a copy of the first.
    Returns the database to copy and what `fill` returned, by pickle; files that it uploaded lie in this process's MEDIA_ROOT.
    `shared` is a folder of all test processes.
    What waits for the commit is dropped: no worker is to see the jobs that it asked for."""
    database, folder = f"{TEMPLATE}_{name}", shared / name
    before = connection.settings_dict["NAME"]
    with _alone():
        if not exists(database):
            making = f"{database}_making"
            drop(making)
            (folder / "media").mkdir(parents=True)
            create(making, TEMPLATE)
            turn_to(making)
            try:
                with override_settings(MEDIA_ROOT=folder / "media"), transaction.atomic():
                    made = fill()
                    connection.run_on_commit.clear()
                (folder / "made").write_bytes(pickle.dumps(made))
            finally:
                turn_to(before)
            sql(f'ALTER DATABASE "{making}" RENAME TO "{database}"')
    shutil.copytree(folder / "media", settings.MEDIA_ROOT, dirs_exist_ok=True)
    return database, pickle.loads((folder / "made").read_bytes())


def drop_templates() -> None:
    """All of this run."""
    with admin() as found, found.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{TEMPLATE}%"])
        names = [name for (name,) in cursor.fetchall()]
    found.close()
    for name in names:
        drop(name)


def migrate(name: str) -> None:
    """Migrate the empty database; or restore what the same migrations made last time, in a tenth of the time, from a dump
    under `build/`. `QHPLAN_FRESH=1` always migrates, as `make test-all` does."""
    dump = None
    if settings.EMBEDDED_DATABASE and not os.environ.get("QHPLAN_FRESH"):
        dump = settings.BASE_DIR / "build" / "test-database" / f"{schema_hash()}.dump"
        if dump.exists():
            connections.close_all()
            client("pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={name}", str(dump))
            return
    call_command("migrate", verbosity=0)
    connections.close_all()
    if dump is not None:
        dump.parent.mkdir(parents=True, exist_ok=True)
        for old in dump.parent.glob("*.dump"):
            old.unlink(missing_ok=True)
        making = dump.with_suffix(f".{os.getpid()}")
        client("pg_dump", "--format=custom", "--compress=1", f"--file={making}", name)
        making.rename(dump)


def schema_hash() -> str:
    """Of all that decides what `migrate` makes: our migrations and what they import, the packages, PostgreSQL."""
    base = settings.BASE_DIR
    files = [
        path for app in ("qhplan", "tasks", "reports") for path in (base / app).glob("**/migrations/*.py")
    ]
    files += [base / "tasks" / "fields.py", base / "tasks" / "values.py", base / "requirements" / "dev.txt"]
    found = hashlib.sha256(str(connection.pg_version).encode())
    for path in sorted(files):
        found.update(f"\n{path.relative_to(base)}\n".encode() + path.read_bytes())
    return found.hexdigest()[:20]


def client(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs on the embedded server."""
    address = ["--host", str(settings.EMBEDDED.sockets), "--port", PORT, "--username", SUPERUSER]
    done = subprocess.run(
        [str(settings.EMBEDDED.binaries / program), *address, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# -- the worker ---------------------------------------------------------------------------------------------


def child_environment(name: str) -> dict[str, str]:
    """What a child process needs to work on the same database and broker as the test."""
    environment = {**os.environ, "QHPLAN_MODE": "test", "PYTHONUNBUFFERED": "1"}
    if settings.EMBEDDED_DATABASE:
        environment["DATABASE_URL"] = settings.EMBEDDED.database_url(APPLICATION, name)
    else:
        environment["DATABASE_URL"] = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
    return environment


@cache
def workers() -> preloaded.Parent:
    """What this process's workers are forked from, until this process ends."""
    parent = preloaded.Parent(settings.BASE_DIR)
    atexit.register(parent.stop)
    return parent


@dataclass
class Worker:
    """A real Celery worker on the test's clone; `kill()` is kill -9 of all of it, `start()` begins anew."""

    database: str
    log: Path
    beat: bool = False
    process: preloaded.Forked | None = field(default=None)

    def start(self) -> None:
        """Start it and wait until it takes work."""
        arguments = [
            "-A", "qhplan", "worker", "--concurrency", "1", "--loglevel", "INFO",
            "-I", "tests.jobs.kinds", "--without-gossip", "--without-mingle", "--hostname", f"{self.database}@localhost",
        ]  # fmt: skip
        if self.beat:
            arguments += ["--beat", "--schedule", str(self.log.with_suffix(".schedule"))]
        self.log.touch()
        begin = self.log.stat().st_size
        self.process = workers().start(arguments, child_environment(self.database), self.log)
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
