"""Models of a plan: its published text, its passages, and what it names besides tasks (sectors, projects, bases, …)."""

from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qhplan import clock
from tasks.slugs import PLAN_SLUG
from tasks.values import Duty, Origin, Period, Rhythm, refusal


class PlanState(models.TextChoices):
    """Whether a plan is on the site, or was taken back before anybody had reported on it."""

    IN_USE = "in_use", _("在用")
    WITHDRAWN = "withdrawn", _("已撤回")


class PlanManager(models.Manager["Plan"]):
    """The plans of the site. A withdrawn plan is on no page and in no list: only `Plan.everything` finds it."""

    def get_queryset(self) -> models.QuerySet["Plan"]:
        return super().get_queryset().exclude(state=PlanState.WITHDRAWN)


def every_role() -> list[str]:
    """All roles that an agency may have on a task."""
    return list(Duty.values)


class Plan(models.Model):
    """方案: one published document with number, dates and validity; `text` is kept as published, unnormalised.

    Most documents print neither date of their validity: `in_force_from` is then the day of issue, and `in_force_to` stays
    open. `head` tells which dates the document prints.
    """

    slug = models.SlugField(_("代号"), max_length=PLAN_SLUG.longest, unique=True)
    title = models.CharField(_("标题"), max_length=200)
    doc_number = models.CharField(_("发文字号"), max_length=60, blank=True)
    issuer = models.CharField(_("发布机构"), max_length=120, blank=True)
    passed_on = models.DateField(_("审议通过"), null=True, blank=True)
    issued_on = models.DateField(_("成文日期"), null=True, blank=True)
    in_force_from = models.DateField(_("施行日期"))
    in_force_to = models.DateField(_("有效期至"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=PlanState, default=PlanState.IN_USE)
    rhythm = models.CharField(
        _("填报频次"),
        max_length=10,
        choices=Rhythm,
        default=Rhythm.QUARTER,
        help_text=_("开启第一个填报周期以前可以改。"),
    )
    work_plan_roles = ArrayField(
        models.CharField(max_length=10, choices=Duty.choices),
        verbose_name=_("须报实施方案的"),
        default=every_role,
        help_text=_("承担任务的哪些单位报实施方案和年度要点。"),
    )
    is_default = models.BooleanField(_("默认方案"), default=False, help_text=_("登录后首先打开的方案。"))
    jurisdiction = models.ForeignKey(
        "tasks.Jurisdiction",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="plans",
        verbose_name=_("地区"),
    )
    text = models.TextField(_("原文"))
    text_sha256 = models.CharField(_("原文校验值"), max_length=64)
    head: Any = models.JSONField(
        _("文件头"),
        default=dict,
        blank=True,
        help_text=_("标题、文号、日期等各出自原文何处：{字段: [起, 止]}。"),
    )

    objects = PlanManager()
    everything: "models.Manager[Plan]" = models.Manager()

    class Meta:
        verbose_name = _("方案")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="plan_ends_after_start", condition=Q(in_force_to__gte=F("in_force_from"))
            ),
            PLAN_SLUG.constraint("plan_slug_fits_addresses"),
            models.UniqueConstraint(
                name="one_default_plan", fields=["is_default"], condition=Q(is_default=True)
            ),
            models.CheckConstraint(
                name="withdrawn_plan_is_no_default",
                condition=~Q(is_default=True, state=PlanState.WITHDRAWN),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def kind(self) -> Rhythm:
        """The kind of its periods."""
        return Rhythm(self.rhythm)

    def period_of(self, day: date) -> Period:
        """The period, of the plan's kind, that holds the day, within the plan's validity or not."""
        return Period.of(day, self.kind)

    def period_at(self, day: date) -> Period:
        """The same; the plan's first or last one for a day outside of its validity."""
        return self.clipped(self.period_of(day))

    def clipped(self, period: Period) -> Period:
        """The period, or the plan's first or last one if it lies outside of the plan's validity."""
        return max(self.first_quarter, min(self.last_quarter, period))

    def has(self, period: Period) -> bool:
        """Whether it is a period of the plan: of its kind and within its validity."""
        return not self.why_not(period)

    @property
    def first_quarter(self) -> Period:
        return self.period_of(self.in_force_from)

    @property
    def last_quarter(self) -> Period:
        """The last period of its validity; of a plan without an end, the last of next year, so that pages can offer it."""
        if self.in_force_to is None:
            return max(Period.closing(clock.today().year + 1, self.kind), self.first_quarter)
        return self.period_of(self.in_force_to)

    def has_ended(self, day: date) -> bool:
        """Whether its validity is over on that day. A plan without an end goes on."""
        return self.in_force_to is not None and day > self.in_force_to

    def quarter(self, text: str) -> Period:
        """Parses `2017Q1`, or a period of the plan's own kind. Raises ValueError with a message for users if it is no such
        period, or not in the plan's term."""
        quarter = Period.parse(text, self.kind)
        if said := self.why_not(quarter):
            raise ValueError(said)
        return quarter

    def why_not(self, period: Period) -> str:
        """Why it is no period of the plan, as a message for users; "" where it is one."""
        if period.kind is not self.kind:
            return refusal(str(period), self.kind)
        if self.first_quarter <= period <= self.last_quarter:
            return ""
        return gettext("%(quarter)s不在方案有效期内（%(first)s至%(last)s）。") % {
            "quarter": period.label,
            "first": self.first_quarter.label,
            "last": self.last_quarter.label,
        }


class Passage(models.Model):
    """原文: a span of the plan's stored text, in code points; it quotes `plan.text[start:end]`."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="passages", verbose_name=_("方案"))
    start = models.PositiveIntegerField(_("起"))
    end = models.PositiveIntegerField(_("止"))

    class Meta:
        verbose_name = _("原文段落")
        ordering = ["plan_id", "start", "end"]
        constraints = [
            models.UniqueConstraint(name="passage_once", fields=["plan", "start", "end"]),
            models.CheckConstraint(name="passage_not_empty", condition=Q(end__gt=F("start"))),
        ]

    def __str__(self) -> str:
        return f"{self.start}–{self.end}"

    @property
    def quote(self) -> str:
        """The quoted characters of the plan's text, unnormalised."""
        return self.plan.text[self.start : self.end]


class FromPlan(models.Model):
    """Abstract base of objects that may come from the plan: their passage, or another origin and the reason for it."""

    passage = models.ForeignKey(
        Passage, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("原文")
    )
    origin = models.CharField(_("来源"), max_length=10, choices=Origin, default=Origin.PLAN)
    origin_note = models.TextField(_("来源说明"), blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_quotes_the_plan", condition=~Q(origin=Origin.PLAN) | Q(passage__isnull=False)
            ),
            models.CheckConstraint(
                name="%(class)s_says_why", condition=Q(origin=Origin.PLAN) | ~Q(origin_note="")
            ),
        ]


class Principle(FromPlan):
    """基本原则."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="principles", verbose_name=_("方案"))
    number = models.PositiveSmallIntegerField(_("序号"))
    name = models.CharField(_("名称"), max_length=100)

    class Meta(FromPlan.Meta):
        verbose_name = _("基本原则")
        ordering = ["plan_id", "number"]
        constraints = [
            *FromPlan.Meta.constraints,
            models.UniqueConstraint(name="principle_number", fields=["plan", "number"]),
        ]

    def __str__(self) -> str:
        return self.name


class Sector(FromPlan):
    """重点领域. The plan names no responsible agency for a sector."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="sectors", verbose_name=_("方案"))
    number = models.PositiveSmallIntegerField(_("序号"))
    name = models.CharField(_("名称"), max_length=100)
    body = models.ForeignKey(
        Passage, models.PROTECT, null=True, related_name="+", verbose_name=_("全文"), help_text=_("含各方向")
    )

    class Meta(FromPlan.Meta):
        verbose_name = _("重点领域")
        ordering = ["plan_id", "number"]
        constraints = [
            *FromPlan.Meta.constraints,
            models.UniqueConstraint(name="sector_number", fields=["plan", "number"]),
        ]

    def __str__(self) -> str:
        return self.name


class Direction(FromPlan):
    """方向, within a sector."""

    sector = models.ForeignKey(Sector, models.CASCADE, related_name="directions", verbose_name=_("重点领域"))
    number = models.PositiveSmallIntegerField(_("序号"))
    name = models.CharField(_("名称"), max_length=100)
    body = models.ForeignKey(Passage, models.PROTECT, null=True, related_name="+", verbose_name=_("全文"))

    class Meta(FromPlan.Meta):
        verbose_name = _("方向")
        ordering = ["sector__number", "number"]
        constraints = [
            *FromPlan.Meta.constraints,
            models.UniqueConstraint(name="direction_number", fields=["sector", "number"]),
        ]

    def __str__(self) -> str:
        return self.name


class Project(FromPlan):
    """重大项目: a project that the plan names, or one added later; `sector` is null where none fits."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="projects", verbose_name=_("方案"))
    sector = models.ForeignKey(
        Sector, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("重点领域")
    )
    name = models.CharField(_("名称"), max_length=200)
    added_at = models.DateTimeField(
        _("补充时间"), null=True, blank=True
    )  # null for a project that the plan names

    class Meta(FromPlan.Meta):
        verbose_name = _("重大项目")
        ordering = ["plan_id", "sector__number", "id"]
        constraints = [
            *FromPlan.Meta.constraints,
            models.UniqueConstraint(name="project_name", fields=["plan", "name"]),
        ]

    def __str__(self) -> str:
        return self.name


class Cluster(FromPlan):
    """产业集群, for instance the four 千亿元 clusters."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="clusters", verbose_name=_("方案"))
    name = models.CharField(_("名称"), max_length=100)
    level = models.CharField(_("规模"), max_length=20)

    class Meta(FromPlan.Meta):
        verbose_name = _("产业集群")
        ordering = ["plan_id", "id"]
        constraints = [
            *FromPlan.Meta.constraints,
            models.UniqueConstraint(name="cluster_name", fields=["plan", "name"]),
        ]

    def __str__(self) -> str:
        return self.name


class Base(FromPlan):
    """产业基地: an industrial park in a city with the output level set for it."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="bases", verbose_name=_("方案"))
    order = models.PositiveSmallIntegerField(_("次序"))
    city = models.CharField(_("地方"), max_length=40)
    level = models.CharField(_("规模"), max_length=20)
    name = models.CharField(_("名称"), max_length=100)

    class Meta(FromPlan.Meta):
        verbose_name = _("产业基地")
        ordering = ["plan_id", "order"]
        constraints = [
            *FromPlan.Meta.constraints,
            models.UniqueConstraint(name="base_name", fields=["plan", "name"]),
        ]

    def __str__(self) -> str:
        return self.name


class TaskGroup(FromPlan):
    """任务组: (一)…(九) of the plan's main tasks."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="groups", verbose_name=_("方案"))
    number = models.PositiveSmallIntegerField(_("序号"))
    name = models.CharField(_("名称"), max_length=100)

    class Meta(FromPlan.Meta):
        verbose_name = _("任务组")
        ordering = ["plan_id", "number"]
        constraints = [
            *FromPlan.Meta.constraints,
            models.UniqueConstraint(name="group_number", fields=["plan", "number"]),
        ]

    def __str__(self) -> str:
        return self.name
