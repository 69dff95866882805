"""A table is written with what guides and restrains the person who fills it in."""

import io

import openpyxl

from tasks.workbooks import writing
from tasks.workbooks.values import Column
from tests.workbooks.conftest import COLUMNS, Draft, Upload


def test_title_hints_headings_and_rows(upload: Upload) -> None:
    rows = [tuple(row) for row in upload.sheet.iter_rows(max_row=6, values_only=True)]
    assert rows == [
        ("标题", None, None, None),
        ("提示", None, None, None),
        (None, None, "写什么。", None),
        tuple(column.label for column in COLUMNS),
        ("一", "任务一", "旧话", None),
        ("二", "任务二", None, None),
    ]
    assert [row[0].value for row in upload.book["说明"].iter_rows()] == ["第一句", "第二句"]
    assert upload.book["_qhplan"].sheet_state == "veryHidden"


def test_only_cells_to_fill_in_are_unlocked(upload: Upload) -> None:
    locked = [
        [cell.protection.locked for cell in row] for row in upload.sheet.iter_rows(min_row=5, max_row=7)
    ]
    assert locked == [[True, True, False, False]] * 2 + [[True, True, False, True]]
    assert upload.sheet.protection.sheet


def test_rules_reach_to_the_last_row(upload: Upload) -> None:
    rules = {str(rule.sqref): rule.formula1 for rule in upload.sheet.data_validations.dataValidation}
    assert rules == {"C5:C8": "10", "D5:D8": '"是"'}


def test_a_text_is_never_a_formula() -> None:
    upload = Upload(Draft("一", "=1+1"))
    assert upload.cell(1, "words").data_type == "s"
    assert (upload.parse().untouched, upload.parse().problems) == (1, [])


def test_spare_rows_are_unlocked_and_of_text() -> None:
    book, (sheet,) = writing.new_book("表")
    columns = [Column("code", "编号", 10), Column("due", "时限", 10, True)]
    table = writing.TableWriter(sheet, columns, "", "", writing.Styles())
    table.spare_rows(2)
    writing.finish(sheet, columns, protect=False)
    out = io.BytesIO()
    book.save(out)
    read = openpyxl.load_workbook(out)["表"]
    assert [(read.cell(row, 2).protection.locked, read.cell(row, 2).number_format) for row in (5, 6)] == [
        (False, "@")
    ] * 2
    assert (table.last, read.protection.sheet) == (4, False)
