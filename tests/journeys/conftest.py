"""Whole days of users, in a browser, on the real plan.

It is the morning of 2017-07-05, for the site and for the worker: the second quarter has just ended and can be opened.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from pytest_django.fixtures import Settings

from qhplan import clock
from tasks.accounts.actions import mark_installation
from tasks.cycles.actions import open_cycle
from tasks.models import Agency, Cycle, Plan, User
from tasks.values import Period, Role
from tests import factories as make

NOW = make.moment("2017-07-05 10:00")
Q2 = Period(2017, 2)

SignIn = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these need a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(autouse=True)
def held_clock(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is NOW in this process, in the site's threads and in the worker that is started later."""
    settings.QHPLAN_NOW = NOW
    monkeypatch.setenv("QHPLAN_NOW", NOW.isoformat())


@dataclass
class Cast:
    """The people of a story. 省科技厅 leads 三(一)1, 西宁市 shares it, the office sits in another body."""

    plan: Plan
    lead: Agency
    co: Agency
    users: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            return self.__dict__["users"][name]  # a copy being unpickled has none yet
        except KeyError:
            raise AttributeError(name) from None

    def opened(self) -> Cycle:
        """The second quarter, open for filing since this morning."""
        return open_cycle(by=self.office, plan=self.plan, quarter=Q2, now=clock.now())


@pytest.fixture
def cast(cloned_db: str) -> Cast:
    """Everybody, in a database that is marked as a sample."""
    return everybody()


def everybody() -> Cast:
    """The cast, made in this process's database."""
    mark_installation(is_sample=True)
    plan = Plan.objects.get(slug="qinghai-2016-48")
    home, lead, co = (Agency.objects.get(slug=slug) for slug in ("jxw", "kjt", "xining"))
    made = Cast(plan, lead, co)
    for name, role, agency in [
        ("reporter", Role.REPORTER, lead),
        ("colleague", Role.REPORTER, lead),
        ("approver", Role.APPROVER, lead),
        ("co_reporter", Role.REPORTER, co),
        ("co_approver", Role.APPROVER, co),
        ("office", Role.OFFICE, home),
        ("second", Role.SECOND_REVIEWER, make.agency("督查室", kind="review")),
        ("leader", Role.LEADERSHIP, None),
        ("expert", Role.EXPERT, None),
        ("viewer", Role.VIEWER, None),
        ("accounts", Role.ACCOUNTS_ADMIN, None),
        ("rights", Role.RIGHTS_ADMIN, None),
        ("audit", Role.AUDIT_ADMIN, None),
    ]:
        made.users[name] = make.user(role, agency=agency, username=name.replace("_", "-"), display_name=name)
    return made


@pytest.fixture
def open_window(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """A window of its own for a person. A script that fails, or that the page's policy refuses, fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # Chromium calls it an error too when a page answers 4xx: refused forms do, as they should.
        refused = "status of 4" in message.text and message.location["url"] == getattr(
            message.page, "url", ""
        )
        refused = refused or "ERR_INTERNET_DISCONNECTED" in message.text  # where a test cuts the line
        if message.type == "error" and not refused:
            errors.append(f"{message.location['url']}: {message.text}")

    def opened(**options: Any) -> Page:
        context = browser.new_context(
            base_url=site,
            locale="zh-CN",
            accept_downloads=True,
            **{"viewport": {"width": 1280, "height": 900}, **options},
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.set_default_navigation_timeout(60_000)  # a whole page may take long on a busy machine
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.on("console", heard)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def sign_in(open_window: Callable[..., Page]) -> SignIn:
    """A window in which the person has signed in, by the login page."""

    def signed_in(user: User, **options: Any) -> Page:
        page = open_window(**options)
        page.goto("/login/")
        log_in(page, user)
        return page

    return signed_in


def log_in(page: Page, user: User) -> None:
    """Fill in the login page that is shown."""
    page.get_by_label("用户名").fill(user.username)
    page.get_by_label("密码").fill(make.PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("button", name="退出").first.wait_for(state="attached")
