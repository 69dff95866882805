"""What others are told of project reports: the approver what was handed on, the reporter what came back, the agency how it was
decided, the office what was withdrawn. The package above that notifies people registers a receiver, which is called inside
the transaction of the action."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from tasks.people.models import User
from tasks.projects.models import ProjectReport


class What(Enum):
    HANDED = "handed"
    TO_REPORTER = "to_reporter"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"
    CORRECTED = "corrected"


Receiver: TypeAlias = Callable[[What, ProjectReport, User, datetime], None]
_receivers: list[Receiver] = []


def receiver(function: Receiver) -> Receiver:
    """Register a function that is called with what happened, to which report, by whom and when."""
    _receivers.append(function)
    return function


def announce(what: What, rows: Sequence[ProjectReport], by: User, moment: datetime) -> None:
    """Call the receivers for each report, which has its project loaded, in the caller's transaction."""
    for row in rows:
        for function in _receivers:
            function(what, row, by, moment)
