"""What a brief freezes of 重点关注: each list whole and in the order of its urgency. docs/figures-schema.json describes it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class OpenRequest:
    """A request for coordination that was open at the moment, as it stood then."""

    id: int
    task_ref: str
    task_code: str
    task_heading: str
    agency: str  # who asks
    text: str
    raised_on: date
    days: int  # since then
    times: int  # in how many returns
    state: str  # a State of reports.coordination
    outcome: str  # what became of it, "" where nothing did


@dataclass(frozen=True)
class RedStreak:
    """A task that is red in the quarter, and for how many quarters in a row."""

    task_ref: str
    agency: str  # its lead
    quarters: int


@dataclass(frozen=True)
class MissedFigures:
    """A target that the pace of its last four verified values misses; `certain` where the whole range of 80 % does."""

    order: int
    text: str
    year: int | None
    goal: Decimal
    unit: str
    actual: Decimal
    low: Decimal
    high: Decimal
    certain: bool


@dataclass(frozen=True)
class FocusFigures:
    """`unprojected` targets with a number have too few verified values to say so."""

    requests: tuple[OpenRequest, ...] = ()
    red: tuple[RedStreak, ...] = ()
    targets: tuple[MissedFigures, ...] = ()
    unprojected: int = 0
