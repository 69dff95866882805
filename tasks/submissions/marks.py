"""标注: what a reader must know of how a version came about, wherever it is read: filed in a trial, on paper or early, or taken
from a ledger."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from tasks.indicators.values import Stage
from tasks.submissions.models import DecisionRecord, Figure, Version
from tasks.submissions.paper.models import PaperKind, PaperRecord


def mark_columns(known_at: datetime | None = None) -> dict[str, Any]:
    """What `marks` reads beside a version's own columns, to annotate a queryset with. A decision that was taken back or
    replaced by `known_at` (without it: by now) marks nothing any more."""
    known = Q() if known_at is None else Q(decided_at__lte=known_at)
    last = DecisionRecord.objects.filter(known, version=OuterRef("version")).order_by("-id").values("pk")[:1]
    reviews = PaperRecord.objects.filter(
        version=OuterRef("pk"), kind=PaperKind.REVIEW, decision=Subquery(last)
    )
    estimates = Figure.objects.filter(version=OuterRef("pk"), stage=Stage.ESTIMATE)
    return {"reviewed_on_paper": Exists(reviews), "has_estimates": Exists(estimates)}


def marks(version: Version) -> list[str]:
    """The marks of a version that was loaded with `mark_columns`, in the order in which they are printed."""
    loaded = vars(version)
    found = {
        _("试填"): version.is_trial,
        str(version.get_channel_display()): bool(version.channel),
        str(PaperKind.REVIEW.label): loaded["reviewed_on_paper"],
        _("含预计数"): loaded["has_estimates"],
        _("补录"): version.backfill_id is not None,
    }
    return [label for label, holds in found.items() if holds]


def marks_of(version_ids: Iterable[int], known_at: datetime | None = None) -> dict[int, list[str]]:
    """{version id: its marks}, of all that were asked for. One query."""
    rows = Version.every.filter(pk__in=set(version_ids)).only("is_trial", "channel", "backfill")
    return {version.pk: marks(version) for version in rows.annotate(**mark_columns(known_at))}
