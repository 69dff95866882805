"""The model of responsibilities: an agency on a task in a role, over quarters and moments."""

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.plans.models.filing import Call, FilingRule, Frequency
from tasks.plans.models.tasks import ENDED, Mention, Task, TaskRhythm, TaskTerm, valid_in
from tasks.values import FILED_DUTIES, Duty, Origin, Period, filing_word


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
