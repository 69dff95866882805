"""Decisions that are taken back 撤销 by whoever made them, until something builds on them, or corrected 更正 later by a second
person of those who may decide, with a reason.

Nothing is overwritten: each is a DecisionRecord, and what was known at a moment is the last one by then.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import Entry, record_all
from tasks.cycles import refiling
from tasks.cycles.models import Reopening
from tasks.cycles.refiling import Why
from tasks.cycles.reopening import openings
from tasks.decisions.actions import (
    Decided,
    built_on,
    check_others,
    check_own,
    cleared,
    correction_obstacle,
    reason_of,
    undo_obstacle,
    unset,
)
from tasks.decisions.models import DecisionKind
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.plans.commit_order import in_order
from tasks.review.actions import (
    DecisionInput,
    again_of,
    answer_problems,
    check_may_decide,
    decision_problems,
    fields_of,
    fill_decision,
    keep_records,
    last_numbers,
    lead_acts,
    reopen_for,
)
from tasks.submissions import transitions
from tasks.submissions.announcements import Announcement, What, announce
from tasks.submissions.models import (
    Decision,
    State,
    Submission,
    Supplement,
    Verification,
    Version,
    VersionBasis,
)
from tasks.submissions.transitions import lock, move
from tasks.transitions import short_time
from tasks.values import Duty, Role

# -- taking back --------------------------------------------------------------------------------------------


@transaction.atomic
def undo(
    *, by: User, versions: Sequence[int], reason: str = "", now: datetime | None = None
) -> list[Version]:
    """Whoever decided takes the decisions back, all or none; the versions wait to be decided again.

    Raises Conflict for a decision on which something builds; a second person may then correct it (`correct`).
    """
    found, rows = _locked(versions)
    reason = reason_of(reason, required=False)
    check_own(by, found)
    check_may_decide(by, found)
    in_order(row.cycle.plan_id for row in rows.values())
    moment = now or clock.now()
    blocked = undo_obstacles(by, found, moment)
    for version in found:
        if version.pk in blocked:
            raise Conflict(_("%(code)s：%(why)s") % {"code": version.task.code, "why": blocked[version.pk]})
    _end_reopenings(found, by, moment)
    for version in found:
        unset(version, by, moment)
        version.verified_light, version.verification = "", Verification.UNVERIFIED
        version.field_notes, version.answer_by = {}, None
    keep_records(found, DecisionKind.UNDONE, reason)
    cleared(found)
    move(
        [rows[version.submission_id] for version in found],
        transitions.UNDO,
        by=by,
        at=moment,
        note=reason,
        data={version.submission_id: {"version": version.number} for version in found},
    )
    announce([Announcement(What.UNDONE, version, by, reason) for version in found], moment)
    return found


def may_correct(by: User, version: Version) -> bool:
    """Whether the actor could correct the decision on this version now: for the page that offers it. The version has its
    submission."""
    if correction_obstacles(by, [version]):
        return False
    try:
        check_may_decide(by, [version])
    except PermissionDenied:
        return False
    return True


def undo_obstacles(by: User, versions: Collection[Version], now: datetime | None = None) -> dict[int, str]:
    """{version id: why the decision on it cannot be taken back by this person}; versions with their submissions, tasks
    and cycles. A page asks before it offers the act. A fixed number of queries."""
    moment = now or clock.now()
    rows = {version.pk: version.submission for version in versions}
    opened = openings((row.cycle for row in rows.values()), moment)
    current = last_numbers(row.pk for row in rows.values())
    found: dict[int, str] = {}
    for version in versions:
        row = rows[version.pk]
        if why := undo_obstacle(by, version, row, transitions.UNDO.sources, current.get(row.pk)):
            found[version.pk] = why
        elif version.duty == Duty.CO and not _office_decided(version) and not lead_acts(by, row, opened):
            found[version.pk] = _("填报已于 %(when)s 截止，采纳和退回不再改动。") % {
                "when": short_time(row.cycle.closes_at)
            }
    rest = [version for version in versions if version.pk not in found]
    return found | _built_on(rest)


def _office_decided(version: Version) -> bool:
    """Whether a co version was decided by somebody other than its lead."""
    return version.decided_by is not None and version.decided_by.has(Role.OFFICE, Role.SECOND_REVIEWER)


def _built_on(versions: Sequence[Version]) -> dict[int, str]:
    """{version id: what builds on the decision}: a lead's consolidation that names it, a supplement, and what packages
    above have registered."""
    if not versions:
        return {}
    wanted = {version.pk: version for version in versions}
    found = {}
    for co, at in VersionBasis.objects.filter(
        co_version__in=wanted, lead_version__withdrawn_at__isnull=True
    ).values_list("co_version", "lead_version__submitted_at"):
        decided = wanted[co].decided_at
        if decided is not None and at >= decided:
            found[co] = _("牵头汇总已经据此提交，不能撤销。")
    for version_id in Supplement.objects.filter(version__in=wanted).values_list("version", flat=True):
        found.setdefault(version_id, _("已要求补充报告，不能撤销。"))
    return (
        built_on(
            [
                Decided(version.pk, version.task.plan_id, version.quarter, version.decided_at)
                for version in versions
                if version.decided_at is not None
            ]
        )
        | found
    )


def _end_reopenings(versions: Sequence[Version], by: User, moment: datetime) -> None:
    """End what was reopened so that a returned submission could be filed again after closing."""
    made = Q()
    for version in versions:
        if version.answer_by is not None and version.decided_at is not None:
            made |= Q(
                cycle=version.submission.cycle_id,
                agency=version.agency_id,
                task=version.task_id,
                opened_at=version.decided_at,
            )
    if made:
        Reopening.objects.filter(made, ended_at__isnull=True).update(ended_at=moment, ended_by=by)


# -- correcting ---------------------------------------------------------------------------------------------


@transaction.atomic
def correct(
    *, by: User, decisions: Sequence[DecisionInput], reason: str, now: datetime | None = None
) -> list[Version]:
    """A second person of those who may decide replaces decisions, all or none, with a reason: another light or
    verification, sent back instead of accepted, or accepted instead of sent back.

    Raises PermissionDenied for one's own decision, Conflict where the agency has gone on since, Problems as `decide`
    does and for a decision that stays the same.
    """
    wanted = {decision.version_id: decision for decision in decisions}
    if len(wanted) != len(decisions):
        raise Problems([Problem("", _("同一份填报不能在一次提交里决定两次。"))])
    found, rows = _locked(list(wanted))
    reason = reason_of(reason, required=True)
    overruled = check_may_decide(by, found)
    check_others(by, found)
    in_order(row.cycle.plan_id for row in rows.values())
    moment = now or clock.now()
    opened = openings((row.cycle for row in rows.values()), moment)
    fields = fields_of(found)
    problems = []
    for version in found:
        decision, row = wanted[version.pk], rows[version.submission_id]
        problems += decision_problems(version, decision, overrules=version.pk in overruled)
        if not decision.accept:
            problems += answer_problems(version, row, decision, opened, by, fields[version.pk])
        if _same(version, decision):
            problems.append(Problem("", _("与现在的决定相同，没有要更正的。"), version.task.code))
    if problems:
        raise Problems(problems)
    blocked = correction_obstacles(by, found)
    before = {version.pk: version.decision for version in found}
    for version in found:
        row, accept = rows[version.submission_id], wanted[version.pk].accept
        if version.pk in blocked:
            raise Conflict(_("%(code)s：%(why)s") % {"code": version.task.code, "why": blocked[version.pk]})
        if not accept and row.state == State.SUPPLEMENT:
            raise Conflict(_("%(code)s：已要求补充报告，不再改为退回。") % {"code": version.task.code})
        if version.duty == Duty.CO and version.pk not in overruled and not lead_acts(by, row, opened):
            raise Conflict(
                _("%(quarter)s填报已于 %(when)s 截止，采纳和退回不再改动。")
                % {"quarter": row.quarter.label, "when": short_time(row.cycle.closes_at)}
            )
    _end_reopenings(found, by, moment)
    for version in found:
        fill_decision(version, wanted[version.pk], by, moment)
    keep_records(found, DecisionKind.CORRECTED, reason)
    _record(found, rows, before, by, moment, reason)
    for version in found:
        until = version.answer_by
        if until is not None and until > rows[version.submission_id].cycle.closes_at:
            reopen_for(rows[version.submission_id], until, version.decision_note, by, moment)
    refiling.announce(
        [
            again_of(Why.RETURNED, rows[version.submission_id], version.answer_by, opened)
            for version in found
            if version.decision == Decision.RETURNED
        ],
        moment,
    )
    announce([Announcement(What.CORRECTED, version, by, reason) for version in found], moment)
    return found


def correction_obstacles(by: User, versions: Collection[Version]) -> dict[int, str]:
    """{version id: why this person cannot correct the decision on it}; versions with their submissions and tasks. One
    query. Who may decide at all is checked by `check_may_decide`."""
    last = last_numbers(version.submission_id for version in versions)
    states = {State.ACCEPTED, State.RETURNED, State.SUPPLEMENT}
    return {
        version.pk: why
        for version in versions
        if (
            why := correction_obstacle(
                by, version, version.submission, states, last.get(version.submission_id)
            )
        )
    }


def _record(
    versions: Sequence[Version],
    rows: dict[int, Submission],
    before: dict[int, str],
    by: User,
    moment: datetime,
    reason: str,
) -> None:
    """Move what was corrected to the opposite, and write the audit log for all."""
    data = {
        version.submission_id: {
            "version": version.number,
            "verified_light": version.verified_light,
            "verification": version.verification,
        }
        for version in versions
    }
    opposite = {
        Decision.ACCEPTED.value: transitions.CORRECT_TO_ACCEPTED,
        Decision.RETURNED.value: transitions.CORRECT_TO_RETURNED,
    }
    for decision, transition in opposite.items():
        moved = [
            rows[version.submission_id]
            for version in versions
            if version.decision == decision and before[version.pk] != decision
        ]
        move(moved, transition, by=by, at=moment, note=reason, data=data)
    kept = [rows[version.submission_id] for version in versions if version.decision == before[version.pk]]
    record_all(
        [Entry("return.correct", row, row.state, row.state, reason, data[row.pk]) for row in kept],
        by=by,
        at=moment,
    )


# -- shared -------------------------------------------------------------------------------------------------


def _locked(version_ids: Sequence[int]) -> tuple[list[Version], dict[int, Submission]]:
    """The versions in the order of the request, and {submission id: the locked submission}."""
    heads = lock(Version.objects.filter(pk__in=version_ids).values_list("submission_id", flat=True))
    rows = {row.pk: row for row in heads}
    found = {
        version.pk: version
        for version in Version.objects.filter(pk__in=version_ids).select_related("task", "decided_by")
    }
    if len(found) != len(set(version_ids)):
        raise PermissionDenied(_("没有这份填报。"))
    for version in found.values():
        version.submission = rows[version.submission_id]
    return [found[pk] for pk in dict.fromkeys(version_ids)], rows


def _same(version: Version, decision: DecisionInput) -> bool:
    """Whether the correction says what is decided already."""
    if (version.decision == Decision.ACCEPTED) != decision.accept:
        return False
    if not decision.accept:
        return version.answer_by == decision.answer_by and not decision.field_notes
    return version.duty == Duty.CO or (version.verified_light, version.verification) == (
        decision.verified_light,
        decision.verification,
    )
