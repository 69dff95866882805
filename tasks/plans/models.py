"""Models of a plan: its published text, its passages, and the objects taken from the text (sectors, tasks, …)."""

from datetime import date, datetime
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qhplan import clock
from tasks.fields import PeriodField
from tasks.slugs import PLAN_SLUG
from tasks.values import FILED_DUTIES, Basis, Duty, Origin, Period, Rhythm, filing_word, refusal


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


class Part(models.TextChoices):
    """The part of the plan that contains a task; safeguards are never counted among the tasks."""

    MAIN = "main", _("主要任务")
    SAFEGUARD = "safeguard", _("保障措施")


class TaskQuerySet(models.QuerySet["Task"]):
    """Tasks, filtered by period and by moment of knowledge."""

    def existing(self, period: Period, known_at: datetime) -> "TaskQuerySet":
        """The tasks that the plan has in the period, as known at the moment: all of its first edition, and those that a
        later one has added by then. Whether they are ended is in their terms."""
        return self.filter(Q(added_at=None) | Q(added_at__lte=known_at, since__lte=period))


class Task(FromPlan):
    """任务: what somebody has to do. A safeguard 保障措施 is a task in a part of its own. `passage` is the heading.

    A task that a new edition of the plan has added exists from the period `since` on, and is known from `added_at` on.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="tasks", verbose_name=_("方案"))
    part = models.CharField(_("部分"), max_length=10, choices=Part)
    group = models.ForeignKey(
        TaskGroup, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("任务组")
    )
    number = models.PositiveSmallIntegerField(_("序号"))
    order = models.PositiveSmallIntegerField(_("次序"), help_text=_("全方案内的次序，从 1 起。"))
    ref = models.CharField(_("网址编号"), max_length=20, help_text="3-4-3")
    code = models.CharField(_("编号"), max_length=20, help_text="三(四)3")
    heading = models.CharField(_("名称"), max_length=200)
    body = models.ForeignKey(Passage, models.PROTECT, null=True, related_name="+", verbose_name=_("全文"))
    since = PeriodField(  # type: ignore[misc]  # null: the task is of the first edition
        _("首次生效期"), null=True, blank=True, help_text=_("修订时新增的任务从哪一期起有。")
    )
    added_at = models.DateTimeField(_("补充时间"), null=True, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta(FromPlan.Meta):
        verbose_name = _("任务")
        ordering = ["plan_id", "order"]
        constraints = [
            *FromPlan.Meta.constraints,
            models.UniqueConstraint(name="task_ref", fields=["plan", "ref"]),
            models.UniqueConstraint(name="task_order", fields=["plan", "order"]),
            models.CheckConstraint(
                name="task_added_from_a_period_on",
                condition=Q(since=None, added_at=None) | Q(since__isnull=False, added_at__isnull=False),
            ),
            models.CheckConstraint(
                name="task_in_group_safeguard_not",
                condition=Q(part=Part.MAIN, group__isnull=False) | Q(part=Part.SAFEGUARD, group__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.heading}"


class TaskSector(FromPlan):
    """Link between a task and a sector (or direction) that the task's text mentions; `passage` is that wording."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="sector_links", verbose_name=_("任务"))
    sector = models.ForeignKey(Sector, models.CASCADE, related_name="task_links", verbose_name=_("重点领域"))
    direction = models.ForeignKey(
        Direction, models.CASCADE, null=True, blank=True, related_name="task_links", verbose_name=_("方向")
    )

    class Meta(FromPlan.Meta):
        verbose_name = _("任务与重点领域的联系")
        ordering = ["task_id", "sector__number", "id"]
        constraints = [
            *FromPlan.Meta.constraints,
            models.UniqueConstraint(
                name="task_sector_once", fields=["task", "sector", "direction"], nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id}–{self.sector_id}"


class Mention(FromPlan):
    """The name of an agency or collective in a task's responsibility bracket, in printed order."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="mentions", verbose_name=_("任务"))
    agency = models.ForeignKey(
        "tasks.Agency", models.PROTECT, related_name="mentions", verbose_name=_("单位")
    )
    order = models.PositiveSmallIntegerField(_("次序"))
    duty = models.CharField(_("身份"), max_length=5, choices=Duty)
    basis = models.CharField(
        _("牵头依据"), max_length=6, choices=Basis, blank=True, help_text=_("留空：按惯例，或不是牵头单位。")
    )
    printed = models.CharField(_("原文写法"), max_length=60)

    class Meta(FromPlan.Meta):
        verbose_name = _("责任括号中的单位")
        ordering = ["task_id", "order"]
        constraints = [
            *FromPlan.Meta.constraints,
            models.UniqueConstraint(name="mention_order", fields=["task", "order"]),
            models.CheckConstraint(
                name="mention_basis_is_of_leads", condition=Q(basis="") | Q(duty=Duty.LEAD)
            ),
        ]

    def __str__(self) -> str:
        return self.printed


class TermStatus(models.TextChoices):
    """How a task ends: closed, kept up for good, withdrawn. A task without a term is open."""

    OPEN = "open", _("在办")
    LONG_TERM = "long_term", _("长期坚持")
    CLOSED = "closed", _("已销号")
    WITHDRAWN = "withdrawn", _("已撤销")


# Tasks with these terms need no submissions.
ENDED = frozenset({TermStatus.CLOSED, TermStatus.WITHDRAWN})


class TaskTerm(models.Model):
    """存续: the status and deadline of a task over the quarters of `valid`, on record during `known`.

    A task without a term is open and has no deadline of its own. A change closes `known` and inserts a new row.
    """

    task = models.ForeignKey(Task, models.PROTECT, related_name="terms", verbose_name=_("任务"))
    status = models.CharField(_("状态"), max_length=10, choices=TermStatus, default=TermStatus.OPEN)
    deadline = models.DateField(_("完成期限"), null=True, blank=True)
    valid = IntegerRangeField(_("有效季度"), help_text=_("季度序数 [起, 止)"))
    known = DateTimeRangeField(_("记录期间"))
    reason = models.TextField(_("理由"))
    adjustment = models.ForeignKey(
        "tasks.Adjustment", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("调整")
    )

    class Meta:
        verbose_name = _("任务存续")
        ordering = ["task_id", "valid"]
        constraints = [
            ExclusionConstraint(
                name="one_term_at_a_time",
                expressions=[
                    ("task", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="term_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.status}"


def valid_in(period: Period, plan: str) -> Q:
    """Rows whose `valid` holds the period: their plan's own one, or the plan's period in which a closer one lies. `plan`
    is the way from the row to its plan."""
    found = Q()
    for kind in Rhythm:
        if kind is period.kind or kind.rank > period.kind.rank:
            ordinal = Period.of(period.last_day, kind).ordinal
            found |= Q(**{f"{plan}__rhythm": kind, "valid__contains": ordinal})
    return found


class TaskRhythmQuerySet(models.QuerySet["TaskRhythm"]):
    """Closer rhythms, by the periods in which they hold."""

    def closer(self, period: Period, known_at: datetime) -> "TaskRhythmQuerySet":
        """Those by which tasks are reported on in a period: in one of the plan's own in parts of it, in a closer one in
        itself. After its deadline a task goes by the plan again."""
        over = TaskTerm.objects.filter(
            valid_in(period, "task__plan"),
            task=models.OuterRef("task"),
            known__contains=known_at,
            deadline__lt=period.first_day,
        )
        kinds = [kind for kind in Rhythm if kind.rank < period.kind.rank]
        own = Q(task__plan__rhythm=period.kind, kind__in=kinds)
        return self.filter(
            valid_in(period, "task__plan"),
            own | ~Q(task__plan__rhythm=period.kind) & Q(kind=period.kind),
            known__contains=known_at,
        ).exclude(models.Exists(over))


class TaskRhythm(models.Model):
    """A task on which agencies report more often than on the plan, over the plan's periods of `valid`, on record during
    `known`, until its deadline 完成时限. The plan's own periods then read the latest return in them.

    A change closes `known` and inserts a new row.
    """

    task = models.ForeignKey(Task, models.PROTECT, related_name="rhythms", verbose_name=_("任务"))
    kind = models.CharField(_("填报频次"), max_length=10, choices=Rhythm)
    valid = IntegerRangeField(_("有效季度"), help_text=_("季度序数 [起, 止)"))
    known = DateTimeRangeField(_("记录期间"))

    objects = TaskRhythmQuerySet.as_manager()

    class Meta:
        verbose_name = _("任务填报频次")
        ordering = ["task_id", "valid"]
        constraints = [
            ExclusionConstraint(
                name="one_task_rhythm_at_a_time",
                expressions=[
                    ("task", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="task_rhythm_is_closer", condition=~Q(kind=Rhythm.YEAR)),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.kind}"


class ResponsibilityQuerySet(models.QuerySet["Responsibility"]):
    """Responsibilities, filtered by quarter and by moment of knowledge."""

    def held(self, quarter: Period, known_at: datetime) -> "ResponsibilityQuerySet":
        """Responsibilities valid on the period's last day, as known at the moment. In a period that is closer than the
        plan's own ones, those of tasks on which it is reported that often."""
        own = Q(task__plan__rhythm=quarter.kind, valid__contains=quarter.ordinal)
        closer = TaskRhythm.objects.filter(task=models.OuterRef("task")).closer(quarter, known_at)
        within = valid_in(quarter, "task__plan") & ~Q(task__plan__rhythm=quarter.kind)
        return self.filter(own | within & models.Exists(closer), known__contains=known_at)

    def owed(self, quarter: Period, known_at: datetime) -> "ResponsibilityQuerySet":
        """Responsibilities that require a submission: of `running` those that file in this quarter by the plan's filing
        rules. tasks.standing says the same in SQL, `FilingRules` for many quarters at once."""
        rules = FilingRule.objects.filter(
            plan=models.OuterRef("task__plan"),
            role=models.OuterRef("role"),
            known__contains=known_at,
        ).filter(valid_in(quarter, "plan"))
        called = Call.objects.filter(
            task=models.OuterRef("task"),
            agency=models.OuterRef("agency"),
            quarter=quarter,
            called_at__lte=known_at,
        )
        led = Responsibility.objects.filter(task=models.OuterRef("task"), role=Duty.LEAD).held(
            quarter, known_at
        )
        silent = [Frequency.NEVER] if quarter.ends_half_year else [Frequency.NEVER, Frequency.HALF]
        return (
            self.running(quarter, known_at)
            .filing(quarter, known_at)
            .filter(
                Q(duty=Duty.LEAD)
                | ~models.Exists(rules.filter(frequency__in=[*silent, Frequency.CALLED]))
                | models.Exists(rules.filter(frequency=Frequency.CALLED))
                & (models.Exists(called) | ~models.Exists(led))
            )
        )

    def filing(self, quarter: Period, known_at: datetime) -> "ResponsibilityQuerySet":
        """Without those of tasks that are reported on more often: for the plan's own period nothing is filed on them."""
        in_parts = TaskRhythm.objects.filter(
            task=models.OuterRef("task"), task__plan__rhythm=quarter.kind
        ).closer(quarter, known_at)
        return self.exclude(models.Exists(in_parts))

    def running(self, quarter: Period, known_at: datetime) -> "ResponsibilityQuerySet":
        """Responsibilities of tasks that are neither closed nor withdrawn, whether or not they require a submission."""
        ended = TaskTerm.objects.filter(
            task=models.OuterRef("task"),
            status__in=ENDED,
            known__contains=known_at,
        ).filter(valid_in(quarter, "task__plan"))
        return self.held(quarter, known_at).exclude(models.Exists(ended))

    def reading(self) -> "ResponsibilityQuerySet":
        """Responsibilities whose agencies read all that is submitted on the task: every lead, and whoever
        consolidates."""
        return self.filter(Q(role=Duty.LEAD) | Q(duty=Duty.LEAD))


class Responsibility(models.Model):
    """责任: an agency has a role on a task over the quarters of `valid`, on record during `known`.

    `role` is what the plan prints. `duty` is how the agency files: `lead` for the one agency that consolidates (of
    several leads the first one), whose submission goes to the office and gives the task its light; `co` for all others.
    `tasks.plans.consolidators` keeps `duty`, so that no two agencies consolidate a task at a time.

    A mention of a collective becomes one row for each member, because each member files its own submission.
    A change never updates a row in place: it closes `known` and inserts a new row (see docs/decisions).
    """

    task = models.ForeignKey(Task, models.PROTECT, related_name="responsibilities", verbose_name=_("任务"))
    agency = models.ForeignKey(
        "tasks.Agency", models.PROTECT, related_name="responsibilities", verbose_name=_("单位")
    )
    role = models.CharField(_("身份"), max_length=5, choices=Duty)
    duty = models.CharField(_("填报身份"), max_length=4, choices=FILED_DUTIES)
    order = models.PositiveSmallIntegerField(_("次序"), default=0)
    valid = IntegerRangeField(_("有效季度"), help_text=_("季度序数 [起, 止)"))
    known = DateTimeRangeField(_("记录期间"))
    mention = models.ForeignKey(
        Mention,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="responsibilities",
        verbose_name=_("原文中的单位"),
    )
    origin = models.CharField(_("来源"), max_length=10, choices=Origin)
    origin_note = models.TextField(_("来源说明"), blank=True)
    adjustment = models.ForeignKey(
        "tasks.Adjustment", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("调整")
    )

    objects = ResponsibilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("责任")
        ordering = ["task_id", "order", "id"]
        indexes = [models.Index(fields=["agency", "task"])]
        constraints = [
            ExclusionConstraint(
                name="one_duty_at_a_time",
                expressions=[
                    ("task", RangeOperators.EQUAL),
                    ("agency", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="one_consolidator_at_a_time",
                expressions=[
                    ("task", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
                condition=Q(duty=Duty.LEAD),
            ),
            models.CheckConstraint(
                name="responsibility_files_as_lead_or_co", condition=Q(duty__in=[Duty.LEAD, Duty.CO])
            ),
            models.CheckConstraint(
                name="responsibility_says_why", condition=Q(origin=Origin.PLAN) | ~Q(origin_note="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.role} {self.task_id}"

    @property
    def filing_word(self) -> str:
        """What its submission is called."""
        return filing_word(self.role, self.duty)


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


__all__ = [
    "ENDED",
    "Arrangement",
    "Base",
    "Call",
    "Cluster",
    "Direction",
    "FilingRule",
    "Frequency",
    "Gathering",
    "Mention",
    "Part",
    "Passage",
    "Plan",
    "Principle",
    "Project",
    "Responsibility",
    "Sector",
    "Task",
    "TaskGroup",
    "TaskRhythm",
    "TaskSector",
    "TaskTerm",
    "TermStatus",
]
