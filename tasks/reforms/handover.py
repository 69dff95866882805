"""Handover after a reform: a successor may copy its predecessors' drafts and last versions into drafts of its own.

Nothing moves automatically. For each duty that has passed to it, the successor sees the predecessor's draft of the
quarter and its last version; the predecessor's submission stays where it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.adjustments.models import Adjustment, AdjustmentKind
from tasks.adjustments.queries import content_of
from tasks.adjustments.values import Reform
from tasks.errors import Conflict, present
from tasks.people.models import User
from tasks.people.permissions import may_file
from tasks.plans.duties import duties
from tasks.plans.models import Plan, Task
from tasks.submissions.actions import save_drafts
from tasks.submissions.content import DraftInput
from tasks.submissions.fields import FIELDS, field_values
from tasks.submissions.models import FILED, Submission, Version
from tasks.values import Period

T = TypeVar("T", Submission, Version)


@dataclass(frozen=True)
class Source:
    """A predecessor's draft of the quarter (also one that was sent back) or else its last version, for one task."""

    task: Task
    duty: str
    agency_id: int
    draft: Submission | None
    version: Version | None

    @property
    def content(self) -> Submission | Version:
        return self.draft or present(self.version, "what a predecessor left")


def took_over(agency_id: int) -> bool:
    """Whether any duty has ever passed to the agency in a reform. One query."""
    reforms = Adjustment.objects.filter(
        kind=AdjustmentKind.REFORM, content__passes__contains=[{"to": agency_id}]
    )
    return reforms.known(clock.now()).exists()


def sources(plan: Plan, quarter: Period, agency_id: int) -> list[Source]:
    """The predecessors' drafts or versions for each duty that the agency has taken over and not started to report.

    A fixed number of queries; one query if there was no reform.
    """
    now = clock.now()
    reforms = Adjustment.objects.filter(plan=plan, kind=AdjustmentKind.REFORM, effective__lte=quarter).known(
        now
    )
    before: dict[int, list[int]] = {}  # {task id: predecessors}
    for adjustment in reforms:
        content = content_of(adjustment)
        assert isinstance(content, Reform)
        for one in content.passes:
            if one.to == agency_id:
                before.setdefault(one.task_id, []).append(one.agency_id)
    if not before:
        return []
    owed = duties([plan.pk], quarter, known_at=now).filter(agency=agency_id, task__in=before)
    begun = set(
        Submission.objects.filter(agency=agency_id, quarter=quarter, task__in=before).values_list(
            "task_id", flat=True
        )
    )
    predecessors = {pk for ids in before.values() for pk in ids}
    drafts = _by_key(
        Submission.objects.filter(task__in=before, agency__in=predecessors, quarter=quarter).exclude(
            state__in=FILED
        )
    )
    versions = _by_key(
        Version.objects.filter(task__in=before, agency__in=predecessors, quarter__lt=quarter, is_trial=False)
        .order_by("task_id", "agency_id", "-quarter", "-number")
        .distinct("task_id", "agency_id")
    )
    offers = []
    for row in owed.select_related("task").order_by("task__order"):
        if row.task_id in begun:
            continue
        for predecessor in before[row.task_id]:
            key = (row.task_id, predecessor)
            if key in drafts or key in versions:
                offers.append(Source(row.task, row.duty, predecessor, drafts.get(key), versions.get(key)))
    return offers


def _by_key(rows: Iterable[T]) -> dict[tuple[int, int], T]:
    return {(row.task_id, row.agency_id): row for row in rows}


def take_over(
    *, by: User, plan: Plan, quarter: Period, task: Task, agency_id: int, now: datetime | None = None
) -> Submission:
    """Copies the draft or last version of the predecessor `agency_id` into a new draft of the actor's agency."""
    if not may_file(by):
        raise PermissionDenied(_("由承继单位的填报员接续填报。"))
    source = next(
        (
            one
            for one in sources(plan, quarter, by.acts_for)
            if one.task.pk == task.pk and one.agency_id == agency_id
        ),
        None,
    )
    if source is None:
        raise Conflict(_("没有可以接续的内容，或本单位已经开始填报这一项；请刷新页面。"))
    content = field_values(source.content)
    if not source.draft:
        # From an earlier quarter only texts are copied: light, progress and figures belong to their own quarter.
        content = {field.name: content[field.name] for field in FIELDS if field.inherited}
    (draft,) = save_drafts(
        by=by,
        drafts=[
            DraftInput(
                plan_id=plan.pk,
                quarter=quarter,
                task_id=task.pk,
                agency_id=by.acts_for,
                figures=dict(source.draft.figures) if source.draft else {},
                **content,
            )
        ],
        now=now,
    )
    return draft
