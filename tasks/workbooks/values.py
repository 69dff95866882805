"""Columns, cells, what is said about a cell, and the signature of the sheet that remembers."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

HIDDEN = "_qhplan"  # the sheet that remembers; its name is for programs
MAX_ROWS = 20_000
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"}
_CONTROL = re.compile(r"_x000[Dd]_|[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Refused(Exception):
    """The file as a whole cannot be taken; `str(error)` is one sentence for the person who sent it."""


def letters(column: int) -> str:
    """1 → A, 27 → AA."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


@dataclass(frozen=True, slots=True)
class CellProblem:
    """One thing to mend, or to know, with its place. Row and column count from 1; 0 means the whole sheet or row."""

    message: str
    sheet: str = ""
    row: int = 0
    column: int = 0

    @property
    def place(self) -> str:
        """填报 E7, or 填报 第7行, for a person to find."""
        if self.row and self.column:
            return f"{self.sheet} {letters(self.column)}{self.row}"
        if self.row:
            return _("%(sheet)s 第 %(row)d 行") % {"sheet": self.sheet, "row": self.row}
        return self.sheet


@dataclass(frozen=True)
class Column:
    """One column: its field, its heading, and whether the body fills it in."""

    field: str
    label: str
    width: int
    editable: bool = False
    hint: str = ""


def plain(value: Any) -> str:
    """A cell's content as one text, the same however a program stored it: 12, 12.0 and "12 " are all 12."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value
        if not text.isprintable() or "_x00" in text:  # quick to ask, and few are not
            text = text.replace("\r\n", "\n").replace("_x000D_\n", "\n")
            text = _CONTROL.sub("", text).replace("\r", "\n")
        return text.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float | Decimal):
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if not number.is_finite():
            return str(value)
        text = f"{number:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


# -- what the hidden sheet remembers is signed, so that nobody can make it up -------------------------------


def sealed(lines: Sequence[list[str]], salt: str) -> list[list[str]]:
    """The hidden sheet's lines behind their signature."""
    signature: str = signing.Signer(salt=salt).signature(_digest(lines))
    return [["signature", signature], *lines]


def lines_of(rows: Sequence[Sequence[Any]]) -> tuple[str, list[list[str]]]:
    """(signature, lines) of a hidden sheet that was read; raises Refused when it has none."""
    lines = [[plain(value) for value in row] for row in rows]
    if not lines or len(lines[0]) < 2 or lines[0][0] != "signature":
        raise changed()
    return lines[0][1], [_trimmed(line) for line in lines[1:]]


def check_seal(signature: str, lines: Sequence[list[str]], salt: str) -> None:
    """Raise Refused unless the lines are the ones that were signed."""
    try:
        signing.Signer(salt=salt).unsign(f"{_digest(lines)}:{signature}")
    except signing.BadSignature as error:
        raise changed() from error


def changed() -> Refused:
    return Refused(_("表里的隐藏页被改动过，核对不了来源，请重新下载再填。"))


def _trimmed(line: list[str]) -> list[str]:
    """Without the blank cells at its end: a program may store them or not."""
    while line and not line[-1]:
        line = line[:-1]
    return line


def _digest(lines: Sequence[list[str]]) -> str:
    text = json.dumps([_trimmed(line) for line in lines], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
