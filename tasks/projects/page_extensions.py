"""Extensions of pages: an agency's projects on its desk, reports to decide on the review page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tasks.people.models import User
from tasks.people.permissions import may_file, may_review
from tasks.people.queries import office_agency_ids
from tasks.plans.models import Plan
from tasks.projects.actions import as_draft
from tasks.projects.models import State
from tasks.projects.queries import DeskProject, desk_projects, waiting_for
from tasks.values import Period
from tasks.web.page_extensions import extend


@dataclass(frozen=True)
class AgencyProjects:
    """The agency's projects of the period, and those whose report waits for its approver."""

    rows: Sequence[DeskProject]

    @property
    def handed(self) -> list[DeskProject]:
        return [row for row in self.rows if row.state == State.HANDED]


def _desk(*, user: User, plan: Plan, quarter: Period) -> Any:
    return AgencyProjects(desk_projects(plan, quarter, user.acts_for) if may_file(user) else [])


def _sheet(*, user: User, plan: Plan, quarter: Period) -> Any:
    """The same with what was written and not submitted yet."""
    rows = [
        replace(row, draft=as_draft(row.report))
        if row.report is not None and row.state in {State.DRAFT, State.RETURNED, State.HANDED}
        else row
        for row in _desk(user=user, plan=plan, quarter=quarter).rows
    ]
    return AgencyProjects(rows)


def _review(*, user: User, plan: Plan) -> Any:
    return waiting_for(user, plan, office_agency_ids(plan.pk)) if may_review(user) else None


extend("desk", "projects", _desk)
extend("package", "projects", _desk)
extend("package_sheet", "projects", _sheet)
extend("review", "projects", _review)
