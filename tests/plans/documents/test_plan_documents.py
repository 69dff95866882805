"""A plan by its text, by its table of tasks, or by both."""

import re

from tasks.plans.documents.extraction import extract
from tasks.plans.documents.plan_documents import read_document
from tasks.plans.structure import Structure, Task, from_json, to_json
from tests.plans.documents.files import cell, docx, paragraph, table
from tests.plans.documents.test_round_trip import paragraphs
from tests.plans.documents.test_task_tables import workbook
from tests.plans.texts import TEXT, found


def duties(task: Task) -> list[tuple[str, str]]:
    return [(mention.name, mention.duty) for mention in task.mentions]


def listed(task: Task) -> tuple[str, str]:
    lead = [m.name for m in task.mentions if m.duty == "lead"]
    return "、".join(lead), "、".join(m.name for m in task.mentions if m.duty != "lead")


def read(body: str) -> Structure:
    document = extract("方案.docx", docx(body))
    structure = read_document(document)
    assert from_json(to_json(structure)) == structure
    return structure


def without_brackets() -> str:
    """The first plan with its responsibility brackets taken out."""
    text = TEXT
    for task in sorted(found().all_tasks, key=lambda task: -(task.bracket.start if task.bracket else 0)):
        assert task.bracket
        text = text[: task.bracket.start] + text[task.bracket.end :]
    return text


def annex(tasks: list[Task]) -> str:
    rows = [[cell(t.code), cell(t.heading.name), *(cell(names) for names in listed(t))] for t in tasks]
    return paragraph("附件：任务分解表") + table(
        [cell("序号"), cell("任务"), cell("牵头单位"), cell("配合单位")], *rows
    )


def test_the_first_plan_as_a_workbook() -> None:
    rows: list[list[object]] = [[t.heading.name, *listed(t)] for t in found().all_tasks]
    document = extract(
        "任务表.xlsx", workbook(["中国制造2025青海行动方案任务表"], ["任务", "牵头单位", "配合单位"], *rows)
    )
    structure = read_document(document)
    assert structure.head.title.name == "中国制造2025青海行动方案任务表"
    assert [t.heading.name for t in structure.tasks] == [t.heading.name for t in found().all_tasks]
    assert [duties(t) for t in structure.tasks] == [duties(t) for t in found().all_tasks]
    assert (structure.questions, len(structure.agencies)) == (
        (),
        len({m.name for t in found().all_tasks for m in t.mentions}),
    )


def test_agencies_of_an_annex_are_those_of_the_plan() -> None:
    body = "".join(paragraph(line) for line in without_brackets().split("\n"))
    structure = read(body + annex(list(found().all_tasks)))
    assert [(t.heading.name, duties(t)) for t in structure.all_tasks] == [
        (t.heading.name, duties(t)) for t in found().all_tasks
    ]
    assert structure.head.title == found().head.title
    assert [q.kind for q in structure.questions] == []


def test_an_annex_that_lists_the_tasks_of_the_text_gives_them_their_agencies() -> None:
    heads = [cell("任务"), cell("牵头单位"), cell("完成时限")]
    body = "".join(
        paragraph(text)
        for text in [
            "××省行动方案",
            "一、重点任务",
            "（一）建设项目库。做好储备。",
            "（二）引进人才。做好服务。",
            "附件：任务分解表",
        ]
    )
    structure = read(
        body
        + table(
            heads,
            [cell("引进人才"), cell("省委组织部"), cell("2024年")],
            [cell("建设项目库"), cell("省财政厅"), cell("")],
        )
    )
    assert [(t.code, t.heading.name, duties(t)) for t in structure.all_tasks] == [
        ("一(一)", "建设项目库", [("省财政厅", "lead")]),
        ("一(二)", "引进人才", [("省委组织部", "lead")]),
    ]
    assert [t.deadline.name for t in structure.all_tasks if t.deadline] == ["2024年"]


def test_what_text_and_annex_say_differently_is_asked() -> None:
    body = "".join(paragraph(line) for line in paragraphs())
    same = read(body + annex(list(found().all_tasks)))
    assert [q.kind for q in same.questions] == []
    assert [duties(t) for t in same.all_tasks] == [duties(t) for t in found().all_tasks]
    first, *others = found().all_tasks
    extra = cell("99"), cell("建设飞船发射场"), cell("省财政厅"), cell("")
    changed = re.sub("省[^<、]*?厅", "省体育局", annex([first]), count=1)
    asked = read(
        body + changed + table([cell("序号"), cell("任务"), cell("牵头单位"), cell("配合单位")], list(extra))
    )
    assert sorted({q.kind for q in asked.questions}) == ["table_duties", "table_row"]
    [question] = [q for q in asked.questions if q.kind == "table_duties"]
    assert question.sentence.startswith("正文与任务表写的责任单位不一致：“")
    assert "省体育局" in question.sentence
    assert asked.lost
    assert others


def test_a_document_that_is_only_a_table() -> None:
    heads = [cell("类别"), cell("任务"), cell("责任单位"), cell("完成时限")]
    structure = read(
        paragraph("××省2024年重点任务清单")
        + table(heads, [cell("创新"), cell("建库"), cell("省科技厅、省财政厅"), cell("2024年6月底前")],
                [cell("绿色"), cell("节能"), cell("省发展改革委"), cell("")])
    )  # fmt: skip
    assert structure.head.title.name == "××省2024年重点任务清单"
    assert [
        (g.number, g.heading.name, [(t.ref, t.code, t.heading.name) for t in g.tasks])
        for g in structure.groups
    ] == [
        (1, "创新", [("1-1-1", "1.1", "建库")]),
        (2, "绿色", [("1-2-1", "2.1", "节能")]),
    ]
    assert duties(structure.tasks[0]) == [("省科技厅", "co"), ("省财政厅", "co")]


OPENING = [
    "甲市茶业振兴方案",
    "甲政办发〔2024〕9号",
    "甲市人民政府办公室",
    "2024年3月4日",
    "一、总体要求",
    "振兴茶业。",
]
ITEMS = [
    "二、任务",
    "（一）建茶园。新建茶园。",
    "（二）办茶市。扩建市场。",
    "三、保障措施",
    "（一）加强领导。定期会商。",
]


def web_page(table: str, *lines: str) -> Structure:
    body = "".join(f"<p>{line}</p>" for line in [*OPENING, *lines])
    return read_document(
        extract("方案.html", f"<html><body>{body}<table>{table}</table></body></html>".encode())
    )


def test_a_web_page_with_tasks_and_agencies_in_two_columns() -> None:
    heads = "<tr><th>重点任务</th><th>责任单位</th></tr>"
    structure = web_page(
        f"{heads}<tr><td>（一）建茶园</td><td>市农业农村局（牵头）、市财政局</td></tr>"
        "<tr><td>（二）办茶市</td><td>市商务局</td></tr>",
        *ITEMS,
    )
    assert [(t.code, *listed(t)) for t in structure.all_tasks] == [
        ("二(一)", "市农业农村局", "市财政局"),
        ("二(二)", "", "市商务局"),
        ("三(一)", "", ""),
    ]
    # The text names nobody, and the table does not name the safeguard: that it has no agency is asked.
    assert [(q.kind, q.words) for q in structure.questions] == [("no_bracket", "加强领导")]


def test_cells_that_are_for_several_rows() -> None:
    structure = web_page(
        "<tr><td rowspan=2>序号</td><td rowspan=2>任务</td><td colspan=2>单位</td><td rowspan=2>时限</td></tr>"
        "<tr><td>牵头</td><td>配合</td></tr>"
        "<tr><td>1</td><td>建茶园</td><td rowspan=2>市农业农村局</td><td>市财政局</td><td rowspan=2>2025.6</td></tr>"
        "<tr><td>2</td><td>改茶园</td><td>无</td></tr>"
    )
    rows = [(t.heading.name, *listed(t), str(t.deadline and t.deadline.day)) for t in structure.tasks]
    assert rows == [
        ("建茶园", "市农业农村局", "市财政局", "2025-06-30"),
        ("改茶园", "市农业农村局", "", "2025-06-30"),
    ]
