"""Fills an office's own workbook: its heads, merged cells, widths and formats stay, and only cells of data are written.

Charts are lost, since openpyxl does not keep them. A row of the template that names a task is filled; tasks that it does not
name are added below its last row, in that row's look. What stands in a cell stays, unless the office asks for it to be replaced.
"""

import io
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.cell.cell import MergedCell

from tasks.plans.documents.extraction import extract
from tasks.plans.documents.table_heads import Column, ColumnPeriod
from tasks.plans.documents.task_tables import TaskTable, read_task_table
from tasks.plans.documents.values import refusal
from tasks.plans.names import clean
from tasks.workbooks import safe_cells

Key = tuple[str, ColumnPeriod | None]  # a field of a column and its period


@dataclass(frozen=True)
class Entry:
    """What is written of one task: {(field, period): value}. The field `task` finds its row."""

    values: Mapping[Key, Any]

    @property
    def task(self) -> str:
        return str(self.values["task", None])


def fill_template(
    name: str,
    content: bytes,
    entries: Sequence[Entry],
    columns: Sequence[Column] = (),
    *,
    year: int,
    replace: bool = False,
    note: str = "",
) -> bytes:
    """The workbook with the entries filled in. `columns` are those that a person chose, as for `read_ledger`; `year` is
    that of heads which name a period without one. `note` stands below all rows.

    Of a template without a task, the empty rows below its heads are filled. Raises Problems for a file that is no workbook
    with a column of tasks.
    """
    document = extract(name, content)
    table = read_task_table(document, chosen={column.head: column for column in columns} or None)
    if table is None:
        raise refusal(_("模板请用 Excel（.xlsx），并写明“任务”等列名。"))
    book = load_workbook(io.BytesIO(content))
    sheet = book[table.rows[-1].place.sheet if table.rows else table.tables[0].title]
    places = {_column_key(column, year): column.index + 1 for column in table.heads.columns if column.field}
    rows = _rows(table)
    new = [entry.task for entry in entries if _compact(entry.task) not in rows]
    last = max((row.place.number for row in table.rows if row.place.sheet == sheet.title), default=0)
    start = last or table.heads.bottom
    free = _empty_rows(sheet, start, len(new)) if not last else 0
    if len(new) > free and (last or free):
        _add_rows(sheet, start + free, len(new) - free)
    rows |= {_compact(task): (sheet.title, start + number) for number, task in enumerate(new, 1)}
    for entry in entries:
        title, number = rows[_compact(entry.task)]
        for key, value in entry.values.items():
            column = places.get(_with_year(key, year))
            if column is None:
                continue
            cell = book[title].cell(number, column)
            is_kept = cell.value not in (None, "") and (not replace or key == ("task", None))
            if isinstance(cell, MergedCell) or is_kept:
                continue
            safe_cells.write(cell, value)
    if note:
        sheet.append([note])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rows(table: TaskTable) -> dict[str, tuple[str, int]]:
    """{the task's name: (sheet, row)}; a name that stands twice is found at its first row."""
    found: dict[str, tuple[str, int]] = {}
    for row in table.rows:
        found.setdefault(_compact(row.heading.name), (row.place.sheet, row.place.number))
    return found


def _compact(name: str) -> str:
    return clean(name).rstrip("。；").replace(" ", "")


def _column_key(column: Column, year: int) -> Key:
    return _with_year((column.field, column.period), year)


def _with_year(key: Key, year: int) -> Key:
    field, period = key
    return field, ColumnPeriod(period.first, period.last, period.year or year) if period else None


def _empty_rows(sheet: Any, above: int, most: int) -> int:
    """How many rows below row `above` are empty, `most` at most; all of them where the sheet ends there."""
    if above >= sheet.max_row:
        return most
    count = 0
    while count < most and all(cell.value in (None, "") for cell in sheet[above + count + 1]):
        count += 1
    return count


def _add_rows(sheet: Any, last: int, count: int) -> None:
    """Rows below the last one, with its borders, fonts, formats and height; what stands there moves down."""
    if not count:
        return
    if any(str(cell.value).startswith("=") for row in sheet.iter_rows(min_row=last + 1) for cell in row):
        raise refusal(_("模板在任务行下面有公式，加行后会算错。请把公式移到表头上面，或删去后再试。"))
    below = [area for area in sheet.merged_cells.ranges if area.min_row > last]
    heights = {row: sheet.row_dimensions[row].height for row in range(last, sheet.max_row + 1)}
    for area in below:  # openpyxl leaves merged ranges where they were
        sheet.unmerge_cells(area.coord)
    sheet.insert_rows(last + 1, count)
    for area in below:
        area.shift(row_shift=count)
        sheet.merge_cells(area.coord)
    for row, height in heights.items():
        sheet.row_dimensions[row + count if row > last else row].height = height
    for target in range(last + 1, last + count + 1):
        for column in range(1, sheet.max_column + 1):
            if sheet.cell(last, column).has_style:
                sheet.cell(target, column)._style = copy(sheet.cell(last, column)._style)
        sheet.row_dimensions[target].height = heights[last]
