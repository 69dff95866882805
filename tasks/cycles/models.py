"""Cycles 填报周期 and their past dates, reopenings of closed cycles, and working days set by the office."""

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tasks.agencies.models import Agency
from tasks.cycles import lateness
from tasks.fields import PeriodField
from tasks.people.models import User
from tasks.plans.models import Plan, Task
from tasks.values import FILED_DUTIES


class OpenedCycles(models.Manager["Cycle"]):
    """Cycles that the office opened for filing."""

    def get_queryset(self) -> models.QuerySet["Cycle"]:
        return super().get_queryset().filter(only_backfilled=False)


class CountingCycles(OpenedCycles):
    """Of these, the periods that count: a trial is none."""

    def get_queryset(self) -> models.QuerySet["Cycle"]:
        return super().get_queryset().filter(is_trial=False)


class Cycle(models.Model):
    """填报周期: the office opens a quarter of a plan for filing; its dates decide what is late and when it closes.

    One that holds only what was taken from a ledger (`only_backfilled`) was never opened: nothing is due in it and nobody
    files. `objects` leaves those out; `every` has them too. A trial 试填期 is filed by real accounts, counts nowhere and is
    removed whole (tasks.bundles.trials); `counting` leaves it out too.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="cycles", verbose_name=_("方案"))
    quarter = PeriodField(_("季度"))
    opened_at = models.DateTimeField(_("开放时间"))
    opened_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("开放人")
    )
    co_due = models.DateTimeField(_("配合填报截止"))
    lead_due = models.DateTimeField(_("牵头汇总截止"))
    decision_due = models.DateTimeField(_("办公室核定截止"))
    closes_at = models.DateTimeField(_("填报截止时间"))
    only_backfilled = models.BooleanField(
        _("只有台账补录"), default=False, db_default=False, help_text=_("从未开启填报，只存台账补录。")
    )

    is_trial = models.BooleanField(
        _("试填期"), default=False, db_default=False, help_text=_("不计入任何统计，用完整体清除。")
    )

    objects = OpenedCycles()
    counting = CountingCycles()
    every: "models.Manager[Cycle]" = models.Manager()

    class Meta:
        verbose_name = _("填报周期")
        ordering = ["plan_id", "-quarter"]
        constraints = [
            models.UniqueConstraint(name="cycle_once", fields=["plan", "quarter"]),
            models.CheckConstraint(
                name="cycle_dates_in_order",
                condition=Q(opened_at__lte=F("co_due"), co_due__lte=F("lead_due"))
                & Q(lead_due__lte=F("decision_due"), decision_due__lte=F("closes_at")),
                violation_error_message=_("日期须依次为：开启、配合截止、牵头截止、核定截止、填报截止。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.quarter}"

    def due(self, duty: str) -> datetime:
        """The moment by which a submission of that duty is due."""
        return lateness.due(self, duty)

    def is_late(self, duty: str, at: datetime) -> bool:
        """Whether a first submission of that duty at that moment is late."""
        return lateness.is_late(at, self.due(duty))

    def is_overdue(self, duty: str, now: datetime) -> bool:
        """Whether a submission of that duty which is not there yet is overdue."""
        return lateness.is_overdue(self.due(duty), now)

    def is_open(self, now: datetime) -> bool:
        """Whether returns can be written and submitted (late ones too, until it closes). Closed, it may have been
        reopened for an agency: tasks.cycles.reopening."""
        return self.opened_at <= now < self.closes_at

    @property
    def is_backfill(self) -> bool:
        """补录: opened when the quarter after it had ended too, so that what is filed is written from memory or paper."""
        opened_on = timezone.localdate(self.opened_at, timezone.get_default_timezone())
        return opened_on > (self.quarter + 1).last_day


class Reopening(models.Model):
    """重新开启: after closing, one agency may file again until a moment, for a reason: all that it owes in the quarter, or
    one task of it. Ended early it keeps when and by whom."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="reopenings", verbose_name=_("填报周期"))
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
        verbose_name = _("重新开启")
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


class ExtensionState(models.TextChoices):
    ASKED = "asked", _("待决定")
    GRANTED = "granted", _("已同意")
    REFUSED = "refused", _("未同意")
    REVOKED = "revoked", _("已撤销")


class ExtensionQuerySet(models.QuerySet["Extension"]):
    """Extensions, by whether they hold."""

    def granted(self, known_at: datetime | None = None) -> "ExtensionQuerySet":
        """Those that were granted, by the moment if one is given."""
        holds = Q(state=ExtensionState.GRANTED)
        if known_at is None:
            return self.filter(holds)
        return self.filter(
            holds | Q(state=ExtensionState.REVOKED, revoked_at__gt=known_at), decided_at__lte=known_at
        )


class Extension(models.Model):
    """报送延期: another date for what one agency files under one duty in a quarter. Asked for by the agency or given by the
    office, with a reason; it is decided once, and what was granted revoked 撤销 once, while nobody has needed it (a trigger holds it)."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="extensions", verbose_name=_("填报周期"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="extensions", verbose_name=_("单位"))
    duty = models.CharField(_("身份"), max_length=4, choices=FILED_DUTIES)
    until = models.DateTimeField(_("延期到"))
    reason = models.TextField(_("理由"))
    state = models.CharField(_("状态"), max_length=10, choices=ExtensionState, default=ExtensionState.ASKED)
    asked_at = models.DateTimeField(_("申请时间"))
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("决定人")
    )
    decision_note = models.TextField(_("决定说明"), blank=True)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("撤销人")
    )
    revoke_reason = models.TextField(_("撤销理由"), blank=True, db_default="")

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("报送延期")
        ordering = ["cycle_id", "-asked_at", "id"]
        constraints = [
            models.CheckConstraint(name="extension_says_why", condition=~Q(reason="")),
            models.UniqueConstraint(
                name="extension_asked_once",
                fields=["cycle", "agency", "duty"],
                condition=Q(state=ExtensionState.ASKED),
            ),
            models.CheckConstraint(
                name="extension_decided_whole_or_not",
                condition=Q(state=ExtensionState.ASKED, decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(state=ExtensionState.ASKED) & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="extension_revoked_whole_or_not",
                condition=~Q(state=ExtensionState.REVOKED)
                & Q(revoked_at__isnull=True, revoked_by__isnull=True, revoke_reason="")
                | Q(state=ExtensionState.REVOKED, revoked_at__isnull=False, revoked_by__isnull=False)
                & ~Q(revoke_reason=""),
            ),
        ]
        indexes = [models.Index(fields=["cycle", "agency", "duty"])]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.agency_id} {self.duty} {self.state}"


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


class PastDates(models.Model):
    """过去的日期: a cycle's dates from when they were set until they were changed."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="past_dates", verbose_name=_("填报周期"))
    co_due = models.DateTimeField(_("配合填报截止"))
    lead_due = models.DateTimeField(_("牵头汇总截止"))
    decision_due = models.DateTimeField(_("办公室核定截止"))
    closes_at = models.DateTimeField(_("填报截止时间"))
    known = DateTimeRangeField(_("记录期间"))

    class Meta:
        verbose_name = _("填报周期过去的日期")
        ordering = ["cycle_id", "known"]
        constraints = [
            ExclusionConstraint(
                name="one_past_date_at_a_time",
                expressions=[("cycle", RangeOperators.EQUAL), ("known", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                name="past_dates_are_past", condition=models.Q(known__endswith__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.known}"
