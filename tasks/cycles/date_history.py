"""What a cycle's dates were before they were changed, so that "on time, as known then" can be asked of any moment.

The dates in force stand in the cycle itself; here are only those that no longer are, with the time during which they
were known. Whoever changes a cycle's dates calls `keep_past_dates` first, in the same transaction.
"""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from tasks.cycles.due_dates import CycleDates
from tasks.cycles.models import Cycle, PastDates

FIELDS = tuple(field.name for field in fields(CycleDates))


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
