"""Reading an uploaded workbook: its manifest, the tables of its sheets, and cells of the common kinds.

Nothing here runs a query.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Generic, TypeVar

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from tasks import typed
from tasks.workbooks.manifest import Format, Key, Manifest, Origin
from tasks.workbooks.upload_check import Package, open_package
from tasks.workbooks.values import ERRORS, HIDDEN, CellProblem, Place, Refused, letters, plain

_REMARK = re.compile(r"\s*[（(][^（()）]*[)）]$")
_PICTURE = re.compile(r"=?(?:_xlfn\.)?DISPIMG\(", re.IGNORECASE)  # pasted as a value
_HEADING_WITHIN = 12  # rows in which the heading is looked for


@dataclass(frozen=True)
class Table:
    """The table of one sheet: {field: column}, and (row number, cells) of each row below the heading."""

    sheet: str
    columns: Mapping[str, int]
    rows: Sequence[tuple[int, Sequence[Any]]]
    percents: frozenset[str]  # addresses of the cells that are shown as a percentage
    months: frozenset[str] = frozenset()  # and of those that are shown as a month

    def at(self, row: int, name: str) -> Place:
        """The cell of a field in a row; the cell of the task's code for an unknown name."""
        return self.sheet, row, self.columns.get(name) or self.columns["code"]

    def is_percent(self, at: Place) -> bool:
        """Whether the cell is shown as a percentage: 12% is stored as 0.12."""
        return bool(self.percents) and f"{letters(at[2])}{at[1]}" in self.percents

    def is_month(self, at: Place) -> bool:
        """Whether the cell's date is shown without its day."""
        return bool(self.months) and f"{letters(at[2])}{at[1]}" in self.months


@dataclass
class Filled:
    """What the workbook says of one task that somebody touched; a format adds its content."""

    key: Key
    table: Table
    row: int  # the first of its rows

    def place(self, name: str) -> Place:
        """The cell of a field."""
        return self.table.at(self.row, name)


F = TypeVar("F", bound=Filled)


@dataclass
class Parsed(Generic[F]):
    """A workbook that was read: the tasks that were touched, and what has to be corrected (problems) or known (notes)."""

    rows: list[F]
    untouched: int  # tasks
    missing: list[Key]
    problems: list[CellProblem]
    notes: list[CellProblem]


def parse(
    data: bytes, name: str, form: Format, origin: Origin, read: Callable[[Package, Manifest], Parsed[F]]
) -> Parsed[F]:
    """Check a file and its manifest, and let `read` read the rest; raises Refused unless the file is of this origin."""
    package = open_package(data, name)
    try:
        if not package.has(HIDDEN):
            raise Refused(_("这不是从本系统下载的表，请先下载再填。"))
        package.admit(HIDDEN)
        manifest = Manifest.of(_rows(_opened(package), HIDDEN), form)
        form.check(manifest.about, origin)
        return read(package, manifest)
    except CalamineError as error:
        raise Refused(_("文件已损坏，打不开，请重新保存后再上传。")) from error


class Reader:
    """One reading of the named sheets of one workbook; collects problems and notes.

    Opening reads the shared texts of all sheets, so the workbook is opened once for all of them.
    """

    def __init__(self, package: Package, sheets: Sequence[str]) -> None:
        self.problems: list[CellProblem] = []
        self.notes: list[CellProblem] = []
        self._package = package
        self._faults = {sheet: _admitted(package, sheet) for sheet in sheets}
        self._book = _opened(package)

    def table(
        self, sheet: str, headings: Mapping[str, str], also: Mapping[str, re.Pattern[str]] | None = None
    ) -> Table:
        """The table of a sheet; `headings` is {heading: field}, "code" among the fields. `also` is {field: what else its
        heading may be}. Refused without a heading."""
        rows = _rows(self._book, sheet)
        columns, top = _columns(rows, sheet, headings, also or {})
        # Cells beside the table belong to nobody's task.
        known = set(columns.values())
        self.problems += [fault for fault in self._faults[sheet] if fault.row > top and fault.column in known]
        cells = self._package.percent_cells(sheet), self._package.month_cells(sheet)
        return Table(sheet, columns, list(enumerate(rows[top:], top + 1)), *cells)

    def report(self, message: str, at: Place) -> None:
        """Add a problem."""
        self.problems.append(CellProblem(message, *at))

    def note(self, message: str, at: Place) -> None:
        """Add a note: the upload may be confirmed all the same."""
        self.notes.append(CellProblem(message, *at))

    def text(self, value: Any, at: Place, limit: int = 0) -> str:
        """A cell as text, of at most `limit` characters (0: any number)."""
        if isinstance(value, bool):
            self.report(_("这里要填文字，却是 TRUE 或 FALSE。"), at)
            return ""
        text = plain(value)
        if _PICTURE.match(text):
            self.report(_("单元格里是图片，本表不收图片。请删去，并在填报页作为佐证材料上传。"), at)
            return ""
        if text in ERRORS:
            self.report(_("单元格是错误值，请改成数或文字。"), at)
        return self.within(text, at, limit) if 0 < limit < len(text) else text

    def within(self, text: str, at: Place, limit: int) -> str:
        """The text, reported when it is longer than `limit` characters."""
        if len(text) > limit:
            self.report(
                _("有 %(length)d 字，最多 %(limit)d 字，请删减。") % {"length": len(text), "limit": limit}, at
            )
        return text

    def is_day(self, value: Any, at: Place) -> bool:
        """Whether the cell holds a day or a time where a number belongs; reports it."""
        if isinstance(value, date | time):
            self.report(_("这里要填数，却是日期。请把单元格改成常规格式再填。"), at)
            return True
        return False

    def yes(self, value: Any, at: Place) -> bool:
        """A cell that says yes, or no or nothing."""
        text = plain(value).lower()
        if not text or text in {"0", "no", "n", "false", _("否")}:
            return False
        if text in {"1", "yes", "y", "true", "√", "✓", _("是")}:
            return True
        if self.is_nothing(text, at):
            return False
        self.report(_("“%(text)s”无法识别，请填“是”，或留空。") % {"text": typed.visible(text)}, at)
        return False

    def is_nothing(self, value: Any, at: Place) -> bool:
        """Whether a cell says in words or by a dash that there is nothing; notes how it is read."""
        if not isinstance(value, str) or not value.strip() or not typed.is_nothing(value):
            return False
        self.note(_("“%(text)s”读作空白；没有的请留空。") % {"text": typed.visible(value)}, at)
        return True

    def optional(self, value: Any, at: Place, limit: int = 0) -> str:
        """A cell as text, "" where its words mean nothing."""
        text = self.text(value, at, limit)
        return "" if text and self.is_nothing(text, at) else text


def choice(value: Any, words: Mapping[str, str]) -> str | None:
    """One of the words, given as {word in lower case: its value}; "" for a blank cell, a dash and words for nothing, None
    for any other word. What stands in brackets behind a word is a remark."""
    text = plain(value).lower()
    for word in (text, _REMARK.sub("", text).strip()):
        if word in words:
            return words[word]
    return "" if typed.is_nothing(text) else None


# -- sheets -------------------------------------------------------------------------------------------------


def _opened(package: Package) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(package.clean())


def _rows(book: CalamineWorkbook, sheet: str) -> list[list[Any]]:
    """All rows of the sheet from the first, blank ones too."""
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def _admitted(package: Package, sheet: str) -> list[CellProblem]:
    """Admit a sheet of the format, whose title is in the first row; returns the faults of its cells."""
    if not package.has(sheet):
        raise Refused(_("找不到工作表“%(sheet)s”，是不是改了名字？请改回或重新下载。") % {"sheet": sheet})
    return package.admit(sheet, below=2)


def _columns(
    rows: Sequence[Sequence[Any]],
    sheet: str,
    headings: Mapping[str, str],
    also: Mapping[str, re.Pattern[str]],
) -> tuple[dict[str, int], int]:
    """({field: column}, the row number of the heading). Columns may be in any order; Refused when one is missing."""
    code = next(heading for heading, name in headings.items() if name == "code")
    tops = [[plain(cell) for cell in cells] for cells in rows[:_HEADING_WITHIN]]
    number = next((number for number, words in enumerate(tops, 1) if code in words), 0)
    if not number:
        raise Refused(_("工作表“%(sheet)s”里找不到标题行，请不要改动标题，重新下载再填。") % {"sheet": sheet})
    columns: dict[str, int] = {}
    for column, word in enumerate(tops[number - 1], 1):
        if word in headings:
            columns.setdefault(headings[word], column)
        elif name := next((name for name, form in also.items() if form.fullmatch(word)), ""):
            columns.setdefault(name, column)
    missing = [heading for heading, name in headings.items() if name not in columns]
    if missing:
        raise Refused(
            _("工作表“%(sheet)s”缺少列：%(columns)s。请改回标题，或重新下载再填。")
            % {"sheet": sheet, "columns": "、".join(missing)}
        )
    return columns, number
