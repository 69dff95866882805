"""Tables are known by their headings, rows by their codes, and every fault by its cell."""

import datetime
from typing import Any

import pytest

from tasks.workbooks.reading import Table, choice
from tasks.workbooks.values import Refused
from tests.workbooks.conftest import COLUMNS, Lines, Upload


def test_only_touched_rows_are_read(upload: Upload) -> None:
    upload.sheet.delete_rows(8)
    parsed = upload.fill(1, words="新话").fill(2, done="√").parse()
    assert [(line.key.code, line.row, line.words, line.done) for line in parsed.rows] == [
        ("一", 5, "新话", False),
        ("二", 6, "", True),
    ]
    assert (parsed.untouched, [key.code for key in parsed.missing], parsed.problems) == (1, ["禁"], [])


def test_columns_may_be_moved_and_rows_inserted(upload: Upload) -> None:
    upload.fill(1, words="新话")
    upload.sheet.insert_rows(1)
    upload.sheet.insert_cols(1)
    (line,) = upload.parse().rows
    assert (line.words, line.place("words"), line.place("nothing")) == ("新话", ("表", 6, 4), ("表", 6, 2))


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [(1, "号", "工作表“表”里找不到标题行"), (3, "话", "工作表“表”缺少列：内容。")],
)
def test_a_lost_heading_is_refused(upload: Upload, column: int, text: str, says: str) -> None:
    upload.sheet.cell(4, column).value = text
    with pytest.raises(Refused, match=says):
        upload.parse()


def test_a_renamed_sheet_is_refused(upload: Upload) -> None:
    upload.sheet.title = "我的"
    with pytest.raises(Refused, match="找不到工作表“表”"):
        upload.parse()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("words", True, "这里要填文字，却是 TRUE 或 FALSE。"),
        ("words", "字" * 11, "有 11 字，最多 10 字，请删减。"),
        ("words", "#N/A", "单元格是错误值，请改成数或文字。"),
        ("words", "=1+1", "单元格是公式。请粘贴为数值：公式算出的数我们不认。"),
        ("done", "也许", "“也许”无法识别，请填“是”，或留空。"),
    ],
)
def test_a_faulty_cell_is_reported_with_its_place(upload: Upload, name: str, value: Any, says: str) -> None:
    upload.fill(2, **{name: value})
    assert [(problem.place, problem.message) for problem in upload.parse().problems] == [
        (f"表 {upload.cell(2, name).coordinate}", says)
    ]


def test_faults_beside_the_table_are_not_reported(upload: Upload) -> None:
    upload.sheet.cell(5, len(COLUMNS) + 2).value = "=1+1"
    assert upload.parse().problems == []


def test_a_day_is_no_number() -> None:
    reader = Lines.__new__(Lines)
    reader.problems = []
    at = ("表", 5, 3)
    assert [reader.is_day(value, at) for value in (3, "3", datetime.date(2017, 1, 2), datetime.time(3))] == [
        False,
        False,
        True,
        True,
    ]
    assert [problem.at for problem in reader.problems] == [at, at]


def test_a_choice_is_a_known_word_blank_or_unknown() -> None:
    words = {"绿": "green", "green": "green"}
    assert [choice(value, words) for value in (" Green ", "绿", None, "", "橙")] == [
        "green",
        "green",
        "",
        "",
        None,
    ]


def test_a_percentage_is_known_by_the_address_of_its_cell() -> None:
    table = Table("表", {"code": 1}, [], frozenset({"AB7"}))
    assert (table.is_percent(("表", 7, 28)), table.is_percent(("表", 7, 27))) == (True, False)
