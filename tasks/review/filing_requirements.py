"""填报要求: the office says how often each role files, and a lead calls an agency for a quarter."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import Entry, record, record_all
from tasks.bitemporal import known_from, quarters_from, retire
from tasks.cycles.models import Cycle
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_arrange, may_file
from tasks.plans.commit_order import in_order
from tasks.plans.duties import consolidators, duties
from tasks.plans.models import Call, FilingRule, Frequency, Plan, Responsibility, Task, TaskRhythm
from tasks.submissions.models import Version
from tasks.values import Duty, Period, Rhythm

ROLES = (Duty.CO, Duty.CARRY, Duty.GUIDE, Duty.JOIN)  # leads file in every period


def requirements(plan: Plan, quarter: Period) -> dict[str, str]:
    """{role: how often its agencies file} in the quarter, as known now, for the roles that agencies have in the plan."""
    held = Responsibility.objects.filter(task__plan=plan).held(quarter, clock.now())
    present = set(held.order_by().values_list("role", flat=True).distinct())
    rules = dict(
        FilingRule.objects.filter(
            plan=plan, valid__contains=quarter.ordinal, known__contains=clock.now()
        ).values_list("role", "frequency")
    )
    return {role.value: rules.get(role, Frequency.PERIOD.value) for role in ROLES if role in present}


@transaction.atomic
def require(
    *, by: User, plan: Plan, since: Period, frequencies: Mapping[str, str], now: datetime | None = None
) -> None:
    """Says from the quarter on how often each role files: `{role: Frequency}`. What was submitted stays and counts.

    Raises PermissionDenied for others than the office, Problems for an unknown role or frequency.
    """
    if not may_arrange(by):
        raise PermissionDenied(_("由领导小组办公室规定。"))
    problems = [
        Problem(role, _("请选填报要求；牵头单位每期都报。"))
        for role, frequency in frequencies.items()
        if role not in ROLES or frequency not in Frequency.values
    ]
    if problems:
        raise Problems(problems)
    in_order([plan.pk])
    moment = now or clock.now()
    before = requirements(plan, since)
    changed = {role: one for role, one in frequencies.items() if before.get(role) != one}
    if not changed:
        raise Problems([Problem("", _("与现在的填报要求相同，没有变化。"))])
    valid = quarters_from(since.ordinal)
    retire(
        FilingRule.objects.select_for_update()
        .filter(plan=plan, role__in=changed, known__endswith__isnull=True)
        .exclude(known__isempty=True),
        valid=valid,
        at=moment,
    )
    FilingRule.objects.bulk_create(
        FilingRule(plan=plan, role=role, frequency=frequency, valid=valid, known=known_from(moment))
        for role, frequency in changed.items()
        if frequency != Frequency.PERIOD
    )
    record(
        by=by,
        verb="plan.filing_rules",
        subject=plan,
        data={"from": str(since), "before": before, "after": dict(changed)},
        at=moment,
    )


def closer_rhythms(plan: Plan, quarter: Period) -> list[TaskRhythm]:
    """The tasks that are reported on more often than the plan in the period or later, as known now. One query."""
    rows = TaskRhythm.objects.filter(task__plan=plan, known__contains=clock.now())
    rows = rows.filter(Q(valid__upper_inf=True) | Q(valid__endswith__gt=quarter.ordinal))
    return list(rows.select_related("task").order_by("task__order", "valid"))


@transaction.atomic
def report_more_often(
    *, by: User, plan: Plan, ref: str, rhythm: str, since: Period, now: datetime | None = None
) -> None:
    """Says that a task is reported on by a closer rhythm than the plan's, from one of its periods on and until the task's
    deadline; "" says that it goes by the plan again. Periods for which something was filed stay as they are.

    Raises PermissionDenied for others than the office, Problems on `ref`, `rhythm` or `since`.
    """
    if not may_arrange(by):
        raise PermissionDenied(_("由领导小组办公室规定。"))
    task = Task.objects.filter(plan=plan, ref=ref).first()
    if task is None:
        raise Problems([Problem("ref", _("请选任务。"))])
    if rhythm and (rhythm not in Rhythm.values or Rhythm(rhythm).rank >= plan.kind.rank):
        raise Problems([Problem("rhythm", _("请选比方案更勤的填报频次。"))])
    if said := plan.why_not(since):
        raise Problems([Problem("since", said)])
    in_order([plan.pk])
    moment = now or clock.now()
    filed = Version.objects.filter(task=task).values_list("quarter", flat=True).order_by().distinct()
    if late := [one for one in filed if one.last_day >= since.first_day]:
        said = _("%(quarter)s已有单位报送这项任务，请从其后的季度起改。")
        raise Problems([Problem("since", said % {"quarter": max(late).label})])
    valid = quarters_from(since.ordinal)
    before = retire(
        TaskRhythm.objects.select_for_update()
        .filter(task=task, known__endswith__isnull=True)
        .exclude(known__isempty=True),
        valid=valid,
        at=moment,
    )
    if rhythm:
        TaskRhythm.objects.create(task=task, kind=rhythm, valid=valid, known=known_from(moment))
    data = {"from": str(since), "before": [row.kind for row in before], "after": rhythm}
    record(by=by, verb="task.rhythm", subject=task, data=data, at=moment)


@transaction.atomic
def ask_work_plans(
    *, by: User, plan: Plan, roles: Collection[str], seen: Collection[str], now: datetime | None = None
) -> bool:
    """Says which roles file work plans, from now on: those of `seen` did before. What was filed stays. False where nothing
    differs. Raises PermissionDenied for others than the office, Problems for no or an unknown role, Conflict where somebody
    has changed it since."""
    if not may_arrange(by):
        raise PermissionDenied(_("由领导小组办公室规定。"))
    chosen = [role for role in Duty.values if role in roles]
    if not chosen or len(chosen) < len(set(roles)):
        raise Problems([Problem("roles", _("请至少选一类单位。"))])
    stored = Plan.objects.select_for_update().defer("text", "head").get(pk=plan.pk)
    before = stored.work_plan_roles
    if sorted(seen) != sorted(before):
        raise Conflict(_("刚刚已由他人更改，请看过后再改。"))
    if sorted(chosen) == sorted(before):
        return False
    Plan.objects.filter(pk=plan.pk).update(work_plan_roles=chosen)
    data = {"before": before, "after": chosen}
    record(by=by, verb="plan.work_plan_roles", subject=plan, data=data, at=now or clock.now())
    return True


def callable_agencies(task: Task, quarter: Period) -> list[Responsibility]:
    """Who has a role on the task in the quarter and need not file, so that the lead may call them."""
    moment = clock.now()
    owing = duties([task.plan_id], quarter).filter(task=task).values("pk")
    rows = Responsibility.objects.filter(task=task).running(quarter, moment).exclude(pk__in=owing)
    return list(rows.select_related("agency").order_by("order", "pk"))


@transaction.atomic
def call(
    *, by: User, task: Task, quarter: Period, agencies: Collection[int], now: datetime | None = None
) -> list[Call]:
    """点名: whoever consolidates the task wants submissions of the agencies for the quarter, which they owe from then on.

    Raises PermissionDenied for others, Problems for an agency that cannot be called.
    """
    first = consolidators([task.pk], quarter).first()
    if first is None or not (may_file(by) and by.agency_id == first.agency_id):
        raise PermissionDenied(_("由这项任务的第一牵头单位点名。"))
    if Cycle.objects.filter(plan=task.plan_id, quarter=quarter, is_trial=True).exists():
        raise Conflict(_("这一期是试填，不能点名：点名会一直有效。"))
    in_order([task.plan_id])
    moment = now or clock.now()
    possible = {
        row.agency_id
        for row in callable_agencies(task, quarter)
        if requirements(task.plan, quarter).get(row.role) == Frequency.CALLED
    }
    if not agencies:
        raise Problems([Problem("", _("请至少选一个单位。"))])
    if not set(agencies) <= possible:
        raise Problems(
            [Problem("", _("所选单位有的本期已须填报，或按填报要求不由牵头单位点名，请刷新页面。"))]
        )
    made = Call.objects.bulk_create(
        Call(task=task, agency_id=agency_id, quarter=quarter, called_at=moment, called_by=by)
        for agency_id in agencies
    )
    record_all(
        [Entry("task.call", task, data={"quarter": str(quarter), "agency": one.agency_id}) for one in made],
        by=by,
        at=moment,
    )
    return made
