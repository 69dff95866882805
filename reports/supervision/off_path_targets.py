"""Which targets are off their path."""

from datetime import datetime

from reports.figures.target_standing import TargetStanding, target_standings
from tasks.indicators.target_path import Schedule
from tasks.models import Plan
from tasks.values import Period

# 略滞后 is a matter for the next quarter's return, and no ground on which to address an agency.
OFF = {Schedule.MISSED, Schedule.BEHIND}


def off_path(plan: Plan, quarter: Period, *, known_at: datetime) -> list[TargetStanding]:
    """Targets with a figure that stands behind the path which the office set, or whose year is over and that were not
    reached. A target without a baseline has no path before its year is over."""
    return [
        one
        for one in target_standings(plan, quarter, known_at=known_at)
        if one.status in OFF and one.target.actual is not None
    ]
