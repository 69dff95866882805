"""What this room adds to pages of other rooms: a body's projects on its desk, reports to decide on the review page.

`qhplan.context.parts` asks by the page's name before it is rendered; what is returned stands in the template as
`parts.projects`. None where the reader has nothing to do.
"""

from typing import Any

from django.http import Http404, HttpRequest

from tasks.cycles.page_params import quarter_or_default
from tasks.people.models import User
from tasks.people.permissions import may_file, may_review
from tasks.people.queries import office_agency_ids
from tasks.plans.plan_resolver import plan_asked
from tasks.projects.queries import desk_projects, waiting_for


def part(page: str, user: User, request: HttpRequest) -> Any:
    """For the plan and quarter that the page itself is asked for."""
    if not ((page == "desk" and may_file(user)) or (page == "review" and may_review(user))):
        return None
    try:
        plan = plan_asked(request)
    except Http404:  # the page itself says so
        return None
    if plan is None:
        return None
    if page == "review":
        return waiting_for(user, plan, office_agency_ids())
    try:
        quarter = quarter_or_default(request.GET.get("q", ""), plan)
    except Http404:
        return None
    return desk_projects(plan, quarter, user.agency_id or 0)
