"""Who may change the words of a jurisdiction."""

from tasks.agencies.models import Agency
from tasks.people.models import User
from tasks.values import Role


def may_keep_jurisdictions(user: User) -> bool:
    """See and change what documents print for a jurisdiction: the leading group's office, which issues them."""
    return user.has(Role.OFFICE)


def may_change_jurisdiction(user: User, jurisdiction_id: int) -> bool:
    """The words of one: its own office; of one that has no office yet, whichever office there is. At most two queries."""
    if not may_keep_jurisdictions(user):
        return False
    own = Agency.objects.filter(pk=user.agency_id or 0).values_list("jurisdiction_id", flat=True).first()
    if own in (None, jurisdiction_id):
        return True
    return not User.objects.holding(Role.OFFICE).filter(agency__jurisdiction=jurisdiction_id).exists()
