"""Writing sheets that people fill in: title, guidance, headings, locked and unlocked cells, drop-downs, hidden sheet."""

from collections.abc import Container, Iterable, Mapping, Sequence
from copy import copy
from io import BytesIO
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from tasks.workbooks.manifest import Format, Manifest
from tasks.workbooks.safe_cells import write
from tasks.workbooks.values import HIDDEN, Column, letters, plain

HEAD_ROW = 4  # below the title, the warning about state secrets, and the hints
TEXT, GENERAL = "@", "General"  # number formats
_HAIR = Side(style="thin", color="C9C4B8")
_INK = Side(style="thin", color="1B1A17")
_WASH = PatternFill("solid", fgColor="F3F0E8")
TOP = Alignment(vertical="top", wrap_text=True)


class Styles:
    """The cell styles of one workbook: thousands of cells share a few, so each is made once and then copied."""

    def __init__(self) -> None:
        self._made: dict[tuple[bool, str], Any] = {}

    def put(self, cell: Any, value: Any, *, locked: bool, number_format: str = TEXT) -> None:
        """Write a value into a cell."""
        style = (locked, number_format)
        if style not in self._made:
            cell.alignment = TOP
            cell.border = Border(bottom=_HAIR)
            cell.protection = Protection(locked=locked)
            cell.number_format = number_format
            if locked:
                cell.fill = _WASH
            self._made[style] = copy(cell._style)
        else:
            cell._style = copy(self._made[style])
        write(cell, value)


class TableWriter:
    """Writes one table: the title, the guidance and the headings at once, then row after row below them."""

    def __init__(
        self, sheet: Worksheet, columns: Sequence[Column], title: str, guidance: str, styles: Styles
    ) -> None:
        self.sheet, self.columns, self._styles = sheet, columns, styles
        self.last = HEAD_ROW  # the last row that was written
        _head(sheet, columns, title, guidance)

    @property
    def headings(self) -> dict[str, str]:
        """{heading: field}, for the manifest."""
        return {column.label: column.field for column in self.columns}

    def row(
        self,
        values: Mapping[str, Any],
        *,
        unlocked: Container[str] | None = None,
        formats: Mapping[str, str] = MappingProxyType({}),
    ) -> list[str]:
        """Write the next row from {field: value}; returns the texts of the editable cells, for the fingerprint.

        Of the editable cells only the `unlocked` ones may be filled in, without it all. `formats` is {field: number
        format} where it is not text.
        """
        self.last += 1
        texts = []
        for place, column in enumerate(self.columns, 1):
            value = values.get(column.field, "")
            locked = not column.editable or (unlocked is not None and column.field not in unlocked)
            self._styles.put(
                cell_at(self.sheet, self.last, place),
                value,
                locked=locked,
                number_format=formats.get(column.field, TEXT),
            )
            if column.editable:
                texts.append(plain(value))
        return texts

    def spare_rows(self, count: int) -> None:
        """Prepare rows below the last one for new entries."""
        for row in range(self.last + 1, self.last + count + 1):
            for place, column in enumerate(self.columns, 1):
                if column.editable:
                    self._styles.put(cell_at(self.sheet, row, place), "", locked=False)

    def restrict(self, rules: Mapping[str, DataValidation], last: int) -> None:
        """Apply the rules, {field: rule}, to the columns down to the row `last`."""
        for place, column in enumerate(self.columns, 1):
            if column.field in rules:
                add_rule(self.sheet, rules[column.field])
                rules[column.field].add(f"{letters(place)}{HEAD_ROW + 1}:{letters(place)}{last}")


def new_book(*titles: str) -> tuple[Workbook, list[Worksheet]]:
    """A workbook with sheets of these titles."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    first.title = titles[0]
    return book, [first, *(book.create_sheet(title) for title in titles[1:])]


def cell_at(sheet: Worksheet, row: int, column: int) -> Cell:
    cell = sheet.cell(row=row, column=column)
    assert isinstance(cell, Cell)
    return cell


def _head(sheet: Worksheet, columns: Sequence[Column], title: str, guidance: str) -> None:
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
    """Set the filter, the frozen panes, the print layout and the protection (off where rows may be added)."""
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
    protection.sheet = True  # without a password: it prevents slips only; the reader checks everything again
    protection.formatColumns = protection.formatRows = protection.formatCells = False  # False: permitted
    protection.sort = protection.autoFilter = False


def choice(words: Iterable[str]) -> DataValidation:
    """A drop-down list of these words."""
    rule = DataValidation(type="list", formula1=f'"{",".join(words)}"')
    rule.error = _("请从下拉框选。")
    return rule


def text_within(limit: int) -> DataValidation:
    """A text of at most `limit` characters."""
    rule = DataValidation(type="textLength", operator="lessThanOrEqual", formula1=str(limit))
    rule.error = _("最多 %(limit)d 字，请删减。") % {"limit": limit}
    return rule


def add_rule(sheet: Worksheet, rule: DataValidation) -> None:
    """Put a rule on the sheet; it applies to the cells that were or will be added to it."""
    rule.allow_blank, rule.showErrorMessage = True, True
    rule.errorTitle = _("请改")
    sheet.add_data_validation(rule)


def guide(sheet: Worksheet, lines: Iterable[str]) -> None:
    """Write the guidance, one sentence a row."""
    sheet.column_dimensions["A"].width = 100
    for number, line in enumerate(lines, 1):
        cell = cell_at(sheet, number, 1)
        write(cell, line)
        cell.alignment = TOP


def packed(book: Workbook, manifest: Manifest, form: Format) -> bytes:
    """The workbook as a file, with its manifest on the hidden sheet."""
    hidden = book.create_sheet(HIDDEN)
    hidden.sheet_state = "veryHidden"
    for line in manifest.lines(form):
        hidden.append(line)
    for cells in hidden.iter_rows():
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a text is never a formula
    out = BytesIO()
    book.save(out)
    return out.getvalue()
