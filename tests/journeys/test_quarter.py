"""The main job: a quarter from its opening to the printed brief, each step by the person whose it is."""

import hashlib
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.journeys.conftest import Cast, SignIn
from tests.rig import Worker

TASK = "三(一)1"
HEADING = "构建产业技术创新体系"
FORM = "/desk/qinghai-2016-48/2017Q2/3-1-1/"


def test_a_quarter_from_its_opening_to_the_brief_in_hand(
    prepared_fonts: None,
    cast: Cast,
    worker: Worker,
    sign_in: SignIn,
    open_window: Callable[..., Page],
    tmp_path: Path,
) -> None:
    office = sign_in(cast.office)
    opens_the_quarter(office)

    shares_in_the_task(sign_in(cast.co_reporter))
    submits(sign_in(cast.co_approver))

    reporter = sign_in(cast.reporter)
    adopts_what_was_shared(reporter)
    consolidates(reporter)
    submits(sign_in(cast.approver))

    accepts_with_another_light(office)
    makes_the_brief(office)

    leader = sign_in(cast.leader)
    pdf, code = downloads_the_brief(leader, tmp_path)
    anyone_can_verify(open_window(), pdf, code)


def opens_the_quarter(office: Page) -> None:
    office.get_by_role("link", name="管理").first.click()
    office.get_by_role("link", name="填报周期").click()
    expect(office.get_by_role("heading", name="开启2017年第二季度填报")).to_be_visible()
    office.get_by_role("button", name="开启填报").click()
    office.get_by_label("已核对，开启填报").check()
    office.get_by_role("button", name="开启填报").click()
    expect(office.get_by_text("2017年第二季度已开启填报")).to_be_visible()


def shares_in_the_task(co_reporter: Page) -> None:
    co_reporter.get_by_role("link", name="工作台").click()
    co_reporter.get_by_role("link", name=f"{TASK} {HEADING}").click()
    co_reporter.get_by_label("绿 正常").check()
    co_reporter.get_by_label("本季进展").fill("示例：西宁市新认定3家市级技术中心。")
    co_reporter.get_by_role("button", name="检查并提交").click()
    expect(co_reporter.get_by_text("由本单位签批人提交。")).to_be_visible()
    co_reporter.get_by_role("button", name="交签批人").click()
    expect(co_reporter.get_by_text("已交签批人。")).to_be_visible()


def submits(approver: Page) -> None:
    approver.get_by_role("link", name="工作台").click()
    approver.get_by_role("link", name=f"签批提交 {TASK}").click()
    approver.get_by_role("button", name="签批并提交").click()
    expect(approver.get_by_text("已提交。")).to_be_visible()


def adopts_what_was_shared(reporter: Page) -> None:
    reporter.get_by_role("link", name="工作台").click()
    reporter.get_by_role("link", name="采纳或退回配合填报 1 项").click()
    row = reporter.get_by_role("row").filter(has_text="示例：西宁市新认定3家市级技术中心。")
    row.get_by_role("button", name="采纳").click()
    expect(reporter.get_by_role("status")).to_contain_text("采纳")


def consolidates(reporter: Page) -> None:
    reporter.get_by_role("link", name="工作台").click()
    reporter.get_by_role("link", name=f"{TASK} {HEADING}").click()
    reporter.get_by_label("绿 正常").check()
    reporter.get_by_label("本季进展").fill("示例：全省新增2个国家级科技创新平台。")
    reporter.get_by_role("textbox", name="国家级科技创新平台").first.fill("12")
    reporter.get_by_role("textbox", name="产值过亿元高新技术企业").first.fill("0")
    reporter.get_by_role("button", name="检查并提交").click()
    expect(reporter.get_by_text("国家级科技创新平台：12")).to_be_visible()
    expect(reporter.get_by_text("产值过亿元高新技术企业：0")).to_be_visible()
    expect(reporter.get_by_text("已报 1 / 应报 16")).to_be_visible()
    reporter.get_by_role("button", name="交签批人").click()
    expect(reporter.get_by_text("已交签批人。")).to_be_visible()


def accepts_with_another_light(office: Page) -> None:
    office.get_by_role("navigation", name="主导航").get_by_role("link", name="填报").click()
    office.get_by_role("link", name=f"{TASK} {HEADING}").first.click()
    expect(office.get_by_role("row").filter(has_text="西宁市人民政府")).to_contain_text("已采纳")
    office.get_by_role("group", name="决定").get_by_label("核定通过").check()
    office.get_by_role("group", name="核定灯").get_by_label("黄 有风险").check()
    office.get_by_role("group", name="核实情况").get_by_label("属实", exact=True).check()
    with office.expect_response(re.compile("/decide/")) as refused:
        office.get_by_role("button", name="确定").click()
    assert refused.value.status == 422
    expect(office.get_by_role("alert")).to_be_focused()
    office.get_by_role("link", name="核定灯与自评灯不同，要写明理由。").click()
    expect(office.get_by_label("理由")).to_be_focused()
    expect(office.get_by_label("黄 有风险")).to_be_checked()
    office.get_by_label("理由").fill("平台尚未挂牌，按黄灯掌握。")
    office.get_by_role("button", name="确定").click()
    expect(office.get_by_role("status").first).to_contain_text("已核定")


def makes_the_brief(office: Page) -> None:
    office.get_by_role("navigation", name="主导航").get_by_role("link", name="成果").click()
    office.get_by_label("季度", exact=True).select_option("2017Q2")
    office.get_by_role("button", name="生成草稿").click()
    # The page shows how the job gets on by itself, and becomes the draft's.
    expect(office.get_by_role("heading", name="草稿文件")).to_be_visible(timeout=60_000)
    office.get_by_label("已核对").check()
    office.get_by_role("button", name="印发").click()
    expect(office.get_by_role("heading", name="正式文件")).to_be_visible(timeout=60_000)


def downloads_the_brief(leader: Page, folder: Path) -> tuple[Path, str]:
    leader.get_by_role("navigation", name="主导航").get_by_role("link", name="成果").click()
    leader.get_by_role("link", name="2017年第二季度简报").click()
    with leader.expect_download() as download:
        leader.get_by_role("link", name="下载 PDF").click()
    pdf = folder / "brief.pdf"
    download.value.save_as(pdf)
    assert download.value.suggested_filename.endswith(".pdf")
    content = pdf.read_bytes()
    leader.get_by_text("校验值", exact=True).click()
    expect(leader.get_by_text(hashlib.sha256(content).hexdigest())).to_be_visible()
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages))
    for words in ("2017年第二季度", HEADING, "示例：全省新增2个国家级科技创新平台。", "示例数据", "省科技厅"):
        assert words in text
    code = leader.locator("dt", has_text="核验码").locator("xpath=following-sibling::dd[1]").inner_text()
    return pdf, code


def anyone_can_verify(stranger: Page, pdf: Path, code: str) -> None:
    stranger.goto("/verify/")
    stranger.get_by_label("核验码", exact=True).fill(code)
    stranger.get_by_role("button", name="核验", exact=True).click()
    expect(stranger.get_by_role("heading", name="真实，现行有效")).to_be_visible()

    stranger.get_by_label("PDF 文件", exact=True).set_input_files(pdf)
    stranger.get_by_role("button", name="比对文件").click()
    expect(stranger.get_by_text("文件与印发时逐字节相同。")).to_be_visible()

    forged = pdf.with_name("forged.pdf")
    forged.write_bytes(pdf.read_bytes()[:-1] + b"\x00")
    stranger.get_by_label("PDF 文件", exact=True).set_input_files(forged)
    stranger.get_by_role("button", name="比对文件").click()
    expect(stranger.get_by_role("heading", name="查无此件")).to_be_visible()
