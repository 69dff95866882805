"""Extensions of pages: requests on a task's page, on the desk of an agency and on the office's queue."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode

from reports.coordination.permissions import may_handle
from reports.coordination.queries import (
    OfficeCounts,
    Row,
    on_task,
    waiting_for_agency,
    waiting_for_office,
)
from tasks.people.models import User
from tasks.plans.models import Plan, Task
from tasks.values import Period
from tasks.web.page_extensions import extend

SHOWN = 5


@dataclass(frozen=True)
class TaskPart:
    """Requests on a task; the address to add one for those who may."""

    rows: list[Row]
    all_url: str
    add_url: str


def _task(*, user: User, plan: Plan, task: Task) -> TaskPart | None:
    found = on_task(user, task.pk, SHOWN)
    of_task = urlencode({"plan": plan.slug, "task": task.ref})
    add_url = f"{reverse('coordination_new')}?{of_task}" if may_handle(user) else ""
    if not found and not add_url:
        return None
    return TaskPart(found, f"{reverse('coordination_list')}?{of_task}&state=all", add_url)


def _desk(*, user: User, plan: Plan, quarter: Period) -> list[Row]:
    return waiting_for_agency(user, plan)


def _review(*, user: User, plan: Plan) -> OfficeCounts | None:
    return waiting_for_office(user, plan)


extend("task", "coordination", _task)
extend("desk", "coordination", _desk)
extend("review", "coordination", _review)
