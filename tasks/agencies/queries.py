"""Reading agencies under the names that they had on a day."""

from collections.abc import Iterable

from tasks.agencies.models import AgencyName
from tasks.values import Quarter


def names_at(quarter: Quarter, agency_ids: Iterable[int] | None = None) -> dict[int, AgencyName]:
    """{agency id: the name in use on the quarter's last day}; of all agencies, or of those given."""
    names = AgencyName.objects.filter(valid__contains=quarter.last_day)
    if agency_ids is not None:
        names = names.filter(agency__in=agency_ids)
    return {name.agency_id: name for name in names}


def name_of(agency_id: int, quarter: Quarter) -> str:
    """The short name in use on the quarter's last day, "" when the body did not exist then."""
    name = names_at(quarter, [agency_id]).get(agency_id)
    return name.short if name else ""
