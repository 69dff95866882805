"""Who may change the words of a jurisdiction."""

from django.db.models import Q, QuerySet

from tasks.agencies.models import Agency
from tasks.jurisdictions.models import Jurisdiction
from tasks.people.models import User
from tasks.values import Role


def may_keep_jurisdictions(user: User) -> bool:
    """See and change what documents print for a jurisdiction: the leading group's office, which issues them."""
    return user.has(Role.OFFICE)


def may_change_jurisdiction(user: User, jurisdiction_id: int) -> bool:
    """Its words and what else is set for it. At most two queries."""
    return jurisdictions_kept_by(user).filter(pk=jurisdiction_id).exists()


def jurisdictions_kept_by(user: User) -> QuerySet[Jurisdiction]:
    """Those for which the user sets what is set: its own office; for one that has no office yet, whichever office there
    is. An office of no jurisdiction keeps all of them. One query before that of the rows."""
    if not may_keep_jurisdictions(user):
        return Jurisdiction.objects.none()
    own = own_jurisdiction(user)
    if own is None:
        return Jurisdiction.objects.all()
    offices = User.objects.holding(Role.OFFICE).filter(agency__jurisdiction__isnull=False)
    return Jurisdiction.objects.filter(Q(pk=own) | ~Q(pk__in=offices.values("agency__jurisdiction")))


def own_jurisdiction(user: User) -> int | None:
    """That of the agency for which the user acts. One query."""
    return Agency.objects.filter(pk=user.acts_for).values_list("jurisdiction_id", flat=True).first()
