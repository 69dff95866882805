"""Checks of what people type, shared by the actions of several packages."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.errors import Problem

FURTHEST = 366  # days ahead for a due date


def text_problem(field: str, text: str, limit: int, empty: str) -> Problem | None:
    """What is wrong with a required text of at most `limit` characters; `empty` is the message where it is missing."""
    if not text.strip():
        return Problem(field, empty)
    if len(text) > limit:
        return Problem(
            field,
            _("有 %(n)d 字，最多 %(limit)d 字，请删减。") % {"n": len(text), "limit": limit},
        )
    if "\x00" in text:
        return Problem(field, _("文字里有不能保存的字符，请删去后再交。"))
    return None


def due_problem(due_on: date | None, moment: datetime) -> Problem | None:
    """What is wrong with a due date: it must come after today and within a year."""
    today = timezone.localdate(moment, timezone.get_default_timezone())
    if due_on is None:
        return Problem("due_on", _("请填写反馈期限。"))
    if due_on <= today:
        return Problem("due_on", _("反馈期限须在今天以后。"))
    if (due_on - today).days > FURTHEST:
        return Problem("due_on", _("反馈期限不能超过一年。"))
    return None
