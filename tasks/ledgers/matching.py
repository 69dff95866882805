"""Which task of the plan a row of a ledger is: by its heading, by its number with a heading alike; else it is asked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from tasks.plans.documents.ledgers import LedgerRow
from tasks.plans.models import Task
from tasks.plans.names import clean

ALIKE = 80  # of 100, as for the names of agencies in tasks.importing.matching
_OFFERED, _FAINT = 3, 45
_MARKS = re.compile(r"[\s。；;，,、：:“”\"（）()《》〈〉·.．-]")


@dataclass(frozen=True)
class Match:
    """The task of a row, None where it is not known (`is_open`) or where the office said that it is none. `alike` are the
    tasks to offer, the likeliest first; `task` may be one that only looks alike and was not confirmed."""

    key: str
    row: LedgerRow
    task: Task | None
    is_open: bool = False
    alike: tuple[Task, ...] = ()


def key_of(row: LedgerRow) -> str:
    """The row by its place: `sheet:row`."""
    return f"{row.task.place.sheet}:{row.task.place.number}"


def match_rows(
    rows: Sequence[LedgerRow], tasks: Sequence[Task], answers: Mapping[str, int]
) -> tuple[Match, ...]:
    """The match of each row, in order. `answers` are {key: task id, or 0 for none}."""
    by_id = {task.pk: task for task in tasks}
    by_name: dict[str, list[Task]] = {}
    for task in tasks:
        by_name.setdefault(plain_name(task.heading), []).append(task)
    by_number = {str(task.order): task for task in tasks}
    by_number |= {name: task for task in tasks for name in (task.code, task.ref)}
    names = {task.pk: plain_name(task.heading) for task in tasks}
    return tuple(_match(row, answers, by_id, by_name, by_number, names) for row in rows)


def _match(
    row: LedgerRow,
    answers: Mapping[str, int],
    by_id: Mapping[int, Task],
    by_name: Mapping[str, Sequence[Task]],
    by_number: Mapping[str, Task],
    names: Mapping[int, str],
) -> Match:
    key = key_of(row)
    if key in answers:
        return Match(key, row, by_id.get(answers[key]))
    name = plain_name(row.task.heading.name)
    same = by_name.get(name, ())
    if len(same) == 1:
        return Match(key, row, same[0])
    numbered = by_number.get(row.task.number)
    if same:  # several tasks of this name: the number decides
        if numbered in same:
            return Match(key, row, numbered)
        return Match(key, row, None, is_open=True, alike=tuple(same[:_OFFERED]))
    if numbered is not None and fuzz.ratio(name, names[numbered.pk]) >= ALIKE:
        return Match(key, row, numbered)
    found = process.extract(name, names, scorer=fuzz.ratio, limit=_OFFERED, score_cutoff=_FAINT)
    alike = tuple(by_id[pk] for _name, _score, pk in found)
    return Match(key, row, None, is_open=True, alike=alike)


def plain_name(name: str) -> str:
    """A heading without what two people write differently: blanks and punctuation."""
    return _MARKS.sub("", clean(name))
