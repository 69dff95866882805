"""2017Q1 of the first plan, scripted: all 42 bodies file 485 returns by pages, API and workbooks, on a real database,
with a real broker and worker for the reminders.

The calendar (Qingming is off, Saturday 1 April is worked): opened on 1 April, co-returns due on Monday 10 April 17:00,
lead returns on Monday 17 April 17:00, decisions on 24 April, closed on 23 June 17:00.

The cast, by what they do:
- the eight governments and three zones file their 30 co-returns each by workbook; 果洛州 never files, 玉树州 too late;
- the other bodies file their co-returns through the API; 青海证监局 (1 co-return) never does;
- the leads file on the pages, with what their co-agencies reported; 省编办 (leads one safeguard) never does;
- 海东市 says red on 三(一)1, whose lead 省科技厅 says green;
- 省质监局 sends a co-return of 省科技厅 back, which comes again; the office sends one lead return back, which comes
  again, and asks for a supplement to another.
"""

import io
import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from qhplan import clock
from qhplan.jobs import Job, JobState
from reports.figures.queries import plan_figures
from tasks.models import (
    AdoptedPiece,
    Agency,
    AgencyKind,
    Message,
    Package,
    Plan,
    Responsibility,
    Submission,
    Task,
    User,
    Version,
)
from tasks.notifications.jobs import ask_reminders
from tasks.plans.duties import duties
from tasks.values import Duty, Period, Role
from tests import factories as make

pytestmark = [pytest.mark.worker, pytest.mark.slow]

Q = Period(2017, 1)
OPENED = make.moment("2017-04-01 09:00")
CO_FILED = make.moment("2017-04-07 15:00")
CO_LATE = make.moment("2017-04-11 09:30")
LEAD_FILED = make.moment("2017-04-14 16:00")
DECIDED = make.moment("2017-04-20 10:00")
CLOSED = make.moment("2017-06-24 09:00")
# Who never files a co-return, files it too late, never files its only one, never files what it leads.
NEVER, LATE, NEVER_ONE, NEVER_LEAD = "guoluo", "yushu", "csrc", "bianban"


class Province:
    """The first plan, and two people in each of its bodies."""

    def __init__(self) -> None:
        self.plan = Plan.objects.get(slug="qinghai-2016-48")
        held = Responsibility.objects.filter(task__plan=self.plan)
        self.bodies = {
            agency.slug: agency for agency in Agency.objects.filter(responsibilities__in=held).distinct()
        }
        self.reporters, self.approvers = (
            {
                slug: make.user(role, agency=agency, password=None, username=f"{slug}-{role}")
                for slug, agency in self.bodies.items()
            }
            for role in (Role.REPORTER, Role.APPROVER)
        )
        home = self.bodies["jxw"]
        self.office = make.user(Role.OFFICE, agency=home, password=None, username="office")
        review = make.agency("督查室", kind=AgencyKind.REVIEW)
        self.second = make.user(Role.SECOND_REVIEWER, agency=review, password=None, username="second")
        self.names = {slug: agency.names.first().short for slug, agency in self.bodies.items()}

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def owed(self, slug: str, duty: Duty) -> list[Responsibility]:
        rows = duties([self.plan.pk], Q).filter(agency=self.bodies[slug], duty=duty)
        return list(rows.select_related("task").order_by("task__order"))

    def url(self, name: str, task: Task) -> str:
        return reverse(name, args=[self.plan.slug, str(Q), task.ref])


@pytest.fixture
def province(cloned_db: str) -> Province:
    return Province()


@pytest.mark.full
def test_42_bodies_file_a_quarter(
    province: Province, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = [
        slug
        for slug, agency in province.bodies.items()
        if agency.kind in {AgencyKind.GOVERNMENT, AgencyKind.ZONE}
    ]
    assert (len(province.bodies), len(local)) == (42, 11)

    with clock.at(OPENED):
        opens(province)

    with clock.at(CO_FILED):
        for slug in local:
            if slug not in {NEVER, LATE}:
                files_by_workbook(province, slug, red="3-1-1" if slug == "haidong" else "")
        for slug in province.bodies:
            if slug not in local and slug != NEVER_ONE:
                files_by_api(province, slug)

    reminded_by_the_worker(province, request, monkeypatch)

    with clock.at(CO_LATE):
        files_by_workbook(province, LATE)

    with clock.at(LEAD_FILED):
        a_co_return_is_sent_back_and_comes_again(province)
        for slug in province.bodies:
            if slug != NEVER_LEAD:
                consolidates(province, slug)

    with clock.at(DECIDED):
        decides(province)

    with clock.at(CLOSED):
        what_is_missing_is_what_the_plan_says(province)


# -- the steps ----------------------------------------------------------------------------------------------


def opens(province: Province) -> None:
    office = province.client(province.office)
    data = {
        "quarter": str(Q),
        "co_due": "2017-04-10T17:00",
        "lead_due": "2017-04-17T17:00",
        "decision_due": "2017-04-24T17:00",
        "closes_at": "2017-06-23T17:00",
        "sure": "on",
    }
    assert office.post(reverse("cycles"), data).status_code == 302


def files_by_workbook(province: Province, slug: str, *, red: str = "") -> None:
    """Down, filled in, up, looked at, applied; then the approver sends the whole package at once."""
    reporter = province.client(province.reporters[slug])
    data = b"".join(reporter.get(reverse("workbook"), {"q": str(Q)}).streaming_content)
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet: Any = book["填报"]
    heads = {cell.value: cell.column for cell in sheet[4]}
    codes = {duty.task.code: duty.task.ref for duty in province.owed(slug, Duty.CO)}
    for row in range(5, sheet.max_row + 1):
        ref = codes.get(sheet.cell(row, 1).value)
        if ref is None:
            continue
        sheet.cell(row, heads["自评灯"]).value = "红 滞后" if ref == red else "绿 正常"
        sheet.cell(row, heads["本季进展"]).value = f"{province.names[slug]}推进了{ref}。"
        sheet.cell(row, heads["下步打算"]).value = "按节点推进。"
    out = io.BytesIO()
    book.save(out)
    upload = io.BytesIO(out.getvalue())
    upload.name = "填报表.xlsx"
    preview = reporter.post(reverse("workbook_upload"), {"q": str(Q), "file": upload})
    assert preview.status_code == 200, preview.content.decode()
    signed = preview.context["signed"]
    assert reporter.post(reverse("workbook_apply"), {"q": str(Q), "changes": signed}).status_code == 302
    approver = province.client(province.approvers[slug])
    tasks = [str(duty.task_id) for duty in province.owed(slug, Duty.CO)]
    sent = approver.post(reverse("package"), {"q": str(Q), "action": "submit", "tasks": tasks})
    assert sent.status_code == 302, sent.content.decode()


def files_by_api(province: Province, slug: str) -> None:
    """The body's co-returns in one batch, saved by its reporter and submitted by its approver."""
    owed = province.owed(slug, Duty.CO)
    if not owed:
        return
    items = [
        {
            "plan": province.plan.slug,
            "quarter": str(Q),
            "task": duty.task.ref,
            "light": "green",
            "done": f"{province.names[slug]}推进了{duty.task.ref}。",
        }
        for duty in owed
    ]
    saved = api(province.client(province.reporters[slug]), "api_save", items)
    api(province.client(province.approvers[slug]), "api_submit", {"returns": [one["id"] for one in saved]})


def api(client: Client, name: str, data: Any) -> Any:
    answer = client.post(reverse(name), json.dumps(data), content_type="application/json")
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def reminded_by_the_worker(
    province: Province, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the day when co-returns are due a real worker tells whoever has not filed, and the leads what waits."""
    monkeypatch.setenv("QHPLAN_NOW", "2017-04-10T09:00:00+08:00")
    worker = request.getfixturevalue("worker")
    job = ask_reminders(day=datetime(2017, 4, 10).date())
    worker.wait_for(lambda: Job.objects.filter(pk=job.pk, state=JobState.DONE).exists(), 60)
    told = set(Message.objects.values_list("user__username", flat=True))
    assert {f"{slug}-reporter" for slug in (NEVER, NEVER_ONE, LATE)} <= told
    assert Message.objects.filter(user__username=f"{LATE}-reporter").count() == 1
    # Whoever filed everything that is due and leads nothing is left alone.
    assert "xining-reporter" not in told


def a_co_return_is_sent_back_and_comes_again(province: Province) -> None:
    version = Version.objects.filter(duty=Duty.CO, agency=province.bodies["kjt"], task__ref="3-4-1").first()
    if version is None:
        version = Version.objects.filter(duty=Duty.CO, agency=province.bodies["jxw"], task__ref="3-4-1").get()
    slug = version.agency.slug
    lead = province.client(province.reporters["zjj"])
    url = reverse("decide", args=[version.submission_id])
    data = {"version": "1", "action": "return", "note": "请补数字。", "note.done": "缺数字。"}
    assert lead.post(url, data).status_code == 302
    reporter = province.client(province.reporters[slug])
    form = reporter.get(province.url("return_edit", version.task)).content.decode()
    assert form.count("缺数字。") == 2
    head = Submission.objects.get(pk=version.submission_id)
    data = {"light": "green", "done": "推进了3项。", "revision": str(head.revision), "action": "save"}
    assert reporter.post(province.url("return_edit", version.task), data).status_code == 302
    approver = province.client(province.approvers[slug])
    assert approver.post(province.url("return_check", version.task), {"action": "submit"}).status_code == 302


def consolidates(province: Province, slug: str) -> None:
    """Adopt what waits in one batch; then on the pages: take the first piece over, write the own words, hand on, and
    approve as a package."""
    owed = province.owed(slug, Duty.LEAD)
    if not owed:
        return
    reporter = province.client(province.reporters[slug])
    for duty in owed:
        waiting = (
            Version.objects.filter(task=duty.task, quarter=Q, duty=Duty.CO, decision="")
            .current()
            .order_by("agency__order")
        )
        first = waiting.first()
        if first is not None:
            api(reporter, "api_decide", [{"version": version.pk, "accept": True} for version in waiting])
            data = {"action": "adopt", "version": str(first.pk), "piece": "done", "revision": ""}
            assert reporter.post(province.url("consolidate", duty.task), data).status_code == 302
        head = Submission.objects.filter(task=duty.task, agency=duty.agency_id, quarter=Q).first()
        data = {
            "light": "green",
            "done": (head.done + "\n" if head else "") + "全项按计划推进。",
            "judgement": "总体可控。",
            "revision": str(head.revision) if head else "",
            "action": "check",
        }
        answer = reporter.post(province.url("return_edit", duty.task), data)
        assert answer.status_code == 302
        if duty.task.ref == "3-1-1":  # green over 海东市's red: refused until the lead says why
            assert answer.headers["Location"].endswith("?check=1")
            refused = reporter.get(answer.headers["Location"]).content.decode()
            assert "海东市人民政府报红，而本件自评绿 正常" in refused
            head = Submission.objects.get(task=duty.task, agency=duty.agency_id, quarter=Q)
            data |= {"revision": str(head.revision), "light_reason": "属个别平台，不影响总体。"}
            assert (
                not reporter.post(province.url("return_edit", duty.task), data)
                .headers["Location"]
                .endswith("?check=1")
            )
    tasks = [str(duty.task_id) for duty in owed]
    data = {"q": str(Q), "action": "hand", "tasks": tasks}
    assert reporter.post(reverse("package"), data).status_code == 302
    approver = province.client(province.approvers[slug])
    sent = approver.post(reverse("package"), {**data, "action": "submit"})
    assert sent.status_code == 302, sent.content.decode()


def decides(province: Province) -> None:
    """The office, and the second reviewer for the office's own body: several at once, one sent back, one supplement."""
    lead = Version.objects.filter(duty=Duty.LEAD, decision="").select_related("task", "agency")
    own = [version for version in lead if version.agency.slug == "jxw"]
    others = [version for version in lead if version.agency.slug != "jxw"]
    assert (len(own), len(others)) == (23, 15)
    office, second = province.client(province.office), province.client(province.second)
    shown = office.get(reverse("review"), {"q": str(Q)}).content.decode()
    assert "海东市人民政府报红" in shown
    assert "15 件" in shown

    back, *rest = others
    data = {"version": "1", "action": "return", "note": "请核对数字。", "answer_by": "2017-04-22T17:00"}
    assert office.post(reverse("decide", args=[back.submission_id]), data).status_code == 302
    approver = province.client(province.approvers[back.agency.slug])
    assert approver.post(province.url("return_check", back.task), {"action": "submit"}).status_code == 302

    for client, versions in ((office, rest), (second, own)):
        several = {
            "q": str(Q),
            "action": "accept",
            "verification": "true",
            "versions": [str(version.pk) for version in versions],
        }
        assert client.post(reverse("decide_several"), several).status_code == 302
    # Nobody decides what his own body filed.
    several |= {"versions": [str(own[0].pk)]}
    assert office.post(reverse("decide_several"), several).status_code == 403

    asked = rest[0]
    data = {"version": "1", "reason": "补合格率。", "answer_by": "2017-05-05T17:00"}
    assert office.post(reverse("supplement", args=[asked.submission_id]), data).status_code == 302


def what_is_missing_is_what_the_plan_says(province: Province) -> None:
    """果洛州 owes what 各市州人民政府 is named for, the others what they are; how often, the plan's brackets say."""
    folder = Path(settings.BASE_DIR) / "fixtures" / "plans" / "qinghai-2016-48"
    structure = json.loads((folder / "structure.json").read_text(encoding="utf-8"))
    tasks = [task for group in structure["groups"] for task in group["tasks"]] + structure["safeguards"]
    named = Counter(
        (mention["quote"]["name"], mention["duty"]) for task in tasks for mention in task["mentions"]
    )
    expected = {
        NEVER: named["各市州人民政府", "co"],
        NEVER_ONE: named["青海证监局", "co"],
        NEVER_LEAD: named["省编办", "lead"],
    }
    assert expected == {NEVER: 30, NEVER_ONE: 1, NEVER_LEAD: 1}

    figures = plan_figures(province.plan, Q, known_at=clock.now())
    assert Counter(row.agency.slug for row in figures.missing) == expected
    assert (figures.lead.due, figures.lead.reported, figures.lead.on_time) == (39, 38, 38)
    # 446 co-returns: 30 of 果洛州 and one of 青海证监局 missing, 30 of 玉树州 late.
    assert (figures.co.due, figures.co.reported, figures.co.on_time) == (446, 415, 385)
    page = province.client(province.office).get(reverse("progress"), {"q": str(Q)}).content.decode()
    assert "应报 485 件，已报 453 件，过期未报 32 件" in page

    # 38 lead returns: one was sent back, came again and waits; under the supplement the accepted one stays in force.
    current = Version.objects.filter(duty=Duty.LEAD).current()
    assert Counter(current.values_list("decision", flat=True)) == {"accepted": 37, "": 1}
    assert sum(task.verified for task in figures.tasks) == 37
    assert Package.objects.get(agency__slug="xining").versions.count() == 30
    assert not Package.objects.filter(agency__slug=NEVER).exists()
    # Each of them took a piece over, and so did the one that came again.
    assert AdoptedPiece.objects.values("lead_version").distinct().count() == 39
