"""Opening what was found harmless, and finding the table on a sheet."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from tasks.workbooks.upload_check import Package
from tasks.workbooks.values import HIDDEN, CellProblem, Refused, plain

__all__ = ["CalamineError", "admit", "hidden_rows", "open_sheets", "rows_of", "table"]
_HEAD_WITHIN = 12  # rows in which the heading is looked for


def open_sheets(package: Package) -> CalamineWorkbook:
    """The admitted sheets. Opening reads the shared texts of all, so a workbook is opened as few times as can be."""
    return CalamineWorkbook.from_filelike(package.clean())


def rows_of(book: CalamineWorkbook, sheet: str) -> list[list[Any]]:
    """All rows from the first one of the sheet on, whether or not something stands in them."""
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def hidden_rows(package: Package) -> list[list[Any]]:
    """What the sheet that remembers says; raises Refused for a workbook without one."""
    if not package.has(HIDDEN):
        raise Refused(_("这不是从本系统下载的表，请先下载再填。"))
    package.admit(HIDDEN)
    return rows_of(open_sheets(package), HIDDEN)


def admit(package: Package, sheet: str) -> list[CellProblem]:
    """Let the reader see a sheet of ours, whose title stands in its first row; gives what must be mended on it."""
    if not package.has(sheet):
        raise Refused(_("找不到工作表“%(sheet)s”，是不是改了名字？请改回或重新下载。") % {"sheet": sheet})
    return package.admit(sheet, below=2)


def table(rows: Sequence[Sequence[Any]], sheet: str, labels: Mapping[str, str]) -> tuple[dict[str, int], int]:
    """({field: column}, the heading's row number) of a sheet; `labels` is {heading: field}, "code" among the fields.

    Columns may stand in any order; Refused when one is lost.
    """
    code = next(label for label, name in labels.items() if name == "code")
    tops = [[plain(cell) for cell in cells] for cells in rows[:_HEAD_WITHIN]]
    number = next((number for number, words in enumerate(tops, 1) if code in words), 0)
    if not number:
        raise Refused(_("工作表“%(sheet)s”里找不到标题行，请不要改动标题，重新下载再填。") % {"sheet": sheet})
    head: dict[str, int] = {}
    for column, word in enumerate(tops[number - 1], 1):
        if word in labels:
            head.setdefault(labels[word], column)
    lost = [label for label, name in labels.items() if name not in head]
    if lost:
        raise Refused(
            _("工作表“%(sheet)s”缺少列：%(columns)s。请改回标题，或重新下载再填。")
            % {"sheet": sheet, "columns": "、".join(lost)}
        )
    return head, number
