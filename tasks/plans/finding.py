"""Where words stand in a plan's text. Search and the text's own page count the places alike, so that a hit in one leads to
its place in the other."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tasks.finding import Run, excerpt, places, plain
from tasks.plans.annotations import layout_of

_AROUND = 10  # characters of a hit's surroundings, on each side


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
class Hit:
    """One occurrence in the plan's text: its number, its `[start, end)` in the joined text, and what stands around it."""

    number: int
    start: int
    end: int
    around: list[Run]

    @property
    def anchor(self) -> str:
        return f"hit-{self.number}"


def hits(text: str, words: Sequence[str]) -> list[Hit]:
    """Every occurrence, numbered as `find` counts them."""
    found = []
    for one in find(text, words):
        for number, (start, end) in enumerate(one.occurrences, one.first):
            left = max(0, start - one.start - _AROUND)
            near = one.text[left : end - one.start + _AROUND]
            found.append(
                Hit(number, start, end, excerpt(near, [plain(one.text[start - one.start : end - one.start])]))
            )
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
