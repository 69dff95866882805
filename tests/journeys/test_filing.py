"""An agency at its form: with the keyboard alone, two people at once, after the session has ended."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tasks.models import Indicator, State, Submission, Task
from tasks.values import Period
from tests import factories as make
from tests.journeys.conftest import Cast, SignIn, log_in

FORM = "/desk/qinghai-2016-48/2017Q2/3-1-1/"
SAVES = 20_000  # ms: the form waits some seconds before it saves, and a busy machine takes some for it


@pytest.mark.full
def test_no_progress_is_filed_with_the_keyboard_alone(cast: Cast, sign_in: SignIn) -> None:
    cast.opened()
    page = sign_in(cast.co_reporter)
    started = time.monotonic()
    page.goto(FORM)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "light", "green")
    page.keyboard.press("Space")
    expect(page.get_by_label("绿 正常")).to_be_checked()
    tab_to(page, "no_progress")
    page.keyboard.press("Space")
    expect(page.get_by_label("本季度无进展")).to_be_checked()
    tab_to(page, "action", "check")
    page.keyboard.press("Enter")

    # The reason is missing: the summary says so, has the focus, and leads to the field.
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("无进展原因")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    reason = page.get_by_label("无进展原因", exact=True)
    expect(reason).to_be_focused()
    expect(page.get_by_label("本季度无进展")).to_be_checked()
    page.keyboard.type("项目用地尚未批复。")
    tab_to(page, "action", "check")
    page.keyboard.press("Enter")

    expect(page.get_by_text("项目用地尚未批复。")).to_be_visible()
    tab_to(page, "action", "hand")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已交签批人。")).to_be_visible()
    assert time.monotonic() - started < 120  # on the first evening as on the last
    filed = Submission.objects.get()
    assert (filed.state, filed.no_progress, filed.no_progress_reason) == (
        State.HANDED,
        True,
        "项目用地尚未批复。",
    )


@pytest.mark.full
def test_a_narrative_is_filed_and_approved_with_the_keyboard_alone(cast: Cast, sign_in: SignIn) -> None:
    """Light, words, progress, a problem and what comes next, by a reporter; looked at and submitted by the approver."""
    cast.opened()
    page = sign_in(cast.co_reporter)
    started = time.monotonic()
    page.goto(FORM)
    tab_to(page, "light", "green")  # a group of choices is one stop; the arrows go through it
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("黄 有风险")).to_be_checked()
    for name, words in (
        ("done", "两个平台开工，完成投资1.2亿元。"),
        ("progress", "40"),
        ("problem_text", "项目用地尚未批复。"),
        ("next_steps", "七月底前办完用地手续。"),
    ):
        if name == "problem_text":
            tab_to(page, "problem_category")
            page.keyboard.press("ArrowDown")
        tab_to(page, name)
        page.keyboard.type(words)
    tab_to(page, "action", "check")
    page.keyboard.press("Enter")
    expect(page.get_by_text("两个平台开工，完成投资1.2亿元。")).to_be_visible()
    tab_to(page, "action", "hand")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已交签批人。")).to_be_visible()

    approver = sign_in(cast.co_approver)
    approver.goto(f"{FORM}check/")
    expect(approver.get_by_text("七月底前办完用地手续。")).to_be_visible()
    tab_to(approver, "action", "submit")
    approver.keyboard.press("Enter")
    expect(approver.get_by_text("已提交。")).to_be_visible()
    assert time.monotonic() - started < 120
    version = Submission.objects.get().versions.get()
    assert (version.light, version.progress, version.submitted_by) == ("yellow", 40, cast.co_approver)


@pytest.mark.full
def test_a_return_is_filed_with_forty_keys_and_leads_to_the_next(cast: Cast, sign_in: SignIn) -> None:
    """From the desk: the first row, a light, the words, and Ctrl + Enter twice. Keys are counted, the text is not."""
    cast.opened()
    page = sign_in(cast.co_reporter)
    page.goto("/desk/")
    pressed = 0

    def press(key: str, until: str = "") -> None:
        nonlocal pressed
        for _times in range(60):
            page.keyboard.press(key)
            pressed += 1
            if not until or page.evaluate("wanted => document.activeElement.matches(wanted)", until):
                return
        raise AssertionError(until)

    press("Tab")
    press("Enter")  # to the content
    press("Tab", "main td.end a")
    press("Enter")
    expect(page).to_have_url(re.compile("/2017Q2/"))
    press("Tab")
    press("Enter")
    press("Tab", "[name=light]")
    press("Space")
    press("Tab", "[name=done]")
    page.keyboard.insert_text("两个平台开工。")
    press("Control+Enter")
    expect(page).to_have_url(re.compile("/check/$"))
    press("Control+Enter")
    expect(page.get_by_text("已交签批人。")).to_be_visible()
    assert pressed <= 40
    assert Submission.objects.get().state == State.HANDED


def tab_to(page: Page, name: str, value: str = "") -> None:
    """Press Tab until the field has the focus, as somebody does who sees where he is."""
    wanted = f'[name="{name}"]' + (f'[value="{value}"]' if value else "")
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"Tab never reaches {wanted}")


@pytest.mark.full
def test_two_people_write_one_draft_and_nothing_is_lost(cast: Cast, sign_in: SignIn) -> None:
    cast.opened()
    first, second = sign_in(cast.reporter), sign_in(cast.colleague)
    for page in (first, second):
        page.goto(FORM)

    first.get_by_label("本季进展").fill("先写的：新增两个平台。")
    first.get_by_role("button", name="保存草稿").click()
    expect(first.get_by_text("草稿已保存")).to_be_visible()

    second.get_by_label("本季进展").fill("后写的：完成评估。")
    second.get_by_label("需省级协调事项").fill("请省发展改革委加快批复。")
    second.get_by_role("button", name="保存草稿").click()

    notice = second.get_by_role("alert")
    expect(notice).to_contain_text("内容已被更新")
    expect(notice).to_contain_text("reporter")
    expect(second.get_by_label("本季进展")).to_have_value("后写的：完成评估。")
    expect(second.get_by_label("需省级协调事项")).to_have_value("请省发展改革委加快批复。")
    expect(second.get_by_text("有改动未保存")).to_be_visible()
    second.get_by_text("查看对方保存的内容").click()
    expect(second.get_by_role("definition").filter(has_text="先写的：新增两个平台。")).to_be_visible()

    # Having read it, the second takes both into one text.
    second.get_by_label("本季进展").fill("先写的：新增两个平台。后写的：完成评估。")
    second.get_by_role("button", name="保存草稿").click()
    expect(second.get_by_text("草稿已保存")).to_be_visible()
    assert Submission.objects.get().done == "先写的：新增两个平台。后写的：完成评估。"

    first.get_by_label("本季进展").fill("第一位又写。")
    first.get_by_role("button", name="保存草稿").click()
    expect(first.get_by_role("alert")).to_contain_text("内容已被更新")
    expect(first.get_by_label("本季进展")).to_have_value("第一位又写。")


@pytest.mark.full
def test_session_ends_while_a_form_is_filled_in(cast: Cast, sign_in: SignIn) -> None:
    cast.opened()
    page = sign_in(cast.reporter)
    page.goto(FORM)
    page.wait_for_load_state("networkidle")  # what is under way would bring the cookie back
    page.get_by_label("本季进展").fill("写了半小时。")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="保存草稿").click()

    expect(page.get_by_text("为保护数据已自动退出")).to_be_visible()
    assert not Submission.objects.exists()
    log_in(page, cast.reporter)
    # Back at the form, what was typed is offered again.
    expect(page).to_have_url(re.compile(f"{FORM}$"))
    expect(page.get_by_text("本机留有未保存的内容")).to_be_visible()
    page.get_by_role("button", name="恢复").click()
    expect(page.get_by_label("本季进展")).to_have_value("写了半小时。")
    expect(page.get_by_text("已自动保存")).to_be_visible(timeout=SAVES)
    assert Submission.objects.get().done == "写了半小时。"
    # And once it is saved nothing of it is left in the browser.
    page.reload()
    expect(page.get_by_label("本季进展")).to_have_value("写了半小时。")
    expect(page.get_by_text("本机留有未保存的内容")).to_be_hidden()
    assert page.evaluate("Object.keys(localStorage).length") == 0


@pytest.mark.full
def test_what_was_kept_is_still_offered_when_the_person_first_types_on(cast: Cast, sign_in: SignIn) -> None:
    cast.opened()
    page = sign_in(cast.reporter)
    page.goto(FORM)
    page.wait_for_load_state("networkidle")
    page.get_by_label("本季进展").fill("写了半小时。")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="保存草稿").click()
    log_in(page, cast.reporter)
    offer = page.get_by_text("本机留有未保存的内容")
    expect(offer).to_be_visible()
    page.get_by_label("下步打算").fill("另写一句。")
    expect(page.get_by_text("已自动保存")).to_be_visible(timeout=SAVES)
    page.reload()
    expect(page.get_by_label("下步打算")).to_have_value("另写一句。")
    expect(offer).to_be_visible()
    page.get_by_role("button", name="恢复").click()
    expect(page.get_by_label("本季进展")).to_have_value("写了半小时。")


def test_typing_saves_itself_and_outlives_the_network(cast: Cast, sign_in: SignIn) -> None:
    cast.opened()
    page = sign_in(cast.reporter)
    page.goto(FORM)
    page.get_by_label("本季进展").fill("第一段。")
    expect(page.get_by_text("已自动保存")).to_be_visible(timeout=SAVES)
    assert Submission.objects.get().done == "第一段。"

    page.route("**/3-1-1/", lambda route: route.abort("internetdisconnected"))
    page.get_by_label("本季进展").fill("第一段。第二段。")
    expect(page.get_by_text("网络不通，内容存在本机")).to_be_visible()
    assert Submission.objects.get().done == "第一段。"
    page.unroute("**/3-1-1/")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.get_by_text("已自动保存")).to_be_visible(timeout=SAVES)
    assert Submission.objects.get().done == "第一段。第二段。"


@pytest.mark.full
def test_second_at_the_form_is_told_and_neither_overwrites(cast: Cast, sign_in: SignIn) -> None:
    cast.opened()
    first, second = sign_in(cast.reporter), sign_in(cast.colleague)
    first.goto(FORM)
    expect(first.get_by_text("也在填")).to_be_hidden()
    second.goto(FORM)
    expect(second.get_by_text("同时填报：reporter")).to_be_visible()

    first.get_by_label("本季进展").fill("先写的。")
    expect(first.get_by_text("已自动保存")).to_be_visible(timeout=SAVES)
    expect(first.get_by_text("同时填报：colleague")).to_be_visible()
    second.get_by_label("本季进展").fill("后写的。")
    expect(second.get_by_role("alert").filter(has_text="内容已被更新")).to_be_visible()
    expect(second.get_by_text("没有自动保存：内容已被更新")).to_be_visible()
    assert Submission.objects.get().done == "先写的。"

    second.get_by_role("button", name="保存草稿").click()
    expect(second.get_by_role("heading", name="两边的差别")).to_be_visible()
    expect(second.get_by_label("本季进展")).to_have_value("后写的。")


@pytest.mark.full
def test_signing_out_leaves_nothing_on_the_machine(cast: Cast, sign_in: SignIn) -> None:
    cast.opened()
    page = sign_in(cast.reporter)
    page.goto(FORM)
    page.route("**/3-1-1/", lambda route: route.abort("internetdisconnected"))
    page.get_by_label("本季进展").fill("没存上。")
    expect(page.get_by_text("网络不通，内容存在本机")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).length") == 1
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="退出").first.click()
    page.get_by_label("用户名").wait_for()
    assert page.evaluate("Object.keys(localStorage).length") == 0


@pytest.mark.full
def test_a_figure_that_is_no_number_jumps_or_falls_is_told_as_it_is_typed(
    cast: Cast, sign_in: SignIn
) -> None:
    """What fell needs its reason, which is asked for at once and again when it is forgotten."""
    before = make.version(Task.objects.get(ref="3-1-1"), cast.lead, Period(2017, 1))
    make.figure(before, Indicator.objects.get(slug="innovation-platforms"), 4)
    make.accept(before)
    cast.opened()
    page = sign_in(cast.reporter)
    page.goto(FORM)
    row = page.get_by_role("row", name="国家级科技创新平台")
    field = row.get_by_role("textbox", name="国家级科技创新平台", exact=False).first
    reason = row.get_by_label("国家级科技创新平台：理由")
    expect(reason).to_be_hidden()

    field.fill("四个")
    expect(row.get_by_text("不是数：")).to_be_visible()
    field.fill("400")
    expect(row.get_by_text("不是数：")).to_be_hidden()
    expect(row.get_by_text("与以往相差很大")).to_be_visible()
    expect(row).to_contain_text("+396")
    field.fill("3")
    expect(row.get_by_text("与以往相差很大")).to_be_hidden()
    expect(row).to_contain_text("−1")
    expect(reason).to_be_visible()

    page.get_by_label("绿 正常").check()
    page.get_by_label("本季进展", exact=False).first.fill("一个平台撤销，其余正常运行。")
    page.get_by_role("button", name="检查").click()
    expect(page.get_by_role("alert")).to_contain_text("国家级科技创新平台")
    reason = page.get_by_role("row", name="国家级科技创新平台").get_by_label("国家级科技创新平台：理由")
    reason.fill("一个平台评估不合格被撤销。")
    page.get_by_role("button", name="检查").click()
    expect(page.get_by_text("一个平台评估不合格被撤销。")).to_be_visible()
    page.get_by_role("button", name="交签批人").click()
    expect(page.get_by_text("已交签批人。")).to_be_visible()
