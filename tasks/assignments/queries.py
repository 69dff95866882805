"""Who of an agency writes what."""

from collections.abc import Collection, Iterable

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from tasks.assignments.models import Assignment, AssignmentLimit, Reassignment
from tasks.assignments.values import WHOLE, Share
from tasks.people.models import User
from tasks.people.permissions import may_approve
from tasks.people.queries import serving
from tasks.plans.models import Plan, Task
from tasks.values import Role

Shares = dict[tuple[int, int | None], dict[int, Share]]  # by person and agency, then by plan


def reporters_of(agency_id: int, plan_id: int) -> list[User]:
    """The agency's reporters of the plan to whom something can be given: those who do not approve as well."""
    people = serving(Role.REPORTER, agencies=[agency_id], plan=plan_id, order="display_name")
    return [user for user in people if not user.has(Role.APPROVER)]


def shares_of(users: Iterable[User]) -> Shares:
    """{(person, agency for which they act): {plan: what they write}}; a plan that is not there they write whole. Three
    queries."""
    wanted = {(user.pk, user.agency_id) for user in users}
    ids = {pk for pk, _agency in wanted}
    limits = AssignmentLimit.objects.filter(user__in=ids).values_list("user", "agency", "plan")
    given: dict[tuple[int, int, int], set[int]] = {key: set() for key in limits}
    assigned = Assignment.objects.filter(user__in=ids)
    for user_id, agency_id, plan_id, task_id in assigned.values_list("user", "agency", "task__plan", "task"):
        given.setdefault((user_id, agency_id, plan_id), set()).add(task_id)
    away: dict[tuple[int, int, int], set[int]] = {}
    moved = Reassignment.objects.in_effect()
    rows = (moved.filter(giver__in=ids) | moved.filter(receiver__in=ids)).order_by("at", "pk")
    for giver, receiver, agency_id, plan_id, task_id in rows.values_list(
        "giver", "receiver", "agency", "task__plan", "task"
    ):
        away.setdefault((giver, agency_id, plan_id), set()).add(task_id)
        if (receiver, agency_id, plan_id) in given:
            given[receiver, agency_id, plan_id].add(task_id)
    found: Shares = {}
    for key in {**given, **away}:
        user_id, agency_id, plan_id = key
        if (user_id, agency_id) in wanted:
            some = frozenset(given[key]) if key in given else None
            found.setdefault((user_id, agency_id), {})[plan_id] = Share(some, frozenset(away.get(key, ())))
    return found


def share_of(user: User, plan: Plan) -> Share:
    """What the person writes of the plan for the agency for which they act."""
    return shares_of([user]).get((user.pk, user.agency_id), {}).get(plan.pk, WHOLE)


def people_for(task_ids: Iterable[int], agency_id: int) -> dict[int, list[User]]:
    """{task id: the agency's people who were given it, by the approver or by a colleague}. Three queries."""
    wanted = set(task_ids)
    pairs: dict[int, list[User]] = {}
    assigned = Assignment.objects.filter(task__in=wanted, agency=agency_id, user__is_active=True)
    for row in assigned.select_related("user").order_by("user__display_name", "user"):
        pairs.setdefault(row.task_id, []).append(row.user)
    moved = list(
        Reassignment.objects.in_effect().filter(task__in=wanted, agency=agency_id).select_related("receiver")
    )
    away = {(row.task_id, row.giver_id) for row in moved}
    for one in moved:
        pairs.setdefault(one.task_id, []).append(one.receiver)
    return {
        task_id: list({one.pk: one for one in people if (task_id, one.pk) not in away}.values())
        for task_id, people in pairs.items()
    }


def reassignments_of(agency_id: int, plan: Plan) -> list[Reassignment]:
    """What was handed from colleague to colleague, the latest first."""
    rows = Reassignment.objects.filter(agency=agency_id, task__plan=plan)
    return list(rows.select_related("task", "giver", "receiver", "ended_by"))


def check_assigned(by: User, task_ids: Collection[int]) -> None:
    """Raise PermissionDenied when a reporter writes a task that is not theirs to write."""
    if may_approve(by):
        return
    shares = shares_of([by]).get((by.pk, by.agency_id), {})
    if not shares:
        return
    for task_id, plan_id in Task.objects.filter(pk__in=task_ids).values_list("pk", "plan"):
        share = shares.get(plan_id, WHOLE)
        if task_id in share.away:
            receiver = (
                Reassignment.objects.in_effect().get(task=task_id, agency=by.agency_id, giver=by.pk).receiver
            )
            raise PermissionDenied(
                _("这项任务您已转办给%(who)s；需要收回请到“转办”办理，或找本单位签批人调整分工。")
                % {"who": receiver}
            )
        if task_id not in share:
            raise PermissionDenied(_("这项任务在本单位没有分给您填报；需要调整分工请找本单位签批人。"))
