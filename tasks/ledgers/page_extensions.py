"""Extensions of pages: where a task comes from and where it goes on 结转."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model, Q
from django.urls import reverse

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


def _task(*, user: User, plan: Model, task: Model) -> list[Carried]:
    rows = CarriedTask.objects.filter(Q(earlier=task.pk) | Q(later=task.pk), undone_at=None).select_related(
        "earlier__plan", "later__plan", "carried_by"
    )
    rows = rows.defer("earlier__plan__text", "later__plan__text")
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
            )
        )
    return found


extend("task", "carried", _task)
