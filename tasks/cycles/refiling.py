"""What an agency has to file again: a submission that was returned or is to be supplemented, a quarter that was reopened.

The package above that notifies people registers a receiver. It is called inside the transaction of the action, so that
nobody is notified of what did not happen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.cycles.models import Cycle
from tasks.plans.models import Task


class Why(models.TextChoices):
    RETURNED = "returned", _("被退回，待修改后重报")
    SUPPLEMENT = "supplement", _("要求补充报告")
    BY_APPROVER = "by_approver", _("被签批人退回，待修改")
    EXTENDED = "extended", _("报送延期已同意")
    NOT_EXTENDED = "not_extended", _("报送延期未同意")
    EXTENSION_REVOKED = "revoked", _("报送延期已撤销，仍按原定截止")
    REOPENED = "reopened", _("已为本单位重新开启")


@dataclass(frozen=True)
class Again:
    """One submission that an agency has to write again, or (`task` None) all that it owes in a quarter that was reopened
    or for which another date was asked."""

    why: Why
    cycle: Cycle
    agency_id: int
    task: Task | None
    until: datetime


Receiver: TypeAlias = Callable[[Sequence[Again], datetime], None]
_receivers: list[Receiver] = []


def receiver(function: Receiver) -> Receiver:
    """Register a function that is called with what is to be filed again and the moment."""
    _receivers.append(function)
    return function


def announce(again: Sequence[Again], moment: datetime) -> None:
    """Call the receivers, in the caller's transaction, unless nothing is to be filed again."""
    if again:
        for function in _receivers:
            function(again, moment)
