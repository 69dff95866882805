"""The quarter that a page of filing shows."""

from django.http import Http404

from qhplan import clock
from tasks.cycles.actions import open_cycles
from tasks.plans.duties import filing_period
from tasks.plans.models import Plan
from tasks.values import Duty, Period


def quarter_or_default(text: str, plan: Plan) -> Period:
    """The quarter of ?q=, or of those open for filing the one that is due first (the latest where all are overdue), or the
    last that has ended within the plan. One outside the plan's validity is none: nothing is owed in it."""
    if text:
        try:
            return filing_period(plan, text)
        except ValueError as error:
            raise Http404(str(error)) from error
    cycles = [cycle for cycle in open_cycles(plan=plan) if cycle.quarter.kind is plan.kind]
    if cycles:
        now = clock.now()
        coming = [cycle for cycle in cycles if not cycle.is_overdue(Duty.LEAD, now)]
        return min(coming, key=lambda cycle: cycle.lead_due, default=cycles[0]).quarter
    return plan.clipped(plan.period_of(clock.today()) - 1)


def latest_quarter(plan: Plan) -> Period:
    """The quarter that the ruler of a desk ends on: today's, within the plan's validity."""
    return plan.period_at(clock.today())
