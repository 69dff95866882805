"""What a ledger says of a plan: for which period, for whom, in which words."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tasks.ledgers import actions
from tasks.ledgers.queries import Prepared, prepared
from tasks.models import Plan
from tasks.values import Duty, Period, Rhythm, Role
from tests import factories as make
from tests.ledgers.books import plain_book

pytestmark = pytest.mark.django_db


def plan_with(rhythm: Rhythm = Rhythm.QUARTER) -> Plan:
    plan = make.plan(in_force_from="2015-01-01", rhythm=rhythm)
    plan.refresh_from_db()
    return plan


def read(plan: Plan, *rows: list[object]) -> Prepared:
    upload = SimpleUploadedFile("2015年台账.xlsx", plain_book(*rows))
    return prepared(actions.upload(by=make.user(Role.OFFICE, password=None), plan=plan, upload=upload))


def told(found: Prepared) -> dict[Period, str]:
    return {line.entry.quarter: line.entry.done for line in found.lines}


def test_months_of_a_quarter_are_told_together_and_a_half_year_by_its_last_quarter() -> None:
    plan = plan_with()
    make.task(plan, lead=make.agency(), heading="建库")
    heads: list[object] = ["任务", "牵头单位", "1月进展", "3月进展", "二季度进展", "2015年上半年完成情况"]
    found = read(plan, heads, ["建库", "省财政厅", "选址", "开工", "封顶", "过半"])
    assert told(found) == {
        Period(2015, 1): "1月：选址\n3月：开工",
        Period(2015, 2): "上半年：过半\n封顶",
    }


@pytest.mark.slow
def test_quarters_of_a_plan_by_years_and_by_months() -> None:
    heads: list[object] = ["任务", "牵头单位", "一季度进展", "二季度进展"]
    row: list[object] = ["建库", "省财政厅", "选址", "开工"]
    yearly, monthly = plan_with(Rhythm.YEAR), plan_with(Rhythm.MONTH)
    for plan in (yearly, monthly):
        make.task(plan, lead=make.agency(), heading="建库")
    assert told(read(yearly, heads, row)) == {Period(2015, 1, Rhythm.YEAR): "一季度：选址\n二季度：开工"}
    assert told(read(monthly, heads, row)) == {
        Period(2015, 3, Rhythm.MONTH): "一季度：选址",
        Period(2015, 6, Rhythm.MONTH): "二季度：开工",
    }


def test_a_task_is_told_by_its_first_lead_of_that_time() -> None:
    plan = plan_with()
    before, after = make.agency("省轻工厅"), make.agency("省工信厅")
    task = make.task(plan, heading="建库")
    make.responsibility(task, before, last="2015Q1")
    make.responsibility(task, after, first="2015Q2")
    make.responsibility(task, make.agency("省财政厅"), Duty.CO)
    heads: list[object] = ["任务", "牵头单位", "一季度进展", "二季度进展"]
    found = read(plan, heads, ["建库", "省工信厅", "选址", "开工"])
    assert [(line.agency, line.printed) for line in found.lines] == [
        ("省轻工厅", "省工信厅"),
        ("省工信厅", ""),
    ]


@pytest.mark.slow
def test_without_a_lead_the_row_says_who_reports() -> None:
    plan = plan_with()
    task = make.task(plan, heading="建库")
    for name in ("省财政厅", "省教育厅"):
        make.responsibility(task, make.agency(name), Duty.CARRY)
    heads: list[object] = ["任务", "责任单位", "一季度进展"]
    assert [line.agency for line in read(plan, heads, ["建库", "省教育厅", "选址"]).lines] == ["省教育厅"]
    found = read(plan, heads, ["建库", "省教育厅、省财政厅", "选址"])
    assert [one.why for one in found.skipped] == ["这项任务当期没有牵头单位，表里也看不出由哪家填。"]


def test_what_was_planned_is_no_report() -> None:
    plan = plan_with()
    make.task(plan, lead=make.agency(), heading="建库")
    heads: list[object] = ["任务", "牵头单位", "一季度计划", "一季度进展", "二季度计划"]
    found = read(plan, heads, ["建库", "省财政厅", "选址", "已选址", "开工"])
    assert told(found) == {Period(2015, 1): "已选址"}
    assert [(line.what, line.goal.name) for line in found.goals] == [
        ("2015年一季度节点", "选址"),
        ("2015年二季度节点", "开工"),
    ]
