"""Tables as Excel workbooks. No cell is ever a formula."""

import re
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from reports.exports.table import Table
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


def workbook(*tables: Table[Any]) -> bytes:
    """A book with one sheet for each of at least one table: title and notes, a head that stays in view and filters, the
    rows. A name that no sheet may have is changed into one that it may; two sheets never share a name."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    names: list[str] = []
    for number, table in enumerate(tables):
        name = _NO_NAME.sub(" ", table.sheet).strip()[:31] or _("表")
        if name in names:
            name = f"{name[:27]} {number + 1}"
        names.append(name)
        sheet = first if number == 0 else book.create_sheet()
        sheet.title = name
        _fill(sheet, table)
    output = BytesIO()
    book.save(output)
    return output.getvalue()


def _fill(sheet: Worksheet, table: Table[Any]) -> None:
    put(sheet, 1, 1, table.title).font = Font(bold=True, size=14)
    for number, note in enumerate(table.notes, 2):
        put(sheet, number, 1, note)
    for number in range(1, len(table.notes) + 2):
        sheet.cell(row=number, column=1).alignment = Alignment(wrap_text=False)
    top = len(table.notes) + 3
    for number, column in enumerate(table.columns, 1):
        header = put(sheet, top, number, column.title)
        header.font = Font(bold=True)
        header.border = Border(bottom=_LINE)
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    last = top
    for last, values in enumerate(table.lines(), top + 1):
        for number, content in enumerate(values, 1):
            put(sheet, last, number, content)
    sheet.freeze_panes = f"A{top + 1}"
    sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(table.columns))}{last}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{top}:{top}"
