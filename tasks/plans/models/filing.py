"""Models of who files what: how often each role files, whom the lead calls, and how submissions on a task without a lead come together."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.fields import PeriodField
from tasks.plans.models.plan import Plan
from tasks.plans.models.tasks import Task
from tasks.values import Duty


class Gathering(models.TextChoices):
    """How the submissions on a task that nobody leads come together."""

    EACH = "each", _("各自报送")
    COLLECTOR = "collector", _("汇总单位")


class Arrangement(models.Model):
    """工作安排: how the submissions on a task without a lead come together, over the quarters of `valid`, on record during
    `known`. Set by the office and never in the plan; it makes nobody lead.

    With a collector its agency consolidates as a first lead does. Otherwise each agency reports to the office. A change
    closes `known` and inserts a new row.
    """

    task = models.ForeignKey(Task, models.PROTECT, related_name="arrangements", verbose_name=_("任务"))
    kind = models.CharField(_("办法"), max_length=9, choices=Gathering)
    agency = models.ForeignKey(
        "tasks.Agency", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("汇总单位")
    )
    valid = IntegerRangeField(_("有效季度"), help_text=_("季度序数 [起, 止)"))
    known = DateTimeRangeField(_("记录期间"))
    by = models.ForeignKey("tasks.User", models.PROTECT, related_name="+", verbose_name=_("设定人"))

    class Meta:
        verbose_name = _("工作安排")
        ordering = ["task_id", "valid"]
        constraints = [
            ExclusionConstraint(
                name="one_arrangement_at_a_time",
                expressions=[
                    ("task", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="arrangement_names_its_collector",
                condition=Q(kind=Gathering.COLLECTOR, agency__isnull=False)
                | Q(kind=Gathering.EACH, agency__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.kind}"


class Frequency(models.TextChoices):
    """How often agencies with a role file."""

    PERIOD = "period", _("每期报")
    HALF = "half", _("半年报")
    CALLED = "called", _("牵头点名才报")
    NEVER = "never", _("不报")


class FilingRule(models.Model):
    """填报要求: how often the agencies with a role file on the tasks of a plan, over the quarters of `valid`, on record
    during `known`. Leads file in every period and have no rule; neither has a plan in which everybody does.

    A change closes `known` and inserts a new row.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="filing_rules", verbose_name=_("方案"))
    role = models.CharField(_("身份"), max_length=5, choices=Duty)
    frequency = models.CharField(_("填报"), max_length=6, choices=Frequency)
    valid = IntegerRangeField(_("有效季度"), help_text=_("季度序数 [起, 止)"))
    known = DateTimeRangeField(_("记录期间"))

    class Meta:
        verbose_name = _("填报要求")
        ordering = ["plan_id", "role", "valid"]
        constraints = [
            ExclusionConstraint(
                name="one_filing_rule_at_a_time",
                expressions=[
                    ("plan", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="leads_file_every_period", condition=~Q(role=Duty.LEAD)),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.role} {self.frequency}"


class Call(models.Model):
    """点名: the lead wants a submission of an agency on its task in a quarter; append-only."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="calls", verbose_name=_("任务"))
    agency = models.ForeignKey("tasks.Agency", models.PROTECT, related_name="+", verbose_name=_("单位"))
    quarter = PeriodField(_("季度"))
    called_at = models.DateTimeField(_("时间"))
    called_by = models.ForeignKey("tasks.User", models.PROTECT, related_name="+", verbose_name=_("点名人"))

    class Meta:
        verbose_name = _("点名")
        ordering = ["task_id", "quarter", "id"]
        constraints = [models.UniqueConstraint(name="called_once", fields=["task", "agency", "quarter"])]

    def __str__(self) -> str:
        return f"{self.task_id} {self.agency_id} {self.quarter}"
