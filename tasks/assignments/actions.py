"""分工: within an agency, which reporter writes which tasks, as the approver says."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.accounts.actions import on_leaving
from tasks.assignments.models import Assignment, AssignmentLimit, Reassignment
from tasks.assignments.queries import reporters_of, share_of
from tasks.assignments.values import Share
from tasks.audit.log import record
from tasks.errors import Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_approve
from tasks.plans.duties import duties
from tasks.plans.models import Plan, Task
from tasks.values import Period


@transaction.atomic
def assign(
    *,
    by: User,
    user: User,
    plan: Plan,
    quarter: Period,
    task_ids: Collection[int],
    limited: bool | None = None,
    now: datetime | None = None,
) -> None:
    """Give a reporter of the actor's agency these tasks of the plan and no others, or all of them (`limited` False). Without
    `limited`, no tasks means all. What the reporter handed to colleagues, and they to the reporter, follows."""
    if not may_approve(by.at(plan.pk)) or by.agency_id not in user.serves:
        raise PermissionDenied(_("分工由本单位签批人确定。"))
    wanted = set(task_ids)
    limited = bool(wanted) if limited is None else limited
    if user not in reporters_of(by.acts_for, plan.pk):
        raise Problems([Problem("user", _("只能分给本单位的填报员；签批人总是可以填报全部任务。"))])
    owed = set(duties([plan.pk], quarter).filter(agency=by.agency_id).values_list("task_id", flat=True))
    if not wanted <= owed:
        raise Problems([Problem("tasks", _("所选任务中有的不是本单位的。"))])
    if wanted and not limited:
        raise Problems([Problem("tasks", _("选了“可填全部”就不用勾选任务；只填几项的请选“只填勾选的”。"))])
    User.objects.select_for_update().get(pk=user.pk)  # two who divide the work at once: one after the other
    before = share_of(user.acting_for(by.acts_for), plan)
    share = Share(frozenset(wanted)) if limited else Share()
    as_before = before.tasks == share.tasks and (before.given is None) == (share.given is None)
    if as_before and (limited or not before.away):
        return
    moment = now or clock.now()
    place: dict[str, Any] = {"user": user, "agency_id": by.acts_for}
    held = Assignment.objects.filter(task__plan=plan, **place)
    held.exclude(task__in=wanted).delete()
    Assignment.objects.bulk_create(
        [Assignment(task_id=pk, **place) for pk in sorted(wanted)], ignore_conflicts=True
    )
    if limited:
        AssignmentLimit.objects.get_or_create(plan=plan, **place)
    else:
        AssignmentLimit.objects.filter(plan=plan, **place).delete()
    moved = Reassignment.objects.filter(task__plan=plan, agency=by.agency_id, ended_at__isnull=True)
    overruled = moved.filter(giver=user, task__in=wanted) if limited else moved.filter(giver=user)
    if limited:
        overruled |= moved.filter(receiver=user).exclude(task__in=wanted)
    overruled.update(ended_at=moment, ended_by=by, end_reason=_("签批人另定分工"))
    refs = dict(Task.objects.filter(pk__in=wanted | before.tasks).values_list("pk", "ref"))
    record(
        by=by,
        verb="return.assign",
        subject=user,
        data={
            "tasks": [refs[pk] for pk in sorted(wanted)],
            "before": [refs[pk] for pk in sorted(before.tasks)],
            "limited": limited,
        },
        at=moment,
    )


@on_leaving
def end_assignments(user: User, agency_id: int | None, by: User, moment: datetime) -> dict[str, int]:
    """What the person was given in the agency that they leave ends; returns how many tasks. What colleagues handed to them
    is theirs again; what they handed away stays with whom they chose."""
    ended, _rows = Assignment.objects.filter(user=user, agency=agency_id).delete()
    AssignmentLimit.objects.filter(user=user, agency=agency_id).delete()
    back = Reassignment.objects.filter(receiver=user, agency=agency_id, ended_at__isnull=True)
    ended += back.update(ended_at=moment, ended_by=by, end_reason=_("接办人离开本单位"))
    return {"assignments": ended} if ended else {}
