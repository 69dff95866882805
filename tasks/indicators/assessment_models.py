"""Model of assessments 评估: the office's verdicts on targets without a number."""

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.fields import PeriodField
from tasks.people.models import User
from tasks.plans.models import Plan


class Verdict(models.TextChoices):
    """The office's verdict on a target in words."""

    REACHED = "reached", _("达到")
    MOSTLY = "mostly", _("基本达到")
    MISSED = "missed", _("未达到")
    UNCLEAR = "unclear", _("尚无法判断")


class Assessment(models.Model):
    """评估: the office's verdict on a target as of a quarter, with reasons. Append-only, enforced by a trigger: a
    correction is a new row. It refers to the target's number in the plan (`target_order`), because an adjustment
    replaces the target's row."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, help_text=_("同一张表单只记一次。"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="assessments", verbose_name=_("方案"))
    target_order = models.PositiveSmallIntegerField(_("目标次序"))
    quarter = PeriodField(_("评估所述季度"))
    verdict = models.CharField(_("结论"), max_length=10, choices=Verdict)
    note = models.TextField(_("理由"))
    evidence = models.TextField(_("依据"), blank=True)
    links: Any = ArrayField(
        models.URLField(max_length=500), verbose_name=_("依据链接"), default=list, blank=True
    )
    assessed_on = models.DateField(_("评估日期"))
    at = models.DateTimeField(_("记录时间"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("评估人"))

    class Meta:
        verbose_name = _("目标评估")
        ordering = ["-quarter", "-at", "-id"]
        constraints = [models.CheckConstraint(name="assessment_says_why", condition=~Q(note=""))]
        indexes = [
            models.Index(name="assessment_of_target", fields=["plan", "target_order", "-quarter", "-at"])
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.target_order} {self.quarter} {self.verdict}"
