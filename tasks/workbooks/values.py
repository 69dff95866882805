"""Columns, cells and their places, problems of a cell, and the refusal of a whole file."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tasks import typed

HIDDEN = "_qhplan"  # the sheet of the manifest; people do not see its name
MAX_ROWS = 20_000
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"}
_ESCAPED = re.compile(r"_x00[01][0-9A-Fa-f]_")  # a control character as a spreadsheet program stores it


class Refused(Exception):
    """The file as a whole is refused; `str(error)` is one sentence for the person who uploaded it."""


Place = tuple[str, int, int]  # (sheet, row, column) of a cell


def letters(column: int) -> str:
    """1 → A, 27 → AA."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


@dataclass(frozen=True, slots=True)
class CellProblem:
    """A fault or a note with its place. Row and column count from 1; 0 means the whole sheet or row."""

    message: str
    sheet: str = ""
    row: int = 0
    column: int = 0

    @property
    def at(self) -> Place:
        return self.sheet, self.row, self.column

    @property
    def place(self) -> str:
        """The place as a spreadsheet program names it: 填报 E7, or 填报 第7行."""
        if self.row and self.column:
            return f"{self.sheet} {letters(self.column)}{self.row}"
        if self.row:
            return _("%(sheet)s 第 %(row)d 行") % {"sheet": self.sheet, "row": self.row}
        return self.sheet


@dataclass(frozen=True)
class Column:
    """One column: its field, its heading, its width in characters, and whether the agency fills it in."""

    field: str
    label: str
    width: int
    editable: bool = False
    hint: str = ""


def plain(value: Any) -> str:
    """A cell's content as text, whatever the program stored: 12, 12.0 and "12 " all give 12."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value
        if "_x00" in text:
            text = _ESCAPED.sub("", text.replace("_x000D_\n", "\n").replace("_x000B_", "\n"))
        return typed.prose(text)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float | Decimal):
        return typed.number_text(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)
