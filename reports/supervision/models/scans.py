"""Scans of instructions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.supervision.models.notices import Instruction
from tasks.files.models import StoredFile
from tasks.people.models import User


class InstructionFileQuerySet(models.QuerySet["InstructionFile"]):
    def visible_to(self, user: User) -> "InstructionFileQuerySet":
        """Scans of the instructions that the user may see."""
        return self.filter(instruction__in=Instruction.objects.visible_to(user))


class InstructionFile(models.Model):
    """批示扫描件: a scan of the paper on which the instruction was written; append-only."""

    instruction = models.ForeignKey(Instruction, models.PROTECT, related_name="files", verbose_name=_("批示"))
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+", verbose_name=_("文件"))

    objects = InstructionFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("批示扫描件")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.instruction_id} {self.file_id}"
