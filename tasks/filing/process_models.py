"""What surrounds the returns: reopened quarters, packages, supplements, who was given what, yearly reviews."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tasks.agencies.models import Agency
from tasks.fields import QuarterField
from tasks.files.models import StoredFile
from tasks.filing.models import Cycle, Version
from tasks.people.models import User
from tasks.people.rules import may_file, may_see_problems
from tasks.plan.models import Task


class Reopening(models.Model):
    """重新开放: after closing, one body may file again until a moment, for a reason: all that it owes in the quarter, or
    one task of it. Ended early it keeps when and by whom."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="reopenings", verbose_name=_("填报期"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="reopenings", verbose_name=_("单位"))
    task = models.ForeignKey(
        Task,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("任务"),
        help_text=_("空为全部。"),
    )
    opened_at = models.DateTimeField(_("开放时间"))
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("开放人"))
    until = models.DateTimeField(_("截止"))
    reason = models.TextField(_("理由"))
    ended_at = models.DateTimeField(_("提前结束"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("结束人")
    )

    class Meta:
        verbose_name = _("重新开放")
        ordering = ["cycle_id", "-opened_at", "id"]
        constraints = [
            models.CheckConstraint(name="reopening_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="reopening_ends_later", condition=Q(until__gt=F("opened_at"))),
            models.CheckConstraint(
                name="reopening_ended_whole_or_not",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["agency", "until"])]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.agency_id}"


class Workday(models.Model):
    """A day on which offices work, or do not, otherwise than the announced calendar says: the next year's holidays
    before the library knows them, or a province's own. Set and unset by the office; the record keeps what was."""

    day = models.DateField(_("日期"), unique=True, error_messages={"unique": _("这一天已经设定过。")})
    works = models.BooleanField(_("上班"))
    note = models.CharField(_("依据"), max_length=200)
    set_at = models.DateTimeField(_("设定时间"))
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("设定人"))

    class Meta:
        verbose_name = _("工作日")
        ordering = ["-day"]
        constraints = [models.CheckConstraint(name="workday_says_why", condition=~Q(note=""))]

    def __str__(self) -> str:
        return self.day.isoformat()


class Package(models.Model):
    """报送件: what a body sent of one quarter with one approval. `number` counts the body's packages of the quarter: a
    return that was sent back comes in a later one. Append-only."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="packages", verbose_name=_("填报期"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="packages", verbose_name=_("单位"))
    number = models.PositiveSmallIntegerField(_("第几次"))
    submitted_at = models.DateTimeField(_("提交时间"))
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("签批人"))

    class Meta:
        verbose_name = _("报送件")
        ordering = ["cycle_id", "agency_id", "number"]
        constraints = [
            models.UniqueConstraint(name="package_number", fields=["cycle", "agency", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.agency_id} {self.number}"


class SealedSheetQuerySet(models.QuerySet["SealedSheet"]):
    """Sealed sheets, by who may see them."""

    def visible_to(self, user: User) -> "SealedSheetQuerySet":
        """The body's own; all of them for whoever reads the problems of every agency, which the sheets tell."""
        if may_see_problems(user):
            return self
        return self.filter(agency=user.agency_id) if may_file(user) else self.none()


class SealedSheet(models.Model):
    """用印扫描件: the printed sheet of a body's quarter, signed and sealed, as it was scanned; append-only. `code` is
    that of the words which had been sent by then: the sheet is of these while it prints the same."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="sealed_sheets", verbose_name=_("填报期"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="sealed_sheets", verbose_name=_("单位"))
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="sheet_link", verbose_name=_("文件"))
    code = models.CharField(_("校验码"), max_length=20)

    objects = SealedSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("用印扫描件")
        ordering = ["-file__uploaded_at", "-id"]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.agency_id} {self.code}"


class Supplement(models.Model):
    """补充要求: after acceptance the return is asked for more, by a date; append-only. What was accepted stays in force
    until a new version is."""

    version = models.ForeignKey(
        Version, models.PROTECT, related_name="supplements", verbose_name=_("已核定的版本")
    )
    reason = models.TextField(_("要补充什么"))
    answer_by = models.DateTimeField(_("限期"))
    asked_at = models.DateTimeField(_("时间"))
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("要求人"))

    class Meta:
        verbose_name = _("补充要求")
        ordering = ["-asked_at", "-id"]
        constraints = [models.CheckConstraint(name="supplement_says_what", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.version_id} {self.asked_at:%Y-%m-%d}"


class Assignment(models.Model):
    """分工: a reporter was given this task of his body. Who was given some writes those alone; who was given none writes
    all."""

    user = models.ForeignKey(User, models.CASCADE, related_name="assignments", verbose_name=_("填报员"))
    task = models.ForeignKey(Task, models.CASCADE, related_name="assignments", verbose_name=_("任务"))

    class Meta:
        verbose_name = _("分工")
        ordering = ["task__order", "user_id"]
        constraints = [models.UniqueConstraint(name="assignment_once", fields=["user", "task"])]

    def __str__(self) -> str:
        return f"{self.task_id} {self.user_id}"


class Presence(models.Model):
    """在填: who has the form of a return open, and when it was last heard of; real time, worth a minute."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="+")
    agency = models.ForeignKey(Agency, models.CASCADE, related_name="+")
    quarter = QuarterField()
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("在填")
        constraints = [
            models.UniqueConstraint(name="presence_once", fields=["task", "agency", "quarter", "user"])
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.user_id}"


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
