"""Tables of tasks in Word documents, workbooks and web pages: heads, rows, duties, and what is asked."""

import io
from datetime import date

import pytest
from openpyxl import Workbook

from tasks.errors import Problems
from tasks.plans.documents.extraction import extract
from tasks.plans.documents.table_heads import ColumnPeriod, field_of, period_of
from tasks.plans.documents.task_tables import TaskRow, TaskTable, read_task_table
from tasks.plans.documents.values import Document
from tests.plans.documents.files import cell, docx, paragraph, table


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("number", "序号 编号 序 任务编号"),
        ("task", "任务 重点任务 工作任务 任务名称 事项 年度任务 目标任务 重点工作 项目名称"),
        ("content", "工作内容 主要措施 具体举措 工作要求 主要内容（建设规模）"),
        ("group", "任务类别 重点领域 板块 一级任务"),
        ("lead", "牵头单位 牵头部门 主办单位 第一责任单位 牵头"),
        (
            "responsible",
            "责任单位 责任部门 责任主体 牵头单位及责任单位 责任单位（排第一的为牵头单位） 责任分工",
        ),
        ("co", "配合单位 协办单位 配合部门 配合"),
        ("join", "参与单位 参加单位"),
        ("carry", "落实单位 承办单位 实施主体"),
        ("guide", "指导单位 督导单位"),
        ("deadline", "完成时限 完成时间 时限要求 时间节点 起止年限"),
        ("target", "年度目标 目标 全年目标任务 预期成果 2026年目标"),
        ("node", "一季度目标 上半年节点 6月底前目标 四季度 1—2月工作安排"),
        ("progress", "进展情况 一季度进展 2017年上半年完成情况 落实情况 工作进度"),
        ("problems", "存在问题 存在的困难"),
        ("next_steps", "下一步打算 下步工作计划"),
        ("person", "牵头领导 责任人 联系电话 分管领导"),
        ("remark", "备注 任务来源"),
        ("", "甲 1 2017 各市州人民政府要加强组织领导，确保各项任务落到实处"),
    ],
)
def test_what_a_head_names(field: str, names: str) -> None:
    assert {name: field_of(name) for name in names.split()} == dict.fromkeys(names.split(), field)


@pytest.mark.parametrize(
    ("head", "period"),
    [
        ("一季度进展", ColumnPeriod(1, 3)), ("2017年第四季度", ColumnPeriod(10, 12, 2017)), ("Q2目标", ColumnPeriod(4, 6)), ("下半年计划", ColumnPeriod(7, 12)),
        ("1-2月完成情况", ColumnPeriod(1, 2)), ("十一月进展", ColumnPeriod(11, 11)), ("全年目标", ColumnPeriod(1, 12)), ("进展", None), ("13月", None),
    ],
)  # fmt: skip
def test_the_period_of_a_head(head: str, period: ColumnPeriod | None) -> None:
    assert period_of(head) == period


def read(*parts: str) -> tuple[Document, TaskTable]:
    document = extract("方案.docx", docx("".join(parts)))
    found = read_task_table(document, date(2024, 1, 5))
    assert found is not None
    for row in found.rows:
        quotes = [row.heading, *(mention.quote for mention in row.mentions)]
        assert [q.name for q in quotes if document.text[q.start : q.end].replace(" ", "") != q.name] == []
    return document, found


def duties(row: TaskRow) -> list[tuple[str, str]]:
    return [(mention.name, mention.duty) for mention in row.mentions]


FIRST = table(
    [cell("序号", merge="restart"), cell("重点任务", merge="restart"), cell("工作内容", merge="restart"),
     cell("责任单位", span=2), cell("完成时限", merge="restart")],
    [cell("", merge=""), cell("", merge=""), cell("", merge=""), cell("牵头"), cell("配合"), cell("", merge="")],
    [cell("一、提升创新能力", span=6)],
    [cell("1"), cell("建设平台", merge="restart"), cell("建设省级平台5家。"), cell("省科技厅"),
     cell("省财政厅、教育厅 省工业和信息化厅"), cell("2024年6月底前")],
    [cell("2"), cell("", merge=""), cell("引进人才"), cell("省委组织部、人力资源社会保障厅"), cell("各市人民政府"), cell("长期坚持")],
)  # fmt: skip
NEXT_PAGE = table(
    [
        cell("3"),
        cell("培育企业"),
        cell("培育专精特新企业"),
        cell("省工业和信息化厅"),
        cell("同上"),
        cell("6月底前"),
    ],
    [cell("4"), cell("招商引资"), cell("引进项目"), cell(""), cell("—"), cell("2024年")],
    [cell("5"), cell(""), cell(""), cell("省商务厅"), cell(""), cell("")],
    [cell("注：各市州参照执行。", span=6)],
)


def test_heads_over_two_rows_merged_cells_sections_and_a_second_page() -> None:
    _document, found = read(paragraph("任务分解表"), FIRST, paragraph("（续表）"), NEXT_PAGE)
    assert [(row.number, [g.name for g in row.groups], row.heading.name) for row in found.rows] == [
        ("1", ["一、提升创新能力", "建设平台"], "建设省级平台5家"),
        ("2", ["一、提升创新能力", "建设平台"], "引进人才"),
        ("3", ["一、提升创新能力", "培育企业"], "培育专精特新企业"),
        ("4", ["一、提升创新能力", "招商引资"], "引进项目"),
    ]
    assert [duties(row) for row in found.rows] == [
        [("省科技厅", "lead"), ("省财政厅", "co"), ("省教育厅", "co"), ("省工业和信息化厅", "co")],
        [("省委组织部", "lead"), ("省人力资源社会保障厅", "lead"), ("各市人民政府", "co")],
        [("省工业和信息化厅", "lead"), ("各市人民政府", "co")],
        [],
    ]
    assert [(row.deadline.name, row.deadline.day) for row in found.rows if row.deadline] == [
        ("2024年6月底前", date(2024, 6, 30)),
        ("长期坚持", None),
        ("6月底前", date(2024, 6, 30)),
        ("2024年", date(2024, 12, 31)),
    ]
    assert [(q.kind, q.words) for q in found.questions] == [("no_bracket", "引进项目"), ("row", "5")]
    assert str(found.rows[0].place) == "第 5 段"


def test_heads_on_every_page_are_no_tasks() -> None:
    heads = [cell("序号"), cell("任务"), cell("牵头单位"), cell("年度目标")]
    pages = [
        table(heads, [cell(str(n)), cell(f"第{n}项工作"), cell("省财政厅"), cell("完成")]) for n in (1, 2, 3)
    ]
    _document, found = read(*pages)
    assert [row.number for row in found.rows] == ["1", "2", "3"]
    _document, found = read(table(heads, [cell("1"), cell("建库"), cell("省财政厅"), cell("")], heads))
    assert [row.heading.name for row in found.rows] == ["建库"]


def one_column(*cells: str, before: str = "", head: str = "责任单位") -> list[list[tuple[str, str, str]]]:
    rows = [[cell("序号"), cell("任务"), cell(head)]]
    rows += [[cell(str(n)), cell(f"第{n}项工作"), cell(text)] for n, text in enumerate(cells, 1)]
    _document, found = read(paragraph(before), table(*rows))
    return [[(m.name, m.duty, m.basis) for m in row.mentions] for row in found.rows]


def test_a_cell_reads_as_a_bracket_does() -> None:
    assert one_column(
        "省科技厅牵头，省财政厅、商务厅配合",
        "牵头单位：省体育局；配合单位：各有关部门",
        "省科技厅（牵头）、省财政厅",
        "省商务厅 省财政厅",
        "海口市 人民政府",
    ) == [
        [("省科技厅", "lead", "stated"), ("省财政厅", "co", "stated"), ("省商务厅", "co", "stated")],
        [("省体育局", "lead", "stated"), ("各有关部门", "co", "stated")],
        [("省科技厅", "lead", "stated"), ("省财政厅", "co", "stated")],
        [("省商务厅", "co", "unranked"), ("省财政厅", "co", "unranked")],
        [("海口市人民政府", "co", "unranked")],
    ]


@pytest.mark.parametrize(
    ("before", "head"),
    [("注：责任单位排在第一位的为牵头单位。", "责任单位"), ("任务表", "责任单位（排在第一位的为牵头单位）")],
)
def test_the_first_leads_where_a_rule_says_so(before: str, head: str) -> None:
    assert one_column("省科技厅、省财政厅", before=before, head=head) == [
        [("省科技厅", "lead", "rule"), ("省财政厅", "co", "rule")]
    ]


def test_a_long_cell_is_cut_after_its_first_sentence() -> None:
    long = "推动制造业高质量发展。" + "坚持创新驱动，质量为先，" * 20
    document, found = read(table([cell("任务"), cell("牵头单位")], [cell(f"（1）{long}"), cell("省财政厅")]))
    [row] = found.rows
    assert row.heading.name == "推动制造业高质量发展"
    assert row.body.of(document.text) == long.removeprefix("推动制造业高质量发展。")


def test_other_tables_are_no_tables_of_tasks() -> None:
    other = table([cell("指标"), cell("单位"), cell("2025年")], [cell("增加值"), cell("亿元"), cell("300")])
    document = extract("方案.docx", docx(paragraph("一、总体要求") + other))
    assert read_task_table(document) is None


# -- workbooks ------------------------------------------------------------------------------------------------


def workbook(*rows: list[object], merged: tuple[str, ...] = (), name: str = "台账") -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = name
    for row in rows:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_with_merged_cells_formulas_and_dates() -> None:
    content = workbook(
        ["××省2024年重点任务台账"],
        ["序号", "重点任务", "工作任务", "牵头单位", "完成时限", "完成率"],
        [1, "创新", "建设平台\n入库", "省科技厅", date(2024, 6, 30), 0.5],
        [2, None, "引进人才", "省委组织部", "年底", "=F3"],
        merged=("A1:F1", "B3:B4"),
    )
    document = extract("台账.xlsx", content)
    found = read_task_table(document)
    assert found is not None
    assert [(r.number, [g.name for g in r.groups], r.heading.name, str(r.place)) for r in found.rows] == [
        ("1", ["创新"], "建设平台入库", "工作表“台账”第 3 行"),
        ("2", ["创新"], "引进人才", "工作表“台账”第 4 行"),
    ]
    assert [row.deadline and row.deadline.day for row in found.rows] == [date(2024, 6, 30), None]


def test_a_workbook_without_a_column_of_tasks() -> None:
    document = extract("名单.xlsx", workbook(["姓名", "单位", "电话"], ["张三", "省财政厅", "1"]))
    with pytest.raises(Problems, match=r"^表里找不到任务列。请在表头写明“任务”"):
        read_task_table(document)


def test_a_total_below_the_tasks_is_no_task() -> None:
    content = workbook(
        ["序号", "任务", "牵头单位"], [1, "建库", "省财政厅"], ["合  计", 1, None], ["小计：", "1项", None]
    )
    found = read_task_table(extract("台账.xlsx", content))
    assert found is not None
    assert [row.heading.name for row in found.rows] == ["建库"]
