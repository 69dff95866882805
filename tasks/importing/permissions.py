"""Who may import plans: the leading group's office. Nobody confirms what they uploaded, corrected or submitted."""

from tasks.importing.models import ImportEdit, PlanImport
from tasks.people.models import User
from tasks.values import Role


def may_import(user: User) -> bool:
    """Upload plans, correct and confirm imports, take plans back, choose the default plan."""
    return user.has(Role.OFFICE)


def may_confirm(user: User, row: PlanImport) -> bool:
    """Confirm the import: another person of the office than those who worked on it. One query."""
    if not may_import(user) or user.pk in (row.uploaded_by_id, row.submitted_by_id):
        return False
    return not ImportEdit.objects.filter(plan_import=row, by=user, replayed=False).exists()


def may_confirm_withdrawal(user: User, row: PlanImport) -> bool:
    """Consent to taking the plan back: another person of the office than the one who asked."""
    return may_import(user) and user.pk != row.withdrawal_by_id
