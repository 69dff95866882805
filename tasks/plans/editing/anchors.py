"""Anchors: what an edit refers to in the text, found again by its words in another text of the same document."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tasks.plans.names import clean, flatten
from tasks.plans.structure import Quote, Task

_NUMBERING = re.compile(r"[（(〔]?\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*[)）〕]?\s*[.．、､]?\s*$")


def anchor(text: str, start: int, end: int) -> dict[str, Any]:
    """The anchor of a span."""
    return {"start": start, "end": end, "quote": clean(text[start:end])}


def locate(text: str, place: Mapping[str, Any], between: tuple[int, int] | None = None) -> Quote | None:
    """Where the anchor's words stand in the text, or None. Of several places the one nearest to its `start` counts."""
    words = clean(str(place.get("quote", "")))[:2000]
    start, end = place.get("start"), place.get("end")
    if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text):
        # A person who selects text takes blanks and line ends along.
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        found = clean(text[start:end])
        if found and (not words or found == words):
            return Quote(start, end, found)
    if not words:
        return None
    flat, offsets = _flattened(text)
    near = start if isinstance(start, int) else None
    best: tuple[int, int] | None = None
    place_at = flat.find(words)
    while place_at >= 0:
        first, last = offsets[place_at], offsets[place_at + len(words) - 1] + 1
        if between is None or (between[0] <= first and last <= between[1]):
            if near is None:
                best = (first, last)
                break
            if best is None or abs(first - near) < abs(best[0] - near):
                best = (first, last)
        place_at = flat.find(words, place_at + 1)
    return Quote(*best, words) if best else None


@lru_cache(maxsize=4)
def _flattened(text: str) -> tuple[str, list[int]]:
    return flatten(text)


def task_end(task: Task) -> int:
    """Where the task's text ends, its bracket included."""
    ends = [task.heading.end, task.body.end, *(mention.quote.end for mention in task.mentions)]
    return max([*ends, task.bracket.end] if task.bracket else ends)


def number_before(text: str, start: int) -> str:
    """The numbering that is printed before a heading: `4.`, `（三）`."""
    match = _NUMBERING.search(text[max(0, start - 12) : start])
    return match[0] if match else ""
