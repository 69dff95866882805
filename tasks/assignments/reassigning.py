"""转办: a reporter hands tasks to a colleague of the same agency, and takes them back until the colleague has written.

The drafts, what was remarked on them and the reminders belong to agency and task: they go along by themselves.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import TypeAlias

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.assignments.announcements import announce
from tasks.assignments.models import Reassignment
from tasks.assignments.queries import reporters_of, share_of
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_approve, may_file
from tasks.plans.duties import duties
from tasks.plans.models import Plan, Task
from tasks.transitions import short_time
from tasks.values import Period

REASON_LIMIT = 500

# Called with an agency, tasks and the first moment that matters: what was written on them since, as (task, who, when). The
# package that keeps drafts registers it.
Writing: TypeAlias = Callable[[int, Collection[int], datetime], Iterable[tuple[int, User, datetime]]]
_writing: list[Writing] = []


def on_written(function: Writing) -> Writing:
    """Register a function that knows who has written."""
    _writing.append(function)
    return function


def _written_since(rows: Sequence[Reassignment]) -> dict[int, tuple[User, datetime]]:
    """{reassignment: who of the agency has written on its task since it was handed over, and when}."""
    found: dict[int, tuple[User, datetime]] = {}
    if not rows:
        return found
    first = min(row.at for row in rows)
    for function in _writing:
        for task_id, who, at in function(rows[0].agency_id, {row.task_id for row in rows}, first):
            for row in rows:
                if row.task_id == task_id and at > row.at:
                    found.setdefault(row.pk, (who, at))
    return found


@transaction.atomic
def reassign(
    *,
    by: User,
    receiver: User,
    plan: Plan,
    quarter: Period,
    task_ids: Collection[int],
    reason: str,
    now: datetime | None = None,
) -> list[Reassignment]:
    """Hand these tasks, which the actor writes in the quarter, to a colleague from now on."""
    agency_id = by.acts_for
    if not may_file(by.at(plan.pk)) or may_approve(by.at(plan.pk)):
        raise PermissionDenied(_("转办由填报员办理；签批人请用“分工”。"))
    wanted = set(task_ids)
    problems = []
    if not wanted:
        problems.append(Problem("tasks", _("请先勾选要转办的任务。")))
    if receiver.pk == by.pk:
        problems.append(Problem("receiver", _("不能转办给自己。")))
    elif receiver.pk not in {one.pk for one in reporters_of(agency_id, plan.pk)}:
        problems.append(Problem("receiver", _("只能转办给本单位的填报员。")))
    if not reason.strip():
        problems.append(Problem("reason", _("请写明转办理由。")))
    elif len(reason) > REASON_LIMIT:
        problems.append(Problem("reason", _("最多 %(limit)d 字，请删减。") % {"limit": REASON_LIMIT}))
    if problems:
        raise Problems(problems)
    moment = now or clock.now()
    list(User.objects.select_for_update().filter(pk__in=[by.pk, receiver.pk]).order_by("pk"))
    held = duties([plan.pk], quarter).filter(agency=agency_id, task__in=wanted).values_list("task", flat=True)
    tasks = {task.pk: task for task in Task.objects.filter(pk__in=list(held))}
    if wanted - set(tasks):
        raise Problems([Problem("tasks", _("所选任务中有的不是本单位的。"))])
    share = share_of(by, plan)
    for pk in sorted(wanted, key=lambda pk: tasks[pk].order):
        if pk in share:
            continue
        before = Reassignment.objects.in_effect().filter(task=pk, agency=agency_id, giver=by).first()
        if before is None:
            raise PermissionDenied(
                _("%(code)s 在本单位没有分给您填报，不能转办。") % {"code": tasks[pk].code}
            )
        raise Conflict(
            _("%(code)s 已于 %(when)s 转办给%(who)s。")
            % {"code": tasks[pk].code, "when": short_time(before.at), "who": before.receiver}
        )
    live = Reassignment.objects.filter(task__in=wanted, agency=agency_id, ended_at__isnull=True)
    # Back to whom it came from; and what went to an account that was closed meanwhile.
    live.filter(giver=receiver).update(ended_at=moment, ended_by=by, end_reason=_("已转回"))
    live.filter(giver=by).update(ended_at=moment, ended_by=by, end_reason=_("改由他人接办"))
    rows = Reassignment.objects.bulk_create(
        Reassignment(
            task=tasks[pk],
            agency_id=agency_id,
            giver=by,
            receiver=receiver,
            reason=reason.strip(),
            at=moment,
        )
        for pk in sorted(wanted, key=lambda pk: tasks[pk].order)
    )
    record(
        by=by,
        verb="return.reassign",
        subject=receiver,
        data={"tasks": [row.task.ref for row in rows]},
        note=reason.strip(),
        at=moment,
    )
    announce(rows, back=False, by=by, moment=moment)
    return rows


def obstacles(by: User, rows: Sequence[Reassignment]) -> dict[int, str]:
    """{reassignment: why the person cannot take it back}, of rows of one agency; whoever is not in it can be. The agency's
    approver takes back at any time. A fixed number of queries."""
    found: dict[int, str] = {}
    own = []
    for row in rows:
        if by.agency_id != row.agency_id:
            found[row.pk] = _("只能收回本单位的转办。")
        elif row.ended_at is not None:
            found[row.pk] = _("%(code)s 的转办已于 %(when)s 终止（%(who)s：%(why)s）。") % {
                "code": row.task.code,
                "when": short_time(row.ended_at),
                "who": row.ended_by,
                "why": row.end_reason,
            }
        elif may_approve(by.at(row.task.plan_id)):
            continue
        elif row.giver_id != by.pk:
            found[row.pk] = _("转办由转出人收回，或由本单位签批人调整分工。")
        else:
            own.append(row)
    if not own:
        return found
    written = _written_since(own)
    further = {
        (one.task_id, one.giver_id): one.receiver
        for one in Reassignment.objects.in_effect()
        .filter(task__in=[row.task_id for row in own], agency=by.agency_id)
        .select_related("receiver")
    }
    for row in own:
        if (row.task_id, row.receiver_id) in further:
            found[row.pk] = _("%(code)s 已再转办给%(who)s，不能收回；请找本单位签批人调整分工。") % {
                "code": row.task.code,
                "who": further[row.task_id, row.receiver_id],
            }
        elif row.pk in written:
            who, at = written[row.pk]
            found[row.pk] = _(
                "%(who)s已于 %(when)s 写过 %(code)s，不能收回；请找本单位签批人调整分工，或请对方转回。"
            ) % {"who": who, "when": short_time(at), "code": row.task.code}
    return found


@transaction.atomic
def take_back(
    *, by: User, reassignments: Sequence[int], reason: str = "", now: datetime | None = None
) -> list[Reassignment]:
    """收回: the giver, until the colleague has written; the approver at any time."""
    moment = now or clock.now()
    rows = list(
        Reassignment.objects.select_for_update(of=("self",))
        .select_related("task", "giver", "receiver", "ended_by")
        .filter(pk__in=reassignments, agency=by.agency_id)
        .order_by("pk")
    )
    if not rows or len(rows) != len(set(reassignments)) or not may_file(by.at(rows[0].task.plan_id)):
        raise PermissionDenied(_("只能收回本单位的转办。"))
    for why in obstacles(by, rows).values():
        raise Conflict(why)
    words = reason.strip()[:REASON_LIMIT] or _("收回")
    Reassignment.objects.filter(pk__in=[row.pk for row in rows]).update(
        ended_at=moment, ended_by=by, end_reason=words
    )
    for row in rows:
        row.ended_at, row.ended_by, row.end_reason = moment, by, words
    groups: dict[tuple[int, int, int], list[Reassignment]] = {}
    for row in rows:
        groups.setdefault((row.giver_id, row.receiver_id, row.task.plan_id), []).append(row)
    for ones in groups.values():
        record(
            by=by,
            verb="return.reassign_back",
            subject=ones[0].receiver,
            data={"tasks": [row.task.ref for row in ones]},
            note=words,
            at=moment,
        )
        announce(ones, back=True, by=by, moment=moment)
    return rows
