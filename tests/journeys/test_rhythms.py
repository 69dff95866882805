"""A plan of each rhythm, from opening a period to its pages: no page falls over, and none speaks of a quarter."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import resolve, reverse
from pypdfium2 import PdfDocument

from qhplan import clock, jobs
from reports.briefs import jobs as brief_jobs
from reports.briefs.models import BriefFile
from tasks.cycles.actions import open_cycle
from tasks.errors import Conflict, Problems
from tasks.models import Agency, Plan, Task, User, Version
from tasks.review.actions import DecisionInput, decide
from tasks.standing.queries import standing
from tasks.submissions.actions import save_drafts, submit
from tasks.submissions.content import DraftInput
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


@pytest.mark.full
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


def test_a_month_is_opened_filed_consolidated_decided_and_briefed(
    db: None, prepared_fonts: None, tmp_path: Path
) -> None:
    """By the write path, from the office's opening to a brief of the month."""
    plan = make.plan(
        slug="monthly",
        title="测试行动方案",
        rhythm=Rhythm.MONTH,
        in_force_from=date(2017, 1, 1),
        in_force_to=date(2017, 12, 31),
    )
    lead, co = make.agency("省测试厅"), make.agency("市测试局")
    task = make.task(plan, lead=lead, co=[co])
    office = make.user(Role.OFFICE, agency=make.agency("省办公室"))
    of_lead = make.user(Role.REPORTER, Role.APPROVER, agency=lead)
    of_co = make.user(Role.REPORTER, Role.APPROVER, agency=co)
    march = Period.parse("2017年3月")
    with clock.at(make.moment("2017-04-01 09:00")):
        page = client(office).get(reverse("cycles") + "?plan=monthly").content.decode()
        assert 'value="2017M03"' in page
        made = open_cycle(by=office, plan=plan, quarter=march)
        assert [
            f"{day:%m-%d}" for day in (made.co_due, made.lead_due, made.decision_due, made.closes_at)
        ] == [
            "04-06",
            "04-10",
            "04-13",
            "04-28",
        ]
        about = {"plan_id": plan.pk, "quarter": march, "task_id": task.pk, "light": Light.GREEN}
        co_draft = save_drafts(by=of_co, drafts=[DraftInput(agency_id=co.pk, done="完成调研。", **about)])
        submit(by=of_co, submissions=[co_draft[0].pk])
        co_version = Version.objects.get(agency=co)
        decide(by=of_lead, decisions=[DecisionInput(co_version.pk, accept=True)])
        lead_draft = save_drafts(
            by=of_lead,
            drafts=[DraftInput(agency_id=lead.pk, done="开工3个项目。", next_steps="继续推进。", **about)],
        )
        submit(by=of_lead, submissions=[lead_draft[0].pk])
        version = Version.objects.get(agency=lead)
        decide(
            by=office,
            decisions=[
                DecisionInput(
                    version.pk,
                    accept=True,
                    verified_light=Light.YELLOW,
                    verification="true",
                    note="进度偏慢。",
                )
            ],
        )
        (row,) = [one for one in standing([plan.pk], march, known_at=clock.now()) if one.duty == "lead"]
        assert (row.light, row.verified, row.on_time) == (Light.YELLOW, True, True)
        matrix = client(office).get(reverse("matrix", args=["monthly"]) + "?q=2017M03")
        assert "2017年3月" in matrix.content.decode()
        brief = brief_jobs.ask_draft(by=office, plan=plan, quarter=march)
    with clock.at(make.moment("2017-04-20 09:00")):
        assert brief.job_id is not None
        jobs.run(brief.job_id)
    file = BriefFile.objects.get(brief=brief)
    text = "".join(page.get_textpage().get_text_bounded() for page in PdfDocument(bytes(file.pdf)))
    (tmp_path / "monthly.pdf").write_bytes(bytes(file.pdf))
    assert "2017年3月实施情况" in text.replace("\n", "").replace("\r", "")
    assert "季" not in text


@pytest.mark.parametrize("kind", OTHERS)
def test_a_period_of_another_kind_is_refused_with_how_to_write_one(kind: Rhythm, db: None) -> None:
    made = world(kind)
    browser, own = client(made.office), kind.example
    with clock.at(made.now):
        for name, args in [
            ("overview", [made.plan.slug]),
            ("task_list", [made.plan.slug]),
            ("matrix", [made.plan.slug]),
        ]:
            answer = browser.get(reverse(name, args=args) + "?q=2017Q1")
            assert answer.status_code == 404
            assert f"请写成 {own}" in answer.content.decode()
        for address in (
            f"/review/?plan={made.plan.slug}&q=2017Q1",
            f"/cycles/?plan={made.plan.slug}&open=2017Q1",
        ):
            assert browser.get(address).status_code in {200, 404}
        answer = browser.get(f"/api/v1/plans/{made.plan.slug}/figures/?q=2017Q1")
        assert answer.status_code == 404
        with pytest.raises(Problems, match=f"请写成 {own}"):
            open_cycle(by=made.office, plan=made.plan, quarter=Period(2017, 1))
        with pytest.raises(Problems, match=f"请写成 {own}"):
            brief_jobs.ask_draft(by=made.office, plan=made.plan, quarter=Period(2017, 1))
        with pytest.raises((PermissionDenied, Conflict)):
            save_drafts(
                by=made.approver,
                drafts=[DraftInput(made.plan.pk, Period(2017, 1), made.tasks[0].pk, made.lead.pk)],
            )
