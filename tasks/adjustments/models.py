"""Model of adjustments: changes of targets, responsibilities, deadlines and task terms."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tasks.agencies.models import Agency
from tasks.fields import PeriodField
from tasks.files.models import StoredFile
from tasks.people.models import User
from tasks.people.permissions import may_decide_adjustments, may_file, may_see_plan
from tasks.people.plan_scope import by_plan
from tasks.plans.models import Plan, Task


class AdjustmentKind(models.TextChoices):
    TARGET = "target", _("目标")
    RESPONSIBILITY = "responsibility", _("责任")
    DEADLINE = "deadline", _("期限")
    WITHDRAWAL = "withdrawal", _("撤销任务")
    CONTENT = "content", _("任务内容")
    REFORM = "reform", _("机构改革")


class AdjustmentState(models.TextChoices):
    PROPOSED = "proposed", _("待批准")
    APPROVED = "approved", _("已批准")
    REJECTED = "rejected", _("未批准")
    WITHDRAWN = "withdrawn", _("已撤回")


class AdjustmentQuerySet(models.QuerySet["Adjustment"]):
    """Adjustments, filtered by user and by moment of knowledge."""

    @by_plan
    def visible_to(self, user: User) -> "AdjustmentQuerySet":
        """Approved adjustments for everyone, all proposals for users who may decide them, and an agency's own
        applications for those who file for it."""
        if not may_see_plan(user):
            return self.none()
        if may_decide_adjustments(user):
            return self
        approved = Q(state=AdjustmentState.APPROVED)
        return self.filter(approved | Q(applicant=user.agency_id) if may_file(user) else approved)

    def known(self, known_at: Any) -> "AdjustmentQuerySet":
        """Adjustments approved by that moment."""
        return self.filter(state=AdjustmentState.APPROVED, decided_at__lte=known_at)


class Adjustment(models.Model):
    """调整: a dated change of a target, a responsibility, a deadline or a task's term, proposed by one person and
    approved by another. Its subject never changes; its decision is written once.

    The office proposes, or an agency that leads the task applies (`applicant`). On an application the office writes its
    opinion 拟办意见, and a third person decides. `content` has the previous and the new state, in the shapes of tasks.adjustments.values.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="adjustments", verbose_name=_("方案"))
    kind = models.CharField(_("类别"), max_length=14, choices=AdjustmentKind)
    effective = PeriodField(_("生效季度"))
    tasks = models.ManyToManyField(Task, related_name="adjustments", blank=True, verbose_name=_("所涉任务"))
    target_order = models.PositiveSmallIntegerField(_("目标次序"), null=True, blank=True)
    content: Any = models.JSONField(_("内容"))
    doc_number = models.CharField(_("文号"), max_length=60, blank=True)
    reason = models.TextField(_("理由"))
    state = models.CharField(
        _("状态"), max_length=10, choices=AdjustmentState, default=AdjustmentState.PROPOSED
    )
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    proposed_at = models.DateTimeField(_("提出时间"))
    applicant = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("申请单位")
    )
    opinion = models.TextField(_("拟办意见"), blank=True, db_default="")
    agrees = models.BooleanField(_("拟同意"), null=True, blank=True)
    opinion_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("拟办人")
    )
    opinion_at = models.DateTimeField(_("拟办时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("决定人")
    )
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decision_note = models.TextField(_("决定说明"), blank=True)

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("调整")
        ordering = ["-id"]
        indexes = [models.Index(fields=["plan", "state", "decided_at"])]
        constraints = [
            models.CheckConstraint(
                name="adjustment_decided_whole_or_not",
                condition=Q(state=AdjustmentState.PROPOSED, decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(state=AdjustmentState.PROPOSED) & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="adjustment_takes_two_persons",
                condition=~Q(state__in=[AdjustmentState.APPROVED, AdjustmentState.REJECTED])
                | ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="adjustment_withdrawn_by_its_proposer",
                condition=~Q(state=AdjustmentState.WITHDRAWN) | Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(name="adjustment_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="adjustment_rejected_says_why",
                condition=~Q(state=AdjustmentState.REJECTED) | ~Q(decision_note=""),
            ),
            models.CheckConstraint(
                name="adjustment_opinion_whole_or_not",
                condition=Q(opinion="", agrees__isnull=True, opinion_by__isnull=True, opinion_at__isnull=True)
                | ~Q(opinion="")
                & Q(
                    applicant__isnull=False,
                    agrees__isnull=False,
                    opinion_by__isnull=False,
                    opinion_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="adjustment_opinion_is_not_the_applicants",
                condition=Q(opinion_by__isnull=True) | ~Q(opinion_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="application_decided_by_a_third_person",
                condition=Q(applicant__isnull=True)
                | ~Q(state__in=[AdjustmentState.APPROVED, AdjustmentState.REJECTED])
                | ~Q(opinion="") & ~Q(decided_by=F("opinion_by")),
            ),
            models.CheckConstraint(
                name="adjustment_of_a_target_names_it",
                condition=Q(kind=AdjustmentKind.TARGET, target_order__isnull=False)
                | ~Q(kind=AdjustmentKind.TARGET) & Q(target_order__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.kind}"


class AdjustmentFileQuerySet(models.QuerySet["AdjustmentFile"]):
    """Files of applications, by who may see them."""

    @by_plan
    def visible_to(self, user: User) -> "AdjustmentFileQuerySet":
        """For those who decide, and for those who file for the agency that applied."""
        if may_decide_adjustments(user):
            return self
        return self.filter(adjustment__applicant=user.agency_id) if may_file(user) else self.none()


class AdjustmentFile(models.Model):
    """申请附件: a file of an application, such as the sealed form as it was scanned. Taken away only while nothing is
    decided (a trigger holds it)."""

    adjustment = models.ForeignKey(Adjustment, models.PROTECT, related_name="files", verbose_name=_("调整"))
    file = models.OneToOneField(
        StoredFile, models.PROTECT, related_name="adjustment_link", verbose_name=_("文件")
    )

    objects = AdjustmentFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("申请附件")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.adjustment_id} {self.file_id}"
