"""What briefs on a single agency share: the tasks that it leads, and what it submits as a co agency."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from reports.briefs.composition_context import Context, Section, fixed
from reports.briefs.formatting import counted, rate
from reports.briefs.scopes import of_tasks
from reports.briefs.snapshot import ScopeRef, Source, WithNotices
from reports.briefs.tables import cell, light_cell, table_section
from reports.figures.values import PlanFigures, Rate
from reports.supervision.queries import open_notices
from reports.typeset.chinese_text import phrase
from tasks.agencies.models import Agency
from tasks.agencies.queries import names_at
from tasks.plans.models import Plan, Responsibility, Task
from tasks.standing.queries import standing
from tasks.values import Duty, Period


@dataclass(frozen=True)
class SharedTask:
    """A task on which the agency is a co agency, and its own submission on it."""

    code: str
    heading: str
    light: str
    state: str
    on_time: bool | None  # None where nothing was submitted


@dataclass(frozen=True)
class AgencySnapshot(WithNotices):
    """The notices to the agency, and its co submissions."""

    shares: tuple[SharedTask, ...] = ()


def freeze(snapshot: AgencySnapshot, source: Source) -> AgencySnapshot:
    """With the notices to the agency and its own co submissions."""
    own = set(Agency.objects.filter(slug=source.scope).values_list("pk", flat=True))
    to_agency = [one for one in open_notices(source.plan, source.known_at) if one.agency_id in own]
    return replace(snapshot, notices=tuple(to_agency), shares=_shares(source, own))


def _shares(source: Source, own: set[int]) -> tuple[SharedTask, ...]:
    """The agency's co submissions, in the order of the tasks."""
    rows = [
        row
        for row in standing([source.plan.pk], source.quarter, known_at=source.known_at)
        if row.duty == Duty.CO and row.agency_id in own and row.owed
    ]
    tasks = {task.pk: task for task in Task.objects.filter(pk__in=[row.task_id for row in rows])}
    return tuple(
        SharedTask(
            code=tasks[row.task_id].code,
            heading=tasks[row.task_id].heading,
            light=row.light,
            state=row.state,
            on_time=row.on_time,
        )
        for row in sorted(rows, key=lambda row: tasks[row.task_id].order)
    )


def scopes(plan: Plan, quarter: Period) -> list[ScopeRef]:
    """Every agency with a responsibility in the quarter, under its name then. Three queries."""
    responsibilities = Responsibility.objects.filter(
        task__plan=plan, valid__contains=quarter.ordinal, known__endswith__isnull=True
    )
    names = names_at(quarter, set(responsibilities.values_list("agency_id", flat=True)))
    slugs = dict(responsibilities.values_list("agency_id", "agency__slug"))
    ordered = responsibilities.order_by("agency__order", "agency_id").values_list("agency_id", flat=True)
    return [ScopeRef(slugs[pk], names[pk].short) for pk in dict.fromkeys(ordered) if pk in names]


def narrow(figures: PlanFigures, ref: str) -> PlanFigures:
    """The plan's figures, of the tasks that the agency leads, and its own rates."""
    led = {task.ref for task in figures.tasks if any(one.slug == ref for one in task.leads)}
    own = [one for one in figures.agencies if one.agency.slug == ref]
    return replace(
        of_tasks(figures, led),
        lead=own[0].lead if own else Rate(),
        co=own[0].co if own else Rate(),
        agencies=tuple(own),
        missing=tuple(one for one in figures.missing if one.agency.slug == ref),
    )


def shares(context: Context[AgencySnapshot]) -> Section | None:
    """配合任务: the tasks that the agency shares, and its own co submissions."""
    found = context.figures.shares
    if not found:
        return None
    filed = [one for one in found if one.state != "missing"]
    late = sum(one.on_time is False for one in filed)
    text = _("配合的任务%(count)s，已报%(rate)s") % {
        "count": counted(len(found)),
        "rate": fixed(rate(len(filed), len(found))),
    }
    text += _("，其中逾期%(n)s。") % {"n": counted(late, _("件"))} if late else "。"
    words = {
        "missing": _("未报"),
        "submitted": _("待采纳"),
        "returned": _("已退回"),
        "accepted": _("已采纳"),
    }
    rows = [
        [
            cell(context.printable(one.code), "text"),
            cell(phrase(context.printable(one.heading)), "text"),
            light_cell(one.light),
            cell(words.get(one.state, "—")),
            cell({True: _("按时"), False: _("逾期"), None: "—"}[one.on_time]),
        ]
        for one in found
    ]
    columns = [
        (_("编号"), "c-code"),
        (_("任务"), ""),
        (_("自评"), "c-light"),
        (_("填报"), "c-state"),
        (_("时效"), "c-state"),
    ]
    return table_section(
        context,
        "shares",
        title=_("配合任务"),
        sentence=text,
        caption=_("配合任务"),
        columns=columns,
        rows=rows,
        number=context.next_table(),
    )
