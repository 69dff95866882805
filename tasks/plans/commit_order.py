"""Advisory lock per plan, so that submissions and decisions commit in the order of their timestamps."""

from collections.abc import Iterable

from django.db import connection

# Each kind of advisory lock has its own number, so that different kinds never conflict.
_LOCK = 0x504C414E


def in_order(plan_ids: Iterable[int]) -> None:
    """Locks the plans until the transaction ends, so that submissions and decisions commit in the order of their
    timestamps. A query "as known at" a past moment then always returns the same result."""
    with connection.cursor() as cursor:
        for plan_id in sorted(set(plan_ids)):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, plan_id])
