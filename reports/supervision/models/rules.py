"""Rules of supervision that are data: when notices are proposed and to whom a late answer is told; and who was told."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.supervision.models.notices import Notice
from reports.supervision.values import FACTS, Receiver, Stage
from tasks.models import User


class OfJurisdiction(models.Model):
    """A rule of a jurisdiction; without one it is a usual rule, which holds for plans of no jurisdiction and for
    jurisdictions that have no rules of their own."""

    jurisdiction = models.ForeignKey(
        "tasks.Jurisdiction", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("地区")
    )

    class Meta:
        abstract = True


class ProposalRule(OfJurisdiction):
    """提出规则: on which facts of which measure notices are proposed every night. One row for each kind of fact."""

    ground = models.CharField(_("依据"), max_length=12, choices=[(one.value, one.label) for one in FACTS])
    is_active = models.BooleanField(_("启用"), default=True)
    # Red: quarters in a row; missing: working days after it was due; target: not used.
    threshold = models.PositiveSmallIntegerField(_("程度"), default=1)
    verified_only = models.BooleanField(_("只看核定灯"), default=True)
    answer_days = models.PositiveSmallIntegerField(_("反馈期限（工作日）"), default=10)

    class Meta:
        verbose_name = _("督办提出规则")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="proposalrule_once", fields=["jurisdiction", "ground"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="proposalrule_in_bounds",
                condition=Q(threshold__gte=1, threshold__lte=60, answer_days__gte=1, answer_days__lte=60),
            ),
        ]

    def __str__(self) -> str:
        return self.ground


class EscalationRule(OfJurisdiction):
    """升级规则: to whom it is told that an agency is so many working days late. Retired and not deleted: escalations that
    were made by it name it."""

    stage = models.CharField(_("情形"), max_length=12, choices=Stage)
    after_days = models.PositiveSmallIntegerField(_("满几个工作日"))
    to = models.CharField(_("升级到"), max_length=12, choices=Receiver)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("督办升级规则")
        ordering = ["stage", "after_days", "to"]
        constraints = [
            models.UniqueConstraint(
                name="escalationrule_once",
                fields=["jurisdiction", "stage", "after_days", "to"],
                condition=Q(is_active=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="escalationrule_in_bounds", condition=Q(after_days__gte=1, after_days__lte=60)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.after_days} → {self.to}"


class Escalation(models.Model):
    """升级: that an agency is late was told to somebody; once for each rule and date. Append-only."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="escalations", verbose_name=_("督办单"))
    rule = models.ForeignKey(EscalationRule, models.PROTECT, related_name="+", verbose_name=_("规则"))
    stage = models.CharField(_("情形"), max_length=12, choices=Stage)
    to = models.CharField(_("升级到"), max_length=12, choices=Receiver)
    since = models.DateField(_("起算日"))
    workdays = models.PositiveSmallIntegerField(_("已过工作日"))
    at = models.DateTimeField(_("时间"))
    told: "models.ManyToManyField[User, Any]" = models.ManyToManyField(
        User, related_name="+", verbose_name=_("告知的人")
    )
    leaders = models.CharField(_("登记的分管领导"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("督办升级")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="escalation_once", fields=["notice", "rule", "since"]),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.stage} → {self.to}"
