"""在填: who else has the form of a return open, so that two who write the same one know of each other."""

from datetime import timedelta

from django.utils import timezone

from tasks.people.models import User
from tasks.submissions.models import Presence
from tasks.values import Period

ALIVE = timedelta(minutes=3)  # after which somebody who is not heard of counts as gone


def others(user: User, task_id: int, quarter: Period) -> list[Presence]:
    """Who else of the person's agency is at the form, the latest first."""
    return list(
        Presence.objects.filter(
            task=task_id, agency=user.agency_id, quarter=quarter, at__gt=timezone.now() - ALIVE
        )
        .exclude(user=user)
        .select_related("user")
        .order_by("-at")
    )


def seen(*, by: User, task_id: int, quarter: Period) -> None:
    """Note that the person is at the form. Real time: it is about people at their screens, not about the plan."""
    Presence.objects.update_or_create(
        task_id=task_id,
        agency_id=by.acts_for,
        quarter=quarter,
        user=by,
        defaults={"at": timezone.now()},
    )


def gone(*, by: User, task_id: int, quarter: Period) -> None:
    """The person has left the form."""
    Presence.objects.filter(task=task_id, agency=by.agency_id, quarter=quarter, user=by).delete()
