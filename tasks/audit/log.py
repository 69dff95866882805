"""The audit log: who did what. One function writes it, in the transaction that does the thing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models

from qhplan import clock
from tasks.audit.models import Event, Outcome
from tasks.audit.request_source import current_source
from tasks.people.models import User
from tasks.people.plan_scope import check_reach

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
    moment = at or clock.now()
    source = current_source()
    whom = by.anywhere().deputises_for() if by is not None else None
    Event.objects.bulk_create(
        Event(
            at=moment,
            by=by,
            verb=entry.verb,
            subject=subject_of(entry.subject),
            from_state=entry.from_state,
            to_state=entry.to_state,
            note=entry.note,
            data=entry.data | {"on_behalf_of": whom} if whom and entry.verb in _OF_APPROVERS else entry.data,
            address=source.address,
            session=source.session,
            outcome=entry.outcome,
        )
        for entry in entries
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
