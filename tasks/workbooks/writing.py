"""Writing a sheet that people fill in: title, guidance, headings, locked and open cells, drop-downs, the hidden sheet."""

from collections.abc import Iterable, Sequence
from copy import copy
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from tasks.workbooks.safe_cells import write
from tasks.workbooks.values import HIDDEN, Column, letters

HEAD_ROW = 4  # title, secret, guidance, heading
_HAIR = Side(style="thin", color="C9C4B8")
_INK = Side(style="thin", color="1B1A17")
_WASH = PatternFill("solid", fgColor="F3F0E8")
TOP = Alignment(vertical="top", wrap_text=True)


class Styles:
    """Each look is made once and then copied: thousands of cells share a handful."""

    def __init__(self) -> None:
        self._made: dict[tuple[bool, str], Any] = {}

    def put(self, cell: Any, value: Any, *, locked: bool, shown_as: str = "@") -> None:
        """Write a value; `shown_as` is the number format, text by default."""
        look = (locked, shown_as)
        if look not in self._made:
            cell.alignment = TOP
            cell.border = Border(bottom=_HAIR)
            cell.protection = Protection(locked=locked)
            cell.number_format = shown_as
            if locked:
                cell.fill = _WASH
            self._made[look] = copy(cell._style)
        else:
            cell._style = copy(self._made[look])
        write(cell, value)


def cell_at(sheet: Worksheet, row: int, column: int) -> Cell:
    cell = sheet.cell(row=row, column=column)
    assert isinstance(cell, Cell)
    return cell


def head(sheet: Worksheet, columns: Sequence[Column], title: str, guidance: str) -> None:
    """The rows above the table, and the widths of its columns."""
    first = cell_at(sheet, 1, 1)
    write(first, title)
    first.font = Font(bold=True, size=14)
    write(cell_at(sheet, 2, 1), guidance)
    for place, column in enumerate(columns, 1):
        hint = cell_at(sheet, HEAD_ROW - 1, place)
        write(hint, column.hint)
        hint.font = Font(size=9, color="6B665C")
        hint.alignment = TOP
        heading = cell_at(sheet, HEAD_ROW, place)
        write(heading, column.label)
        heading.font = Font(bold=True)
        heading.border = Border(bottom=_INK)
        heading.alignment = TOP
        sheet.column_dimensions[letters(place)].width = column.width


def finish(sheet: Worksheet, columns: Sequence[Column], *, protect: bool = True) -> None:
    """Filter, frozen panes, print set-up, protection (not of a sheet to which rows are added)."""
    last = max(sheet.max_row, HEAD_ROW)
    sheet.freeze_panes = f"C{HEAD_ROW + 1}"
    sheet.auto_filter.ref = f"A{HEAD_ROW}:{letters(len(columns))}{last}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    if not protect:
        return
    protection = sheet.protection
    protection.sheet = True  # without a password: it guards against slips, the reader checks everything again
    protection.formatColumns = protection.formatRows = protection.formatCells = False  # False: may be done
    protection.sort = protection.autoFilter = False


def choice(words: Iterable[str]) -> DataValidation:
    """A drop-down."""
    rule = DataValidation(type="list", formula1=f'"{",".join(words)}"')
    rule.error = _("请从下拉框选。")
    return rule


def text_within(limit: int) -> DataValidation:
    """A text that is not too long."""
    rule = DataValidation(type="textLength", operator="lessThanOrEqual", formula1=str(limit))
    rule.error = _("最多 %(limit)d 字，请删减。") % {"limit": limit}
    return rule


def apply(sheet: Worksheet, rule: DataValidation, column: int, last: int) -> None:
    """Let the rule hold in a column, down to the row `last`."""
    admit(sheet, rule)
    rule.add(f"{letters(column)}{HEAD_ROW + 1}:{letters(column)}{last}")


def admit(sheet: Worksheet, rule: DataValidation) -> None:
    """Let the rule hold in the cells that were or will be added to it."""
    rule.allow_blank, rule.showErrorMessage = True, True
    rule.errorTitle = _("请改")
    sheet.add_data_validation(rule)


def guide(sheet: Worksheet, lines: Iterable[str]) -> None:
    """A sheet of sentences."""
    sheet.column_dimensions["A"].width = 100
    for number, line in enumerate(lines, 1):
        cell = cell_at(sheet, number, 1)
        write(cell, line)
        cell.alignment = TOP


def packed(book: Workbook, remembered: Iterable[list[str]]) -> bytes:
    """The workbook with its hidden sheet, as a file."""
    hidden = book.create_sheet(HIDDEN)
    hidden.sheet_state = "veryHidden"
    for line in remembered:
        hidden.append(line)
    for cells in hidden.iter_rows():
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    out = BytesIO()
    book.save(out)
    return out.getvalue()
