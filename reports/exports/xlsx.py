"""Excel workbooks that a person opens without fear: no cell of ours is ever a formula."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from tasks.workbooks.safe_cells import write

_LINE = Side(style="thin", color="1B1A17")
_NO_NAME = re.compile(r"[\\/*?:\[\]\x00-\x1f]")


def put(sheet: Worksheet, row: int, column: int, value: Any) -> Cell:
    """Write a value into a cell that wraps."""
    cell = sheet.cell(row=row, column=column)
    assert isinstance(cell, Cell)
    if value is None or value == "":
        return cell
    write(cell, value)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


@dataclass(frozen=True)
class Page:
    """One sheet: title and notes, a head that stays in view and filters, the rows. `heads` are (words, width)."""

    sheet: str
    title: str
    notes: Sequence[str]
    heads: Sequence[tuple[str, int]]
    rows: Iterable[Sequence[Any]]


def workbook(
    *,
    sheet: str,
    title: str,
    notes: Sequence[str],
    heads: Sequence[tuple[str, int]],
    rows: Iterable[Sequence[Any]],
) -> bytes:
    """A book of one page."""
    return bound([Page(sheet, title, notes, heads, rows)])


def bound(pages: Sequence[Page]) -> bytes:
    """A book of at least one page; a name that is no sheet's name is made one, and each stands once."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    named: list[str] = []
    for number, page in enumerate(pages):
        name = _NO_NAME.sub(" ", page.sheet).strip()[:31] or _("表")
        if name in named:
            name = f"{name[:27]} {number + 1}"
        named.append(name)
        sheet = first if number == 0 else book.create_sheet()
        sheet.title = name
        _fill(sheet, page)
    output = BytesIO()
    book.save(output)
    return output.getvalue()


def _fill(sheet: Worksheet, shown: Page) -> None:
    page, title, notes, heads, rows = sheet, shown.title, shown.notes, shown.heads, shown.rows
    put(page, 1, 1, title).font = Font(bold=True, size=14)
    for number, note in enumerate(notes, 2):
        put(page, number, 1, note)
    for number in range(1, len(notes) + 2):
        page.cell(row=number, column=1).alignment = Alignment(wrap_text=False)
    top = len(notes) + 3
    for column, (words, width) in enumerate(heads, 1):
        header = put(page, top, column, words)
        header.font = Font(bold=True)
        header.border = Border(bottom=_LINE)
        page.column_dimensions[get_column_letter(column)].width = width
    last = top
    for last, values in enumerate(rows, top + 1):
        for column, content in enumerate(values, 1):
            put(page, last, column, content)
    page.freeze_panes = f"A{top + 1}"
    page.auto_filter.ref = f"A{top}:{get_column_letter(len(heads))}{last}"
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_title_rows = f"{top}:{top}"
