"""What people are told when somebody signs on behalf of an approver 代签, or does so no more. The package above that notifies
people registers a receiver, which is called inside the transaction of the action."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from tasks.people.models import Appointment, User

# Called with the appointments of one deputy for one approver, whether they were ended, who acted and when.
Receiver: TypeAlias = Callable[[Sequence[Appointment], bool, User, datetime], None]
_receivers: list[Receiver] = []


def receiver(function: Receiver) -> Receiver:
    """Register a function that is called with the appointments of a deputy."""
    _receivers.append(function)
    return function


def announce(rows: Sequence[Appointment], *, ended: bool, by: User, moment: datetime) -> None:
    """Call the receivers, in the caller's transaction."""
    for function in _receivers:
        function(rows, ended, by, moment)
