"""The states of a work plan and the ways between them; who may take each way is in tasks.people.permissions."""

from dataclasses import dataclass

from tasks.workplans.models import State


@dataclass(frozen=True)
class Transition:
    """One way between states: `verb` is its name in the record, `sources` the states in which it may be taken."""

    verb: str
    sources: frozenset[State]
    target: State


HAND = Transition("workplan.hand", frozenset({State.DRAFT, State.RETURNED}), State.HANDED)
TAKE_BACK = Transition("workplan.take_back", frozenset({State.HANDED}), State.DRAFT)
SUBMIT = Transition(
    "workplan.submit", frozenset({State.DRAFT, State.HANDED, State.RETURNED}), State.SUBMITTED
)
CONFIRM = Transition("workplan.confirm", frozenset({State.SUBMITTED}), State.CONFIRMED)
RETURN = Transition("workplan.return", frozenset({State.SUBMITTED}), State.RETURNED)
# A confirmed one is written anew; until the office confirms that, the former holds.
REVISE = Transition("workplan.revise", frozenset({State.CONFIRMED}), State.DRAFT)
# What was begun anew is given up; only where there is a confirmed version to go back to.
DROP = Transition("workplan.drop", frozenset({State.DRAFT, State.RETURNED}), State.CONFIRMED)

# Ways within the body, of which nobody outside it is told.
INTERNAL = frozenset({HAND.verb, TAKE_BACK.verb, REVISE.verb, DROP.verb})

# Saving changes no state.
EDITABLE = frozenset({State.DRAFT, State.RETURNED})
