"""A table that leaves the site as a file: each column is defined once, with its title, its width and how its value
follows from a row."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column. `width` is in characters of a workbook; `value` gives text, a number, a moment or None for blank."""

    title: str
    width: int
    value: Callable[[Row], Any]


@dataclass(frozen=True)
class Table(Generic[Row]):
    """A titled table with notes above it. `sheet` is the name of its sheet in a workbook."""

    sheet: str
    title: str
    notes: Sequence[str]
    columns: Sequence[Column[Row]]
    rows: Iterable[Row]

    def lines(self) -> Iterator[list[Any]]:
        """The values of each row, in the order of the columns."""
        for row in self.rows:
            yield [column.value(row) for column in self.columns]


def by_position(heads: Sequence[tuple[str, int]]) -> list[Column[Sequence[Any]]]:
    """Columns of rows that are lists already: (title, width) for each position. A short row ends in blanks."""

    def value_at(position: int) -> Callable[[Sequence[Any]], Any]:
        return lambda row: row[position] if position < len(row) else None

    return [Column(title, width, value_at(position)) for position, (title, width) in enumerate(heads)]
