"""The states of a return and the ways between them; who may take each way is in tasks.people.permissions."""

from dataclasses import dataclass

from tasks.submissions.models import State


@dataclass(frozen=True)
class Transition:
    """One way between states: `verb` is its name in the record, `sources` the states in which it may be taken."""

    verb: str
    sources: frozenset[State]
    target: State


HAND = Transition("return.hand", frozenset({State.DRAFT, State.RETURNED, State.SUPPLEMENT}), State.HANDED)
TAKE_BACK = Transition("return.take_back", frozenset({State.HANDED}), State.DRAFT)
SUBMIT = Transition(
    "return.submit",
    frozenset({State.DRAFT, State.HANDED, State.RETURNED, State.SUPPLEMENT}),
    State.SUBMITTED,
)
ACCEPT = Transition("return.accept", frozenset({State.SUBMITTED}), State.ACCEPTED)
RETURN = Transition("return.return", frozenset({State.SUBMITTED}), State.RETURNED)
SUPPLEMENT = Transition("return.supplement", frozenset({State.ACCEPTED}), State.SUPPLEMENT)

# Ways within the body, of which nobody outside it is told.
INTERNAL = frozenset({HAND.verb, TAKE_BACK.verb, "evidence.attach", "evidence.remove"})

# Saving changes no state: a draft stays one, a returned one stays returned until it is handed on again.
EDITABLE = frozenset({State.DRAFT, State.RETURNED, State.SUPPLEMENT})
