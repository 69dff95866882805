"""年度目标 and 节点 of tasks that hold now: those of the plan's own table, and those of ledgers that were not taken back."""

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from tasks.ledgers.columns import period_words
from tasks.ledgers.models import LedgerState
from tasks.plans.goals import TaskGoal


def goals_held() -> QuerySet[TaskGoal]:
    """All of them, in the order of time."""
    return TaskGoal.objects.filter(
        Q(ledger=None) | Q(ledger__state__in=[LedgerState.CONFIRMED, LedgerState.UNDOING])
    )


def goals_of(task_ids: Collection[int]) -> dict[int, list[TaskGoal]]:
    """{task: its goals}; tasks without one are left out. One query."""
    found: dict[int, list[TaskGoal]] = {}
    for goal in goals_held().filter(task__in=task_ids):
        found.setdefault(goal.task_id, []).append(goal)
    return found


def goal_words(year: int, first: int, last: int) -> str:
    """2017年年度目标, 2017年一季度节点."""
    said = (
        _("年度目标")
        if (first, last) == (1, 12)
        else _("%(period)s节点") % {"period": period_words(first, last)}
    )
    return _("%(year)d年%(said)s") % {"year": year, "said": said} if year else said


def last_year_goal(goals: Collection[TaskGoal]) -> str:
    """The words of the latest year's goal, "" where there is none."""
    of_year = [one for one in goals if one.is_of_year]
    latest = max((one.year for one in of_year), default=0)
    return "\n".join(one.text for one in of_year if one.year == latest)
