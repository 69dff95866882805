"""Who is asked for a receipt, and who sees receipts."""

from django.db.models import Q

from reports.supervision.models import Instruction
from tasks.models import User, Version
from tasks.people.permissions import may_file, may_see_problems, may_supervise
from tasks.submissions.models import Decision


def is_asked(user: User, read: Version | Instruction) -> bool:
    """Of what was sent back the agency's people; of an instruction that they may see those whom it reaches, the office
    before all, but for who gave it."""
    if isinstance(read, Version):
        return read.decision == Decision.RETURNED and may_file(user) and read.agency_id == user.agency_id
    return (may_file(user) or may_supervise(user)) and read.by_id != user.pk


def seen_by(user: User) -> Q:
    """The receipts of an object that its reader sees: an agency's people those of their own agency, of what the agency
    itself sent back those of the other; who reads problems all."""
    if may_see_problems(user):
        return Q()
    return Q(by__agency=user.agency_id) | Q(version__decided_by__agency=user.agency_id)
