"""Deciding submitted work plans: the other half of the write path (see tasks.workplans.actions, whose contract holds
here too)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.decisions.actions import Change, Decided, Kind, keep
from tasks.errors import Conflict, Problem, Problems, present
from tasks.people.models import User
from tasks.people.permissions import may_decide_for
from tasks.people.queries import office_agency_ids
from tasks.plans.commit_order import in_order
from tasks.transitions import last_numbers
from tasks.workplans import transitions
from tasks.workplans.models import Decision, MilestoneReport, WorkPlan, WorkPlanDecision, WorkPlanVersion
from tasks.workplans.transitions import lock, move, note_problems, state_sentence


@dataclass(frozen=True)
class DecisionInput:
    """The office's word on a submitted version: confirm it, or return it with a reason."""

    version_id: int
    confirm: bool
    note: str = ""


@transaction.atomic
def decide(
    *, by: User, decisions: Sequence[DecisionInput], now: datetime | None = None
) -> list[WorkPlanVersion]:
    """The office, or for its own agency the second reviewer, confirms submitted versions or returns them. A confirmed
    one takes the place of the one before from this moment on."""
    wanted = {decision.version_id: decision for decision in decisions}
    if len(wanted) != len(decisions):
        raise Problems([Problem("", _("同一份实施方案不能在一次提交里决定两次。"))])
    heads = lock(WorkPlanVersion.objects.filter(pk__in=wanted).values_list("work_plan_id", flat=True))
    rows = {row.pk: row for row in heads}
    versions = {version.pk: version for version in WorkPlanVersion.objects.filter(pk__in=wanted)}
    if len(versions) != len(wanted):
        raise PermissionDenied(_("没有这份实施方案。"))
    for version in versions.values():
        version.work_plan = rows[version.work_plan_id]
    _check_may_decide(by, list(versions.values()))
    in_order(row.plan_id for row in heads)
    moment = now or clock.now()
    problems = []
    for version in versions.values():
        decision = wanted[version.pk]
        missing = "" if decision.confirm else _("请写明退回的理由，单位才知道改什么。")
        problems += note_problems(decision.note, missing=missing)
    if problems:
        raise Problems(problems)
    current = last_numbers(WorkPlanVersion.objects.filter(work_plan__in=rows), "work_plan")
    for version in versions.values():
        row = rows[version.work_plan_id]
        if row.state not in transitions.CONFIRM.sources:
            raise Conflict(state_sentence(row))
        if current[row.pk] != version.number:
            raise Conflict(_("已有第 %(number)d 版，请看新版再决定。") % {"number": current[row.pk]})
    for version in versions.values():
        decision = wanted[version.pk]
        version.decision = Decision.CONFIRMED if decision.confirm else Decision.RETURNED
        version.decided_at, version.decided_by = moment, by
        version.decision_note = decision.note.strip()
    keep(WorkPlanDecision, versions.values())
    for transition, confirm in ((transitions.CONFIRM, True), (transitions.RETURN, False)):
        decided = [version for version in versions.values() if wanted[version.pk].confirm is confirm]
        move(
            [rows[version.work_plan_id] for version in decided],
            transition,
            by=by,
            at=moment,
            note={version.work_plan_id: version.decision_note for version in decided},
            data={version.work_plan_id: {"version": version.number} for version in decided},
        )
    return [versions[decision.version_id] for decision in decisions]


def may_decide(by: User, version: WorkPlanVersion, agency_id: int, offices: frozenset[int]) -> bool:
    """Nobody judges their own agency, nor what they approved for an agency to which they belonged earlier."""
    return by.pk not in (version.submitted_by_id, version.signed_for_id) and may_decide_for(
        by, agency_id, offices
    )


def _check_may_decide(by: User, versions: Sequence[WorkPlanVersion]) -> None:
    """Versions with their heads."""
    plans = {version.work_plan.plan_id for version in versions}
    at_plans, offices = by.at(*plans), office_agency_ids(*plans)
    if not all(may_decide(at_plans, one, one.work_plan.agency_id, offices) for one in versions):
        raise PermissionDenied(
            _("实施方案和年度要点由领导小组办公室确认；办公室所在单位的由复核人确认，本单位的不能自己确认。")
        )


# -- taking back and correcting -----------------------------------------------------------------------------

Receiver: TypeAlias = Callable[[Change, Sequence[WorkPlan], User, datetime], None]
_receivers: list[Receiver] = []


def receiver(function: Receiver) -> Receiver:
    """Register a function that is called, inside the transaction, when decisions on work plans were taken back or corrected."""
    _receivers.append(function)
    return function


def _tell(change: Change, rows: Sequence[WorkPlan], by: User, moment: datetime) -> None:
    for function in _receivers:
        function(change, rows, by, moment)


def _reported(versions: Sequence[WorkPlanVersion]) -> dict[int, str]:
    """{version id: that one of its milestones was reported since}."""
    reports = MilestoneReport.objects.standing().filter(milestone__version__in=versions)
    told = _("已有节点据此报告完成，不能撤销，可由另一人更正核定。")
    return dict.fromkeys(reports.values_list("milestone__version", flat=True), told)


def _decided(version: WorkPlanVersion) -> Decided:
    at = present(version.decided_at, "when the version was decided")
    return Decided(version.pk, version.work_plan.plan_id, None, at)


WORK_PLANS = Kind(
    versions=WorkPlanVersion,
    record=WorkPlanDecision,
    head="work_plan",
    lock=lock,
    check=_check_may_decide,
    plan_of=lambda row: row.plan_id,
    decided=_decided,
    name=lambda row: row.period.label,
    undone=transitions.UNDO,
    corrected={
        Decision.CONFIRMED: transitions.CORRECT_TO_CONFIRMED,
        Decision.RETURNED: transitions.CORRECT_TO_RETURNED,
    },
    move=move,
    tell=_tell,
    own_builders=(_reported,),
)
