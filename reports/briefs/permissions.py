"""Who may do what with a brief, and from which state to which."""

from dataclasses import dataclass

from reports.briefs.models import Brief, BriefState
from tasks.people.models import User
from tasks.people.permissions import may_make_briefs, may_read_briefs


@dataclass(frozen=True)
class Transition:
    """One way between states: `verb` is its name in the record, `sources` the states in which it may be taken."""

    verb: str
    sources: frozenset[BriefState]
    target: BriefState


FREEZE = Transition("brief.freeze", frozenset({BriefState.ASKED}), BriefState.DRAFT)
FAIL = Transition("brief.fail", frozenset({BriefState.ASKED}), BriefState.FAILED)
RETRY = Transition("brief.retry", frozenset({BriefState.FAILED}), BriefState.ASKED)
ISSUE = Transition("brief.issue", frozenset({BriefState.DRAFT}), BriefState.ISSUING)
PUBLISH = Transition("brief.publish", frozenset({BriefState.ISSUING}), BriefState.ISSUED)
SUPERSEDE = Transition("brief.supersede", frozenset({BriefState.ISSUED}), BriefState.SUPERSEDED)
WITHDRAW = Transition("brief.withdraw", frozenset({BriefState.ISSUED}), BriefState.WITHDRAWN)
# The end of what never got a number: no way leads on.
DISCARD = Transition("brief.discard", frozenset({BriefState.DRAFT, BriefState.FAILED}), BriefState.DISCARDED)


def may_act(user: User | None) -> bool:
    """Ask, retry, issue, withdraw and discard. None is the system itself: a command typed on the server, or its set-up."""
    return user is None or may_make_briefs(user)


def may_take_file(user: User, brief: Brief) -> bool:
    """Open the PDF and the figures. Those of a withdrawn one stay with those who make briefs."""
    if may_make_briefs(user):
        return True
    return may_read_briefs(user) and brief.state in (BriefState.ISSUED, BriefState.SUPERSEDED)
