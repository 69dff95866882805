"""Who may do what with a notice, and from which state to which."""

from collections.abc import Collection
from dataclasses import dataclass

from reports.supervision.models import Notice
from reports.supervision.values import OPEN, State
from tasks.people.models import User
from tasks.people.permissions import may_approve, may_decide_for, may_file, may_see_problems, may_supervise
from tasks.values import Role


@dataclass(frozen=True)
class Transition:
    """One way between states: `verb` is its name in the record, `sources` the states in which it may be taken."""

    verb: str
    sources: frozenset[State]
    target: State


PROPOSE = Transition("notice.propose", frozenset(), State.PROPOSED)
REJECT = Transition("notice.reject", frozenset({State.PROPOSED}), State.REJECTED)
ISSUE = Transition("notice.issue", frozenset({State.PROPOSED}), State.ISSUED)
ACKNOWLEDGE = Transition("notice.acknowledge", frozenset({State.ISSUED}), State.ACKNOWLEDGED)
ANSWER = Transition("notice.answer", frozenset({State.ACKNOWLEDGED, State.SENT_BACK}), State.ANSWERED)
CLOSE = Transition("notice.close", frozenset({State.ANSWERED}), State.CLOSED)
SEND_BACK = Transition("notice.send_back", frozenset({State.ANSWERED}), State.SENT_BACK)
WITHDRAW = Transition("notice.withdraw", frozenset(OPEN), State.WITHDRAWN)


def may_see_some(user: User) -> bool:
    """Open the board: who may see all of them, and the people of the bodies that are addressed."""
    return may_see_problems(user) or may_file(user)


def may_decide(user: User, agency_id: int, offices: frozenset[int]) -> bool:
    """Issue to that body, refuse a proposal, decide on its answer, withdraw: as with its returns, nobody for his own
    body, and for the office's own the second reviewer."""
    return may_decide_for(user, agency_id, offices)


def may_propose(user: User, agency_id: int, offices: frozenset[int]) -> bool:
    """Put a notice before whoever may issue it: the office to any body."""
    return user.has(Role.OFFICE) or (may_supervise(user) and may_decide(user, agency_id, offices))


def may_acknowledge(user: User, notice: Notice) -> bool:
    """Sign for it: anybody who files for that body."""
    return may_file(user) and user.agency_id == notice.agency_id


def may_draft(user: User, notice: Notice) -> bool:
    """Write on the body's answer."""
    return may_file(user) and user.agency_id == notice.agency_id


def may_answer(user: User, notice: Notice) -> bool:
    """Send the answer in the body's name: who signs its returns."""
    return may_approve(user) and user.agency_id == notice.agency_id


def signed_before(user: User, signers: Collection[int]) -> bool:
    """Whether the person signed one of the answers himself, for a body that he belonged to then."""
    return user.pk in signers
