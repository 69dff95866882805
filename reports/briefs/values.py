"""What an issued brief carries that its figures do not say."""

from dataclasses import dataclass
from datetime import date

from tasks.plan.models import ENDED as ENDED_STATUSES

# What is said of a task on which nothing is owed any more: {state: 已销号, 已撤销}.
ENDED = {status.value: status.label for status in ENDED_STATUSES}


@dataclass(frozen=True)
class Stamp:
    """Number, edition and date of an issued brief, and the code under which anyone can have it verified."""

    year: int
    number: int
    edition: int
    issued_on: date
    code: str
    verify_url: str

    @property
    def code_printed(self) -> str:
        """The code in groups of four, as it is printed and typed in."""
        return "-".join(self.code[start : start + 4] for start in range(0, len(self.code), 4))
