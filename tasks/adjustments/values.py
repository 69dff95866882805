"""Content of adjustments: the previous and the new state as value types, and their JSON shape in the database."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tasks.plans.models import TermStatus
from tasks.values import Duty


@dataclass(frozen=True)
class Promise:
    """The text of a target, and its value if it has one."""

    text: str
    comparison: str = ""
    value: Decimal | None = None
    unit: str = ""

    def as_data(self) -> dict[str, Any]:
        """The JSON shape, with decimals as text without trailing zeros."""
        return {**asdict(self), "value": None if self.value is None else plain(self.value)}

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Promise":
        value = data.get("value")
        return cls(data["text"], data["comparison"], None if value is None else Decimal(value), data["unit"])


@dataclass(frozen=True)
class TargetChange:
    """A change of a target. `before` is its promise in the quarter from which the change is valid."""

    before: Promise
    after: Promise

    def as_data(self) -> dict[str, Any]:
        return {"before": self.before.as_data(), "after": self.after.as_data()}

    @classmethod
    def of(cls, data: dict[str, Any]) -> "TargetChange":
        return cls(Promise.of(data["before"]), Promise.of(data["after"]))


@dataclass(frozen=True)
class DutyChange:
    """The change of one agency's role on a task: a Duty, or "" for none."""

    agency_id: int
    before: str
    after: str


@dataclass(frozen=True)
class DutyChanges:
    """Changes of agencies or duties on one task."""

    task_id: int
    changes: tuple[DutyChange, ...]

    def as_data(self) -> dict[str, Any]:
        return {"task": self.task_id, "changes": [asdict(change) for change in self.changes]}

    @classmethod
    def of(cls, data: dict[str, Any]) -> "DutyChanges":
        return cls(data["task"], tuple(DutyChange(**change) for change in data["changes"]))


@dataclass(frozen=True)
class Term:
    """The status of a task and its deadline."""

    status: str = TermStatus.OPEN
    deadline: date | None = None

    def as_data(self) -> dict[str, Any]:
        return {
            "status": str(self.status),
            "deadline": self.deadline.isoformat() if self.deadline else None,
        }

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Term":
        return cls(data["status"], date.fromisoformat(data["deadline"]) if data["deadline"] else None)


@dataclass(frozen=True)
class TermChange:
    """A new deadline of a task, its withdrawal, or its resumption."""

    task_id: int
    before: Term
    after: Term

    def as_data(self) -> dict[str, Any]:
        return {"task": self.task_id, "before": self.before.as_data(), "after": self.after.as_data()}

    @classmethod
    def of(cls, data: dict[str, Any]) -> "TermChange":
        return cls(data["task"], Term.of(data["before"]), Term.of(data["after"]))


@dataclass(frozen=True)
class Pass:
    """In a reform: one agency's duty on one task passes to another agency, or (None) to nobody, from a quarter on.

    The quarter is the reform's own, or a later one if the agency has already submitted for it: existing submissions
    keep their agency.
    """

    task_id: int
    agency_id: int
    duty: str
    to: int | None
    first: int  # ordinal of a quarter


@dataclass(frozen=True)
class Move:
    """In a reform: an account moves to another agency, is closed (`to` None), or stays (`to` its own agency)."""

    user_id: int
    agency_id: int
    to: int | None


@dataclass(frozen=True)
class Reform:
    """The transfers on a reform's day: its edges, duties and accounts."""

    on: date
    edges: tuple[int, ...]
    passes: tuple[Pass, ...]
    moves: tuple[Move, ...] = ()

    def as_data(self) -> dict[str, Any]:
        return {
            "on": self.on.isoformat(),
            "edges": list(self.edges),
            "passes": [asdict(one) for one in self.passes],
            "moves": [asdict(one) for one in self.moves],
        }

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Reform":
        return cls(
            date.fromisoformat(data["on"]),
            tuple(data["edges"]),
            tuple(Pass(**one) for one in data["passes"]),
            tuple(Move(**one) for one in data["moves"]),
        )

    def agencies(self) -> Iterator[int]:
        """Ids of all agencies that lose or gain a duty or an account."""
        ends = [(one.agency_id, one.to) for one in self.passes] + [
            (one.agency_id, one.to) for one in self.moves
        ]
        for before, after in ends:
            yield before
            if after is not None:
                yield after


@dataclass(frozen=True)
class ContentChange:
    """Other words for what a task asks; "" stands for those of the plan."""

    task_id: int
    before: str
    after: str

    def as_data(self) -> dict[str, Any]:
        return {"task": self.task_id, "before": self.before, "after": self.after}

    @classmethod
    def of(cls, data: dict[str, Any]) -> "ContentChange":
        return cls(data["task"], data["before"], data["after"])


Content = TargetChange | DutyChanges | TermChange | ContentChange | Reform


def plain(number: Decimal) -> str:
    """The number without trailing zeros and without exponent: 12, not 12.0000 or 1E+1."""
    return format(number.normalize(), "f")


def heavier(one: str, other: str) -> str:
    """The stronger of two roles of one agency: a lead that merges with its own co stays lead."""
    return min(one, other, key=Duty.rank)
