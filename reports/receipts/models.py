"""Receipts."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.supervision.models import Instruction
from tasks.models import User, Version


def subject_of(read: Version | Instruction) -> dict[str, Any]:
    """The field that holds what was read."""
    return {"version" if isinstance(read, Version) else "instruction": read}


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def of(self, read: Version | Instruction) -> "ReceiptQuerySet":
        return self.filter(**subject_of(read))


class Receipt(models.Model):
    """已阅: a person says to have read a version's being sent back, or an instruction; append-only, once a person."""

    version = models.ForeignKey(
        Version, models.PROTECT, null=True, blank=True, related_name="receipts", verbose_name=_("填报版本")
    )
    instruction = models.ForeignKey(
        Instruction, models.PROTECT, null=True, blank=True, related_name="receipts", verbose_name=_("批示")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("阅件人"))
    at = models.DateTimeField(_("已阅时间"))

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("已阅")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="receipt_of_one_thing",
                condition=Q(version__isnull=False, instruction__isnull=True)
                | Q(version__isnull=True, instruction__isnull=False),
            ),
            models.UniqueConstraint(name="receipt_of_version_once", fields=["version", "by"]),
            models.UniqueConstraint(name="receipt_of_instruction_once", fields=["instruction", "by"]),
        ]

    def __str__(self) -> str:
        return f"{self.version_id or self.instruction_id} {self.by_id}"
