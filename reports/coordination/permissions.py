"""Who may do what with a request for coordination. Who sees one: CoordinationQuerySet."""

from collections.abc import Collection

from reports.coordination.models import CoordinationRequest
from tasks.people.models import User
from tasks.people.permissions import may_approve, may_file, may_see_problems
from tasks.values import Role


def may_see_some(user: User) -> bool:
    """Open the list: those who see all requests, and the people of agencies."""
    return may_see_problems(user) or may_file(user)


def may_handle(user: User) -> bool:
    """Add a request, write an opinion on it, bring it to a meeting, assign it, record its result."""
    return user.has(Role.OFFICE)


def may_answer(user: User, assigned: Collection[int]) -> bool:
    """Record the result: the office, and the approver of an agency to which it was assigned."""
    return may_handle(user) or (may_approve(user) and user.agency_id in assigned)


def may_confirm(user: User, request: CoordinationRequest) -> bool:
    """Say whether it is settled: the approver of the agency that asked. What the office added for an agency too."""
    return may_approve(user) and user.agency_id == request.agency_id
