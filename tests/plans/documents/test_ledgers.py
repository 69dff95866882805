"""An office's own ledger: columns, tasks with their past periods, and what has to be mended, cell by cell."""

from dataclasses import replace

import pytest

from tasks.errors import Problems
from tasks.plans.documents.extraction import extract
from tasks.plans.documents.ledgers import Ledger, proposed_columns, read_ledger
from tasks.plans.documents.table_heads import ColumnPeriod
from tasks.plans.documents.values import Document
from tests.plans.documents.test_task_tables import workbook

HEADS: list[list[object]] = [
    ["××省2023年重点任务台账", *[None] * 12],
    [
        "序号",
        "任务",
        "责任单位",
        None,
        "年度目标",
        "一季度",
        None,
        "二季度",
        None,
        "三季度",
        None,
        "四季度",
        None,
    ],
    [None, None, "牵头", "配合", None, *["节点", "进展"] * 4],
]
MERGED = ("A1:M1", "A2:A3", "B2:B3", "C2:D2", "E2:E3", "F2:G2", "H2:I2", "J2:K2", "L2:M2")


def ledger(*rows: list[object]) -> Document:
    return extract("台账.xlsx", workbook(*HEADS, *rows, merged=MERGED))


def task(number: int, *progress: str) -> list[object]:
    past = [words for text in progress for words in ("按节点推进", text)]
    return [number, f"第{number}项任务", "省科技厅", "省财政厅、省教育厅", "完成5项", *past]


def read(*rows: list[object]) -> Ledger:
    return read_ledger(ledger(*rows))


def test_sixty_tasks_and_four_quarters() -> None:
    found = read(*(task(n, "完成1项", "完成2项", "完成3项", "完成5项") for n in range(1, 61)))
    assert (len(found.rows), found.year, found.problems) == (60, 2023, ())
    row = found.rows[-1]
    assert row.task.heading.name == "第60项任务"
    assert [(one.name, one.year, one.first, one.last) for one in row.goals] == [
        ("完成5项", 2023, 1, 12),
        *(("按节点推进", 2023, 3 * n - 2, 3 * n) for n in range(1, 5)),
    ]
    assert [(m.name, m.duty) for m in row.task.mentions] == [
        ("省科技厅", "lead"),
        ("省财政厅", "co"),
        ("省教育厅", "co"),
    ]
    assert [(p.period, p.progress) for p in row.past] == [
        (ColumnPeriod(3 * n - 2, 3 * n, 2023), f"完成{done}项") for n, done in enumerate([1, 2, 3, 5], 1)
    ]


def test_the_columns_are_proposed_by_their_heads() -> None:
    columns = proposed_columns(ledger(task(1)))
    assert [(c.head, c.field, c.period) for c in columns[:7]] == [
        ("序号", "number", None), ("任务", "task", None), ("责任单位／牵头", "lead", None), ("责任单位／配合", "co", None),
        ("年度目标", "target", None), ("一季度／节点", "node", ColumnPeriod(1, 3)), ("一季度／进展", "progress", ColumnPeriod(1, 3)),
    ]  # fmt: skip


def test_a_person_says_what_the_columns_are() -> None:
    document = extract(
        "2024年本子.xlsx",
        workbook(
            ["No", "干什么", "谁来干", "年初怎么定的", "干得怎样"], [1, "建库", "省财政厅", "5家", "3家"]
        ),
    )
    columns = proposed_columns(document)
    assert [c.head for c in columns] == ["No", "干什么", "谁来干", "年初怎么定的", "干得怎样"]
    fields = ["number", "task", "lead", "target", "progress"]
    chosen = [replace(c, field=field) for c, field in zip(columns, fields, strict=True)]
    [row] = read_ledger(document, chosen).rows
    (goal,) = row.goals
    assert (goal.name, goal.year) == ("5家", 2024)
    assert (row.task.heading.name, row.past[0].period, row.past[0].progress) == (
        "建库",
        ColumnPeriod(1, 12, 2024),
        "3家",
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (["", "", "lead", "", "progress"], "请指定一列为任务，且只指定一列。"),
        (["task", "task", "lead", "", "progress"], "请指定一列为任务，且只指定一列。"),
        (["", "task", "lead", "progress", "progress"], "“年初怎么定的”和“干得怎样”指定成了同一项内容"),
    ],
)
def test_a_choice_of_columns_that_cannot_be_read(fields: list[str], words: str) -> None:
    heads: list[object] = ["No", "干什么", "谁来干", "年初怎么定的", "干得怎样"]
    document = extract("2024年本子.xlsx", workbook(heads, [1, "建库", "省财政厅", "5家", "3家"]))
    chosen = [replace(c, field=f) for c, f in zip(proposed_columns(document), fields, strict=True)]
    with pytest.raises(Problems, match=words):
        read_ledger(document, chosen)


def test_the_year_is_asked_for_where_it_is_not_written() -> None:
    rows: list[list[object]] = [["任务", "牵头单位", "一季度进展"], ["建库", "省财政厅", "完成"]]
    document = extract("台账.xlsx", workbook(*rows))
    with pytest.raises(Problems) as error:
        read_ledger(document)
    assert [(p.field, p.message) for p in error.value.problems] == [
        ("year", "台账没有写明是哪一年的，请填写年份。")
    ]
    assert read_ledger(document, year=2022).rows[0].past[0].period == ColumnPeriod(1, 3, 2022)


def test_faults_stand_at_their_cells() -> None:
    heads: list[object] = ["任务", "牵头单位", "上半年进展", "上半年状态"]
    rows: list[list[object]] = [
        ["建库", "省财政厅", "字" * 4001, "正常"],
        ["入库", "省财政厅", "完成", "天气好"],
        ["建库", "省财政厅", "完成", "80%"],
    ]
    found = read_ledger(extract("2024年台账.xlsx", workbook(heads, *rows)))
    assert [(p.place, p.message) for p in found.problems] == [
        ("台账 A4", "任务与第 2 行重复，请合并或改名。"),
        ("台账 C2", "有 4001 字，最多 4000 字，请删减。"),
        ("台账 D3", "看不出“天气好”是什么状态，请写“正常”“有风险”“滞后”“已完成”，或百分比。"),
    ]
    assert [(p.light, p.percent) for row in found.rows for p in row.past] == [
        ("green", None),
        ("", None),
        ("", 80),
    ]


@pytest.mark.parametrize(
    ("status", "is_done"),
    [
        ("已完成", True),
        ("未完成", False),
        ("100%", True),
        ("95%", False),
        ("正常推进", False),
        ("尚未办结", False),
        ("", False),
    ],
)
def test_what_is_not_done_is_carried_over(status: str, is_done: bool) -> None:
    rows: list[list[object]] = [
        ["任务", "牵头单位", "四季度进展", "四季度状态"],
        ["建库", "省财政厅", "推进中", status],
    ]
    found = read_ledger(extract("2024年台账.xlsx", workbook(*rows)))
    assert [row.task.heading.name for row in found.unfinished] == ([] if is_done else ["建库"])


def test_another_format_is_refused() -> None:
    document = extract("台账.txt", "一、任务".encode())
    with pytest.raises(Problems, match=r"台账请用 Excel（\.xlsx）上传。"):
        read_ledger(document)


def periods(*rows: list[object]) -> Ledger:
    heads: list[object] = ["序号", "任务", "牵头单位", "期", "进展", "状态"]
    return read_ledger(extract("2024年台账.xlsx", workbook(heads, *rows)))


def test_a_row_for_each_task_and_period() -> None:
    found = periods(
        [1, "建库", "省财政厅", "一季度", "完成1项", "正常"],
        [1, "建库", "省财政厅", "2025年上半年", "完成2项", "滞后"],
        [2, "入库", "省商务厅", "3月", "完成3项", None],
    )
    assert [[(p.period, p.progress, p.light) for p in row.past] for row in found.rows] == [
        [(ColumnPeriod(1, 3, 2024), "完成1项", "green"), (ColumnPeriod(1, 6, 2025), "完成2项", "red")],
        [(ColumnPeriod(3, 3, 2024), "完成3项", "")],
    ]
    assert not found.problems


def test_a_period_that_is_none_or_comes_twice_is_named_by_its_cell() -> None:
    found = periods(
        [1, "建库", "省财政厅", "一季度", "完成1项", None],
        [1, "建库", "省财政厅", "1季度", "又写一遍", None],
        [2, "入库", "省商务厅", "开工之前", "完成3项", None],
        [3, "出库", "省商务厅", None, "完成3项", None],
    )
    assert [row.task.heading.name for row in found.rows] == ["建库"]
    assert [(p.row, p.column) for p in found.problems] == [(4, 4), (5, 4), (3, 2)]
