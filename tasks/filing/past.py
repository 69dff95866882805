"""What a cycle's dates were before they were changed, so that "on time, as known then" can be asked of any moment.

The dates in force stand in the cycle itself; here are only those that no longer are, with the time during which they
were known. Whoever changes a cycle's dates calls `keep_past_dates` first, in the same transaction.
"""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext_lazy as _

from tasks.filing.calendar import CycleDates
from tasks.filing.models import Cycle

FIELDS = tuple(field.name for field in fields(CycleDates))


class PastDates(models.Model):
    """过去的日期: a cycle's dates from when they were set until they were changed."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="past_dates", verbose_name=_("填报期"))
    co_due = models.DateTimeField(_("配合填报截止"))
    lead_due = models.DateTimeField(_("牵头汇总截止"))
    decision_due = models.DateTimeField(_("办公室核定截止"))
    closes_at = models.DateTimeField(_("关闭时间"))
    known = DateTimeRangeField(_("记录期间"))

    class Meta:
        verbose_name = _("填报期过去的日期")
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


def keep_past_dates(cycle: Cycle, before: CycleDates, at: datetime) -> None:
    """The dates `before` were known until `at`; again at the same moment is nothing."""
    last = PastDates.objects.filter(cycle=cycle).order_by("-known").first()
    since = last.known.upper if last else cycle.opened_at
    if since < at:
        PastDates.objects.create(
            cycle=cycle,
            known=DateTimeTZRange(since, at),
            **{field: getattr(before, field) for field in FIELDS},
        )


def as_known(cycles: Iterable[Cycle], known_at: datetime) -> list[Cycle]:
    """The cycles with the dates that were known then; not to be saved. One query."""
    found = list(cycles)
    past = {
        row.cycle_id: row
        for row in PastDates.objects.filter(cycle__in=[cycle.pk for cycle in found], known__contains=known_at)
    }
    for cycle in found:
        if row := past.get(cycle.pk):
            for field in FIELDS:
                setattr(cycle, field, getattr(row, field))
    return found
