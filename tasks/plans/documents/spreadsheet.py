"""Excel workbooks (.xlsx): every visible sheet as a table, with merged cells; formulas by their stored results."""

import itertools
import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from tasks.plans.documents.values import Place, RawCell, TextBuilder, Unit, refusal
from tasks.workbooks.upload_check import MAX_BYTES, open_package
from tasks.workbooks.values import Refused, letters, plain

_NO_RESULT = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)
MAX_MERGED = 500_000  # cells of a sheet that are in merged ranges

Range = tuple[tuple[int, int], tuple[int, int]]  # first and last cell as (row, column), from 0


def read_spreadsheet(content: bytes, out: TextBuilder) -> None:
    """Read the sheets of a workbook. Raises Problems if it is damaged, too large, or has macros or a password.

    Line breaks within a cell stay, so a row is not always one line of the text.
    """
    if len(content) > MAX_BYTES:
        raise refusal(
            _("表格超过 %(mb)d MB。请删去图片等无关内容后再上传。") % {"mb": MAX_BYTES // 1024 // 1024}
        )
    try:
        package = open_package(content)
        names = [name for name in package.sheets if package.has(name)]
        for name in names:
            # Formulas and merged cells are faults in a form to fill in; in an office's own table they are usual.
            package.admit(name)
        book = CalamineWorkbook.from_filelike(package.clean())
        for sheet in book.sheets_metadata:
            if sheet.name in names and sheet.visible == SheetVisibleEnum.Visible:
                content_of = book.get_sheet_by_name(sheet.name)
                rows = content_of.to_python(skip_empty_area=False)
                _write(
                    sheet.name,
                    rows,
                    content_of.merged_cell_ranges or [],
                    package.percent_cells(sheet.name),
                    out,
                )
    except Refused as error:
        raise refusal(str(error)) from error
    except CalamineError as error:
        raise refusal(_("文件已损坏，无法打开，请重新保存后再上传。")) from error


def uncalculated_cells(content: bytes) -> list[tuple[str, int, int]]:
    """(sheet, row, column), from 1, of formulas whose result the workbook does not hold: they are read as empty. Raises
    Problems as `read_spreadsheet` does."""
    try:
        package = open_package(content)
        return [
            (sheet, int(match[2]), _column(match[1].decode()))
            for sheet, part in package.sheets.items()
            for match in _NO_RESULT.finditer(package.parts.get(part, b""))
        ]
    except Refused as error:
        raise refusal(str(error)) from error


def _column(word: str) -> int:
    number = 0
    for letter in word:
        number = number * 26 + ord(letter) - 64
    return number


def _write(
    sheet: str,
    rows: Sequence[Sequence[Any]],
    merged: Sequence[Range],
    percents: frozenset[str],
    out: TextBuilder,
) -> None:
    width = max((column for row in rows for column, cell in enumerate(row, 1) if plain(cell)), default=0)
    height = max(
        (number for number, row in enumerate(rows, 1) if any(plain(cell) for cell in row)), default=0
    )
    if not width:
        return
    covered: dict[
        tuple[int, int], tuple[int, int]
    ] = {}  # {cell: (rows, columns)} of merged cells; (0, 0) within one
    room = MAX_MERGED
    for (top, left), (bottom, right) in merged:
        bottom, right = min(bottom, height - 1), min(right, width - 1)
        room -= max(bottom - top + 1, 0) * max(right - left + 1, 0)
        if room < 0:
            raise refusal(_("工作表“%(sheet)s”里合并的单元格太多，请取消合并后再上传。") % {"sheet": sheet})
        if top > bottom or left > right:
            continue
        covered.update(
            dict.fromkeys(itertools.product(range(top, bottom + 1), range(left, right + 1)), (0, 0))
        )
        covered[top, left] = (bottom - top + 1, right - left + 1)
    cells = []
    for number, row in enumerate(rows[:height]):
        for column, value in enumerate(row[:width]):
            high, wide = covered.get((number, column), (1, 1))
            if high:
                percent = f"{letters(column + 1)}{number + 1}" in percents
                cells.append(RawCell(_text(value, percent), number, column, high, wide))
    out.table(cells, [Place(Unit.ROW, number, sheet) for number in range(1, height + 1)], sheet)


def _text(value: Any, percent: bool) -> str:
    if percent and isinstance(value, int | float) and not isinstance(value, bool):
        return f"{plain(round(value * 100, 6))}%"
    return plain(value).replace("\t", " ")
