"""What an upload would change, task by task, compared with the drafts in the database.

What is confirmed later are the very values that the preview showed, signed; the format writes them in one batch.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from tasks.workbooks.reading import Filled, Parsed
from tasks.workbooks.values import CellProblem, Place

F = TypeVar("F", bound=Filled)
F_in = TypeVar("F_in", bound=Filled, contravariant=True)
V = TypeVar("V")


class Task(Protocol):
    """A task as the preview names it."""

    @property
    def code(self) -> str: ...
    @property
    def heading(self) -> str: ...


@dataclass(frozen=True)
class FieldChange:
    """One field: the draft's value, the workbook's value ("" for none), and the cell."""

    label: str
    before: str
    after: str
    place: str


@dataclass(frozen=True)
class RowChange(Generic[V]):
    """One task whose draft would change; `value` is what would be written."""

    task: Task
    row: int
    is_new: bool
    fields: tuple[FieldChange, ...]
    value: V


@dataclass
class Preview(Generic[V]):
    """All that an upload would do. With any problem nothing is done."""

    changes: list[RowChange[V]] = field(default_factory=list)
    same: int = 0  # tasks that nobody touched, or that are equal to their drafts
    missing: list[str] = field(default_factory=list)  # codes of tasks that are no longer in the workbook
    problems: list[CellProblem] = field(default_factory=list)
    notes: list[CellProblem] = field(default_factory=list)
    signed: str = (
        ""  # the values for the browser to keep until they are confirmed; "" when there is nothing to confirm
    )


class RowRefused(Exception):
    """The agency may not change this task, or its draft has changed since the download; `str(error)` says why."""


class Comparison(Protocol[F_in, V]):
    """How a format compares what was read with the drafts, which it has loaded before."""

    def change(self, filled: F_in) -> RowChange[V] | None:
        """What would change; None for a task that is equal to its draft. Raises RowRefused."""

    def problems(self, filled: F_in, value: V, reported: set[Place]) -> Iterable[tuple[str, Place]]:
        """(message, cell) of what the write path would refuse, but for the cells that are `reported` already."""


def compare(
    parsed: Parsed[F], comparison: Comparison[F, V], sign: Callable[[Sequence[V]], str]
) -> Preview[V]:
    """Compare all touched tasks with their drafts."""
    preview = Preview[V](
        same=parsed.untouched,
        missing=[key.code for key in parsed.missing],
        problems=list(parsed.problems),
        notes=list(parsed.notes),
    )
    reported = {problem.at for problem in preview.problems}
    for filled in parsed.rows:
        try:
            change = comparison.change(filled)
        except RowRefused as refusal:
            preview.problems.append(CellProblem(str(refusal), *filled.place("code")))
            reported.add(filled.place("code"))
            continue
        if change is None:
            preview.same += 1
            continue
        for message, place in comparison.problems(filled, change.value, reported):
            preview.problems.append(CellProblem(message, *place))
            reported.add(place)
        preview.changes.append(change)
    preview.changes.sort(key=lambda change: change.row)
    preview.problems.sort(key=lambda problem: problem.at)
    if preview.changes and not preview.problems:
        preview.signed = sign([change.value for change in preview.changes])
    return preview


def place_text(place: Place) -> str:
    """A cell as people name it, such as 填报 E7."""
    return CellProblem("", *place).place
