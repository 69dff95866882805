"""What the pages of a plan load before anything is laid out: a fixed number of queries for each page."""

from dataclasses import dataclass

from qhplan import clock
from reports.dashboards.page_params import Asked
from reports.figures import lookups
from reports.figures.history import HistoryRow, light_history, rate_history, task_history
from reports.figures.indicator_aggregation import Measures
from reports.figures.queries import plan_figures, task_figures
from reports.figures.target_standing import TargetStanding, target_standings
from reports.figures.values import PlanFigures, Rate, TaskFigures
from tasks.adjustments import labels as adjustment_labels
from tasks.adjustments.applications import may_apply
from tasks.adjustments.labels import Shown
from tasks.adjustments.models import Adjustment, AdjustmentState
from tasks.adjustments.queries import term_at
from tasks.adjustments.reform_preview import names_of
from tasks.adjustments.values import Term
from tasks.agencies.models import Agency
from tasks.agencies.queries import names_at
from tasks.contacts.models import Contact
from tasks.contacts.queries import contacts_on
from tasks.indicators.models import Indicator, Target
from tasks.people.permissions import may_propose_adjustments, may_see_telephones
from tasks.plans.annotations import quoted_in, section_of
from tasks.plans.models import Base, Mention, Plan, Responsibility, Task
from tasks.plans.presenters import ShownSection, show
from tasks.standing.queries import MISSING, Standing, standing
from tasks.submissions.marks import marks_of
from tasks.submissions.models import Figure, Version
from tasks.values import Duty, Period
from tasks.workplans.queries import filed_by
from tasks.workplans.schedule import Schedule, schedule


@dataclass(frozen=True)
class OverviewData:
    """The overview's quarter. `history` and `rates` as reports.figures.history gives them, `rates` of the last `columns`
    quarters; `names` {agency id: short name}; `contacts` {responsibility id: contact} of what is missing; `schedules` are
    the leads'."""

    standings: list[Standing]
    figures: PlanFigures
    history: dict[int, dict[Period, tuple[str, bool]]]
    rates: dict[Period, tuple[Rate, Rate]]
    targets: tuple[TargetStanding, ...]
    agencies: dict[int, Agency]
    names: dict[int, str]
    contacts: dict[int, Contact]
    schedules: list[Schedule]
    tasks: dict[int, Task]
    bases: list[Base]


def load_overview(asked: Asked, columns: int) -> OverviewData:
    """The data of the overview, with the rates of so many quarters."""
    plan, quarter, known_at = asked.plan, asked.quarter, asked.known_at
    standings = standing([plan.pk], quarter, known_at=known_at)
    measures = Measures(plan, quarter, known_at=known_at, recent=True)
    first = max(plan.first_quarter, quarter - (columns - 1))
    missing = {row.responsibility_id for row in standings if row.state == MISSING}
    return OverviewData(
        standings=standings,
        figures=plan_figures(plan, quarter, known_at=known_at, standings=standings, measures=measures),
        history=light_history(plan, plan.first_quarter, asked.last_begun, known_at),
        rates=rate_history(plan, first, quarter, known_at),
        targets=target_standings(plan, quarter, known_at=known_at, measures=measures),
        agencies=lookups.agencies_by_id(),
        names=lookups.shorts(names_at(quarter)),
        contacts=contacts_on(clock.today(), missing),
        schedules=schedule(quarter, known_at=known_at, plan_ids=[plan.pk], duty=Duty.LEAD),
        tasks={task.pk: task for task in lookups.tasks_of(plan)},
        bases=list(Base.objects.filter(plan=plan)),
    )


@dataclass(frozen=True)
class TaskData:
    """One task in the quarter and over its history.

    `rows` are all responsibilities with their standings, `standings` those of the quarter, lead first, and `lead` the
    lead's; `visible` are the ids of the versions that the reader may see, `versions` {id: version} those of them that are
    the lead's or the quarter's, `marks` theirs; `responsibilities` and `contacts` are by
    responsibility id; `names` {agency id: short name} of the quarter, `all_names` those and the
    names of agencies that come later, `lead_names` {(agency id, quarter): name};
    `opened` are the quarters opened by then, the first first; `targets` are those of the task, `target_standings` how
    they stand.
    """

    task: Task
    rows: tuple[HistoryRow, ...]
    standings: list[Standing]
    lead: Standing | None
    figures: TaskFigures
    visible: set[int]
    versions: dict[int, Version]
    marks: dict[int, list[str]]
    responsibilities: dict[int, Responsibility]
    contacts: dict[int, Contact]
    sees_telephones: bool
    agencies: dict[int, Agency]
    names: dict[int, str]
    all_names: dict[int, str]
    lead_names: dict[tuple[int, Period], str]
    opened: list[Period]
    indicators: list[Indicator]
    indicator_figures: list[Figure]
    targets: list[Target]
    target_standings: list[TargetStanding]
    schedules: list[Schedule]
    work_plan_state: str
    section: ShownSection | None
    open_mentions: list[Mention]
    term: Term
    adjustments: list[Adjustment]
    shown_adjustments: list[Shown]
    may_apply: bool  # for an adjustment, as its lead
    waiting: list[Adjustment]  # proposals and applications that the reader may see

    @property
    def version(self) -> Version | None:
        """The lead's version in force; None where there is none, or the reader may not see it."""
        return self.versions.get(self.lead.version_id or 0) if self.lead else None


def load_task(asked: Asked, task: Task) -> TaskData:
    """The data of a task's page."""
    plan, quarter, known_at = asked.plan, asked.quarter, asked.known_at
    rows = task_history(task, known_at, first=plan.first_quarter, last=asked.last_begun)
    cells = [cell for row in rows for cell in row.cells.values()]
    standings = sorted(
        (cell for cell in cells if cell.quarter == quarter), key=lambda cell: cell.duty != Duty.LEAD
    )
    lead = next((cell for cell in standings if cell.duty == Duty.LEAD), None)
    measures = Measures(plan, quarter, known_at=known_at, recent=True)
    visible = lookups.visible_ids(asked.user, (cell.version_id for cell in cells))
    # Of the others it is enough that they may be seen: a task has hundreds, and their words are long.
    versions = lookups.visible_versions(
        asked.user, (cell.version_id for cell in cells if cell.duty == Duty.LEAD or cell.quarter == quarter)
    )
    names = lookups.shorts(names_at(quarter))
    indicators = _indicators_of(task)
    targets = list(task.targets.filter(valid__contains=quarter.ordinal, known__contains=known_at))
    leads = {row.agency.id for row in rows if row.duty == Duty.LEAD}
    agencies = lookups.agencies_by_id()
    adjustments = list(
        Adjustment.objects.filter(tasks=task)
        .known(known_at)
        .select_related("plan", "proposed_by", "decided_by")
        .defer("plan__text")
    )
    return TaskData(
        task=task,
        rows=rows,
        standings=standings,
        lead=lead,
        figures=task_figures(task, quarter, known_at=known_at, standings=standings),
        visible=visible,
        versions=versions,
        marks=marks_of(versions, known_at),
        responsibilities=lookups.responsibilities_of(cell.responsibility_id for cell in cells),
        contacts=contacts_on(clock.today(), {cell.responsibility_id for cell in standings}),
        sees_telephones=may_see_telephones(asked.user, {cell.agency_id for cell in standings}),
        agencies=agencies,
        names=names,
        all_names=names_of(agencies, quarter),
        lead_names=lookups.names_over(leads, asked.cycles.keys()),
        opened=sorted(one for one in asked.cycles if one <= quarter),
        indicators=indicators,
        indicator_figures=lookups.figures_of(visible, indicators) if indicators else [],
        targets=targets,
        target_standings=_target_standings_of(asked, targets, measures),
        schedules=schedule(quarter, known_at=known_at, task_ids=[task.pk]),
        work_plan_state=filed_by(plan, lead.agency_id if lead else 0, known_at=known_at),
        section=_section_of(task, names),
        open_mentions=lookups.open_mentions(plan, task),
        term=term_at(task.pk, quarter, known_at),
        adjustments=adjustments,
        shown_adjustments=adjustment_labels.shown(adjustments),
        may_apply=not may_propose_adjustments(asked.user) and may_apply(asked.user, task, clock.now()),
        waiting=list(
            Adjustment.objects.visible_to(asked.user)
            .filter(tasks=task, state=AdjustmentState.PROPOSED)
            .order_by("id")
        ),
    )


def _indicators_of(task: Task) -> list[Indicator]:
    """The task's indicators, each once."""
    links = task.indicator_links.select_related("indicator")
    return list({link.indicator_id: link.indicator for link in links}.values())


def _target_standings_of(asked: Asked, targets: list[Target], measures: Measures) -> list[TargetStanding]:
    """How the targets stand; no query without one."""
    if not targets:
        return []
    orders = {target.order for target in targets}
    standings = target_standings(asked.plan, asked.quarter, known_at=asked.known_at, measures=measures)
    return [one for one in standings if one.target.order in orders]


def _section_of(task: Task, names: dict[int, str]) -> ShownSection | None:
    """The task's own section of the plan with what was taken from it; None for a task that the plan does not print."""
    if task.passage is None:
        return None
    ends = [task.passage.end, *([task.body.end] if task.body else [])]
    ends += [end for end in task.mentions.values_list("passage__end", flat=True) if end]
    plan = Plan.objects.get(pk=task.plan_id)
    start, end = task.passage.start, max(ends)
    return show(section_of(plan.text, quoted_in(plan, within=(start, end)), start, end), plan, names)
