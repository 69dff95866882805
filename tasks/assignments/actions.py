"""分工: within a body, which reporter writes which tasks. Who was given some writes those alone."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.accounts.actions import on_leaving
from tasks.assignments.models import Assignment
from tasks.audit.log import record
from tasks.errors import Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_approve
from tasks.people.queries import serving
from tasks.plans.duties import duties
from tasks.plans.models import Plan, Task
from tasks.values import Period, Role


def reporters_of(agency_id: int, plan_id: int) -> list[User]:
    """The body's reporters of the plan to whom something can be given: those who do not approve as well."""
    people = serving(Role.REPORTER, agencies=[agency_id], plan=plan_id, order="display_name")
    return [user for user in people if not user.has(Role.APPROVER)]


def assigned_to(user: User, plan: Plan | None = None) -> frozenset[int]:
    """The ids of the tasks that the person was given in their agency; none at all means every one of the agency's."""
    own = Assignment.objects.in_effect().filter(user=user)
    if plan is not None:
        own = own.filter(task__plan=plan)
    return frozenset(own.values_list("task_id", flat=True))


def shares_of(user_ids: Iterable[int]) -> dict[int, dict[int, frozenset[int]]]:
    """{user id: {plan id: the tasks that he was given}}; a plan that is not there he writes whole. One query."""
    found: dict[int, dict[int, set[int]]] = {}
    rows = Assignment.objects.in_effect().filter(user__in=list(user_ids))
    for user_id, plan_id, task_id in rows.values_list("user", "task__plan", "task"):
        found.setdefault(user_id, {}).setdefault(plan_id, set()).add(task_id)
    return {
        user_id: {plan_id: frozenset(tasks) for plan_id, tasks in plans.items()}
        for user_id, plans in found.items()
    }


def people_for(task_ids: Iterable[int], agency_id: int) -> dict[int, list[User]]:
    """{task id: the body's people who were given it}."""
    found: dict[int, list[User]] = {}
    rows = Assignment.objects.in_effect().filter(
        task__in=list(task_ids), agency=agency_id, user__is_active=True
    )
    for row in rows.select_related("user").order_by("user__display_name", "user"):
        found.setdefault(row.task_id, []).append(row.user)
    return found


def check_assigned(by: User, task_ids: Collection[int]) -> None:
    """Raise PermissionDenied when a reporter who was given some tasks writes another one."""
    if may_approve(by):
        return
    plans = Task.objects.filter(pk__in=task_ids).values("plan")
    given = set(
        Assignment.objects.in_effect().filter(user=by, task__plan__in=plans).values_list("task_id", flat=True)
    )
    if given and not set(task_ids) <= given:
        raise PermissionDenied(_("这项任务在本单位没有分给您填报；需要调整分工请找本单位签批人。"))


@transaction.atomic
def assign(*, by: User, user: User, plan: Plan, quarter: Period, task_ids: Collection[int]) -> None:
    """Give a reporter of the actor's body these tasks of the plan and no others; none gives him all again."""
    if not may_approve(by.at(plan.pk)) or by.agency_id not in user.serves:
        raise PermissionDenied(_("分工由本单位签批人确定。"))
    wanted = set(task_ids)
    if user not in reporters_of(by.agency_id or 0, plan.pk):
        raise Problems([Problem("user", _("只能分给本单位的填报员；签批人总是可以填报全部任务。"))])
    owed = set(duties([plan.pk], quarter).filter(agency=by.agency_id).values_list("task_id", flat=True))
    if not wanted <= owed:
        raise Problems([Problem("tasks", _("所选任务中有的不是本单位的。"))])
    User.objects.select_for_update().get(pk=user.pk)  # two who divide the work at once: one after the other
    before = assigned_to(user, plan)
    if before == wanted:
        return
    Assignment.objects.filter(user=user, task__plan=plan).exclude(task__in=wanted).delete()
    Assignment.objects.bulk_create(
        Assignment(user=user, task_id=task_id, agency_id=by.agency_id or 0)
        for task_id in sorted(wanted - before)
    )
    refs = dict(Task.objects.filter(pk__in=wanted | before).values_list("pk", "ref"))
    record(
        by=by,
        verb="return.assign",
        subject=user,
        data={"tasks": [refs[pk] for pk in sorted(wanted)], "before": [refs[pk] for pk in sorted(before)]},
        at=clock.now(),
    )


@on_leaving
def end_assignments(user: User, agency_id: int | None, by: User, moment: datetime) -> dict[str, int]:
    """What the person was given in the agency that they leave ends; returns how many tasks."""
    ended, _rows = Assignment.objects.filter(user=user).delete()
    return {"assignments": ended} if ended else {}
