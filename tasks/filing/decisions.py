"""Deciding submitted returns: the lead on co-returns of its task, the office on lead returns.

The other half of the write path (see tasks.filing.actions, whose contract holds here too).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.errors import Conflict, Problem, Problems
from tasks.filing import rules
from tasks.filing.heads import clock_face, entry, lock, move, quarters_of, state_sentence
from tasks.filing.models import Decision, State, Verification, Version
from tasks.filing.queries import office_agency_ids
from tasks.people.events import record_all
from tasks.people.models import User
from tasks.people.rules import may_decide_for, may_file
from tasks.plan.models import Responsibility
from tasks.plan.ordering import in_order
from tasks.values import Duty, Light


@dataclass(frozen=True)
class DecisionInput:
    """A decision on a submitted version: adopt or accept it, or return it with a reason.

    `verified_light` 核定灯 and `verification` 核实情况 are the office's, on lead returns that it accepts.
    """

    version_id: int
    accept: bool
    verified_light: str = ""
    verification: str = Verification.UNVERIFIED
    note: str = ""


@transaction.atomic
def decide(*, by: User, decisions: Sequence[DecisionInput], now: datetime | None = None) -> list[Version]:
    """Decide submitted versions: the lead on co-returns of its task, the office (or, for what the office's own body
    filed, the second reviewer) on lead returns."""
    wanted = {decision.version_id: decision for decision in decisions}
    if len(wanted) != len(decisions):
        raise Problems([Problem("", _("同一份填报不能在一次提交里决定两次。"))])
    heads = lock(Version.objects.filter(pk__in=wanted).values_list("submission_id", flat=True))
    versions = {
        version.pk: version
        for version in Version.objects.filter(pk__in=wanted).select_related("task", "submission")
    }
    if len(versions) != len(wanted):
        raise PermissionDenied(_("没有这份填报。"))
    rows = {row.pk: row for row in heads}
    _check_may_decide(by, list(versions.values()))
    in_order(row.cycle.plan_id for row in heads)
    moment = now or clock.now()

    problems = []
    for version in versions.values():
        problems += _decision_problems(version, wanted[version.pk])
    if problems:
        raise Problems(problems)
    current = dict(
        Version.objects.filter(submission__in=rows)
        .values("submission")
        .annotate(last=Max("number"))
        .values_list("submission", "last")
    )
    for version in versions.values():
        row = rows[version.submission_id]
        if row.state not in rules.ACCEPT.sources:
            raise Conflict(state_sentence(row))
        if current[row.pk] != version.number:
            raise Conflict(
                _("%(code)s 已有第 %(number)d 版，请看新版再决定。")
                % {"code": version.task.code, "number": current[row.pk]}
            )
        if not row.cycle.is_open(moment) and (version.duty == Duty.CO or not wanted[version.pk].accept):
            raise Conflict(
                _("%(quarter)s填报期已于 %(when)s 关闭：退回后单位无法再报，配合填报按“已报未审”计。")
                % {"quarter": row.quarter.label, "when": clock_face(row.cycle.closes_at)}
            )

    for version in versions.values():
        decision = wanted[version.pk]
        version.decision = Decision.ACCEPTED if decision.accept else Decision.RETURNED
        version.decided_at = moment
        version.decided_by = by
        version.decision_note = decision.note.strip()
        if version.duty == Duty.LEAD:
            version.verification = decision.verification
            if decision.accept:
                version.verified_light = decision.verified_light
    Version.objects.bulk_update(
        versions.values(),
        ["decision", "decided_at", "decided_by", "decision_note", "verification", "verified_light"],
    )
    for transition, accept in ((rules.ACCEPT, True), (rules.RETURN, False)):
        moved = [rows[v.submission_id] for v in versions.values() if wanted[v.pk].accept is accept]
        if moved:
            move(moved, transition)
    record_all(
        [
            entry(
                rules.ACCEPT if wanted[version.pk].accept else rules.RETURN,
                rows[version.submission_id],
                note=version.decision_note,
                data={
                    "version": version.number,
                    "verified_light": version.verified_light,
                    "verification": version.verification,
                },
            )
            for version in versions.values()
        ],
        by=by,
        at=moment,
    )
    return [versions[decision.version_id] for decision in decisions]


def may_decide(by: User, version: Version) -> bool:
    """Whether the actor could decide this version now: for the page that shows the form."""
    if version.decision or version.submission.state != State.SUBMITTED:
        return False
    try:
        _check_may_decide(by, [version])
    except PermissionDenied:
        return False
    return True


def _check_may_decide(by: User, versions: Sequence[Version]) -> None:
    """Raise PermissionDenied unless the actor may decide every one of them. Nobody judges himself: neither what his
    own body filed, though it should lead the task since, nor what he signed for the body that he belonged to then."""
    if any(version.submitted_by_id == by.pk for version in versions):
        raise PermissionDenied(_("自己签批提交的填报，不能由自己采纳、核定或退回。"))
    co = [version for version in versions if version.duty == Duty.CO]
    if co:
        led = set(
            Responsibility.objects.filter(
                agency=by.agency_id,
                duty=Duty.LEAD,
                task__in={version.task_id for version in co},
                known__contains=clock.now(),
            ).values_list("task_id", "valid")
        )
        for version in co:
            holds = any(
                task_id == version.task_id and version.quarter.ordinal in quarters_of(valid)
                for task_id, valid in led
            )
            if not (holds and may_file(by)) or version.agency_id == by.agency_id:
                raise PermissionDenied(_("配合填报由该任务的牵头单位采纳或退回。"))
    if len(co) < len(versions):
        offices = office_agency_ids()
        for version in versions:
            if version.duty == Duty.LEAD and not may_decide_for(by, version.agency_id, offices):
                raise PermissionDenied(
                    _("牵头汇总由领导小组办公室核定；办公室所在单位的由复核人核定，本单位的不能自核。")
                )


def _decision_problems(version: Version, decision: DecisionInput) -> list[Problem]:
    row = version.task.code
    note = decision.note.strip()
    if not decision.accept:
        return [] if note else [Problem("note", _("退回要写明理由，单位才知道改什么。"), row)]
    if version.duty == Duty.CO:
        return []
    problems = []
    if decision.verification not in Verification.values:
        problems.append(Problem("verification", _("请选核实情况。"), row))
    elif decision.verification in {Verification.PARTLY, Verification.FALSE} and not note:
        problems.append(Problem("note", _("部分属实或不实，要写明核实情况。"), row))
    if version.elsewhere:
        if decision.verified_light:
            problems.append(Problem("verified_light", _("另渠道报送的不在此核定灯。"), row))
    elif decision.verified_light not in Light.values:
        problems.append(Problem("verified_light", _("请选核定灯。"), row))
    elif decision.verified_light != version.light and not note:
        problems.append(Problem("note", _("核定灯与自评灯不同，要写明理由。"), row))
    return problems
