"""State machines of stored objects, generic over the model: the table of transitions, rows locked in one order, one
conditional UPDATE, its entry in the audit log, and the sentence that names who was first.

A model that is moved has a text field `state`. Its package holds the table in a module `transitions`, beside the checks
that are its own; who may make a transition is in the package's `permissions`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.audit.log import Entry, record_all, subject_of
from tasks.audit.models import Event
from tasks.errors import Conflict
from tasks.people.models import User

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Transition:
    """A transition between states: `verb` is its name in the audit log, `sources` are the states from which it may be
    made (none: it creates the object), `target` is the state to which it leads."""

    verb: str
    sources: frozenset[str]
    target: str


def table(states: type[models.TextChoices], *transitions: Transition) -> tuple[Transition, ...]:
    """The transitions of a model with these states. Raise ValueError for a verb that occurs twice, for a state that the
    model does not have, and for a transition that leads back to its own source."""
    for number, transition in enumerate(transitions):
        if any(transition.verb == other.verb for other in transitions[:number]):
            raise ValueError(f"two transitions are named {transition.verb}")
        if unknown := {*transition.sources, transition.target} - set(states.values):
            raise ValueError(f"{transition.verb} names states that do not exist: {sorted(unknown)}")
        if transition.target in transition.sources:
            raise ValueError(f"{transition.verb} does not change the state")
    return transitions


def lock(rows: models.QuerySet[M], ids: Iterable[int], missing: Exception) -> list[M]:
    """Lock the rows with these ids in the order of their keys, so that of two requests that lock some of the same rows
    neither waits for the other in a circle. Raise `missing` unless there is at least one id and each has a row."""
    wanted = set(ids)
    found = list(rows.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))
    if not found or len(found) != len(wanted):
        raise missing
    return found


def check_states(rows: Iterable[M], transition: Transition, sentence: Callable[[M], str]) -> None:
    """Raise Conflict with the sentence on the first row from whose state the transition cannot be made."""
    for row in rows:
        if state_of(row) not in transition.sources:
            raise Conflict(sentence(row))


def change_state(
    rows: Sequence[M],
    transition: Transition,
    values: Mapping[str, object] | None = None,
    *,
    conflict: Callable[[], str] | None = None,
) -> None:
    """Move the rows, all of one model, by one UPDATE that names the source states, and set `values` with it. Raise
    Conflict when fewer rows than these were in a source state; the caller's transaction then undoes the rest.

    The objects get the new state and values too, except values that only the database can compute (F expressions).
    """
    if not rows:
        return
    allowed = type(rows[0])._default_manager.filter(
        pk__in=[row.pk for row in rows], state__in=transition.sources
    )
    if allowed.update(state=transition.target, **(values or {})) != len(rows):
        raise Conflict(conflict() if conflict else _("状态刚刚被别人改变，请刷新页面。"))
    plain = {
        name: value for name, value in (values or {}).items() if not hasattr(value, "resolve_expression")
    }
    for row in rows:
        for name, value in {"state": str(transition.target), **plain}.items():
            setattr(row, name, value)


def move(
    rows: Sequence[M],
    transition: Transition,
    *,
    by: User | None,
    at: datetime,
    note: str | Mapping[int, str] = "",
    data: Mapping[int, dict[str, Any]] | None = None,
    values: Mapping[str, object] | None = None,
    conflict: Callable[[], str] | None = None,
) -> None:
    """`change_state`, and one entry in the audit log for each row. `note` is one text for all rows or one by the row's
    id, `data` is by the row's id. Where the transition has several sources the caller has locked the rows, so that the
    state in memory is the one that the entry names as the former."""
    before = {row.pk: _source(row, transition) for row in rows}
    change_state(rows, transition, values, conflict=conflict)
    record_all(
        [
            entry(
                transition,
                row,
                before[row.pk],
                note=note if isinstance(note, str) else note.get(row.pk, ""),
                data=(data or {}).get(row.pk),
            )
            for row in rows
        ],
        by=by,
        at=at,
    )


def _source(row: models.Model, transition: Transition) -> str:
    """The state that the row leaves: the transition's only source, or the one of several in which it is."""
    return next(iter(transition.sources)) if len(transition.sources) == 1 else state_of(row)


def entry(
    transition: Transition,
    row: models.Model,
    before: str,
    *,
    note: str = "",
    data: dict[str, Any] | None = None,
) -> Entry:
    """The entry for a row that was in the state `before`."""
    return Entry(transition.verb, row, str(before), str(transition.target), note, data or {})


def last_change(row: models.Model) -> Event | None:
    """The last change of the row's state that a person made, with that person. One query."""
    changes = Event.objects.filter(subject=subject_of(row)).exclude(to_state="").exclude(by=None)
    return changes.select_related("by").order_by("-id").first()


def who_was_first(row: models.Model, changed: str, unchanged: str, **words: object) -> str:
    """The sentence for the person who came second. `changed` is a format with %(who)s and %(when)s, `unchanged` is
    used where nobody has changed the state; `words` are what both formats name besides."""
    last = last_change(row)
    if last is None:
        return unchanged % words
    return changed % {**words, "who": last.by, "when": short_time(last.at)}


def state_of(row: models.Model) -> str:
    """The state of the object in memory."""
    return str(row.serializable_value("state"))


def stored_state(row: models.Model) -> str:
    """The state of the row in the database. One query."""
    return str(type(row)._default_manager.values_list("state", flat=True).get(pk=row.pk))


def short_time(moment: datetime) -> str:
    """`11-30 09:05`, local time."""
    return f"{timezone.localtime(moment):%m-%d %H:%M}"


def last_numbers(rows: models.QuerySet[Any, Any], head: str) -> dict[int, int]:
    """{id of the head: the last number among its rows}, for versions and bundles, which are counted up by head."""
    return dict(rows.order_by().values(head).annotate(last=models.Max("number")).values_list(head, "last"))
