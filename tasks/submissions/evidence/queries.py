"""Which files belong to which submission."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from tasks.assignments.reassigning import on_written
from tasks.files.models import StoredFile
from tasks.people.models import User
from tasks.submissions.evidence.models import DraftEvidence, VersionEvidence
from tasks.submissions.models import Submission
from tasks.submissions.permissions import versions_shown_whole


def files_visible_to(user: User) -> QuerySet[StoredFile]:
    """Evidence that the user may see: of the own agency's drafts, and of versions."""
    drafts = DraftEvidence.objects.visible_to(user).filter(file=OuterRef("pk"))
    versions = VersionEvidence.objects.visible_to(user).filter(file=OuterRef("pk"))
    return StoredFile.objects.filter(Exists(drafts) | Exists(versions))


@on_written
def written_since(
    agency_id: int, task_ids: Collection[int], since: datetime
) -> Iterable[tuple[int, User, datetime]]:
    """Who has saved drafts of the agency on the tasks since, or added evidence to them, and when."""
    heads = Submission.objects.filter(agency=agency_id, task__in=task_ids, saved_at__gt=since)
    for head in heads.select_related("saved_by"):
        yield head.task_id, head.saved_by, head.saved_at
    links = DraftEvidence.objects.filter(
        submission__agency=agency_id, submission__task__in=task_ids, file__uploaded_at__gt=since
    )
    for link in links.select_related("submission", "file__uploaded_by"):
        yield link.submission.task_id, link.file.uploaded_by, link.file.uploaded_at


def files_of_drafts(submission_ids: Iterable[int]) -> dict[int, list[StoredFile]]:
    """{submission id: the files that its draft holds, the first uploaded first}."""
    found: dict[int, list[StoredFile]] = {}
    for link in DraftEvidence.objects.filter(submission__in=submission_ids).select_related("file"):
        found.setdefault(link.submission_id, []).append(link.file)
    return found


def files_of_version(version_id: int) -> list[StoredFile]:
    """What the version held, likewise. (Who may see them: tasks.submissions.permissions.withheld_fields.)"""
    return [link.file for link in VersionEvidence.objects.filter(version=version_id).select_related("file")]


@dataclass(frozen=True)
class Held:
    """A file, and the return (with its task) that it belongs to."""

    head: Submission
    file: StoredFile


def held_by(user: User, heads: QuerySet[Submission], number: int | None = None) -> list[Held]:
    """The files of returns as far as the user may see them: of each return what the last version shown to them held, and
    what the draft of the own agency holds; or what the version `number` held. In the order of tasks and agencies."""
    versions = versions_shown_whole(user).filter(submission__in=heads)
    versions = versions.filter(withdrawn_at=None) if number is None else versions.filter(number=number)
    last = dict(versions.order_by("number").values_list("submission", "pk"))
    links = VersionEvidence.objects.visible_to(user).filter(version__in=last.values())
    found = [(link.version.submission_id, link.file) for link in links.select_related("version", "file")]
    if number is None:
        drafts = DraftEvidence.objects.visible_to(user).filter(submission__in=heads)
        found += [(link.submission_id, link.file) for link in drafts.select_related("file")]
    order = heads.filter(pk__in={pk for pk, _file in found}).select_related("task")
    files: dict[int, dict[object, StoredFile]] = {}
    for pk, file in found:
        files.setdefault(pk, {})[file.pk] = file
    return [
        Held(head, file)
        for head in order.order_by("task__order", "agency__order", "pk")
        for file in sorted(files[head.pk].values(), key=lambda file: (file.uploaded_at, file.pk))
    ]


def has_evidence(user: User, heads: QuerySet[Submission]) -> bool:
    """Whether `held_by` finds a file, so that a page offers no empty download. At most two queries."""
    versions = versions_shown_whole(user).filter(submission__in=heads, withdrawn_at=None)
    return (
        VersionEvidence.objects.visible_to(user).filter(version__in=versions).exists()
        or DraftEvidence.objects.visible_to(user).filter(submission__in=heads).exists()
    )
