"""The facts on which notices stand: found in the figures of a quarter as known at a moment, each with its why.

A fact has a name (`subject`), by which the same is known again: a task's red light, an agency's missing returns of a
quarter, a target. The rules that propose every night and the form that a person fills in find them by the same
functions, and so does whoever issues a proposal: what it prints is what holds at that moment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from reports.figures.history import light_history
from reports.figures.target_standing import TargetStanding
from reports.figures.targets import targets_in_force, tasks_answering
from reports.supervision.off_path_targets import off_path
from reports.supervision.values import Ground
from tasks.cycles.lateness import overdue
from tasks.cycles.models import Cycle
from tasks.cycles.workdays import workdays_between
from tasks.indicators.target_path import Schedule
from tasks.models import Plan, Target, Task
from tasks.period_words import speaking
from tasks.standing.queries import Standing, standing
from tasks.values import Duty, Light, Period
from tasks.wording import light_parts

LOOK_BACK = 11  # quarters before the one in question in which a red light may have begun


@dataclass(frozen=True)
class Found:
    """A fact about one agency: what a notice to it would stand on. `facts` is what is kept of it, in JSON's own types."""

    ground: Ground
    quarter: Period
    agency_id: int
    subject: str
    facts: dict[str, Any]
    why: str
    task_ids: tuple[int, ...] = ()
    target_id: int | None = None
    measure: int = (
        1  # how far it has come: quarters in a row, working days late; what a rule's threshold is held to
    )
    verified: bool = True  # whether the office found it, or an agency said it of itself

    @property
    def key(self) -> tuple[str, str, int]:
        """By which the same fact is known again."""
        return self.ground.value, self.subject, self.agency_id


@dataclass
class Grounds:
    """The facts of one quarter of a plan, as known at a moment; each kind is read once, when it is first asked for. With
    `task_id` or `agency_id` those about that task or agency alone."""

    plan: Plan
    quarter: Period
    known_at: datetime
    task_id: int | None = None
    agency_id: int | None = None
    _standings: list[Standing] | None = field(default=None, repr=False)
    _tasks: dict[int, Task] | None = field(default=None, repr=False)

    def of(self, ground: str) -> list[Found]:
        """All facts of that kind, in the plan's order; none for what is no fact of a quarter."""
        with speaking(self.plan.kind):
            match ground:
                case Ground.RED:
                    return self.red()
                case Ground.MISSING:
                    return self.missing()
                case Ground.TARGET:
                    return self.targets()
        return []

    @property
    def day(self) -> date:
        return timezone.localdate(self.known_at, timezone.get_default_timezone())

    @property
    def standings(self) -> list[Standing]:
        if self._standings is None:
            self._standings = standing([self.plan.pk], self.quarter, known_at=self.known_at)
        return self._standings

    @property
    def tasks(self) -> dict[int, Task]:
        if self._tasks is None:
            self._tasks = {task.pk: task for task in Task.objects.filter(plan=self.plan)}
        return self._tasks

    @property
    def leads(self) -> dict[int, int]:
        """{task id: the agency that leads it}."""
        return {row.task_id: row.agency_id for row in self.standings if row.duty == row.role == Duty.LEAD}

    def _is_about(self, agency_id: int, task_ids: Iterable[int]) -> bool:
        return self.agency_id in {None, agency_id} and (self.task_id is None or self.task_id in task_ids)

    # -- red lights -------------------------------------------------------------------------------------------

    def red(self) -> list[Found]:
        """Tasks whose light is red, with the quarters in a row in which it was; to the agency that leads the task.

        `measure` counts those that the office verified, back from this quarter; where it is the lead's own word alone,
        all of them, and the fact is not `verified`.
        """
        red = [
            row
            for row in self.standings
            if row.duty == row.role == Duty.LEAD
            and row.light == Light.RED
            and self._is_about(row.agency_id, [row.task_id])
        ]
        if not red:
            return []
        first = max(self.plan.first_quarter, self.quarter - LOOK_BACK)
        history = light_history(self.plan, first, self.quarter, self.known_at)
        found = []
        for row in red:
            streak: list[tuple[Period, bool]] = []
            quarter = self.quarter
            while history.get(row.task_id, {}).get(quarter, ("", False))[0] == Light.RED.value:
                verified = history[row.task_id][quarter][1]
                if row.verified and not verified:
                    break
                streak.append((quarter, verified))
                quarter = quarter - 1
            found.append(self._red(row, streak[::-1]))
        return found

    def _red(self, row: Standing, streak: Sequence[tuple[Period, bool]]) -> Found:
        task = self.tasks[row.task_id]
        said = _("核定") if row.verified else _("自评")
        return Found(
            ground=Ground.RED,
            quarter=self.quarter,
            agency_id=row.agency_id,
            subject=f"task:{task.pk}",
            task_ids=(task.pk,),
            facts={
                "task": _task(task),
                "quarters": [{"quarter": str(quarter), "verified": verified} for quarter, verified in streak],
                "reported": row.reported_light,
                "verified": row.verified,
            },
            why=(
                _("%(code)s至%(quarter)s已连续%(n)d季%(said)s为%(red)s灯。")
                if len(streak) > 1
                else _("%(code)s在%(quarter)s%(said)s为%(red)s灯。")
            )
            % {
                "code": task.code,
                "quarter": self.quarter.label,
                "n": len(streak),
                "said": said,
                **light_parts(),
            },
            measure=len(streak),
            verified=row.verified,
        )

    # -- missing returns --------------------------------------------------------------------------------------

    def missing(self) -> list[Found]:
        """Agencies with overdue submissions, each with all of them: one notice an agency, not one a submission.

        `measure` is the working days by which the oldest of them is late.
        """
        owed: dict[int, int] = {}
        late: dict[int, list[Standing]] = {}
        for row in self.standings:
            if not row.owed or not row.is_overdue(self.known_at):
                continue
            owed[row.agency_id] = owed.get(row.agency_id, 0) + 1
            if not row.reported:
                late.setdefault(row.agency_id, []).append(row)
        return [
            self._missing(agency_id, rows, owed[agency_id])
            for agency_id, rows in late.items()
            if self._is_about(agency_id, [row.task_id for row in rows])
        ]

    def _missing(self, agency_id: int, rows: Sequence[Standing], owed: int) -> Found:
        listed = sorted(rows, key=lambda row: (row.role != Duty.LEAD, self.tasks[row.task_id].order))
        returns = [
            {
                **_task(self.tasks[row.task_id]),
                "duty": row.role,
                "due_on": _day(row.due_at).isoformat() if row.due_at else "",
                "workdays": workdays_between(_day(row.due_at), self.day) if row.due_at else 0,
                "last": str(row.stale_quarter) if row.stale_quarter else "",
            }
            for row in listed
        ]
        most = max(one["workdays"] for one in returns)
        return Found(
            ground=Ground.MISSING,
            quarter=self.quarter,
            agency_id=agency_id,
            subject=f"quarter:{self.quarter}",
            task_ids=tuple(row.task_id for row in listed),
            facts={"owed": owed, "returns": returns, "workdays": most},
            why=_("%(quarter)s应报%(owed)d件，%(n)d件未报，已逾期%(days)d个工作日。")
            % {"quarter": self.quarter.label, "owed": owed, "n": len(returns), "days": most},
            measure=most,
        )

    # -- targets ----------------------------------------------------------------------------------------------

    def targets(self) -> list[Found]:
        """Targets off their path; to the agency that leads the task which promises it, or which reports its figure. A
        target that nobody answers for can be addressed to nobody."""
        rows, leads = targets_in_force(self.plan, self.quarter, self.known_at), self.leads
        answering = tasks_answering(rows)
        addressed = []
        for row in rows:
            tasks = answering[row.order]
            lead = next((leads[task] for task in tasks if task in leads), None)
            if lead is not None and self._is_about(lead, tasks):
                addressed.append((row, lead, tasks))
        if not addressed:
            return []
        missed = {one.target.order: one for one in off_path(self.plan, self.quarter, known_at=self.known_at)}
        return [
            self._target(row, missed[row.order], lead, tasks)
            for row, lead, tasks in addressed
            if row.order in missed
        ]

    def _target(self, row: Target, one: TargetStanding, lead: int, tasks: Iterable[int]) -> Found:
        figures = one.target
        behind = one.status == Schedule.BEHIND
        return Found(
            ground=Ground.TARGET,
            quarter=self.quarter,
            agency_id=lead,
            subject=f"target:{row.pk}",
            task_ids=tuple(tasks),
            target_id=row.pk,
            facts={
                "text": row.text,
                "year": row.year,
                "indicator": figures.indicator,
                "value": _number(figures.value),
                "unit": figures.unit,
                "comparison": figures.comparison,
                "actual": _number(figures.actual),
                "numerator": _number(figures.numerator),
                "denominator": _number(figures.denominator),
                "quarter": str(figures.actual_quarter),
                "verified": figures.verified,
                "path": _number(one.path) if behind else "",
            },
            why=(
                _(
                    "%(year)s年目标%(value)s%(unit)s，至%(quarter)s为%(actual)s%(unit)s，序时目标为%(path)s%(unit)s。"
                )
                if behind
                else _("%(year)s年目标%(value)s%(unit)s，至%(quarter)s为%(actual)s%(unit)s。")
            )
            % {
                "path": _number(one.path),
                "year": row.year,
                "value": _number(figures.value),
                "unit": figures.unit,
                "quarter": figures.actual_quarter.label if figures.actual_quarter else "",
                "actual": _number(figures.actual),
            },
            verified=figures.verified,
        )


def latest_due(plan: Plan, now: datetime) -> Period | None:
    """The latest quarter in which a missing lead submission is overdue."""
    own = {"quarter__gte": plan.first_quarter, "quarter__lte": plan.last_quarter}
    cycle = Cycle.counting.filter(overdue("lead_due", now), plan=plan, **own).order_by("-quarter").first()
    return cycle.quarter if cycle else None


def _task(task: Task) -> dict[str, Any]:
    return {"ref": task.ref, "code": task.code, "heading": task.heading}


def _day(moment: datetime) -> date:
    return timezone.localdate(moment, timezone.get_default_timezone())


def _number(value: Decimal | None) -> str:
    """As it is printed: 12 and not 12.0000."""
    return "" if value is None else format(value.normalize(), "f")
