"""Extensions of pages: a line on the pages where one begins, and the last that moved on a task."""

from reports.news.queries import Item, Summary, of_task, summary
from tasks.models import Task, User
from tasks.plans.models import Plan
from tasks.values import Period
from tasks.web.page_extensions import extend


def _line(*, user: User, plan: Plan) -> Summary:
    return summary(user)


def _desk(*, user: User, plan: Plan, quarter: Period) -> Summary:
    return summary(user)


def _task(*, user: User, plan: Plan, task: Task) -> list[Item]:
    return of_task(user, task)


for page in ("review", "focus", "overview"):
    extend(page, "news", _line)
extend("desk", "news", _desk)
extend("task", "news", _task)
