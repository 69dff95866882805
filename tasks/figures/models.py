"""What is measured, and what the plan promised of it."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.plan.models import FromPlan, Plan, Task
from tasks.values import Duty, Origin


class IndicatorKind(models.TextChoices):
    COUNT = "count", _("个数")
    AMOUNT = "amount", _("数额")
    RATIO = "ratio", _("比率")
    WORDS = "words", _("定性")


class Flow(models.TextChoices):
    """Whether a figure speaks of the quarter alone, or of all up to its end."""

    FLOW = "flow", _("当季")
    STOCK = "stock", _("累计")


class Comparison(models.TextChoices):
    REACH = "reach", _("达到")
    AT_LEAST = "at_least", _("不低于")
    ABOUT = "about", _("左右")
    WITHIN = "within", _("以内")


class Indicator(FromPlan):
    """指标: what is measured. A ratio is filed as its two parts and never as a percentage alone."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="indicators", verbose_name=_("方案"))
    slug = models.SlugField(_("代号"), max_length=60)
    name = models.CharField(_("名称"), max_length=200)
    kind = models.CharField(_("类型"), max_length=10, choices=IndicatorKind)
    flow = models.CharField(_("口径"), max_length=10, choices=Flow, default=Flow.STOCK)
    unit = models.CharField(_("计量单位"), max_length=20, blank=True)
    numerator_name = models.CharField(_("分子"), max_length=100, blank=True)
    denominator_name = models.CharField(_("分母"), max_length=100, blank=True)
    parts_unit = models.CharField(_("分子分母单位"), max_length=20, blank=True)
    decimals = models.PositiveSmallIntegerField(_("小数位"), default=0)
    order = models.PositiveSmallIntegerField(_("次序"), default=0)

    class Meta(FromPlan.Meta):
        verbose_name = _("指标")
        ordering = ["plan_id", "order"]
        constraints = [
            *FromPlan.Meta.constraints,
            models.UniqueConstraint(name="indicator_slug", fields=["plan", "slug"]),
            models.CheckConstraint(
                name="ratio_names_its_parts",
                condition=~Q(kind=IndicatorKind.RATIO) | ~Q(numerator_name="") & ~Q(denominator_name=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class IndicatorTask(models.Model):
    """A return on this task asks for this indicator, of the body with this duty."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="tasks", verbose_name=_("指标"))
    task = models.ForeignKey(Task, models.CASCADE, related_name="indicator_links", verbose_name=_("任务"))
    duty = models.CharField(_("由谁填"), max_length=4, choices=Duty, default=Duty.LEAD)
    origin = models.CharField(_("来源"), max_length=10, choices=Origin)
    origin_note = models.TextField(_("来源说明"), blank=True)

    class Meta:
        verbose_name = _("任务的指标")
        ordering = ["task_id", "indicator__order"]
        constraints = [
            models.UniqueConstraint(name="indicator_once_per_task", fields=["indicator", "task", "duty"]),
            models.CheckConstraint(
                name="indicatortask_says_why", condition=Q(origin=Origin.PLAN) | ~Q(origin_note="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id}–{self.indicator_id}"


class Target(FromPlan):
    """目标: the value, or the words, promised for 2020, 2025 or no year. Original rows are never overwritten."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="targets", verbose_name=_("方案"))
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, null=True, blank=True, related_name="targets", verbose_name=_("指标")
    )
    task = models.ForeignKey(
        Task,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="targets",
        verbose_name=_("任务"),
        help_text=_("承诺写在哪项任务的原文里；战略目标为空。"),
    )
    year = models.PositiveSmallIntegerField(_("年份"), null=True, blank=True)
    order = models.PositiveSmallIntegerField(_("次序"))
    text = models.CharField(_("表述"), max_length=300)
    comparison = models.CharField(_("比较"), max_length=10, choices=Comparison, blank=True)
    value = models.DecimalField(_("数值"), max_digits=20, decimal_places=4, null=True, blank=True)
    unit = models.CharField(_("计量单位"), max_length=20, blank=True)
    valid = IntegerRangeField(_("有效季度"))
    known = DateTimeRangeField(_("记录期间"))
    adjustment = models.ForeignKey(
        "tasks.Adjustment", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("调整")
    )

    class Meta(FromPlan.Meta):
        verbose_name = _("目标")
        ordering = ["plan_id", "order"]
        constraints = [
            *FromPlan.Meta.constraints,
            ExclusionConstraint(
                name="one_target_at_a_time",
                expressions=[
                    ("plan", RangeOperators.EQUAL),
                    ("order", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="target_value_has_comparison",
                condition=Q(value__isnull=True, comparison="") | Q(value__isnull=False) & ~Q(comparison=""),
            ),
        ]

    def __str__(self) -> str:
        return self.text
