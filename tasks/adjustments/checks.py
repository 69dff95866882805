"""Checks of an adjustment, used when it is proposed and again when it is approved."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tasks.adjustments.models import Adjustment, AdjustmentKind
from tasks.adjustments.queries import duties_at, term_at
from tasks.adjustments.values import ContentChange, DutyChanges, TargetChange, TermChange
from tasks.agencies.models import Agency
from tasks.agencies.queries import names_at
from tasks.errors import Problem
from tasks.indicators.models import Target
from tasks.indicators.values import Comparison
from tasks.plans.models import ENDED, Plan, Responsibility, Task, TaskTerm, TermStatus
from tasks.submissions.models import FILED, Submission
from tasks.values import Duty, Period


def quarter_problems(plan: Plan, effective: Period) -> list[Problem]:
    return [Problem("effective", said)] if (said := plan.why_not(effective)) else []


def target_problems(
    plan: Plan, order: int, effective: Period, change: TargetChange, now: datetime
) -> list[Problem]:
    """Problems of a target change: text and number disagree, or a later change exists."""
    before, after = change.before, change.after
    problems = []
    if not after.text.strip():
        problems.append(Problem("text", _("请写明调整后的表述。")))
    elif len(after.text) > 300:
        problems.append(Problem("text", _("表述最多 300 字。")))
    if after.value is not None and after.comparison not in Comparison.values:
        problems.append(Problem("comparison", _("有数值的目标要选比较方式。")))
    if after.value is None and after.comparison:
        problems.append(Problem("value", _("选了比较方式，请填数值；只有文字的目标两者都空着。")))
    if after.value is not None and (abs(after.value) >= 10**16 or after.value != round(after.value, 4)):
        problems.append(Problem("value", _("数值最多 16 位整数、4 位小数。")))
    if len(after.unit) > 20:
        problems.append(Problem("unit", _("计量单位最多 20 字。")))
    if not problems and after == before:
        problems.append(Problem("", _("与现在生效的目标相同，没有变化。")))
    elif not problems and after.text == before.text:
        problems.append(Problem("text", _("数值改了，表述也要改成调整后的说法，两者不能相互矛盾。")))
    rows = Target.objects.filter(plan=plan, order=order, known__contains=now)
    return problems + _later(rows.values_list("valid", flat=True), effective, plan)


def duty_problems(task: Task, effective: Period, given: DutyChanges, now: datetime) -> list[Problem]:
    """Problems of duty changes: a lead that is missed, a collective, submissions of an agency that would lose its duty,
    or a later change."""
    problems = []
    changes = [change for change in given.changes if change.before != change.after]
    if not changes:
        return [Problem("", _("各单位的责任都没有变化。"))]
    agencies = Agency.objects.in_bulk([change.agency_id for change in changes])
    names = names_at(effective, agencies)
    if len({change.agency_id for change in changes}) != len(changes):
        problems.append(Problem("", _("同一个单位不能出现两次。")))
    for change in changes:
        agency = agencies.get(change.agency_id)
        if agency is None or agency.is_collective:
            problems.append(Problem("added", _("集合单位不直接承担责任，请选其成员。")))
        elif change.after and change.agency_id not in names:
            problems.append(Problem("added", _("%(slug)s 在生效季度还没有名称。") % {"slug": agency.slug}))
    before = duties_at(task.pk, effective, now)
    after = before | {c.agency_id: c.after for c in changes}
    if Duty.LEAD in before.values() and Duty.LEAD not in after.values():
        problems.append(
            Problem("", _("调整后没有牵头单位了。请指定至少一个牵头单位，排在前面的为第一牵头。"))
        )
    if term_at(task.pk, effective, now).status in ENDED:
        problems.append(Problem("effective", _("%(code)s 在这个季度已不再执行。") % {"code": task.code}))
    losing = {change.agency_id for change in changes if change.before and not change.after}
    firsts = _first_lead(before), _first_lead(after)
    if firsts[0] != firsts[1]:  # what the old and the new one have filed, they filed as what they were
        losing |= {agency_id for agency_id in firsts if agency_id in before}
    problems += filed_problems(task, effective, losing)
    touched = Responsibility.objects.filter(task=task, known__contains=now)
    rows = touched.filter(agency__in=agencies)
    if any(Duty.LEAD in (change.before, change.after) for change in changes):
        rows = rows | touched.filter(role=Duty.LEAD)
    return problems + _later(rows.values_list("valid", flat=True), effective, task.plan)


def _first_lead(roles: Mapping[int, str]) -> int | None:
    """The agency that consolidates under these roles, which are in the plan's order; new agencies come last."""
    return next((agency_id for agency_id, role in roles.items() if role == Duty.LEAD), None)


def filed_problems(task: Task, effective: Period, losing: Collection[int]) -> list[Problem]:
    """Problems of a change that would take the duty of existing submissions from the agencies `losing`."""
    last: dict[int, Period] = {}
    for row in Submission.objects.filter(
        task=task, agency__in=losing, quarter__gte=effective, state__in=FILED
    ):
        last[row.agency_id] = max(last.get(row.agency_id, row.quarter), row.quarter)
    names = names_at(effective, last)
    return [
        Problem(
            "effective",
            _("%(name)s已报送%(quarter)s的填报，已报的归属不变；请从%(next)s起生效，或先退回那份填报。")
            % {
                "name": names[agency_id].short if agency_id in names else agency_id,
                "quarter": quarter.label,
                "next": (quarter + 1).label,
            },
        )
        for agency_id, quarter in last.items()
    ]


def term_problems(
    kind: str, task: Task, effective: Period, change: TermChange, now: datetime
) -> list[Problem]:
    """Problems of a term change: a new deadline for an ended task, a second withdrawal, or a later change."""
    before, after = change.before, change.after
    status = TermStatus(before.status).label
    problems = []
    if kind == AdjustmentKind.DEADLINE:
        if before.status in ENDED:
            problems.append(
                Problem(
                    "effective",
                    _("%(code)s %(status)s，没有期限可以调整。") % {"code": task.code, "status": status},
                )
            )
        elif before.deadline == after.deadline:
            problems.append(Problem("deadline", _("与现在的期限相同，没有变化。")))
        if after.deadline is not None and after.deadline < effective.first_day:
            problems.append(Problem("deadline", _("完成期限不能早于生效季度的第一天。")))
    elif after.status == TermStatus.WITHDRAWN and before.status in ENDED:
        problems.append(
            Problem(
                "effective", _("%(code)s %(status)s，不能再撤销。") % {"code": task.code, "status": status}
            )
        )
    elif after.status == TermStatus.OPEN and before.status != TermStatus.WITHDRAWN:
        problems.append(
            Problem("effective", _("%(code)s 在这个季度没有撤销，不用恢复。") % {"code": task.code})
        )
    rows = TaskTerm.objects.filter(task=task, known__contains=now)
    return problems + _later(rows.values_list("valid", flat=True), effective, task.plan)


TEXT_LIMIT = 1000  # characters of what a task asks


def content_problems(task: Task, effective: Period, change: ContentChange, now: datetime) -> list[Problem]:
    """Problems of other words for a task: none, too many, the same, an ended task, or a later change."""
    problems = []
    if not change.after.strip():
        problems.append(Problem("text", _("请写明调整后的任务内容。")))
    elif len(change.after) > TEXT_LIMIT:
        problems.append(Problem("text", _("任务内容最多 %(n)d 字。") % {"n": TEXT_LIMIT}))
    elif change.after == change.before:
        problems.append(Problem("text", _("与现在的任务内容相同，没有变化。")))
    status = term_at(task.pk, effective, now).status
    if status in ENDED:
        problems.append(Problem("effective", _("%(code)s 在这个季度已不再执行。") % {"code": task.code}))
    later = (
        Adjustment.objects.filter(kind=AdjustmentKind.CONTENT, tasks=task, effective__gt=effective)
        .known(now)
        .order_by("effective")
        .first()
    )
    if later is not None:
        problems.append(_before_a_later_one(later.effective))
    return problems


def _before_a_later_one(quarter: Period) -> Problem:
    return Problem(
        "effective",
        _("从%(quarter)s起已另有规定；这次的生效季度须不早于它，以免把后来的调整盖掉。")
        % {"quarter": quarter.label},
    )


def _later(ranges: Iterable[Any], effective: Period, plan: Plan) -> list[Problem]:
    """The problem that a row begins or ends in a later quarter: an earlier change would silently undo that."""
    edges = {edge for valid in ranges for edge in (valid.lower, valid.upper) if edge is not None}
    later = [edge for edge in edges if effective.ordinal < edge <= plan.last_quarter.ordinal]
    if not later:
        return []
    return [_before_a_later_one(Period.from_ordinal(min(later)))]
