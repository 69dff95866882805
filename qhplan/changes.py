"""What was written since a moment: the marker by which a page is known to be unchanged.

PostgreSQL's snapshot says which transactions are visible. A transaction that writes a row of any table but `UNSEEN` leaves
its number in `qhplan_change`. So what was read under one snapshot is unchanged as long as no such number is visible
that the snapshot did not see, whatever the order in which transactions commit.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from celery import shared_task
from django.apps import apps
from django.db import connection
from django.utils import timezone

from tasks.cycles.lateness import TOLERANCE

# Tables of which no page with an ETag shows a row: sessions (its key has their content), sign-ins and how often somebody
# asked, seals of the audit log, Django's own.
UNSEEN = frozenset(
    {
        "django_session",
        "django_migrations",
        "django_content_type",
        "auth_permission",
        "axes_accessattempt",
        "axes_accessattemptexpiration",
        "axes_accessfailurelog",
        "axes_accesslog",
        "qhplan_change",
        "tasks_signin",
        "tasks_secondfactor",
        "tasks_recoverycode",
        "tasks_tally",
        "tasks_seal",
        "tasks_sealedobject",
        "tasks_presence",  # who is writing: on forms alone, which are never held for unchanged
    }
)
# Moments that may lie ahead when they are written, so that a page changes when they pass, without anything being written.
AHEAD = (
    ("tasks_cycle", ("opened_at", "co_due", "lead_due", "decision_due", "closes_at")),
    ("tasks_extension", ("until",)),
    ("tasks_reopening", ("until",)),
    ("tasks_appointment", ("since", "until")),
    ("tasks_version", ("answer_by",)),
    ("tasks_decisionrecord", ("answer_by",)),
    ("tasks_supplement", ("answer_by",)),
    ("tasks_invitation", ("ends_at",)),
    ("tasks_delivery", ("not_before",)),
)
KEPT = timedelta(days=1)  # for which changes are remembered; no page is held for unchanged for longer


@dataclass(frozen=True)
class Marker:
    """What was visible at a moment. `database` changes with a restart and whenever the table of changes is made anew, as
    by a restored dump, after which numbers of transactions say nothing."""

    snapshot: str
    database: str
    at: int  # seconds of real time
    until: int  # seconds of the domain's time, at which a page may change by time alone

    def text(self) -> str:
        return f"{self.snapshot};{self.database};{self.at};{self.until}"

    @classmethod
    def read(cls, text: str) -> "Marker":
        """Inverse of `text`. Raises ValueError."""
        snapshot, database, at, until = text.split(";")
        if not all(part.isdecimal() for part in snapshot.replace(",", ":").rstrip(":").split(":")):
            raise ValueError(snapshot)
        return cls(snapshot, database, int(at), int(until))


def mark(now: datetime) -> Marker:
    """What is visible now, and when a page changes by time alone: at the day's end in the plan's time zone, at a moment of
    `AHEAD`, or at the last at which a return due then is in time. To be taken before anything is read that it shall cover.
    One query."""
    with connection.cursor() as cursor:
        cursor.execute(_mark(), {"now": now, "tolerance": str(TOLERANCE)})
        snapshot, database, ahead = cursor.fetchone()
    local = timezone.localtime(now, timezone.get_default_timezone())
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    until = midnight if ahead is None else min(midnight, ahead)
    return Marker(snapshot, database, int(timezone.now().timestamp()), int(until.timestamp()))


def is_unchanged(since: Marker, now: Marker) -> bool:
    """Whether nothing that a page can show was written from one marker to the other. One query at most."""
    if since.database != now.database or not 0 <= now.at - since.at < KEPT.total_seconds() / 2:
        return False
    if since.snapshot == now.snapshot:
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM qhplan_change WHERE xid >= pg_snapshot_xmin(%(since)s::pg_snapshot)"
            " AND NOT pg_visible_in_snapshot(xid, %(since)s::pg_snapshot))",
            {"since": since.snapshot},
        )
        return bool(cursor.fetchone()[0])


@cache
def _mark() -> str:
    one = (
        "SELECT min({name}) FILTER (WHERE {name} > %(now)s),"
        " min({name}) FILTER (WHERE {name} > %(now)s - %(tolerance)s::interval) + %(tolerance)s::interval FROM {table}"
    )
    ahead = " UNION ALL ".join(one.format(name=name, table=table) for table, names in AHEAD for name in names)
    visible = (
        "pg_current_snapshot()::text, extract(epoch FROM pg_postmaster_start_time())::bigint || '-'"
        " || pg_relation_filenode('qhplan_change')"
    )
    return f"SELECT {visible}, least(min(a), min(b)) FROM ({ahead}) AS ahead (a, b)"  # noqa: S608 — made of constants


def watch_tables(**_kwargs: Any) -> None:
    """Puts the trigger on every table that lacks it: called after each `migrate`, so that no new table is forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
            " AND to_regproc('qhplan_changed') IS NOT NULL"
            " AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'changed')"
        )
        for (table,) in cursor.fetchall():
            if table not in UNSEEN:
                name = connection.ops.quote_name(table)
                cursor.execute(
                    f"CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON {name}"
                    " FOR EACH ROW EXECUTE FUNCTION qhplan_changed();"
                    f"CREATE TRIGGER changed_all AFTER TRUNCATE ON {name}"
                    " FOR EACH STATEMENT EXECUTE FUNCTION qhplan_changed()"
                )


@shared_task(name="qhplan.changes.forget", ignore_result=True)
def forget() -> None:
    """Deletes changes that are older than any page that could be asked about. No transaction is open for half a day."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM qhplan_change WHERE at < %s", [timezone.now() - KEPT])


def seen_tables() -> set[str]:
    """Every table of a model, but for `UNSEEN`."""
    return {model._meta.db_table for model in apps.get_models(include_auto_created=True)} - UNSEEN
