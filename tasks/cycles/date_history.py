"""A cycle's dates before they were changed, so that figures of a past moment use the dates known at that moment.

The cycle itself holds the dates in force; PastDates holds earlier ones, each with the time during which it was known.
An action that changes a cycle's dates calls `keep_past_dates` first, in the same transaction.
"""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Expression, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest

from tasks.cycles.due_dates import CycleDates
from tasks.cycles.lateness import due_field
from tasks.cycles.models import Cycle, Extension, PastDates

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
    """The cycles with the dates that were known at the moment; not to be saved. One query."""
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


def due_expression(
    duty: str, *, plan: str, quarter: str, agency: str, known_at: datetime | None = None
) -> Expression:
    """The due moment of a duty for rows whose plan, quarter and agency are in these fields, for use in `annotate`; NULL
    where the quarter was not opened. By the dates known at the moment, or by those in force, and by what the agency was
    granted."""
    extensions = (
        Extension.objects.granted(known_at)
        .filter(
            cycle__plan=OuterRef(plan), cycle__quarter=OuterRef(quarter), agency=OuterRef(agency), duty=duty
        )
        .order_by("-until")
    )
    # PostgreSQL's GREATEST leaves NULL out.
    return Greatest(_cycle_due(duty, plan, quarter, known_at), Subquery(extensions.values("until")[:1]))


def _cycle_due(duty: str, plan: str, quarter: str, known_at: datetime | None) -> Expression | Subquery:
    present = Cycle.counting.filter(plan=OuterRef(plan), quarter=OuterRef(quarter)).values(due_field(duty))
    if known_at is None:
        return Subquery(present[:1])
    past = PastDates.objects.filter(
        cycle__plan=OuterRef(plan), cycle__quarter=OuterRef(quarter), known__contains=known_at
    )
    return Coalesce(Subquery(past.values(due_field(duty))[:1]), Subquery(present[:1]))
