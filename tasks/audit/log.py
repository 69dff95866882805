"""The audit log: who did what. One function writes it, in the transaction that does the thing."""

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, models, transaction

from qhplan import clock
from tasks.audit.models import Event, Outcome
from tasks.audit.request_source import current_source
from tasks.people.models import User
from tasks.people.plan_scope import check_reach

logger = logging.getLogger(__name__)

# What an approver does: where a deputy did it 代签, the event says on whose behalf.
_OF_APPROVERS = frozenset({
    "return.submit", "return.withdraw", "return.withdraw_returned", "return.withdraw_supplement", "return.assign",
    "workplan.submit", "projectreport.submit", "extension.ask", "notice.answer", "appeal.make",
})  # fmt: skip


def subject_of(obj: models.Model) -> str:
    """`submission:12`, the name of an object in the audit log."""
    return f"{obj._meta.model_name}:{obj.pk}"


@dataclass(frozen=True)
class Entry:
    """One entry of the audit log, for `record_all`."""

    verb: str
    subject: models.Model
    from_state: str = ""
    to_state: str = ""
    note: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    outcome: Outcome = Outcome.DONE


def record_all(entries: Iterable[Entry], *, by: User | None, at: datetime | None = None) -> None:
    """Write entries in one INSERT. Refuses objects of a plan for which `by` holds nothing, whoever forgot to ask. `by` is None where the system acts by itself. `at` is domain time (default: now); the
    time of recording is the real one. Address and session are those of the request that is being answered."""
    entries = list(entries)
    if by is not None:
        check_reach(by, [entry.subject for entry in entries])
    whom = by.anywhere().deputises_for() if by is not None else None
    _write(
        [
            Event(
                verb=entry.verb,
                subject=subject_of(entry.subject),
                from_state=entry.from_state,
                to_state=entry.to_state,
                note=entry.note,
                data=entry.data | {"on_behalf_of": whom}
                if whom and entry.verb in _OF_APPROVERS
                else entry.data,
                outcome=entry.outcome,
            )
            for entry in entries
        ],
        by=by,
        at=at or clock.now(),
    )


def _write(events: list[Event], *, by: User | None, at: datetime) -> None:
    """The one place that writes to the audit log: through a function of the database, which alone may insert and stamps the
    moment of recording (docs/decisions/sealing.md)."""
    if not events:
        return
    source = {"by": by.pk if by else None, **asdict(current_source())}
    rows = [
        {
            "at": at.isoformat(),
            **{
                name: str(getattr(event, name))
                for name in ("verb", "subject", "from_state", "to_state", "note")
            },
            "outcome": str(event.outcome),
            "data": event.data,
        }
        for event in events
    ]
    # Both in one round trip: without a transaction around it, the two statements are one.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('qhplan.source', %s, true); SELECT tasks_record(%s)",
            [json.dumps(source), json.dumps(rows, ensure_ascii=False)],
        )


def record_access(
    verb: str, subject: str, *, by: User | None, data: dict[str, Any], outcome: Outcome = Outcome.DONE
) -> None:
    """Write one entry on a request that changes nothing: a refusal, a failed sign-in, a file that leaves. `subject` is
    `page:` and the name of the address, or the name of an object. One INSERT in a transaction of its own. A log that
    cannot be written is reported to the operator's log and does not change the answer."""
    event = Event(verb=verb, subject=subject[:60], data=data, outcome=outcome)
    try:
        with transaction.atomic():
            _write([event], by=by, at=clock.now())
    except DatabaseError:
        source = current_source()
        logger.exception(
            "not in the audit log: %s %s by %s from %s: %s", verb, subject, by and by.pk, source.address, data
        )


def record(
    *,
    by: User | None,
    verb: str,
    subject: models.Model,
    from_state: str = "",
    to_state: str = "",
    note: str = "",
    data: dict[str, Any] | None = None,
    at: datetime | None = None,
    outcome: Outcome = Outcome.DONE,
) -> None:
    """Write one entry, as `record_all` does."""
    record_all([Entry(verb, subject, from_state, to_state, note, data or {}, outcome)], by=by, at=at)


def last_event_on(user: User) -> Event | None:
    """The last event on an account, to name the person who was first. One query."""
    return Event.objects.filter(subject=subject_of(user)).select_related("by").order_by("-id").first()
