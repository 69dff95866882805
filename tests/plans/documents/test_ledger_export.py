"""Filling an office's own workbook: what was there stays, and what is written is data."""

import io

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Border, Font, Side

from tasks.errors import Problems
from tasks.plans.documents.extraction import extract
from tasks.plans.documents.ledger_export import Entry, fill_template
from tasks.plans.documents.ledgers import read_ledger
from tasks.plans.documents.table_heads import ColumnPeriod

Q1, Q2 = ColumnPeriod(1, 3, 2024), ColumnPeriod(4, 6, 2024)


def template() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "台账"
    for row in (
        ["2024年重点任务台账"], ["序号", "任务", "牵头单位", "进展情况"], [None, None, None, "一季度进展", "二季度进展"],
        [1, "建库", "省财政厅", "完成1项", None], [2, "入库", None, None, None], ["注：由办公室填写。"],
    ):  # fmt: skip
        sheet.append(row)
    for area in ("A1:E1", "A2:A3", "B2:B3", "C2:C3", "D2:E2", "A6:E6"):
        sheet.merge_cells(area)
    sheet["B5"].font = Font(name="仿宋", size=14)
    sheet["B5"].border = Border(left=Side("thin"))
    sheet.row_dimensions[5].height = 40
    sheet.column_dimensions["B"].width = 33
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def entry(task: str, **values: object) -> Entry:
    periods = {"q1": ("progress", Q1), "q2": ("progress", Q2), "lead": ("lead", None)}
    return Entry({("task", None): task, **{periods[name]: value for name, value in values.items()}})


def test_known_tasks_are_filled_and_new_ones_added_in_the_same_look() -> None:
    filled = fill_template(
        "台账.xlsx",
        template(),
        [
            entry("建库", q1="改写", q2="完成2项"),
            entry("招商", lead="省商务厅", q1="=1+1"),
            entry("引才", q2="10人"),
        ],
        year=2024,
    )
    sheet = load_workbook(io.BytesIO(filled))["台账"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["2024年重点任务台账", None, None, None, None],
        ["序号", "任务", "牵头单位", "进展情况", None],
        [None, None, None, "一季度进展", "二季度进展"],
        [1, "建库", "省财政厅", "完成1项", "完成2项"],
        [2, "入库", None, None, None],
        [None, "招商", "省商务厅", "=1+1", None],
        [None, "引才", None, None, "10人"],
        ["注：由办公室填写。", None, None, None, None],
    ]
    assert sheet["D6"].data_type == "s"  # text, and no formula
    assert {str(area) for area in sheet.merged_cells.ranges} == {
        "A1:E1",
        "A2:A3",
        "B2:B3",
        "C2:C3",
        "D2:E2",
        "A8:E8",
    }
    assert (sheet["B7"].font.name, sheet["B7"].border.left.style, sheet.row_dimensions[7].height) == (
        "仿宋",
        "thin",
        40,
    )
    assert sheet.column_dimensions["B"].width == 33


def test_what_was_written_is_read_again() -> None:
    filled = fill_template("台账.xlsx", template(), [entry("入库", q2="完成3项")], year=2024)
    rows = read_ledger(extract("台账.xlsx", filled)).rows
    assert [(p.period, p.progress) for p in rows[1].past] == [(Q2, "完成3项")]


def test_cells_are_replaced_only_where_asked() -> None:
    filled = fill_template("台账.xlsx", template(), [entry("建库", q1="改写")], year=2024, replace=True)
    assert load_workbook(io.BytesIO(filled))["台账"]["D4"].value == "改写"


def test_a_template_without_a_task_is_filled_below_its_heads() -> None:
    book = Workbook()
    assert book.active is not None
    for row in (["任务", "牵头单位"], [None, None], ["注：由办公室填写。", None]):
        book.active.append(row)
    book.active["A2"].font = Font(name="仿宋", size=14)
    book.active.merge_cells("A3:B3")
    out = io.BytesIO()
    book.save(out)
    entries = [entry("建库", lead="省财政厅"), entry("入库")]
    sheet = load_workbook(
        io.BytesIO(fill_template("台账.xlsx", out.getvalue(), entries, year=2024))
    ).worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["任务", "牵头单位"],
        ["建库", "省财政厅"],
        ["入库", None],
        ["注：由办公室填写。", None],
    ]
    assert sheet["A3"].font.name == "仿宋"


def test_a_template_of_heads_alone_and_a_note_below() -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["任务", "牵头单位"])
    out = io.BytesIO()
    book.save(out)
    filled = fill_template("台账.xlsx", out.getvalue(), [entry("建库")], year=2024, note="示例数据")
    sheet = load_workbook(io.BytesIO(filled)).worksheets[0]
    assert [row[0].value for row in sheet.iter_rows()] == ["任务", "建库", "示例数据"]


def test_totals_below_the_tasks_are_not_made_wrong() -> None:
    book = load_workbook(io.BytesIO(template()))
    book["台账"]["D7"] = "=COUNTA(D4:D5)"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(Problems, match="模板在任务行下面有公式"):
        fill_template("台账.xlsx", out.getvalue(), [entry("招商")], year=2024)
    filled = fill_template("台账.xlsx", out.getvalue(), [entry("入库", q2="1项")], year=2024)
    assert load_workbook(io.BytesIO(filled))["台账"]["D7"].value == "=COUNTA(D4:D5)"
