"""A plan of each rhythm, from opening a period to its pages: no page falls over, and none speaks of a quarter."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape

import pytest
from django.test import Client
from django.urls import resolve, reverse

from qhplan import clock
from tasks.models import Agency, Plan, Task, User
from tasks.values import Light, Period, Rhythm, Role
from tests import factories as make

OTHERS = [Rhythm.MONTH, Rhythm.JOINED, Rhythm.HALF, Rhythm.YEAR]
FIRST = {
    Rhythm.MONTH: "2017M02",
    Rhythm.JOINED: "2017M01-02",
    Rhythm.QUARTER: "2017Q1",
    Rhythm.HALF: "2017H1",
    Rhythm.YEAR: "2017",
}


@dataclass
class World:
    """A plan with two tasks, on which its lead and its co agency reported in one period, and again in the next."""

    plan: Plan
    first: Period
    second: Period
    lead: Agency
    co: Agency
    office: User
    approver: User
    tasks: list[Task]
    now: datetime


def world(kind: Rhythm) -> World:
    first = Period.parse(FIRST[kind])
    second = first + 1
    plan = make.plan(
        slug=f"plan-{kind.value}",
        title="测试行动方案",
        rhythm=kind,
        in_force_from=date(2017, 1, 1),
        in_force_to=date(2019, 12, 31),
    )
    lead, co = make.agency("省测试厅"), make.agency("市测试局")
    tasks = [make.task(plan, lead=lead, co=[co]) for _number in range(2)]
    made = make.indicator(plan, tasks[0], name="新增企业", unit="家", flow="flow", over_time="year")
    so_far = make.indicator(plan, tasks[0], name="投资", kind="amount", unit="亿元", flow="year")
    make.target(plan, made, 20, year=2019, text="新增企业20家")
    later = datetime.combine((second + 1).first_day, datetime.min.time()).replace(day=4, hour=10)
    now = later.replace(tzinfo=make.SHANGHAI)
    for number, period in enumerate((first, second)):
        for task in tasks:
            reported = make.version(task, lead, period, (Light.GREEN, Light.RED)[number], done="完成了工作。")
            if task == tasks[0]:
                make.figure(reported, made, 3 + number)
                make.figure(reported, so_far, 5 * (number + 1))
            if number == 0:
                make.accept(reported)
        make.version(tasks[0], co, period, done="完成了工作。")
    office = make.user(Role.OFFICE, agency=make.agency("省办公室"))
    approver = make.user(Role.REPORTER, Role.APPROVER, agency=lead)
    return World(plan, first, second, lead, co, office, approver, tasks, now)


@pytest.fixture(params=OTHERS, ids=[str(kind.value) for kind in OTHERS])
def made(request: pytest.FixtureRequest, db: None) -> Iterator[World]:
    found = world(request.param)
    with clock.at(found.now):
        yield found


def client(user: User) -> Client:
    found = Client()
    found.force_login(user)
    return found


NO_FOLLOW = re.compile(r"/(logout|api|static|files|jobs)/|\.(pdf|xlsx|docx|zip|json)|/(xlsx|pdf)/?$")


def pages_of(user: User, start: str, plan: Plan) -> dict[str, str]:
    """{address: text} of the pages of the plan that links lead to from `start`, one of each kind."""
    browser, waiting, seen = client(user), deque([start]), {start}
    found: dict[str, str] = {}
    times: dict[str, int] = {}
    while waiting:
        address = waiting.popleft()
        response = browser.get(address)
        assert response.status_code in {200, 302}, (address, response.status_code, _words(response))
        if response.status_code != 200 or "html" not in response["Content-Type"]:
            continue
        html = response.content.decode()
        found[address] = _words(response)
        for link in re.findall(r'href="(/[^"#]*)', html):
            link = unescape(link)
            path = link.partition("?")[0]
            if link in seen or NO_FOLLOW.search(path) or (plan.slug not in link and not _of_site(path)):
                continue
            seen.add(link)
            name = resolve(path).url_name or ""
            times[name] = times.get(name, 0) + 1
            if times[name] <= 1:
                waiting.append(link)
    return found


def _of_site(path: str) -> bool:
    return path.startswith(("/desk/", "/review/", "/cycles/", "/returns/", "/reminders/"))


def _words(response: object) -> str:
    html = response.content.decode()  # type: ignore[attr-defined]
    html = re.sub(r"(?s)<(script|style|select)\b.*?</\1>", "", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.mark.slow
@pytest.mark.parametrize("role", ["office", "approver"])
def test_no_page_of_the_plan_falls_over_or_speaks_of_a_quarter(made: World, role: str) -> None:
    user = getattr(made, role)
    pages = pages_of(user, reverse("overview", args=[made.plan.slug]), made.plan)
    assert len(pages) > 15
    spoken = {
        address: [text[max(0, m.start() - 20) : m.end() + 20] for m in re.finditer("季|Q[1-4]", text)]
        for address, text in pages.items()
        if made.plan.slug in address
    }
    assert {address: words for address, words in spoken.items() if words} == {}
