"""With scripts switched off everything can still be done: more slowly, and nothing is hidden."""

import pytest
from playwright.sync_api import expect

from qhplan import jobs
from qhplan.jobs import Job
from reports.briefs import jobs as brief_jobs
from tests.briefs.conftest import Typesetter
from tests.journeys.conftest import Cast, SignIn

FORM = "/desk/qinghai-2016-48/2017Q2/3-1-1/"


@pytest.mark.full
def test_filing_and_reading_without_script(cast: Cast, sign_in: SignIn) -> None:
    cast.opened()
    reporter = sign_in(cast.reporter, java_script_enabled=False)
    reporter.goto(FORM)
    reporter.get_by_label("黄 有风险").check()
    reporter.get_by_label("本季进展").fill("示例：平台评审推迟。")
    reporter.get_by_role("button", name="检查并提交").click()
    # Yellow asks for what is to be done about it.
    expect(reporter.get_by_role("alert")).to_contain_text("下步打算")
    reporter.get_by_label("下步打算").fill("八月完成评审。")
    reporter.get_by_role("button", name="检查并提交").click()
    reporter.get_by_role("button", name="交签批人").click()
    expect(reporter.get_by_text("已交签批人。")).to_be_visible()

    approver = sign_in(cast.approver, java_script_enabled=False)
    approver.goto(f"{FORM}check/")
    approver.get_by_role("button", name="签批并提交").click()
    expect(approver.get_by_text("已提交。")).to_be_visible()

    office = sign_in(cast.office, java_script_enabled=False)
    office.goto("/review/?q=2017Q2")
    office.get_by_role("link", name="三(一)1 构建产业技术创新体系").first.click()
    office.get_by_role("group", name="决定").get_by_label("核定通过").check()
    office.get_by_role("group", name="核定灯").get_by_label("红 滞后").check()
    office.get_by_role("group", name="核实情况").get_by_label("属实", exact=True).check()
    office.get_by_label("理由").fill("评审两次推迟。")
    office.get_by_role("button", name="确定").click()
    expect(office.get_by_role("status").first).to_contain_text("已核定")

    viewer = sign_in(cast.viewer, java_script_enabled=False)
    viewer.get_by_role("link", name="任务").first.click()
    viewer.get_by_label("灯", exact=True).select_option("red")
    viewer.get_by_role("button", name="筛选").click()
    viewer.get_by_role("link", name="构建产业技术创新体系").first.click()
    expect(viewer.get_by_role("heading", name="构建产业技术创新体系")).to_be_visible()
    for name in ("责任矩阵", "单位", "原文"):
        viewer.get_by_role("link", name=name).first.click()
        expect(viewer.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.full
def test_a_brief_without_script(cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brief_jobs, "render", Typesetter())
    monkeypatch.setattr(brief_jobs.fonts, "fonts_ready", lambda: True)
    office = sign_in(cast.office, java_script_enabled=False)
    office.goto("/briefs/")
    office.get_by_label("季度", exact=True).select_option("2017Q1")
    office.get_by_role("button", name="生成草稿").click()
    expect(office.get_by_text("排队中", exact=True)).to_be_visible()

    jobs.run(Job.objects.get().pk)  # what a worker does, sooner or later
    office.get_by_role("link", name="刷新进度").click()
    expect(office.get_by_role("heading", name="草稿文件")).to_be_visible()
    expect(office.get_by_role("link", name="下载 PDF")).to_be_visible()
