"""重大项目: which agency reports on a project, and its report for each period. The plan itself says neither."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from qhplan import clock
from tasks.cycles.date_history import due_expression
from tasks.cycles.lateness import is_overdue
from tasks.decisions.models import Ruling, known
from tasks.fields import PeriodField
from tasks.grams import gram_index
from tasks.people.models import Signed, User
from tasks.people.permissions import may_see_all_submitted, may_see_plan, may_see_problems
from tasks.people.plan_scope import by_plan
from tasks.plans.models import Project
from tasks.values import Duty

# What a search looks at: of every version that a person may read, and of those that they read whole.
PROJECT_OPEN_WORDS = ("progress", "next_steps", "fall_reason")
PROJECT_WITHHELD_WORDS = ("problems",)


class Works(models.TextChoices):
    """建设状态."""

    PREPARING = "preparing", _("前期")
    BUILDING = "building", _("在建")
    STOPPED = "stopped", _("停工")
    FINISHED = "finished", _("建成")


class State(models.TextChoices):
    """The state of a report; the transitions are in tasks.projects.transitions."""

    DRAFT = "draft", _("草稿")
    HANDED = "handed", _("待签批")
    SUBMITTED = "submitted", _("待核")
    RETURNED = "returned", _("已退回")
    ACCEPTED = "accepted", _("已核")


class Decision(models.TextChoices):
    ACCEPTED = "accepted", _("核定")
    RETURNED = "returned", _("退回")
    WITHDRAWN = "withdrawn", _("撤回")  # by the agency itself, before it was decided


class ProjectBody(models.Model):
    """项目填报单位: the agency that the office names to report on a project, in quarters (`valid`), as known from/to a
    moment (`known`). One at a time, so that no investment is counted twice."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="bodies", verbose_name=_("项目"))
    agency = models.ForeignKey(
        "tasks.Agency", models.PROTECT, related_name="project_duties", verbose_name=_("填报单位")
    )
    valid = IntegerRangeField(_("有效季度"), help_text=_("季度序数 [起, 止)"))
    known = DateTimeRangeField(_("记录期间"))
    note = models.TextField(_("依据"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("指定人"))

    class Meta:
        verbose_name = _("项目填报单位")
        ordering = ["project_id", "valid"]
        constraints = [
            ExclusionConstraint(
                name="one_project_body_at_a_time",
                expressions=[
                    ("project", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="project_body_says_why", condition=~Q(note="")),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.agency_id}"


class ProjectReport(models.Model):
    """One agency's report on one project in one period. This row holds the draft as typed; submitted reports are its
    versions."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="reports", verbose_name=_("项目"))
    quarter = PeriodField(_("季度"))
    agency = models.ForeignKey(
        "tasks.Agency", models.PROTECT, related_name="project_reports", verbose_name=_("填报单位")
    )
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.DRAFT)
    typed: Any = models.JSONField(_("所填"), default=dict, blank=True)
    revision = models.PositiveIntegerField(_("修订号"), default=1)
    saved_at = models.DateTimeField(_("保存时间"))
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("保存人"))

    class Meta:
        verbose_name = _("项目报告")
        ordering = ["project_id", "-quarter"]
        constraints = [
            models.UniqueConstraint(name="one_project_report", fields=["project", "quarter", "agency"])
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.quarter} {self.agency_id}"


class ProjectVersionQuerySet(models.QuerySet["ProjectVersion"]):
    """Submitted versions, by who may read them and when they were known."""

    @by_plan
    def visible_to(self, user: User) -> "ProjectVersionQuerySet":
        """The agency's own; accepted ones for every role that sees the plan; any for the office and the second
        reviewer."""
        if not may_see_plan(user):
            return self.none()
        if may_see_all_submitted(user):
            return self
        return self.filter(Q(decision=Decision.ACCEPTED) | Q(agency=user.agency_id))

    @by_plan
    def shown_whole_to(self, user: User) -> "ProjectVersionQuerySet":
        """Those of which the user reads the problems too, as `may_see_problems_of` says of one."""
        seen = self.visible_to(user)
        return seen if may_see_problems(user) else seen.filter(agency=user.agency_id)

    def as_known(self, moment: datetime) -> "ProjectVersionQuerySet":
        """Those submitted and not withdrawn by then, the last of each project, quarter and agency, with the decision known
        then as `known`: null or empty for none."""
        then = {"known": known(ProjectDecision, moment)}
        return (
            self.filter(submitted_at__lte=moment)
            .exclude(decision=Decision.WITHDRAWN, decided_at__lte=moment)
            .annotate(**then)
            .order_by("project_id", "quarter", "agency_id", "-number")
            .distinct("project_id", "quarter", "agency_id")
        )

    def with_lateness(self, known_at: datetime | None = None) -> "ProjectVersionQuerySet":
        """With what `is_late` needs: when the report was first submitted, and when it was due. A project report is due
        with the lead submissions, by the dates known at the moment or by those in force."""
        withdrawn = Q(decision=Decision.WITHDRAWN, decided_at__lte=known_at or clock.now())
        kept = ProjectVersion.objects.exclude(withdrawn)
        first = kept.filter(report=OuterRef("report")).order_by("number")
        needed = {
            "first_submitted_at": Subquery(first.values("submitted_at")[:1]),
            "due_at": due_expression(
                Duty.LEAD, plan="project__plan", quarter="quarter", agency="agency", known_at=known_at
            ),
        }
        return self.annotate(**needed)


class ProjectVersion(Signed):
    """版本: a report as submitted; append-only (a trigger enforces it). The decision on it is that of its last ProjectDecision,
    which alone can set it.

    Money is in 万元: `invested` in the quarter, `total` since the works began, `planned` for the whole project.
    """

    report = models.ForeignKey(ProjectReport, models.PROTECT, related_name="versions", verbose_name=_("报告"))
    number = models.PositiveSmallIntegerField(_("版次"))
    project = models.ForeignKey(Project, models.PROTECT, related_name="versions", verbose_name=_("项目"))
    quarter = PeriodField(_("季度"))
    agency = models.ForeignKey("tasks.Agency", models.PROTECT, related_name="+", verbose_name=_("填报单位"))
    works = models.CharField(_("建设状态"), max_length=10, choices=Works)
    invested = models.DecimalField(_("本季完成投资"), max_digits=14, decimal_places=2)
    total = models.DecimalField(_("累计完成投资"), max_digits=14, decimal_places=2)
    planned = models.DecimalField(_("总投资"), max_digits=14, decimal_places=2, null=True, blank=True)
    fall_reason = models.TextField(_("累计数变小的原因"), blank=True)
    progress = models.TextField(_("建设进展"))
    problems = models.TextField(_("存在问题"), blank=True)
    next_steps = models.TextField(_("下步打算"), blank=True)
    submitted_at = models.DateTimeField(_("提交时间"))
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("签批人"))
    decision = models.CharField(_("决定"), max_length=10, choices=Decision, blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("决定人")
    )
    decision_note = models.TextField(_("意见"), blank=True)

    objects = ProjectVersionQuerySet.as_manager()

    known: str | None  # only on rows of `as_known`
    # Only on rows of `with_lateness`.
    first_submitted_at: datetime
    due_at: datetime | None

    class Meta:
        verbose_name = _("项目报告版本")
        ordering = ["project_id", "-quarter", "-number"]
        indexes = [
            models.Index(fields=["quarter", "project"], name="project_version_of_quarter"),
            gram_index("project_version_words", *PROJECT_OPEN_WORDS),
            gram_index("project_version_problems", *PROJECT_WITHHELD_WORDS),
        ]
        constraints = [
            models.UniqueConstraint(name="project_version_number", fields=["report", "number"]),
            models.CheckConstraint(
                name="project_version_decided_whole",
                condition=Q(decision="", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="project_version_returned_with_reason",
                condition=~Q(decision__in=["returned", "withdrawn"]) | ~Q(decision_note=""),
            ),
            models.CheckConstraint(
                name="project_money_is_not_negative",
                condition=Q(invested__gte=0, total__gte=0) & (Q(planned__isnull=True) | Q(planned__gt=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} v{self.number}"

    @property
    def is_late(self) -> bool:
        """Whether its report was first submitted late; only on rows of `with_lateness`."""
        return is_overdue(self.due_at, self.first_submitted_at)


class ProjectDecision(Ruling):
    """决定记录 of a report on a project."""

    version = models.ForeignKey(
        ProjectVersion, models.PROTECT, related_name="decisions", verbose_name=_("版本")
    )
    decision = models.CharField(_("决定"), max_length=10, choices=Decision, blank=True)

    class Meta(Ruling.Meta):
        verbose_name = _("项目报告的决定记录")
