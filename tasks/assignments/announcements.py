"""What people are told when tasks change hands within their agency. The package above that notifies people registers a
receiver, which is called inside the transaction of the action."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from tasks.assignments.models import Reassignment
from tasks.people.models import User

# Called with rows of one giver, receiver and plan, whether they were taken back, who acted and when.
Receiver: TypeAlias = Callable[[Sequence[Reassignment], bool, User, datetime], None]
_receivers: list[Receiver] = []


def receiver(function: Receiver) -> Receiver:
    """Register a function that is called with what changed hands."""
    _receivers.append(function)
    return function


def announce(rows: Sequence[Reassignment], *, back: bool, by: User, moment: datetime) -> None:
    """Call the receivers, in the caller's transaction."""
    for function in _receivers:
        function(rows, back, by, moment)
