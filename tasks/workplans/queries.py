"""Reading work plans: who owes one on which tasks, what drafts and versions say, who has filed and who has not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.backends.postgresql.psycopg_any import NumericRange
from django.db.models import Count, Prefetch

from qhplan import clock
from tasks import typed
from tasks.people.models import User
from tasks.people.permissions import may_decide_for
from tasks.plans.models import Plan, Responsibility, Task
from tasks.plans.queries import ended_tasks
from tasks.values import Duty, Period
from tasks.workplans.content import Node, Step, TaskContent, measures_of
from tasks.workplans.models import (
    Decision,
    Measure,
    Milestone,
    State,
    WorkPlan,
    WorkPlanDraft,
    WorkPlanSection,
    WorkPlanVersion,
)
from tasks.workplans.values import WorkPlanPeriod

MISSING = "missing"  # nothing was ever submitted; said of a work plan outside its agency


# -- who owes what ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """A task that an agency answers for within a period, and as what."""

    task: Task
    duty: str


def present_quarter(plan: Plan) -> Period:
    """Today's quarter, within the plan's validity."""
    return plan.period_at(clock.today())


def years_of(plan: Plan) -> range:
    """The years for which 年度要点 are filed."""
    return range(plan.in_force_from.year, plan.last_quarter.year + 1)


def years_open(plan: Plan) -> range:
    """Those of them that can be written now: up to next year's."""
    years = years_of(plan)
    return range(years.start, max(years.start, min(years.stop - 1, clock.today().year + 1)) + 1)


def held(
    plan: Plan,
    period: WorkPlanPeriod,
    agency_ids: Iterable[int] | None = None,
    *,
    known_at: datetime | None = None,
) -> dict[int, dict[int, Held]]:
    """{agency id: {task id: what it holds}} in the plan's order: in a year, of whoever held it in any quarter of it in
    which the task still ran; for the 实施方案, of whoever holds it at present. Where the duty changed within the year,
    the later counts. Only the roles that the plan asks count. Two queries."""
    moment = known_at or clock.now()
    span = period.quarters(present_quarter(plan))
    rows = Responsibility.objects.filter(
        task__plan=plan,
        role__in=plan.work_plan_roles,
        known__contains=moment,
        valid__overlap=NumericRange(span.start, span.stop),
    )
    if agency_ids is not None:
        rows = rows.filter(agency__in=agency_ids)
    ended = ended_tasks([plan.pk], moment)
    found: dict[int, dict[int, Held]] = {}
    for row in rows.select_related("task").order_by("task__order", "valid", "pk"):
        first, last = row.valid.lower or span.start, row.valid.upper or span.stop
        quarters = range(max(span.start, first), min(span.stop, last))
        if any(ended.term(row.task_id, Period.from_ordinal(number)) is None for number in quarters):
            found.setdefault(row.agency_id, {})[row.task_id] = Held(row.task, row.role)
    return found


# -- what they say ------------------------------------------------------------------------------------------


def draft_contents(
    work_plan: WorkPlan | None, tasks: Iterable[Held], period: WorkPlanPeriod
) -> list[TaskContent]:
    """What an agency has written so far, task by task, those not begun too. One query."""
    drafts = {draft.task_id: draft for draft in work_plan.drafts.all()} if work_plan else {}
    return [_draft_content(one, drafts.get(one.task.pk), period) for one in tasks]


def _draft_content(one: Held, draft: WorkPlanDraft | None, period: WorkPlanPeriod) -> TaskContent:
    steps = tuple(
        Step(
            key=measure.key,
            text=measure.text,
            division=measure.division,
            contact=measure.contact,
            nodes=tuple(
                Node(node.key, node.text, _day(node.due, period), node.due, node.evidence)
                for node in measure.milestones
            ),
        )
        for measure in measures_of(draft.measures if draft else ())
    )
    return _content(one.task, one.duty, draft.none_reason if draft else "", steps, written=draft is not None)


def _day(text: str, period: WorkPlanPeriod) -> date | None:
    try:
        return typed.day(text, period.year)
    except ValueError:
        return None


def version_contents(version_ids: Iterable[int]) -> dict[int, list[TaskContent]]:
    """{version id: what it says, task by task}. Three queries, however many."""
    sections = (
        WorkPlanSection.objects.filter(version__in=version_ids)
        .select_related("task")
        .prefetch_related(
            Prefetch(
                "measures",
                Measure.objects.order_by("order").prefetch_related(
                    Prefetch("milestones", Milestone.objects.order_by("order"))
                ),
            )
        )
        .order_by("version_id", "task__order")
    )
    found: dict[int, list[TaskContent]] = {}
    for section in sections:
        steps = tuple(
            Step(
                key=measure.key,
                text=measure.text,
                division=measure.division,
                contact=measure.contact,
                nodes=tuple(
                    Node(node.key, node.text, node.due, node.due.isoformat(), node.evidence, node.pk)
                    for node in measure.milestones.all()
                ),
            )
            for measure in section.measures.all()
        )
        content = _content(section.task, section.duty, section.none_reason, steps)
        found.setdefault(section.version_id, []).append(content)
    return found


def _content(
    task: Task, duty: str, none_reason: str, steps: tuple[Step, ...], *, written: bool = True
) -> TaskContent:
    return TaskContent(
        task_id=task.pk,
        ref=task.ref,
        code=task.code,
        heading=task.heading,
        duty=duty,
        none_reason=none_reason,
        steps=steps,
        written=written,
    )


def confirmed_before(version: WorkPlanVersion) -> WorkPlanVersion | None:
    """The version that held when this one was submitted, for comparing."""
    return (
        WorkPlanVersion.objects.filter(
            work_plan=version.work_plan_id, decision=Decision.CONFIRMED, number__lt=version.number
        )
        .order_by("-number")
        .first()
    )


# -- who has filed ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filing:
    """How far one agency is with one of its work plans, as far as everybody may know: what is written and not submitted
    is its own. `tasks` is how many it answers for; `version` is the one in force, or else the last that was
    submitted."""

    agency_id: int
    period: WorkPlanPeriod
    tasks: int
    leads: int
    state: str  # missing, submitted, returned, confirmed
    changing: bool  # one is in force, and a later one waits for its decision
    work_plan_id: int | None
    version: WorkPlanVersion | None
    milestones: int


def filings(plan: Plan, period: WorkPlanPeriod) -> list[Filing]:
    """Every agency that owes a work plan of the period, in the usual order of agencies. A fixed number of queries."""
    owed = held(plan, period)
    versions: dict[int, list[WorkPlanVersion]] = {}
    for version in (
        WorkPlanVersion.objects.filter(work_plan__plan=plan, work_plan__year=period.year)
        .select_related("work_plan", "submitted_by", "decided_by")
        .annotate(milestone_count=Count("milestones"))
        .order_by("-number")
    ):
        versions.setdefault(version.work_plan.agency_id, []).append(version)
    found = []
    for agency_id, tasks in owed.items():
        mine = versions.get(agency_id, [])
        last = mine[0] if mine else None
        confirmed = next((one for one in mine if one.decision == Decision.CONFIRMED), None)
        shown = confirmed or last
        found.append(
            Filing(
                agency_id=agency_id,
                period=period,
                tasks=len(tasks),
                leads=sum(one.duty == Duty.LEAD for one in tasks.values()),
                state=_public_state(confirmed or last),
                changing=confirmed is not None and last is not None and not last.decision,
                work_plan_id=last.work_plan_id if last else None,
                version=shown,
                milestones=vars(shown)["milestone_count"] if shown else 0,
            )
        )
    order = dict(
        Responsibility.objects.filter(agency__in=owed).values_list("agency", "agency__order").distinct()
    )
    return sorted(found, key=lambda one: (order.get(one.agency_id, 0), one.agency_id))


def _public_state(version: WorkPlanVersion | None) -> str:
    if version is None:
        return MISSING
    return version.decision or State.SUBMITTED


def filed_by(plan: Plan, agency_id: int, *, known_at: datetime) -> str:
    """How far one agency's work plans had come at a moment: confirmed when any was in force, submitted when one waited,
    else missing. One query."""
    rows = WorkPlanVersion.objects.filter(
        work_plan__plan=plan, work_plan__agency=agency_id, submitted_at__lte=known_at
    )
    decisions = rows.as_known(known_at).values_list("known", flat=True)
    states = {decision or State.SUBMITTED.value for decision in decisions}
    return next((state for state in (State.CONFIRMED, State.SUBMITTED) if state in states), MISSING)


def waiting_for(user: User, plan: Plan, office_agencies: frozenset[int]) -> list[WorkPlanVersion]:
    """Submitted versions that wait for this user's word, as office or as second reviewer; the oldest first."""
    waiting = (
        WorkPlanVersion.objects.filter(work_plan__plan=plan, work_plan__state=State.SUBMITTED, decision="")
        .current()
        .select_related("work_plan", "submitted_by")
        .annotate(milestone_count=Count("milestones"))
        .order_by("submitted_at", "pk")
    )
    return [
        version for version in waiting if may_decide_for(user, version.work_plan.agency_id, office_agencies)
    ]


def own(plan: Plan, agency_id: int) -> Mapping[WorkPlanPeriod, WorkPlan]:
    """An agency's work plans that were begun."""
    rows = WorkPlan.objects.filter(plan=plan, agency=agency_id).select_related("saved_by")
    return {row.period: row for row in rows}


def last_versions(work_plans: Iterable[int]) -> dict[int, Sequence[WorkPlanVersion]]:
    """{work plan id: its versions, the last first}."""
    found: dict[int, list[WorkPlanVersion]] = {}
    for version in (
        WorkPlanVersion.objects.filter(work_plan__in=work_plans)
        .select_related("submitted_by", "decided_by")
        .order_by("-number")
    ):
        found.setdefault(version.work_plan_id, []).append(version)
    return dict(found)
