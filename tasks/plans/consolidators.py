"""Who consolidates a task 牵头汇总: the first of its leads. Every change of responsibilities ends here.

The role of a responsibility is what the plan or an adjustment says. Its duty follows from the roles: of the leads of a
task the first one listed consolidates and files as `lead`, all others file as `co`. A task without a lead has nobody
who consolidates, unless the office has arranged that one of its agencies collects what the others submit.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks.bitemporal import known_from, quarters_from, retire
from tasks.plans.arrangements import arrangements
from tasks.plans.models import Arrangement, Responsibility
from tasks.values import Duty, Period


def consolidator(rows: Iterable[Responsibility], collector: int | None = None) -> Responsibility | None:
    """The one of the task's responsibilities of a quarter that consolidates; None where nobody does. `collector` is the
    agency that the office has arranged to, where nobody leads."""
    held = list(rows)
    leads = [row for row in held if row.role == Duty.LEAD] or [
        row for row in held if row.agency_id == collector
    ]
    return min(leads, key=lambda row: (row.order, row.pk or 0), default=None)


def with_duties(rows: Iterable[Responsibility]) -> list[Responsibility]:
    """The unsaved responsibilities of one or more tasks over the same quarters, each with its duty."""
    by_task: dict[int, list[Responsibility]] = {}
    for row in rows:
        by_task.setdefault(row.task_id, []).append(row)
    for own in by_task.values():
        first = consolidator(own)
        for row in own:
            row.duty = Duty.LEAD if row is first else Duty.CO
    return [row for own in by_task.values() for row in own]


@dataclass(frozen=True)
class _Change:
    """A row that files otherwise than it says in the quarters [first, until)."""

    row: Responsibility
    first: int
    until: int | None
    duty: Duty


def settle(task_ids: Collection[int], *, since: Period, at: datetime) -> list[Responsibility]:
    """Corrects the duties of the tasks from the quarter on, as known from `at` on. New rows are inserted as `co` before
    this is called, so that nobody consolidates beside somebody else meanwhile.

    Returns the rows that were closed. The caller holds the plan's lock.
    """
    rows: dict[int, list[Responsibility]] = {task_id: [] for task_id in task_ids}
    for row in (
        Responsibility.objects.select_for_update()
        .filter(task__in=task_ids, known__endswith__isnull=True)
        .order_by("pk")
    ):
        rows[row.task_id].append(row)
    arranged = arrangements(task_ids, at)
    changes = [
        change
        for task_id, own in rows.items()
        for change in _changes(own, since.ordinal, arranged.of(task_id))
    ]
    closed: list[Responsibility] = []
    for duty in (Duty.CO, Duty.LEAD):  # whoever no longer consolidates, before whoever does
        for change in changes:
            if change.duty == duty:
                closed += _write(change, at)
    return closed


def _changes(rows: Sequence[Responsibility], since: int, arranged: Sequence[Arrangement]) -> list[_Change]:
    ranges = [*(row.valid for row in rows), *(one.valid for one in arranged)]
    edges = {edge for valid in ranges for edge in (valid.lower, valid.upper) if edge is not None}
    cuts = sorted({since, *(edge for edge in edges if edge > since)})
    open_changes: dict[int, _Change] = {}
    found: list[_Change] = []
    for first, until in zip(cuts, [*cuts[1:], None], strict=True):
        holders = [row for row in rows if Period.from_ordinal(first).within(row.valid)]
        collectors = [one.agency_id for one in arranged if Period.from_ordinal(first).within(one.valid)]
        chosen = consolidator(holders, *collectors)
        still: dict[int, _Change] = {}
        for row in holders:
            duty = Duty.LEAD if row is chosen else Duty.CO
            if row.duty == duty:
                continue
            before = open_changes.get(row.pk)
            began = before.first if before and before.until == first else first
            still[row.pk] = _Change(row, began, until, duty)
        found += [change for pk, change in open_changes.items() if pk not in still]
        open_changes = still
    return found + list(open_changes.values())


def _write(change: _Change, at: datetime) -> list[Responsibility]:
    row, valid = change.row, quarters_from(change.first, change.until)
    if row.known.lower == at and _covers(change, row):
        Responsibility.objects.filter(pk=row.pk).update(duty=change.duty)  # known to nobody yet
        return []
    held = Responsibility.objects.filter(pk=row.pk, known__endswith__isnull=True)
    closed = retire(list(held), valid=valid, at=at)
    lower, upper = row.valid.lower, row.valid.upper
    first = change.first if lower is None else max(change.first, lower)
    until = upper if change.until is None else change.until if upper is None else min(change.until, upper)
    values = {
        field.attname: getattr(row, field.attname)
        for field in Responsibility._meta.concrete_fields
        if not field.primary_key
    }
    Responsibility.objects.create(
        **{**values, "duty": change.duty, "valid": quarters_from(first, until), "known": known_from(at)}
    )
    return closed


def _covers(change: _Change, row: Responsibility) -> bool:
    lower, upper = row.valid.lower, row.valid.upper
    return (
        lower is not None
        and change.first <= lower
        and (change.until is None or (upper is not None and upper <= change.until))
    )
