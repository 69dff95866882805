"""A reporter adds files while he writes, the approver submits, the lead downloads them."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tasks.models import StoredFile, Submission
from tests.files.samples import EXE, pdf, xlsx
from tests.journeys.conftest import Cast, SignIn

FORM = "/desk/qinghai-2016-48/2017Q2/3-1-1/"


def add(page: Page, *paths: Path) -> None:
    """By the one button that there is with a script."""
    with page.expect_file_chooser() as waiting:
        page.get_by_role("button", name="添加文件").click()
    waiting.value.set_files(list(paths))


@pytest.mark.full
def test_files_go_up_beside_unsaved_typing_and_reach_the_lead(
    cast: Cast, sign_in: SignIn, tmp_path: Path
) -> None:
    cast.opened()
    files = {"汇总表.xlsx": xlsx(), "公告.pdf": pdf("公告"), "假的.pdf": EXE, "多余.pdf": pdf("多余")}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)

    page = sign_in(cast.co_reporter)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(FORM)
    page.get_by_label("本季进展").fill("新增两个平台。")
    row = page.locator("[data-evidence]")
    expect(row.locator("input[type=file]")).not_to_be_in_viewport()  # the button stands for it
    add(page, tmp_path / "假的.pdf")
    expect(row.get_by_role("alert")).to_contain_text("“假的.pdf”的内容是程序，不能收")
    assert not Submission.objects.exists()
    add(page, tmp_path / "汇总表.xlsx", tmp_path / "公告.pdf", tmp_path / "多余.pdf")
    expect(row.get_by_text("已添加“汇总表.xlsx”、“公告.pdf”、“多余.pdf”。")).to_be_visible()
    # Nothing that was typed has been sent, and the page still knows that it is not.
    expect(page.get_by_label("本季进展")).to_have_value("新增两个平台。")
    expect(page.get_by_text("有改动未保存")).to_be_visible()
    assert Submission.objects.get().done == ""
    row.get_by_role("button", name="删除 多余.pdf").click()
    expect(row.get_by_text("已删除“多余.pdf”。")).to_be_visible()

    page.get_by_label("绿 正常").check()
    page.get_by_role("button", name="检查并提交").click()
    expect(page.get_by_role("heading", name="请逐项检查")).to_be_visible()
    expect(page.get_by_role("link", name="公告.pdf")).to_be_visible()
    page.get_by_role("button", name="交签批人").click()
    expect(page.get_by_text("已交签批人。")).to_be_visible()
    approver = sign_in(cast.co_approver)
    approver.goto(f"{FORM}check/")
    approver.get_by_role("button", name="签批并提交").click()
    expect(approver.get_by_text("已提交。")).to_be_visible()

    lead = sign_in(cast.reporter)
    lead.goto(f"/returns/{Submission.objects.get().pk}/")
    for name in ("汇总表.xlsx", "公告.pdf"):
        with lead.expect_download() as got:
            lead.get_by_role("link", name=name).click()
        assert got.value.suggested_filename == name
        assert Path(got.value.path()).read_bytes() == files[name]
    assert StoredFile.objects.count() == 2


@pytest.mark.full
def test_without_script(cast: Cast, sign_in: SignIn, tmp_path: Path) -> None:
    cast.opened()
    (tmp_path / "公告.pdf").write_bytes(pdf("公告"))
    page = sign_in(cast.co_reporter, java_script_enabled=False)
    page.goto(FORM)
    page.get_by_label("本季进展").fill("新增两个平台。")
    page.get_by_label("佐证材料文件").set_input_files(tmp_path / "公告.pdf")
    page.get_by_role("button", name="添加文件").click()
    expect(page.get_by_text("已添加“公告.pdf”。")).to_be_visible()
    expect(page.get_by_label("本季进展")).to_have_value("新增两个平台。")
    with page.expect_download() as got:
        page.get_by_role("link", name="公告.pdf").click()
    assert Path(got.value.path()).read_bytes() == pdf("公告")
    page.get_by_role("button", name="删除 公告.pdf").click()
    expect(page.get_by_text("已删除“公告.pdf”。")).to_be_visible()
    assert not StoredFile.objects.exists()
