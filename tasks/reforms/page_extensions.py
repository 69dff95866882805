"""Extension of the desk: whether the reader's agency has predecessors whose work it may continue."""

from tasks.people.models import User
from tasks.plans.models import Plan
from tasks.reforms.handover import took_over
from tasks.values import Period
from tasks.web.page_extensions import extend


def _desk(*, user: User, plan: Plan, quarter: Period) -> bool:
    return user.agency_id is not None and took_over(user.agency_id)


extend("desk", "adjusting", _desk)
