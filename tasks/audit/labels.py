"""What the audit log calls verbs, objects and states on screen. The package that writes a verb registers its label, in a
module `audit_labels` that the app imports when it is ready."""

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from django.utils.functional import Promise

Label: TypeAlias = str | Promise
T = TypeVar("T")

VERBS: dict[str, Label] = {}
SUBJECTS: dict[str, Label] = {}
STATES: dict[str, Mapping[str, Label]] = {}


def register(
    *,
    verbs: Mapping[str, Label] | None = None,
    subjects: Mapping[str, Label] | None = None,
    states: Mapping[str, Mapping[str, Label]] | None = None,
) -> None:
    """Add labels: of verbs, of subjects by the name of the model, and of a subject's states. Raise ValueError for what is
    registered already."""
    _add(VERBS, verbs or {})
    _add(SUBJECTS, subjects or {})
    _add(STATES, states or {})


def _add(known: dict[str, T], new: Mapping[str, T]) -> None:
    if twice := known.keys() & new.keys():
        raise ValueError(f"registered twice for the audit log: {sorted(twice)}")
    known.update(new)


def state_text(subject: str, state: str) -> str:
    """The label of the state of `user:12`; a dash for an object that did not exist before or has no state."""
    return str(STATES.get(subject.partition(":")[0], {}).get(state, state)) or "—"


def verb_text(verb: str) -> str:
    """The label of the verb."""
    return str(VERBS.get(verb, verb))


def subject_text(subject: str) -> str:
    """`user:12` → 账号 12."""
    model, _colon, pk = subject.partition(":")
    return f"{SUBJECTS.get(model, model)} {pk}"
