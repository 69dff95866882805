"""Actions on adjustments: propose, approve, reject, withdraw. Only an approval by a second person changes anything.

The functions are keyword-only, with the actor `by`. They raise PermissionDenied, Conflict (the state has changed since
the proposal) or Problems (the input), and then write nothing. An approval applies the change in the same transaction,
under the plan's lock, through tasks.bitemporal: earlier rows stay on record as known before, and the original is never
overwritten.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.adjustments import applications, applying, checks, reform_preview
from tasks.adjustments.announcements import What, announce
from tasks.adjustments.models import Adjustment, AdjustmentKind, AdjustmentState
from tasks.adjustments.queries import (
    content_at,
    content_of,
    duties_at,
    last_touching,
    promise_of,
    target_at,
    term_at,
)
from tasks.adjustments.transitions import APPROVE, PROPOSE, REJECT, WITHDRAW
from tasks.adjustments.values import (
    Content,
    ContentChange,
    DutyChange,
    DutyChanges,
    Promise,
    Reform,
    TargetChange,
    Term,
    TermChange,
)
from tasks.agencies.models import Lineage
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.files import actions as files
from tasks.people import permissions
from tasks.people.models import User
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan, Task, TermStatus
from tasks.transitions import Transition, move
from tasks.values import Period

REASON_LIMIT, NUMBER_LIMIT = 1000, 60

# -- proposing ----------------------------------------------------------------------------------------------


def propose_target(
    *,
    by: User,
    plan: Plan,
    order: int,
    effective: Period,
    promise: Promise,
    reason: str,
    doc_number: str = "",
    uploads: "Sequence[File[Any]]" = (),
    now: datetime | None = None,
) -> Adjustment:
    """Proposes another value or text of a target from a quarter on."""
    moment = now or clock.now()
    row = target_at(plan, order, effective, moment)
    applicant = _begin(by, row.task if row else None, moment)
    problems = checks.quarter_problems(plan, effective)
    if row is None:
        raise Problems(problems or [Problem("effective", _("这项目标在这个季度不在执行。"))])
    after = Promise(promise.text.strip(), promise.comparison, promise.value, promise.unit.strip())
    change = TargetChange(promise_of(row), after)
    problems += checks.target_problems(plan, order, effective, change, moment)
    return _propose(
        by,
        plan,
        AdjustmentKind.TARGET,
        effective,
        change,
        [row.task] if row.task else [],
        reason,
        doc_number,
        moment,
        problems,
        target_order=order,
        applicant=applicant,
        uploads=uploads,
    )


def propose_duties(
    *,
    by: User,
    task: Task,
    effective: Period,
    duties: dict[int, str],
    reason: str,
    doc_number: str = "",
    uploads: "Sequence[File[Any]]" = (),
    now: datetime | None = None,
) -> Adjustment:
    """Proposes other agencies or duties for a task from a quarter on.

    `duties`: `{agency id: new duty, "" for none}`; agencies that are not listed keep their duty.
    """
    moment = now or clock.now()
    applicant = _begin(by, task, moment)
    present = duties_at(task.pk, effective, moment)
    changes = DutyChanges(
        task.pk,
        tuple(
            DutyChange(agency_id, present.get(agency_id, ""), duty)
            for agency_id, duty in duties.items()
            if present.get(agency_id, "") != duty
        ),
    )
    problems = checks.quarter_problems(task.plan, effective)
    problems += checks.duty_problems(task, effective, changes, moment)
    return _propose(
        by,
        task.plan,
        AdjustmentKind.RESPONSIBILITY,
        effective,
        changes,
        [task],
        reason,
        doc_number,
        moment,
        problems,
        applicant=applicant,
        uploads=uploads,
    )


def propose_content(
    *,
    by: User,
    task: Task,
    effective: Period,
    text: str,
    reason: str,
    doc_number: str = "",
    uploads: "Sequence[File[Any]]" = (),
    now: datetime | None = None,
) -> Adjustment:
    """Proposes other words for what a task asks. The plan's own words stay and are shown beside them."""
    moment = now or clock.now()
    applicant = _begin(by, task, moment)
    change = ContentChange(task.pk, content_at(task.pk, effective, moment), text.strip())
    problems = checks.quarter_problems(task.plan, effective)
    problems += checks.content_problems(task, effective, change, moment)
    return _propose(
        by,
        task.plan,
        AdjustmentKind.CONTENT,
        effective,
        change,
        [task],
        reason,
        doc_number,
        moment,
        problems,
        applicant=applicant,
        uploads=uploads,
    )


def propose_deadline(
    *,
    by: User,
    task: Task,
    effective: Period,
    deadline: date | None,
    reason: str,
    doc_number: str = "",
    uploads: "Sequence[File[Any]]" = (),
    now: datetime | None = None,
) -> Adjustment:
    """Proposes another deadline for a task, or no deadline."""
    moment = now or clock.now()
    applicant = _begin(by, task, moment)
    before = term_at(task.pk, effective, moment)
    return _propose_term(
        by,
        task,
        AdjustmentKind.DEADLINE,
        effective,
        TermChange(task.pk, before, Term(before.status, deadline)),
        reason,
        doc_number,
        moment,
        applicant,
        uploads,
    )


def propose_withdrawal(
    *,
    by: User,
    task: Task,
    effective: Period,
    reason: str,
    doc_number: str = "",
    restore: bool = False,
    uploads: "Sequence[File[Any]]" = (),
    now: datetime | None = None,
) -> Adjustment:
    """Proposes to withdraw a task from a quarter on, or (`restore`) to resume it."""
    moment = now or clock.now()
    applicant = _begin(by, task, moment)
    before = term_at(task.pk, effective, moment)
    status = TermStatus.OPEN if restore else TermStatus.WITHDRAWN
    return _propose_term(
        by,
        task,
        AdjustmentKind.WITHDRAWAL,
        effective,
        TermChange(task.pk, before, Term(status, before.deadline)),
        reason,
        doc_number,
        moment,
        applicant,
        uploads,
    )


def propose_reform(
    *,
    by: User,
    plan: Plan,
    edges: Sequence[Lineage],
    answers: Mapping[str, str],
    reason: str,
    doc_number: str = "",
    now: datetime | None = None,
) -> Adjustment:
    """Proposes the transfers of duties and accounts on a reform's day, based on these edges.

    `answers`: `{field of the preview: agency id or a constant of tasks.adjustments.reform_preview}`; each duty and
    account with more than one option needs an answer.
    """
    moment = now or clock.now()
    if not permissions.may_propose_adjustments(by):
        raise PermissionDenied(_("只有领导小组办公室可以提出调整。"))
    problems = reform_preview.edge_problems(edges, plan)
    if problems:
        raise Problems(problems)
    shown = reform_preview.preview(plan, reform_preview.Day(edges[0].on, tuple(edges)), moment, answers)
    problems = reform_preview.answer_problems(shown)
    content = None if problems else shown.reform()
    tasks = list(Task.objects.filter(pk__in={one.task_id for one in content.passes})) if content else []
    return _propose(
        by,
        plan,
        AdjustmentKind.REFORM,
        shown.effective,
        content,
        tasks,
        reason,
        doc_number,
        moment,
        problems,
    )


def _begin(by: User, task: Task | None, moment: datetime) -> int | None:
    """The agency for which one applies; None for the office's own proposal. Raises PermissionDenied for others."""
    if permissions.may_propose_adjustments(by):
        return None
    if not applications.may_apply(by, task, moment):
        raise PermissionDenied(_("调整由领导小组办公室提出，或由任务的牵头单位申请。"))
    return by.agency_id


def _propose_term(
    by: User,
    task: Task,
    kind: str,
    effective: Period,
    change: TermChange,
    reason: str,
    doc_number: str,
    moment: datetime,
    applicant: int | None,
    uploads: "Sequence[File[Any]]",
) -> Adjustment:
    problems = checks.quarter_problems(task.plan, effective)
    problems += checks.term_problems(kind, task, effective, change, moment)
    return _propose(
        by,
        task.plan,
        kind,
        effective,
        change,
        [task],
        reason,
        doc_number,
        moment,
        problems,
        applicant=applicant,
        uploads=uploads,
    )


def _propose(
    by: User,
    plan: Plan,
    kind: str,
    effective: Period,
    content: Content | None,  # None only where there are problems
    tasks: Sequence[Task],
    reason: str,
    doc_number: str,
    moment: datetime,
    problems: list[Problem],
    target_order: int | None = None,
    *,
    applicant: int | None = None,
    uploads: "Sequence[File[Any]]" = (),
) -> Adjustment:
    if not reason.strip():
        problems.append(Problem("reason", _("请写明调整的理由。")))
    elif len(reason) > REASON_LIMIT:
        problems.append(Problem("reason", _("最多 %(n)d 字。") % {"n": REASON_LIMIT}))
    if len(doc_number.strip()) > NUMBER_LIMIT:
        problems.append(Problem("doc_number", _("最多 %(n)d 字。") % {"n": NUMBER_LIMIT}))
    if problems or content is None:
        raise Problems(problems)
    checked = files.check(uploads, field="attachments")
    with transaction.atomic():
        adjustment = Adjustment.objects.create(
            plan=plan,
            kind=kind,
            effective=effective,
            content=content.as_data(),
            target_order=target_order,
            doc_number=doc_number.strip(),
            reason=reason.strip(),
            proposed_by=by,
            proposed_at=moment,
            applicant_id=applicant,
        )
        adjustment.tasks.set(tasks)
        record(
            by=by,
            verb=PROPOSE.verb if applicant is None else "adjustment.apply",
            subject=adjustment,
            to_state=PROPOSE.target,
            note=adjustment.reason,
            data={"kind": kind, "effective": str(effective), **adjustment.content},
            at=moment,
        )
        applications.keep_files(adjustment, by, checked, moment)
        if applicant is not None:
            announce(What.APPLIED, adjustment, by, moment)
    return adjustment


# -- deciding -----------------------------------------------------------------------------------------------


@transaction.atomic
def approve(*, by: User, adjustment: Adjustment, note: str = "", now: datetime | None = None) -> Adjustment:
    """Approves another person's proposal; the change is valid from its quarter on, and known from now on.

    Raises Conflict if it is already decided, or if the object of the change is no longer as the proposal states.
    """
    _check_may_decide(by, adjustment)
    in_order([adjustment.plan_id])
    moment = now or clock.now()
    row = _waiting(adjustment)
    applications.check_may_decide(by, row)
    content = content_of(row)
    _check_fresh(row, content, moment)
    applying.apply(row, content, by=by, at=moment)
    return _decide(row, APPROVE, by, note, moment)


@transaction.atomic
def reject(*, by: User, adjustment: Adjustment, note: str, now: datetime | None = None) -> Adjustment:
    """Rejects another person's proposal, with a reason."""
    _check_may_decide(by, adjustment)
    if not note.strip():
        raise Problems([Problem("note", _("不批准要写明理由。"))])
    row = _waiting(adjustment)
    applications.check_may_decide(by, row)
    return _decide(row, REJECT, by, note, now or clock.now())


@transaction.atomic
def withdraw(*, by: User, adjustment: Adjustment, note: str = "", now: datetime | None = None) -> Adjustment:
    """Withdraws one's own proposal while it is undecided."""
    if adjustment.proposed_by_id != by.pk or not permissions.may_start_adjustments(by):
        raise PermissionDenied(_("只有提出人可以撤回自己的提议。"))
    row = _waiting(adjustment)
    return _decide(row, WITHDRAW, by, note, now or clock.now())


def _check_may_decide(by: User, adjustment: Adjustment) -> None:
    if not permissions.may_decide_adjustments(by):
        raise PermissionDenied(_("调整由领导小组或其办公室批准。"))
    if not permissions.may_decide_adjustment_of(by, adjustment.proposed_by_id):
        raise PermissionDenied(_("自己提出的调整须由另一个人批准。"))


def _waiting(adjustment: Adjustment) -> Adjustment:
    """Locks and returns the row. Raises Conflict (with the decision, its author and time) if it is already decided."""
    row = Adjustment.objects.select_for_update(of=("self",)).select_related("plan").get(pk=adjustment.pk)
    if row.state not in APPROVE.sources:
        raise Conflict(
            _("%(who)s已于 %(when)s 将这项调整办为“%(state)s”。")
            % {
                "who": row.decided_by,
                "when": f"{timezone.localtime(row.decided_at):%Y-%m-%d %H:%M}" if row.decided_at else "",
                "state": AdjustmentState(row.state).label,
            }
        )
    return row


def _decide(row: Adjustment, transition: Transition, by: User, note: str, moment: datetime) -> Adjustment:
    text = note.strip()[:REASON_LIMIT]
    decision = {"decided_by": by, "decided_at": moment, "decision_note": text}
    move([row], transition, by=by, at=moment, note=text, values=decision)
    if row.applicant_id is not None:
        announce(_TOLD[transition.verb], row, by, moment)
    return row


_TOLD = {APPROVE.verb: What.APPROVED, REJECT.verb: What.REJECTED, WITHDRAW.verb: What.WITHDRAWN}


def _check_fresh(row: Adjustment, content: Content, moment: datetime) -> None:
    """Raises Conflict or Problems if the object has changed since the proposal, or the change is no longer valid."""
    problems: list[Problem] = []
    match content:
        case TargetChange():
            order = row.target_order or 0
            target = target_at(row.plan, order, row.effective, moment)
            stale = target is None or promise_of(target) != content.before
            problems = checks.target_problems(row.plan, order, row.effective, content, moment)
        case DutyChanges():
            present = duties_at(content.task_id, row.effective, moment)
            stale = any(present.get(change.agency_id, "") != change.before for change in content.changes)
            problems = checks.duty_problems(row.tasks.get(), row.effective, content, moment)
        case TermChange():
            stale = term_at(content.task_id, row.effective, moment) != content.before
            problems = checks.term_problems(row.kind, row.tasks.get(), row.effective, content, moment)
        case ContentChange():
            stale = content_at(content.task_id, row.effective, moment) != content.before
            problems = checks.content_problems(row.tasks.get(), row.effective, content, moment)
        case Reform():
            stale = applying.is_stale(row, content, moment)
            problems = applying.reform_problems(row, content, moment)
    if stale:
        other = last_touching(row)
        raise Conflict(
            _(
                "提出之后情况已变：第%(number)d号调整已由%(who)s于 %(when)s 批准，请撤回这一项，按现在的情况重新提出。"
            )
            % {
                "number": other.pk,
                "who": other.decided_by,
                "when": f"{timezone.localtime(other.decided_at):%Y-%m-%d %H:%M}" if other.decided_at else "",
            }
            if other
            else _("提出之后情况已变，请撤回这一项，按现在的情况重新提出。")
        )
    if problems:
        raise Conflict(_("现在不能批准：%(why)s") % {"why": "".join(problem.message for problem in problems)})
