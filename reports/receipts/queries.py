"""Receipts of an object as its page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.receipts.models import Receipt
from reports.receipts.permissions import is_asked, seen_by
from reports.supervision.models import Instruction
from tasks.models import User, Version


@dataclass(frozen=True)
class Part:
    """The receipts that the reader sees; `asks` where one of the reader's own is awaited."""

    rows: Sequence[Receipt]
    read: Version | Instruction
    asks: bool

    @property
    def is_version(self) -> bool:
        return isinstance(self.read, Version)


def receipts_of(user: User, read: Version | Instruction) -> list[Receipt]:
    """The first ones first. One query."""
    rows = Receipt.objects.of(read).filter(seen_by(user)).select_related("by")
    return list(rows.order_by("pk"))


def part(user: User, read: Version | Instruction) -> Part | None:
    """None where the reader has nothing to see or to press. One query."""
    rows = receipts_of(user, read)
    asks = is_asked(user, read) and all(row.by_id != user.pk for row in rows)
    return Part(rows, read, asks) if rows or asks else None
