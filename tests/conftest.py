"""What tests stand on: a real PostgreSQL with the plan in it, a real broker, worker, site and browser.

The database is made once (migrated by its owner, the plan loaded) as a template, and each test process works on
a copy of it as the application's role. Ordinary tests (`@pytest.mark.django_db`, or the `plan` fixture) roll
back. Tests marked `worker` or `browser` commit, each on a clone of its own (`cloned_db`, `worker`, `site`,
`browser_page`).
"""

import gc
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer
from whitenoise.middleware import WhiteNoiseMiddleware

from reports.typeset import pdf_renderer
from tasks.cycles import workdays
from tests import kept_pdfs, rig

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")

# What an example takes says how busy the machine is, and nothing about the rule that it tries.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def workdays_are_read_again() -> None:
    """What the office set is kept until the next request: a test begins with what its own database says."""
    workdays.forget()


def pytest_configure(config: pytest.Config) -> None:
    """Refuse any other mode: tests make and drop databases."""
    if settings.QHPLAN_MODE != "test":
        pytest.exit(
            f"QHPLAN_MODE is {settings.QHPLAN_MODE}: run `make test`, or put test into it.", returncode=4
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that commits, or asks for pages, says so. The quick ones come first, after those that take minutes together:
    begun last, they would keep one process busy while the others have nothing left to do. Of the quick ones those without
    a database come first, since one process migrates it and the others would wait. Of the cases of a test that is marked
    `few` those beyond its number are `full`."""
    cases: Counter[str] = Counter()
    for item in items:
        if few := item.get_closest_marker("few"):
            cases[item.nodeid.partition("[")[0]] += 1
            if cases[item.nodeid.partition("[")[0]] > few.args[0]:
                item.add_marker(pytest.mark.full)
        names = set(getattr(item, "fixturenames", ()))
        if "browser_page" in names:
            item.add_marker(pytest.mark.browser)
        elif names & {"worker", "cloned_db", "site"}:
            item.add_marker(pytest.mark.worker)
        if "client" in names or _asks_for_pages(getattr(item, "module", None)):
            item.add_marker(pytest.mark.pages)
    items.sort(
        key=lambda item: (
            "test_every_page" not in item.nodeid,
            _needs_database(item),
            bool(item.get_closest_marker("browser")) * 2 + bool(item.get_closest_marker("worker")),
        )
    )


def _needs_database(item: pytest.Item) -> bool:
    """Whether the test waits for the template database."""
    return bool(
        item.get_closest_marker("django_db")
        or {"db", "transactional_db", "django_db_setup"} & set(getattr(item, "fixturenames", ()))
    )


def pytest_collection_finish() -> None:
    """What is loaded by now stays for the whole run: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@cache
def _asks_for_pages(module: Any) -> bool:
    """Whether the module is named after pages, or holds Django's test client, one of the API's, or what tests.pages shares."""
    return "pages" in getattr(module, "__name__", "").rpartition(".")[2] or any(
        getattr(value, "__module__", "") == "tests.pages"
        or (isinstance(value, type) and issubclass(value, Client))
        for value in getattr(module, "__dict__", {}).values()
    )


# Five minutes on three runners, without what starting takes; CONTRIBUTING.md says how it is kept.
BUDGET = 840


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After a large run: what each package's tests took, in seconds of all runners, and what `make test` may take."""
    spent: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                spent["/".join(Path(report.nodeid.partition("::")[0]).parts[1:2])] += report.duration
    if spent.total() > BUDGET / 10:
        terminalreporter.section(f"{spent.total():.0f} s of all runners; make test may take {BUDGET}")
        terminalreporter.line(", ".join(f"{name} {seconds:.0f}" for name, seconds in spent.most_common()))


# -- the database -------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def services() -> Iterator[None]:
    """The embedded database and broker, for as long as any test process needs them."""
    with rig.running():
        yield


@pytest.fixture(scope="session")
def django_db_setup(services: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Make the template once for all test processes, then this process's copy of it."""
    name = f"test_{rig.RUN}_{WORKER}"
    with django_db_blocker.unblock():
        rig.need_template()
        rig.create(name, rig.TEMPLATE)
        rig.turn_to(name)
        yield
        connections.close_all()
        rig.drop(name)
        if WORKER == "main":
            rig.drop_templates()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all test processes of this run."""
    own = tmp_path_factory.getbasetemp()
    return own if WORKER == "main" else own.parent


@pytest.fixture(scope="session")
def prepared_fonts() -> None:
    """The real fonts, prepared once per machine: what a test needs that sets real pages."""
    from reports.typeset import fonts

    fonts.prepare()


@pytest.fixture(scope="session", autouse=True)
def pdfs_are_kept() -> Iterator[None]:
    """What was set before by the same code from the same input is not set again."""
    with pytest.MonkeyPatch.context() as patch:
        if not os.environ.get("QHPLAN_FRESH"):
            patch.setattr(pdf_renderer, "render_pdf", kept_pdfs.kept())
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_are_listed_once() -> Iterator[None]:
    """Each test client makes the middleware anew, which would look through every static file each time."""
    found: dict[str, Any] = {}
    listed = WhiteNoiseMiddleware.add_files_from_finders

    def once(middleware: WhiteNoiseMiddleware) -> None:
        if not found:
            listed(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", once)
        yield


@pytest.fixture
def fresh_pdfs(monkeypatch: pytest.MonkeyPatch) -> None:
    """This test sets its own."""
    monkeypatch.setattr(pdf_renderer, "render_pdf", kept_pdfs.PLAIN)


@pytest.fixture
def plan(db: None) -> Any:
    """The first plan, 青政〔2016〕48号, complete as loaded."""
    from tasks.models import Plan

    return Plan.objects.get(slug="qinghai-2016-48")


@pytest.fixture
def cloned_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database of this test's own, where it may commit; its name."""
    with django_db_blocker.unblock(), rig.clone() as name:
        yield name


# -- files --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What tests upload lies in a folder of this process's own."""
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")
    settings.UPLOAD_DIR = settings.MEDIA_ROOT / "incoming"
    return Path(settings.MEDIA_ROOT)


# -- the worker ---------------------------------------------------------------------------------------------


@pytest.fixture
def worker(cloned_db: str, tmp_path: Path) -> Iterator[rig.Worker]:
    """A worker that takes jobs from the real broker, on this test's clone."""
    import redis

    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    client.close()
    running = rig.Worker(cloned_db, tmp_path / "worker.log")
    running.start()
    try:
        yield running
    finally:
        running.stop()


# -- the site and a browser ---------------------------------------------------------------------------------


@pytest.fixture
def site(cloned_db: str) -> Iterator[str]:
    """The site's address, served by threads of this process on the test's clone."""
    server = LiveServer("localhost")
    try:
        yield server.url
    finally:
        server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium, headless."""
    found = os.environ.get("CHROMIUM") or next(
        (path for name in BROWSERS if (path := shutil.which(name))), None
    )
    if found is None:
        pytest.fail(
            "There is no Chromium: install the package chromium, or put the program's path into CHROMIUM."
        )
    from playwright.sync_api import sync_playwright

    # Playwright's loop looks like async code to Django, which then refuses plain database calls.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found, chromium_sandbox=False, args=["--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def browser_page(browser: Any, site: str) -> Iterator[Any]:
    """A fresh browser page; relative addresses are the site's, and an error in its console fails the test."""
    context = browser.new_context(base_url=site, locale="zh-CN", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(10_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert errors == []
