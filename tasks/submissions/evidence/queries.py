"""Which files belong to which submission."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from tasks.files.models import StoredFile
from tasks.people.models import User
from tasks.submissions.evidence.models import DraftEvidence, VersionEvidence


def files_visible_to(user: User) -> QuerySet[StoredFile]:
    """Evidence that the user may see: of the own agency's drafts, and of versions."""
    drafts = DraftEvidence.objects.visible_to(user).filter(file=OuterRef("pk"))
    versions = VersionEvidence.objects.visible_to(user).filter(file=OuterRef("pk"))
    return StoredFile.objects.filter(Exists(drafts) | Exists(versions))


def files_of_drafts(submission_ids: Iterable[int]) -> dict[int, list[StoredFile]]:
    """{submission id: the files that its draft holds, the first uploaded first}."""
    found: dict[int, list[StoredFile]] = {}
    for link in DraftEvidence.objects.filter(submission__in=submission_ids).select_related("file"):
        found.setdefault(link.submission_id, []).append(link.file)
    return found


def files_of_version(version_id: int) -> list[StoredFile]:
    """What the version held, likewise. (Who may see them: tasks.submissions.permissions.withheld_fields.)"""
    return [link.file for link in VersionEvidence.objects.filter(version=version_id).select_related("file")]
