"""撤回: an agency takes back what it submitted, until somebody has acted on it.

A withdrawn version stays readable and counts as neither reported nor on time. The submission returns to where it stood
before: a draft, sent back, or asked for a supplement.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.cycles.reopening import openings
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_approve
from tasks.plans.commit_order import in_order
from tasks.submissions import transitions
from tasks.submissions.announcements import Announcement, What, announce
from tasks.submissions.models import Decision, State, Submission, Version, VersionBasis
from tasks.submissions.transitions import check_open_rows, check_states, lock, move
from tasks.transitions import Transition, short_time
from tasks.values import Duty

REASON = 2000  # characters


@transaction.atomic
def withdraw(
    *, by: User, submissions: Sequence[int], reason: str, now: datetime | None = None
) -> list[Version]:
    """The approver takes back the last versions of submissions of the own agency, all or none, with a reason.

    Raises Conflict for what has been decided or used in the lead's consolidation, and after the cycle is closed for
    the agency: it could not submit again.
    """
    rows = lock(submissions)
    versions = _last_versions(rows)
    if not all(_may_withdraw(by, row, versions.get(row.pk)) for row in rows):
        raise PermissionDenied(_("已提交的填报只能由本单位签批人撤回；据纸质件录入的，录入人也可以撤回。"))
    if not reason.strip():
        raise Problems([Problem("reason", _("请写明为什么撤回，审核的人看得到。"))])
    if len(reason) > REASON:
        raise Problems([Problem("reason", _("理由最多 %(limit)d 字，请删减。") % {"limit": REASON})])
    in_order(row.cycle.plan_id for row in rows)
    moment = now or clock.now()
    check_states(rows, transitions.WITHDRAW)
    check_open_rows(rows, moment)
    used = _uses(versions.values())
    for row in rows:
        if row.pk in used:
            raise Conflict(_("%(code)s：%(why)s") % {"code": row.task.code, "why": used[row.pk]})
    Version.objects.filter(pk__in=[version.pk for version in versions.values()]).update(
        withdrawn_at=moment, withdrawn_by=by, withdrawal_reason=reason.strip()
    )
    targets = _former_states(rows)
    for transition in transitions.WITHDRAWALS:
        moved = [row for row in rows if targets[row.pk] is transition]
        move(
            moved,
            transition,
            by=by,
            at=moment,
            note=reason.strip(),
            data={row.pk: {"version": versions[row.pk].number} for row in moved},
        )
    for row in rows:
        version = versions[row.pk]
        version.submission = row
        version.withdrawn_at, version.withdrawn_by, version.withdrawal_reason = moment, by, reason.strip()
    announce(
        [Announcement(What.WITHDRAWN, versions[row.pk], by, reason.strip()) for row in rows],
        moment,
    )
    return [versions[row.pk] for row in rows]


def obstacles(by: User, rows: Sequence[Submission], now: datetime | None = None) -> dict[int, str]:
    """{submission id: why it cannot be withdrawn}, of submissions with task and cycle; whoever is not in it can be. The
    page asks before it offers the act; `withdraw` checks again."""
    moment = now or clock.now()
    opened = openings((row.cycle for row in rows), moment)
    last = _last_versions(rows)
    found: dict[int, str] = {}
    for row in rows:
        if not _may_withdraw(by, row, last.get(row.pk)):
            found[row.pk] = (
                _("只能撤回本单位的填报。")
                if may_approve(by.at(row.cycle.plan_id))
                else _("由本单位签批人撤回。")
            )
        elif row.state != State.SUBMITTED:
            found[row.pk] = _("现在是“%(state)s”，不能撤回。") % {"state": State(row.state).label}
        elif not opened.allows(row.cycle, row.agency_id, row.task_id):
            found[row.pk] = _("填报已于 %(when)s 截止，不能撤回；需要更正请联系领导小组办公室。") % {
                "when": short_time(row.cycle.closes_at)
            }
    return found | _uses([version for pk, version in last.items() if pk not in found])


def _may_withdraw(by: User, row: Submission, version: Version | None) -> bool:
    """The agency's approver; of what was recorded from paper also whoever recorded it."""
    if may_approve(by.at(row.cycle.plan_id)) and row.agency_id == by.agency_id:
        return True
    return version is not None and version.channel != "" and version.submitted_by_id == by.pk


def _last_versions(rows: Sequence[Submission]) -> dict[int, Version]:
    """{submission id: its last version that counts}. One query."""
    versions = Version.objects.filter(submission__in=[row.pk for row in rows]).current()
    return {version.submission_id: version for version in versions.select_related("task")}


def _uses(versions: Collection[Version]) -> dict[int, str]:
    """{submission id: how its last version is used}, of those that are: by a lead's version that is based on it, or in
    its draft. Two queries."""
    wanted = {version.pk: version.submission_id for version in versions if version.duty == Duty.CO}
    if not wanted:
        return {}
    based = VersionBasis.objects.filter(
        co_version__in=wanted, lead_version__withdrawn_at__isnull=True
    ).values_list("co_version", flat=True)
    found = {
        wanted[pk]: _("牵头单位已提交汇总，依据了这一版，不能撤回；需要更正请联系牵头单位退回。")
        for pk in based
    }
    drafts = Submission.objects.filter(
        task__in={version.task_id for version in versions},
        quarter__in={version.quarter for version in versions},
        duty=Duty.LEAD,
    ).values_list("adopted", flat=True)
    for pieces in drafts:
        for piece in pieces:
            if piece["version"] in wanted:
                found.setdefault(
                    wanted[piece["version"]],
                    _("牵头单位已引用其中的段落，不能撤回；需要更正请联系牵头单位退回。"),
                )
    return found


def _former_states(rows: Sequence[Submission]) -> dict[int, Transition]:
    """{submission id: the transition to the state in which it was submitted}, by the version before, if there is one."""
    before = dict(
        Version.objects.filter(submission__in=[row.pk for row in rows])
        .current()
        .values_list("submission", "decision")
    )
    states = {Decision.RETURNED.value: State.RETURNED, Decision.ACCEPTED.value: State.SUPPLEMENT}
    targets = {transition.target: transition for transition in transitions.WITHDRAWALS}
    return {row.pk: targets[states.get(before.get(row.pk, ""), State.DRAFT)] for row in rows}
