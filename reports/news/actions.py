"""Marking the news as read."""

from datetime import datetime

from django.db import transaction

from qhplan import clock
from reports.news.models import NewsMark
from tasks.models import User


@transaction.atomic
def mark_read(*, by: User, until: datetime, now: datetime | None = None) -> NewsMark:
    """What had moved by the moment is read; the mark never goes back, and never into the future."""
    moment = min(until, now or clock.now())
    mark, is_new = NewsMark.objects.get_or_create(user=by, defaults={"until": moment})
    if not is_new and NewsMark.objects.filter(pk=mark.pk, until__lt=moment).update(until=moment):
        mark.until = moment
    return mark
