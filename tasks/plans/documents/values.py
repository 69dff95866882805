"""The result of reading a document: its text, where each character comes from, its tables, and what was left out."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from tasks.errors import Problem, Problems

FIELD = "document"  # the form's field that problems of a document stand on
MAX_PAGES = 500
MAX_CHARACTERS = MAX_PAGES * 1200  # a page of the official layout has 22 lines of 28 characters


class Format(StrEnum):
    """The formats that are read, by their usual extension."""

    TEXT = "txt"
    WORD = "docx"
    PDF = "pdf"
    HTML = "html"
    EXCEL = "xlsx"


class Unit(StrEnum):
    """What places are counted in: pages of a PDF, paragraphs of Word and HTML, lines of a text, rows of a sheet."""

    PAGE = "page"
    PARAGRAPH = "paragraph"
    LINE = "line"
    ROW = "row"


class Reason(StrEnum):
    """Why a piece of the document is not in its text."""

    PAGE_NUMBER = "page_number"
    RUNNING_HEAD = "running_head"
    FOOTNOTE = "footnote"
    CONTENTS = "contents"  # a generated table of contents
    NAVIGATION = "navigation"  # what a site puts around its articles
    PICTURE = "picture"  # a page that is a picture
    DELETED = "deleted"  # struck out in tracked changes, or hidden


@dataclass(frozen=True)
class Place:
    """A place in the original, counted from 1; `sheet` is the name of an Excel sheet."""

    unit: Unit
    number: int
    sheet: str = ""

    def __str__(self) -> str:
        forms = {
            Unit.PAGE: _("第 %(number)d 页"),
            Unit.PARAGRAPH: _("第 %(number)d 段"),
            Unit.LINE: _("第 %(number)d 行"),
            Unit.ROW: _("工作表“%(sheet)s”第 %(number)d 行"),
        }
        return forms[self.unit] % {"number": self.number, "sheet": self.sheet}


@dataclass(frozen=True)
class Mark:
    """From the offset `start` of the text on, up to the next mark, the text comes from `place`."""

    start: int
    place: Place


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its text and its range in the document's text; merged cells are one cell of several rows or columns.

    `row` and `column` count from 0.
    """

    text: str
    start: int
    end: int
    row: int
    column: int
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True)
class Table:
    """A table: `grid[row][column]` is the cell there, the same one wherever a merged cell reaches, None where there is none.

    `start` and `end` are its range in the document's text; `title` is the line above it, or the name of the sheet.
    """

    grid: Sequence[Sequence[Cell | None]]
    start: int
    end: int
    title: str = ""


@dataclass(frozen=True)
class Omission:
    """A piece of the document that is not in its text, for showing beside it."""

    text: str
    reason: Reason
    place: Place


@dataclass(frozen=True)
class Document:
    """A document that was read. `text` is as extracted, unnormalised; every span refers to it.

    A row of a table is a line of the text, with a tab between its cells.
    """

    name: str
    format: Format
    sha256: str  # of the original file, in hex
    text: str
    marks: Sequence[Mark]
    tables: Sequence[Table] = ()
    omitted: Sequence[Omission] = ()

    def place(self, offset: int) -> Place:
        """Where the character at `offset` of the text stands in the original."""
        index = bisect_right(self.marks, offset, key=lambda mark: mark.start) - 1
        return self.marks[max(index, 0)].place

    def without(self, tables: Sequence[Table]) -> str:
        """The text with these tables as spaces, so that offsets hold: the reader does not take their cells for prose."""
        pieces, end = [], 0
        for table in sorted(tables, key=lambda table: table.start):
            inside = self.text[table.start : table.end]
            pieces += [self.text[end : table.start], "".join("\n" if c == "\n" else " " for c in inside)]
            end = table.end
        return "".join(pieces) + self.text[end:]


def refusal(message: str) -> Problems:
    """The error for a document that cannot be taken, with the sentence that says why and what to do."""
    return Problems([Problem(FIELD, message)])


def too_long() -> Problems:
    """The error for a document of more than MAX_PAGES pages or MAX_CHARACTERS characters."""
    return refusal(_("文件超过 %(pages)d 页。请只上传一个方案的正文。") % {"pages": MAX_PAGES})


class TextBuilder:
    """Puts the text together and keeps where each piece comes from."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self.marks: list[Mark] = []
        self.tables: list[Table] = []
        self.omitted: list[Omission] = []
        self._last_line = ""

    def add(self, text: str, place: Place) -> int:
        """Append text as it is; returns its start."""
        start = self._length
        if text:
            if not self.marks or self.marks[-1].place != place:
                self.marks.append(Mark(start, place))
            self._pieces.append(text)
            self._length += len(text)
        return start

    def line(self, text: str, place: Place) -> int:
        """Append a line; returns its start."""
        start = self.add(text + "\n", place)
        self._last_line = text.strip() or self._last_line
        return start

    def table(self, cells: Sequence["RawCell"], places: Sequence[Place], title: str = "") -> None:
        """Append a table, a line for each row; `cells` in reading order, `places` of its rows."""
        rows: list[list[RawCell]] = [[] for _row in places]
        grid: list[list[Cell | None]] = [[] for _row in places]
        for raw in cells:
            rows[raw.row].append(raw)
        begin = self._length
        title = title or self._last_line
        for place, row in zip(places, rows, strict=True):
            for order, raw in enumerate(row):
                start = self.add(f"\t{raw.text}" if order else raw.text, place) + (order > 0)
                cell = Cell(raw.text, start, self._length, raw.row, raw.column, raw.rows, raw.columns)
                right = raw.column + raw.columns
                for line in grid[raw.row : raw.row + raw.rows]:
                    line += [None] * (right - len(line))
                    line[raw.column : right] = [cell] * raw.columns
            self.add("\n", place)
        self.tables.append(Table(grid, begin, self._length, title))
        self._last_line = ""

    @property
    def text(self) -> str:
        return "".join(self._pieces)


@dataclass(frozen=True)
class RawCell:
    """A cell before its range in the text is known. Its text has no tab and no line break."""

    text: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
