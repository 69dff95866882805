"""Extensions of pages: what waits for a receipt, on an agency's desk."""

from reports.briefs.models import Brief, BriefState, Handover
from reports.briefs.queries import handed_to, unread_by
from tasks.people.models import User
from tasks.people.permissions import may_file
from tasks.plans.models import Plan
from tasks.values import Period
from tasks.web.page_extensions import extend

UNREAD = 12


def _desk(*, user: User, plan: Plan, quarter: Period) -> list[Handover] | None:
    """反馈单 that nobody of the agency has signed for."""
    if not may_file(user):
        return None
    return list(handed_to(user).filter(received_at__isnull=True, brief__state=BriefState.ISSUED)[:5])


def _focus(*, user: User, plan: Plan) -> list[Brief]:
    """Issued briefs of the plan that the reader has not downloaded, the latest first."""
    return list(unread_by(user).filter(plan=plan)[:UNREAD])


extend("desk", "briefs", _desk)
extend("focus", "briefs", _focus)
