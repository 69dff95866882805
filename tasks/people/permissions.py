"""Permissions: one function for each right. Pages call them to show buttons, actions call them again before writing."""

from collections.abc import Collection

from tasks.people.models import User
from tasks.values import Role


def may_file(user: User) -> bool:
    """Write submissions of the user's own agency."""
    return user.agency_id is not None and user.has(Role.REPORTER, Role.APPROVER)


def may_approve(user: User) -> bool:
    """Approve and submit submissions of the user's own agency."""
    return user.agency_id is not None and user.has(Role.APPROVER)


def may_review(user: User) -> bool:
    """Verify and decide lead submissions in general; `may_decide_for` limits the agencies."""
    return user.has(Role.OFFICE, Role.SECOND_REVIEWER)


def may_open_queue(user: User) -> bool:
    """Open the queue: reviewers decide lead submissions, agencies the co submissions of the tasks they lead."""
    return may_review(user) or may_file(user)


def may_decide_for(user: User, agency_id: int, office_agency_ids: frozenset[int]) -> bool:
    """Decide that agency's lead submissions. Nobody judges an agency that they serve, whichever they act for at the
    moment: the second reviewers decide submissions of the office's agency."""
    if agency_id in user.serves:
        return False
    if agency_id in office_agency_ids:
        return user.has(Role.SECOND_REVIEWER)
    return user.has(Role.OFFICE)


def may_see_all_submitted(user: User) -> bool:
    """Read submissions of all agencies before they are decided."""
    return user.has(Role.OFFICE, Role.SECOND_REVIEWER)


def may_see_problems(user: User) -> bool:
    """Read problems, evidence and scores of all agencies: office and leadership. (The agency itself and the task's lead
    may read them too: `may_see_problems_of`.)"""
    return user.has(Role.OFFICE, Role.SECOND_REVIEWER, Role.LEADERSHIP)


def may_see_problems_of(user: User, agency_ids: Collection[int | None]) -> bool:
    """Read the problems of one submission; `agency_ids` are its agency and its task's lead in that quarter."""
    return may_see_problems(user) or (user.agency_id is not None and user.agency_id in agency_ids)


def may_see_plan(user: User) -> bool:
    """Read the plan, its tasks and its figures: all business roles; administrators see no business data."""
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


def may_backfill(user: User) -> bool:
    """Take past quarters from the office's own ledger, carry unfinished tasks over, fill the ledger's template."""
    return user.has(Role.OFFICE)


def may_manage_figures(user: User) -> bool:
    """Set indicators' definitions and owners, set target paths, assess targets without figures. Targets have no
    responsible agency, so nobody judges their own agency here."""
    return user.has(Role.OFFICE)


def may_manage_projects(user: User) -> bool:
    """Add a project that the plan does not name, and assign the reporting agency of a project."""
    return user.has(Role.OFFICE)


def may_propose_adjustments(user: User) -> bool:
    """Propose a change of a target, a responsibility, a deadline or a task's term."""
    return user.has(Role.OFFICE)


def may_start_adjustments(user: User) -> bool:
    """Open the forms: the office proposes, an agency applies for a task that it leads
    (`tasks.adjustments.applications.may_apply`)."""
    return may_propose_adjustments(user) or may_file(user)


def may_decide_adjustments(user: User) -> bool:
    """See proposals, and decide those of another person: 四(七) of the plan assigns 动态调整 to the leading group and its
    office. Nobody decides their own proposal: `may_decide_adjustment_of` checks that too."""
    return user.has(Role.OFFICE, Role.LEADERSHIP)


def may_decide_adjustment_of(user: User, proposer_id: int) -> bool:
    """Decide a proposal of that person."""
    return may_decide_adjustments(user) and user.pk != proposer_id


def may_arrange(user: User) -> bool:
    """Say how the submissions on tasks without a lead come together."""
    return user.has(Role.OFFICE)


def may_keep_lineage(user: User) -> bool:
    """Maintain agencies' names and lineage."""
    return user.has(Role.OFFICE)


def may_make_briefs(user: User) -> bool:
    """Request briefs, see drafts, issue and withdraw them."""
    return user.has(Role.OFFICE)


def may_read_briefs(user: User) -> bool:
    """Read and download issued briefs. Briefs contain problems of all agencies, so the rule is the same as for problems,
    plus the members of the advisory committee, who comment on briefs."""
    return may_see_problems(user) or may_comment(user)


def may_comment(user: User) -> bool:
    """Comment as a member of the advisory committee on objects that the user may read."""
    return user.has(Role.EXPERT)


def may_release_comments(user: User) -> bool:
    """Release an expert's comment to an agency."""
    return user.has(Role.OFFICE)


def may_supervise(user: User) -> bool:
    """See, propose, issue and close notices in general; `may_decide_for` limits the agencies: nobody issues a notice to
    their own agency or closes its answer."""
    return user.has(Role.OFFICE, Role.SECOND_REVIEWER)


def may_score(user: User) -> bool:
    """Judge evidence, propose corrections and answer appeals in general; `may_decide_for` limits the agencies: nobody
    scores their own agency."""
    return user.has(Role.OFFICE, Role.SECOND_REVIEWER)


def may_write_scheme(user: User) -> bool:
    """Write a scoring scheme; another person puts it in force."""
    return user.has(Role.OFFICE)


def may_propose_scores(user: User) -> bool:
    """Freeze the scores of a period and propose them for announcement."""
    return user.has(Role.OFFICE)


def may_announce_scores(user: User) -> bool:
    """Put a scheme in force and announce scores proposed by another person. They include the score of the office's own
    agency, so the office may not do it."""
    return user.has(Role.SECOND_REVIEWER, Role.LEADERSHIP)


def may_see_scores_of(user: User, agency_id: int) -> bool:
    """Read an agency's score: the agency itself, office and leadership."""
    return may_see_problems(user) or (may_file(user) and user.agency_id == agency_id)


def may_instruct(user: User) -> bool:
    """Write an instruction as a leader on a brief or a task."""
    return user.has(Role.LEADERSHIP)


def may_transcribe(user: User) -> bool:
    """Register a leader's instruction written elsewhere, and record that it needs no notice."""
    return user.has(Role.OFFICE)


def may_set_supervision_rules(user: User) -> bool:
    """Set the triggers of notices and the recipients of escalations."""
    return user.has(Role.OFFICE)


def may_manage_accounts(user: User) -> bool:
    """Create, close and change accounts; another administrator grants their roles (三员分立)."""
    return user.has(Role.ACCOUNTS_ADMIN)


def may_grant_roles(user: User) -> bool:
    """Grant and revoke roles of accounts."""
    return user.has(Role.RIGHTS_ADMIN)


def may_read_audit(user: User) -> bool:
    """Read the audit log."""
    return user.has(Role.AUDIT_ADMIN)


def may_open_contacts(user: User) -> bool:
    """Open the page of contacts; `may_set_contacts` limits the agencies."""
    return may_file(user) or may_manage_cycles(user)


def may_set_contacts(user: User, agency_id: int) -> bool:
    """Set the contacts of that agency's responsibilities: the agency's own users, or the office."""
    return user.has(Role.OFFICE) or (may_file(user) and user.agency_id == agency_id)


def may_see_telephones(user: User, agency_ids: Collection[int]) -> bool:
    """See names and telephone numbers of contacts: leaders, the office, and users of the task's agencies. Others see
    only role and division."""
    return user.has(Role.OFFICE, Role.SECOND_REVIEWER, Role.LEADERSHIP) or (
        may_file(user) and user.agency_id in agency_ids
    )
