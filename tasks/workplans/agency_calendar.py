"""The milestones of one agency over all of its tasks: for its desk."""

from collections.abc import Iterable
from dataclasses import dataclass

from tasks.plans.models import Plan, Task
from tasks.values import Period
from tasks.workplans.models import State
from tasks.workplans.queries import own
from tasks.workplans.schedule import DueNode, Schedule, Standing, schedule
from tasks.workplans.values import WorkPlanPeriod

MISSING = "missing"  # not begun


@dataclass(frozen=True)
class NodeLine:
    """A milestone with the task that it belongs to."""

    node: DueNode
    code: str
    heading: str


@dataclass(frozen=True)
class BodyCalendar:
    """What an agency has to reach. `whole` and `year` say where its 实施方案 and the 年度要点 of the quarter's year
    stand."""

    quarter: Period
    overdue: tuple[NodeLine, ...]
    due_now: tuple[NodeLine, ...]  # due within the quarter, the overdue ones apart
    total: int
    reached: int
    whole: str
    year: str

    @property
    def coming(self) -> int:
        """How many fall due in the quarter and are still ahead."""
        return sum(line.node.standing == Standing.AHEAD for line in self.due_now)

    @property
    def whole_word(self) -> str:
        return _word(self.whole)

    @property
    def year_word(self) -> str:
        return _word(self.year)


def _word(state: str) -> str:
    return str(State(state).label) if state in State.values else ""


def body_calendar(plan: Plan, quarter: Period, agency_id: int) -> BodyCalendar:
    """A fixed number of queries."""
    rows = schedule(quarter, plan_ids=[plan.pk], agency_ids=[agency_id])
    tasks = Task.objects.in_bulk([row.task_id for row in rows if row.nodes])
    overdue = _lines(rows, tasks, "overdue")
    told = {line.node.id for line in overdue}
    begun = own(plan, agency_id)
    heads = [begun.get(period) for period in (WorkPlanPeriod(), WorkPlanPeriod(quarter.year))]
    return BodyCalendar(
        quarter=quarter,
        overdue=overdue,
        due_now=tuple(line for line in _lines(rows, tasks, "this_quarter") if line.node.id not in told),
        total=sum(row.total for row in rows),
        reached=sum(len(row.reached) for row in rows),
        whole=heads[0].state if heads[0] else MISSING,
        year=heads[1].state if heads[1] else MISSING,
    )


def _lines(rows: Iterable[Schedule], tasks: dict[int, Task], name: str) -> tuple[NodeLine, ...]:
    found = [
        NodeLine(node, tasks[row.task_id].code, tasks[row.task_id].heading)
        for row in rows
        for node in getattr(row, name)
    ]
    return tuple(sorted(found, key=lambda line: (line.node.due, line.node.id)))
