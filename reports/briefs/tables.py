"""A table that briefs/parts/table.html prints, with the sentence above it."""

from dataclasses import dataclass
from typing import ClassVar

from reports.briefs import view_models
from reports.briefs.composition_context import Context, Section
from reports.briefs.snapshot import Snapshot


@dataclass(frozen=True)
class Cell:
    """A cell's words and its classes: "text", "light green" and the like."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Head:
    """A column's head, of one line or two, and the class of the column."""

    lines: list[str]
    kind: str


@dataclass(frozen=True, kw_only=True)
class TableSection(Section):
    """`name` is the table's class; `table` its number, 0 for a table without one."""

    part: ClassVar[str] = "briefs/parts/table.html"
    paragraphs: list[str]
    name: str
    caption: str
    heads: list[Head]
    rows: list[list[Cell]]
    table: int = 0


def cell(text: object, kind: str = "") -> Cell:
    """A cell of any value that can be printed."""
    return Cell(str(text), kind)


def light_cell(key: str) -> Cell:
    """A cell with a light's shape and word."""
    light = view_models.light(key)
    return cell(f"{light.mark} {light.word}".strip(), f"light {light.key}")


def table_section(
    context: Context[Snapshot],
    name: str,
    *,
    title: str,
    sentence: str,
    caption: str,
    columns: list[tuple[str, str]],
    rows: list[list[Cell]],
    number: int = 0,
) -> TableSection:
    """The section of one sentence and a table. `columns` are (head, its lines apart by a line feed; class). `number` is
    the table's, from `context.next_table()`; an annex's table has none, because numbers follow the order of reading and
    annexes are composed first."""
    return TableSection(
        title=title,
        paragraphs=context.texts(name, [sentence]),
        name=name,
        caption=caption,
        heads=[Head(text.split("\n"), kind) for text, kind in columns],
        rows=rows,
        table=number,
    )
