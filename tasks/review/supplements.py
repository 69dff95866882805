"""撤销补充要求: a request for more is taken back until the agency has begun to write; what was accepted stays as it is."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.cycles.models import Reopening
from tasks.decisions.actions import REASON
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.plans.commit_order import in_order
from tasks.review.actions import check_may_decide
from tasks.submissions.announcements import Announcement, What, announce
from tasks.submissions.evidence.models import DraftEvidence
from tasks.submissions.models import State, Submission, Supplement
from tasks.submissions.transitions import UNDO_SUPPLEMENT, lock, move


def obstacle(by: User, row: Submission, asked: Supplement) -> str:
    """Why the person cannot take the request back; empty where they can. Whoever asked does, or with a reason another who
    may ask."""
    try:
        check_may_decide(by, [asked.version])
    except PermissionDenied as refusal:
        return str(refusal)
    if asked.undone_at is not None or row.state != State.SUPPLEMENT:
        return _("填报单位已经接着办理，或要求已经撤销，请刷新页面。")
    added = DraftEvidence.objects.filter(submission=row, file__uploaded_at__gt=asked.asked_at)
    if row.saved_at > asked.asked_at or added.exists():
        return _("填报单位已按补充要求开始填写，不能撤销。")
    return ""


@transaction.atomic
def undo_supplement(
    *, by: User, supplements: Sequence[int], reason: str = "", now: datetime | None = None
) -> list[Supplement]:
    """Take requests back, all or none. Raises Conflict where the agency has begun."""
    asked = list(
        Supplement.every.select_for_update(of=("self",))
        .filter(pk__in=supplements)
        .select_related("version__task", "version__decided_by")
        .order_by("pk")
    )
    if not asked or len(asked) != len(set(supplements)):
        raise PermissionDenied(_("没有这项补充要求。"))
    rows = {row.pk: row for row in lock([one.version.submission_id for one in asked])}
    in_order(row.cycle.plan_id for row in rows.values())
    moment = now or clock.now()
    for one in asked:
        one.version.submission = rows[one.version.submission_id]
    check_may_decide(by, [one.version for one in asked])
    if len(reason) > REASON:
        raise Problems([Problem("reason", _("理由最多 %(limit)d 字，请删减。") % {"limit": REASON})])
    if not reason.strip() and any(one.asked_by_id != by.pk for one in asked):
        raise Problems([Problem("reason", _("撤销他人的补充要求，请写明理由。"))])
    for one in asked:
        why = obstacle(by, rows[one.version.submission_id], one)
        if why:
            raise Conflict(_("%(code)s：%(why)s") % {"code": one.version.task.code, "why": why})
    for one in asked:
        row = rows[one.version.submission_id]
        Reopening.objects.filter(
            cycle=row.cycle_id,
            agency=row.agency_id,
            task=row.task_id,
            opened_at=one.asked_at,
            ended_at__isnull=True,
        ).update(ended_at=moment, ended_by=by)
    Supplement.objects.filter(pk__in=[one.pk for one in asked]).update(
        undone_at=moment, undone_by=by, undo_reason=reason.strip()
    )
    move(
        list(rows.values()),
        UNDO_SUPPLEMENT,
        by=by,
        at=moment,
        note=reason.strip(),
        data={one.version.submission_id: {"version": one.version.number} for one in asked},
    )
    announce([Announcement(What.NO_SUPPLEMENT, one.version, by, reason.strip()) for one in asked], moment)
    return asked
