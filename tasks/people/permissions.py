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


def may_manage_projects(user: User) -> bool:
    """Add a project that the plan does not name, and say which body reports on one."""
    return user.has(Role.OFFICE)


def may_propose_adjustments(user: User) -> bool:
    """Propose that a target, a responsibility, a deadline or a task's existence be changed."""
    return user.has(Role.OFFICE)


def may_decide_adjustments(user: User) -> bool:
    """See proposals, and approve or reject those of another person: 四(七) gives 动态调整 to the leading group and its
    office. Nobody decides what he proposed himself; `may_decide_adjustment_of` asks that too."""
    return user.has(Role.OFFICE, Role.LEADERSHIP)


def may_decide_adjustment_of(user: User, proposer_id: int) -> bool:
    """Decide that person's proposal."""
    return may_decide_adjustments(user) and user.pk != proposer_id


def may_keep_lineage(user: User) -> bool:
    """Say what bodies are called and what became of them."""
    return user.has(Role.OFFICE)


def may_make_briefs(user: User) -> bool:
    """Ask for a brief, see drafts, issue and withdraw."""
    return user.has(Role.OFFICE)


def may_read_briefs(user: User) -> bool:
    """Read and download issued briefs. They tell problems of every agency, so the rule is the same; and the members of
    the advisory committee, who are asked for their opinion of them."""
    return may_see_problems(user) or may_comment(user)


def may_comment(user: User) -> bool:
    """Comment, as a member of the advisory committee, on what one may read."""
    return user.has(Role.EXPERT)


def may_release_comments(user: User) -> bool:
    """Let a body read what an expert said."""
    return user.has(Role.OFFICE)


def may_supervise(user: User) -> bool:
    """See proposals of notices, propose, issue and close at all; `may_decide_for` says to whom: nobody issues to his own
    body or closes what it answered."""
    return user.has(Role.OFFICE, Role.SECOND_REVIEWER)


def may_score(user: User) -> bool:
    """Judge evidence, propose corrections and answer appeals at all; `may_decide_for` says of whom: nobody scores his own
    body."""
    return user.has(Role.OFFICE, Role.SECOND_REVIEWER)


def may_write_scheme(user: User) -> bool:
    """Write how scores are worked out; another person puts it in force."""
    return user.has(Role.OFFICE)


def may_propose_scores(user: User) -> bool:
    """Freeze the scores of a period for announcing."""
    return user.has(Role.OFFICE)


def may_announce_scores(user: User) -> bool:
    """Put a scheme in force and announce scores that another person proposed. All bodies' scores are in them, the office's
    own too, so it is not the office that does it."""
    return user.has(Role.SECOND_REVIEWER, Role.LEADERSHIP)


def may_see_scores_of(user: User, agency_id: int) -> bool:
    """A body's score: itself, office and leadership."""
    return may_see_problems(user) or (may_file(user) and user.agency_id == agency_id)


def may_instruct(user: User) -> bool:
    """Write an instruction on a brief or a task as a leader."""
    return user.has(Role.LEADERSHIP)


def may_transcribe(user: User) -> bool:
    """Register what a leader wrote elsewhere, and say that nothing is to be assigned on it."""
    return user.has(Role.OFFICE)


def may_set_supervision_rules(user: User) -> bool:
    """Say on what notices are proposed and to whom lateness is told."""
    return user.has(Role.OFFICE)


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
