"""Queries for plans and for the tasks that have ended."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, QuerySet

from tasks.plans.models import ENDED, Plan, TaskTerm
from tasks.values import Quarter


def published() -> QuerySet[Plan]:
    """All plans without their texts, which are large: the default one first, then the latest."""
    newest_first = F("issued_on").desc(nulls_last=True)  # a plan without its day of issue is no news
    return Plan.objects.defer("text").order_by("-is_default", newest_first, "-id")


def default_plan() -> Plan | None:
    """The plan that the site shows by default: the one that the office has chosen, or else the one published last."""
    return published().first()


@dataclass(frozen=True)
class Ended:
    """The terms of closed and withdrawn tasks, as known at a moment: `{task id: [TaskTerm]}`."""

    terms: dict[int, list[TaskTerm]] = field(default_factory=dict)

    def term(self, task_id: int, quarter: Quarter) -> TaskTerm | None:
        """The term that ended the task by that quarter, or None if the task still runs."""
        for term in self.terms.get(task_id, []):
            if quarter.within(term.valid):
                return term
        return None


def ended_tasks(plan_ids: Collection[int], known_at: datetime) -> Ended:
    """The terms of the plans' tasks that are closed or withdrawn in any quarter. One query."""
    terms: dict[int, list[TaskTerm]] = {}
    for term in TaskTerm.objects.filter(task__plan__in=plan_ids, status__in=ENDED, known__contains=known_at):
        terms.setdefault(term.task_id, []).append(term)
    return Ended(terms)
