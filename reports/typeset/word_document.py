"""Word documents for WPS and Word, set as GB/T 9704 sets official documents: page, faces, paragraphs, tables. Knows no
document."""

import io
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

# 小标宋、仿宋、黑体、楷体 by the names under which WPS and Word know them in any language.
SONG, FANG, HEI, KAI = "FZXiaoBiaoSong-B05S", "FangSong_GB2312", "SimHei", "KaiTi_GB2312"
RED = RGBColor(0xC8, 0x10, 0x2E)
LINE = 28.95  # points: 22 lines on a page


def official_page(title: str, author: str) -> DocumentType:
    """A4, text of 156 × 225 mm, 22 lines of 28 characters; heads and feet differ on odd and even pages."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    document.core_properties.title = title
    document.core_properties.author = author
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FANG, Pt(16)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FANG)
    document.settings.odd_and_even_pages_header_footer = True
    return document


def sides(document: DocumentType) -> Sequence[tuple[Any, Any, WD_ALIGN_PARAGRAPH]]:
    """(header, footer, where its number stands) of odd and of even pages."""
    section = document.sections[0]
    return (
        (section.header, section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_header, section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    )


def number_pages(document: DocumentType) -> None:
    """— 3 — at the outer corner."""
    for _header, footer, side in sides(document):
        foot = footer.paragraphs[0]
        foot.alignment = side
        run(foot, "— ", SONG, 14)
        field = OxmlElement("w:fldSimple")  # in which WPS and Word show the page's number
        field.set(qn("w:instr"), "PAGE")
        foot._p.append(field)
        run(foot, " —", SONG, 14)


def run(paragraph: Any, text: str, face: str, size: float, *, colour: RGBColor | None = None) -> None:
    made = paragraph.add_run(text)
    made.font.name, made.font.size = face, Pt(size)
    made._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)
    if colour is not None:
        made.font.color.rgb = colour


def title(document: DocumentType, text: str) -> None:
    """小标宋 二号, centred, with an empty line below."""
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.space_after = Pt(LINE)
    paragraph.paragraph_format.line_spacing = Pt(36)
    run(paragraph, text, SONG, 22)


def text(
    document: DocumentType, words: str, face: str = FANG, *, label: str = "", keep: bool = False
) -> None:
    """Paragraphs of 三号, indented by two characters; a line of `words` is a paragraph. `label` stands before it in 黑体."""
    for number, line in enumerate(words.splitlines() or [""]):
        paragraph = document.add_paragraph()
        shape = paragraph.paragraph_format
        shape.space_after, shape.line_spacing, shape.first_line_indent = Pt(0), Pt(LINE), Pt(32)
        shape.keep_with_next = keep
        if label and number == 0:
            run(paragraph, label, HEI, 16)
        run(paragraph, line.strip(), face, 16)


def signature(document: DocumentType, *lines: str) -> None:
    """Who signs and when, to the right, two lines below the text."""
    for number, line in enumerate(lines):
        paragraph = document.add_paragraph()
        shape = paragraph.paragraph_format
        shape.space_before = Pt(LINE * 2 if number == 0 else 0)
        shape.space_after, shape.line_spacing, shape.right_indent = Pt(0), Pt(LINE), Pt(64)
        shape.keep_with_next = number < len(lines) - 1
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run(paragraph, line, FANG, 16)


def table(
    document: DocumentType, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]
) -> None:
    """A grid with the heads on every page; `widths` in millimetres. No row is broken over two pages."""
    made = document.add_table(rows=0, cols=len(heads), style="Table Grid")
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for number, values in enumerate([heads, *rows]):
        row = made.add_row()
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if number == 0:
            properties.append(OxmlElement("w:tblHeader"))
        for cell, value, width in zip(row.cells, values, widths, strict=True):
            cell.width = Mm(width)
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            if number == 0:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            run(paragraph, value, HEI if number == 0 else FANG, 12)


def as_bytes(document: DocumentType) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()
