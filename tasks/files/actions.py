"""Actions on files: check uploads, store, delete, record scan results. The packages that use files check permissions."""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import record
from tasks.errors import Problem, Problems
from tasks.files import permissions, storage
from tasks.files.content import Unfit, kind_of, traces_of
from tasks.files.models import StoredFile
from tasks.files.names import clean_name
from tasks.files.uploads import NotKept
from tasks.files.values import WAITING, Kind, ScanState, Trace
from tasks.people.models import User

log = logging.getLogger(__name__)

_MB = 1024 * 1024

# -- uploading ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """An upload that has passed the checks and may be stored."""

    name: str
    content: "File[Any]"
    kind: Kind
    size: int
    sha256: str
    traces: Sequence[Trace] = ()


def check(uploads: "Sequence[File[Any]]", *, field: str) -> list[Checked]:
    """Checks size, content and names of uploads. Raises Problems on `field`, one for each refused upload.

    Reads only and writes nothing, so callers run it before they take locks.
    """
    checked, problems = [], []
    for upload in uploads:
        name = clean_name(upload.name or "")
        try:
            checked.append(_checked(name, upload))
        except Unfit as error:
            problems.append(Problem(field, _("“%(name)s”%(why)s") % {"name": name, "why": error}))
    if problems:
        raise Problems(problems)
    return checked


def _checked(name: str, upload: "File[Any]") -> Checked:
    if isinstance(upload, NotKept):
        raise Unfit(_no_room())
    size = upload.size or 0
    limit = settings.EVIDENCE_MAX_MB
    if size > limit * _MB:
        raise Unfit(
            _("有 %(size).1f MB，每件最多 %(limit)d MB；请压缩或分成几件再传。")
            % {"size": size / _MB, "limit": limit}
        )
    kind = kind_of(upload, name)
    traces = traces_of(upload, kind)
    upload.seek(0)
    summed = hashlib.sha256()
    for chunk in upload.chunks():
        summed.update(chunk)
    upload.seek(0)
    return Checked(name, upload, kind, size, summed.hexdigest(), traces)


def _no_room() -> str:
    return _("没有收下：服务器的存储空间不足或暂时不能写入。所写文字仍在，请稍后再传，并告知系统管理员。")


def store(
    *, by: User, checked: Sequence[Checked], now: datetime | None = None, field: str = ""
) -> list[StoredFile]:
    """Stores files, in the transaction of the caller that links to them. Bytes are written before their rows; if the
    rows are rolled back, the bytes are removed too (after a power cut by the next clean-up)."""
    moment = now or clock.now()
    files = [
        StoredFile(
            name=item.name,
            media_type=item.kind.media_type,
            size=item.size,
            sha256=item.sha256,
            traces=[trace.value for trace in item.traces],
            uploaded_at=moment,
            uploaded_by=by,
        )
        for item in checked
    ]
    try:
        for file, item in zip(files, checked, strict=True):
            storage.put(file, item.content)
        return StoredFile.objects.bulk_create(files)
    except BaseException as error:
        for file in files:
            storage.drop(file.path)
        if isinstance(error, OSError) and not isinstance(error, FileExistsError):
            log.exception("an upload cannot be stored")
            raise Problems([Problem(field, _("文件%(why)s") % {"why": _no_room()})]) from error
        raise


def delete(files: Iterable[StoredFile]) -> None:
    """Deletes files without links, rows and bytes, so that a file uploaded by mistake is really gone. The database
    refuses to delete a file with links."""
    paths = [file.path for file in files]
    StoredFile.objects.filter(pk__in=[file.pk for file in files]).delete()
    for path in paths:
        transaction.on_commit(partial(storage.drop_unless_kept, path), robust=True)


# -- scanning -----------------------------------------------------------------------------------------------

# A scan without a result after this time is considered dead, and another worker claims its file.
LEASE = timedelta(minutes=15)


def waiting() -> QuerySet[StoredFile]:
    """Files that wait for a scan and are due."""
    return StoredFile.objects.filter(scan_state__in=WAITING, scan_after__lte=timezone.now())


@transaction.atomic
def take_for_scan() -> StoredFile | None:
    """Claims one file: counts the attempt, and no other worker scans the file in the meantime. None if none waits."""
    file = (
        waiting()
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("scan_tries", "scan_after", "pk")  # files with earlier attempts come last
        .first()
    )
    if file is None:
        return None
    file.scan_tries += 1
    file.scan_state = ScanState.SCANNING
    StoredFile.objects.filter(pk=file.pk).update(
        scan_state=file.scan_state, scan_tries=file.scan_tries, scan_after=timezone.now() + LEASE
    )
    return file


@transaction.atomic
def scanned(*, file: StoredFile, virus: str, now: datetime | None = None) -> None:
    """Records the result of a scan; `virus` is its name, or "" if the file is clean. A virus gets an audit event."""
    moment = now or clock.now()
    state = ScanState.INFECTED if virus else ScanState.CLEAN
    if _claimed(file).update(scan_state=state, scan_note=virus[:300], scanned_at=moment) and virus:
        record(
            by=None,
            verb="file.infected",
            subject=file,
            note=virus[:300],
            data={"sha256": file.sha256},
            at=moment,
        )


def not_scanned(*, file: StoredFile, why: str) -> None:
    """Records a failed scan. It is tried again later, and until then the file is not served."""
    _claimed(file).update(
        scan_state=ScanState.FAILED,
        scan_note=(why or _("没有说明原因"))[:300],
        scan_after=permissions.next_scan(file.scan_tries, timezone.now()),
    )


def _claimed(file: StoredFile) -> QuerySet[StoredFile]:
    """The row, if this worker's claim is still valid; the number of attempts identifies the claim."""
    return StoredFile.objects.filter(pk=file.pk, scan_state=ScanState.SCANNING, scan_tries=file.scan_tries)
