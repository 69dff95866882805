"""Where words stand in a plan's text. Search and the text's own page count the places alike, so that a hit in one leads to
its place in the other."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tasks.finding import places, plain
from tasks.plans.annotations import layout_of


@dataclass(frozen=True)
class Paragraph:
    """A paragraph that has all of the words: its text, its place in the joined text, the `[start, end)` of each occurrence in
    that text, and the number of the first one among all of the plan (from 1)."""

    text: str
    start: int
    occurrences: tuple[tuple[int, int], ...]
    first: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@lru_cache(maxsize=64)
def _paragraphs(text: str) -> tuple[tuple[int, str, str], ...]:
    """(place in the joined text, paragraph, paragraph as it is compared) of the plan's text."""
    found, place = [], 0
    for line in layout_of(text).flat.split("\n"):
        found.append((place, line, plain(line)))
        place += len(line) + 1
    return tuple(found)


def find(text: str, words: Sequence[str]) -> list[Paragraph]:
    """The paragraphs of the plan's text with all of the words, in order."""
    found: list[Paragraph] = []
    number = 1
    for start, line, compared in _paragraphs(text) if words else ():
        if all(word in compared for word in words):
            own = tuple((start + left, start + right) for left, right in places(line, words))
            found.append(Paragraph(line, start, own, number))
            number += len(own)
    return found


@dataclass(frozen=True)
class Heads:
    """What stands over each place of the text: the headings by where they begin in the joined text."""

    starts: tuple[int, ...]
    names: tuple[str, ...]

    def over(self, place: int) -> str:
        """The heading under which the place stands, "" before the first."""
        number = bisect_right(self.starts, place)
        return self.names[number - 1] if number else ""


def heads(text: str, named: Sequence[tuple[int, str]]) -> Heads:
    """`named`: (offset in the stored text, name) of every heading."""
    placed = sorted((layout_of(text).place(offset), name) for offset, name in named)
    return Heads(tuple(place for place, _name in placed), tuple(name for _place, name in placed))
