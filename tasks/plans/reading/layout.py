"""Joins printed lines into paragraphs: decides which line breaks end a paragraph and which only wrap it."""

import re
from bisect import bisect_left
from dataclasses import dataclass

from tasks.plans.names import clean, flatten
from tasks.plans.structure import Quote, Span

NUMERAL = "[一二三四五六七八九十百]+"
# The four levels of heading numbers in official documents, outermost first.
NUMBERINGS = (
    re.compile(rf"({NUMERAL})、"),
    re.compile(rf"（({NUMERAL})）"),
    re.compile(r"(\d{1,3})[.．](?!\d)"),
    re.compile(r"（(\d{1,3})）"),
)
BULLET = re.compile(r"[—–―-]{2,}|[●•▪◆■]")
_ENDS = "。！？："


@dataclass(frozen=True)
class Bracket:
    """A pair of round brackets in the flat text: `start` at the opening one, `end` after the closing one."""

    start: int
    end: int
    content: str


class Layout:
    """The text as paragraphs: `flat` has joined lines, wide punctuation, and one line break between paragraphs.

    All patterns run on `flat`; `span` and `quote` convert its places to spans of the unnormalised text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        pieces: list[str] = []
        self._at: list[int] = []
        for start, end in _paragraphs(text):
            flat, offsets = flatten(text[start:end])
            if pieces:
                pieces.append("\n")
                self._at.append(self._at[-1] + 1)
            pieces.append(flat)
            self._at.extend(start + offset for offset in offsets)
        self.flat = "".join(pieces)
        self.brackets = list(_brackets(self.flat))

    def span(self, start: int, end: int) -> Span:
        """Converts places in `flat` to a span of the text, without paragraph breaks at its edges."""
        while start < end and self.flat[start] in "\n ":
            start += 1
        while end > start and self.flat[end - 1] in "\n ":
            end -= 1
        if start == end:
            at = self._at[start] if start < len(self._at) else len(self.text)
            return Span(at, at)
        return Span(self._at[start], self._at[end - 1] + 1)

    def quote(self, start: int, end: int) -> Quote:
        """Like `span`, with the name that the span quotes."""
        span = self.span(start, end)
        return Quote(span.start, span.end, clean(span.of(self.text)))

    def place(self, offset: int) -> int:
        """Converts an offset of the text to a place in `flat`."""
        return bisect_left(self._at, offset)

    def line(self, place: int) -> int:
        """The number of the printed line at the place, from 1, for messages."""
        at = self._at[min(place, len(self._at) - 1)] if self._at else 0
        return self.text.count("\n", 0, at) + 1


def is_responsibility(before: str, content: str) -> bool:
    """Whether a bracket names the responsible agencies: 「…负责」 after a full sentence, or 「责任单位：…」.

    A bracket that only explains a word is inside a sentence and does not end in 负责.
    """
    if re.match(r"(?:责任|牵头|主责|负责)(?:单位|部门)：", content):
        return True
    return before[-1:] in ("", "。", "！", "？", "”", "\n") and bool(
        re.fullmatch(r"[^。；]{2,}负责(?:[。；，].*)?", content, re.DOTALL)
    )


def _paragraphs(text: str) -> list[tuple[int, int]]:
    lines = [(m.start(), m.end(), clean(m[0])) for m in re.finditer(r"[^\n\r\f\v]+", text)]
    lines = [line for line in lines if line[2]]
    first_heading = next((n for n, line in enumerate(lines) if NUMBERINGS[0].match(line[2])), 0)
    paragraphs: list[tuple[int, int]] = []
    current = ""
    for number, (start, end, line) in enumerate(lines):
        if paragraphs and _wraps(current, line, in_head=number <= first_heading):
            paragraphs[-1] = (paragraphs[-1][0], end)
            current += line
        else:
            paragraphs.append((start, end))
            current = line
    return paragraphs


def _wraps(current: str, following: str, in_head: bool) -> bool:
    """Whether the line `following` continues the paragraph `current`."""
    if BULLET.match(following) or any(numbering.match(following) for numbering in NUMBERINGS):
        return False
    if current.count("（") > current.count("）"):
        return True
    if current[-1] in _ENDS:
        return False
    if in_head:
        # In the head, fields, titles and signatures have lines of their own; only prose wraps.
        return "，" in current
    if NUMBERINGS[0].match(current) and "。" not in current:
        return current[-1] in "，、和与"
    brackets = list(_brackets(current))
    if brackets and brackets[-1].end == len(current):
        last = brackets[-1]
        return not is_responsibility(current[: last.start], last.content)
    return True


def _brackets(flat: str) -> list[Bracket]:
    """Outermost pairs of brackets. A pair still open at the end of a paragraph that ends in 「）」 closes there, because
    it contains a stray （."""
    brackets: list[Bracket] = []
    depth = 0
    opened = 0
    for place, char in enumerate(flat + "\n"):
        if char == "\n":
            if depth and flat[place - 1] == "）":
                brackets.append(Bracket(opened, place, flat[opened + 1 : place - 1]))
            depth = 0
        elif char == "（":
            opened = place if depth == 0 else opened
            depth += 1
        elif char == "）" and depth:
            depth -= 1
            if depth == 0:
                brackets.append(Bracket(opened, place + 1, flat[opened + 1 : place]))
    return brackets
