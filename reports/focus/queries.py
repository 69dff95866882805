"""What the page 重点关注 shows, each list whole and in the order of its urgency. The number of queries does not grow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from qhplan import clock
from reports.coordination.models import CoordinationQuerySet, CoordinationRequest
from reports.coordination.queries import Row as RequestRow
from reports.coordination.queries import open_rows
from reports.figures.history import light_history
from reports.figures.indicator_aggregation import Measures
from reports.figures.projection import Projection, falls_short, is_certain, project
from reports.figures.targets import compared, measures_for, targets_in_force
from reports.focus.values import FocusFigures, MissedFigures, OpenRequest, RedStreak
from reports.supervision.models import Instruction, Notice
from reports.supervision.queries import Row as NoticeRow
from reports.supervision.queries import rows as notice_rows
from reports.supervision.values import InstructionState
from tasks.agencies.queries import names_at
from tasks.indicators.queries import Points, path_points
from tasks.models import Plan, Target, Task
from tasks.people.models import User
from tasks.plans.duties import leads_of
from tasks.values import GREY, Light, Period

QUARTERS = 8  # of lights, and of values for a projection


@dataclass(frozen=True)
class TaskRequests:
    """The open requests on one task, unanswered ones first."""

    task: Task
    light: tuple[str, bool]  # (light of the quarter, whether it is verified)
    rows: Sequence[RequestRow]

    @property
    def is_unanswered(self) -> bool:
        return any(row.is_unanswered for row in self.rows)


@dataclass(frozen=True)
class RedTask:
    """A task whose light of the quarter is red; `marks` are its last lights, the oldest first."""

    task: Task
    agency: str  # its lead
    marks: Sequence[tuple[str, bool]]
    streak: int  # quarters in a row


@dataclass(frozen=True)
class MissedTarget:
    """A target that the present pace misses; `certain` where the whole range does."""

    target: Target
    goal: Decimal
    unit: str
    actual: Decimal
    projection: Projection
    certain: bool


@dataclass(frozen=True)
class Focus:
    requests: Sequence[TaskRequests]
    red: Sequence[RedTask]
    targets: Sequence[MissedTarget]
    unprojected: int  # targets with a number that have too few verified values
    notices: Sequence[NoticeRow]  # overdue
    instructions: Sequence[tuple[Instruction, str]]  # with what was assigned on it, in a few words

    @property
    def request_count(self) -> int:
        return sum(len(one.rows) for one in self.requests)

    @property
    def unanswered(self) -> int:
        return sum(row.is_unanswered for one in self.requests for row in one.rows)

    @property
    def lasting(self) -> int:
        """Tasks that are red for more than one quarter."""
        return sum(one.streak > 1 for one in self.red)


def focus(user: User, plan: Plan, quarter: Period, known_at: datetime) -> Focus:
    """Lights, targets and requests as known at the moment; what people do with notices and instructions as it stands now."""
    first = max(plan.first_quarter, quarter - (QUARTERS - 1))
    lights = light_history(plan, first, quarter, known_at)
    tasks = {task.pk: task for task in Task.objects.filter(plan=plan).order_by("order")}
    targets, unprojected = missed_targets(plan, quarter, known_at)
    overdue = Notice.objects.visible_to(user).filter(plan=plan).overdue(clock.today())
    return Focus(
        requests=_requests(
            CoordinationRequest.objects.visible_to(user).filter(plan=plan), quarter, known_at, tasks, lights
        ),
        red=_red(quarter, tasks, lights),
        targets=targets,
        unprojected=unprojected,
        notices=notice_rows(list(overdue.for_page().order_by("due_on", "pk"))),
        instructions=_instructions(user, plan),
    )


def focus_figures(plan: Plan, quarter: Period, known_at: datetime) -> FocusFigures:
    """What a brief freezes: requests, red tasks and missed targets, all as known at the moment."""
    first = max(plan.first_quarter, quarter - (QUARTERS - 1))
    lights = light_history(plan, first, quarter, known_at)
    tasks = {task.pk: task for task in Task.objects.filter(plan=plan).order_by("order")}
    targets, unprojected = missed_targets(plan, quarter, known_at)
    return FocusFigures(
        requests=tuple(
            OpenRequest(
                id=row.request.pk,
                task_ref=row.request.task.ref,
                task_code=row.request.task.code,
                task_heading=row.request.task.heading,
                agency=row.agency,
                text=row.text,
                raised_on=row.raised_on,
                days=row.days,
                times=row.times,
                state=row.state.value,
                outcome=row.outcome,
            )
            for row in open_rows(CoordinationRequest.objects.filter(plan=plan), known_at)
        ),
        red=tuple(RedStreak(one.task.ref, one.agency, one.streak) for one in _red(quarter, tasks, lights)),
        targets=tuple(
            MissedFigures(
                order=one.target.order,
                text=one.target.text,
                year=one.target.year,
                goal=one.goal,
                unit=one.unit,
                actual=one.actual,
                low=one.projection.low,
                high=one.projection.high,
                certain=one.certain,
            )
            for one in targets
        ),
        unprojected=unprojected,
    )


def _requests(
    found: CoordinationQuerySet,
    quarter: Period,
    known_at: datetime,
    tasks: Mapping[int, Task],
    lights: Mapping[int, Mapping[Period, tuple[str, bool]]],
) -> list[TaskRequests]:
    by_task: dict[int, list[RequestRow]] = {}
    for row in open_rows(found, known_at):
        by_task.setdefault(row.request.task_id, []).append(row)
    return [
        TaskRequests(tasks[task_id], lights.get(task_id, {}).get(quarter, (GREY, True)), rows)
        for task_id, rows in by_task.items()
    ]


def _red(
    quarter: Period,
    tasks: Mapping[int, Task],
    lights: Mapping[int, Mapping[Period, tuple[str, bool]]],
) -> list[RedTask]:
    red = [pk for pk, own in lights.items() if own.get(quarter, ("",))[0] == Light.RED]
    leads = leads_of(red, quarter)
    names = names_at(quarter, leads.values())
    found = []
    for task_id in red:
        own = lights[task_id]
        streak, at = 0, quarter
        while own.get(at, ("",))[0] == Light.RED:
            streak, at = streak + 1, at - 1
        lead = leads.get(task_id)
        agency = names[lead].short if lead in names else ""
        found.append(RedTask(tasks[task_id], agency, [own[one] for one in sorted(own)], streak))
    return sorted(found, key=lambda one: (-one.streak, one.task.order))


def missed_targets(plan: Plan, quarter: Period, known_at: datetime) -> tuple[list[MissedTarget], int]:
    """(targets that the present pace misses, how many have too few verified values to say so), the targets of the nearest
    year first. What begins anew every year is not projected."""
    targets = targets_in_force(plan, quarter, known_at)
    measures = measures_for(targets, Measures(plan, quarter, known_at=known_at, recent=True))
    points = path_points(plan.pk, quarter, known_at=known_at)
    periods = list(Period.span(max(plan.first_quarter, quarter - (QUARTERS - 1)), quarter))
    missed, unprojected = [], 0
    for target in targets:
        own, pk = points.get(target.order, Points()), target.indicator_id or 0
        is_measured = pk in measures.indicators
        here = compared(target, measures.of(pk, quarter) if is_measured else None, own, quarter)
        promise = here.promise
        if promise.value is None or promise.due is None or promise.restarts:
            continue
        # Without a figure by now there was none before.
        found = {
            period: compared(target, measures.of(pk, period), own, period)
            for period in periods
            if is_measured and here.quarter
        }
        values = {
            period: one.value
            for period, one in found.items()
            if one.value is not None and one.quarter == period and one.figure and one.figure.verified
        }
        projection = project(values, promise.due)
        if projection is None:
            unprojected += 1
            continue
        judged = (promise.value, promise.comparison, promise.direction)
        if falls_short(projection.value, *judged):
            missed.append(
                MissedTarget(
                    target=target,
                    goal=promise.value.normalize(),
                    unit=here.unit,
                    actual=values[max(values)].normalize(),
                    projection=projection,
                    certain=is_certain(projection, *judged),
                )
            )
    return sorted(missed, key=lambda one: (one.target.year or 9999, one.target.order)), unprojected


def _instructions(user: User, plan: Plan) -> list[tuple[Instruction, str]]:
    waiting = (InstructionState.WAITING, InstructionState.ASSIGNED)
    found = list(
        Instruction.objects.visible_to(user)
        .filter(plan=plan)
        .standing_in(*waiting)
        .for_page()
        .order_by("at", "pk")
    )
    notices = Notice.objects.visible_to(user).filter(instruction__in=found).open()
    names: dict[int, list[str]] = {}
    for row in notice_rows(list(notices.for_page().order_by("issued_at"))):
        names.setdefault(row.notice.instruction_id or 0, []).append(row.body)
    return [(one, "、".join(names.get(one.pk, []))) for one in found]
