"""Reads an office's own ledger (台账): its tasks as a table of tasks, and what its columns say of past periods.

The columns are proposed by their heads. A person confirms or changes them once; what they chose goes by the head, so that
the next file with the same heads is read alike.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from tasks.errors import Problem, Problems
from tasks.plans.documents.table_heads import Column, ColumnPeriod, candidates, heads, period_of
from tasks.plans.documents.task_tables import TaskRow, TaskTable, read_task_table
from tasks.plans.documents.values import FIELD, Document, Format, refusal
from tasks.plans.names import clean
from tasks.plans.structure import Goal
from tasks.values import Light
from tasks.workbooks.values import CellProblem

LIMIT = 4000  # characters of a text, as in a submission
_FILED = ("progress", "problems", "next_steps", "status")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*[%％]")
_LIGHTS = (
    (Light.BLUE, re.compile("蓝|已?完成|办结|销号|✓|√|是")),
    (Light.RED, re.compile("红|滞后|逾期|未完成|未启动|严重")),
    (Light.YELLOW, re.compile("黄|风险|缓慢|偏慢|基本")),
    (Light.GREEN, re.compile("绿|正常|推进中|进行中|按序时|达到序时|序时")),
)
_UNDONE = re.compile("未|没有?|尚|不")


@dataclass(frozen=True)
class PastPeriod:
    """What the ledger says of a task in one period. `light` is a value of `Light` or "", `percent` the progress stated."""

    period: ColumnPeriod
    progress: str = ""
    problems: str = ""
    next_steps: str = ""
    light: str = ""
    percent: int | None = None


@dataclass(frozen=True)
class LedgerRow:
    """A task of the ledger: its row, what it is to reach in the year and by periods of it, and its past periods in order."""

    task: TaskRow
    goals: tuple[Goal, ...]
    past: tuple[PastPeriod, ...]

    @property
    def is_done(self) -> bool:
        """Whether the last period that says anything says that the task is done. Others are carried over (结转)."""
        said = [each for each in self.past if each.light or each.percent is not None or each.progress]
        return bool(said) and (said[-1].light == Light.BLUE.value or said[-1].percent == 100)


@dataclass(frozen=True)
class Ledger:
    """A ledger that was read. `problems` name the cells to mend; what stands in them is left out."""

    table: TaskTable
    year: int
    rows: tuple[LedgerRow, ...]
    problems: tuple[CellProblem, ...]

    @property
    def unfinished(self) -> tuple[LedgerRow, ...]:
        """The tasks to carry over to the next year's plan."""
        return tuple(row for row in self.rows if not row.is_done)


def proposed_columns(document: Document) -> tuple[Column, ...]:
    """The columns of the ledger with the fields that their heads name; those of the first table where none is recognised."""
    for table in document.tables:
        found = heads(table)
        if found is not None:
            return found.columns
    return candidates(document.tables[0]) if document.tables else ()


def read_ledger(document: Document, columns: Sequence[Column] = (), year: int = 0) -> Ledger:
    """Read the ledger by the columns as a person confirmed them; without them, as proposed. `year` is that of periods
    without one; without it, the year in the ledger's title or in the sheet's name.

    Raises Problems where the columns name no task, or the same field and period twice, and where the year is not known.
    """
    if document.format is not Format.EXCEL:
        raise refusal(_("台账请用 Excel（.xlsx）上传。"))
    check_columns(columns)
    table = read_task_table(document, chosen={column.head: column for column in columns} or None)
    if table is None:
        raise refusal(_("表里找不到任务列，请指定哪一列是任务。"))
    filed = [column for column in table.heads.columns if column.field in _FILED]
    year = year or table.year(document)
    problems: list[CellProblem] = []
    stated = {id(row): _stated_period(document, table, row, problems) for row in table.rows}
    of_period = [*filed, *table.heads.of("node")]
    without_year = any(period and not period.year for period in stated.values()) or any(
        column.period and not column.period.year for column in of_period
    )
    if not year and without_year:
        raise Problems([Problem("year", _("台账没有写明是哪一年的，请填写年份。"))])
    rows = []
    for row in table.rows:
        own = stated[id(row)]
        if own is None and table.heads.of("period"):
            continue
        rows.append(LedgerRow(row, _goals(row, year), _past(document, filed, row, own, year, problems)))
    if table.heads.of("period"):
        rows = _by_task(rows, problems, table.heads.of("task")[0].index + 1)
    else:
        problems = [*_repeated(table), *problems]
    return Ledger(table, year, tuple(rows), tuple(problems))


def _stated_period(
    document: Document, table: TaskTable, row: TaskRow, problems: list[CellProblem]
) -> ColumnPeriod | None:
    """The period that the row's own cell names, where the ledger has a row for each task and period."""
    for column in table.heads.of("period"):
        cell = row.cells.get(column.index)
        found = period_of(cell.text) if cell else None
        if found is None:
            place = document.place(cell.start) if cell else row.place
            told = _("看不出“%(text)s”是哪一期，请写成“一季度”“上半年”“3月”这样。") % {
                "text": cell.text.strip()[:20] if cell else ""
            }
            problems.append(CellProblem(told, place.sheet, place.number, column.index + 1))
        return found
    return None


def _by_task(rows: Sequence[LedgerRow], problems: list[CellProblem], column: int) -> list[LedgerRow]:
    """One row for each task, with the periods of all its rows; a period that comes twice is a problem."""
    found: dict[tuple[str, ...], LedgerRow] = {}
    for row in rows:
        key = _name(row.task)
        first = found.get(key)
        if first is None:
            found[key] = row
            continue
        if {one.period for one in first.past} & {one.period for one in row.past}:
            told = _("同一任务的同一期与前面的行重复，请合并。")
            problems.append(CellProblem(told, row.task.place.sheet, row.task.place.number, column))
            continue
        past = sorted((*first.past, *row.past), key=lambda p: (p.period.year, p.period.last, p.period.first))
        goals = {(one.year, one.first, one.last): one for one in (*row.goals, *first.goals)}
        found[key] = replace(first, goals=tuple(goals.values()), past=tuple(past))
    return list(found.values())


def check_columns(columns: Sequence[Column]) -> None:
    """Raise Problems for a choice of columns that cannot be read: none or several for the task, two for the same content."""
    if not columns:
        return
    problems = []
    if sum(column.field == "task" for column in columns) != 1:
        problems.append(Problem(FIELD, _("请指定一列为任务，且只指定一列。")))
    seen: dict[tuple[str, ColumnPeriod | None], str] = {}
    for column in columns:
        if column.field not in ("number", "task", "deadline", "target", "period", "node", *_FILED):
            continue
        key = (column.field, column.period)
        if key in seen:
            problems.append(
                Problem(
                    FIELD,
                    _("“%(first)s”和“%(second)s”指定成了同一项内容，请改其中一列。")
                    % {"first": seen[key], "second": column.head},
                )
            )
        seen.setdefault(key, column.head)
    if problems:
        raise Problems(problems)


def _goals(row: TaskRow, year: int) -> tuple[Goal, ...]:
    """The goals of the row, each of a year and its months once."""
    found: dict[ColumnPeriod, Goal] = {}
    for goal in row.goals:
        key = ColumnPeriod(goal.first, goal.last, goal.year or year)
        before = found.get(key)
        name = f"{before.name}\n{goal.name}" if before and before.name != goal.name else goal.name
        found[key] = replace(goal, year=key.year, name=name)
    return tuple(found.values())


def _past(
    document: Document,
    columns: Sequence[Column],
    row: TaskRow,
    own: ColumnPeriod | None,
    year: int,
    problems: list[CellProblem],
) -> tuple[PastPeriod, ...]:
    """The periods of which the row says anything; columns without a period speak of the row's own, or else of the whole
    year."""
    found: dict[ColumnPeriod, PastPeriod] = {}
    for column in columns:
        cell = row.cells.get(column.index)
        text = cell.text.strip() if cell else ""
        if cell is None or not text or re.fullmatch(r"[—–\-－/／无]+", text):
            continue
        place = document.place(cell.start)
        if len(text) > LIMIT:
            told = _("有 %(length)d 字，最多 %(limit)d 字，请删减。") % {"length": len(text), "limit": LIMIT}
            problems.append(CellProblem(told, place.sheet, place.number, column.index + 1))
            continue
        period = column.period or own or ColumnPeriod(1, 12)
        period = replace(period, year=period.year or year)
        past = found.get(period, PastPeriod(period))
        if column.field == "status":
            light, percent = _status(text)
            if not light and percent is None:
                told = _("看不出“%(text)s”是什么状态，请写“正常”“有风险”“滞后”“已完成”，或百分比。") % {
                    "text": text[:20]
                }
                problems.append(CellProblem(told, place.sheet, place.number, column.index + 1))
            past = replace(
                past, light=light or past.light, percent=past.percent if percent is None else percent
            )
        else:
            past = _with_words(past, column.field, text)
        found[period] = past
    return tuple(found[period] for period in sorted(found, key=lambda p: (p.year, p.last, p.first)))


def _with_words(past: PastPeriod, field: str, text: str) -> PastPeriod:
    """The period with a text more; several columns of one field follow each other."""

    def joined(said: str) -> str:
        return f"{said}\n{text}" if said else text

    if field == "problems":
        return replace(past, problems=joined(past.problems))
    if field == "next_steps":
        return replace(past, next_steps=joined(past.next_steps))
    return replace(past, progress=joined(past.progress))


def _status(text: str) -> tuple[str, int | None]:
    """(light, per cent) of a cell such as 正常推进, 已完成, 80%."""
    words = clean(text)
    percent = _PERCENT.search(words)
    if percent and float(percent[1]) <= 100:
        number = int(float(percent[1]))
        return (Light.BLUE.value if number == 100 else "", number)
    for light, pattern in _LIGHTS:
        match = pattern.search(words)
        if match and not (light is Light.BLUE and _UNDONE.search(words)):
            return light.value, None
    return "", None


def _repeated(table: TaskTable) -> list[CellProblem]:
    """Tasks that stand twice under one heading: nobody could tell which a return belongs to."""
    seen: dict[tuple[str, ...], TaskRow] = {}
    problems = []
    column = table.heads.of("task")[0].index + 1
    for row in table.rows:
        key = _name(row)
        if first := seen.get(key):
            told = _("任务与第 %(row)d 行重复，请合并或改名。") % {"row": first.place.number}
            problems.append(CellProblem(told, row.place.sheet, row.place.number, column))
        seen.setdefault(key, row)
    return problems


def _name(row: TaskRow) -> tuple[str, ...]:
    """The task under its headings."""
    return (*(group.name for group in row.groups), row.heading.name)
