"""结转: which tasks of a plan are unfinished, and which task of a later plan each goes on as.

Unfinished is what was neither closed 销号 nor withdrawn, and whose last light is not blue and last progress not 100 %. The
light is the verified one, before that the reported one, or that of a ledger.
"""

import io
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell
from rapidfuzz import fuzz, process

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.audit.log import Entry, record_all
from tasks.errors import Conflict, Problem, Problems
from tasks.importing import actions as importing
from tasks.importing.models import PlanImport
from tasks.ledgers.goals import goals_of, last_year_goal
from tasks.ledgers.matching import ALIKE, plain_name
from tasks.ledgers.models import CarriedTask
from tasks.people.models import User
from tasks.people.permissions import may_backfill
from tasks.plans.models import ENDED, Plan, Responsibility, Task, TaskTerm
from tasks.plans.queries import published_for
from tasks.submissions.models import Version
from tasks.values import Duty, Light, Period
from tasks.workbooks import safe_cells

TITLE_LIMIT = 100


@dataclass(frozen=True)
class Unfinished:
    """A task that goes on. `light` is "" where nothing was ever reported; `carried` are its later tasks in the later plan,
    `proposed` the one of the same or nearly the same name."""

    task: Task
    light: str
    verified: bool
    backfilled: bool
    quarter: Period | None
    progress: int | None
    carried: Sequence[CarriedTask] = ()
    proposed: Task | None = None
    goal: str = ""  # what it was to reach in the last year that has a goal


def later_plans(plan: Plan, user: User) -> list[Plan]:
    """The plans of the user into which its tasks may go on, the nearest first."""
    later = [
        one for one in published_for(user) if one.pk != plan.pk and one.in_force_from >= plan.in_force_from
    ]
    return sorted(later, key=lambda one: (one.in_force_from, one.pk))


def unfinished(plan: Plan, later: Plan | None, now: datetime | None = None) -> list[Unfinished]:
    """The unfinished tasks of the plan, in its order. A fixed number of queries."""
    moment = now or clock.now()
    ended = set(
        TaskTerm.objects.filter(task__plan=plan, status__in=ENDED, known__contains=moment).values_list(
            "task", flat=True
        )
    )
    last = {
        version.task_id: version
        for version in Version.objects.filter(task__plan=plan, submitted_at__lte=moment)
        .order_by(
            "task_id", "-duty", "-quarter", F("decided_at").desc(nulls_last=True), "-submitted_at", "-pk"
        )
        .distinct("task")
    }
    made: defaultdict[int, list[CarriedTask]] = defaultdict(list)
    others: dict[int, str] = {}
    by_id: dict[int, Task] = {}
    if later is not None:
        carried = CarriedTask.objects.filter(earlier__plan=plan, later__plan=later, undone_at=None)
        for one in carried.select_related("later"):
            made[one.earlier_id].append(one)
        by_id = {task.pk: task for task in Task.objects.filter(plan=later)}
        others = {task.pk: plain_name(task.heading) for task in by_id.values()}
    found = []
    tasks = list(Task.objects.filter(plan=plan).select_related("group").order_by("order"))
    goals = goals_of([task.pk for task in tasks])
    for task in tasks:
        version = last.get(task.pk)
        light = (version.verified_light or version.light) if version else ""
        if task.pk in ended or light == Light.BLUE or (version and version.progress == 100):
            continue
        nearest = process.extractOne(plain_name(task.heading), others, scorer=fuzz.ratio, score_cutoff=ALIKE)
        found.append(
            Unfinished(
                task,
                light,
                bool(version and version.verified_light),
                bool(version and version.backfill_id),
                version.quarter if version else None,
                version.progress if version else None,
                made[task.pk],
                by_id[nearest[2]] if nearest else None,
                last_year_goal(goals.get(task.pk, ())),
            )
        )
    return found


@transaction.atomic
def carry(
    *, by: User, plan: Plan, later: Plan, pairs: Mapping[int, int], now: datetime | None = None
) -> list[CarriedTask]:
    """Record that tasks go on, {task id: id of the later plan's task}. Raises Problems for what is finished or belongs to
    another plan, Conflict for what was carried over already."""
    _check_may(by, plan.pk, later.pk)
    moment = now or clock.now()
    if not pairs:
        raise Problems([Problem("", _("请勾选要结转的任务，并选结转到哪一项。"))])
    if later.pk not in {one.pk for one in later_plans(plan, by)}:
        raise Problems([Problem("", _("请选一份以后的方案。"))])
    list(Plan.objects.select_for_update().filter(pk=plan.pk).values_list("pk", flat=True))
    rows = {row.task.pk: row for row in unfinished(plan, later, moment)}
    targets = set(Task.objects.filter(plan=later, pk__in=pairs.values()).values_list("pk", flat=True))
    if set(pairs) - set(rows) or set(pairs.values()) - targets:
        raise Problems([Problem("", _("有任务已经完成或不在这两份方案里，请刷新页面后再选。"))])
    for earlier, other in pairs.items():
        if any(one.later_id == other for one in rows[earlier].carried):
            raise Conflict(_("“%(task)s”已经结转，请刷新页面。") % {"task": rows[earlier].task.heading})
    made = CarriedTask.objects.bulk_create(
        CarriedTask(
            earlier_id=earlier,
            later_id=other,
            light=rows[earlier].light,
            progress=rows[earlier].progress,
            carried_by=by,
            carried_at=moment,
        )
        for earlier, other in pairs.items()
    )
    record_all(
        [
            Entry("task.carry", one, "", "", "", {"earlier": one.earlier_id, "later": one.later_id})
            for one in made
        ],
        by=by,
        at=moment,
    )
    return made


@transaction.atomic
def undo_carry(*, by: User, carried: int, now: datetime | None = None) -> None:
    """Take back that a task goes on as another. It stays on record."""
    moment = now or clock.now()
    row = CarriedTask.objects.filter(pk=carried).select_related("earlier", "later").first()
    if row is not None:
        _check_may(by, row.earlier.plan_id, row.later.plan_id)
    changed = CarriedTask.objects.filter(pk=carried, undone_at=None).update(undone_at=moment, undone_by=by)
    if row is None or not changed:
        raise Conflict(_("这项结转已经撤销，请刷新页面。"))
    data = {"earlier": row.earlier_id, "later": row.later_id}
    record_all([Entry("task.undo_carry", row, "", "", "", data)], by=by, at=moment)


def to_next_plan(
    *, by: User, plan: Plan, tasks: Collection[int], title: str, now: datetime | None = None
) -> PlanImport:
    """Hand the unfinished tasks to the import of plans, as the table of a plan with that title. Once it is loaded, `carry`
    records what goes on as what."""
    _check_may(by, plan.pk)
    moment = now or clock.now()
    title = title.strip()
    problems = []
    if not title:
        problems.append(Problem("title", _("请写下一份方案的标题。")))
    elif len(title) > TITLE_LIMIT:
        problems.append(Problem("title", _("标题最多 %(n)d 字。") % {"n": TITLE_LIMIT}))
    chosen = [row.task for row in unfinished(plan, None, moment) if row.task.pk in tasks]
    if not tasks or len(chosen) != len(set(tasks)):
        problems.append(Problem("", _("请勾选要结转的任务。")))
    if problems:
        raise Problems(problems)
    content = ContentFile(_book(plan, chosen, title, moment), name=f"{title}.xlsx")
    return importing.upload(by=by, upload=content, now=moment)


def _book(plan: Plan, tasks: Sequence[Task], title: str, moment: datetime) -> bytes:
    """The table of the next plan: a row for each task, with the agencies that have it at the end of this one."""
    period = plan.period_at(clock.today())
    held: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for one in Responsibility.objects.filter(task__in=tasks, known__contains=moment).order_by("order"):
        if period.within(one.valid):
            held[one.task_id, one.role].append(one.agency_id)
    names = names_at(period, {pk for ids in held.values() for pk in ids})
    roles = [role for role in Duty if any(key[1] == role for key in held)] or [Duty.LEAD]
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise RuntimeError("a new workbook has a sheet")
    goals = goals_of([task.pk for task in tasks])
    heads = [_("序号"), _("任务组"), _("任务"), *(_("%(role)s单位") % {"role": role.label} for role in roles)]
    heads.append(_("备注"))
    rows: list[list[object]] = [[title], list(heads)]
    for number, task in enumerate(tasks, 1):
        agencies = ["、".join(names[pk].short for pk in held[task.pk, role] if pk in names) for role in roles]
        goal = last_year_goal(goals.get(task.pk, ()))
        remark = _("原年度目标：%(goal)s") % {"goal": goal} if goal else ""
        rows.append(
            [number, task.group.name if task.group else _("保障措施"), task.heading, *agencies, remark]
        )
    for row, values in enumerate(rows, 1):
        for column, value in enumerate(values, 1):
            cell = sheet.cell(row, column)
            if isinstance(cell, Cell):  # nothing is merged yet
                safe_cells.write(cell, value)
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(heads))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _check_may(by: User, *plan_ids: int) -> None:
    """The right in each of these plans."""
    if not may_backfill(by.at(*plan_ids)):
        raise PermissionDenied(_("结转由领导小组办公室办理。"))
