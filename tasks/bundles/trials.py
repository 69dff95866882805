"""试填期: a period that is filed by real accounts, counts nowhere, and is removed whole by one confirmed act.

The database lets rows of a trial be deleted, and no others (migration guards). What the audit log says of the trial stays,
and so do messages, which are marked and refer to nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import record
from tasks.bundles.models import SealedSheet
from tasks.cycles.models import Cycle, Extension, PastDates, Reopening
from tasks.errors import Conflict, Problem, Problems
from tasks.files import actions as files
from tasks.files.models import StoredFile
from tasks.people.models import User
from tasks.people.permissions import may_manage_cycles
from tasks.plans.commit_order import in_order
from tasks.submissions.evidence.models import DraftEvidence, VersionEvidence
from tasks.submissions.models import (
    AdoptedPiece,
    DecisionRecord,
    Figure,
    Package,
    Submission,
    Supplement,
    Version,
    VersionBasis,
)
from tasks.submissions.paper.models import PaperOffer, PaperRecord

# What hangs on a cycle, in an order in which nothing refers to what is gone already: (model, the way to its cycle).
_ROWS = (
    (PaperRecord, "version__submission__cycle"),
    (PaperOffer, "submission__cycle"),
    (VersionEvidence, "version__submission__cycle"),
    (DraftEvidence, "submission__cycle"),
    (AdoptedPiece, "lead_version__submission__cycle"),
    (VersionBasis, "lead_version__submission__cycle"),
    (Supplement, "version__submission__cycle"),
    (Figure, "version__submission__cycle"),
    (DecisionRecord, "version__submission__cycle"),
    (Version, "submission__cycle"),
    (SealedSheet, "cycle"),
    (Package, "cycle"),
    (Submission, "cycle"),
    (Extension, "cycle"),
    (Reopening, "cycle"),
    (PastDates, "cycle"),
)
_WITH_FILES = (PaperRecord, PaperOffer, VersionEvidence, DraftEvidence, SealedSheet)


@dataclass(frozen=True)
class TrialExtent:
    """What a trial holds: agencies that wrote something, submissions, versions, files."""

    agencies: int
    submissions: int
    versions: int
    files: int


def trial_extent(cycle: Cycle) -> TrialExtent:
    """What would go with the trial. A fixed number of queries."""
    written = Submission.objects.filter(cycle=cycle)
    return TrialExtent(
        agencies=written.values("agency").distinct().count(),
        submissions=written.count(),
        versions=Version.every.filter(submission__cycle=cycle).count(),
        files=len(_file_ids(cycle)),
    )


@transaction.atomic
def remove_trial(
    *, by: User, cycle: Cycle, note: str, seen: int | None = None, now: datetime | None = None
) -> TrialExtent:
    """Remove a trial with all that was filed in it, and its files. `seen` is the number of submissions that the actor was
    shown; raises Conflict where it is another by now, and for a period that counts."""
    if not may_manage_cycles(by):
        raise PermissionDenied(_("只有领导小组办公室可以清除试填期。"))
    if not note.strip():
        raise Problems([Problem("note", _("请写明清除的理由。"))])
    in_order([cycle.plan_id])
    held = Cycle.objects.select_for_update().select_related("plan").filter(pk=cycle.pk).first()
    if held is None or not held.is_trial:
        raise Conflict(_("这不是试填期，或者已经清除，请刷新页面。"))
    extent = trial_extent(held)
    if seen is not None and seen != extent.submissions:
        raise Conflict(_("其间又有填报，现在是 %(n)d 件，请核对后再清除。") % {"n": extent.submissions})
    stored = list(StoredFile.objects.filter(pk__in=_file_ids(held)))
    for model, way in _ROWS:
        rows = model._base_manager.filter(**{way: held.pk})
        rows._raw_delete(rows.db)
    record(
        by=by,
        verb="cycle.remove_trial",
        subject=held,
        note=note.strip(),
        data={
            "plan": held.plan.slug,
            "quarter": str(held.quarter),
            "agencies": extent.agencies,
            "submissions": extent.submissions,
            "versions": extent.versions,
            "files": extent.files,
        },
        at=now or clock.now(),
    )
    files.delete(stored)
    held.delete()
    return extent


def _file_ids(cycle: Cycle) -> set[UUID]:
    found: set[UUID] = set()
    for model, way in _ROWS:
        if model in _WITH_FILES:
            found |= set(
                model._default_manager.filter(Q(**{way: cycle.pk})).values_list("file_id", flat=True)
            )
    return found
