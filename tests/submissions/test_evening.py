"""The last evening of a period: all 42 agencies at once, 485 returns, by form, workbook and API; every version, text and
figure is there exactly once.

Each agency has one door. Eight agencies are at work at any time, each on connections of its own. An impatient approver
presses the button twice, an API client repeats its request.
"""

import html
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from qhplan import clock
from qhplan.jobs import Job
from tasks.models import Package, Responsibility, Submission, Version
from tasks.submissions.models import Figure
from tasks.values import Duty
from tests import factories as make
from tests.submissions.test_whole_quarter import OPENED, Province, Q, api, opens, province

__all__ = ["province"]  # the fixture

pytestmark = [pytest.mark.worker, pytest.mark.full]

EVENING = make.moment("2017-04-10 16:30")
FORM, WORKBOOK, API = DOORS = ("form", "workbook", "api")
LIGHTS = {"green": "绿 正常", "yellow": "黄 有风险", "red": "红 滞后", "blue": "蓝 已完成"}
AT_ONCE = 8


class Evening:
    """Who files what by which door: a text and a light of its own for each return, a figure where one is asked for."""

    def __init__(self, province: Province) -> None:
        self.province = province
        self.doors = {slug: DOORS[n % 3] for n, slug in enumerate(sorted(province.bodies))}
        # Every co agency of 三(一)1 is asked for a figure too.
        self.asked = make.indicator(province.plan, name="当季完成投资", kind="amount", decimals=4)
        task = province.plan.tasks.get(ref="3-1-1")
        make.indicator_task(self.asked, task, Duty.CO)
        self.duties = {
            slug: [*province.owed(slug, Duty.CO), *province.owed(slug, Duty.LEAD)] for slug in province.bodies
        }

    def said(self, duty: Responsibility) -> dict[str, Any]:
        number = duty.pk
        light = list(LIGHTS)[number % 3]
        return {
            "light": light,
            "done": f"第{number}件：完成投资{number}.5亿元，CO₂减排10⁻³万吨；\n1. “互联网＋”平台上线；\n2. 𠮷林、㼆山两地开工。",
            "next_steps": f"{number}号事项下季度收尾，责任到处室。",
            "progress": number % 100,
        }

    def figure(self, duty: Responsibility) -> str:
        """What the agency states for the indicator, "" where nothing is asked."""
        return f"{duty.pk}.0625" if duty.task.ref == "3-1-1" and duty.duty == Duty.CO else ""

    # -- the doors

    def by_form(self, slug: str) -> None:
        """From the first draft on, each page leads to the next of the list, until the desk is reached."""
        reporter = self.province.client(self.province.reporters[slug])
        url = self.province.url("return_edit", self.duties[slug][0].task)
        filed = 0
        while not url.startswith(reverse("desk")) or url.count("/") > 3:
            ref = url.rstrip("/").rpartition("/")[2]
            duty = next(one for one in self.duties[slug] if one.task.ref == ref)
            place = f"{filed + 1} / {len(self.duties[slug])}"
            assert f'<span class="digits">{place}</span>' in reporter.get(url).content.decode()
            figure = self.figure(duty)
            data = self.said(duty) | {"revision": "", "action": "check"}
            if figure:
                data[f"figures.{self.asked.slug}.value"] = figure
            if duty.duty == Duty.LEAD:
                data["light_reason"] = "个别单位滞后，不影响总体。"
            checked = reporter.post(url, data)
            assert checked["Location"].endswith("/check/"), (slug, ref, checked["Location"])
            url = reporter.post(checked["Location"], {"action": "hand", "go_on": "1"})["Location"]
            filed += 1
        assert filed == len(self.duties[slug])

    def by_workbook(self, slug: str) -> None:
        reporter = self.province.client(self.province.reporters[slug])
        data = b"".join(reporter.get(reverse("workbook"), {"q": str(Q)}).streaming_content)  # type: ignore[arg-type]
        book = openpyxl.load_workbook(io.BytesIO(data))
        by_code = {duty.task.code: duty for duty in self.duties[slug]}
        sheet: Any = book["填报"]
        heads = {cell.value: cell.column for cell in sheet[4]}
        for row in range(5, sheet.max_row + 1):
            duty = by_code.get(sheet.cell(row, 1).value)
            if duty is None:
                continue
            said = self.said(duty)
            sheet.cell(row, heads["自评灯"]).value = LIGHTS[said["light"]]
            sheet.cell(row, heads["本季进展"]).value = said["done"]
            sheet.cell(row, heads["下步打算"]).value = said["next_steps"]
            progress = next(column for head, column in heads.items() if head and head.startswith("自评进度"))
            sheet.cell(row, progress).value = said["progress"]
            if duty.duty == Duty.LEAD:
                reason = next(
                    column for head, column in heads.items() if head and "灯" in head and "说明" in head
                )
                sheet.cell(row, reason).value = "个别单位滞后，不影响总体。"
        figures: Any = book["数据"]
        heads = {cell.value: cell.column for cell in figures[4]}
        value = next(column for head, column in heads.items() if head and head.startswith("本季数值"))
        for row in range(5, figures.max_row + 1):
            if figures.cell(row, 2).value == self.asked.slug:
                figures.cell(row, value).value = float(self.figure(by_code[figures.cell(row, 1).value]))
        out = io.BytesIO()
        book.save(out)
        upload = io.BytesIO(out.getvalue())
        upload.name = "填报表.xlsx"
        preview = reporter.post(reverse("workbook_upload"), {"q": str(Q), "file": upload})
        assert preview.status_code == 200, preview.content.decode()
        # Of several threads, the contexts that the test client collects are mixed.
        signed = re.search(r'name="changes" value="([^"]+)"', preview.content.decode())
        assert signed is not None
        changes = html.unescape(signed[1])
        applied = reporter.post(reverse("workbook_apply"), {"q": str(Q), "changes": changes})
        assert applied.status_code == 302, applied.content.decode()

    def by_api(self, slug: str) -> list[int]:
        items = []
        for duty in self.duties[slug]:
            item = {
                "plan": self.province.plan.slug,
                "quarter": str(Q),
                "task": duty.task.ref,
                **self.said(duty),
            }
            if duty.duty == Duty.LEAD:
                item["light_reason"] = "个别单位滞后，不影响总体。"
            if self.figure(duty):
                item["figures"] = {self.asked.slug: {"value": self.figure(duty)}}
            items.append(item)
        return [
            one["id"] for one in api(self.province.client(self.province.reporters[slug]), "api_save", items)
        ]

    # -- the evening

    def files(self, slug: str) -> None:
        """Drafts by the agency's door, and the approver who submits them; both press twice."""
        approver = self.province.client(self.province.approvers[slug])
        if self.doors[slug] == API:
            sent = {"returns": self.by_api(slug)}
            api(approver, "api_submit", sent)
            again = post_json(approver, "api_submit", sent)
            assert again.status_code == 409, again.content.decode()
            return
        (self.by_form if self.doors[slug] == FORM else self.by_workbook)(slug)
        tasks = [str(duty.task_id) for duty in self.duties[slug]]
        data = {"q": str(Q), "action": "submit", "tasks": tasks}

        def press() -> int:
            return int(self.province.client(approver_of).post(reverse("package"), data).status_code)

        approver_of = self.province.approvers[slug]
        statuses = at_once([press, press])
        assert 302 in statuses, (slug, statuses)


def post_json(client: Client, name: str, data: Any) -> Any:
    return client.post(reverse(name), json.dumps(data), content_type="application/json")


def at_once(acts: Iterable[Callable[[], Any]], workers: int = 2) -> list[Any]:
    """What each returns; every act has the clock of the evening and connections of its own."""

    def one(act: Callable[[], Any]) -> Any:
        try:
            with clock.at(EVENING):
                return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, acts))


def test_an_evening_of_42_agencies_and_485_returns(province: Province) -> None:
    with clock.at(OPENED):
        opens(province)
        evening = Evening(province)
    expected = {duty.pk: duty for owed in evening.duties.values() for duty in owed}
    assert (len(evening.duties), len(expected)) == (42, 485)
    assert set(Counter(evening.doors.values()).values()) == {14}

    at_once([lambda slug=slug: evening.files(slug) for slug in evening.doors], AT_ONCE)  # type: ignore[misc]

    versions = {
        (version.agency_id, version.task_id, version.duty): version
        for version in Version.every.filter(quarter=Q).select_related("submission")
    }
    assert (Version.every.count(), Submission.objects.count(), len(versions)) == (485, 485, 485)
    assert Counter(Submission.objects.values_list("state", flat=True)) == {"submitted": 485}
    figures = {
        (row.version.agency_id, row.version.task_id): row.value
        for row in Figure.objects.select_related("version")
    }
    people = {province.bodies[slug].pk: user for slug, user in province.approvers.items()}
    for duty in expected.values():
        version = versions[duty.agency_id, duty.task_id, duty.duty]
        said = evening.said(duty)
        assert {name: getattr(version, name) for name in said} == said
        assert (version.number, version.submitted_by_id) == (1, people[duty.agency_id].pk)
        assert version.submitted_at == EVENING
        stated = evening.figure(duty)
        assert figures.pop((duty.agency_id, duty.task_id), None) == (Decimal(stated) if stated else None)
    assert not figures
    # One bundle an agency, with all that it owes; every job that somebody asked for is a row.
    assert Counter(Package.objects.values_list("agency", flat=True)) == dict.fromkeys(people, 1)
    assert sum(package.versions.count() for package in Package.objects.all()) == 485
    assert not Job.objects.filter(state="failed").exists()
