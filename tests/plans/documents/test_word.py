"""Word documents: automatic numbers, tables, tracked changes, and what is left out."""

import pytest

from tasks.plans.documents.extraction import extract
from tasks.plans.documents.numbering import FORMATS, chinese
from tasks.plans.documents.values import Document, Reason
from tests.plans.documents.files import (
    abstract,
    cell,
    docx,
    level,
    num,
    paragraph,
    run,
    table,
)


def read(body: str, **parts: str) -> Document:
    return extract("方案.docx", docx(body, **parts))


def lines(document: Document) -> list[str]:
    return document.text.splitlines()


OFFICIAL = abstract(
    7,
    level(0, "chineseCounting", "%1、"),
    level(1, "japaneseCounting", "（%2）"),
    level(2, "decimal", "%3."),
    level(3, "decimal", "（%4）"),
    level(4, "decimalEnclosedCircleChinese", "%5"),
)


def test_automatic_numbers_are_in_the_text() -> None:
    body = (
        paragraph("总体要求", level=0)
        + paragraph("指导思想", level=1)
        + paragraph("基本原则", level=1)
        + paragraph("主要任务", level=0)
        + paragraph("产业提升", level=1)
        + paragraph("做强链主", level=2)
        + paragraph("2024年启动", level=2)
        + paragraph("建库", level=3)
        + paragraph("入库", level=4)
        + paragraph("服务", level=1)
        + paragraph("上门", level=2)
    )
    assert lines(read(body, numbering=OFFICIAL + num(1, 7))) == [
        "一、总体要求", "（一）指导思想", "（二）基本原则", "二、主要任务", "（一）产业提升", "1.做强链主", "2.2024年启动",
        "（1）建库", "①入库", "（二）服务", "1.上门",
    ]  # fmt: skip


def test_numbers_by_style_as_wps_sets_them() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/>'
        '<w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 2"/><w:basedOn w:val="1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="9"><w:name w:val="plain"/><w:basedOn w:val="9"/></w:style>'
    )
    numbering = abstract(
        0,
        level(0, "chineseCountingThousand", "第%1章", '<w:pStyle w:val="1"/>'),
        level(1, "decimal", "%1.%2", '<w:pStyle w:val="2"/><w:isLgl/>'),
    ) + num(3, 0)
    body = (
        paragraph("总则", style="1")
        + paragraph("目的", style="2")
        + paragraph("任务", style="1")
        + paragraph("产业", style="2")
        + paragraph("没有编号", style="9")
    )
    # The second style inherits the list, and its level is the one that names it.
    assert lines(read(body, numbering=numbering, styles=styles)) == [
        "第一章总则", "1.1 目的", "第二章任务", "2.1 产业", "没有编号",
    ]  # fmt: skip


def test_a_list_that_starts_anew_and_one_that_goes_on() -> None:
    restart = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    numbering = abstract(7, level(0, "decimal", "%1.")) + num(1, 7) + num(2, 7, restart) + num(3, 7)
    body = "".join(
        paragraph(text, level=0, numbered=number)
        for text, number in [("甲", 1), ("乙", 1), ("丙", 2), ("丁", 2), ("戊", 3), ("己", 0)]
    )
    assert lines(read(body, numbering=numbering)) == ["1.甲", "2.乙", "1.丙", "2.丁", "3.戊", "己"]


def test_bullets_and_a_format_that_older_programs_do_not_know() -> None:
    own = (
        '<w:lvl w:ilvl="0"><w:start w:val="3"/><mc:AlternateContent><mc:Choice Requires="w14">'
        '<w:numFmt w:val="custom" w:format="001"/></mc:Choice><mc:Fallback><w:numFmt w:val="chineseCounting"/>'
        '</mc:Fallback></mc:AlternateContent><w:lvlText w:val="%1是"/></w:lvl>'
    )
    numbering = abstract(1, level(0, "bullet", "\uf06c")) + abstract(2, own) + num(1, 1) + num(2, 2)
    body = paragraph("创新", level=0) + paragraph("绿色", level=0, numbered=2)
    assert lines(read(body, numbering=numbering)) == ["●创新", "三是绿色"]


@pytest.mark.parametrize(
    ("form", "number", "printed"),
    [
        ("chineseCounting", 10, "十"), ("chineseCounting", 21, "二十一"), ("chineseCounting", 105, "一百零五"),
        ("chineseCounting", 110, "一百一十"), ("ideographDigital", 20, "二〇"), ("chineseLegalSimplified", 12, "拾贰"),
        ("decimalEnclosedCircle", 21, "㉑"), ("decimalEnclosedCircle", 99, "99"), ("lowerLetter", 28, "bb"),
        ("upperRoman", 14, "XIV"), ("ideographTraditional", 3, "丙"), ("decimalFullWidth", 10, "１０"),
    ],
)  # fmt: skip
def test_formats_of_numbers(form: str, number: int, printed: str) -> None:
    assert FORMATS[form](number) == printed


def test_chinese_numbers_all_differ() -> None:
    assert len({chinese(number) for number in range(10_000)}) == 10_000


def test_tracked_changes_read_as_accepted() -> None:
    body = (
        f'<w:p>{run("力争")}<w:del w:id="1"><w:r><w:delText>2025年</w:delText></w:r></w:del>'
        f'<w:ins w:id="2">{run("2026年")}</w:ins>{run("建成。")}'
        f"<w:r><w:rPr><w:vanish/></w:rPr><w:t>批注</w:t></w:r></w:p>"
    )
    document = read(body)
    assert lines(document) == ["力争2026年建成。"]
    assert [(o.text, o.reason) for o in document.omitted] == [("2025年批注", Reason.DELETED)]


def test_contents_and_footnotes_are_left_out_and_told() -> None:
    contents = (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
        f"<w:sdtContent>{paragraph('一、总体要求	1')}</w:sdtContent></w:sdt>"
    )
    styles = '<w:style w:type="paragraph" w:styleId="21"><w:name w:val="toc 2"/></w:style>'
    notes = (
        f'<w:footnote w:type="separator" w:id="-1">{paragraph("线")}</w:footnote>'
        f'<w:footnote w:id="1">{paragraph("见省统计局公报。")}</w:footnote>'
    )
    body = contents + paragraph("（一）目标 2", style="21") + paragraph("一、总体要求")
    document = read(body, styles=styles, footnotes=notes)
    assert lines(document) == ["一、总体要求"]
    assert [(o.reason, o.text) for o in document.omitted] == [
        (Reason.CONTENTS, "一、总体要求\t1"),
        (Reason.CONTENTS, "（一）目标 2"),
        (Reason.FOOTNOTE, "见省统计局公报。"),
    ]


def test_a_text_box_is_read_once() -> None:
    inside = f"<w:txbxContent>{paragraph('专栏1 重点工程')}</w:txbxContent>"
    body = (
        f"<w:p>{run('二、主要任务')}<w:r><mc:AlternateContent><mc:Choice Requires='wps'>{inside}</mc:Choice>"
        f"<mc:Fallback><w:pict>{inside}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert lines(read(body)) == ["二、主要任务", "专栏1 重点工程"]


def test_a_table_is_one_line_a_row_and_knows_its_merged_cells() -> None:
    body = paragraph("任务分解表") + table(
        [cell("序号", merge="restart"), cell("任务", merge="restart"), cell("单位", span=2)],
        [cell("", merge=""), cell("", merge=""), cell("牵头"), cell("配合")],
        [cell("1"), cell("建库"), cell("省发展改革委", merge="restart"), cell("省财政厅")],
        [cell("2"), cell("入库"), cell("", merge=""), cell("")],
    )
    document = read(body)
    assert (
        document.text
        == "任务分解表\n序号\t任务\t单位\n牵头\t配合\n1\t建库\t省发展改革委\t省财政厅\n2\t入库\t\n"
    )
    [found] = document.tables
    assert found.title == "任务分解表"
    assert [[c and c.text for c in row] for row in found.grid] == [
        ["序号", "任务", "单位", "单位"],
        ["序号", "任务", "牵头", "配合"],
        ["1", "建库", "省发展改革委", "省财政厅"],
        ["2", "入库", "省发展改革委", ""],
    ]
    cells = {c for row in found.grid for c in row if c}
    assert {document.text[c.start : c.end] for c in cells} == {c.text for c in cells}
    assert str(document.place(document.text.index("入库"))) == "第 5 段"
    assert document.without([found]).split() == ["任务分解表"]
    assert len(document.without([found])) == len(document.text)


def test_a_frame_around_text_is_no_table() -> None:
    document = read(table([f"<w:tc>{paragraph('专栏1')}{paragraph('一、建库')}</w:tc>"]))
    assert (lines(document), document.tables) == (["专栏1", "一、建库"], ())
