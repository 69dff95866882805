"""Which agencies an office keeps: adds, names, and records the lineage of."""

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from tasks.agencies.models import Agency
from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.permissions import jurisdictions_kept_by, own_jurisdiction
from tasks.people.models import User
from tasks.people.permissions import may_keep_lineage


def agencies_kept_by(user: User) -> QuerySet[Agency]:
    """Those of the office's own jurisdiction, of one that has no office yet, and of none; an office of no jurisdiction
    keeps all. One query before that of the rows."""
    if not may_keep_lineage(user):
        return Agency.objects.none()
    if own_jurisdiction(user) is None:
        return Agency.objects.all()
    return Agency.objects.filter(Q(jurisdiction=None) | Q(jurisdiction__in=jurisdictions_kept_by(user)))


def places_kept_by(user: User) -> QuerySet[Jurisdiction]:
    """The jurisdictions to which the office may add agencies, its own one first."""
    own = own_jurisdiction(user)
    first = Case(When(pk=own or 0, then=Value(0)), default=Value(1), output_field=IntegerField())
    return jurisdictions_kept_by(user).order_by(first, "id")
