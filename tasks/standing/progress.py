"""报送进度: how far every agency is with what it owes in a quarter, by agency and by task.

For the office and the second reviewer: they see that there is a draft, never what is in it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Min
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.models import Agency
from tasks.cycles.extensions import extended
from tasks.cycles.models import Cycle
from tasks.plans.duties import duties
from tasks.plans.models import Plan, Task
from tasks.submissions.models import State, Submission, Version
from tasks.values import Duty, Period
from tasks.web.sorting import of_share
from tasks.wording import current

MISSING = "missing"
# What the columns count; every submission is in exactly one.
STATES = ("accepted", "submitted", "returned", "draft", MISSING)
_COLUMN = {
    State.ACCEPTED: "accepted",
    State.SUBMITTED: "submitted",
    State.RETURNED: "returned",
    State.SUPPLEMENT: "returned",
    State.HANDED: "draft",
    State.DRAFT: "draft",
}


@dataclass(frozen=True)
class OwedReturn:
    """One submission that an agency owes, and how far it is. `late`: submitted late, or overdue."""

    task: Task
    agency: Agency
    role: str
    duty: str
    responsibility_id: int
    state: str
    submission_id: int | None
    filed_at: datetime | None  # first submission
    late: bool

    @property
    def column(self) -> str:
        """accepted, submitted, returned (待补充 too), draft (待签批 too) or missing."""
        return _COLUMN[State(self.state)] if self.state != MISSING else MISSING

    @property
    def is_filed(self) -> bool:
        return self.filed_at is not None

    @property
    def state_word(self) -> str:
        """未开始, or the state's word; of a co-return 已采纳."""
        if self.state == MISSING:
            return _("未开始")
        if self.state == State.ACCEPTED and self.duty == Duty.CO:
            return _("已采纳")
        return str(State(self.state).label)


@dataclass(frozen=True)
class Tally:
    """The submissions of one line: of an agency, of a task, of a kind of agencies."""

    returns: tuple[OwedReturn, ...]

    @property
    def due(self) -> int:
        return len(self.returns)

    @property
    def filed(self) -> int:
        return sum(one.is_filed for one in self.returns)

    @property
    def late(self) -> int:
        """Submitted, but late."""
        return sum(one.late and one.is_filed for one in self.returns)

    @property
    def overdue(self) -> int:
        """Not submitted, and the due date is over."""
        return sum(one.late and not one.is_filed for one in self.returns)

    @cached_property
    def by_state(self) -> list[int]:
        """How many are in each of STATES."""
        counted = Counter(one.column for one in self.returns)
        return [counted[state] for state in STATES]


def owed_returns(plan: Plan, quarter: Period, *, now: datetime | None = None) -> list[OwedReturn]:
    """Every submission owed in the quarter, in the plan's order, lead before co. Four queries."""
    moment = now or clock.now()
    cycle = Cycle.objects.filter(plan=plan, quarter=quarter).first()
    submissions = {
        (one.task_id, one.agency_id): one
        for one in Submission.objects.filter(quarter=quarter, task__plan=plan).only(
            "task_id", "agency_id", "state"
        )
    }
    filed = {
        (task_id, agency_id): at
        for task_id, agency_id, at in Version.objects.filter(quarter=quarter, task__plan=plan)
        .values("task_id", "agency_id")
        .annotate(first=Min("submitted_at"))
        .values_list("task_id", "agency_id", "first")
    }
    dates = extended([cycle] if cycle else [])
    found = []
    for duty in (
        duties([plan.pk], quarter)
        .select_related("task__group", "agency")
        .order_by("task__order", "-duty", "order", "pk")
    ):
        key = (duty.task_id, duty.agency_id)
        submission, at = submissions.get(key), filed.get(key)
        found.append(
            OwedReturn(
                task=duty.task,
                agency=duty.agency,
                role=duty.role,
                duty=duty.duty,
                responsibility_id=duty.pk,
                state=submission.state if submission else MISSING,
                submission_id=submission.pk if submission and at else None,
                filed_at=at,
                late=cycle is not None and dates.is_late(cycle, duty.duty, duty.agency_id, at or moment),
            )
        )
    return found


# -- columns ----------------------------------------------------------------------------------------------------


def _counts(tally: Callable[[Any], Tally]) -> dict[str, Callable[[Any], Any]]:
    """The columns that count, of lines with this tally."""

    def of_state(place: int) -> Callable[[Any], Any]:
        return lambda line: tally(line).by_state[place]

    return {
        **{state: of_state(place) for place, state in enumerate(STATES)},
        "late": lambda line: tally(line).late,
        "overdue": lambda line: tally(line).overdue,
    }


def body_columns(names: Mapping[int, str]) -> dict[str, Callable[[Any], Any]]:
    """By what the lines of agencies can be sorted."""
    return {
        **_counts(lambda line: line.all),
        "name": lambda line: names.get(line.agency.pk),
        "lead": lambda line: of_share(line.lead.filed, line.lead.due),
        "co": lambda line: of_share(line.co.filed, line.co.due),
    }


def task_columns(names: Mapping[int, str]) -> dict[str, Callable[[Any], Any]]:
    """By what the lines of tasks can be sorted."""
    return {
        **_counts(lambda line: line.co),
        "task": lambda line: line.task.heading,
        "body": lambda line: names.get(line.lead.agency.pk) if line.lead else None,
        "state": lambda line: STATES.index(line.lead.column) if line.lead else None,
        "co": lambda line: of_share(line.co.filed, line.co.due),
    }


# -- by agency ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BodyLine:
    agency: Agency
    lead: Tally
    co: Tally
    all: Tally


@dataclass(frozen=True)
class Section:
    """Agencies of one kind, and their sum."""

    key: str
    title: str
    lines: tuple[BodyLine, ...]
    lead: Tally
    co: Tally
    all: Tally


def by_body(returns: Iterable[OwedReturn]) -> list[Section]:
    """Leads first, then the groups of the jurisdiction's kinds; in each, the agency with most missing first."""
    own: dict[int, list[OwedReturn]] = {}
    for one in returns:
        own.setdefault(one.agency.pk, []).append(one)
    words = current()
    lines_of: dict[str, list[BodyLine]] = {group: [] for group in words.groups}
    for rows in own.values():
        agency = rows[0].agency
        lead = tuple(one for one in rows if one.duty == Duty.LEAD)
        co = tuple(one for one in rows if one.duty == Duty.CO)
        lines_of[words.group_of(agency.kind, is_lead=bool(lead))].append(
            BodyLine(agency, Tally(lead), Tally(co), Tally(tuple(rows)))
        )
    return [
        Section(
            group,
            words.groups[group],
            tuple(
                sorted(
                    lines, key=lambda line: (line.all.filed - line.all.due, line.agency.order, line.agency.pk)
                )
            ),
            Tally(tuple(one for line in lines for one in line.lead.returns)),
            Tally(tuple(one for line in lines for one in line.co.returns)),
            Tally(tuple(one for line in lines for one in line.all.returns)),
        )
        for group, lines in lines_of.items()
        if lines
    ]


# -- by task ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TaskLine:
    task: Task
    lead: OwedReturn | None
    co: Tally


def by_task(returns: Iterable[OwedReturn]) -> list[TaskLine]:
    """Every task in the plan's order: its lead's submission, and how far its co-submissions are."""
    own: dict[int, list[OwedReturn]] = {}
    for one in returns:
        own.setdefault(one.task.pk, []).append(one)
    return [
        TaskLine(
            rows[0].task,
            next((one for one in rows if one.duty == Duty.LEAD), None),
            Tally(tuple(one for one in rows if one.duty == Duty.CO)),
        )
        for rows in own.values()
    ]
