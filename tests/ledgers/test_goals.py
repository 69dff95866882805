"""年度目标 and 节点 of a ledger: stored with the task, shown and exported again; taken back with the ledger; quoted from the plan
where the ledger made one."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from tasks.files import storage
from tasks.importing import actions as importing
from tasks.ledgers import actions
from tasks.ledgers.models import Ledger
from tasks.ledgers.queries import prepared
from tasks.models import Plan, PlanImport, Task, TaskGoal
from tests import factories as make
from tests.importing.uploads import answer_all
from tests.importing.uploads import office as officer
from tests.ledgers.books import plain_book
from tests.ledgers.test_carrying import post
from tests.ledgers.test_export import cells, download, given, office

pytestmark = pytest.mark.django_db
HEADS = ["任务", "牵头单位", "年度目标", "一季度节点", "一季度进展", "二季度节点"]


def world() -> tuple[Plan, Task]:
    plan = make.plan(in_force_from="2015-01-01")
    plan.refresh_from_db()
    return plan, make.task(plan, lead=make.agency("省财政厅"), heading="建库")


def uploaded(plan: Plan | None, *rows: list[Any], name: str = "2015年台账.xlsx") -> Ledger:
    return actions.upload(by=officer(), plan=plan, upload=SimpleUploadedFile(name, plain_book(*rows)))


def confirmed(plan: Plan, *rows: list[Any]) -> Ledger:
    row = actions.submit(by=officer(), ledger=uploaded(plan, *rows))
    return actions.confirm(by=officer(), ledger=row)


def test_they_are_on_the_tasks_page_and_go_back_into_the_offices_own_workbook() -> None:
    plan, task = world()
    confirmed(plan, HEADS, ["建库", "省财政厅", "建成一期", "完成选址", "已选址", "开工"])
    assert [(g.year, g.first, g.last, g.text) for g in task.goals.all()] == [
        (2015, 1, 3, "完成选址"), (2015, 4, 6, "开工"), (2015, 1, 12, "建成一期"),
    ]  # fmt: skip
    client = office()
    page = client.get(reverse("task", args=[plan.slug, task.ref])).content.decode()
    section = page[page.index('id="goals"') :]
    for words in ("建成一期", "2015年年度目标", "2015年一季度节点", "非方案内容", "台账“2015年台账.xlsx”"):
        assert words in section
    told = client.get(f"/api/v1/plans/{plan.slug}/tasks/{task.ref}/").json()["goals"]
    assert [(one["first"], one["last"], one["text"]) for one in told] == [
        (1, 3, "完成选址"), (4, 6, "开工"), (1, 12, "建成一期"),
    ]  # fmt: skip
    assert "台账“2015年台账.xlsx”" in told[0]["origin_note"]
    given(client, plan, plain_book(HEADS, ["建库", *[None] * 5]))
    assert cells(download(client, plan, q="2015Q2"), 2) == [
        "建库", "省财政厅", "建成一期", "完成选址", "已选址", "开工"
    ]  # fmt: skip
    assert cells(download(client, plan, q="2016Q2"), 2)[2:] == [None] * 4  # the goals of another year


def test_a_ledger_of_goals_alone_is_taken_and_taken_back() -> None:
    plan, task = world()
    row = confirmed(plan, HEADS[:3], ["建库", "省财政厅", "建成一期"])
    client = office()
    address = reverse("task", args=[plan.slug, task.ref])
    assert "建成一期" in client.get(address).content.decode()
    asked = actions.ask_undo(by=officer(), ledger=row, note="录错了")
    actions.undo(by=officer(), ledger=asked)
    assert "建成一期" not in client.get(address).content.decode()
    assert TaskGoal.objects.count() == 1  # on record


def test_what_is_there_is_not_overwritten() -> None:
    plan, _task = world()
    rows = (HEADS[:3], ["建库", "省财政厅", "建成一期"])
    confirmed(plan, *rows)
    found = prepared(uploaded(plan, HEADS[:4], ["建库", "省财政厅", "建成二期", "完成选址"]))
    assert [(one.what, one.goal.name) for one in found.goals] == [("2015年一季度节点", "完成选址")]
    assert [one.why for one in found.existing] == ["已有2015年年度目标。"]


def test_a_goal_without_a_year_says_what_to_do() -> None:
    plan, _task = world()
    found = prepared(uploaded(plan, HEADS[:3], ["建库", "省财政厅", "建成一期"], name="台账.xlsx"))
    assert ("请在“各列”中填写" in found.skipped[0].why, found.goals) == (True, [])


def test_two_ledgers_at_once_do_not_write_a_goal_twice() -> None:
    plan, _task = world()
    rows = (HEADS[:3], ["建库", "省财政厅", "建成一期"])
    one, two = (
        actions.submit(by=officer(), ledger=uploaded(plan, *rows, [None, None, n])) for n in (None, "注")
    )
    actions.confirm(by=officer(), ledger=one)
    with pytest.raises(Exception, match="没有可以补录的内容"):
        actions.confirm(by=officer(), ledger=two)


def test_of_a_ledger_that_makes_a_plan_they_are_the_plans_own_words() -> None:
    book = plain_book(
        ["某省2026年重点任务台账"], HEADS, ["建设数据库", "省财政厅", "建成一期", "完成选址", "", "无"]
    )
    by = officer()
    row = importing.upload(by=by, upload=SimpleUploadedFile("台账.xlsx", book))
    answer_all(row, by)
    importing.submit(by=by, plan_import=row)
    client = office()
    assert "建成一期" in client.get(reverse("plan_import", args=[row.pk])).content.decode()
    plan = importing.confirm(by=officer(), plan_import=row).plan
    assert plan is not None
    goals = TaskGoal.objects.filter(task__plan=plan)
    assert [(g.year, g.first, g.last, g.text, g.passage.quote) for g in goals] == [  # type: ignore[union-attr]
        (2026, 1, 3, "完成选址", "完成选址"), (2026, 1, 12, "建成一期", "建成一期"),
    ]  # fmt: skip
    task = goals[0].task
    page = client.get(reverse("task", args=[plan.slug, task.ref])).content.decode()
    assert "非方案内容" not in page[page.index('id="goals"') : page.index('id="goals"') + 600]
    assert "建成一期" in client.get(reverse("source", args=[plan.slug])).content.decode()


def test_the_goal_of_an_unfinished_task_goes_along() -> None:
    plan, task = world()
    confirmed(plan, HEADS[:3], ["建库", "省财政厅", "建成一期"])
    client = office()
    assert "年度目标：建成一期" in client.get(reverse("carry", args=[plan.slug])).content.decode()
    post(client, plan, action="import", title="某省2017年重点任务", task=[task.pk])
    with storage.get(PlanImport.objects.get().file) as held:
        sheet = load_workbook(io.BytesIO(held.read())).worksheets[0]
    assert [cell.value for cell in sheet[3]][-1] == "原年度目标：建成一期"
