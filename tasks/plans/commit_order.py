"""The order in which what is said of a plan is committed."""

from collections.abc import Iterable

from django.db import connection

# One number per kind of advisory lock, so that locks of different kinds never meet.
_LOCK = 0x504C414E


def in_order(plan_ids: Iterable[int]) -> None:
    """Hold the plans' locks until the transaction ends, so that what is submitted and decided commits in the order
    of its moments: "as known at" can then be asked of any moment and the answer never changes afterwards."""
    with connection.cursor() as cursor:
        for plan_id in sorted(set(plan_ids)):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, plan_id])
