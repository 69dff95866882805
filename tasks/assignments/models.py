"""分工: which reporter of an agency writes which tasks."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.people.models import User
from tasks.plans.models import Task


class Assignment(models.Model):
    """分工: a reporter was given this task of his body. Who was given some writes those alone; who was given none writes
    all."""

    user = models.ForeignKey(User, models.CASCADE, related_name="assignments", verbose_name=_("填报员"))
    task = models.ForeignKey(Task, models.CASCADE, related_name="assignments", verbose_name=_("任务"))

    class Meta:
        verbose_name = _("分工")
        ordering = ["task__order", "user_id"]
        constraints = [models.UniqueConstraint(name="assignment_once", fields=["user", "task"])]

    def __str__(self) -> str:
        return f"{self.task_id} {self.user_id}"
