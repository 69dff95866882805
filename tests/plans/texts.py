"""The first plan's text and what gold there is for it, for the tests of reading and loading."""

import json
from collections.abc import Callable
from functools import cache

from django.conf import settings

from tasks.plans.reading.reader import read
from tasks.plans.structure import Structure, Task

FOLDER = settings.BASE_DIR / "fixtures" / "plans" / "qinghai-2016-48"
TEXT = (FOLDER / "text.txt").read_bytes().decode()

DIRECTIONS = [2, 5, 5, 2, 3, 2, 2]
TASKS = [4, 4, 3, 4, 3, 4, 3, 4, 3]


@cache
def found() -> Structure:
    """The plan, read once."""
    return read(TEXT)


def changed(*changes: tuple[str, str]) -> Structure:
    """The plan with some of its words changed, read. Every word must be there to be changed."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return read(text)


def task(structure: Structure, ref: str) -> Task:
    return next(task for task in structure.all_tasks if task.ref == ref)


def names(task: Task) -> list[str]:
    return [mention.quote.name for mention in task.mentions]


def everything(structure: Structure) -> dict[str, list[str]]:
    """What was read, without its places: two texts which say the same give the same."""
    rows: dict[str, Callable[[], list[str]]] = {
        "principles": lambda: [p.heading.name for p in structure.principles],
        "directions": lambda: [
            f"{s.heading.name}/{d.heading.name}" for s in structure.sectors for d in s.directions
        ],
        "tasks": lambda: [f"{t.code} {t.heading.name}" for t in structure.all_tasks],
        "mentions": lambda: [
            f"{t.ref} {m.duty} {m.quote.name}" for t in structure.all_tasks for m in t.mentions
        ],
        "targets": lambda: [
            json.dumps([t.year, t.quote.name, t.value, t.unit, t.task], ensure_ascii=False)
            for t in structure.targets
        ],
        "bases": lambda: [f"{b.city.name} {b.level.name} {n.name}" for b in structure.bases for n in b.names],
        "projects": lambda: [f"{p.sector} {p.name}" for p in structure.projects],
        "links": lambda: [f"{link.task} {link.sector} {link.direction}" for link in structure.links],
    }
    return {name: row() for name, row in rows.items()}
