"""A plan of another city from its upload to an issued brief, by screens alone; no word of the first plan on the way."""

import re
from io import BytesIO
from pathlib import Path

import docx
import pytest
from django.conf import settings
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tasks.agencies.models import Agency
from tasks.models import Plan
from tasks.values import Role
from tests import factories as make
from tests.journeys.conftest import Cast, SignIn
from tests.journeys.test_importing import answers_what_is_asked
from tests.rig import Worker

TEXT = (settings.BASE_DIR / "fixtures" / "sample-plans" / "yunze-2017-1" / "text.txt").read_text("utf-8")
OTHERS = re.compile("青海|青政|制造强省|中国制造|西宁|海东|市州|省级|需省|省经济|省科技|省财政")


@pytest.mark.full
def test_from_the_upload_to_the_brief_in_hand(
    prepared_fonts: None, cast: Cast, worker: Worker, sign_in: SignIn, tmp_path: Path
) -> None:
    plan = is_imported(cast, sign_in, tmp_path)
    office, reporter, approver = people_of(plan, sign_in)
    start = f"/plans/{plan.slug}"

    office.goto(f"/cycles/?plan={plan.slug}")
    office.get_by_role("button", name="开启填报").first.click()
    office.get_by_label("已核对，开启填报").check()
    office.get_by_role("button", name="开启填报").click()
    expect(office.get_by_text("已开启填报").first).to_be_visible()

    files(reporter, f"/desk/{plan.slug}/2017Q2/2-2-1/")
    approver.goto(f"/desk/{plan.slug}/2017Q2/2-2-1/check/")
    approver.get_by_role("button", name="签批并提交").click()
    expect(approver.get_by_text("已提交。")).to_be_visible()

    office.goto(f"/review/?plan={plan.slug}&q=2017Q2")
    office.get_by_role("link", name="健全标准和检验体系").first.click()
    says_nothing_of_another(office)
    office.get_by_role("group", name="决定").get_by_label("核定通过").check()
    office.get_by_role("group", name="核定灯").get_by_label("红 滞后").check()
    office.get_by_role("group", name="核实情况").get_by_label("属实", exact=True).check()
    office.get_by_role("button", name="确定").click()
    expect(office.get_by_role("status").first).to_contain_text("已核定")

    for page in (
        "/",
        "/tasks/",
        "/matrix/",
        "/agencies/",
        "/levels/",
        "/targets/",
        "/text/",
        "/tasks/2-2-1/",
    ):
        office.goto(start + page)
        says_nothing_of_another(office)
    has_a_brief(office, plan, tmp_path)


def is_imported(cast: Cast, sign_in: SignIn, folder: Path) -> Plan:
    """Uploaded by one person of the office, confirmed by another."""
    document = folder / "湖平计划.docx"
    written = docx.Document()
    for line in TEXT.replace("云泽", "湖平").splitlines():
        written.add_paragraph(line)
    written.save(str(document))
    first = sign_in(make.user(Role.OFFICE, agency=cast.office.agency))
    first.goto("/imports/")
    first.set_input_files("input[name=document]", document)
    first.get_by_role("button", name="上传并识别").click()
    expect(first.get_by_text("识别任务8项")).to_be_visible()
    answers_what_is_asked(first)
    first.get_by_role("button", name="送另一人确认").click()
    expect(first.get_by_text("须由没有参与上传和核对的另一个人确认。")).to_be_visible()
    second = sign_in(make.user(Role.OFFICE, agency=cast.office.agency))
    second.goto(first.url)
    second.get_by_role("button", name="确认导入").click()
    expect(second.get_by_text("方案已导入")).to_be_visible()
    expect(second.get_by_text("方案归湖平市的办公室办理。")).to_be_visible()
    plan = Plan.objects.select_related("jurisdiction").get(title__contains="湖平市")
    # It belongs to another place now: whoever imported it serves another.
    assert plan.jurisdiction
    assert (plan.jurisdiction.name, plan.jurisdiction.level) == ("湖平市", "city")
    return plan


def people_of(plan: Plan, sign_in: SignIn) -> tuple[Page, Page, Page]:
    """The plan's own office, and two people of an agency that leads."""
    agencies = {
        name: Agency.objects.get(names__short=name, jurisdiction=plan.jurisdiction)
        for name in ("市经信局", "市市场监管局")
    }
    office = make.user(Role.OFFICE, agency=agencies["市经信局"], username="hp-office")
    people = [
        make.user(role, agency=agencies["市市场监管局"], username=f"hp-{role.value}")
        for role in (Role.REPORTER, Role.APPROVER)
    ]
    return sign_in(office), *(sign_in(person) for person in people)  # type: ignore[return-value]


def files(reporter: Page, form: str) -> None:
    reporter.goto(form)
    says_nothing_of_another(reporter)
    reporter.get_by_label("红 滞后").check()
    reporter.get_by_label("本季进展").fill("示例：检验中心完成选址。")
    reporter.get_by_label("需市级协调事项").fill("示例：请协调用地。")
    reporter.get_by_label("下步打算").fill("示例：八月底前完成报批。")
    reporter.get_by_role("button", name="检查并提交").click()
    says_nothing_of_another(reporter)
    reporter.get_by_role("button", name="交签批人").click()
    expect(reporter.get_by_text("已交签批人。")).to_be_visible()


def has_a_brief(office: Page, plan: Plan, folder: Path) -> None:
    office.goto("/briefs/")
    office.get_by_label("季度", exact=True).select_option("2017Q2")
    office.get_by_role("button", name="生成草稿").click()
    expect(office.get_by_role("heading", name="草稿文件")).to_be_visible(timeout=60_000)
    says_nothing_of_another(office)
    office.get_by_label("已核对").check()
    office.get_by_role("button", name="印发").click()
    expect(office.get_by_role("heading", name="正式文件")).to_be_visible(timeout=60_000)
    with office.expect_download() as download:
        office.get_by_role("link", name="下载 PDF").click()
    download.value.save_as(folder / "brief.pdf")
    pages = PdfReader(BytesIO((folder / "brief.pdf").read_bytes())).pages
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in pages))
    assert "需市级协调事项" in text
    assert "湖平市人民政府" in text  # whose office it is, until somebody names it under 地区
    assert OTHERS.findall(text) == []


def says_nothing_of_another(page: Page) -> None:
    # Beside the page itself, the frame lists the other plans that the reader was given.
    words = page.title() + page.locator("main").inner_text()
    found = [words[max(0, one.start() - 20) : one.end() + 20] for one in OTHERS.finditer(words)]
    assert found == [], page.url
