"""The states of a project's report and the ways between them; who may take each way is in tasks.people.permissions."""

from dataclasses import dataclass

from tasks.projects.models import State


@dataclass(frozen=True)
class Transition:
    """One way between states: `verb` is its name in the record, `sources` the states in which it may be taken."""

    verb: str
    sources: frozenset[State]
    target: State


SUBMIT = Transition("projectreport.submit", frozenset({State.DRAFT, State.RETURNED}), State.SUBMITTED)
ACCEPT = Transition("projectreport.accept", frozenset({State.SUBMITTED}), State.ACCEPTED)
RETURN = Transition("projectreport.return", frozenset({State.SUBMITTED}), State.RETURNED)

# Saving changes no state.
EDITABLE = frozenset({State.DRAFT, State.RETURNED})
