"""年度目标 and 节点: what a task will have reached in a year or by a period, as a table of tasks or the office's ledger says."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tasks.plans.models import FromPlan, Task


class TaskGoal(FromPlan):
    """The words promised for a task and a year, or for some months of it (1 to 12: the whole year, 年度目标).

    Of the plan's own table it quotes the plan. Of a ledger it is 非方案内容, and holds while what the ledger brought does.
    """

    task = models.ForeignKey(Task, models.CASCADE, related_name="goals", verbose_name=_("任务"))
    year = models.PositiveSmallIntegerField(_("年份"), help_text=_("0 为没有写明。"))
    first = models.PositiveSmallIntegerField(_("首月"))
    last = models.PositiveSmallIntegerField(_("末月"))
    text = models.TextField(_("内容"))
    ledger = models.ForeignKey(
        "tasks.Ledger", models.PROTECT, null=True, blank=True, related_name="goals", verbose_name=_("台账")
    )

    class Meta(FromPlan.Meta):
        verbose_name = _("年度目标和节点")
        ordering = ["task_id", "year", "last", "-first", "id"]
        constraints = [
            *FromPlan.Meta.constraints,
            models.CheckConstraint(
                name="goal_of_months_of_a_year", condition=Q(first__gte=1, last__lte=12, last__gte=F("first"))
            ),
            models.CheckConstraint(
                name="goal_of_the_plan_or_of_a_ledger",
                condition=Q(passage__isnull=False, ledger=None) | Q(passage=None, ledger__isnull=False),
            ),
            models.UniqueConstraint(
                name="goal_of_a_ledger_once", fields=["ledger", "task", "year", "first", "last"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.first}-{self.last}"

    @property
    def is_of_year(self) -> bool:
        """Whether it is the year's, and not a step on the way."""
        return (self.first, self.last) == (1, 12)
