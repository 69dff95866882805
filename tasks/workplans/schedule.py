"""序时进度: what the calendar says, milestones of confirmed work plans against the days on which they were due.

The third status, never mixed with the two lights. The rules:

- **Which milestones.** Of every agency that holds a task on the quarter's last day, those that its work plans in force
  set for it: in force is the version that the office confirmed last, as known at the moment asked for. A milestone that
  stands in the 实施方案 and again in 年度要点 (same key) is one, with the words and day of the version confirmed last.
  An agency that took over a duty starts with the work plan that it files itself; what its predecessor promised stays with
  the predecessor's name.
- **Ended.** Of a task that was closed 销号 or withdrawn by the quarter nothing is due any more; it has no row.
- **Due** by the quarter: on or before its last day.
- **Reached**: a report that stood at the moment asked for, with a day in the quarter or before. Late when that day is
  after the one it was due.
- **Overdue**: due by the quarter, not reached by its last day, and the day is past at the moment asked for. In a
  quarter that is still running, what is due later in it is neither reached nor overdue.
- **Moved on** 顺延: where the task's deadline was extended after the work plan was confirmed, what was due in the quarter
  from which that holds or later is due as many days later, until the agency has a new version confirmed.
- **Behind** counts the overdue ones. A milestone reached late is no longer behind; that it was late stays written.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject, Lower, Upper
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.cycles.lateness import is_day_late, is_day_overdue
from tasks.decisions.models import known
from tasks.plans.models import Responsibility, TaskTerm
from tasks.values import Duty, Period
from tasks.workplans.models import Milestone, MilestoneReport, WorkPlanDecision, WorkPlanVersion
from tasks.workplans.values import WorkPlanPeriod


class Standing(StrEnum):
    """How one milestone stands in a quarter."""

    REACHED = "reached"
    LATE = "late"
    OVERDUE = "overdue"
    AHEAD = "ahead"  # not due yet


@dataclass(frozen=True)
class DueNode:
    """One milestone in the calendar."""

    id: int  # of the row in force, by which it is reported
    key: str
    text: str
    due: date
    evidence: str
    measure: str
    division: str
    period: WorkPlanPeriod
    standing: Standing
    days_late: int  # to the day on which it was reached, or when overdue to the day asked for
    reached_on: date | None = None
    words: str = ""
    report_id: int | None = None
    was_due: date | None = None  # of one that moved on with the task's deadline: the day in the work plan
    since: date | None = None  # of one that was not reached in the quarter: the later day on which it was

    @property
    def is_reached(self) -> bool:
        return self.standing in {Standing.REACHED, Standing.LATE}


@dataclass(frozen=True)
class Schedule:
    """序时进度 of one responsibility in one quarter, as known at a moment."""

    quarter: Period
    plan_id: int
    task_id: int
    agency_id: int
    role: str
    duty: str
    nodes: tuple[DueNode, ...]  # by the day on which they are due

    @property
    def total(self) -> int:
        return len(self.nodes)

    @property
    def reached(self) -> tuple[DueNode, ...]:
        return tuple(node for node in self.nodes if node.is_reached)

    @property
    def late(self) -> tuple[DueNode, ...]:
        return tuple(node for node in self.nodes if node.standing == Standing.LATE)

    @property
    def overdue(self) -> tuple[DueNode, ...]:
        return tuple(node for node in self.nodes if node.standing == Standing.OVERDUE)

    @property
    def this_quarter(self) -> tuple[DueNode, ...]:
        """What is due within the quarter itself, whatever became of it."""
        first, last = self.quarter.first_day, self.quarter.last_day
        return tuple(node for node in self.nodes if first <= node.due <= last)

    @property
    def due(self) -> int:
        """How many were due by the quarter's last day."""
        return sum(node.due <= self.quarter.last_day for node in self.nodes)

    @property
    def behind(self) -> int:
        return len(self.overdue)

    @property
    def next(self) -> DueNode | None:
        """The first that is still ahead."""
        return next((node for node in self.nodes if node.standing == Standing.AHEAD), None)

    @property
    def words(self) -> str:
        """按序时, 落后 2 个节点, or 尚无已确认的节点."""
        if not self.nodes:
            return _("尚无已确认的节点")
        return _("落后 %(n)d 个节点") % {"n": self.behind} if self.behind else _("按序时")


def schedule(
    quarter: Period,
    *,
    known_at: datetime | None = None,
    plan_ids: Iterable[int] | None = None,
    task_ids: Iterable[int] | None = None,
    agency_ids: Iterable[int] | None = None,
    duty: Duty | None = None,
) -> list[Schedule]:
    """One row for each responsibility on which a return is owed in the quarter, in the plan's order, lead before co;
    those without a milestone too. Three queries, however many. What is None does not narrow; a list does, an empty one to nothing."""
    moment = known_at or clock.now()
    held = Responsibility.objects.running(quarter, moment)
    for name, values in (("task__plan", plan_ids), ("task", task_ids), ("agency", agency_ids)):
        if values is not None:
            held = held.filter(**{f"{name}__in": list(values)})
    if duty is not None:
        held = held.filter(duty=duty)
    duties = list(
        held.order_by("task__plan_id", "task__order", "-duty", "order", "pk").values_list(
            "task__plan_id", "task_id", "agency_id", "role", "duty"
        )
    )
    nodes = _nodes([duty[:3] for duty in duties], quarter, moment)
    return [
        Schedule(quarter, plan_id, task_id, agency_id, role, duty, tuple(nodes.get((task_id, agency_id), ())))
        for plan_id, task_id, agency_id, role, duty in duties
    ]


def _nodes(
    duties: Collection[tuple[int, int, int]], quarter: Period, moment: datetime
) -> dict[tuple[int, int], list[DueNode]]:
    """{(task id, agency id): its milestones, by day}."""
    if not duties:
        return {}
    tasks, agencies = {task for _p, task, _a in duties}, {agency for _p, _t, agency in duties}
    today = clock.day_of(moment)
    reports = {
        (report.plan_id, report.agency_id, report.key): report
        for report in MilestoneReport.objects.standing(moment).filter(
            plan__in={plan for plan, _t, _a in duties}, agency__in=agencies
        )
    }
    rows = (
        Milestone.objects.filter(
            version__in=WorkPlanVersion.objects.in_force(moment),
            version__work_plan__agency__in=agencies,
            measure__section__task__in=tasks,
        )
        .select_related("version__work_plan", "measure__section")
        .annotate(
            terms=ArraySubquery(_terms()),
            confirmed_at=known(WorkPlanDecision, moment, "decided_at", "version__"),
        )
        .order_by("confirmed_at", "version_id", "due", "pk")
    )
    # The version confirmed last comes last, and puts its words in the place of an earlier one's.
    latest = {(row.version.work_plan.plan_id, row.version.work_plan.agency_id, row.key): row for row in rows}
    found: dict[tuple[int, int], list[DueNode]] = {}
    for place, row in latest.items():
        due = _moved_on(row, moment)
        node = _node(row, due, reports.get(place), quarter, today)
        found.setdefault((row.measure.section.task_id, row.version.work_plan.agency_id), []).append(node)
    for mine in found.values():
        mine.sort(key=lambda node: (node.due, node.id))
    return found


def _terms() -> QuerySet[TaskTerm, Any]:
    """The deadlines that the milestone's task ever had, each with the quarters and moments in which it held."""
    return (
        TaskTerm.objects.filter(task=OuterRef("measure__section__task"), deadline__isnull=False)
        .order_by("pk")
        .values(
            json=JSONObject(
                deadline="deadline", first=Lower("valid"), known=Lower("known"), until=Upper("known")
            )
        )
    )


def _moved_on(row: Milestone, moment: datetime) -> date:
    """The day on which the milestone is due by the extensions of its task that were approved since its version was
    confirmed, and by the moment."""
    terms: list[dict[str, Any]] = vars(row)["terms"]
    confirmed: datetime = vars(row)["confirmed_at"]
    due = row.due
    for term in sorted((one for one in terms if one["known"]), key=lambda one: one["known"]):
        known = datetime.fromisoformat(term["known"])
        before = max((one["deadline"] for one in terms if one["until"] == term["known"]), default="")
        if not confirmed < known <= moment or not before < term["deadline"] or not before:
            continue
        first = Period.from_ordinal(term["first"]).first_day if term["first"] is not None else date.min
        old = date.fromisoformat(before)
        if first <= due <= old:
            due += date.fromisoformat(term["deadline"]) - old
    return due


def _node(row: Milestone, due: date, report: MilestoneReport | None, quarter: Period, today: date) -> DueNode:
    last = quarter.last_day
    since = report.reached_on if report and report.reached_on > last else None
    if since:
        report = None
    if report is not None:
        late = (report.reached_on - due).days if is_day_late(report.reached_on, due) else 0
        standing = Standing.LATE if late else Standing.REACHED
    elif due <= last and is_day_overdue(due, today):
        standing, late = Standing.OVERDUE, (min(last, today) - due).days
    else:
        standing, late = Standing.AHEAD, 0
    return DueNode(
        id=row.pk,
        key=row.key,
        text=row.text,
        due=due,
        was_due=row.due if due != row.due else None,
        evidence=row.evidence,
        measure=row.measure.text,
        division=row.measure.division,
        period=row.version.work_plan.period,
        standing=standing,
        days_late=late,
        reached_on=report.reached_on if report else None,
        words=report.words if report else "",
        report_id=report.pk if report else None,
        since=since,
    )


def overdue_for(
    returns: Iterable[tuple[int, int]], quarter: Period, *, known_at: datetime | None = None
) -> dict[tuple[int, int], tuple[DueNode, ...]]:
    """{(task id, agency id): milestones that were due by the quarter and not reached}, for those of the returns that
    have some. Three queries for the whole batch, so that a check of complete returns can ask it."""
    wanted = set(returns)
    rows = schedule(
        quarter,
        known_at=known_at,
        task_ids={task_id for task_id, _agency in wanted},
        agency_ids={agency_id for _task, agency_id in wanted},
    )
    return {
        (row.task_id, row.agency_id): row.overdue
        for row in rows
        if row.behind and (row.task_id, row.agency_id) in wanted
    }
