"""Joins printed lines into paragraphs: decides which line breaks end a paragraph and which only wrap it.

Page numbers, running heads and footnotes of printed texts are passed over.
"""

import re
from bisect import bisect_left
from collections import Counter
from itertools import pairwise

from tasks.plans.names import PAGE_LINE, clean, flatten
from tasks.plans.reading.bodies import is_body
from tasks.plans.reading.labels import BULLETS, CLOSING, OPENING, OWN_LINE, SUMMARY
from tasks.plans.reading.numbering import NUMBERINGS, NUMERAL, mark_at, marks
from tasks.plans.structure import Quote, Span

__all__ = ["BULLET", "NUMBERINGS", "NUMERAL", "Layout"]

BULLET = re.compile(r"[—–―-]{2,}|[●•▪◆■]")
_ENDS = "。！？："
_NEVER_FIRST = "，。、；：！？）〕】》”’·］｝〗」"
_NEVER_LAST = "，、；和与及或的“（《〔·—-+［｛〖「"
# A bracket that is open for longer than this was never closed.
_LONGEST_BRACKET = 900
_NOTE_MARK = re.compile(r"[ \t\u3000]*(?:[①②③④⑤⑥⑦⑧⑨⑩]|[\[［]\d{1,2}[\]］]|\*|注[：:])")


class Layout:
    """The text as paragraphs: `flat` has joined lines, wide punctuation, and one line break between paragraphs.

    All patterns run on `flat`; `span` and `quote` convert its places to spans of the unnormalised text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        read = _without_furniture(text)
        lines = [(m.start(), m.end()) for m in re.finditer(r"[^\n\r\f\v]+", read)]
        # A text that came without its line breaks has them put in where headings and sections begin.
        self.is_unbroken = _is_unbroken(read, lines)
        if self.is_unbroken:
            read = _PAGE_INSIDE.sub(lambda found: " " * len(found[0]), read)
            lines = [piece for line in lines for piece in _broken(read, *line)]
        pieces: list[str] = []
        self._at: list[int] = []
        for start, end in _paragraphs(read, lines):
            flat, offsets = flatten(read[start:end])
            if pieces:
                pieces.append("\n")
                self._at.append(self._at[-1] + 1)
            pieces.append(flat)
            self._at.extend(start + offset for offset in offsets)
        self.flat = "".join(pieces)

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

    def has_gap(self, place: int) -> bool:
        """Whether the text has white space between this place and the one before."""
        return 0 < place < len(self._at) and self._at[place] - self._at[place - 1] > 1

    def has_wide_gap(self, place: int) -> bool:
        """Whether Chinese words are set apart by a wide space here, within a line."""
        if not self.has_gap(place) or self.flat[place - 1].isascii() or self.flat[place].isascii():
            return False
        gap = self.text[self._at[place - 1] + 1 : self._at[place]]
        return not set("\n\r\f\v") & set(gap) and ("\u3000" in gap or len(gap) > 1)


# What a line of the text has and a running head has not: the end of a sentence, a label, or brackets around all of it.
# The same duties may stand at the edges of several pages.
_SAYS = re.compile(r"[。；;，、]$|[：:]|^[（(〔\[【].*[）)〕\]】]$")


def _without_furniture(text: str) -> str:
    """The text with page numbers, running heads and footnotes blanked, each character by a space."""
    lines = [(m.start(), m.end(), m[0].strip(" \t\u3000")) for m in re.finditer(r"[^\n\r\f\v]+", text)]
    lines = [line for line in lines if line[2]]
    pages = {n for n, (_s, _e, line) in enumerate(lines) if PAGE_LINE.fullmatch(line)}
    bare = [
        n for n, (_s, _e, line) in enumerate(lines) if line.isascii() and line.isdigit() and len(line) < 4
    ]
    numbers = [int(lines[n][2]) for n in bare]
    if len(bare) > 2 and all(after == before + 1 for before, after in pairwise(numbers)):
        pages |= set(bare)
    if not pages:
        return text
    edges = {n + step for n in pages for step in (-1, 1)}
    repeated = Counter(lines[n][2] for n in edges if 0 <= n < len(lines) and len(lines[n][2]) <= 40)
    heads = {
        n
        for n in edges - pages
        if 0 <= n < len(lines)
        and repeated[lines[n][2]] > 2
        and not mark_at(clean(lines[n][2]), 0)
        and not _SAYS.search(lines[n][2])
    }
    notes = set()
    for page in pages:
        above = page - 1
        while above > page - 6 and above in heads:
            above -= 1
        first = next(
            (n for n in range(above, max(above - 4, -1), -1) if n >= 0 and _NOTE_MARK.match(lines[n][2])),
            None,
        )
        if first is not None:
            notes |= set(range(first, page))
    kept = []
    last = 0
    for n in sorted(pages | heads | notes):
        start, end, _line = lines[n]
        kept += [text[last:start], " " * (end - start)]
        last = end
    return "".join([*kept, text[last:]])


def _is_unbroken(text: str, lines: list[tuple[int, int]]) -> bool:
    """Whether a line holds several headings: most of the text, or two of the first level."""
    start, end = max(lines, key=lambda line: line[1] - line[0], default=(0, 0))
    most = end - start > 0.6 * len(text) and sum(1 for _found in marks(clean(text[start:end]))) > 2
    if most or sum(1 for _found in _FIRST_LEVEL.finditer(text, start, end)) > 1:
        return True
    # Pages or pieces of a text that has lost its line breaks: more headings stand within lines than begin one.
    places = [found.start() for found in _NUMBERED.finditer(text)]
    inside = sum(
        not text[max(0, place - 4) : place].rstrip(" \t\u3000").endswith(("\n", "\r", "\f"))
        for place in places
    )
    return inside > 2 and inside * 2 > len(places)


_FIRST_LEVEL = re.compile(
    r"(?<=[。｡）)\s])(?:[一二三四五六七八九十]{1,3}[、､]|第[一二三四五六七八九十]{1,3}章[\s\u3000])"
)
_NUMBERED = re.compile(
    r"(?<=[。｡）)〕\s])(?:[（(][一二三四五六七八九十]{1,3}[)）]|[一二三四五六七八九十]{1,3}[、､])(?=[“\u4e00-\u9fff])"
)
_SEAMS = re.compile(
    r"(?<=[。！？；：:;｡）)〕\]”])[ \t\u3000]*(?=[一二三四五六七八九十百]{1,3}[、､]|[（(](?:[一二三四五六七八九十百]{1,3}|\d{1,3})[)）]"
    r"|\d{1,3}[.．、､](?!\d)|\d{1,2}(?:[.．]\d{1,2}){1,2}(?=[ \u3000]*[“\u4e00-\u9fff])|第[一二三四五六七八九十百]{1,3}[章节条]|附件\d?[：:]"
    r"|(?:专项行动|行动|工程|任务|举措|措施)(?:[一二三四五六七八九十]{1,3}|\d{1,2})[：:])"
    r"|(?<=[\u3000-\u9fff\uff00-\uffef)\]])(?<![章节条])[ \t\u3000]+(?=[\u3000-\u9fff\uff00-\uffef(\[]|\d{1,3}[.．、､](?!\d))"
)


# — 2 —: a page number in a text that has lost its line breaks.
_PAGE_INSIDE = re.compile(r"(?<!\d)[—–－] ?\d{1,3} ?[—–－](?!\d)")
# 二、重点任务（一）检查: the first number of the next level ends a heading that has no mark of punctuation.
_HEADED = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}[、､]|[（(][一二三四五六七八九十]{1,3}[)）]|第[一二三四五六七八九十]{1,3}[章节]|\d{1,2}[.．]?[ \u3000]*|(?:专项行动|行动|工程|任务)[一二三四五六七八九十]{1,3}[：:])"
    r"[^。；：，｡;:,（）()\d\n]{2,40}?(?=[（(][一1１][)）]|(?<!\d)1[.．、](?!\d)|1[.．]1(?!\d)|\d{1,2}[.．]1(?:[.．]1)?(?!\d)|第一节|任务[一二三四五六七八九十]{1,3}[：:])"
)


def _broken(text: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces = []
    begin = start
    for seam in _SEAMS.finditer(text, start, end):
        if seam.start() > begin:
            pieces.append((begin, seam.start()))
            begin = seam.end()
    return [part for piece in [*pieces, (begin, end)] for part in _headed(text, *piece)]


def _headed(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A piece with the headings at its beginning as pieces of their own."""
    parts = []
    while (heading := _HEADED.match(text, start, end)) and heading.end() < end:
        parts.append((start, heading.end()))
        start = heading.end()
    return [*parts, (start, end)]


def _width(lines: list[str]) -> float:
    """The width at which a printed text wraps its lines, or infinity where each paragraph is one line."""
    widths = sorted(_cells(line) for line in lines)
    if not widths:
        return float("inf")
    usual = widths[int(len(widths) * 0.97)]
    # Lines of this width that end in the middle of a sentence were wrapped.
    full = sum(_cells(line) > usual - 4 and line[-1] not in "。！？；：;:)）〕】" for line in lines)
    return usual if 16 <= usual <= 60 and full > 2 and full * 12 > len(widths) else float("inf")


def _is_in_pieces(lines: list[str], width: float) -> bool:
    """Whether lines were broken at their punctuation when the text was taken from its page."""
    pieces = sum(
        line[0] in _NEVER_FIRST or (line[-1] in "、，" and _cells(line) < width / 2) for line in lines
    )
    return pieces * 50 > len(lines)


def _cells(line: str) -> float:
    return len(line) - len(line.encode("ascii", "ignore")) / 2


_PARTED = re.compile(r"\d{1,2}[.．]\d{1,2}(?:[.．]\d{1,2})*[ \t\u3000]*[“\u4e00-\u9fff]")
_BARE_NUMBER = re.compile(r"\d{1,2}[ \t\u3000]+[“\u4e00-\u9fff]")


def _paragraphs(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    lines = [(start, end, clean(text[start:end])) for start, end in places]
    lines = [line for line in lines if line[2]]
    first_heading = next(
        (n for n, line in enumerate(lines) if NUMBERINGS[0].match(line[2])),
        next((n for n, line in enumerate(lines) if _is_first(line[2])), 0),
    )
    printed_lines = [text[start:end].strip() for start, end, _line in lines]
    width = _width(printed_lines[first_heading:])
    # None where each paragraph is one line.
    in_pieces = (
        _is_in_pieces([line for _start, _end, line in lines[first_heading:]], width)
        if width < float("inf")
        else None
    )
    # 2 重点任务, in a plan that goes on with 2.1.
    has_parts = any(_PARTED.match(line) for line in printed_lines)
    paragraphs: list[tuple[int, int]] = []
    current = ""
    printed = 0.0
    opened = _Opened()
    for number, (start, end, line) in enumerate(lines):
        begins = has_parts and _BARE_NUMBER.match(printed_lines[number])
        if (
            paragraphs
            and not begins
            and _wraps(
                current,
                line,
                opened,
                in_head=number <= first_heading,
                full=printed > width - 3,
                in_pieces=in_pieces,
            )
        ):
            paragraphs[-1] = (paragraphs[-1][0], end)
            current += line
        else:
            paragraphs.append((start, end))
            current = line
            opened = _Opened()
            printed = 0.0
        opened.read(line)
        # A printed line may come in several pieces, broken at its punctuation.
        cells = _cells(printed_lines[number])
        printed = cells if printed > width - 3 else printed + cells
    return paragraphs


def _is_first(line: str) -> bool:
    mark = mark_at(line, 0)
    return mark is not None and mark.number == 1


class _Opened:
    """The brackets that are open at the end of a paragraph."""

    def __init__(self) -> None:
        self.opened: list[int] = []
        self.length = 0

    def read(self, line: str) -> None:
        for place, char in enumerate(line, self.length):
            if char in OPENING:
                self.opened.append(place)
            elif self.opened and char in CLOSING:
                self.opened.pop()
        self.length += len(line)

    def is_open(self) -> bool:
        return any(self.length - place < _LONGEST_BRACKET for place in self.opened)


def _wraps(
    current: str, following: str, opened: _Opened, *, in_head: bool, full: bool, in_pieces: bool | None
) -> bool:
    """Whether the line `following` continues the paragraph `current`."""
    if BULLET.match(following) or mark_at(following, 0):
        return False
    if opened.is_open() or following[0] in _NEVER_FIRST:
        return True
    if _begins_list(following):
        return False
    if current[-1] in _ENDS:
        return False
    mark = mark_at(current, 0)
    if mark and mark.end == len(current):
        return True
    if in_head:
        # In the head, fields, titles and signatures have lines of their own; only prose wraps.
        return "，" in current
    if mark and "。" not in current:
        in_quotes = current.count("“") > current.count("”")
        if current[-1] in _NEVER_LAST or in_quotes:
            return True
        # A heading wraps where its line is full, or where the text was taken from its page in pieces.
        return full or (bool(in_pieces) and (following[0] in "“（《" or current[-1] in "”）》"))
    if current.startswith(("附件", "专栏")) and OWN_LINE.match(current):
        return full
    if _begins_list(current):
        if _DIVISION.match(current):
            return True
        return (
            full or current[-1] in _NEVER_LAST or _goes_on(current, following, broken=in_pieces is not None)
        )
    return current[-1] not in "）〕】" or not _is_list(current)


def _begins_list(line: str) -> bool:
    """Whether a line says who is responsible, or until when, and so is a paragraph of its own."""
    bullets = BULLETS.match(line)
    return bool(OWN_LINE.match(line, bullets.end() if bullets else 0) or SUMMARY.match(line))


# A list in the form of a sentence, which ends with its full stop: 责任分工：由甲牵头，乙配合。
_DIVISION = re.compile(r"\W*(?:责任|任务|职责)?分工[：:]?由")
_DUTY_FIRST = re.compile(
    "(?:按职责分工|分别|共同|具体)?(?:牵头|负责|配合|协助|参与|参加|落实|组织实施|实施|指导|支持)(?:[，；、。]|$)"
)


def _goes_on(current: str, following: str, *, broken: bool) -> bool:
    """Whether a list of agencies on a line of its own goes on in the next line: its last name is none by itself, or is one
    only together with the next line, or the next line begins with what they do (配合，…)."""
    if _DUTY_FIRST.match(following):
        return True
    last = re.split("[、，；：]", current)[-1]
    if not (is_body(last) or re.search(r"\d|坚持|推进", last)):
        return True
    first, *others = re.split("[、，；]", following.rstrip("、，；。"))
    return broken and len(last + first) <= 20 and is_body(last + first) and all(map(is_body, others))


def _is_list(paragraph: str) -> bool:
    """Whether the paragraph ends in a responsibility bracket, after which nothing continues."""
    # The last sentence: a name may have a bracket of its own.
    start = max(paragraph.rfind("。", 0, len(paragraph) - 1), len(paragraph) - 400)
    return bool(re.search("负责|单位：|部门：|牵头|下同", paragraph[max(start, 0) :]))
