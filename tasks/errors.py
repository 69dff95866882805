"""What an action raises when it refuses (a missing permission raises Django's PermissionDenied), and the check of what
the database promises."""

from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


class Conflict(Exception):
    """The state has moved on since the caller looked; `str(error)` says who did what, for a person to read."""


@dataclass(frozen=True)
class Problem:
    """One thing to mend: `field` is the name of the form's field ("" for the whole), `row` the item of a batch, `label`
    what the field is called where the message alone, away from its field, would not say which one it is of."""

    field: str
    message: str
    row: str = ""
    label: str = ""

    @property
    def text(self) -> str:
        """The message as it is told away from its field."""
        return f"{self.label}：{self.message}" if self.label else self.message


class Problems(Exception):
    """The input cannot be taken; every problem stands on its field. Nothing was written."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("；".join(p.message for p in problems))
        self.problems = problems

    def by_field(self) -> dict[str, list[str]]:
        """{field name: its messages, in order}."""
        fields: dict[str, list[str]] = {}
        for problem in self.problems:
            fields.setdefault(problem.field, []).append(problem.message)
        return fields


class Inconsistent(Exception):
    """A stored row lacks what a constraint of the database promises. No input leads here."""


def present(value: T | None, what: str) -> T:
    """A value that a constraint of the database promises; raise Inconsistent, naming `what` is missing, without it."""
    if value is None:
        raise Inconsistent(f"missing: {what}")
    return value
