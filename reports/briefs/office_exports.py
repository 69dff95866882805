"""Working copies 工作稿 of a brief for the office's own editing: the text as .docx for WPS and Word, the figures as .xlsx.

The document is made of the same HTML as the PDF, so that both have the same text; it has the standard's page and styles,
and no seal, number or code that would make it look issued. Every page of both is marked as a working copy.
"""

import re
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from django.utils.translation import gettext as _
from docx.document import Document as DocumentType
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from reports.briefs import composition
from reports.briefs.kinds import KINDS, read_snapshot
from reports.briefs.models import Brief, BriefState
from reports.briefs.queries import office_of, written
from reports.briefs.render import compose
from reports.briefs.values import BriefHead, Imprint
from reports.charts.lights import STYLE
from reports.exports.table import Table, by_position
from reports.exports.xlsx import workbook
from reports.figures.values import PlanFigures
from reports.typeset import word_document as word
from tasks.period_words import speaking

# By the tag or class that the PDF's sheet knows: face, size in points, whether indented by two characters.
_STYLES: dict[str, tuple[str, float, bool]] = {
    "h1": (word.SONG, 22, False),
    "h2": (word.HEI, 16, True),
    "h3": (word.KAI, 16, True),
    "h4": (word.FANG, 16, True),
    "p": (word.FANG, 16, True),
    "meta": (word.HEI, 12, False),
    "note": (word.FANG, 12, True),
    "caption": (word.HEI, 12, False),
    "cell": (word.FANG, 10.5, False),
}
_SKIPPED = {"head", "style", "svg", "figure", "colgroup"}


def docx(brief: Brief) -> bytes:
    """The draft or issued text as a Word document. Raises FontsNotReady before the fonts are prepared."""
    with speaking(brief.quarter.kind):
        done = _composed(brief)
        document = _page(brief, written(brief).imprint)
        for html in [done.body, *([done.back(0, False)] if done.back else [])]:
            _blocks(document, _body(html))
    return word.as_bytes(document)


def _composed(brief: Brief) -> composition.Composed:
    amended = written(brief)
    head = BriefHead(office=office_of(brief), imprint=amended.imprint)
    return compose(brief.figures, head, amended.words)


def _body(html: str) -> ElementTree.Element:
    """The body of HTML that this package composed, in which typed text is escaped."""
    body = ElementTree.fromstring(html.partition("<!DOCTYPE html>")[2] or html).find("body")  # noqa: S314
    assert body is not None
    return body


def marks(brief: Brief) -> str:
    """The words in the head of every page."""
    words = [_("工作稿，非正式文件")]
    if brief.state == BriefState.DISCARDED:
        words.append(_("已作废"))
    if brief.is_sample:
        words.append(_("示例数据"))
    return "　".join(words)


def _page(brief: Brief, imprint: Imprint) -> DocumentType:
    """The official page; on every page the same head as in the PDF, and its number at the outer corner."""
    document = word.official_page(f"{brief.plan.title} {brief.title}", office_of(brief))
    secrecy = imprint.secrecy or _("内部资料")
    number = f"　№ {imprint.copy_number}" if imprint.copy_number else ""
    for header, _footer, _side in word.sides(document):
        head = header.paragraphs[0]
        word.run(head, marks(brief), word.HEI, 12, colour=word.RED)
        head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        word.run(header.add_paragraph(), secrecy + number, word.HEI, 12)
    word.number_pages(document)
    return document


def _blocks(document: DocumentType, element: ElementTree.Element) -> None:
    """The element's children, with the styles that they have in the PDF; pictures are left out."""
    around = set((element.get("class") or "").split()) & {"signature", "issuer", "row"}
    for child in element:
        classes = around | set((child.get("class") or "").split())
        if child.tag in _SKIPPED or "contents" in classes or "verify" in classes:
            continue
        if child.tag == "table":
            _table(document, child)
        elif child.tag in {"h1", "h2", "h3", "h4", "p"}:
            _paragraph(document, child, classes)
        else:
            _blocks(document, child)


def _paragraph(document: DocumentType, element: ElementTree.Element, classes: set[str]) -> None:
    name = next((one for one in ("meta", "note") if one in classes), element.tag)
    face, size, indented = _STYLES[name]
    paragraph = document.add_paragraph()
    shape = paragraph.paragraph_format
    shape.space_after, shape.line_spacing = Pt(0), Pt(28.95 if size >= 16 else 20)
    if classes & {"plan", "series"}:
        face, size, indented = word.SONG, 28 if "plan" in classes else 42, False
        shape.line_spacing = Pt(size * 1.3)
    centred = element.tag == "h1" or classes & {"plan", "series", "issue", "basis", "annex-title"}
    if centred:
        paragraph.alignment, indented = WD_ALIGN_PARAGRAPH.CENTER, False
    elif classes & {"signature", "issuer", "row", "annex-number"}:
        indented = False
        if "signature" in classes:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if indented:
        shape.first_line_indent = Pt(size * 2)
    if element.tag in {"h2", "h3"}:
        shape.keep_with_next = True
    for text, is_run in _texts(element):
        word.run(
            paragraph,
            text,
            word.HEI if is_run else face,
            size,
            colour=word.RED if classes & {"plan", "series"} else None,
        )


def _texts(element: ElementTree.Element, is_run: bool = False) -> list[tuple[str, bool]]:
    """Pieces of text in their order, as (text, whether it is a label). The lines of a title stay lines."""
    texts = [(element.text or "", is_run)]
    for child in element:
        if child.tag == "br":
            texts.append(("\n", is_run))
        elif child.tag not in _SKIPPED:
            texts += _texts(child, is_run or "run" in (child.get("class") or "").split())
            if "line" in (child.get("class") or "").split():
                texts.append(("\n", is_run))
        texts.append((child.tail or "", is_run))
    pieces = [(text if text == "\n" else " ".join(text.split()), label) for text, label in texts]
    pieces = [(text, label) for text, label in pieces if text]
    while pieces and pieces[-1][0] == "\n":
        pieces.pop()
    return pieces


def _table(document: DocumentType, element: ElementTree.Element) -> None:
    rows = [list(row) for row in element.iter("tr")]
    width = max((sum(int(cell.get("colspan", "1")) for cell in row) for row in rows), default=0)
    if not width:
        return
    caption = element.find("caption")
    if caption is not None:
        face, size, _indented = _STYLES["caption"]
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        word.run(paragraph, "".join(text for text, _label in _texts(caption)), face, size)
    table = document.add_table(rows=0, cols=width, style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    face, size, _indented = _STYLES["cell"]
    for row in rows:
        cells, column = table.add_row().cells, 0
        for source in row:
            span = int(source.get("colspan", "1"))
            cell = cells[column] if span == 1 else cells[column].merge(cells[column + span - 1])
            column += span
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            word.run(paragraph, "".join(text for text, _label in _texts(source)), face, size)


def xlsx(brief: Brief) -> bytes:
    """The figures: a sheet for every table of the brief as it is printed, and before these, for most kinds, a sheet with a
    row for each task and what its lead reported."""
    with speaking(brief.quarter.kind):
        figures = read_snapshot(brief.figures)
        title = f"{brief.plan.title} · {brief.title}"
        notes = [marks(brief), _("数据校验值 SHA-256：%s") % brief.figures_sha256]
        pages = _tasks(figures, title, notes) if KINDS[brief.kind].lists_tasks else []
        for number, table in enumerate(_body(_composed(brief).body).iter("table"), 1):
            pages += _printed(table, number, title, notes)
        # A brief without tables still gives a workbook that names it.
        words_only = Table(_("数据"), title, notes, by_position([(_("说明"), 60)]), [[_("这份简报没有表。")]])
        return workbook(*(pages or [words_only]))


def _tasks(figures: PlanFigures, title: str, notes: list[str]) -> list[Table[Any]]:
    groups: dict[int | None, str] = {group.number: group.name for group in figures.groups}
    rows = [
        [
            task.code,
            task.heading,
            groups.get(task.group, _("保障措施")),
            task.lead_names,
            _word(task.reported_light),
            _word(task.verified_light),
            _word(task.light),
            _("补录")
            if task.is_backfilled
            else {True: _("按时"), False: _("逾期"), None: _("未报")}[task.on_time],
            task.co.reported,
            task.co.due,
            task.progress,
            task.narrative.done,
            task.narrative.next_steps,
        ]
        for task in figures.tasks
    ]
    heads = [
        (_("编号"), 12),
        (_("任务"), 36),
        (_("任务组"), 30),
        (_("牵头单位"), 18),
        (_("自评"), 10),
        (_("核定"), 10),
        (_("计入"), 10),
        (_("报送"), 8),
        (_("配合已报"), 8),
        (_("配合应报"), 8),
        (_("自评进度%"), 8),
        (_("进展情况"), 60),
        (_("下步打算"), 40),
    ]
    return [Table(_("任务"), title, notes, by_position(heads), rows)] if rows else []


_NUMBER = re.compile(r"[+−-]?\d[\d,]*(\.\d+)?")


def _printed(table: ElementTree.Element, number: int, title: str, notes: list[str]) -> list[Table[Any]]:
    """A table as the PDF prints it; its numbers are numbers."""
    rows = []
    for row in table.iter("tr"):
        cells: list[Any] = []
        for cell in row:
            text = "".join(text for text, _label in _texts(cell)).strip()
            plain = text.replace("−", "-").replace(",", "")
            cells.append(Decimal(plain) if _NUMBER.fullmatch(text) else text)
            cells += [""] * (int(cell.get("colspan", "1")) - 1)
        rows.append(cells)
    if not rows:
        return []
    caption = table.find("caption")
    name = (
        "".join(text for text, _label in _texts(caption))
        if caption is not None
        else _("表（%(n)d）") % {"n": number}
    )
    width = max(map(len, rows))
    heads = [
        (str(words), 24 if at == 0 else 14)
        for at, words in enumerate(rows[0] + [""] * (width - len(rows[0])))
    ]
    return [Table(name, f"{title} · {name}", notes, by_position(heads), rows[1:])]


def _word(light: str) -> str:
    return str(STYLE[light].word) if light in STYLE else ""
