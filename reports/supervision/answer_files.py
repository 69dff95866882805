"""Files of answers: evidence that an agency sends with its answer. The contract of reports.supervision.actions holds here
too; what a file may be, and whether it leaves again, is said by tasks.files."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from reports.supervision import permissions
from reports.supervision.models import Answer, AnswerFile, Notice
from reports.supervision.transitions import ANSWER, state_sentence
from tasks.audit.log import Entry, record_all
from tasks.errors import Conflict, Problem, Problems
from tasks.files import actions as files
from tasks.files.models import StoredFile
from tasks.files.values import ScanState
from tasks.people.models import User

FIELD = "evidence"


def attach(
    *, by: User, notice: Notice, uploads: "Sequence[File[Any]]", now: datetime | None = None
) -> list[StoredFile]:
    """Add files to the draft of the agency's answer; returns those that are new. What the draft holds already is not stored
    a second time."""
    _check_may(by, notice)
    checked = files.check(uploads, field=FIELD)
    with transaction.atomic():
        moment = now or clock.now()
        _lock(notice)
        held = set(_draft(notice).values_list("file__sha256", flat=True))
        fresh = {one.sha256: one for one in checked if one.sha256 not in held}
        limit = settings.EVIDENCE_MAX_FILES
        if len(held) + len(fresh) > limit:
            words = {"limit": limit, "held": len(held)}
            said = _("佐证材料最多 %(limit)d 件，已有 %(held)d 件；这次的都没有存。") % words
            raise Problems([Problem(FIELD, said)])
        new = files.store(by=by, checked=list(fresh.values()), now=moment)
        AnswerFile.objects.bulk_create(AnswerFile(notice=notice, file=file) for file in new)
        _record("notice.attach", notice, new, by, moment)
    return new


@transaction.atomic
def remove(
    *, by: User, notice: Notice, file_ids: Collection[uuid.UUID], now: datetime | None = None
) -> list[StoredFile]:
    """Take files off the draft; they are deleted for good, but for what was sent with an answer
    that was taken back."""
    _check_may(by, notice)
    _lock(notice)
    links = list(_draft(notice).filter(file__in=file_ids).select_related("file"))
    if len(links) != len(set(file_ids)):
        raise Conflict(_("要删除的文件已经不在草稿里，请刷新页面。"))
    gone = [link.file for link in links]
    _record("notice.detach", notice, gone, by, now or clock.now())
    AnswerFile.objects.filter(pk__in=[link.pk for link in links]).delete()
    kept = set(AnswerFile.objects.filter(file__in=gone).values_list("file", flat=True))
    files.delete([file for file in gone if file.pk not in kept])
    return gone


def fix(answer: Answer) -> None:
    """The answer that was just sent holds what its draft held. For `answer`, under its lock."""
    held = AnswerFile.objects.filter(notice=answer.notice_id, answer=None)
    infected = held.filter(file__scan_state=ScanState.INFECTED).values_list("file__name", flat=True)
    if infected:
        names = "、".join(f"“{name}”" for name in infected)
        raise Problems([Problem(FIELD, _("%(names)s查出病毒，请删去。") % {"names": names})])
    held.update(answer=answer)


def take_back(answer: Answer) -> None:
    """The draft goes on with the files of the answer that was taken back, which keeps them too. For `take_back`, under its
    lock."""
    links = AnswerFile.objects.filter(answer=answer)
    AnswerFile.objects.bulk_create(AnswerFile(notice=answer.notice, file_id=link.file_id) for link in links)


def _draft(notice: Notice) -> Any:
    return AnswerFile.objects.filter(notice=notice, answer=None)


def _check_may(by: User, notice: Notice) -> None:
    if not permissions.may_draft(by, notice):
        raise PermissionDenied(_("只能由主送单位的填报员和签批人增删反馈的佐证材料。"))


def _lock(notice: Notice) -> None:
    fresh = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    if fresh.state not in ANSWER.sources:
        raise Conflict(state_sentence(fresh))


def _record(verb: str, notice: Notice, held: Sequence[StoredFile], by: User, moment: datetime) -> None:
    """Names stay out of the record, which administrators read."""
    if held:
        data = {"sha256": [file.sha256 for file in held]}
        record_all([Entry(verb, notice, data=data)], by=by, at=moment)
