"""Ledgers as an office keeps them: a title, heads on two rows with merged cells, four quarters, a total below."""

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

QUARTERS = ("一季度", "二季度", "三季度", "四季度")


def office_ledger(
    rows: Sequence[tuple[Any, ...]],
    *,
    year: int = 2017,
    title: str = "重点任务台账",
    leads: Sequence[str] = (),
) -> bytes:
    """A ledger of rows (task, what was done in the first quarter, in the second …; the last ones may be left out). With
    fewer than four texts they are those of the last quarters. A text `done|status` has its status beside it."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "台账"
    heads: list[Any] = ["序号", "任务", "牵头单位", "年度目标"]
    below: list[Any] = [None] * 4
    for name in QUARTERS:
        heads += [name, None]
        below += ["进展", "状态"]
    sheet.append([f"××省{year}年{title}"])
    sheet.append(heads)
    sheet.append(below)
    for number, (task, *texts) in enumerate(rows, 1):
        cells: list[Any] = [number, task, leads[number - 1] if leads else None, "完成5项"]
        for text in [None] * (4 - len(texts)) + texts:
            done, _bar, status = (text or "").partition("|")
            cells += [done or None, status or None]
        sheet.append(cells)
    sheet.append(["合计", len(rows)])
    for area in ("A1:L1", "A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:F2", "G2:H2", "I2:J2", "K2:L2"):
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def plain_book(*rows: Sequence[Any], sheets: int = 1) -> bytes:
    """A workbook of these rows, on each of its sheets."""
    book = Workbook()
    for number in range(sheets):
        sheet = book.active if number == 0 else book.create_sheet()
        assert sheet is not None
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
