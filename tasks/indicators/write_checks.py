"""What the write functions of this room share: who may, in which order, and what a text must be."""

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
from tasks.values import Quarter

TEXT_LIMIT = 2000
SOURCE_LIMIT = 300
M = TypeVar("M", bound=models.Model)


def begin(by: User, plan: Plan, now: datetime | None) -> datetime:
    """The moment of the deed, with the plan's lock held. Raises PermissionDenied."""
    if not may_manage_figures(by):
        raise PermissionDenied(_("指标和目标由领导小组办公室管理。"))
    in_order([plan.pk])
    return now or clock.now()


def known_now(model: type[M], **of: Any) -> list[M]:
    """The rows known now, locked, for tasks.bitemporal.retire."""
    rows = model._default_manager.select_for_update().filter(known__upper_inf=True, **of)
    return list(rows.order_by("pk"))


def since_problems(plan: Plan, since: Quarter, field: str = "since") -> list[Problem]:
    """A quarter of which something is said is one of the plan's."""
    if plan.first_quarter <= since <= plan.last_quarter:
        return []
    said = _("%(quarter)s不在方案有效期内（%(first)s至%(last)s）。")
    return [Problem(field, said % {"quarter": since, "first": plan.first_quarter, "last": plan.last_quarter})]


def text_problems(field: str, text: str, *, limit: int = TEXT_LIMIT, required: str = "") -> list[Problem]:
    """What is wrong with a text: missing where it is `required` (then what to say), too long, not to be kept."""
    if required and not text.strip():
        return [Problem(field, required)]
    if len(text) > limit:
        over = _("有 %(length)d 字，最多 %(limit)d 字，请删减。")
        return [Problem(field, over % {"length": len(text), "limit": limit})]
    if "\x00" in text:
        return [Problem(field, _("内容含有不能保存的字符。"))]
    return []
