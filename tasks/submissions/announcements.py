"""What others are told of a version: that its agency submitted or withdrew it, that a decision on it was taken back or
corrected.

A package above that notifies people, or keeps what follows from it, registers a receiver. It is called inside the
transaction of the action, so that nobody is notified of what did not happen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from tasks.people.models import User
from tasks.submissions.models import Version


class What(Enum):
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    ENTERED = "entered"  # by the office, from paper
    UNDONE = "undone"
    CORRECTED = "corrected"
    NO_SUPPLEMENT = "no_supplement"  # what was asked for beyond it is not wanted any more


@dataclass(frozen=True)
class Announcement:
    """One version and what happened to it; `version` has its task, cycle and plan loaded through its submission."""

    what: What
    version: Version
    by: User
    reason: str


Receiver: TypeAlias = Callable[[Sequence[Announcement], datetime], None]
_receivers: list[Receiver] = []


def receiver(function: Receiver) -> Receiver:
    """Register a function that is called with what happened and the moment."""
    _receivers.append(function)
    return function


def announce(what: Sequence[Announcement], moment: datetime) -> None:
    """Call the receivers, in the caller's transaction, unless nothing happened."""
    if what:
        for function in _receivers:
            function(what, moment)
