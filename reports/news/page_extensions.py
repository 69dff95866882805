"""Extensions of pages: a line on the pages where one begins, and the last that moved on a task."""

from typing import Any

from reports.news.queries import Item, Summary, of_task, summary
from tasks.models import Task, User
from tasks.plans.models import Plan
from tasks.web.page_extensions import extend


def _line(*, user: User, **about: Any) -> Summary:
    return summary(user)


def _task(*, user: User, plan: Plan, task: Task) -> list[Item]:
    return of_task(user, task)


for page in ("desk", "review", "focus", "overview"):
    extend(page, "news", _line)
extend("task", "news", _task)
