"""Giving a receipt: a press, never the reading of a page."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from reports.receipts.models import Receipt, subject_of
from reports.receipts.permissions import is_asked
from reports.supervision.models import Instruction
from tasks.audit.log import record
from tasks.models import User, Version


@transaction.atomic
def give(*, by: User, read: Version | Instruction, now: datetime | None = None) -> Receipt:
    """By whom is asked for it; whoever gave one keeps the first. PermissionDenied for others."""
    plan_id = read.task.plan_id if isinstance(read, Version) else read.plan_id
    by = by.at(plan_id)
    if not is_asked(by, read):
        raise PermissionDenied(_("这一件不需要您确认已阅。"))
    moment = now or clock.now()
    receipt, is_new = Receipt.objects.of(read).get_or_create(
        by=by, defaults={"at": moment} | subject_of(read)
    )
    if is_new:
        record(by=by, verb="receipt.give", subject=read, at=moment)
    return receipt
