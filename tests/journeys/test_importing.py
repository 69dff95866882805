"""From a document to a plan in use, by two officials who know no command."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tasks.models import Plan
from tasks.values import Role
from tests import factories as make
from tests.journeys.conftest import Cast, SignIn
from tests.plans.sample_plan import TEXT

SELECT = """words => {
  const span = [...document.querySelectorAll("[data-import-text] span")].find(one => one.textContent.includes(words));
  const node = span.firstChild, at = node.textContent.indexOf(words), range = document.createRange();
  range.setStart(node, at);
  range.setEnd(node, at + words.length);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""


@pytest.mark.full
def test_a_plan_is_uploaded_corrected_and_confirmed(cast: Cast, sign_in: SignIn, tmp_path: Path) -> None:
    document = tmp_path / "盐湖方案.txt"
    document.write_text(TEXT.replace("（省科学厅、省贸易厅负责）", "（省科学厅、盐湖协调组负责）"))
    page = sign_in(make.user(Role.OFFICE, agency=cast.office.agency))
    page.goto("/imports/")
    page.set_input_files("input[name=document]", document)
    page.get_by_role("button", name="上传并识别").click()
    expect(page.get_by_text("识别任务5项")).to_be_visible()
    corrects_the_place(page, cast)
    selects_words_of_the_text(page)
    corrects_a_task(page)
    answers_what_is_asked(page)
    page.get_by_role("button", name="送另一人确认").click()
    expect(page.get_by_text("须由没有参与上传和核对的另一个人确认。")).to_be_visible()

    second = sign_in(make.user(Role.OFFICE, agency=cast.office.agency))
    second.goto(page.url)
    second.get_by_role("button", name="确认导入").click()
    expect(second.get_by_text("方案已导入")).to_be_visible()
    plan = Plan.objects.get(title__contains="盐湖产业提质")
    second.get_by_role("link", name=plan.title).first.click()
    expect(second.get_by_role("heading", level=1)).to_be_visible()
    second.goto(f"/plans/{plan.slug}/tasks/2-2-1/")
    expect(second.locator("main")).to_contain_text("省贸易厅")


def corrects_the_place(page: Page, cast: Cast) -> None:
    """The plan of another place would be served by that place's office alone, which the page says."""
    place = cast.plan.jurisdiction
    assert place
    foot = page.get_by_role("region", name="办理")
    expect(foot).to_contain_text("您所在地区的办公室看不到它")
    page.get_by_role("link", name="更正 文件信息").click()
    head = page.locator("#panel-head")
    head.get_by_label("地区").fill(place.name)
    head.get_by_role("button", name="保存").click()
    expect(page.locator("#import-info")).to_contain_text("已有的地区")
    expect(foot).not_to_contain_text("看不到它")


def selects_words_of_the_text(page: Page) -> None:
    page.evaluate(SELECT, "省贸易厅")
    expect(page.locator("#mark-quote")).to_have_value("省贸易厅")
    page.select_option("#mark-what", "duty-co")
    page.get_by_role("button", name="记下").click()
    expect(page.locator("#task-2-2-1")).to_contain_text("省贸易厅")
    expect(page.locator("#mark-quote")).to_have_value("")


def corrects_a_task(page: Page) -> None:
    page.get_by_role("link", name="更正 推进尾矿利用").click()
    task = page.locator("#task-2-1-1")
    task.get_by_label("完成时限").fill("2019-12-31")
    task.get_by_label("省财务厅").select_option("落实")
    task.get_by_role("button", name="保存").click()
    expect(task).to_contain_text("2019-12-31")
    expect(task).to_contain_text("落实")
    expect(task.get_by_role("button", name="保存")).to_have_count(0)


def answers_what_is_asked(page: Page) -> None:
    asked = page.locator("#import-questions")
    while asked.locator("details.import__ask").count():
        first = asked.locator("details.import__ask").first
        first.get_by_label("放着，以后再定").check()
        first.get_by_label("放着的理由").fill("待会议确定")
        key = first.locator("[name=question]").input_value()
        first.get_by_role("button", name="确定").click()
        expect(asked.locator(f'[name=question][value="{key}"]')).to_have_count(0)
    expect(page.get_by_text("没有待确定的问题。")).to_be_visible()
