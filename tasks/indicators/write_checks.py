"""Checks shared by the actions of this package: permission and plan lock, quarters, texts."""

from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.errors import Problem
from tasks.people.models import User
from tasks.people.permissions import may_manage_figures
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan
from tasks.values import Period

TEXT_LIMIT = 2000
SOURCE_LIMIT = 300
M = TypeVar("M", bound=models.Model)


def begin(by: User, plan: Plan, now: datetime | None) -> datetime:
    """Checks the permission, locks the plan and returns the moment of the action. Raises PermissionDenied."""
    if not may_manage_figures(by):
        raise PermissionDenied(_("指标和目标由领导小组办公室管理。"))
    in_order([plan.pk])
    return now or clock.now()


def known_now(model: type[M], **of: Any) -> list[M]:
    """The currently known rows, locked, for tasks.bitemporal.retire."""
    rows = model._default_manager.select_for_update().filter(known__upper_inf=True, **of)
    return list(rows.order_by("pk"))


def since_problems(plan: Plan, since: Period, field: str = "since") -> list[Problem]:
    """The problem that the quarter is not in the plan's term, if so."""
    return [Problem(field, said)] if (said := plan.why_not(since)) else []


def text_problems(field: str, text: str, *, limit: int = TEXT_LIMIT, required: str = "") -> list[Problem]:
    """Problems of a text: missing (if `required` has the message for it), too long, or with forbidden characters."""
    if required and not text.strip():
        return [Problem(field, required)]
    if len(text) > limit:
        over = _("有 %(length)d 字，最多 %(limit)d 字，请删减。")
        return [Problem(field, over % {"length": len(text), "limit": limit})]
    if "\x00" in text:
        return [Problem(field, _("内容含有不能保存的字符。"))]
    return []
