"""Who may change the words of a jurisdiction."""

from tasks.people.models import User
from tasks.values import Role


def may_keep_jurisdictions(user: User) -> bool:
    """See and change what documents print for a jurisdiction: the leading group's office, which issues them."""
    return user.has(Role.OFFICE)
