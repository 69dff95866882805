"""The rows of the review queues: a version, what it is compared to, and what is unusual about it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import QueryDict

from tasks.agencies.models import AgencyName
from tasks.contacts.models import Contact
from tasks.cycles.extensions import extended
from tasks.cycles.models import Cycle
from tasks.people.models import User
from tasks.people.permissions import may_file
from tasks.plans.duties import duties
from tasks.plans.models import Plan
from tasks.submissions import oddities
from tasks.submissions.filters import ANY, CONFLICT, LATE, ODD, PLAIN, LeadQueueFilter
from tasks.submissions.marks import marks_of
from tasks.submissions.models import Version
from tasks.submissions.queries import first_submitted, last_versions_before, red_co_returns, waiting_for_lead
from tasks.values import Duty, Light, Period
from tasks.web import sorting


@dataclass(frozen=True)
class QueueRow:
    """A submitted version in a queue, with what it is compared to."""

    version: Version
    agency: AgencyName | None
    previous: Version | None
    late: bool
    co_due: int = 0
    co_reported: int = 0
    red: tuple[str, ...] = ()  # names of the co agencies that report red
    marks: Sequence[str] = ()  # 试填, 代录 … (tasks.submissions.marks)
    odd: Sequence[str] = ()  # what is odd in it (tasks.submissions.oddities)
    contact: Contact | None = None  # of a lead submission, for those who may see whom to call

    @property
    def light_changed(self) -> bool:
        """From the last quarter's: the verified one, or what was reported then."""
        before = self.previous and (self.previous.verified_light or self.previous.light)
        return bool(before) and before != self.version.light

    @property
    def in_conflict(self) -> bool:
        """Green or blue over a co agency's red."""
        return bool(self.red) and self.version.light in {Light.GREEN, Light.BLUE}

    def is_(self, asked: str) -> bool:
        """Whether the row is of the chosen kind: changed, late, in conflict, or none of these."""
        return {
            ANY: True,
            "changed": self.light_changed,
            LATE: self.late,
            CONFLICT: self.in_conflict,
            ODD: bool(self.odd),
            PLAIN: not (self.light_changed or self.late or self.in_conflict or self.odd),
        }[asked]


COLUMNS: dict[str, Callable[[QueueRow], Any]] = {
    "submitted": lambda row: row.version.submitted_at,
    "task": lambda row: row.version.task.order,
    "agency": lambda row: row.agency.short if row.agency else None,
    "previous": lambda row: (
        sorting.of_light(row.previous.verified_light or row.previous.light) if row.previous else None
    ),
    "light": lambda row: sorting.of_light(row.version.light),
    "co": lambda row: sorting.of_share(row.co_reported, row.co_due),
}


def lead_queue(asked: QueryDict, user: User, plan: Plan, quarter: Period) -> LeadQueueFilter:
    """The co submissions that wait for the reader's agency as lead, filtered."""
    waiting = waiting_for_lead(plan, quarter, user.acts_for)
    mine = waiting if may_file(user) and user.agency_id else waiting.none()
    return LeadQueueFilter(asked, queryset=mine, quarter=quarter)


class Owed(NamedTuple):
    """A responsibility that requires a submission in the quarter."""

    pk: int
    task_id: int
    agency_id: int
    duty: str


def owed_in(plan: Plan, quarter: Period) -> list[Owed]:
    """Every submission that is owed in the quarter. One query."""
    return [
        Owed(*row)
        for row in duties([plan.pk], quarter).values_list("pk", "task_id", "agency_id", "duty").order_by()
    ]


def queue_rows(
    plan: Plan,
    quarter: Period,
    cycle: Cycle | None,
    shown: list[Version],
    names: dict[int, AgencyName],
    owed: Iterable[Owed],
) -> dict[int, QueueRow]:
    """{version id: its row}; `owed` as `owed_in` gives it. A fixed number of queries."""
    previous = last_versions_before(
        quarter,
        task_ids={version.task_id for version in shown},
        agency_ids={version.agency_id for version in shown},
    )
    first = first_submitted(shown)
    dates = extended([cycle] if cycle else [])
    leads = [version for version in shown if version.duty == Duty.LEAD]
    co_due, co_reported = _co_counts(quarter, {version.task_id for version in leads}, owed)
    red = red_co_returns((version.task_id, quarter) for version in leads)
    odd = oddities.of_versions(shown, quarter, previous)
    marks = marks_of(version.pk for version in shown)

    def row(version: Version) -> QueueRow:
        agencies = red.get((version.task_id, quarter), []) if version.duty == Duty.LEAD else []
        return QueueRow(
            version=version,
            agency=names.get(version.agency_id),
            previous=previous.get((version.task_id, version.agency_id)),
            late=cycle is not None
            and dates.is_late(cycle, version.duty, version.agency_id, first[version.pk]),
            co_due=co_due.get(version.task_id, 0),
            co_reported=co_reported.get(version.task_id, 0),
            red=tuple(names[pk].short for pk in agencies if pk in names),
            marks=marks[version.pk],
            odd=odd[version.pk],
        )

    return {version.pk: row(version) for version in shown}


def _co_counts(
    quarter: Period, task_ids: set[int], owed: Iterable[Owed]
) -> tuple[Counter[int], dict[int, int]]:
    due = Counter(one.task_id for one in owed if one.task_id in task_ids and one.duty == Duty.CO)
    reported: dict[int, int] = {}
    for task_id, _agency in (
        Version.objects.filter(quarter=quarter, task__in=task_ids, duty=Duty.CO)
        .values_list("task_id", "agency_id")
        .distinct()
    ):
        reported[task_id] = reported.get(task_id, 0) + 1
    return due, reported
