"""Reads the tree of numbered headings.

Each level is the best chain of numbers of one kind (1, 2, 3 …) between two headings of the level above. A chain may go
on from the group before it (continuous numbering), leave a number out, print one twice, or begin again (an annex); what
stands in no chain is no heading.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from tasks.plans.reading.brackets import Bracket
from tasks.plans.reading.layout import Layout
from tasks.plans.reading.numbering import (
    CITED_ALONE,
    DECIMAL,
    DECIMALS,
    FIRST,
    ITEM,
    PROGRAMME,
    SECOND,
    THIRD,
    Mark,
    marks,
)

# What follows the text of the last heading and does not belong to it: 本方案由某单位解释, 附件, the issuer and the date.
_CLOSING = re.compile(
    r"\n(?=本[^\n]{0,40}?(?:解释|施行|有效期|实施之日)|附件(?:\d{1,2}|[一二三四五六七八九十])?(?:[：:\n]|$)|（此件|（信息公开|抄送[：:]|扫一扫|分享到"
    r"|[^\n，。；]{4,40}\n?\d{4}年\d{1,2}月\d{1,2}日(?:印发)?(?:\n|$|（))"
)
_LONG = 90
_SENTENCE = 8  # characters of the shortest sentence of text


def _letter(run: int) -> str:
    return "" if not run else chr(97 + run) if run < 26 else f"z{run}"


@dataclass(eq=False)
class Item:
    """A numbered heading with its text up to the next heading, and its subheadings. All numbers are places in `flat`.

    `brackets` are the responsibility passages of its own text, before its first subheading.
    `run` is 1 for the second chain of numbers among the same siblings (a second annex), and so on.
    """

    mark: Mark
    end: int
    run: int = 0
    heading: tuple[int, int] = (0, 0)
    brackets: list[Bracket] = field(default_factory=list)
    parent: "Item | None" = None
    children: list["Item"] = field(default_factory=list)

    @property
    def kind(self) -> int:
        return self.mark.kind

    @property
    def number(self) -> int:
        return self.mark.number

    @property
    def start(self) -> int:
        return self.mark.start

    @property
    def path(self) -> list["Item"]:
        """The headings above and this one, outermost first."""
        return [*self.parent.path, self] if self.parent else [self]

    @property
    def lists(self) -> list[Bracket]:
        """The brackets and lines among its responsibility passages, which are apart from its text; sentences are in it."""
        return [passage for passage in self.brackets if not passage.is_prose]

    @property
    def ref(self) -> str:
        """The numbers of the path, joined by hyphens: 3-4-3; a number that comes twice has a letter."""
        return "-".join(f"{item.number}{_letter(item.run)}" for item in self.path)

    @property
    def code(self) -> str:
        """The citation form: 三(四)3. Articles are cited without the chapter, 2.1.3 and 任务三 without what is above them."""
        path = self.path
        alone = max((depth for depth, item in enumerate(path) if item.kind in CITED_ALONE), default=0)
        above = [item for item in path[:alone] if item.kind == FIRST]
        counted = any(item.kind == THIRD for item in path[:alone])
        printed = path[alone].mark.printed
        if (
            path[alone].kind in DECIMALS
            and above
            and (counted or not printed.startswith(f"{above[-1].number}."))
        ):
            # 二、 with 1. and 1.1 below it: the part is not in the number.
            return above[-1].mark.cited + "".join(item.mark.cited for item in path[alone:])
        return "".join(item.mark.cited for item in path[alone:])

    @property
    def below(self) -> Iterator["Item"]:
        """All subheadings, in the order of the text."""
        for child in self.children:
            yield child
            yield from child.below


@dataclass
class Outline:
    """All headings of the first level, and the places where the numbered text starts and ends.

    `outside` are the stretches of text before, between and after the chains of the first level: the head, the end, and
    what stands between a notice and its annex. `unused` are numbers at the beginning of a paragraph that are no headings.
    """

    parts: list[Item]
    start: int
    end: int
    outside: list[tuple[int, int]]
    unused: list[Mark]

    @property
    def items(self) -> Iterator[Item]:
        """All headings, in the order of the text."""
        for part in self.parts:
            yield part
            yield from part.below


def outline(layout: Layout, passages: list[Bracket]) -> Outline:
    """Reads the headings; without any, the outline has no parts."""
    flat = layout.flat
    weighed = _weighed(layout, passages)
    reader = _Reader(weighed, least=0.4 if layout.is_unbroken else 2.0)
    parts = reader.level(0, len(flat), -1)
    if not parts:
        return Outline([], len(flat), len(flat), [(0, len(flat))], [])
    _number_runs(parts)
    ends = [following.start for following in parts[1:]] + [len(flat)]
    for part, following, limit in zip(parts, [*parts[1:], None], ends, strict=True):
        part.end = limit
        if following is None or following.run != part.run:
            closing = _CLOSING.search(flat, _first_stop(flat, part.mark.end, limit), limit)
            part.end = closing.start() if closing else limit
    for part in parts:
        reader.below(part)
    outside = [(0, parts[0].start)]
    outside += [(a.end, b.start) for a, b in pairwise(parts) if a.run != b.run]
    outside.append((parts[-1].end, len(flat)))
    found = Outline(parts, parts[0].start, parts[-1].end, outside, [])
    items = list(found.items)
    _headings(layout, items, passages)
    _assign(items, passages)
    for part in parts:
        _number_runs(part.children)
    _begin_with_the_plan(parts)
    used = {item.start for item in items}
    doubted = [mark for mark, weight in weighed if weight >= 4]
    if layout.is_unbroken:
        doubted += _swallowed(flat, items)
    found.unused = [
        mark
        for mark in sorted(set(doubted), key=lambda mark: mark.start)
        if mark.start not in used and any(part.start < mark.start < part.end for part in parts)
    ]
    return found


def _swallowed(flat: str, items: list[Item]) -> Iterator[Mark]:
    """In a text without line breaks: numbers within a sentence that would go on with those of the headings."""
    counted = {(item.kind, item.number) for item in items}
    kinds = {item.kind for item in items}
    for mark in marks(flat):
        follows = (mark.kind, mark.number - 1) in counted or (mark.kind, mark.number + 1) in counted
        is_new = (
            mark.number == 1
            and mark.kind in (SECOND, THIRD, ITEM, PROGRAMME, *DECIMALS)
            and mark.kind not in kinds
        )
        if (follows or is_new) and not re.match(
            "[、和及与至到第（《“]", flat[mark.start - 1 : mark.start] or "\n"
        ):
            yield mark


def _weighed(layout: Layout, passages: list[Bracket]) -> list[tuple[Mark, float]]:
    """All marks that may be headings, each with how much its place speaks for it."""
    flat = layout.flat
    after = {passage.end for passage in passages}
    starts = [passage.start for passage in passages]
    found = list(marks(flat))
    heads = [mark.start for mark in found if flat[mark.start - 1 : mark.start] in ("", "\n")]
    inside = [(passage.start, passage.end) for passage in passages]
    result = []
    place = 0
    for mark in found:
        while place < len(inside) and inside[place][1] <= mark.start:
            place += 1
        if place < len(inside) and inside[place][0] <= mark.start:
            continue
        before = flat[mark.start - 1 : mark.start]
        if mark.kind in (PROGRAMME, ITEM, *DECIMALS) and before not in ("", "\n"):
            continue
        if before in ("", "\n"):
            weight = 4.0
            # What has responsible agencies of its own before the next number is an item, whatever its number.
            following = bisect_left(heads, mark.end)
            limit = heads[following] if following < len(heads) else len(flat)
            passage = bisect_left(starts, mark.end)
            weight += 3.0 * (passage < len(starts) and starts[passage] < limit)
        elif mark.start in after:
            weight = 3.0
        elif before in "。；！？" and re.compile(r"[^。；，\n]{2,40}。(?:\n|$)").match(flat, mark.end):
            # A heading that follows in the same paragraph and fills the rest of it.
            weight = 2.0
        elif layout.is_unbroken:
            weight = 2.5 if before in "。！？）〕" else 1.5 if layout.has_gap(mark.start) else 0.5
            if weight < 1 and (mark.kind == FIRST or (mark.kind == THIRD and flat[mark.end - 1] == "、")):
                weight = 0.1
        else:
            continue
        result.append((mark, weight))
    more = [*_before_digits(flat, result), *_bare_numbers(layout, result)]
    return sorted([*result, *more], key=lambda weighed: weighed[0].start)


def _before_digits(flat: str, weighed: list[tuple[Mark, float]]) -> Iterator[tuple[Mark, float]]:
    """11.121人才项目: a number whose heading begins with a digit counts only between its neighbours, 10. and 12."""
    strong = [mark for mark, weight in weighed if mark.kind == THIRD and weight >= 4]
    starts = [mark.start for mark in strong]
    for match in re.finditer(r"(?:^|(?<=\n))(\d{1,3})[.．](?=\d)", flat):
        after = bisect_left(starts, match.start())
        number = int(match[1])
        if 0 < after < len(strong) and strong[after - 1].number + 1 == number == strong[after].number - 1:
            yield Mark(THIRD, number, match[1], match.start(), match.end()), 4.0


def _bare_numbers(layout: Layout, weighed: list[tuple[Mark, float]]) -> Iterator[tuple[Mark, float]]:
    """2 重点任务: a number set apart by a space counts in a plan whose next level is 2.1."""
    first = {
        re.split("[.．]", mark.printed)[0] for mark, weight in weighed if mark.kind == DECIMAL and weight >= 4
    }
    if not first:
        return
    for match in re.finditer(r"(?:^|(?<=\n))(\d{1,2})(?=[\u4e00-\u9fff])", layout.flat):
        follows = layout.has_gap(match.end())
        if follows and (match[1] in first or int(match[1]) in (1, max(map(int, first)) + 1)):
            yield Mark(THIRD, int(match[1]), match[1], match.start(), match.end()), 4.0


class _Reader:
    def __init__(self, weighed: list[tuple[Mark, float]], least: float) -> None:
        self.least = least
        self.by_kind: dict[int, list[tuple[Mark, float]]] = {}
        for mark, weight in weighed:
            self.by_kind.setdefault(mark.kind, []).append((mark, weight))
        self.starts = {kind: [mark.start for mark, _w in found] for kind, found in self.by_kind.items()}
        self.last: dict[int, int] = {}

    def below(self, item: Item) -> None:
        """Reads the subheadings of an item, of all levels."""
        self.last[item.kind] = item.number
        item.children = self.level(item.mark.end, item.end, item.kind, item)
        for child, following in zip(item.children, [*item.children[1:], None], strict=False):
            child.parent = item
            child.end = following.start if following else item.end
            self.below(child)

    def level(self, start: int, end: int, above: int, item: Item | None = None) -> list[Item]:
        """The headings of the outermost kind between two places, that is deeper than `above`; and those of deeper kinds
        that stand before the first of them."""
        used = {ancestor.kind for ancestor in item.path} if item else set()
        region = {
            kind: self._between(kind, start, end)
            for kind in self.by_kind
            if kind > above and kind not in used
        }
        for kind in sorted(
            (kind for kind in region if region[kind]), key=lambda kind: self._order(region, kind)
        ):
            chain = self._chain(region[kind], self.last.get(kind, 0))
            if chain:
                items = [Item(mark, end) for mark in chain]
                before = self.level(start, items[0].start, kind, item) if item else []
                return [*before, *items]
        return []

    def _order(self, region: dict[int, list[tuple[Mark, float]]], kind: int) -> tuple[int, int]:
        """Kinds by their usual order; but one that begins again and again inside another is below it."""
        own = region[kind]
        starts = [mark.start for mark, weight in own if mark.number == 1 and weight >= 4]
        if len(starts) > 1:
            for other, found in region.items():
                firsts = [mark.start for mark, weight in found if mark.number == 1 and weight >= 4]
                if other > kind and len(firsts) == 1 and firsts[0] < own[0][0].start and len(found) > 1:
                    return (other, 1)
        return (kind, 0)

    def _between(self, kind: int, start: int, end: int) -> list[tuple[Mark, float]]:
        starts = self.starts[kind]
        return self.by_kind[kind][bisect_left(starts, start) : bisect_left(starts, end)]

    def _chain(self, found: list[tuple[Mark, float]], last: int) -> list[Mark]:
        """The marks whose numbers follow one another best: the largest sum of weights, less a penalty for each step that
        is not the next number."""
        # For each mark: the best sum of a chain that ends with it, and the mark before it in that chain.
        sums: list[float] = []
        previous: list[int] = []
        by_number: dict[int, int] = {}
        best = -1
        for index, (mark, weight) in enumerate(found):
            number = mark.number
            options = [(-5.0 if number not in (1, last + 1) else 0.0, -1)]
            for before, penalty in ((number - 1, 0.0), (number - 2, 3.0), (number, 3.5)):
                if before in by_number:
                    options.append((sums[by_number[before]] - penalty, by_number[before]))
            if best >= 0:
                highest = found[best][0].number
                if number == 1 and highest > 1:
                    options.append((sums[best] - 5.0, best))
                elif highest < number - 2:
                    options.append((sums[best] - 6.0, best))
            value, came_from = max(options, key=lambda option: option[0])
            sums.append(value + weight)
            previous.append(came_from)
            if number not in by_number or sums[by_number[number]] < sums[index]:
                by_number[number] = index
            if best < 0 or sums[index] > sums[best]:
                best = index
        if best < 0 or sums[best] < self.least:
            return []
        chain = []
        while best >= 0:
            chain.append(found[best][0])
            best = previous[best]
        return chain[::-1]


def _headings(layout: Layout, items: list[Item], passages: list[Bracket]) -> None:
    """Sets where each heading ends: at its full stop, its line, a wide space, the next heading or its bracket; and at its
    colon, where what follows that is text."""
    flat = layout.flat
    ends = sorted(passage.start for passage in passages)
    for item, following in zip(items, [*items[1:], None], strict=False):
        limit = following.start if following else item.end
        bracket = bisect_left(ends, item.mark.end)
        if bracket < len(ends):
            limit = min(limit, max(ends[bracket], item.mark.end))
        stop = _first_stop(flat, item.mark.end, limit)
        colon = flat.find("：", item.mark.end, min(stop, item.mark.end + 20))
        if colon > item.mark.end and (stop - item.mark.end > _LONG or _is_text(flat, colon, stop, limit)):
            stop = colon
        start = item.mark.end
        stop = next(
            (place for place in range(start + 2, min(stop, start + 40)) if layout.has_wide_gap(place)), stop
        )
        while stop > start and flat[stop - 1] in "：；，、 ":
            stop -= 1
        item.heading = (start, stop)


def _is_text(flat: str, colon: int, stop: int, limit: int) -> bool:
    """Whether what stands between a heading's colon and its first stop is a sentence of text and not the heading's second
    half: it ends with a full stop or duties, and has clauses or figures, or is all the text that there is.

    截污、清淤、绿化 without a full stop and 源头治污，科学治污 before further text belong to the heading.
    """
    said = flat[colon + 1 : stop]
    if len(said) < _SENTENCE or flat[stop : stop + 1] not in ("。", "（", "〔", "【"):
        return False
    clauses = re.split("[，；]", said)
    is_motto = len({len(clause) for clause in clauses}) == 1 and len(clauses[0]) <= _SENTENCE
    has_clauses = len(clauses) > 1 and not is_motto
    return has_clauses or bool(re.search(r"\d", said)) or not flat[stop + 1 : limit].strip()


def _first_stop(flat: str, start: int, limit: int) -> int:
    found = [place for place in (flat.find("。", start, limit), flat.find("\n", start, limit)) if place >= 0]
    return min(found, default=limit)


def _assign(items: list[Item], passages: Iterable[Bracket]) -> None:
    """Gives each passage to the innermost heading in whose text it stands."""
    starts = [item.start for item in items]
    for passage in passages:
        index = bisect_left(starts, passage.start + 1) - 1
        if index < 0:
            continue
        item = items[index]
        if passage.start >= item.end:
            continue
        if passage.is_summary and item.parent:
            # It closes the text of the last item and is for all that stand beside it.
            item.end = passage.start
            item.parent.brackets.append(passage)
        else:
            item.brackets.append(passage)


def _begin_with_the_plan(parts: list[Item]) -> None:
    """Counts the chains from the first one that names responsible agencies: a notice before it is not the plan."""
    runs = sorted({part.run for part in parts})
    bearing = {item.run for item in parts for below in (item, *item.below) if below.brackets}
    first = min(bearing, default=0)
    for part in parts if first else ():
        part.run = part.run - first if part.run >= first else len(runs) + part.run


def _number_runs(siblings: list[Item]) -> None:
    seen: dict[tuple[int, int], int] = {}
    for item in siblings:
        key = (item.kind, item.number)
        item.run = seen.get(key, 0)
        seen[key] = item.run + 1
        _number_runs(item.children)
