"""What a ledger says of a plan now: which task each row is, what would be written for whom, and what would not and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.models import AgencyName
from tasks.agencies.queries import names_at
from tasks.errors import Problem, Problems
from tasks.files import storage
from tasks.importing.permissions import of_own_place
from tasks.ledgers.columns import from_data, period_words
from tasks.ledgers.goals import goal_words, goals_held
from tasks.ledgers.matching import Match, match_rows
from tasks.ledgers.models import Ledger
from tasks.people.models import User
from tasks.people.permissions import may_backfill
from tasks.plans.documents.extraction import extract
from tasks.plans.documents.ledgers import Ledger as Reading
from tasks.plans.documents.ledgers import PastPeriod, read_ledger
from tasks.plans.documents.spreadsheet import uncalculated_cells
from tasks.plans.documents.table_heads import Column, ColumnPeriod
from tasks.plans.documents.values import Document, refusal
from tasks.plans.models import Plan, Responsibility, Task
from tasks.plans.queries import ended_tasks
from tasks.plans.structure import Goal
from tasks.submissions.backfilling import backfilled_keys, closed_to_backfill, opened_quarters
from tasks.submissions.content import DraftInput, shape_problems, understood
from tasks.submissions.fields import field_values
from tasks.submissions.models import ProblemCategory, Submission
from tasks.values import Duty, Period
from tasks.workbooks.values import CellProblem

MAX_TASKS = 3000


@dataclass(frozen=True)
class Line:
    """One submission that would be written."""

    entry: DraftInput
    task: Task
    agency: str
    place: str
    printed: str  # the agency that the ledger names instead, "" where they agree


@dataclass(frozen=True)
class GoalLine:
    """A 年度目标 or 节点 that would be written for a task."""

    task: Task
    goal: Goal
    place: str

    @property
    def what(self) -> str:
        return goal_words(self.goal.year, self.goal.first, self.goal.last)


@dataclass(frozen=True)
class Skipped:
    """What the ledger says and what is not written, with the reason."""

    place: str
    task: str
    quarter: Period | None
    why: str


@dataclass
class Prepared:
    """A ledger against its plan. `entries` are what would be written; the rest says what would not be."""

    columns: tuple[Column, ...]
    reading: Reading
    matches: tuple[Match, ...] = ()
    lines: list[Line] = field(default_factory=list)
    goals: list[GoalLine] = field(default_factory=list)
    uncalculated: list[CellProblem] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    existing: list[Skipped] = field(default_factory=list)

    @property
    def entries(self) -> list[DraftInput]:
        return [line.entry for line in self.lines]

    @property
    def open(self) -> list[Match]:
        """The rows of which the office must say which task they are."""
        return [match for match in self.matches if match.is_open]

    @property
    def left_out(self) -> list[Match]:
        """The rows that the office said are none of the plan's tasks."""
        return [match for match in self.matches if match.task is None and not match.is_open]

    @property
    def problems(self) -> tuple[CellProblem, ...]:
        return (*self.reading.problems, *self.uncalculated)

    @property
    def quarters(self) -> list[Period]:
        return sorted({line.entry.quarter for line in self.lines})

    @property
    def tasks(self) -> int:
        return len({line.task.pk for line in self.lines})


def shown_to(user: User) -> Q:
    """The ledgers of the plans of which the user is the office, and those of which the user's place makes a plan."""
    return of_own_place(user, may_backfill)


def ledgers_for(user: User) -> QuerySet[Ledger]:
    """The ledgers that the office sees, the latest first, for pages and API."""
    rows = Ledger.objects.filter(shown_to(user)).select_related(
        "file", "plan__jurisdiction", "uploaded_by", "submitted_by", "decided_by"
    )
    return rows.defer("plan__text").order_by("-id")


def content_of(row: Ledger) -> bytes:
    """The ledger's file."""
    with storage.get(row.file) as content:
        return bytes(content.read())


def document_of(row: Ledger) -> Document:
    """The ledger's file, read again."""
    return extract(row.file.name, content_of(row))


def prepared(row: Ledger, now: datetime | None = None) -> Prepared:
    """The ledger against its plan. A fixed number of queries. Raises Problems where it cannot be read by its columns."""
    moment = now or clock.now()
    columns, content = from_data(row.columns), content_of(row)
    reading = read_ledger(extract(row.file.name, content), columns, row.year)
    if not reading.rows:
        raise refusal(_("表头下面没有任务行。"))
    if len(reading.rows) > MAX_TASKS:
        told = _("台账有 %(count)d 项任务，一份最多 %(limit)d 项，请分成几份。")
        raise refusal(told % {"count": len(reading.rows), "limit": MAX_TASKS})
    found = Prepared(columns, reading, uncalculated=_uncalculated(content, columns, reading))
    if row.plan is None:
        if found.uncalculated:
            first = found.uncalculated[0]
            raise refusal(f"{first.place}：{first.message}")
        return found
    if any(not one.period.year for line in reading.rows for one in line.past):
        raise Problems([Problem("year", _("台账没有写明是哪一年的，请填写年份。"))])
    tasks = list(Task.objects.filter(plan=row.plan).select_related("group").order_by("order"))
    found.matches = match_rows(reading.rows, tasks, row.answers)
    _Lines(row.plan, moment, found).write()
    return found


def _uncalculated(content: bytes, columns: Sequence[Column], reading: Reading) -> list[CellProblem]:
    """Cells of tasks, in columns that are used, whose formula has no result."""
    used = {column.index + 1 for column in columns if column.field}
    rows = {(line.task.place.sheet, line.task.place.number) for line in reading.rows}
    told = _("这一格是公式，文件里没有存下结果，请用 Excel 或 WPS 打开、保存后再上传。")
    return [
        CellProblem(told, sheet, row, column)
        for sheet, row, column in uncalculated_cells(content)
        if column in used and (sheet, row) in rows
    ]


def period_of_plan(plan: Plan, period: ColumnPeriod) -> Period:
    """The period of the plan in which the column's last month lies: where the plan is reported on by quarters, 上半年 is told
    by the second one."""
    return plan.period_of(date(period.year, period.last, 1))


class _Lines:
    """Turns matched rows into entries."""

    def __init__(self, plan: Plan, moment: datetime, found: Prepared) -> None:
        self.plan, self.found = plan, found
        self.opened, self.taken = opened_quarters(plan), backfilled_keys(plan)
        self.ended = ended_tasks({plan.pk}, moment)
        self.moment = moment
        self.held: defaultdict[int, list[Responsibility]] = defaultdict(list)
        for one in Responsibility.objects.filter(task__plan=plan, known__contains=moment).order_by("order"):
            self.held[one.task_id].append(one)
        agencies = {one.agency_id for held in self.held.values() for one in held}
        self.names: defaultdict[int, set[str]] = defaultdict(set)
        for pk, short, full in AgencyName.objects.filter(agency__in=agencies).values_list(
            "agency", "short", "full"
        ):
            self.names[pk] |= {short, full}
        self.shown: dict[Period, Mapping[int, AgencyName]] = {}
        goals = goals_held().filter(task__plan=plan)
        self.goals = {
            (one.task_id, one.year, one.first, one.last)
            for one in goals.only("task", "year", "first", "last")
        }

    def write(self) -> None:
        first: dict[int, Match] = {}
        for match in self.found.matches:
            task = match.task
            if task is None:
                continue
            if task.pk in first:
                why = _("与%(row)s是同一项任务，只补录前面一行；请合并，或把其中一行指定为别的任务。")
                self._skip(match, None, why % {"row": str(first[task.pk].row.task.place)})
                continue
            first[task.pk] = match
            for goal in match.row.goals:
                self._goal(match, task, goal)
            for quarter, past in _by_quarter(self.plan, match.row.past):
                self._line(match, task, quarter, past)

    def _goal(self, match: Match, task: Task, goal: Goal) -> None:
        if not goal.year:
            self._skip(match, None, _("年度目标没有写明是哪一年的，请在“各列”中填写台账是哪一年的。"))
        elif (task.pk, goal.year, goal.first, goal.last) in self.goals:
            what = goal_words(goal.year, goal.first, goal.last)
            self.found.existing.append(
                Skipped(str(match.row.task.place), task.heading, None, _("已有%(what)s。") % {"what": what})
            )
        else:
            self.found.goals.append(GoalLine(task, goal, str(match.row.task.place)))

    def _line(self, match: Match, task: Task, quarter: Period, past: Sequence[PastPeriod]) -> None:
        if not any(
            one.progress or one.problems or one.next_steps or one.light or one.percent is not None
            for one in past
        ):
            return
        if why := closed_to_backfill(self.plan, quarter, self.opened, self.moment):
            self._skip(match, quarter, why)
            return
        if self.ended.term(task.pk, quarter) is not None:
            self._skip(match, quarter, _("任务在这一期以前已经销号或撤销。"))
            return
        duty = self._duty(match, task, quarter)
        if duty is None:
            self._skip(match, quarter, _("这项任务当期没有牵头单位，表里也看不出由哪家填。"))
            return
        entry = understood(_entry(self.plan, task, duty.agency_id, quarter, past))
        if field_values(entry) == field_values(Submission()):
            return
        if problems := shape_problems(entry, task.code):
            self._skip(match, quarter, problems[0].message)
            return
        if (task.pk, duty.agency_id, quarter) in self.taken:
            self.found.existing.append(
                Skipped(str(match.row.task.place), task.heading, quarter, _("这一期已由另一份台账补录。"))
            )
            return
        name = self._name(duty.agency_id, quarter)
        leads = [one.name for one in match.row.task.mentions if one.duty == Duty.LEAD]
        differs = leads and not self.names[duty.agency_id] & set(leads)
        self.found.lines.append(
            Line(entry, task, name, str(match.row.task.place), "、".join(leads) if differs else "")
        )

    def _duty(self, match: Match, task: Task, quarter: Period) -> Responsibility | None:
        """Who reports on the task: whoever consolidates; without one the only agency, or the one that the row names."""
        held = [one for one in self.held[task.pk] if quarter.within(one.valid)]
        lead = next((one for one in held if one.duty == Duty.LEAD), None)
        if lead is not None or len(held) < 2:
            return lead or next(iter(held), None)
        printed = {one.name for one in match.row.task.mentions}
        named = [one for one in held if self.names[one.agency_id] & printed]
        return named[0] if len(named) == 1 else None

    def _name(self, agency_id: int, quarter: Period) -> str:
        if quarter not in self.shown:
            self.shown[quarter] = names_at(quarter, set(self.names))
        name = self.shown[quarter].get(agency_id)
        return name.short if name else next(iter(sorted(self.names[agency_id])), "")

    def _skip(self, match: Match, quarter: Period | None, why: str) -> None:
        self.found.skipped.append(
            Skipped(str(match.row.task.place), match.row.task.heading.name, quarter, why)
        )


def _by_quarter(plan: Plan, past: Iterable[PastPeriod]) -> list[tuple[Period, list[PastPeriod]]]:
    """The periods of a row by the period of the plan in which they are told, each in the order of time."""
    found: defaultdict[Period, list[PastPeriod]] = defaultdict(list)
    for one in past:
        found[period_of_plan(plan, one.period)].append(one)
    return sorted(found.items(), key=lambda item: item[0])


def _entry(plan: Plan, task: Task, agency_id: int, quarter: Period, past: Sequence[PastPeriod]) -> DraftInput:
    """What the periods say together; where a text is of another period than the plan's, its own stands before it."""

    def told(text: str, one: PastPeriod) -> str:
        exact = (one.period.first, one.period.last) == (quarter.first_month, quarter.last_month)
        return text if exact or not text else f"{period_words(one.period.first, one.period.last)}：{text}"

    done = [told(one.progress, one) for one in past]
    lights = [one.light for one in past if one.light]
    percents = [one.percent for one in past if one.percent is not None]
    problems = [told(one.problems, one) for one in past if one.problems]
    return DraftInput(
        plan.pk,
        quarter,
        task.pk,
        agency_id,
        light=lights[-1] if lights else "",
        progress=percents[-1] if percents else None,
        done="\n".join(filter(None, done)),
        problems=[{"category": ProblemCategory.OTHER.value, "text": text} for text in problems],
        next_steps="\n".join(told(one.next_steps, one) for one in past if one.next_steps),
    )
