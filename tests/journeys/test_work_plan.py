"""A body writes its 实施方案, the office confirms it, a milestone is reached and the calendar says so."""

import pytest
from playwright.sync_api import expect

from tasks.models import MilestoneReport, WorkPlan
from tasks.workplans import actions
from tasks.workplans.content import SectionInput
from tasks.workplans.queries import held
from tasks.workplans.values import WorkPlanPeriod
from tests.journeys.conftest import Cast, SignIn


@pytest.mark.full
def test_a_work_plan_is_written_confirmed_and_compared(cast: Cast, sign_in: SignIn) -> None:
    """省科技厅 has written on all of its tasks but 三(一)1."""
    tasks = held(cast.plan, WorkPlanPeriod(), [cast.lead.pk])[cast.lead.pk]
    rest = [
        SectionInput(pk, none_reason="配合牵头单位。") for pk, one in tasks.items() if one.task.ref != "3-1-1"
    ]
    actions.save_sections(
        by=cast.colleague, plan=cast.plan, agency_id=cast.lead.pk, period=WorkPlanPeriod(), sections=rest
    )

    page = sign_in(cast.reporter)
    page.goto("/desk/")
    page.locator("#main").get_by_role("link", name="实施方案", exact=True).click()
    expect(page.get_by_text("项已写完")).to_be_visible()
    page.get_by_role("link", name="填写 三(一)1").click()
    page.get_by_label("做什么").fill("建设产业技术创新平台")
    page.get_by_label("责任处室").fill("高新处")
    page.get_by_label("节点 1").fill("新认定 3 家重点实验室")
    page.get_by_label("完成时限 1").fill("2017-06-20")
    page.get_by_label("节点 2").fill("平台投入运行")
    page.get_by_label("完成时限 2").fill("2018-06-30")
    page.get_by_role("button", name="再加节点").click()
    page.get_by_label("节点 5").fill("出成果")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("三(一)1已保存")).to_be_visible()

    # The last one has no day: the check tells, and leads back to the field.
    page.get_by_role("navigation", name="本栏目").get_by_role("link", name="实施方案").click()
    page.locator("#main").get_by_role("link", name="实施方案", exact=True).click()
    page.get_by_role("link", name="检查并提交").click()
    expect(page.get_by_role("alert")).to_contain_text("还有 1 处要改")
    page.get_by_role("link", name="请填完成时限").click()
    page.get_by_role("link", name="举措 1 节点 3：请填完成时限。").click()
    expect(page.get_by_label("完成时限 3")).to_be_focused()
    page.get_by_label("删去举措 1 的节点 3").check()
    page.get_by_role("button", name="保存后回到清单").click()
    page.get_by_role("link", name="检查并提交").click()
    page.get_by_role("button", name="交签批人").click()
    expect(page.get_by_text("已交签批人。")).to_be_visible()

    approver = sign_in(cast.approver)
    approver.goto("/desk/workplans/qinghai-2016-48/whole/check/")
    approver.get_by_role("button", name="签批并提交").click()
    expect(approver.get_by_text("等领导小组办公室确认")).to_be_visible()

    office = sign_in(cast.office)
    office.goto("/plans/qinghai-2016-48/workplans/")
    office.get_by_role("link", name="审核 省科技厅").click()
    expect(office.get_by_text("新认定 3 家重点实验室")).to_be_visible()
    office.get_by_role("group", name="决定").get_by_label("确认").check()
    office.get_by_role("button", name="确定").click()
    expect(office.get_by_text("序时进度即与它对照")).to_be_visible()
    assert WorkPlan.objects.get().state == "confirmed"

    office.goto("/plans/qinghai-2016-48/tasks/3-1-1/?q=2017Q2")
    expect(office.get_by_text("落后 1 个节点").first).to_be_visible()

    page.goto("/desk/?q=2017Q2")
    page.get_by_role("link", name="三(一)1 新认定 3 家重点实验室").click()
    page.get_by_label("完成日期").fill("2017-06-28")
    page.get_by_role("textbox", name="完成情况").fill("三家已认定，文件已印发。")
    page.get_by_role("button", name="报告完成").click()
    expect(page.get_by_text("2017-06-28 完成，晚 8 天").first).to_be_visible()
    assert MilestoneReport.objects.get().words == "三家已认定，文件已印发。"

    office.reload()
    expect(office.get_by_text("按序时").first).to_be_visible()
