"""Reads the tree of numbered headings, and the kind of each part (first-level heading)."""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from tasks.plans.reading.errors import ReadError
from tasks.plans.reading.layout import NUMBERINGS, NUMERAL, Bracket, Layout, is_responsibility
from tasks.plans.reading.quantities import chinese_number

# 本方案由某单位解释、自某日起施行 follows the text of the last heading and does not belong to it.
_CLOSING = re.compile(r"\n(?=本[^\n]{0,40}?(?:解释|施行|有效期|实施之日))")


@dataclass
class Item:
    """A numbered heading with its text up to the next heading, and its subheadings. All numbers are places in `flat`."""

    level: int
    number: int
    printed: str
    mark: int
    heading: tuple[int, int]
    body: tuple[int, int] = (0, 0)
    bracket: Bracket | None = None
    parent: "Item | None" = None
    children: list["Item"] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The end of the text of this heading and of its subheadings."""
        return (
            self.children[-1].end
            if self.children
            else max(self.body[1], self.bracket.end if self.bracket else 0)
        )


@dataclass
class Outline:
    """All headings, the kinds of the parts, and the places where the numbered text starts and ends."""

    parts: list[Item]
    kinds: list[str]
    groups: list[Item]
    safeguards: list[Item]
    start: int
    end: int

    def of_kind(self, kind: str) -> list[Item]:
        return [part for part, its_kind in zip(self.parts, self.kinds, strict=True) if its_kind == kind]


def outline(layout: Layout) -> Outline:
    """Reads the headings. Raises ReadError if there are none, or if two have the same number."""
    items = _items(layout)
    if not items:
        raise ReadError(
            _("原文中没有“一、”这样的编号标题，无法读出方案的结构。请确认文件是方案正文的纯文本。")
        )
    closing = _closing(layout, items[-1])
    for item, following in zip(items, [*items[1:], None], strict=True):
        end = following.mark if following else closing
        item.bracket = _own_bracket(layout, item, end)
        item.body = (item.heading[1] + 1, item.bracket.start if item.bracket else end)
        item.body = (min(item.body[0], end), max(min(item.body[0], end), item.body[1]))
    parts = _tree(layout, items)
    return _with_kinds(layout, parts, items[0].mark, closing)


def _items(layout: Layout) -> list[Item]:
    flat = layout.flat
    starts = {0: False, **{m.end(): False for m in re.finditer("\n", flat)}}
    # A heading may follow in the same paragraph as other text: after a responsibility bracket, or after a full stop
    # if it has the next number and fills the rest of the paragraph.
    for bracket in layout.brackets:
        if is_responsibility(flat[: bracket.start], bracket.content):
            starts.setdefault(bracket.end, False)
    for stop in re.finditer(rf"。(?=（{NUMERAL}）[^。\n]+。\n)", flat):
        starts.setdefault(stop.end(), True)
    items: list[Item] = []
    last = [0, 0, 0, 0]
    for start, must_follow in sorted(starts.items()):
        for level, numbering in enumerate(NUMBERINGS):
            match = numbering.match(flat, start)
            if match is None:
                continue
            number = int(match[1]) if match[1].isdigit() else chinese_number(match[1])
            wrong_place = (level > 0 and not items) or (level == 0 and number <= last[0])
            if wrong_place or (must_follow and number != last[level] + 1):
                break
            heading = re.compile("[^。\n]*").match(flat, match.end())
            assert heading is not None
            items.append(Item(level, number, match[1], match.start(), heading.span()))
            last[level] = number
            last[level + 1 :] = [0] * (3 - level)
            break
    return items


def _closing(layout: Layout, last: Item) -> int:
    match = _CLOSING.search(layout.flat, last.heading[1])
    return match.start() if match else len(layout.flat)


def _own_bracket(layout: Layout, item: Item, end: int) -> Bracket | None:
    """The last responsibility bracket of the item's own text."""
    own = [
        bracket
        for bracket in layout.brackets
        if item.heading[1] <= bracket.start
        and bracket.end <= end
        and is_responsibility(layout.flat[: bracket.start], bracket.content)
    ]
    return own[-1] if own else None


def _tree(layout: Layout, items: list[Item]) -> list[Item]:
    parts: list[Item] = []
    open_items: list[Item] = []
    for item in items:
        while open_items and open_items[-1].level >= item.level:
            open_items.pop()
        item.parent = open_items[-1] if open_items else None
        siblings = item.parent.children if item.parent else parts
        if any(sibling.number == item.number and sibling.level == item.level for sibling in siblings):
            raise ReadError(
                _("第 %(line)s 行：编号“%(number)s”在同一级标题中出现了两次。请核对原文，改正其中一个编号。"),
                line=layout.line(item.mark),
                number=item.printed,
            )
        siblings.append(item)
        open_items.append(item)
    return parts


def _with_kinds(layout: Layout, parts: list[Item], start: int, end: int) -> Outline:
    """Derives the kind of each part from its structure: whether its headings have responsibility brackets, and the
    depth of its headings."""
    bearing = {id(part): [item for item in _all(part) if item.bracket] for part in parts}
    depth = max((item.level for items in bearing.values() for item in items), default=0)
    if depth == 0:
        raise ReadError(
            _(
                "原文中没有责任括号（如“（某厅，某局负责）”或“责任单位：…”），读不出谁负责哪项任务。"
                "请确认文件完整，括号没有丢失。"
            )
        )
    kinds: list[str] = []
    groups: list[Item] = []
    safeguards: list[Item] = []
    for part in parts:
        below = _all(part)
        if any(item.level == depth for item in bearing[id(part)]):
            kinds.append("tasks")
            groups += [item for item in [part, *below] if item.level == depth - 1]
        elif bearing[id(part)]:
            kinds.append("safeguards")
            level = bearing[id(part)][0].level
            safeguards += [item for item in below if item.level == level]
        elif any(item.level >= 2 for item in below):
            kinds.append("sectors")
        else:
            kinds.append("aims")
    return Outline(parts, kinds, groups, safeguards, start, end)


def _all(item: Item) -> list[Item]:
    return [below for child in item.children for below in [child, *_all(child)]]
