"""What others are told of an application for an adjustment. The package above that notifies people registers a receiver,
which is called inside the transaction of the action."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from tasks.adjustments.models import Adjustment
from tasks.people.models import User


class What(Enum):
    APPLIED = "applied"
    OPINION = "opinion"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


Receiver: TypeAlias = Callable[[What, Adjustment, User, datetime], None]
_receivers: list[Receiver] = []


def receiver(function: Receiver) -> Receiver:
    """Register a function that is called with what happened, to what, by whom and when."""
    _receivers.append(function)
    return function


def announce(what: What, row: Adjustment, by: User, moment: datetime) -> None:
    """Call the receivers, in the caller's transaction."""
    for function in _receivers:
        function(what, row, by, moment)
