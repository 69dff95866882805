"""An agency with a spreadsheet: down, filled in wrongly, up, mended, applied."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import expect

from tasks.models import Submission
from tests.journeys.conftest import Cast, SignIn

DESK = "/desk/?q=2017Q2"


@pytest.mark.full
def test_a_faulty_workbook_is_mended_and_applied(cast: Cast, sign_in: SignIn, tmp_path: Path) -> None:
    cast.opened()
    page = sign_in(cast.reporter)
    page.goto(DESK)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载填报表").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert path.name.startswith("2017年第二季度填报表")

    book = openpyxl.load_workbook(path)
    sheet: Any = book["填报"]
    heads = {cell.value: cell.column for cell in sheet[4]}
    row = next(n for n in range(5, sheet.max_row + 1) if sheet.cell(n, 1).value == "三(一)1")
    light = sheet.cell(row, heads["自评灯"])
    light.value = "橙"
    sheet.cell(row, heads["本季进展"]).value = "新增两个平台。"
    book.save(path)

    page.get_by_role("link", name="上传填报表").click()
    page.get_by_label("填好的填报表").set_input_files(path)
    page.get_by_role("button", name="预览改动").click()
    expect(page.get_by_role("alert")).to_contain_text("有 1 处要在表里改")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text(
        f"填报 {light.coordinate} “{light.value}”不是状态灯，请从下拉框选"
    )
    assert not Submission.objects.exists()

    light.value = "绿 正常"
    book.save(path)
    page.get_by_label("改好的填报表").set_input_files(path)
    page.get_by_role("button", name="预览改动").click()
    expect(page.get_by_text("新增两个平台。")).to_be_visible()
    page.get_by_role("button", name="写入 1 件草稿").click()
    expect(page.get_by_text("填报表已写入 1 件草稿")).to_be_visible()
    filed = Submission.objects.get()
    assert (filed.light, filed.done, filed.state) == ("green", "新增两个平台。", "draft")
