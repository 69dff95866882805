"""Reads responsibility brackets: the agencies' names in printed order, and the rule that determines the lead."""

import re

from tasks.plans.reading.layout import Bracket, Layout
from tasks.plans.structure import Mention, Printed, Quote, Task

_LABEL = re.compile(r"(?:^|(?<=；))[^；：]*?(?P<kind>责任|牵头|主责|负责|配合|协办|协同|参与)(?:单位|部门)：")
_RULE = re.compile(r"[^。〔〕（）]*(?:第一|首位|前)[^。〔〕（）]*牵头[^。〔〕（）]*")
# 等相关单位 after the last name leaves the list open and does not belong to the name.
_TAIL = re.compile(
    r"等[^、，；]{0,6}(?:单位|部门)|(?:按照?各?自?职责(?:分工)?)?(?:分别|共同)?负责(?![\u4e00-\u9fff])|，以下|，完成时限"
)
# 甲开发区、乙试验区、丙园区管委会: the suffix of the last name also applies to the names of places before it.
_SUFFIX = re.compile(r"(?:管委会|管理委员会|人民政府|政府)$")
_BODY = re.compile(r"(?:委|厅|局|办|部|会|府|行|司|院|校|学|中心|单位|部门|公司|集团|室|署|队|社|协会)$")
_COLLECTIVE = re.compile(r"^各|(?:成员单位|有关单位|相关单位|有关部门|相关部门)$")


def mentions(layout: Layout, bracket: Bracket) -> tuple[Mention, ...]:
    """The agencies in the bracket. The first is inferred to be the lead, by the plan's own rule."""
    names = [
        layout.quote(*place)
        for start, end in _lists(layout, bracket)
        for place in _split(layout.flat, start, end)
    ]
    names = [name for name in names if name.name]
    suffixes = _lent([name.name for name in names])
    return tuple(
        Mention(name, "lead" if order == 0 else "co", suffix)
        for order, (name, suffix) in enumerate(zip(names, suffixes, strict=True))
    )


def lead_rule(layout: Layout, brackets: list[Bracket]) -> Quote | None:
    """The rule 「排序第一单位为牵头单位，…下同」, which the plan prints once for all brackets; None without one."""
    for bracket in brackets:
        match = _RULE.search(bracket.content)
        if match:
            start = bracket.start + 1 + match.start()
            return layout.quote(start, start + len(match[0]))
    return None


def printed_names(tasks: list[Task]) -> tuple[Printed, ...]:
    """All names in the brackets, each once, in the order of first mention."""
    first: dict[str, Printed] = {}
    for task in tasks:
        for mention in task.mentions:
            name = mention.quote.name
            first.setdefault(name, Printed(mention.quote, mention.suffix, bool(_COLLECTIVE.search(name))))
    return tuple(first.values())


def _lists(layout: Layout, bracket: Bracket) -> list[tuple[int, int]]:
    """The places of the lists of names in the bracket: `[(start, end)]`, lead before co."""
    start, end = bracket.start + 1, bracket.end - 1
    content = layout.flat[start:end]
    labels = list(_LABEL.finditer(content))
    if not labels:
        return [(start, start + _until(content))]
    lists = []
    for label in labels:
        stop = re.compile(r"；|$").search(content, label.end())
        assert stop is not None
        lists.append((start + label.end(), start + label.end() + _until(content[label.end() : stop.start()])))
    return lists


def _until(content: str) -> int:
    """The place where the names end: before 负责, or before a remark in its own bracket that contains 牵头."""
    cuts = [m.start() for m in _TAIL.finditer(content)]
    cuts += [
        m.start()
        for m in re.finditer(r"[〔（]", content)
        if "牵头" in content[m.start() :].split("〕")[0].split("）")[0]
    ]
    return min(cuts, default=len(content))


def _split(flat: str, start: int, end: int) -> list[tuple[int, int]]:
    """Splits a list at 、 and ，, which plans mix, but not inside a bracket of a name."""
    places = []
    depth = 0
    begin = start
    for place in range(start, end):
        depth += (flat[place] in "（〔") - (flat[place] in "）〕")
        if depth == 0 and flat[place] in "、，；":
            places.append((begin, place))
            begin = place + 1
    return [*places, (begin, end)]


def _lent(names: list[str]) -> list[str]:
    suffixes = [""] * len(names)
    lent = ""
    for index in range(len(names) - 1, -1, -1):
        own = _SUFFIX.search(names[index])
        if own and re.search(r"[区园]$", names[index][: own.start()]):
            lent = own[0]
        elif lent and re.search(r"[区园]$", names[index]) and not _BODY.search(names[index]):
            suffixes[index] = lent
        else:
            lent = ""
    return suffixes
