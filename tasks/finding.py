"""What people type into a search, and where its words stand in a text: compared without regard to full width, case and
spaces, as the SQL function `tasks_plain` (tasks/grams.py) compares them in the database."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from tasks import typed

LONGEST = 60  # characters of a query
MOST_WORDS = 5


@dataclass(frozen=True)
class Query:
    """What was typed: as it is shown again, and its words as they are compared; `refusal` says why it is not looked for."""

    text: str
    words: tuple[str, ...] = ()
    refusal: str = ""

    @property
    def plain(self) -> str:
        """All of it as one word."""
        return "".join(self.words)


def read_query(typed_text: str) -> Query:
    """Words are parted by spaces; all of them are looked for. A query that is too long is refused whole: a part of it would
    find something else."""
    text = typed.line(typed_text)
    if len(text) > LONGEST:
        return Query(text[:LONGEST], refusal=_("关键词最多%(most)d个字，请缩短后再查。") % {"most": LONGEST})
    words = tuple(dict.fromkeys(filter(None, map(plain, re.split(r"[\s\u3000]+", text)))))
    if len(words) > MOST_WORDS:
        return Query(text, refusal=_("一次最多查%(most)d个词，请去掉几个。") % {"most": MOST_WORDS})
    return Query(text, words)


def plain(text: str) -> str:
    """The text as it is compared."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def _parts(text: str) -> Iterator[str]:
    """What each character of the text is compared as: nothing for a space, more than one for ㎡."""
    for character in text:
        compared = "" if character.isspace() else unicodedata.normalize("NFKC", character).lower()
        yield "".join(compared.split())


@lru_cache(maxsize=512)  # paragraphs and titles, those shown last
def _mapped(text: str) -> tuple[str, tuple[int, ...]]:
    """The text as it is compared, and for each of its characters the place in the text."""
    parts = list(_parts(text))
    return "".join(parts), tuple(place for place, part in enumerate(parts) for _one in part)


def places(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """`[start, end)` of every occurrence of the words in the text, in order; those that touch are one."""
    compared, at = _mapped(text)
    found = []
    for word in words:
        start = compared.find(word)
        while start >= 0:
            found.append((at[start], at[start + len(word) - 1] + 1))
            start = compared.find(word, start + len(word))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def has_all(text: str, words: Sequence[str]) -> bool:
    """Whether every one of the words stands in the text."""
    compared = plain(text)
    return all(word in compared for word in words)


@dataclass(frozen=True)
class Run:
    """A run of characters of a shown text; `is_hit` where it is one of the words looked for."""

    text: str
    is_hit: bool = False


def runs(text: str, words: Iterable[str]) -> list[Run]:
    """The text cut into what was looked for and what lies between."""
    shown, last = [], 0
    for start, end in places(text, words):
        if start > last:
            shown.append(Run(text[last:start]))
        shown.append(Run(text[start:end], is_hit=True))
        last = end
    return [*shown, Run(text[last:])] if last < len(text) else shown


def excerpt(text: str, words: Iterable[str], *, before: int = 24, most: int = 96) -> list[Run]:
    """The text around the first of the words, cut into runs; its beginning where it has none of them."""
    line = typed.line(text)
    found = places(line, words)
    start = max(0, found[0][0] - before) if found else 0
    if start + most >= len(line):
        start = max(0, min(start, len(line) - most))
    cut = ("…" if start else "") + line[start : start + most] + ("…" if start + most < len(line) else "")
    return runs(cut, words)
