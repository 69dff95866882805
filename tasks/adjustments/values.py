"""What an adjustment says: what was in force, and what is to be. Plain values and their shape in the database."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tasks.plans.models import TermStatus
from tasks.values import Duty


@dataclass(frozen=True)
class Promise:
    """The words of a target, and its number where it has one."""

    text: str
    comparison: str = ""
    value: Decimal | None = None
    unit: str = ""

    def as_data(self) -> dict[str, Any]:
        """Decimals as text, without the zeros that the column adds."""
        return {**asdict(self), "value": None if self.value is None else plain(self.value)}

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Promise":
        value = data.get("value")
        return cls(data["text"], data["comparison"], None if value is None else Decimal(value), data["unit"])


@dataclass(frozen=True)
class TargetChange:
    """A target says something else. `before` is what it said in the quarter from which the change is in force."""

    before: Promise
    after: Promise

    def as_data(self) -> dict[str, Any]:
        return {"before": self.before.as_data(), "after": self.after.as_data()}

    @classmethod
    def of(cls, data: dict[str, Any]) -> "TargetChange":
        return cls(Promise.of(data["before"]), Promise.of(data["after"]))


@dataclass(frozen=True)
class DutyChange:
    """One body's duty for a task: lead, co, or "" for none."""

    agency_id: int
    before: str
    after: str


@dataclass(frozen=True)
class DutyChanges:
    """Other bodies answer for a task, or in another way."""

    task_id: int
    changes: tuple[DutyChange, ...]

    def as_data(self) -> dict[str, Any]:
        return {"task": self.task_id, "changes": [asdict(change) for change in self.changes]}

    @classmethod
    def of(cls, data: dict[str, Any]) -> "DutyChanges":
        return cls(data["task"], tuple(DutyChange(**change) for change in data["changes"]))


@dataclass(frozen=True)
class Term:
    """Whether a task runs, and until when."""

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
    """A task has another deadline, is withdrawn, or is taken up again."""

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
    """In a reform: the duty of one body for one task goes to another, or (None) to nobody, from a quarter on.

    The quarter is the reform's own, or a later one where the body had filed for it already: what is filed keeps its
    owner.
    """

    task_id: int
    agency_id: int
    duty: str
    to: int | None
    first: int  # a quarter's ordinal


@dataclass(frozen=True)
class Move:
    """In a reform: an account goes to another body, is closed (`to` None), or stays (`to` its own)."""

    user_id: int
    agency_id: int
    to: int | None


@dataclass(frozen=True)
class Reform:
    """What passes on a reform's day: which edges it rests on, each duty, each account."""

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

    def bodies(self) -> Iterator[int]:
        """Every body that loses or gains a duty or an account."""
        ends = [(one.agency_id, one.to) for one in self.passes] + [
            (one.agency_id, one.to) for one in self.moves
        ]
        for before, after in ends:
            yield before
            if after is not None:
                yield after


Content = TargetChange | DutyChanges | TermChange | Reform


def plain(number: Decimal) -> str:
    """12 and not 12.0000; never as 1E+1."""
    return format(number.normalize(), "f")


def heavier(one: str, other: str) -> str:
    """Of two duties that fall to one body: a lead that merges with its own co stays lead."""
    return Duty.LEAD.value if Duty.LEAD in (one, other) else one or other
