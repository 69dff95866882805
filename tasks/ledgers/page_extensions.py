"""Extensions of a task's page: where it comes from and where it goes on 结转; its 年度目标 and 节点."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model, Q
from django.urls import reverse

from tasks.ledgers.goals import goal_words, goals_of, last_year_goal
from tasks.ledgers.models import CarriedTask
from tasks.people.models import User
from tasks.web.page_extensions import extend


@dataclass(frozen=True)
class Carried:
    """One edge of a task: `is_later` where the other task is the later one."""

    is_later: bool
    plan: str
    task: str
    url: str
    light: str
    progress: int | None
    at: datetime
    by: str
    goal: str  # what the earlier task was to reach in its last year


@dataclass(frozen=True)
class GoalShown:
    """A goal of the task; `note` says which ledger it comes from, "" where the plan prints it."""

    what: str
    text: str
    note: str
    passage: int | None


def _goals(*, user: User, plan: Model, task: Model) -> list[GoalShown]:
    return [
        GoalShown(goal_words(one.year, one.first, one.last), one.text, one.origin_note, one.passage_id)
        for one in goals_of([task.pk]).get(task.pk, ())
    ]


def _task(*, user: User, plan: Model, task: Model) -> list[Carried]:
    rows = CarriedTask.objects.filter(Q(earlier=task.pk) | Q(later=task.pk), undone_at=None).select_related(
        "earlier__plan", "later__plan", "carried_by"
    )
    rows = rows.defer("earlier__plan__text", "later__plan__text")
    goals = goals_of({row.earlier_id for row in rows})
    found = []
    for row in rows:
        is_later = row.earlier_id == task.pk
        other = row.later if is_later else row.earlier
        found.append(
            Carried(
                is_later,
                other.plan.title,
                str(other),
                reverse("task", args=[other.plan.slug, other.ref]),
                row.light,
                row.progress,
                row.carried_at,
                str(row.carried_by),
                last_year_goal(goals.get(row.earlier_id, ())),
            )
        )
    return found


extend("task", "carried", _task)
extend("task", "goals", _goals)
