"""Due dates in words."""

from datetime import datetime

from django.utils.translation import gettext as _

from tasks.cycles.lateness import days_after, is_overdue


def days_left(due: datetime, now: datetime) -> str:
    """还有3天, 今天截止, 逾期2天: by the calendar's days, as people count them. Within the tolerance 今天截止 still
    holds after midnight."""
    days = -days_after(due, now)
    if is_overdue(due, now):
        return _("逾期 %(n)d 天") % {"n": -days} if days else _("今天已过时")
    return _("还有 %(n)d 天") % {"n": days} if days > 0 else _("今天截止")
