"""Who may import plans, and which imports an office sees: the leading group's office, those of its own place. Nobody
confirms what they uploaded, corrected or submitted."""

from collections.abc import Callable

from django.db.models import Q

from tasks.importing.models import ImportEdit, PlanImport
from tasks.jurisdictions.permissions import own_jurisdiction
from tasks.people.models import User
from tasks.people.plan_scope import plans_where
from tasks.values import Role


def may_import(user: User) -> bool:
    """Upload plans, correct and confirm imports, take plans back, choose the default plan."""
    return user.has(Role.OFFICE)


def imports_shown_to(user: User) -> Q:
    """The imports on which the office of the user's place works, and those that are plans of which they are the office."""
    return of_own_place(user, may_import)


def of_own_place(user: User, rule: Callable[[User], bool]) -> Q:
    """Of documents with `plan` and `jurisdiction` (the place whose office uploaded them): those of the plans for which the
    user has the right, and those of their own place; an office of no place works for all. At most one query."""
    place = own_jurisdiction(user)
    unplaced = Q(plan=None) if place is None else Q(plan=None, jurisdiction=None) | Q(jurisdiction=place)
    return Q(plan__isnull=False) & plans_where(user, rule, "plan") | unplaced


def may_confirm(user: User, row: PlanImport) -> bool:
    """Confirm the import: another person of the office than those who worked on it. One query."""
    if not may_import(user) or user.pk in (row.uploaded_by_id, row.submitted_by_id):
        return False
    return not ImportEdit.objects.filter(plan_import=row, by=user, replayed=False).exists()


def may_confirm_withdrawal(user: User, row: PlanImport) -> bool:
    """Consent to taking the plan back: another person of the office than the one who asked."""
    return may_import(user) and user.pk != row.withdrawal_by_id
