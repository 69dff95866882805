"""How two texts differ, as people read it: with marks where little is new, side by side where much is."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

PAIRS_LIMIT = 1_000_000  # pairs of equal tokens in two compared texts; two pages of prose have a fifth of it
# Marks are read with ease while so much of both texts is unchanged, and in a line or less always.
_ALIKE, _LINE = 0.7, 30

# A number with its sign, point and unit of per cent, a word of letters, or one character of any other kind.
_TOKEN = re.compile(r"[+\-−]?\d[\d,.]*[%％‰]?|[A-Za-z]+|\s+|.", re.DOTALL)
# Unchanged text up to this length between two changes becomes part of them, because fragments are hard to read.
_CRUMB = 2


@dataclass(frozen=True)
class Compared:
    """Two texts. `parts` are (equal, delete or insert; the characters) in the order in which they are read."""

    before: str
    after: str
    parts: list[tuple[str, str]]

    @property
    def is_alike(self) -> bool:
        """Whether marks in one text say it better than both texts side by side."""
        if not self.before or not self.after or max(len(self.before), len(self.after)) <= _LINE:
            return True
        kept = sum(len(text) for kind, text in self.parts if kind == "equal")
        return 2 * kept >= _ALIKE * (len(self.before) + len(self.after))


def compare(before: str, after: str) -> Compared:
    """By numbers, Latin words and single Chinese characters; changes with little unchanged text between them are merged."""
    return Compared(before, after, list(_parts(before, after)))


def _parts(old: str, new: str) -> Iterator[tuple[str, str]]:
    for kind, a0, a1, b0, b1 in _changes(old, new):
        if kind == "equal":
            yield kind, old[a0:a1]
            continue
        if a1 > a0:
            yield "delete", old[a0:a1]
        if b1 > b0:
            yield "insert", new[b0:b1]


def _changes(old: str, new: str) -> list[tuple[str, int, int, int, int]]:
    """The opcodes of difflib over tokens, with offsets of characters. The cost grows with the number of pairs of equal
    tokens; a text filled with one letter would take ten seconds, and is shown as changed as a whole."""
    if old == new:
        return [("equal", 0, len(old), 0, len(new))]
    old_tokens, new_tokens = _TOKEN.findall(old), _TOKEN.findall(new)
    counts = Counter(old_tokens)
    if sum(counts[token] * n for token, n in Counter(new_tokens).items()) > PAIRS_LIMIT:
        return [("replace", 0, len(old), 0, len(new))]
    ends_old = [0, *accumulate(map(len, old_tokens))]
    ends_new = [0, *accumulate(map(len, new_tokens))]
    codes: list[tuple[str, int, int, int, int]] = [
        (kind, ends_old[a0], ends_old[a1], ends_new[b0], ends_new[b1])
        for kind, a0, a1, b0, b1 in difflib.SequenceMatcher(
            None, old_tokens, new_tokens, autojunk=False
        ).get_opcodes()
    ]
    changes: list[tuple[str, int, int, int, int]] = []
    for place, code in enumerate(codes):
        kind, a0, a1, b0, b1 = code
        inner = 0 < place < len(codes) - 1
        if kind == "equal" and not (inner and a1 - a0 <= _CRUMB):
            changes.append(code)
        elif changes and changes[-1][0] != "equal":
            changes[-1] = ("replace", changes[-1][1], a1, changes[-1][3], b1)
        else:
            changes.append(("replace", a0, a1, b0, b1))
    return changes
