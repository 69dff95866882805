"""Who may do what with a notice."""

from collections.abc import Collection

from reports.supervision.models import Notice
from tasks.people.models import User
from tasks.people.permissions import may_approve, may_decide_for, may_file, may_see_problems, may_supervise
from tasks.values import Role


def may_see_some(user: User) -> bool:
    """Open the register: those who may see all notices, and the people of the agencies that notices address."""
    return may_see_problems(user) or may_file(user)


def may_decide(user: User, agency_id: int, offices: frozenset[int]) -> bool:
    """Issue to that agency, refuse a proposal, decide on its answer, withdraw. As with submissions nobody decides for
    their own agency, and the second reviewer decides for the office's agency."""
    return may_decide_for(user, agency_id, offices)


def may_propose(user: User, agency_id: int, offices: frozenset[int]) -> bool:
    """Propose a notice to those who may issue it. The office may propose one to any agency."""
    return user.has(Role.OFFICE) or (may_supervise(user) and may_decide(user, agency_id, offices))


def may_acknowledge(user: User, notice: Notice) -> bool:
    """Acknowledge receipt: anybody who files for the agency."""
    return may_file(user) and user.agency_id == notice.agency_id


def may_draft(user: User, notice: Notice) -> bool:
    """Edit the draft of the agency's answer."""
    return may_file(user) and user.agency_id == notice.agency_id


def may_answer(user: User, notice: Notice) -> bool:
    """Send the answer in the agency's name: the approver of its submissions."""
    return may_approve(user) and user.agency_id == notice.agency_id


def may_take_back(user: User, notice: Notice) -> bool:
    """Take the answer back before it is decided: whoever may send it."""
    return may_answer(user, notice)


def signed_before(user: User, signers: Collection[int]) -> bool:
    """Whether the person signed one of the answers, for the agency that they belonged to then."""
    return user.pk in signers
