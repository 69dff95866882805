"""Agencies under the names of a day, for figures and histories."""

from collections.abc import Iterable

from reports.figures.values import AgencyRef
from tasks.models import Agency
from tasks.values import Period


def agency_refs(agency_ids: Iterable[int], quarter: Period) -> dict[int, AgencyRef]:
    """{agency id: its reference}, in the agencies' order, named as on the quarter's last day. One query.

    An agency without a name on that day keeps its last one before it, so that the submissions of a predecessor stay
    under the predecessor's own name; one that was founded later has its first name.
    """
    day = quarter.last_day
    refs: dict[int, AgencyRef] = {}
    for id_, slug, kind, name, valid in (
        Agency.objects.filter(id__in=set(agency_ids))
        .order_by("order", "id", "names__valid")
        .values_list("id", "slug", "kind", "names__short", "names__valid")
    ):
        began = valid is None or valid.lower is None or valid.lower <= day
        if id_ not in refs or began:
            refs[id_] = AgencyRef(id_, slug, name or slug, kind)
    return refs
