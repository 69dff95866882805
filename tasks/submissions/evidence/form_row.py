"""The row 佐证材料 of a submission's form: what it shows, and what a posted form does with files."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.errors import Conflict, Problem, Problems
from tasks.files import jobs, permissions
from tasks.files.models import StoredFile
from tasks.files.serving import why_not
from tasks.files.values import SUFFIXES, ScanState
from tasks.people.models import User
from tasks.submissions.evidence import actions
from tasks.submissions.evidence.queries import files_of_drafts, files_of_version
from tasks.submissions.models import Submission, Version

# The target that htmx names when it sends the row, or requests its list, without the rest of the form.
ALONE = {"evidence", "evidence-files"}
SOON = {ScanState.UNSCANNED, ScanState.SCANNING}
ASKS_AGAIN_FOR = timedelta(minutes=2)


@dataclass(frozen=True)
class Line:
    """A file as a page shows it; `why_not` says why it cannot be downloaded now, or is empty."""

    file: StoredFile
    why_not: str


@dataclass(frozen=True)
class Row:
    """All that the row shows."""

    files: list[Line]
    previous: list[Line] = field(default_factory=list)
    errors: Sequence[str] = ()
    told: Sequence[str] = ()
    editable: bool = True

    max_mb: int = field(default_factory=lambda: settings.EVIDENCE_MAX_MB)
    max_files: int = field(default_factory=lambda: settings.EVIDENCE_MAX_FILES)
    accept: str = ",".join(SUFFIXES)

    @property
    def scans(self) -> bool:
        """Whether files go through a virus scanner here; where they don't the page says so."""
        return permissions.scans()

    @property
    def is_waiting(self) -> bool:
        """Whether the scanner will have a result in a moment, so that the page should request it again. Not for longer: a
        page that keeps requesting would never let its session end."""
        since = timezone.now() - ASKS_AGAIN_FOR
        return self.scans and any(
            line.file.scan_state in SOON and line.file.scan_after > since for line in self.files
        )

    @property
    def max_bytes(self) -> int:
        return self.max_mb * 1024 * 1024

    @property
    def full(self) -> bool:
        return len(self.files) >= self.max_files


def lines(files: Sequence[StoredFile]) -> list[Line]:
    """Files as pages show them."""
    return [Line(file, why_not(file)) for file in files]


def row_of(
    head: Submission | None,
    previous: Version | None = None,
    *,
    errors: Sequence[str] = (),
    told: Sequence[str] = (),
    editable: bool = True,
) -> Row:
    """The row of a draft, and beside it what the last submission held."""
    return Row(
        files=lines(files_of_drafts([head.pk]).get(head.pk, [])) if head else [],
        previous=lines(files_of_version(previous.pk)) if previous else [],
        errors=errors,
        told=told,
        editable=editable,
    )


def is_alone(request: HttpRequest) -> bool:
    """Whether the browser sends or wants only this row, and leaves the rest of the form as it is."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and htmx.target in ALONE


def sent(request: HttpRequest) -> "list[UploadedFile[Any]]":
    """The files in a posted form."""
    return request.FILES.getlist("evidence")


def unsent(request: HttpRequest) -> list[Problem]:
    """What to say of files in a form that was refused for something else: a browser does not keep them."""
    if not sent(request):
        return []
    return [Problem(actions.FIELD, _("文件还没有上传：先改正其他各处，再选一次文件。"))]


def take(request: HttpRequest, *, by: User, head: Submission) -> list[str]:
    """Attach and remove what the form requests; returns sentences for the user. In a transaction of the caller's."""
    told = []
    if wanted := request.POST.get("remove", ""):
        gone = actions.remove(by=by, submission=head.pk, file_ids=[_id(wanted)])
        told += [_("已删除“%(name)s”。") % {"name": file.name} for file in gone]
    if uploads := sent(request):
        done = actions.attach(by=by, submission=head.pk, uploads=uploads)
        if done.new:
            jobs.ask_scan()
            told.append(_("已添加%(names)s。") % {"names": "、".join(f"“{file.name}”" for file in done.new)})
            told += [
                _("“%(name)s”%(remark)s。") % {"name": file.name, "remark": file.remark}
                for file in done.new
                if file.remark
            ]
        told += [
            _("“%(name)s”与已有的“%(held)s”内容相同，没有再存一份。") % {"name": name, "held": file.name}
            for name, file in done.same
        ]
    elif request.POST.get("action") == "attach":
        raise Problems([Problem(actions.FIELD, _("没有选择文件，请先选择再添加。"))])
    return told


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Conflict(_("要删除的文件已经不在草稿里，请刷新页面。")) from error
