"""销号 and 长期坚持: what becomes of a task for good, and the yearly look at what is kept up.

A lead proposes that a task is done by filing it blue; the office verifies that like any other light; then it may close
the task: from the next quarter on nothing is owed for it. A task without an end is kept up and looked at every year.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import record
from tasks.bitemporal import known_from, quarters_from, retire
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_decide_for
from tasks.people.queries import office_agency_ids
from tasks.plans.commit_order import in_order
from tasks.plans.duties import leads_of
from tasks.plans.models import ENDED, Plan, Task, TaskTerm, TermStatus
from tasks.review.models import TermReview
from tasks.submissions.models import Decision, Version
from tasks.values import Duty, Light, Period
from tasks.wording import light_parts

REASON = 1000  # characters


# -- reading ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TaskState:
    """Where a task stands for good: its term now, the last accepted lead version, the last yearly review."""

    task: Task
    lead_id: int | None
    term: TaskTerm | None
    version: Version | None
    review: TermReview | None

    @property
    def status(self) -> str:
        return self.term.status if self.term else TermStatus.OPEN

    @property
    def is_done(self) -> bool:
        """Whether the lead said that it is done and the office found so, and it is not closed yet."""
        return (
            self.version is not None
            and self.version.verified_light == Light.BLUE
            and self.status not in ENDED
        )

    def reviewed_in(self, year: int) -> bool:
        return self.review is not None and self.review.year >= year


def task_states(plan: Plan, *, now: datetime | None = None) -> list[TaskState]:
    """Every task of the plan in its order. Five queries."""
    moment = now or clock.now()
    quarter = current_quarter(plan, moment)
    tasks = list(Task.objects.filter(plan=plan).order_by("order"))
    terms = {
        term.task_id: term
        for term in TaskTerm.objects.filter(
            task__plan=plan, known__contains=moment, valid__contains=quarter.ordinal + 1
        )
    }
    versions = {
        version.task_id: version
        for version in Version.objects.filter(
            task__plan=plan, duty=Duty.LEAD, decision=Decision.ACCEPTED, decided_at__lte=moment
        )
        .order_by("task_id", "-quarter", "-number")
        .distinct("task_id")
    }
    reviews: dict[int, TermReview] = {}
    for review in TermReview.objects.filter(task__plan=plan).order_by("at", "pk").select_related("by"):
        reviews[review.task_id] = review
    leads = leads_of([task.pk for task in tasks], quarter)
    return [
        TaskState(task, leads.get(task.pk), terms.get(task.pk), versions.get(task.pk), reviews.get(task.pk))
        for task in tasks
    ]


def current_quarter(plan: Plan, moment: datetime) -> Period:
    """The quarter of the moment, within the plan's validity."""
    return plan.period_at(moment.date())


# -- writing ------------------------------------------------------------------------------------------------


@transaction.atomic
def close(*, by: User, task: Task, reason: str, now: datetime | None = None) -> TaskTerm:
    """销号: close a task that its lead reported blue and the office verified so; from the next quarter on it owes
    nothing. Raises Conflict when it is not so, or was closed meanwhile; Problems for a missing reason."""
    _check_may(by, task)
    in_order([task.plan_id])
    moment = now or clock.now()
    _check_reason(reason)
    state = next(one for one in task_states(task.plan, now=moment) if one.task.pk == task.pk)
    if state.status in ENDED:
        raise Conflict(
            _("%(code)s %(status)s，请刷新页面。")
            % {"code": task.code, "status": TermStatus(state.status).label}
        )
    if not state.is_done or state.version is None:
        raise Conflict(
            _("%(code)s 最近一次核定的不是“%(blue)s %(blue_word)s”，不能销号。")
            % {"code": task.code, **light_parts()}
        )
    return _set(
        by=by,
        task=task,
        status=TermStatus.CLOSED,
        first=state.version.quarter + 1,
        reason=reason,
        verb="task.close",
        at=moment,
    )


@transaction.atomic
def open_again(*, by: User, task: Task, reason: str, now: datetime | None = None) -> TaskTerm:
    """Undo: the task is open again, and owes from the present quarter on."""
    _check_may(by, task)
    in_order([task.plan_id])
    moment = now or clock.now()
    _check_reason(reason)
    quarter = current_quarter(task.plan, moment)
    if not _known(task).filter(status=TermStatus.CLOSED).exists():
        raise Conflict(_("%(code)s 没有销号，请刷新页面。") % {"code": task.code})
    return _set(
        by=by,
        task=task,
        status=TermStatus.OPEN,
        first=quarter,
        reason=reason,
        verb="task.open_again",
        at=moment,
    )


@transaction.atomic
def keep_up(*, by: User, task: Task, reason: str, now: datetime | None = None) -> TaskTerm:
    """长期坚持: the task has no end; it is filed as before and looked at every year."""
    _check_may(by, task)
    in_order([task.plan_id])
    moment = now or clock.now()
    _check_reason(reason)
    current = _known(task).filter(status__in=[*ENDED, TermStatus.LONG_TERM]).first()
    if current is not None:
        raise Conflict(
            _("%(code)s 已是“%(status)s”，请刷新页面。")
            % {"code": task.code, "status": TermStatus(current.status).label}
        )
    return _set(
        by=by,
        task=task,
        status=TermStatus.LONG_TERM,
        first=current_quarter(task.plan, moment),
        reason=reason,
        verb="task.keep_up",
        at=moment,
    )


@transaction.atomic
def review(*, by: User, task: Task, finding: str, now: datetime | None = None) -> TermReview:
    """年度复核: note what was found of a task that is kept up, for the present year."""
    _check_may(by, task)
    moment = now or clock.now()
    if not finding.strip():
        raise Problems([Problem("finding", _("请写复核意见。"))])
    if len(finding) > REASON:
        raise Problems([Problem("finding", _("最多 %(limit)d 字，请删减。") % {"limit": REASON})])
    if not _known(task).filter(status=TermStatus.LONG_TERM).exists():
        raise Conflict(_("%(code)s 不是长期坚持的任务，请刷新页面。") % {"code": task.code})
    made = TermReview.objects.create(task=task, year=moment.year, finding=finding.strip(), at=moment, by=by)
    record(by=by, verb="task.review", subject=task, note=made.finding, data={"year": made.year}, at=moment)
    return made


def _check_may(by: User, task: Task) -> None:
    """Whoever decides what its lead files; nobody closes tasks that their own agency leads."""
    moment = clock.now()
    lead = leads_of([task.pk], current_quarter(task.plan, moment)).get(task.pk)
    if lead is None or not may_decide_for(by, lead, office_agency_ids(task.plan_id)):
        raise PermissionDenied(_("销号和长期坚持由领导小组办公室决定；办公室所在单位牵头的由复核人决定。"))


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Problems([Problem("reason", _("请写明理由。"))])
    if len(reason) > REASON:
        raise Problems([Problem("reason", _("理由最多 %(limit)d 字，请删减。") % {"limit": REASON})])


def _known(task: Task) -> "models.QuerySet[TaskTerm]":
    """What is known now of the task's quarters from here on."""
    quarter = current_quarter(task.plan, clock.now())
    return TaskTerm.objects.filter(
        task=task, known__endswith__isnull=True, valid__contains=quarter.ordinal + 1
    ).exclude(known__isempty=True)


def _set(
    *, by: User, task: Task, status: TermStatus, first: Period, reason: str, verb: str, at: datetime
) -> TaskTerm:
    """Say it of all quarters from `first` on; a date that the task had stays."""
    valid = quarters_from(first.ordinal)
    rows: Sequence[TaskTerm] = list(
        TaskTerm.objects.select_for_update()
        .filter(task=task, known__endswith__isnull=True)
        .exclude(known__isempty=True)
    )
    before = next((row for row in rows if row.valid.upper is None), None)
    retire(rows, valid=valid, at=at)
    made = TaskTerm.objects.create(
        task=task,
        status=status,
        deadline=before.deadline if before else None,
        valid=valid,
        known=known_from(at),
        reason=reason.strip(),
    )
    record(
        by=by,
        verb=verb,
        subject=task,
        from_state=before.status if before else TermStatus.OPEN,
        to_state=status,
        note=made.reason,
        data={"from": str(first)},
        at=at,
    )
    return made
