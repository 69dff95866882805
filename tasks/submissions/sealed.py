"""What of submissions is sealed with the audit log: every version, with decisions, figures, basis and evidence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from tasks.audit.models import Event, Seal, SealedObject
from tasks.audit.sealing import checks, fingerprint, seals
from tasks.submissions.evidence.models import VersionEvidence
from tasks.submissions.models import DecisionRecord, Figure, Version, VersionBasis

# Named one by one, with the key to the version first: a column that is added later changes no sealed hash.
_VERSION = (
    "id", "submission_id", "number", "quarter", "task_id", "agency_id", "duty", "submitted_at", "submitted_by_id",
    "recorded_at", "light", "progress", "done", "no_progress", "no_progress_reason", "problems", "coordination",
    "next_steps", "judgement", "light_reason", "paper_date", "elsewhere", "is_trial", "channel", "backfill_id",
    "decision", "decided_at", "decided_by_id", "verified_light", "verification", "decision_note", "field_notes",
    "answer_by", "withdrawn_at", "withdrawn_by_id", "withdrawal_reason",
)  # fmt: skip
_PARTS: tuple[tuple[QuerySet[Any], tuple[str, ...]], ...] = (
    (
        DecisionRecord.objects.all(),
        (
            "version_id", "id", "kind", "decision", "decided_at", "decided_by_id", "verified_light", "verification",
            "decision_note", "field_notes", "answer_by", "reason",
        ),
    ),
    (
        Figure.objects.all(),
        (
            "version_id", "id", "indicator_id", "quarter", "value", "numerator", "denominator", "text", "preliminary",
            "reason",
        ),
    ),
    (VersionBasis.objects.all(), ("lead_version_id", "id", "co_version_id", "adopted")),
    (VersionEvidence.objects.all(), ("version_id", "id", "file_id", "file__sha256", "file__size")),
)  # fmt: skip


@seals("submission")
def hashes(submissions: Sequence[int]) -> Mapping[int, str]:
    """The hash of all versions of each submission; one without a version has that of none. Six queries."""
    rows: dict[int, list[Any]] = {pk: [] for pk in submissions}
    of_version: dict[int, int] = {}
    for row in Version.every.filter(submission__in=submissions).order_by("id").values_list(*_VERSION):
        of_version[row[0]] = row[1]
        rows[row[1]].append(_values(row))
    for found, names in _PARTS:
        part = found.filter(**{f"{names[0]}__in": list(of_version)}).order_by("id")
        for row in part.values_list(*names):
            rows[of_version[row[0]]].append(_values(row))
    return {pk: fingerprint(values) for pk, values in rows.items()}


def _values(row: Iterable[Any]) -> list[Any]:
    """Numbers without the zeros that a column adds or not."""
    return [value.normalize() if hasattr(value, "normalize") else value for value in row]


@checks
def slipped_in() -> Iterator[str]:
    """A sentence for each submission that has a version and was never sealed: it came past the actions."""
    last = Seal.objects.order_by("-id").first()
    if last is None:
        return
    this = {"subject": OuterRef("subject")}
    subject = Concat(Value("submission:"), Cast("submission_id", CharField()))
    found = Version.every.annotate(subject=subject).filter(
        ~Exists(SealedObject.objects.filter(**this)), ~Exists(Event.objects.filter(id__gt=last.upto, **this))
    )
    for name in found.order_by("subject").values_list("subject", flat=True).distinct()[:100]:
        yield _("%(subject)s 有填报版本而没有封存，是事后插入的。") % {"subject": name}
