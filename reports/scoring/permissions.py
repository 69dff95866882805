"""Who may do what with which score, beside the general rules: nobody scores their own agency."""

from reports.scoring.models import Appeal, ScoreCorrection, ScoreSheet
from tasks.people.models import User
from tasks.people.permissions import (
    may_announce_scores,
    may_approve,
    may_decide_for,
    may_file,
    may_score,
    may_see_problems,
)


def may_see_some(user: User) -> bool:
    """Whether the user sees any scores: all, or those of the user's agency."""
    return may_see_problems(user) or may_file(user)


def may_grade_for(user: User, agency_id: int, offices: frozenset[int]) -> bool:
    """Judge that agency's evidence: whoever decides its returns."""
    return may_score(user) and may_decide_for(user, agency_id, offices)


def may_correct(user: User, agency_id: int, offices: frozenset[int]) -> bool:
    """Propose a correction of that agency's score."""
    return may_score(user) and may_decide_for(user, agency_id, offices)


def may_decide_correction(user: User, row: ScoreCorrection) -> bool:
    """Approve or reject it: who announces scores, and is neither who proposed it nor of that agency."""
    return may_announce_scores(user) and user.pk != row.proposed_by_id and user.agency_id != row.agency_id


def may_drop_correction(user: User, row: ScoreCorrection) -> bool:
    """Take back what one proposed oneself, before another decided."""
    return may_score(user) and user.pk == row.proposed_by_id


def may_decide_sheet(user: User, sheet: ScoreSheet) -> bool:
    """Announce it or not: another than who proposed it."""
    return may_announce_scores(user) and user.pk != sheet.proposed_by_id


def may_appeal(user: User, agency_id: int) -> bool:
    """The agency's own approver."""
    return may_approve(user) and user.agency_id == agency_id


def may_answer(user: User, appeal: Appeal, offices: frozenset[int]) -> bool:
    """Whoever decides that agency's returns; who contested a score does not answer it after moving to another agency."""
    return may_score(user) and may_decide_for(user, appeal.agency_id, offices) and user.pk != appeal.by_id
