"""Models of indicators, their definitions and owners, targets and points of target paths."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.indicators.target_manner import Manner, Meaning
from tasks.indicators.values import (
    ACROSS,
    SUMMED,
    Across,
    Better,
    Binding,
    Comparison,
    Flow,
    Frequency,
    IndicatorKind,
    OverTime,
    scale_of,
)
from tasks.plans.models import FromPlan, Plan, Task
from tasks.slugs import INDICATOR_SLUG
from tasks.values import FILED_DUTIES, Duty, Origin


class Indicator(FromPlan):
    """指标: what is measured. A ratio is reported as its two parts and never as a percentage alone.

    The fields here never change, because a changed rule would change the figures of all past quarters. A figure that
    is computed by another rule is another indicator. IndicatorDefinition and IndicatorOwner hold what may change.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="indicators", verbose_name=_("方案"))
    slug = models.SlugField(_("代号"), max_length=INDICATOR_SLUG.longest)
    name = models.CharField(_("名称"), max_length=200)
    kind = models.CharField(_("类型"), max_length=12, choices=IndicatorKind)
    direction = models.CharField(_("方向"), max_length=4, choices=Better, default=Better.MORE)
    flow = models.CharField(_("时期"), max_length=10, choices=Flow, default=Flow.STOCK)
    across = models.CharField(_("各单位怎样合成"), max_length=10, choices=Across, default=Across.SUM)
    over_time = models.CharField(_("各季怎样合成"), max_length=10, choices=OverTime, default=OverTime.LATEST)
    unit = models.CharField(_("计量单位"), max_length=20, blank=True)
    numerator_name = models.CharField(_("分子"), max_length=100, blank=True)
    denominator_name = models.CharField(_("分母"), max_length=100, blank=True)
    parts_unit = models.CharField(_("分子单位"), max_length=20, blank=True)
    denominator_unit = models.CharField(
        _("分母单位"), max_length=20, blank=True, help_text=_("与分子相同的不写。")
    )
    decimals = models.PositiveSmallIntegerField(
        _("小数位"), default=0, help_text=_("所填的数最多几位小数；比率是其分子、分母的。")
    )
    may_be_negative = models.BooleanField(_("可为负数"), default=False)
    order = models.PositiveSmallIntegerField(_("次序"), default=0)

    class Meta(FromPlan.Meta):
        verbose_name = _("指标")
        ordering = ["plan_id", "order"]
        constraints = [
            *FromPlan.Meta.constraints,
            models.UniqueConstraint(name="indicator_slug", fields=["plan", "slug"]),
            INDICATOR_SLUG.constraint("indicator_slug_fits_addresses"),
            models.CheckConstraint(
                name="ratio_names_its_parts",
                condition=~Q(kind=IndicatorKind.RATIO) | ~Q(numerator_name="") & ~Q(denominator_name=""),
            ),
            models.CheckConstraint(
                name="indicator_rule_fits_kind",
                condition=Q(
                    *(Q(kind=kind, across__in=rules) for kind, rules in ACROSS.items()), _connector=Q.OR
                ),
            ),
            models.CheckConstraint(
                name="indicator_sums_only_what_flows",
                condition=~Q(over_time__in=sorted(SUMMED))
                | Q(
                    flow=Flow.FLOW, kind__in=[IndicatorKind.COUNT, IndicatorKind.AMOUNT, IndicatorKind.RATIO]
                ),
            ),
            models.CheckConstraint(
                name="indicator_words_are_the_latest",
                condition=~Q(kind__in=[IndicatorKind.QUALITATIVE, IndicatorKind.GROWTH]) & ~Q(flow=Flow.YEAR)
                | Q(over_time=OverTime.LATEST),
            ),
            models.CheckConstraint(name="indicator_decimals_are_kept", condition=Q(decimals__lte=4)),
            models.CheckConstraint(
                name="indicator_negative_where_it_can_be",
                condition=Q(may_be_negative=False)
                | Q(kind__in=[IndicatorKind.AMOUNT, IndicatorKind.RATIO, IndicatorKind.GROWTH]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_ratio(self) -> bool:
        """Whether the figure has two parts."""
        return self.kind == IndicatorKind.RATIO

    @property
    def scale(self) -> int:
        """The factor that converts a ratio's quotient to `unit`."""
        return scale_of(self.unit)

    @property
    def shown_unit(self) -> str:
        """The unit beside a value. A ratio or a growth without a unit is in per cent; a yes/no figure has no unit."""
        if self.kind in {IndicatorKind.YES_NO, IndicatorKind.QUALITATIVE}:
            return ""
        return self.unit or ("%" if self.is_ratio or self.kind == IndicatorKind.GROWTH else "")


class IndicatorDefinition(models.Model):
    """口径: what exactly is counted, the source of the figure, its frequency and publication lag; for the quarters of
    `valid`, on record during `known`. An indicator without a definition is quarterly and published at once.

    A change closes `known` and inserts a new row.
    """

    indicator = models.ForeignKey(
        Indicator, models.CASCADE, related_name="definitions", verbose_name=_("指标")
    )
    definition = models.TextField(_("口径"), blank=True)
    source = models.CharField(_("数据来源"), max_length=300, blank=True)
    frequency = models.CharField(_("频度"), max_length=10, choices=Frequency, default=Frequency.QUARTERLY)
    lag_months = models.PositiveSmallIntegerField(
        _("发布时滞（月）"), default=0, help_text=_("期末后几个月才发布；在此之前未填不算缺报。")
    )
    valid = IntegerRangeField(_("有效季度"))
    known = DateTimeRangeField(_("记录期间"))
    origin = models.CharField(_("来源"), max_length=10, choices=Origin, default=Origin.OUTSIDE)
    origin_note = models.TextField(_("来源说明"), blank=True)

    class Meta:
        verbose_name = _("指标口径")
        ordering = ["indicator_id", "valid"]
        constraints = [
            ExclusionConstraint(
                name="one_definition_at_a_time",
                expressions=[
                    ("indicator", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="definition_lag_in_months", condition=Q(lag_months__lte=24)),
            models.CheckConstraint(
                name="definition_says_why", condition=Q(origin=Origin.PLAN) | ~Q(origin_note="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.frequency}"


class IndicatorOwner(models.Model):
    """数据责任单位: the agency that the office makes responsible for an indicator, in its submission on one of its own
    tasks, for the quarters of `valid`, on record during `known`. It is never in the plan. While an indicator has an
    owner, no other agency reports it.
    """

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="owners", verbose_name=_("指标"))
    agency = models.ForeignKey(
        "tasks.Agency", models.PROTECT, related_name="+", verbose_name=_("数据责任单位")
    )
    task = models.ForeignKey(
        Task,
        models.PROTECT,
        related_name="+",
        verbose_name=_("随哪项任务填"),
        help_text=_("该单位承担的任务，数据填在它的填报里。"),
    )
    valid = IntegerRangeField(_("有效季度"))
    known = DateTimeRangeField(_("记录期间"))
    origin = models.CharField(_("来源"), max_length=10, choices=Origin, default=Origin.OUTSIDE)
    origin_note = models.TextField(_("来源说明"))

    class Meta:
        verbose_name = _("数据责任单位")
        ordering = ["indicator_id", "valid", "agency_id"]
        constraints = [
            ExclusionConstraint(
                name="one_ownership_at_a_time",
                expressions=[
                    ("indicator", RangeOperators.EQUAL),
                    ("agency", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="owner_is_not_in_the_plan", condition=Q(origin=Origin.OUTSIDE)),
            models.CheckConstraint(name="owner_says_why", condition=~Q(origin_note="")),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.indicator_id}"


class IndicatorTask(models.Model):
    """A submission on this task, by the agency with this duty, reports this indicator."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="tasks", verbose_name=_("指标"))
    task = models.ForeignKey(Task, models.CASCADE, related_name="indicator_links", verbose_name=_("任务"))
    duty = models.CharField(_("由谁填"), max_length=4, choices=FILED_DUTIES, default=Duty.LEAD)
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
    """目标: the value or text promised for a year, or without a year. Original rows are never overwritten."""

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
    binding = models.CharField(_("约束性或预期性"), max_length=10, choices=Binding, blank=True)
    # As the plan's words say, or as the office sets: 年均增长, 多年累计; blank is a level, 到期达到.
    manner = models.CharField(_("目标类型"), max_length=10, choices=Manner, blank=True)
    years = models.PositiveSmallIntegerField(_("累计年数"), null=True, blank=True)
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
            models.CheckConstraint(
                name="target_manner_has_what_it_needs",
                condition=Q(manner="") | Q(value__isnull=False, year__isnull=False),
            ),
            models.CheckConstraint(
                name="target_total_has_years",
                condition=Q(manner=Manner.TOTAL, years__gte=2, years__isnull=False)
                | ~Q(manner=Manner.TOTAL) & Q(years__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def meaning(self) -> Meaning:
        return Meaning(self.manner, self.years)

    @property
    def promise_words(self) -> str:
        """What is promised in numbers: 不低于 20 家, 年均增长 12 %, 5 年累计 100 亿元; "" without a number."""
        if self.value is None:
            return ""
        amount = f"{self.value.normalize():,f} {self.unit}".strip()
        if self.manner == Manner.GROWTH:
            return f"{self.get_manner_display()} {amount}"
        if self.manner == Manner.TOTAL:
            return str(_("%(years)d 年累计 %(amount)s")) % {"years": self.years or 0, "amount": amount}
        return f"{self.get_comparison_display()} {amount}"


class PointKind(models.TextChoices):
    BASELINE = "baseline", _("基期")
    MILESTONE = "milestone", _("序时目标")


class PathPoint(models.Model):
    """基期、序时目标: the baseline of a target, or its expected value at the end of a year; set by the office, never in the
    plan. For the quarters of `valid`, on record during `known`. It refers to the target's number in the plan
    (`target_order`), because an adjustment replaces the target's row. A change closes `known` and inserts a new row.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="path_points", verbose_name=_("方案"))
    target_order = models.PositiveSmallIntegerField(_("目标次序"))
    kind = models.CharField(_("类别"), max_length=10, choices=PointKind)
    year = models.PositiveSmallIntegerField(_("年份"))
    value = models.DecimalField(_("数值"), max_digits=20, decimal_places=4)
    source = models.CharField(_("来源"), max_length=300, blank=True)
    valid = IntegerRangeField(_("有效季度"))
    known = DateTimeRangeField(_("记录期间"))
    reason = models.TextField(_("理由"))

    class Meta:
        verbose_name = _("序时目标点")
        ordering = ["plan_id", "target_order", "year", "id"]
        constraints = [
            ExclusionConstraint(
                name="one_baseline_at_a_time",
                expressions=[
                    ("plan", RangeOperators.EQUAL),
                    ("target_order", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
                condition=Q(kind=PointKind.BASELINE),
            ),
            ExclusionConstraint(
                name="one_point_a_year_at_a_time",
                expressions=[
                    ("plan", RangeOperators.EQUAL),
                    ("target_order", RangeOperators.EQUAL),
                    ("year", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="pathpoint_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="baseline_has_a_source", condition=~Q(kind=PointKind.BASELINE) | ~Q(source="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.target_order} {self.year}"
