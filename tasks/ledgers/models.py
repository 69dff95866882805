"""Ledgers 台账 on their way into a plan, and what the office said about their columns."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tasks.files.models import StoredFile
from tasks.importing.models import PlanImport
from tasks.jurisdictions.models import Jurisdiction
from tasks.people.models import User
from tasks.plans.models import Plan, Task


class LedgerState(models.TextChoices):
    """The state of a ledger. Only in CONFIRMED and UNDOING does anything of it count."""

    OPEN = "open", _("待核对")
    SUBMITTED = "submitted", _("已提交确认")
    DISCARDED = "discarded", _("已放弃")
    CONFIRMED = "confirmed", _("已补录")
    UNDOING = "undoing", _("申请撤销")
    UNDONE = "undone", _("已撤销")
    IMPORTED = "imported", _("已转为方案导入")


DECIDED = [LedgerState.CONFIRMED, LedgerState.UNDOING, LedgerState.UNDONE]


class Ledger(models.Model):
    """台账: an uploaded ledger whose past quarters are taken into a plan 补录, or, without one, that makes a plan.

    `columns` is what its columns hold, as the office confirmed it; `answers` says which task a row is, {row: task id, or 0
    for none}, where that cannot be told. What the ledger says is read from the file again each time.
    """

    state = models.CharField(_("状态"), max_length=12, choices=LedgerState, default=LedgerState.OPEN)
    plan = models.ForeignKey(
        Plan,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="ledgers",
        verbose_name=_("方案"),
        help_text=_("为空是要做成一份新方案。"),
    )
    plan_import = models.ForeignKey(
        PlanImport, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("方案导入")
    )
    jurisdiction = models.ForeignKey(
        Jurisdiction,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("地区"),
        help_text=_("做成新方案的台账，由哪个地区的办公室办理；补录的随方案。"),
    )
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("原件"))
    year = models.PositiveSmallIntegerField(
        _("年份"), default=0, help_text=_("表头没有写年份的各期，是哪一年的。")
    )
    columns: Any = models.JSONField(
        _("各列"), default=list, blank=True, help_text="[{head, field, first, last, year}, …]"
    )
    answers: Any = models.JSONField(_("对应任务"), default=dict, blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("上传人"))
    uploaded_at = models.DateTimeField(_("上传时间"))
    submitted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提交人")
    )
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("确认人")
    )
    decided_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    note = models.TextField(_("说明"), blank=True, help_text=_("退回、放弃或撤销的理由。"))

    class Meta:
        verbose_name = _("台账")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="ledger_confirmed_by_a_second_person",
                condition=Q(decided_by=None)
                | ~Q(decided_by=F("uploaded_by")) & ~Q(decided_by=F("submitted_by")),
            ),
            models.CheckConstraint(
                name="ledger_decided_once_confirmed",
                condition=Q(state__in=DECIDED, decided_at__isnull=False)
                | ~Q(state__in=DECIDED) & Q(decided_by=None),
            ),
            models.CheckConstraint(
                name="ledger_fills_a_plan_or_makes_one",
                condition=Q(state=LedgerState.IMPORTED, plan=None, plan_import__isnull=False)
                | ~Q(state=LedgerState.IMPORTED) & Q(plan_import=None),
            ),
        ]

    def __str__(self) -> str:
        return self.file.name


class LedgerColumn(models.Model):
    """What the office said once about a head of its ledgers; the next ledger with that head is read alike."""

    jurisdiction = models.ForeignKey(
        Jurisdiction, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("地区")
    )
    head = models.CharField(_("列名"), max_length=200)
    field = models.CharField(_("内容"), max_length=20, blank=True)
    first = models.PositiveSmallIntegerField(_("首月"), default=0, help_text=_("0 为不分期。"))
    last = models.PositiveSmallIntegerField(_("末月"), default=0)
    year = models.PositiveSmallIntegerField(_("年份"), default=0)
    named_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("指定人"))
    named_at = models.DateTimeField(_("指定时间"))

    class Meta:
        verbose_name = _("台账的列")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="ledger_column_once", fields=["jurisdiction", "head"], nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.head


class CarriedTask(models.Model):
    """结转: an unfinished task of one plan goes on as a task of a later plan. `light` and `progress` are what was last known
    of it then. One that was undone stays on record."""

    earlier = models.ForeignKey(Task, models.PROTECT, related_name="carried_to", verbose_name=_("原任务"))
    later = models.ForeignKey(Task, models.PROTECT, related_name="carried_from", verbose_name=_("结转到"))
    light = models.CharField(_("结转时的灯"), max_length=6, blank=True)
    progress = models.PositiveSmallIntegerField(_("结转时的进度（%）"), null=True, blank=True)
    carried_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("结转人"))
    carried_at = models.DateTimeField(_("结转时间"))
    undone_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("撤销人")
    )
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("结转")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="carried_once", fields=["earlier", "later"], condition=Q(undone_at=None)
            ),
            models.CheckConstraint(name="carried_to_another_task", condition=~Q(earlier=F("later"))),
            models.CheckConstraint(
                name="carry_undone_whole_or_not",
                condition=Q(undone_at=None, undone_by=None)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.earlier_id} → {self.later_id}"


class LedgerTemplate(models.Model):
    """台账模板: the office's own .xlsx, uploaded once, into which a quarter of the plan is written. The latest one holds;
    `columns` as in `Ledger`."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="ledger_templates", verbose_name=_("方案"))
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("原件"))
    columns: Any = models.JSONField(_("各列"), default=list, blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("上传人"))
    uploaded_at = models.DateTimeField(_("上传时间"))

    class Meta:
        verbose_name = _("台账模板")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file.name
