"""Who may do what, said once. Pages ask to show a button; the write path asks again before it writes."""

from collections.abc import Collection

from tasks.people.models import User
from tasks.values import Role


def may_file(user: User) -> bool:
    """Fill in returns of one's own agency."""
    return user.agency_id is not None and user.has(Role.REPORTER, Role.APPROVER)


def may_approve(user: User) -> bool:
    """Submit returns of one's own agency."""
    return user.agency_id is not None and user.has(Role.APPROVER)


def may_review(user: User) -> bool:
    """Verify and decide lead returns at all; `may_decide_for` says whose."""
    return user.has(Role.OFFICE, Role.SECOND_REVIEWER)


def may_decide_for(user: User, agency_id: int, office_agency_ids: frozenset[int]) -> bool:
    """Decide that agency's lead returns. Nobody judges himself: what the office's own agency filed goes to the
    second reviewing body, and nobody decides for the agency that he belongs to."""
    if user.agency_id == agency_id:
        return False
    if agency_id in office_agency_ids:
        return user.has(Role.SECOND_REVIEWER)
    return user.has(Role.OFFICE)


def may_see_all_submitted(user: User) -> bool:
    """Read submitted returns of every agency before they are decided."""
    return user.has(Role.OFFICE, Role.SECOND_REVIEWER)


def may_see_problems(user: User) -> bool:
    """Read problems, evidence and scores of every agency: office and leadership, beside the body itself and the
    task's lead."""
    return user.has(Role.OFFICE, Role.SECOND_REVIEWER, Role.LEADERSHIP)


def may_see_problems_of(user: User, bodies: Collection[int | None]) -> bool:
    """Read the problems of one return; `bodies` are its own body and its task's lead in that quarter."""
    return may_see_problems(user) or (user.agency_id is not None and user.agency_id in bodies)


def may_see_plan(user: User) -> bool:
    """Read the plan, its tasks and its figures: every business role; administrators have no business data."""
    return user.has(
        Role.REPORTER,
        Role.APPROVER,
        Role.OFFICE,
        Role.SECOND_REVIEWER,
        Role.LEADERSHIP,
        Role.EXPERT,
        Role.VIEWER,
    )


def may_manage_cycles(user: User) -> bool:
    """Open a quarter and set its dates."""
    return user.has(Role.OFFICE)


def may_manage_figures(user: User) -> bool:
    """Say how an indicator is counted and who owns its figure, set a target's path, assess targets in words. Targets
    have no responsible body, so nobody judges himself by it."""
    return user.has(Role.OFFICE)


def may_make_briefs(user: User) -> bool:
    """Ask for a brief, see drafts, issue and withdraw."""
    return user.has(Role.OFFICE)


def may_read_briefs(user: User) -> bool:
    """Read and download issued briefs. They tell problems of every agency, so the rule is the same."""
    return may_see_problems(user)


def may_manage_accounts(user: User) -> bool:
    """Make, close and amend accounts; the powers of an account are another's business (三员分立)."""
    return user.has(Role.ACCOUNTS_ADMIN)


def may_grant_roles(user: User) -> bool:
    """Give roles to accounts and take them away."""
    return user.has(Role.RIGHTS_ADMIN)


def may_read_audit(user: User) -> bool:
    """Read the record of who did what."""
    return user.has(Role.AUDIT_ADMIN)


def may_set_contacts(user: User, agency_id: int) -> bool:
    """Say whom to call for that body's responsibilities: its own people, or the office."""
    return user.has(Role.OFFICE) or (may_file(user) and user.agency_id == agency_id)


def may_see_telephones(user: User, bodies: Collection[int]) -> bool:
    """See whom to call by name and number: leaders, the office, and the people of the task's own bodies. Others see
    role and division."""
    return user.has(Role.OFFICE, Role.SECOND_REVIEWER, Role.LEADERSHIP) or (
        may_file(user) and user.agency_id in bodies
    )
