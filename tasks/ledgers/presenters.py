"""What the pages of ledgers show."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tasks.ledgers.columns import FIELDS, OF_PERIOD, PERIODS, period_words
from tasks.ledgers.matching import Match
from tasks.ledgers.queries import Line, Prepared, Skipped
from tasks.plans.documents.table_heads import Column
from tasks.plans.models import Task
from tasks.submissions.fields import FIELD
from tasks.values import Period
from tasks.workbooks.values import letters

EXCERPT = 40


@dataclass(frozen=True)
class ColumnRow:
    """A column on the form that names them."""

    index: int
    letter: str
    head: str
    field: str
    fields: Sequence[tuple[str, str]]
    period: str
    periods: Sequence[tuple[str, str]]
    of_period: bool
    year: int


@dataclass(frozen=True)
class Cell:
    """What is written of a task for a quarter."""

    light: str
    progress: int | None
    text: str


@dataclass(frozen=True)
class TaskLine:
    """A task with what is written of it, a cell for each quarter of the page, None where there is nothing."""

    place: str
    code: str
    heading: str
    agencies: str
    printed: str
    cells: Sequence[Cell | None]


@dataclass(frozen=True)
class OpenRow:
    """A row of which it must be said which task it is."""

    key: str
    place: str
    heading: str
    agencies: str
    alike: Sequence[Task]


@dataclass(frozen=True)
class Reason:
    """Why something is not written, and of which rows."""

    why: str
    count: int
    what: Sequence[str]


def column_rows(columns: Sequence[Column]) -> list[ColumnRow]:
    """The columns that have a head."""
    rows = []
    for column in columns:
        if not column.head:
            continue
        kept = (column.period.first, column.period.last) if column.period else (0, 0)
        periods = [(f"{a}-{b}", period_words(a, b)) for a, b in PERIODS]
        if kept not in PERIODS:
            periods.append((f"{kept[0]}-{kept[1]}", period_words(*kept)))
        rows.append(
            ColumnRow(
                column.index,
                letters(column.index + 1),
                column.head,
                column.field,
                [("", _("不用")), *((name, str(label)) for name, label in FIELDS.items())],
                f"{kept[0]}-{kept[1]}",
                periods,
                column.field in OF_PERIOD,
                column.period.year if column.period else 0,
            )
        )
    return rows


def task_lines(found: Prepared) -> list[TaskLine]:
    """What would be written, a row for each task and agency."""
    quarters = found.quarters
    by_task: defaultdict[tuple[int, str], dict[Period, Line]] = defaultdict(dict)
    for line in found.lines:
        by_task[line.task.pk, line.agency][line.entry.quarter] = line
    shown = []
    for (_pk, agency), lines in by_task.items():
        first = next(iter(lines.values()))
        shown.append(
            TaskLine(
                first.place,
                first.task.code,
                first.task.heading,
                agency,
                first.printed,
                [_cell(lines[quarter]) if quarter in lines else None for quarter in quarters],
            )
        )
    return shown


def _cell(line: Line) -> Cell:
    said = [FIELD[name].shown(getattr(line.entry, name)) for name in ("done", "problems", "next_steps")]
    text = " ".join(" ".join(filter(None, said)).split())
    return Cell(line.entry.light, line.entry.progress, f"{text[:EXCERPT]}…" if len(text) > EXCERPT else text)


def open_rows(matches: Sequence[Match]) -> list[OpenRow]:
    return [
        OpenRow(
            match.key,
            str(match.row.task.place),
            match.row.task.heading.name,
            "、".join(one.name for one in match.row.task.mentions),
            match.alike,
        )
        for match in matches
    ]


def reasons(rows: Sequence[Skipped]) -> list[Reason]:
    """The reasons, each with the rows that it concerns."""
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        quarter = f" {row.quarter}" if row.quarter else ""
        grouped[row.why].append(f"{row.task}{quarter}")
    return [Reason(why, len(what), what) for why, what in grouped.items()]
