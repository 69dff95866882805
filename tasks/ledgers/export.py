"""What a quarter of the plan says, in the columns of the office's own workbook."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from tasks.agencies.models import AgencyName
from tasks.agencies.queries import names_at
from tasks.ledgers.columns import OF_PERIOD
from tasks.ledgers.goals import goals_of
from tasks.plans.documents.ledger_export import Entry
from tasks.plans.documents.table_heads import DUTIES, Column, ColumnPeriod
from tasks.plans.models import Plan, Responsibility, Task, TaskTerm
from tasks.standing.queries import Standing, standing_between
from tasks.submissions.fields import FIELD
from tasks.submissions.models import Version
from tasks.values import BACKFILLED, Duty, Light, Period


def entries_of(plan: Plan, period: Period, columns: Sequence[Column], *, known_at: datetime) -> list[Entry]:
    """An entry for each task, in the plan's order. A column that names a period says what was reported in it, up to `period`;
    one that names none says what was reported in `period`. A fixed number of queries."""
    first = plan.period_of(date(period.year, 1, 1))
    told = _Told(plan, max(first, plan.first_quarter), period, known_at)
    return [told.entry(task, columns) for task in told.tasks]


class _Told:
    """All that is needed of the plan, loaded once."""

    def __init__(self, plan: Plan, first: Period, period: Period, known_at: datetime) -> None:
        self.plan, self.period = plan, period
        self.tasks = list(Task.objects.filter(plan=plan).select_related("group").order_by("order"))
        rows = standing_between(min(first, period), period, known_at=known_at, plan_ids=[plan.pk])
        self.rows: dict[tuple[int, Period], Standing] = {}
        for row in rows:
            if row.version_id is not None and (
                row.duty == Duty.LEAD or (row.task_id, row.quarter) not in self.rows
            ):
                self.rows[row.task_id, row.quarter] = row
        self.versions = Version.every.in_bulk(
            {row.version_id for row in self.rows.values() if row.version_id}
        )
        self.held: defaultdict[int, list[Responsibility]] = defaultdict(list)
        held = Responsibility.objects.filter(task__plan=plan, known__contains=known_at).order_by("order")
        for one in held:
            if period.within(one.valid):
                self.held[one.task_id].append(one)
        self.names: Mapping[int, AgencyName] = names_at(
            period, {one.agency_id for held_ in self.held.values() for one in held_}
        )
        self.goals = goals_of([task.pk for task in self.tasks])
        self.deadlines = {
            term.task_id: term.deadline
            for term in TaskTerm.objects.filter(task__plan=plan, known__contains=known_at)
            if term.deadline and period.within(term.valid)
        }

    def entry(self, task: Task, columns: Sequence[Column]) -> Entry:
        values: dict[tuple[str, ColumnPeriod | None], Any] = {("task", None): task.heading}
        for column in columns:
            if column.field in OF_PERIOD:
                value = self._reported(task, column.field, column.period)
            else:
                value = self._of_task(task, column.field)
            if column.field and column.field != "task" and value not in (None, ""):
                values[column.field, column.period] = value
        return Entry(values)

    def _of_task(self, task: Task, field: str) -> Any:
        if field == "number":
            return task.code
        if field == "group":
            return task.group.name if task.group else ""
        if field == "target":
            return self._goals(task, ColumnPeriod(1, 12, self.period.year))
        if field == "deadline":
            return self.deadlines.get(task.pk)
        if field == "responsible":
            parts = (self._agencies(task, Duty.LEAD.value), self._agencies(task, Duty.CO.value))
            return "；".join(filter(None, parts))
        return self._agencies(task, field) if field in DUTIES else None

    def _agencies(self, task: Task, role: str) -> str:
        return "、".join(
            self.names[one.agency_id].short
            for one in self.held[task.pk]
            if one.role == role and one.agency_id in self.names
        )

    def _goals(self, task: Task, named: ColumnPeriod) -> str:
        return "\n".join(
            one.text
            for one in self.goals.get(task.pk, ())
            if (one.year or named.year, one.first, one.last) == (named.year, named.first, named.last)
        )

    def _reported(self, task: Task, field: str, named: ColumnPeriod | None) -> Any:
        period = self.period
        if field == "node":
            own = named or ColumnPeriod(period.first_month, period.last_month)
            return self._goals(task, ColumnPeriod(own.first, own.last, own.year or period.year))
        if named is not None:
            period = self.plan.period_of(date(named.year or self.period.year, named.last, 1))
            if period > self.period:
                return None
        row = self.rows.get((task.pk, period))
        version = self.versions.get(row.version_id) if row and row.version_id else None
        if row is None or version is None:
            return None
        if field == "status":
            return _status(row)
        if field == "progress" and version.elsewhere:
            return _("另渠道报送")
        if field == "progress" and version.no_progress:
            return _("本期无进展：%s") % version.no_progress_reason
        name = {"progress": "done", "problems": "problems", "next_steps": "next_steps"}.get(field)
        return FIELD[name].shown(getattr(version, name)) if name else None


def _status(row: Standing) -> str:
    """正常（未核）, 滞后, 正常（补录）: the light that counts, and whether the office verified it."""
    if row.light not in Light.values:
        return ""
    word = str(Light(row.light).label).split(" ", 1)[-1]
    if row.state == BACKFILLED:
        return _("%(word)s（补录）") % {"word": word}
    return word if row.verified else _("%(word)s（未核）") % {"word": word}
