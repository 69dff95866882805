"""What comes back to a body after it had filed, or may be filed again: sent back, to be supplemented, reopened.

The room above that tells people (tasks.notifications) listens; it is called inside the transaction of the write, so that
nobody hears of what did not happen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from tasks.cycles.models import Cycle
from tasks.plans.models import Task


class Why(models.TextChoices):
    RETURNED = "returned", _("被退回，待修改后重报")
    SUPPLEMENT = "supplement", _("要求补充报告")
    REOPENED = "reopened", _("已为本单位重新开放")


@dataclass(frozen=True)
class Again:
    """One return that a body has to write again, or (`task` None) all that it owes in a reopened quarter."""

    why: Why
    cycle: Cycle
    agency_id: int
    task: Task | None
    until: datetime


comes_again = Signal()  # again: list[Again], moment: datetime


def tell(again: Sequence[Again], moment: datetime) -> None:
    """Say it to whoever listens, in the caller's transaction."""
    if again:
        comes_again.send(sender=Again, again=list(again), moment=moment)
