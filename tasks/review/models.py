"""Yearly reviews of tasks that are kept up 长期坚持."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.people.models import User
from tasks.plans.models import Task


class TermReview(models.Model):
    """年度复核: what the office found of a task that is kept up 长期坚持; once a year or oftener, append-only."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="reviews", verbose_name=_("任务"))
    year = models.PositiveSmallIntegerField(_("年度"))
    finding = models.TextField(_("复核意见"))
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("复核人"))

    class Meta:
        verbose_name = _("年度复核")
        ordering = ["-at", "-id"]
        constraints = [models.CheckConstraint(name="review_says_what", condition=~Q(finding=""))]

    def __str__(self) -> str:
        return f"{self.task_id} {self.year}"
