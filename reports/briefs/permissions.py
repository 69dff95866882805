"""Who may do what with a brief."""

from reports.briefs.models import Brief, BriefState
from tasks.people.models import User
from tasks.people.permissions import may_make_briefs, may_read_briefs


def may_act(user: User | None) -> bool:
    """Request, retry, issue, withdraw and discard briefs. None is the system itself: a command on the server, or its
    set-up."""
    return user is None or may_make_briefs(user)


def may_take_file(user: User, brief: Brief) -> bool:
    """Open the PDF and the figures. Those of a withdrawn brief are only for those who make briefs."""
    if may_make_briefs(user):
        return True
    return may_read_briefs(user) and brief.state in (BriefState.ISSUED, BriefState.SUPERSEDED)
