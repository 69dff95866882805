"""分工 and 转办: which reporter of an agency writes which tasks."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.agencies.models import Agency
from tasks.people.models import User
from tasks.plans.models import Plan, Task


class Assignment(models.Model):
    """分工: a reporter was given this task by their agency, and it counts there alone. Who is limited to what was given
    (AssignmentLimit) writes those alone; everybody else writes all."""

    user = models.ForeignKey(User, models.CASCADE, related_name="assignments", verbose_name=_("填报员"))
    task = models.ForeignKey(Task, models.CASCADE, related_name="assignments", verbose_name=_("任务"))
    agency = models.ForeignKey(
        Agency, models.CASCADE, related_name="+", verbose_name=_("单位"), help_text=_("分给时所在的单位。")
    )

    class Meta:
        verbose_name = _("分工")
        ordering = ["task__order", "user_id"]
        constraints = [models.UniqueConstraint(name="assignment_once", fields=["user", "task", "agency"])]

    def __str__(self) -> str:
        return f"{self.task_id} {self.user_id}"


class AssignmentLimit(models.Model):
    """只填所分: the reporter writes for the agency only those tasks of the plan that were assigned, which may be none."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("填报员"))
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="+", verbose_name=_("方案"))
    agency = models.ForeignKey(Agency, models.CASCADE, related_name="+", verbose_name=_("单位"))

    class Meta:
        verbose_name = _("只填所分")
        constraints = [
            models.UniqueConstraint(name="assignment_limit_once", fields=["user", "plan", "agency"])
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.user_id}"


class ReassignmentQuerySet(models.QuerySet["Reassignment"]):
    """Reassignments, by whether they hold."""

    def in_effect(self) -> "ReassignmentQuerySet":
        """Those that were not ended, to colleagues whose account is open."""
        return self.filter(ended_at__isnull=True, receiver__is_active=True)


class Reassignment(models.Model):
    """转办: a reporter handed a task of their agency to a colleague, with the reason, from then on. It is ended once and
    never deleted (a trigger holds it): taken back, handed back, or overruled by the approver's 分工."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="+", verbose_name=_("任务"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("单位"))
    giver = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("转出人"))
    receiver = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("接办人"))
    reason = models.TextField(_("理由"))
    at = models.DateTimeField(_("时间"))
    ended_at = models.DateTimeField(_("终止时间"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("终止人")
    )
    end_reason = models.TextField(_("终止理由"), blank=True)

    objects = ReassignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("转办")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="reassigned_once",
                fields=["task", "agency", "giver"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(name="reassignment_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="reassigned_to_another", condition=~Q(giver=models.F("receiver"))),
            models.CheckConstraint(
                name="reassignment_ended_whole_or_not",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, end_reason="")
                | Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(end_reason=""),
            ),
        ]
        indexes = [models.Index(name="reassignment_receiver", fields=["receiver", "agency"])]

    def __str__(self) -> str:
        return f"{self.task_id} {self.giver_id} → {self.receiver_id}"
