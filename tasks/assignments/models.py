"""分工: which reporter of an agency writes which tasks."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.agencies.models import Agency
from tasks.people.models import User
from tasks.plans.models import Task


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments, by whether they hold."""

    def in_effect(self) -> "AssignmentQuerySet":
        """Those of people who are still in the agency that gave them."""
        return self.filter(agency=models.F("user__agency"))


class Assignment(models.Model):
    """分工: a reporter was given this task by their agency, and it counts there alone. Who was given some writes those
    alone; who was given none writes all."""

    user = models.ForeignKey(User, models.CASCADE, related_name="assignments", verbose_name=_("填报员"))
    task = models.ForeignKey(Task, models.CASCADE, related_name="assignments", verbose_name=_("任务"))
    agency = models.ForeignKey(
        Agency, models.CASCADE, related_name="+", verbose_name=_("单位"), help_text=_("分给时所在的单位。")
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("分工")
        ordering = ["task__order", "user_id"]
        constraints = [models.UniqueConstraint(name="assignment_once", fields=["user", "task", "agency"])]

    def __str__(self) -> str:
        return f"{self.task_id} {self.user_id}"
