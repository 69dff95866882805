"""Facts that hold from quarter to quarter (`valid`), as known from moment to moment (`known`): how they change.

A row is never rewritten. What is said anew of some quarters closes the row's `known` at the moment of saying; what
the row said of other quarters goes on in rows of its own, known from that moment. So every earlier "as known at" finds
what it found, and the exclusion constraint of the table holds at every point of both.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange, NumericRange

M = TypeVar("M", bound=models.Model)


def quarters_from(first: int | None, until: int | None = None) -> NumericRange:
    """[first, until) in quarters' ordinals; None is open."""
    return NumericRange(first, until)


def known_from(moment: datetime) -> DateTimeTZRange:
    """[moment, ∞)."""
    return DateTimeTZRange(moment, None)


def retire(rows: Iterable[M], *, valid: NumericRange, at: datetime, **marks: Any) -> list[M]:
    """Take back what the rows say of the quarters `valid`, as known from `at` on; what they say of others stays.

    `rows` are those known now (`known` open above), locked by the caller. `marks` are set on the pieces that go on,
    such as the adjustment that cut them. Returns the rows as they were; those that say nothing of `valid` are left
    alone and not returned.
    """
    closed = []
    pieces: list[M] = []
    model: type[M] | None = None
    for row in rows:
        held: NumericRange = row.valid  # type: ignore[attr-defined]
        if not _overlap(held, valid):
            continue
        model = type(row)
        for first, until in _outside(held, valid):
            pieces.append(_copy(row, valid=NumericRange(first, until), known=known_from(at), **marks))
        closed.append(row)
    if model is None:
        return []
    # What is said and taken back at one moment was known at none: such a range is empty.
    model._default_manager.filter(pk__in=[row.pk for row in closed]).update(
        known=models.Func(
            models.Func(models.F("known"), function="lower"), models.Value(at), function="tstzrange"
        )
    )
    model._default_manager.bulk_create(pieces)
    return closed


def _overlap(one: NumericRange, other: NumericRange) -> bool:
    return (one.lower is None or other.upper is None or one.lower < other.upper) and (
        other.lower is None or one.upper is None or other.lower < one.upper
    )


def _outside(held: NumericRange, taken: NumericRange) -> list[tuple[int | None, int | None]]:
    """The parts of `held` before and after `taken`; the two overlap."""
    parts = []
    if taken.lower is not None and (held.lower is None or held.lower < taken.lower):
        parts.append((held.lower, taken.lower))
    if taken.upper is not None and (held.upper is None or taken.upper < held.upper):
        parts.append((taken.upper, held.upper))
    return parts


def _copy(row: M, **changes: Any) -> M:
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    return type(row)(**{**values, **changes})
