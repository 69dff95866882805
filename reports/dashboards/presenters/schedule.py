"""序时进度: what the calendar says, on a task's page, in a line of the overview, and on a page of its own."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.dashboards.presenters.facets import FacetLink
from reports.dashboards.presenters.targets import say
from reports.figures.target_standing import TargetStanding
from tasks.plans.models import Part, Task
from tasks.standing.queries import Standing
from tasks.values import BACKFILLED, Duty
from tasks.workplans.models import State
from tasks.workplans.schedule import DueNode, Schedule

SHOWN = 2  # overdue milestones that are named under the three statuses


@dataclass(frozen=True)
class CalendarStatus:
    """The third status of a task, for _parts/three.html. `done` of `due` of `total` milestones are drawn as boxes where
    `total` is not 0; `words` are beside them, `text` is the explanation below."""

    words: str
    text: str
    done: int = 0
    due: int = 0
    total: int = 0


@dataclass(frozen=True)
class AgencyMilestones:
    """The milestones of one agency on a task, by their days. `words` say how far it is."""

    name: str
    duty: str
    words: str
    nodes: tuple[DueNode, ...]


@dataclass(frozen=True)
class ScheduleRow:
    """One task. `schedule` is its lead's; `done` of `expected` milestones were reached by the quarter's last day; of the
    co agencies' `co_total` milestones `co_behind` are overdue."""

    code: str
    heading: str
    url: str
    lead: str
    schedule: Schedule
    done: int
    expected: int
    co_total: int
    co_behind: int


@dataclass(frozen=True)
class SchedulePart:
    """The rows of one task group, or of the safeguards."""

    label: str
    rows: list[ScheduleRow]


@dataclass(frozen=True)
class SchedulePage:
    """rollup/schedule.html."""

    lede: str
    facets: list[FacetLink]
    parts: list[SchedulePart]


def calendar(
    rows: Sequence[Schedule],
    standing: Standing | None,
    work_plan_state: str,
    targets: Iterable[TargetStanding],
) -> CalendarStatus:
    """The third status of a task: the lead's milestones, and the task's targets against their path. `standing` is the
    lead's; `work_plan_state` is what tasks.workplans.queries.filed_by gives for the lead."""
    if standing is not None and not standing.owed and standing.state != BACKFILLED:
        return CalendarStatus(words=phrases.ended(standing.state), text=_("本季起不再对照节点。"))
    lead = next((row for row in rows if row.duty == Duty.LEAD), None)
    more = _paths(targets) + _others(rows)
    if lead is None or not lead.nodes:
        return CalendarStatus(
            words=_without_milestones(work_plan_state),
            text=_("序时进度对照已确认的实施方案节点；没有节点，就没有可比的进度，这里不作推算。") + more,
        )
    reached = len(lead.reached)
    text = _("到本季末应完成%(due)d个，已完成%(reached)d个") % {"due": lead.due, "reached": reached}
    text += _("，其中%(n)d个晚于时限。") % {"n": len(lead.late)} if lead.late else _("。")
    for node in lead.overdue[:SHOWN]:
        text += _("%(day)s“%(text)s”逾期未完成。") % {"day": _day(node), "text": node.text[:24]}
    if lead.next:
        text += _("下一个：%(day)s %(text)s。") % {"day": _day(lead.next), "text": lead.next.text[:24]}
    return CalendarStatus(
        words=lead.words,
        text=text + more,
        done=reached,
        due=reached + lead.behind,
        total=lead.total,
    )


def _without_milestones(work_plan_state: str) -> str:
    if work_plan_state == State.CONFIRMED:
        return _("已确认的方案里没有节点")
    return _("实施方案待确认") if work_plan_state == State.SUBMITTED else _("实施方案尚未报送")


def _paths(targets: Iterable[TargetStanding]) -> str:
    parts = [
        f"{one.target.indicator or one.target.text}{say(one)}" for one in targets if one.path is not None
    ]
    return _("目标：%s。") % "；".join(parts) if parts else ""


def _others(rows: Sequence[Schedule]) -> str:
    shared = [row for row in rows if row.duty == Duty.CO]
    total, behind = sum(row.total for row in shared), sum(row.behind for row in shared)
    if not total:
        return ""
    if not behind:
        return _("配合单位另有%(n)d个节点，均未逾期。") % {"n": total}
    return _("配合单位另有%(n)d个节点，%(behind)d个逾期未完成。") % {"n": total, "behind": behind}


def _day(node: DueNode) -> str:
    return _("%(year)d年%(month)d月%(day)d日") % {
        "year": node.due.year,
        "month": node.due.month,
        "day": node.due.day,
    }


def of_task(rows: Sequence[Schedule], names: Mapping[int, str]) -> list[AgencyMilestones]:
    """Every milestone of the task by agency, lead first; agencies without one are left out."""
    return [
        AgencyMilestones(
            name=names.get(row.agency_id, ""),
            duty=str(Duty(row.role).label),
            words=row.words,
            nodes=row.nodes,
        )
        for row in rows
        if row.nodes
    ]


# -- all tasks ----------------------------------------------------------------------------------------------


def summary(leads: Sequence[Schedule], tasks: Mapping[int, Task]) -> str:
    """One sentence on the plan's tasks, without the safeguards, by their leads' milestones."""
    rows = [row for row in leads if tasks[row.task_id].part == Part.MAIN]
    counts = Counter(_kind(row) for row in rows)
    behind = sum(row.behind for row in rows)
    parts = [
        _("%(n)d项按序时") % {"n": counts["on"]} if counts["on"] else "",
        _("%(n)d项落后，共%(nodes)d个节点逾期未完成") % {"n": counts["behind"], "nodes": behind}
        if counts["behind"]
        else "",
        _("%(n)d项尚无已确认的节点") % {"n": counts["none"]} if counts["none"] else "",
    ]
    return _("按牵头单位的节点，%(n)d项任务中%(parts)s。") % {
        "n": len(rows),
        "parts": "；".join(filter(None, parts)),
    }


def _kind(row: Schedule) -> str:
    return "none" if not row.nodes else "behind" if row.behind else "on"


def facets(asked: Asked, leads: Sequence[Schedule], chosen: str, path: str) -> list[FacetLink]:
    """The choices above the list, with their counts. `path` is the page's own address."""
    counts = Counter(_kind(row) for row in leads)
    options = [
        ("", _("全部"), len(leads)),
        ("behind", _("落后"), counts["behind"]),
        ("on", _("按序时"), counts["on"]),
        ("none", _("尚无已确认的节点"), counts["none"]),
    ]
    return [
        FacetLink(label=label, url=path + asked.query(show=key or None), count=count, current=key == chosen)
        for key, label, count in options
    ]


def listed(
    asked: Asked,
    rows: Sequence[Schedule],
    tasks: Mapping[int, Task],
    names: Mapping[int, str],
    chosen: str,
) -> list[SchedulePart]:
    """Tasks by part and group, each with its lead's milestones and, in two numbers, those of its co agencies."""
    shared: dict[int, list[Schedule]] = {}
    for row in rows:
        if row.duty == Duty.CO:
            shared.setdefault(row.task_id, []).append(row)
    parts: dict[str, list[ScheduleRow]] = {}
    for row in rows:
        if row.duty != Duty.LEAD or (chosen and _kind(row) != chosen):
            continue
        task = tasks[row.task_id]
        label = (
            f"（{phrases.numeral_plain(task.group.number)}）{task.group.name}"
            if task.group
            else _("保障措施")
        )
        others = shared.get(row.task_id, [])
        parts.setdefault(label, []).append(
            ScheduleRow(
                code=task.code,
                heading=task.heading,
                url=reverse("task", args=[asked.plan.slug, task.ref]) + asked.query() + "#h-nodes",
                lead=names.get(row.agency_id, ""),
                schedule=row,
                done=len(row.reached),
                expected=len(row.reached) + row.behind,
                co_total=sum(one.total for one in others),
                co_behind=sum(one.behind for one in others),
            )
        )
    return [SchedulePart(label, part) for label, part in parts.items()]
