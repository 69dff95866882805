"""The write path of evidence: attaching files to a draft, removing them, and fixing them to a version.

The contract of tasks.submissions.actions holds here too: keyword-only, the actor `by`, permission and state checked once
under the head's lock, the record in the same transaction; PermissionDenied, Conflict or Problems, and then nothing was
written.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.assignments.queries import check_assigned
from tasks.audit.log import Entry, record_all
from tasks.errors import Conflict, Problem, Problems
from tasks.files import actions as files
from tasks.files.models import StoredFile
from tasks.files.values import ScanState
from tasks.people.models import User
from tasks.people.permissions import may_file
from tasks.submissions import transitions
from tasks.submissions.evidence.models import DraftEvidence, VersionEvidence
from tasks.submissions.evidence.queries import files_of_drafts
from tasks.submissions.models import Submission, Version
from tasks.submissions.transitions import check_open_rows, lock, state_sentence

FIELD = "evidence"


@dataclass(frozen=True)
class Attached:
    """What came of an upload: files that are new, and (name sent, file held already) of those with the same content."""

    new: list[StoredFile]
    same: list[tuple[str, StoredFile]]


def attach(
    *, by: User, submission: int, uploads: "Sequence[File[Any]]", now: datetime | None = None
) -> Attached:
    """Add files to a draft of the actor's own agency. A file that the draft holds already is not stored a second time."""
    if not may_file(by):
        raise PermissionDenied(_("只能由本单位的填报员和签批人添加佐证材料。"))
    checked = files.check(uploads, field=FIELD)
    with transaction.atomic():
        moment = now or clock.now()
        head = _lock_own(by, submission, moment)
        if head.elsewhere:
            raise Problems([Problem(FIELD, _("选了“另渠道报送”，不能添加佐证材料；严禁在此上传涉密文件。"))])
        held = {file.sha256: file for file in files_of_drafts([head.pk]).get(head.pk, [])}
        fresh: dict[str, files.Checked] = {}
        again = []
        for item in checked:
            if item.sha256 in held or item.sha256 in fresh:
                again.append(item)
            else:
                fresh[item.sha256] = item
        _check_count(len(held), len(fresh))
        new = files.store(by=by, checked=list(fresh.values()), now=moment, field=FIELD)
        DraftEvidence.objects.bulk_create(DraftEvidence(submission=head, file=file) for file in new)
        if new:
            record_all([_entry("evidence.attach", head, new)], by=by, at=moment)
    held |= {file.sha256: file for file in new}
    return Attached(new, [(item.name, held[item.sha256]) for item in again])


@transaction.atomic
def remove(
    *, by: User, submission: int, file_ids: Collection[uuid.UUID], now: datetime | None = None
) -> list[StoredFile]:
    """Take files off a draft. What no version holds is deleted for good; what one holds stays with that version."""
    moment = now or clock.now()
    if not may_file(by):
        raise PermissionDenied(_("只能由本单位的填报员和签批人删除佐证材料。"))
    head = _lock_own(by, submission, moment)
    links = list(DraftEvidence.objects.filter(submission=head, file__in=file_ids).select_related("file"))
    if len(links) != len(set(file_ids)):
        raise Conflict(_("要删除的文件已经不在草稿里，请刷新页面。"))
    gone = [link.file for link in links]
    record_all([_entry("evidence.remove", head, gone)], by=by, at=moment)
    DraftEvidence.objects.filter(pk__in=[link.pk for link in links]).delete()
    kept = set(VersionEvidence.objects.filter(file__in=gone).values_list("file", flat=True))
    files.delete([file for file in gone if file.pk not in kept])
    return gone


def fix(versions: Sequence[Version]) -> None:
    """Versions that were just submitted hold what their drafts hold. For `submit`, under its locks."""
    held = files_of_drafts([version.submission_id for version in versions])
    VersionEvidence.objects.bulk_create(
        VersionEvidence(version=version, file=file)
        for version in versions
        for file in held.get(version.submission_id, [])
    )


def problems_of(rows: Sequence[Submission], held: Mapping[int, Sequence[StoredFile]]) -> list[Problem]:
    """What in the files keeps these drafts from being handed on or submitted."""
    problems = []
    for row in rows:
        mine = held.get(row.pk, [])
        if row.elsewhere and mine:
            problems.append(
                Problem(FIELD, _("选了“另渠道报送”，请删去佐证材料；严禁在此上传涉密文件。"), row.task.code)
            )
        problems += [
            Problem(FIELD, _("“%(name)s”查出病毒，请删去。") % {"name": file.name}, row.task.code)
            for file in mine
            if file.scan_state == ScanState.INFECTED
        ]
    return problems


def _lock_own(by: User, submission: int, moment: datetime) -> Submission:
    """The submission, locked: of the actor's agency, editable, and in an open quarter."""
    head = lock([submission])[0]
    if head.agency_id != by.agency_id:
        raise PermissionDenied(_("只能由本单位的填报员和签批人增删佐证材料。"))
    if head.state not in transitions.EDITABLE:
        raise Conflict(state_sentence(head))
    check_open_rows([head], moment)
    check_assigned(by, {head.task_id})
    return head


def _check_count(held: int, new: int) -> None:
    limit = settings.EVIDENCE_MAX_FILES
    if held + new <= limit:
        return
    room = max(0, limit - held)
    raise Problems(
        [
            Problem(
                FIELD,
                _("佐证材料最多 %(limit)d 件，已有 %(held)d 件，还能加 %(room)d 件；这 %(new)d 件都没有存。")
                % {"limit": limit, "held": held, "room": room, "new": new},
            )
        ]
    )


def _entry(verb: str, head: Submission, held: Sequence[StoredFile]) -> Entry:
    """Names stay out of the record, which administrators read: only what a file can be known by."""
    return Entry(verb, head, data={"sha256": [file.sha256 for file in held]})
