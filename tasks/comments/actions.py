"""Actions on comments: an expert comments and may withdraw a comment, the office releases it to agencies.

Each function is keyword-only, takes the actor `by`, checks the input once, and writes the audit event in the same
transaction. It raises PermissionDenied, Conflict (withdrawn in the meantime) or Problems (the input), and then writes
nothing.
"""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.models import Agency
from tasks.audit.log import record
from tasks.comments.models import Comment, CommentRelease
from tasks.comments.permissions import may_read
from tasks.comments.values import REASON_LIMIT, TEXT_LIMIT, kind_of
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_comment, may_release_comments


@transaction.atomic
def comment(
    *, by: User, subject: Model, text: str, key: uuid.UUID | None = None, now: datetime | None = None
) -> Comment:
    """Records an expert's comment on an object that the expert may read. Requests with the same `key` count once."""
    if not may_comment(by) or not may_read(by, subject):
        raise PermissionDenied(_("意见由专家咨询委员会成员提出，只能对看得到的内容提。"))
    kind = kind_of(subject)
    _check_text("text", text, TEXT_LIMIT, _("请写下意见。"))
    moment = now or clock.now()
    known = Comment.objects.filter(key=key, by=by).first() if key else None
    if known is not None:
        return known
    try:
        with transaction.atomic():
            new_comment = Comment.objects.create(
                key=key or uuid.uuid4(),
                kind=kind,
                subject_id=subject.pk,
                text=text.strip(),
                by=by,
                at=moment,
            )
    except IntegrityError as error:
        raise Conflict(_("这条意见刚刚已经提交。")) from error
    record(by=by, verb="comment.make", subject=new_comment, data={"on": f"{kind}:{subject.pk}"}, at=moment)
    return new_comment


@transaction.atomic
def release(
    *, by: User, comment: Comment, agency_ids: Collection[int], now: datetime | None = None
) -> list[CommentRelease]:
    """Releases the comment to the agencies; existing releases stay. Returns the new releases."""
    if not may_release_comments(by):
        raise PermissionDenied(_("专家意见由领导小组办公室转送单位。"))
    moment = now or clock.now()
    wanted = {
        agency.pk: agency for agency in Agency.objects.filter(pk__in=agency_ids) if not agency.is_collective
    }
    if not wanted or len(wanted) != len(set(agency_ids)):
        raise Problems([Problem("agencies", _("请至少选择一个单位。"))])
    locked = Comment.objects.select_for_update().get(pk=comment.pk)
    if locked.is_withdrawn:
        raise Conflict(_("这条意见已由提出人撤回，不能再转送。"))
    released = set(locked.releases.filter(agency__in=wanted).values_list("agency_id", flat=True))
    releases = CommentRelease.objects.bulk_create(
        CommentRelease(comment=locked, agency=agency, at=moment, by=by)
        for pk, agency in wanted.items()
        if pk not in released
    )
    if releases:
        record(
            by=by,
            verb="comment.release",
            subject=locked,
            data={"agencies": sorted(one.agency.slug for one in releases)},
            at=moment,
        )
    return releases


@transaction.atomic
def withdraw(*, by: User, comment: Comment, reason: str, now: datetime | None = None) -> None:
    """Withdraws the author's own comment, with the reason. It stays on record; agencies no longer see it."""
    if comment.by_id != by.pk or not may_comment(by):
        raise PermissionDenied(_("意见只能由提出人撤回。"))
    _check_text("reason", reason, REASON_LIMIT, _("请写明撤回理由。"))
    moment = now or clock.now()
    still = Comment.objects.filter(pk=comment.pk, withdrawn_at__isnull=True)
    if not still.update(withdrawn_at=moment, withdrawn_reason=reason.strip()):
        raise Conflict(_("这条意见已经撤回。"))
    comment.withdrawn_at, comment.withdrawn_reason = moment, reason.strip()
    record(by=by, verb="comment.withdraw", subject=comment, note=reason.strip(), at=moment)


def _check_text(field: str, text: str, limit: int, empty: str) -> None:
    if not text.strip():
        raise Problems([Problem(field, empty)])
    if len(text) > limit:
        raise Problems([Problem(field, _("最多 %(limit)d 字，请删减。") % {"limit": limit})])
    if "\x00" in text:
        raise Problems([Problem(field, _("文字里有不能保存的字符，请删去后再交。"))])
