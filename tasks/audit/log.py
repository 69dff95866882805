"""The record of who did what: one function writes it, in the transaction that did the thing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models

from qhplan import clock
from tasks.audit.models import Event
from tasks.people.models import User


def subject_of(obj: models.Model) -> str:
    """`submission:12`, the name under which an object stands in the record."""
    return f"{obj._meta.model_name}:{obj.pk}"


@dataclass(frozen=True)
class Entry:
    """One line of the record, for `record_all`."""

    verb: str
    subject: models.Model
    from_state: str = ""
    to_state: str = ""
    note: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def record_all(entries: Iterable[Entry], *, by: User | None, at: datetime | None = None) -> None:
    """Write entries in one INSERT. `at` is domain time (default: now); the time of recording is the real one."""
    moment = at or clock.now()
    Event.objects.bulk_create(
        Event(
            at=moment,
            by=by,
            verb=entry.verb,
            subject=subject_of(entry.subject),
            from_state=entry.from_state,
            to_state=entry.to_state,
            note=entry.note,
            data=entry.data,
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
) -> None:
    """Write one entry."""
    record_all([Entry(verb, subject, from_state, to_state, note, data or {})], by=by, at=at)


def last_event_on(user: User) -> Event | None:
    """What was done last to an account, for telling a person who was quicker."""
    return Event.objects.filter(subject=subject_of(user)).select_related("by").order_by("-id").first()
