"""A supervision notice from its proposal to its closing, in a browser, each step by the person whose it is."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from reports.supervision.proposals import propose_by_rules
from tasks.models import Task
from tasks.values import Light, Period
from tests import factories as make
from tests.journeys.conftest import NOW, Cast, SignIn
from tests.rig import Worker

HEADING = "构建产业技术创新体系"
TITLE = f"关于“{HEADING}”进展滞后的督办单"
NUMBER = "督〔2017〕1号"


@pytest.mark.full
def test_a_notice_from_its_proposal_to_its_closing(
    prepared_fonts: None, cast: Cast, worker: Worker, sign_in: SignIn, tmp_path: Path
) -> None:
    task = Task.objects.get(ref="3-1-1")
    for quarter in (Period(2016, 4), Period(2017, 1)):
        make.accept(make.version(task, cast.lead, quarter, Light.RED))
    propose_by_rules(now=NOW)

    office = sign_in(cast.office)
    decides_on_the_proposal(office)
    the_document_is_made(office, tmp_path)

    reporter = sign_in(cast.reporter)
    signs_for_it_and_drafts(reporter)
    approver = sign_in(cast.approver)
    sends(approver, "已召开专题会议，提出三项措施。")

    sends_it_back(office)
    approver.reload()
    expect(approver.get_by_text("缺完成时限。").first).to_be_visible()
    sends(approver, "三项措施于八月底前完成。")

    closes_it(office)
    the_leading_group_reads_what_became_of_it(sign_in(cast.leader))


def decides_on_the_proposal(office: Page) -> None:
    office.get_by_role("navigation", name="主导航").get_by_role("link", name="填报").click()
    office.get_by_role("link", name=re.compile(r"决定 \d+ 件督办建议")).click()
    office.get_by_role("link", name=TITLE).click()
    expect(office.get_by_text("没有决定，不会发出。")).to_be_visible()
    expect(office.get_by_text("连续2季为红灯（滞后）")).to_be_visible()
    expect(office.get_by_role("link", name="2017年第一季度")).to_have_attribute(
        "href", "/plans/qinghai-2016-48/tasks/3-1-1/?q=2017Q1"
    )
    office.get_by_label("督办单", exact=True).check()
    office.get_by_label("反馈期限").fill("2017-07-05")
    office.get_by_role("button", name="预览").click()
    expect(office.get_by_role("alert")).to_be_focused()
    office.get_by_role("link", name="反馈期限须在今天以后。").click()
    office.get_by_label("反馈期限").fill("2017-07-19")
    office.get_by_role("button", name="预览").click()
    expect(office.get_by_role("heading", name="签发前预览")).to_be_visible()
    paper = office.get_by_role("article", name=TITLE)
    expect(paper).to_contain_text("2017年7月19日前")
    expect(paper).not_to_contain_text(NUMBER)
    office.get_by_role("button", name="返回修改").click()
    expect(office.get_by_label("反馈期限")).to_have_value("2017-07-19")
    office.get_by_role("button", name="预览").click()
    office.get_by_role("button", name="签发").click()
    expect(office.get_by_text(f"已签发{NUMBER}。")).to_be_visible()


def the_document_is_made(office: Page, folder: Path) -> None:
    # The page shows how the job gets on by itself, and is loaded anew when it is done.
    download = office.get_by_role("link", name="下载 PDF")
    expect(download).to_be_visible(timeout=60_000)
    with office.expect_download() as given:
        download.click()
    path = folder / "notice.pdf"
    given.value.save_as(path)
    assert given.value.suggested_filename.startswith(NUMBER)
    text = re.sub(r"\s", "", "".join(p.extract_text() for p in PdfReader(BytesIO(path.read_bytes())).pages))
    for words in ("督办单", NUMBER, "连续2季为红灯", "请于2017年7月19日前", "示例数据", "2017年7月5日"):
        assert words in text


def signs_for_it_and_drafts(reporter: Page) -> None:
    reporter.get_by_role("link", name="工作台").click()
    reporter.get_by_role("link", name=f"签收 {NUMBER}").click()
    reporter.get_by_role("button", name="签收").click()
    expect(reporter.get_by_text("已签收。")).to_be_visible()
    reporter.get_by_label("办理情况").fill("拟召开专题会议。")
    reporter.get_by_role("button", name="存草稿，请签批人报送").click()
    expect(reporter.get_by_text("草稿已保存，只有本单位看得到。")).to_be_visible()


def sends(approver: Page, words: str) -> None:
    approver.get_by_role("navigation", name="主导航").get_by_role("link", name="填报").click()
    approver.get_by_role("link", name=re.compile(f"反馈 {NUMBER}$")).click()
    approver.get_by_label("办理情况").fill(words)
    approver.get_by_role("button", name="签批并报送").click()
    expect(approver.get_by_text("反馈已报送，等待审核。")).to_be_visible()


def to_the_answer(office: Page) -> None:
    office.get_by_role("navigation", name="主导航").get_by_role("link", name="填报").click()
    office.get_by_role("link", name=f"审核 {NUMBER} 的反馈").click()


def sends_it_back(office: Page) -> None:
    to_the_answer(office)
    expect(office.get_by_text("已召开专题会议，提出三项措施。")).to_be_visible()
    expect(office.get_by_label("新的反馈期限")).to_be_hidden()
    office.get_by_label("退回重报").check()
    office.get_by_label("新的反馈期限").fill("2017-07-31")
    office.get_by_role("button", name="确定").click()
    office.get_by_role("link", name="退回要写明理由，单位才知道补什么。").click()
    expect(office.get_by_label("审核意见")).to_be_focused()
    office.get_by_label("审核意见").fill("缺完成时限。")
    office.get_by_role("button", name="确定").click()
    expect(office.get_by_text("的反馈，请单位重新反馈。")).to_be_visible()


def closes_it(office: Page) -> None:
    to_the_answer(office)
    expect(office.get_by_text("三项措施于八月底前完成。")).to_be_visible()
    office.get_by_label("办结").check()
    office.get_by_role("button", name="确定").click()
    expect(office.get_by_text("2017年7月5日签发，2017年7月5日办结。")).to_be_visible()


def the_leading_group_reads_what_became_of_it(leader: Page) -> None:
    leader.get_by_role("link", name="督办", exact=True).click()
    leader.get_by_role("link", name=re.compile("^已办结")).click()
    leader.get_by_role("link", name=TITLE).click()
    expect(leader.get_by_text("三项措施于八月底前完成。")).to_be_visible()
    expect(leader.get_by_role("button", name="确定")).to_have_count(0)
