"""Extensions of pages: an agency's projects on its desk, reports to decide on the review page."""

from typing import Any

from tasks.people.models import User
from tasks.people.permissions import may_file, may_review
from tasks.people.queries import office_agency_ids
from tasks.plans.models import Plan
from tasks.projects.queries import desk_projects, waiting_for
from tasks.values import Period
from tasks.web.page_extensions import extend


def _desk(*, user: User, plan: Plan, quarter: Period) -> Any:
    return desk_projects(plan, quarter, user.agency_id or 0) if may_file(user) else None


def _review(*, user: User, plan: Plan) -> Any:
    return waiting_for(user, plan, office_agency_ids()) if may_review(user) else None


extend("desk", "projects", _desk)
extend("review", "projects", _review)
