"""Writing values into Excel cells as data: no text becomes a formula."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from tasks import typed

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def write(cell: Cell, value: Any) -> None:
    """Write a value. Text stays text whatever it begins with: another person wrote it, and `=HYPERLINK(…)` in a submission
    must not run on the reader's machine."""
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        cell.value = timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, date):
        cell.value = value
        cell.number_format = "yyyy-mm-dd"
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        cell.value = value
    else:
        text = ILLEGAL_CHARACTERS_RE.sub("", typed.clean(str(value)))[:32767]
        cell.value = text
        cell.data_type = "s"
        # Excel's own flag for text; it stays when the sheet is saved as CSV and opened again.
        if text.startswith(_RISKY):
            cell.quotePrefix = True
