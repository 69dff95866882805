"""工作安排: the office says how the submissions on tasks without a lead come together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.audit.log import Entry, record_all
from tasks.bitemporal import known_from, quarters_from, retire
from tasks.errors import Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_arrange
from tasks.plans.commit_order import in_order
from tasks.plans.consolidators import settle
from tasks.plans.models import Arrangement, Gathering, Plan, Responsibility, Task
from tasks.submissions.actions import drafts_follow
from tasks.submissions.models import FILED, Submission
from tasks.values import Duty, Period


@dataclass(frozen=True)
class UnledTask:
    """A task that nobody leads in the quarter, its agencies in the plan's order, and what is arranged."""

    task: Task
    holders: tuple[Responsibility, ...]
    arrangement: Arrangement | None


def unled_tasks(plan: Plan, quarter: Period, known_at: datetime | None = None) -> list[UnledTask]:
    """The plan's tasks that agencies are responsible for in the quarter and nobody leads, in the plan's order. Three
    queries."""
    moment = known_at or clock.now()
    held: dict[int, list[Responsibility]] = {}
    for row in (
        Responsibility.objects.filter(task__plan=plan)
        .held(quarter, moment)
        .select_related("agency")
        .order_by("order", "pk")
    ):
        held.setdefault(row.task_id, []).append(row)
    unled = [pk for pk, rows in held.items() if not any(row.role == Duty.LEAD for row in rows)]
    arranged = {
        row.task_id: row
        for row in Arrangement.objects.filter(
            task__in=unled, valid__contains=quarter.ordinal, known__contains=moment
        )
    }
    tasks = Task.objects.filter(pk__in=unled).order_by("order")
    return [UnledTask(task, tuple(held[task.pk]), arranged.get(task.pk)) for task in tasks]


def has_unled_tasks(plan: Plan, quarter: Period) -> bool:
    """Whether there is one, as known now. One query."""
    held = Responsibility.objects.filter(task__plan=plan).held(quarter, clock.now())
    return held.exclude(task__in=held.filter(role=Duty.LEAD).values("task")).exists()


@transaction.atomic
def arrange(
    *,
    by: User,
    plan: Plan,
    since: Period,
    choices: Mapping[int, int | None],
    now: datetime | None = None,
) -> list[Arrangement]:
    """Says from the quarter on how the submissions on tasks come together: `{task id: the collector, or None where each
    agency reports by itself}`. Nobody becomes a lead by it.

    Raises PermissionDenied for others than the office, Problems for a task that has a lead, an agency that has no role
    on the task, or a collector that has submitted for such a quarter under another duty.
    """
    if not may_arrange(by):
        raise PermissionDenied(_("由领导小组办公室安排。"))
    in_order([plan.pk])
    moment = now or clock.now()
    found = {one.task.pk: one for one in unled_tasks(plan, since, moment)}
    problems = [
        problem
        for task_id, agency_id in choices.items()
        for problem in _problems(found.get(task_id), agency_id, since)
    ]
    if not choices:
        problems = [Problem("", _("请至少为一项任务选定办法。"))]
    if problems:
        raise Problems(problems)
    retire(
        Arrangement.objects.select_for_update()
        .filter(task__in=choices, known__endswith__isnull=True)
        .exclude(known__isempty=True),
        valid=quarters_from(since.ordinal),
        at=moment,
    )
    made = Arrangement.objects.bulk_create(
        Arrangement(
            task_id=task_id,
            kind=Gathering.EACH if agency_id is None else Gathering.COLLECTOR,
            agency_id=agency_id,
            valid=quarters_from(since.ordinal),
            known=known_from(moment),
            by=by,
        )
        for task_id, agency_id in choices.items()
    )
    settle(list(choices), since=since, at=moment)
    drafts_follow(list(choices), since)
    record_all(
        [
            Entry(
                "task.arrange",
                found[row.task_id].task,
                to_state=row.kind,
                data={"from": str(since), "agency": row.agency_id},
            )
            for row in made
        ],
        by=by,
        at=moment,
    )
    return made


def _problems(one: UnledTask | None, agency_id: int | None, since: Period) -> list[Problem]:
    if one is None:
        return [Problem("", _("这项任务有牵头单位，或在%(q)s没有责任单位。") % {"q": since.label})]
    code = one.task.code
    if agency_id is not None and agency_id not in {row.agency_id for row in one.holders}:
        return [Problem(f"task-{one.task.pk}", _("汇总单位须是这项任务的责任单位。"), code)]
    changing = {row.agency_id for row in one.holders if row.duty == Duty.LEAD} ^ (
        set() if agency_id is None else {agency_id}
    )
    filed = Submission.objects.filter(
        task=one.task, agency__in=changing, quarter__gte=since, state__in=FILED
    ).order_by("-quarter")
    last = filed.first()
    if last is None:
        return []
    name = names_at(since, [last.agency_id]).get(last.agency_id)
    return [
        Problem(
            f"task-{one.task.pk}",
            _("%(name)s已报送%(quarter)s的填报，已报的不变；请从%(next)s起安排，或先退回那份填报。")
            % {
                "name": name.short if name else "",
                "quarter": last.quarter.label,
                "next": (last.quarter + 1).label,
            },
            code,
        )
    ]
