"""Sorting of lists by a column, as the address says: ?o=due, and ?o=-due the other way round.

A list names its columns once: {key: what it is sorted by}. The heads of its table link to them (the tag sort_head). An unknown
key leaves the list in its own order, which also decides between rows that are alike in the column; what has no value comes last
either way.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from django.db.models import BinaryField, F, Func, Value
from django.db.models.expressions import OrderBy

from tasks.templatetags.reading import WORST_FIRST

PARAM = "o"
Row = TypeVar("Row")


def asked(params: Mapping[str, Any], columns: Mapping[str, Any]) -> tuple[str, bool] | None:
    """(key, whether the other way round) of the column by which the list is to be sorted; None for its own order."""
    text = str(params.get(PARAM, ""))
    key = text.removeprefix("-")
    return (key, text.startswith("-")) if key in columns else None


def sort_rows(
    params: Mapping[str, Any], columns: Mapping[str, Callable[[Row], Any]], rows: Iterable[Row]
) -> list[Row]:
    """Rows that are all there, in the order that is asked for."""
    chosen = asked(params, columns)
    if chosen is None:
        return list(rows)
    key, is_down = chosen
    valued = [(columns[key](row), row) for row in rows]
    with_value = [(_comparable(value), row) for value, row in valued if value is not None and value != ""]
    with_value.sort(key=lambda one: one[0], reverse=is_down)
    return [row for _value, row in with_value] + [
        row for value, row in valued if value is None or value == ""
    ]


def order_by(
    params: Mapping[str, Any], columns: Mapping[str, str | Func], *own: str | OrderBy
) -> tuple[str | OrderBy, ...]:
    """The same for a queryset of which a page is read; `own` is the list's own order, which ends in something unique."""
    chosen = asked(params, columns)
    if chosen is None:
        return own
    key, is_down = chosen
    column = columns[key]
    return (
        OrderBy(F(column) if isinstance(column, str) else column, descending=is_down, nulls_last=True),
        *own,
    )


def of_light(light: Any) -> int | None:
    """The place of a light among all, the worst first."""
    return WORST_FIRST.index(light) if light in WORST_FIRST else None


def of_share(part: int, whole: int) -> float | None:
    """A share; None of nothing."""
    return part / whole if whole else None


def of_text(column: str) -> Func:
    """A column of names, as `sort_rows` sorts them."""
    return Func(F(column), Value("GB18030"), function="convert_to", output_field=BinaryField())


def _comparable(value: Any) -> Any:
    """Names in the order of GB 18030, in which the common characters stand by their pinyin."""
    return value.encode("gb18030", "replace") if isinstance(value, str) else value
