"""申请: an agency applies for the adjustment of a task that it leads: another deadline, other content, targets or duties,
or its end. The office writes its opinion 拟办意见, and a third person, not of that agency, decides it as any adjustment
(tasks.adjustments.actions). Until then the opinion can be rewritten, files come and go, and the applicant takes it back.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.adjustments.announcements import What, announce
from tasks.adjustments.models import Adjustment, AdjustmentFile, AdjustmentState
from tasks.adjustments.queries import duties_at
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.files import actions as files
from tasks.people.models import User
from tasks.people.permissions import may_decide_adjustment_of, may_file, may_propose_adjustments
from tasks.plans.models import Task
from tasks.values import Duty

OPINION_LIMIT, FILES_LIMIT = 1000, 10


def may_apply(user: User, task: Task | None, moment: datetime) -> bool:
    """Apply for an adjustment of the task: who files for an agency that leads it now."""
    if task is None or not may_file(user):
        return False
    held = duties_at(task.pk, task.plan.period_at(clock.day_of(moment)), moment)
    return held.get(user.acts_for) == Duty.LEAD


def may_give_opinion(user: User, row: Adjustment) -> bool:
    """Write the office's opinion: never on what one applied for."""
    return may_propose_adjustments(user) and user.pk != row.proposed_by_id


def may_decide_application(user: User, row: Adjustment) -> bool:
    """Decide it: nobody who applied or gave the opinion, and nobody of the agency that applied."""
    return (
        may_decide_adjustment_of(user, row.proposed_by_id)
        and user.pk != row.opinion_by_id
        and row.applicant_id not in user.serves
    )


def check_may_decide(by: User, row: Adjustment) -> None:
    """Raise PermissionDenied with the reason, or Conflict before there is an opinion."""
    if row.applicant_id is None:
        return
    if row.applicant_id in by.serves:
        raise PermissionDenied(_("本单位申请的调整，由其他单位的人批准。"))
    if not row.opinion:
        raise Conflict(_("领导小组办公室还没有签署拟办意见，现在不能决定。"))
    if by.pk == row.opinion_by_id:
        raise PermissionDenied(_("签署拟办意见的人不能再作决定，须由另一个人批准。"))


@transaction.atomic
def give_opinion(
    *, by: User, adjustment: Adjustment, agrees: bool, opinion: str, now: datetime | None = None
) -> Adjustment:
    """Write the office's opinion, or another one while nothing is decided."""
    if not may_propose_adjustments(by):
        raise PermissionDenied(_("拟办意见由领导小组办公室签署。"))
    row = waiting_application(adjustment)
    if not may_give_opinion(by, row):
        raise PermissionDenied(_("自己申请的调整，须由另一个人签署拟办意见。"))
    if not opinion.strip():
        raise Problems([Problem("opinion", _("请写明拟办意见。"))])
    if len(opinion) > OPINION_LIMIT:
        raise Problems([Problem("opinion", _("最多 %(n)d 字。") % {"n": OPINION_LIMIT})])
    moment = now or clock.now()
    row.opinion, row.agrees, row.opinion_by, row.opinion_at = opinion.strip(), agrees, by, moment
    row.save(update_fields=["opinion", "agrees", "opinion_by", "opinion_at"])
    record(
        by=by,
        verb="adjustment.opinion",
        subject=row,
        note=row.opinion,
        data={"agrees": agrees},
        at=moment,
    )
    announce(What.OPINION, row, by, moment)
    return row


@transaction.atomic
def attach(
    *, by: User, adjustment: Adjustment, uploads: "Sequence[File[Any]]", now: datetime | None = None
) -> list[AdjustmentFile]:
    """Add files to an application of the own agency, such as the form with its seal."""
    checked = files.check(uploads, field="attachments")
    row = waiting_application(adjustment)
    _check_own(by, row)
    if not checked:
        raise Problems([Problem("attachments", _("请选择文件。"))])
    return keep_files(row, by, checked, now or clock.now())


@transaction.atomic
def detach(*, by: User, file: AdjustmentFile, now: datetime | None = None) -> None:
    """Take a file of an undecided application away."""
    row = waiting_application(file.adjustment)
    _check_own(by, row)
    stored = file.file
    file.delete()
    files.delete([stored])
    record(
        by=by,
        verb="adjustment.detach",
        subject=row,
        data={"sha256": stored.sha256, "name": stored.name},
        at=now or clock.now(),
    )


def keep_files(
    row: Adjustment, by: User, checked: Sequence[files.Checked], moment: datetime
) -> list[AdjustmentFile]:
    """Store checked files with the application, in the caller's transaction."""
    if not checked:
        return []
    if row.files.count() + len(checked) > FILES_LIMIT:
        raise Problems([Problem("attachments", _("附件最多 %(n)d 件。") % {"n": FILES_LIMIT})])
    made = AdjustmentFile.objects.bulk_create(
        AdjustmentFile(adjustment=row, file=file) for file in files.store(by=by, checked=checked, now=moment)
    )
    record(
        by=by,
        verb="adjustment.attach",
        subject=row,
        data={"sha256": [one.file.sha256 for one in made]},
        at=moment,
    )
    return made


def waiting_application(adjustment: Adjustment) -> Adjustment:
    """The locked row. Raises Conflict for what is decided, or proposed by the office itself."""
    row = Adjustment.objects.select_for_update(of=("self",)).select_related("plan").get(pk=adjustment.pk)
    if row.applicant_id is None:
        raise Conflict(_("这项调整由办公室提出，不是申请。"))
    if row.state != AdjustmentState.PROPOSED:
        raise Conflict(
            _("这项申请已办为“%(state)s”，请刷新页面。") % {"state": AdjustmentState(row.state).label}
        )
    return row


def _check_own(by: User, row: Adjustment) -> None:
    if not may_file(by) or by.agency_id != row.applicant_id:
        raise PermissionDenied(_("附件由申请单位上传。"))
