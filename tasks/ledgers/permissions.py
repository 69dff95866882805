"""Who may bring in ledgers: the leading group's office. Nobody confirms what they uploaded, corrected or submitted."""

from tasks.audit.log import subject_of
from tasks.audit.models import Event
from tasks.ledgers.models import Ledger
from tasks.people.models import User
from tasks.people.permissions import may_backfill
from tasks.transitions import last_change

WORKED = ("ledger.columns", "ledger.answer")  # acts that make somebody a party to what is confirmed


def may_confirm(user: User, row: Ledger) -> bool:
    """Confirm what is taken from the ledger: another person of the office than those who worked on it. One query."""
    if not may_backfill(user.at(row.plan_id or 0)) or user.pk in (row.uploaded_by_id, row.submitted_by_id):
        return False
    return not Event.objects.filter(subject=subject_of(row), by=user, verb__in=WORKED).exists()


def may_consent(user: User, row: Ledger) -> bool:
    """Consent to taking it back: another person of the office than the one who asked. One query."""
    if not may_backfill(user.at(row.plan_id or 0)):
        return False
    asked = last_change(row)
    return asked is None or asked.by_id != user.pk
