"""docs/decisions/README.md: the index of the decision records, by date.

`python -m tests.decision_index` (part of `make papers`) writes it from the records; `tests/site/test_documents.py` holds the
index to them. A record begins with its title and a line `Date: 2026-11-30. Status: accepted.`; one that no longer holds
says `Status: superseded by [title](file.md).`
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "decisions"
DOCUMENT = FOLDER / "README.md"
HEADER = re.compile(
    r"# (?P<title>.+)\n\nDate: (?P<date>\d{4}-\d\d-\d\d)\. Status: (?P<status>accepted|superseded by \[.+\]\(.+\))\.\n"
)
HEAD = """# Decisions

Why things are as they are. A record is half a page: context, decision, what was considered, what we gave up. It is written when somebody will ask "why not the usual way?", and it is not rewritten when the decision changes: a new record supersedes it, and the old one says so. Names of files and modules in it are kept current.

To add one: a file here whose name says the subject; under its title a line `Date: 2026-11-30. Status: accepted.`; then `make papers`, which writes this list.

| | Date | Status | Decision |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Record:
    """One decision; `date` is the day on which it was first recorded, as 2026-11-30."""

    date: str
    name: str
    title: str
    status: str


def records() -> list[Record]:
    """All records, the oldest first. Raise ValueError for one without its line of date and status."""
    found = []
    for path in FOLDER.glob("*.md"):
        if path == DOCUMENT:
            continue
        header = HEADER.match(path.read_text(encoding="utf-8"))
        if header is None:
            raise ValueError(f"{path.name} does not begin with its title, date and status")
        found.append(Record(header["date"], path.name, header["title"], header["status"]))
    return sorted(found, key=lambda record: (record.date, record.name))


def _lines() -> Iterator[str]:
    for number, record in enumerate(records(), start=1):
        yield f"| {number} | {record.date} | {record.status} | [{record.title}]({record.name}) |\n"


def as_text() -> str:
    """The whole index."""
    return HEAD + "".join(_lines())


if __name__ == "__main__":
    DOCUMENT.write_text(as_text(), encoding="utf-8")
