"""Decisions on submitted versions as append-only rows. The version carries the last one, which a trigger copies from here."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.utils.translation import gettext_lazy as _

from tasks.people.models import User


class DecisionKind(models.TextChoices):
    DECIDED = "decided", _("决定")
    UNDONE = "undone", _("撤销决定")
    CORRECTED = "corrected", _("更正核定")


class Ruling(models.Model):
    """One decision on a version, its being taken back 撤销, or its correction 更正 by a second person of those who decide.
    The last one by a moment is what was known then. A subclass has `version`, whose related name is `decisions`, and
    `decision` with its choices.

    Of one taken back `decision` is empty, and `decided_at` and `decided_by` say when and by whom. `reason` is why it was
    taken back or corrected; `decision_note` belongs to the decision itself.
    """

    kind = models.CharField(_("性质"), max_length=10, choices=DecisionKind, default=DecisionKind.DECIDED)
    decided_at = models.DateTimeField(_("时间"))
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("决定人"))
    decision_note = models.TextField(_("理由"), blank=True)
    reason = models.TextField(_("撤销或更正的理由"), blank=True)

    decision: Any
    version: Any

    class Meta:
        abstract = True
        ordering = ["version_id", "id"]
        constraints = [
            models.CheckConstraint(
                name="%(class)s_undone_is_empty",
                condition=Q(kind=DecisionKind.UNDONE, decision="", decision_note="")
                | ~Q(kind=DecisionKind.UNDONE) & ~Q(decision=""),
            ),
            models.CheckConstraint(
                name="%(class)s_correction_says_why",
                condition=~Q(kind=DecisionKind.CORRECTED) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.kind} {self.decision}"  # type: ignore[attr-defined]


def known(record: type[Ruling], moment: datetime, field: str = "decision", version: str = "") -> Case:
    """A column of the decision that was known of a version at a moment; `version` is the path to the version, as
    `version__`. A record is looked up only where the last decision was not known yet."""
    of_version = {"version": OuterRef(f"{version}pk")}
    last = record._default_manager.filter(decided_at__lte=moment, **of_version)
    return Case(
        When(**{f"{version}decided_at__lte": moment}, then=F(f"{version}{field}")),
        default=Subquery(last.order_by("-id").values(field)[:1]),
    )
