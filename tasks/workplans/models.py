"""Work plans: what each agency means to do on its tasks, by when; every version that was submitted; what was reached."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qhplan import clock
from tasks.agencies.models import Agency
from tasks.decisions.models import Ruling, known
from tasks.grams import gram_index
from tasks.people.models import Signed, User
from tasks.people.permissions import may_see_all_submitted, may_see_plan
from tasks.people.plan_scope import by_plan
from tasks.plans.models import Plan, Task
from tasks.values import Duty
from tasks.workplans.values import WorkPlanPeriod

# What a search looks at.
MEASURE_WORDS = ("text",)
MILESTONE_WORDS = ("text", "evidence")


class State(models.TextChoices):
    """Where a work plan stands; the transitions are in tasks.workplans.transitions."""

    DRAFT = "draft", _("草稿")
    HANDED = "handed", _("待签批")
    SUBMITTED = "submitted", _("待确认")
    RETURNED = "returned", _("已退回")
    CONFIRMED = "confirmed", _("已确认")


class Decision(models.TextChoices):
    CONFIRMED = "confirmed", _("确认")
    RETURNED = "returned", _("退回")
    WITHDRAWN = "withdrawn", _("撤回")  # by the agency itself, before the office decided


class WorkPlanQuerySet(models.QuerySet["WorkPlan"]):
    """Work plans, by who may see them."""

    @by_plan
    def visible_to(self, user: User) -> "WorkPlanQuerySet":
        """Those of the user's own agency, and those with a version that the user may see; of these only the versions may be
        shown."""
        if not may_see_plan(user):
            return self.none()
        seen = WorkPlanVersion.objects.visible_to(user).filter(work_plan=models.OuterRef("pk"))
        return self.filter(Q(agency=user.agency_id) | models.Exists(seen))


class WorkPlan(models.Model):
    """实施方案 or 年度要点: what 四(七) of the first plan orders of every agency. This row is the head; what is being
    written stands in its section drafts, what was submitted in its versions. A `year` makes it 年度要点."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="work_plans", verbose_name=_("方案"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="work_plans", verbose_name=_("单位"))
    year = models.PositiveSmallIntegerField(_("年度"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.DRAFT)
    doc_number = models.CharField(_("印发文号"), max_length=60, blank=True)
    paper_date = models.DateField(_("印发日期"), null=True, blank=True)
    note = models.TextField(
        _("修改理由"), blank=True, help_text=_("确认以后又修改的，写明为什么；随下一版提交。")
    )
    revision = models.PositiveIntegerField(_("修订号"), default=1)
    saved_at = models.DateTimeField(_("保存时间"))
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("保存人"))

    objects = WorkPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("实施方案或年度要点")
        ordering = ["plan_id", "agency__order", "year"]
        constraints = [
            models.UniqueConstraint(
                name="one_work_plan", fields=["plan", "agency", "year"], nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.agency_id} {self.period}"

    @property
    def period(self) -> WorkPlanPeriod:
        return WorkPlanPeriod(self.year)


class WorkPlanDraft(models.Model):
    """What an agency is writing on one task. Kept as typed; each task has a revision of its own, so that two people can
    write on two tasks of one work plan.

    `measures` is [{"key", "text", "division", "contact", "milestones": [{"key", "text", "due", "evidence"}]}].
    """

    work_plan = models.ForeignKey(
        WorkPlan, models.CASCADE, related_name="drafts", verbose_name=_("实施方案或年度要点")
    )
    task = models.ForeignKey(Task, models.PROTECT, related_name="+", verbose_name=_("任务"))
    none_reason = models.TextField(_("不列举措的原因"), blank=True)
    measures: Any = models.JSONField(_("举措与节点"), default=list, blank=True)
    revision = models.PositiveIntegerField(_("修订号"), default=1)
    saved_at = models.DateTimeField(_("保存时间"))
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("保存人"))

    class Meta:
        verbose_name = _("任务安排（草稿）")
        ordering = ["work_plan_id", "task__order"]
        constraints = [models.UniqueConstraint(name="one_section_draft", fields=["work_plan", "task"])]

    def __str__(self) -> str:
        return f"{self.work_plan_id} {self.task_id}"


class WorkPlanVersionQuerySet(models.QuerySet["WorkPlanVersion"]):
    """Submitted versions, by who may see them and by what holds when."""

    @by_plan
    def visible_to(self, user: User) -> "WorkPlanVersionQuerySet":
        """The agency's own; of others one that the office confirmed, for every role that sees the plan; any, for the
        office and the second reviewer."""
        if not may_see_plan(user):
            return self.none()
        if may_see_all_submitted(user):
            return self
        return self.filter(Q(decision=Decision.CONFIRMED) | Q(work_plan__agency=user.agency_id))

    def current(self) -> "WorkPlanVersionQuerySet":
        """Only the last version of each work plan."""
        later = WorkPlanVersion.objects.filter(
            work_plan=models.OuterRef("work_plan"), number__gt=models.OuterRef("number")
        )
        return self.exclude(models.Exists(later))

    def in_force(self, known_at: datetime | None = None) -> "WorkPlanVersionQuerySet":
        """Of each work plan the version confirmed last, as known at a moment."""
        confirmed = WorkPlanVersion.objects.as_known(known_at or clock.now()).filter(known=Decision.CONFIRMED)
        later = confirmed.filter(work_plan=models.OuterRef("work_plan"), number__gt=models.OuterRef("number"))
        return self.filter(pk__in=confirmed.values("pk")).exclude(models.Exists(later))

    def as_known(self, moment: datetime) -> Any:
        """With the decision known at a moment as `known`; null or empty for none."""
        return self.annotate(known=known(WorkPlanDecision, moment))


class WorkPlanVersion(Signed):
    """版本: a work plan as submitted; append-only (a trigger holds it). The decision on it is that of its last
    WorkPlanDecision, which alone can set it."""

    work_plan = models.ForeignKey(
        WorkPlan, models.PROTECT, related_name="versions", verbose_name=_("实施方案或年度要点")
    )
    number = models.PositiveSmallIntegerField(_("版次"))
    doc_number = models.CharField(_("印发文号"), max_length=60, blank=True)
    paper_date = models.DateField(_("印发日期"), null=True, blank=True)
    note = models.TextField(_("修改理由"), blank=True)
    submitted_at = models.DateTimeField(_("提交时间"))
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("签批人"))
    recorded_at = models.DateTimeField(_("记录时间"), auto_now_add=True)

    decision = models.CharField(_("决定"), max_length=10, choices=Decision, blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("决定人")
    )
    decision_note = models.TextField(_("意见"), blank=True)

    objects = WorkPlanVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("实施方案版本")
        ordering = ["work_plan_id", "number"]
        constraints = [
            models.UniqueConstraint(name="work_plan_version_number", fields=["work_plan", "number"]),
            models.CheckConstraint(
                name="work_plan_decided_whole_or_not",
                condition=Q(decision="", decided_at__isnull=True, decided_by__isnull=True, decision_note="")
                | ~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="work_plan_return_says_why",
                condition=~Q(decision__in=[Decision.RETURNED, Decision.WITHDRAWN]) | ~Q(decision_note=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.work_plan_id} v{self.number}"


class WorkPlanDecision(Ruling):
    """决定记录 of a work plan."""

    version = models.ForeignKey(
        WorkPlanVersion, models.PROTECT, related_name="decisions", verbose_name=_("版本")
    )
    decision = models.CharField(_("决定"), max_length=10, choices=Decision, blank=True)

    class Meta(Ruling.Meta):
        verbose_name = _("实施方案的决定记录")


class WorkPlanSection(models.Model):
    """任务安排: what a submitted version says of one task: its measures, or why there are none."""

    version = models.ForeignKey(
        WorkPlanVersion, models.CASCADE, related_name="sections", verbose_name=_("版本")
    )
    task = models.ForeignKey(Task, models.PROTECT, related_name="work_plan_sections", verbose_name=_("任务"))
    duty = models.CharField(_("身份"), max_length=5, choices=Duty)
    none_reason = models.TextField(_("不列举措的原因"), blank=True)

    class Meta:
        verbose_name = _("任务安排")
        ordering = ["version_id", "task__order"]
        constraints = [models.UniqueConstraint(name="one_section", fields=["version", "task"])]

    def __str__(self) -> str:
        return f"{self.version_id} {self.task_id}"


class Measure(models.Model):
    """举措: something that the agency will do for the task, and which of its divisions answers for it."""

    section = models.ForeignKey(
        WorkPlanSection, models.CASCADE, related_name="measures", verbose_name=_("任务安排")
    )
    key = models.CharField(_("代码"), max_length=16)
    order = models.PositiveSmallIntegerField(_("次序"))
    text = models.TextField(_("举措"))
    division = models.CharField(_("责任处室"), max_length=60)
    contact = models.CharField(_("联系人"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("举措")
        ordering = ["section_id", "order"]
        constraints = [models.UniqueConstraint(name="measure_key", fields=["section", "key"])]
        indexes = [gram_index("measure_words", *MEASURE_WORDS)]

    def __str__(self) -> str:
        return self.text[:40]


class Milestone(models.Model):
    """节点: what will have been reached by a day. Its `key` stays through all versions of the agency's work plans: a
    milestone of the 实施方案 that the 年度要点 takes up is one and the same."""

    version = models.ForeignKey(
        WorkPlanVersion, models.CASCADE, related_name="milestones", verbose_name=_("版本")
    )
    measure = models.ForeignKey(Measure, models.CASCADE, related_name="milestones", verbose_name=_("举措"))
    key = models.CharField(_("代码"), max_length=16)
    order = models.PositiveSmallIntegerField(_("次序"))
    text = models.TextField(_("节点"))
    due = models.DateField(_("完成时限"))
    evidence = models.CharField(_("完成标志"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("节点")
        ordering = ["measure_id", "order"]
        constraints = [models.UniqueConstraint(name="milestone_key", fields=["version", "key"])]
        indexes = [gram_index("milestone_words", *MILESTONE_WORDS)]

    def __str__(self) -> str:
        return f"{self.due} {self.text[:40]}"


class MilestoneReportQuerySet(models.QuerySet["MilestoneReport"]):
    """Reports of milestones."""

    def standing(self, known_at: datetime | None = None) -> "MilestoneReportQuerySet":
        """Those that counted at a moment: made by then, and by then neither taken back nor found untrue."""
        moment = known_at or clock.now()
        return self.filter(
            Q(undone_at__isnull=True) | Q(undone_at__gt=moment),
            Q(refuted_at__isnull=True) | Q(refuted_at__gt=moment),
            reported_at__lte=moment,
        )


class MilestoneReport(models.Model):
    """节点完成: an agency says that a milestone was reached, on which day, and what shows it. Append-only: it may be taken
    back by the agency, or be found untrue by the office, once, with a reason."""

    milestone = models.ForeignKey(
        Milestone, models.PROTECT, related_name="reports", verbose_name=_("节点"), help_text=_("当时的写法")
    )
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", verbose_name=_("方案"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("单位"))
    key = models.CharField(_("节点代码"), max_length=16)
    reached_on = models.DateField(_("完成日期"))
    words = models.TextField(_("完成情况"))
    reported_at = models.DateTimeField(_("报告时间"))
    reported_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("报告人"))
    recorded_at = models.DateTimeField(_("记录时间"), auto_now_add=True)
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    undone_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("撤销人")
    )
    undo_reason = models.TextField(_("撤销理由"), blank=True)
    refuted_at = models.DateTimeField(_("不予认定时间"), null=True, blank=True)
    refuted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核实人")
    )
    refute_reason = models.TextField(_("不予认定理由"), blank=True)

    objects = MilestoneReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("节点完成")
        ordering = ["plan_id", "agency_id", "key", "id"]
        constraints = [
            models.UniqueConstraint(
                name="one_standing_report",
                fields=["plan", "agency", "key"],
                condition=Q(undone_at__isnull=True, refuted_at__isnull=True),
            ),
            models.CheckConstraint(
                name="report_undone_whole_or_not",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True, undo_reason="")
                | Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undo_reason=""),
            ),
            models.CheckConstraint(
                name="report_refuted_whole_or_not",
                condition=Q(refuted_at__isnull=True, refuted_by__isnull=True, refute_reason="")
                | Q(refuted_at__isnull=False, refuted_by__isnull=False) & ~Q(refute_reason=""),
            ),
            models.CheckConstraint(
                name="report_ended_once", condition=Q(undone_at__isnull=True) | Q(refuted_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.key} {self.reached_on}"

    @property
    def stands(self) -> bool:
        """Whether it counts now."""
        return self.undone_at is None and self.refuted_at is None
