"""Final evaluations that somebody signed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.models import Plan, User


class FinalEvaluation(models.Model):
    """总结评估定稿: what a person of the office signed, as it was known then; append-only (a trigger holds it). A correction
    is a further edition, and the last one is undone 撤销 once, while nothing builds on it; it stays readable. Before the first the evaluation is 编制中, and is worked out from what is known."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="evaluations", verbose_name=_("方案"))
    edition = models.PositiveSmallIntegerField(_("版次"))
    at = models.DateTimeField(_("定稿时间"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("定稿人"))
    note = models.TextField(_("说明"), blank=True)
    content = models.TextField(_("内容"), help_text=_("规范 JSON 文本，校验值即其 SHA-256。"))
    sha256 = models.CharField(_("校验值"), max_length=64)
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    undone_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("撤销人")
    )
    undo_reason = models.TextField(_("撤销理由"), blank=True, db_default="")

    class Meta:
        verbose_name = _("总结评估定稿")
        ordering = ["plan_id", "-edition"]
        constraints = [
            models.UniqueConstraint(name="evaluation_edition", fields=["plan", "edition"]),
            models.CheckConstraint(
                name="evaluation_undone_whole_or_not",
                condition=models.Q(undone_at__isnull=True, undone_by__isnull=True, undo_reason="")
                | models.Q(undone_at__isnull=False, undone_by__isnull=False) & ~models.Q(undo_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} v{self.edition}"
