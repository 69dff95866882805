"""Excel workbooks that a person opens without fear: no cell of ours is ever a formula."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from tasks.cells import write

_LINE = Side(style="thin", color="1B1A17")


def put(sheet: Worksheet, row: int, column: int, value: Any) -> Cell:
    """Write a value into a cell that wraps."""
    cell = sheet.cell(row=row, column=column)
    assert isinstance(cell, Cell)
    if value is None or value == "":
        return cell
    write(cell, value)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def workbook(
    *,
    sheet: str,
    title: str,
    notes: Sequence[str],
    heads: Sequence[tuple[str, int]],
    rows: Iterable[Sequence[Any]],
) -> bytes:
    """One sheet: title and notes, a head that stays in view and filters, the rows. `heads` are (words, width)."""
    book = Workbook()
    page = book.active
    assert isinstance(page, Worksheet)
    page.title = sheet
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
    output = BytesIO()
    book.save(output)
    return output.getvalue()
