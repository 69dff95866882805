"""How a person likes to read the site: 大字, and whether the hint of a first visit still shows. Their own, and no record of
who did what: like reading a message it leaves no event."""

from datetime import datetime

from qhplan import clock
from tasks.people.models import User


def set_type(*, by: User, large: bool) -> None:
    User.objects.filter(pk=by.pk).update(large_type=large)


def put_hint_away(*, by: User, away: bool, now: datetime | None = None) -> None:
    """Put the hint away, or show it again."""
    User.objects.filter(pk=by.pk).update(hint_put_away_at=(now or clock.now()) if away else None)
