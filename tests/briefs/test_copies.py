"""Working copies: the same words as the PDF, the standard's page, and a mark on every page that says what they are."""

import json
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from openpyxl import load_workbook

from qhplan import clock
from reports.briefs import office_exports, text_actions
from reports.briefs.models import Brief
from reports.briefs.render import compose
from tasks.models import Event, Plan, User
from tests.briefs import example
from tests.briefs.conftest import NOW, frozen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("prepared_fonts")]


@pytest.fixture
def draft(small_plan: Plan) -> Brief:
    return frozen(small_plan, figures=example.frozen())


def text_of(content: bytes) -> str:
    document = Document(BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_document_says_what_the_brief_says(draft: Brief, office: User) -> None:
    words = compose(draft.figures).words
    first = next(key for key in words if key.startswith("overall"))
    text_actions.amend(
        by=office,
        brief=draft,
        texts={first: f"总的看，{words[first]}", "imprint/drafted_by": "张三"},
        composed=words,
        seen=0,
        now=NOW,
    )
    said = text_of(office_exports.docx(draft))
    assert "总的看，" in said
    assert "拟稿：张三" in said
    assert not set("⟦⟧") & set(said)
    for text in words.values():
        plainly = text.replace("⟦", "").replace("⟧", "")
        assert plainly[:12] in said or text == words[first], plainly
    assert "核验码" not in said


def test_page_and_mark_are_those_of_a_working_copy(draft: Brief) -> None:
    document = Document(BytesIO(office_exports.docx(draft)))
    section = document.sections[0]
    for measured, millimetres in (
        (section.page_width, 210),
        (section.left_margin, 28),
        (section.top_margin, 37),
    ):
        assert measured is not None
        assert abs(measured.mm - millimetres) < 0.1
    assert document.settings.odd_and_even_pages_header_footer
    for header, footer, side in (
        (section.header, section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_header, section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        assert header.paragraphs[0].text.startswith("工作稿，非正式文件")
        assert header.paragraphs[1].text == "内部资料"
        assert footer.paragraphs[0].alignment == side
        assert 'w:instr="PAGE"' in footer.paragraphs[0]._p.xml
    title = next(paragraph for paragraph in document.paragraphs if "实施情况" in paragraph.text)
    assert title.runs[0].font.name == "FZXiaoBiaoSong-B05S"


def test_figures_come_as_a_row_for_each_task_and_never_a_formula(draft: Brief) -> None:
    book = load_workbook(BytesIO(office_exports.xlsx(draft)))
    for sheet in book.worksheets:
        assert any("工作稿，非正式文件" in str(row[0].value) for row in sheet.rows)
        assert all(cell.data_type != "f" for row in sheet.rows for cell in row)
    # Every table that is printed is a sheet, with the same numbers as numbers.
    html = office_exports._composed(draft).body
    assert len(book.worksheets) == 1 + html.count("<table")
    reporting = next(sheet for sheet in book.worksheets if "报送率" in sheet.title)
    figures = json.loads(draft.figures)
    assert figures["lead"]["due"] in [cell.value for row in reporting.rows for cell in row]
    page = book.worksheets[0]
    rows = [[cell.value for cell in row] for row in page.rows]
    assert sum(str(row[0]).startswith(("三", "四")) for row in rows) == 39


def test_a_brief_without_a_table_is_marked_in_its_workbook_too(
    draft: Brief, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office_exports, "_tasks", lambda figures, title, notes: [])
    monkeypatch.setattr(office_exports, "_printed", lambda table, number, title, notes: [])
    (sheet,) = load_workbook(BytesIO(office_exports.xlsx(draft))).worksheets
    said = " ".join(str(cell.value) for row in sheet.rows for cell in row)
    assert office_exports.marks(draft) in said
    assert "没有表" in said


def test_only_the_office_takes_them_and_it_is_recorded(draft: Brief, office: User, reader: User) -> None:
    mine, other = Client(), Client()
    mine.force_login(office)
    other.force_login(reader)
    with clock.at(NOW):
        for name in ("brief_docx", "brief_xlsx"):
            url = reverse(name, args=[draft.pk])
            answer = mine.get(url)
            assert answer.status_code == 200
            assert "attachment" in answer["Content-Disposition"]
            assert other.get(url).status_code == 403
    assert sorted(Event.objects.filter(verb="brief.copy").values_list("data__form", flat=True)) == [
        "docx",
        "xlsx",
    ]
