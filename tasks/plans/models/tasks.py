"""Models of tasks: their place in the plan, the agencies that the plan prints for them, how they end, and how often agencies report on them."""

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.fields import PeriodField
from tasks.plans.models.plan import Direction, FromPlan, Passage, Plan, Sector, TaskGroup
from tasks.values import Basis, Duty, Period, Rhythm


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

    def existing_in(self, period: Period, known_at: datetime) -> "TaskQuerySet":
        """The same of plans of any rhythm, in a period that is as long as theirs or longer."""
        since = Q()
        for kind in Rhythm:
            since |= Q(plan__rhythm=kind, since__lte=Period.of(period.last_day, kind))
        return self.filter(Q(added_at=None) | Q(since, added_at__lte=known_at))


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
