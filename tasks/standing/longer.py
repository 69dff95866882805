"""The standing of plans in periods longer than their own: a quarter of a plan that is reported on every month.

It reads the latest return in it, as a period of a plan reads the returns of a task with a closer rhythm
(tasks.standing.queries).
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from tasks.standing.queries import CLOSED, WITHDRAWN, Standing, standing_between
from tasks.values import Period, Rhythm


def reads(kind: Rhythm, of: Rhythm) -> bool:
    """Whether a period of the one kind reads returns of the other: those that are as long or shorter. A month reads none
    of a plan that joins January and February."""
    order = list(Rhythm)
    return order.index(of) <= order.index(kind)


def standing_in(
    first: Period, last: Period, of: Rhythm, *, known_at: datetime, plan_ids: Sequence[int]
) -> list[tuple[Period, Standing]]:
    """Every responsibility of the plans, which have that rhythm, in each period from first to last: (the period, the row
    that it reads). The row keeps the period for which it was filed. Of plans with a longer rhythm only tasks with a closer
    one have rows. In the order of `standing_between`; one query."""
    if of is first.kind or not reads(first.kind, of):
        rows = standing_between(first, last, known_at=known_at, plan_ids=plan_ids)
        return [(row.quarter, row) for row in rows]
    parts = {part: period for period in Period.span(first, last) for part in period.parts(of)}
    if not parts:
        return []
    found: defaultdict[tuple[Period, int, int, str], list[Standing]] = defaultdict(list)
    ends = {period: part for part, period in parts.items()}
    rows = standing_between(min(parts), max(parts), known_at=known_at, plan_ids=plan_ids)
    for row in rows:
        found[parts[row.quarter], row.task_id, row.agency_id, row.duty].append(row)
    # Who holds a duty on the last day of the period is counted in it, in the order of that day.
    return [
        (parts[row.quarter], _latest(found[parts[row.quarter], row.task_id, row.agency_id, row.duty]))
        for row in rows
        if row.quarter == ends[parts[row.quarter]]
    ]


def _latest(rows: Sequence[Standing]) -> Standing:
    """Of the standings of one responsibility in the parts of a period, the first part first: its end if the task has ended;
    else the latest return, or without one the latest that was due."""
    if rows[-1].state in {CLOSED, WITHDRAWN}:
        return rows[-1]
    return max(
        enumerate(rows),
        key=lambda at: (
            at[1].version_id is not None,
            at[1].owed and at[1].due_at is not None,
            at[1].owed,
            at[0],
        ),
    )[1]
