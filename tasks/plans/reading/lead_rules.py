"""The plan's own rule by which a lead is known: the first listed, those before a comma, those with a sign, a single agency."""

import re
from dataclasses import dataclass

from tasks.plans.reading.brackets import Bracket
from tasks.plans.reading.layout import Layout
from tasks.plans.structure import Quote

_FIRST = re.compile(
    r"(?:第一|首位|首个|首家|首列|列首|最前|排(?:在|名|序|位|列)?(?:最|在)?前|列(?:在)?(?:最)?前|前列)[^。〔〕（）；]{0,12}?(?:(?:为|是|作为|即为?|系)[^。〔〕（）；]{0,4}?|负责|单位|部门|的)牵头"
    r"|(?:牵头(?:责任)?(?:单位|部门)(?:排|列|居)(?:在|名|于)?(?:第一|首|最前|前))|牵头(?:责任)?(?:单位|部门)为[^。；（）〔〕]{0,12}(?:第一|首)(?:个|家|位)"
)
_COMMA = re.compile(
    r"(?:(?P<comma>逗号|“，”)|(?P<semicolon>分号|“；”))(?:之)?前(?:面)?的?(?:单位|部门)?(?:为|是|系|作为)[^。〔〕（）]{0,4}?牵头"
)
# 仅列一个单位的，由该单位牵头.
SINGLE = re.compile(
    r"(?:仅|只|单独)(?:列|有|列出|明确)?(?:一个|1个|一家)[^。；]{0,8}的?，?(?:即|则|就|由|为|该)[^。；]{0,8}?(?:牵头|负责)"
    r"|(?:单位|部门)(?:仅|只)?(?:为|有)(?:一个|1个|一家)的?，?(?:即|则|就|由|为|该)[^。；]{0,8}?(?:牵头|负责)"
)
# A sign beside the name marks the lead; bold type does, too, but a text does not show it.
_MARK = re.compile(
    r"(?:[标加带注有打](?:注|有|记)?[“”]?|(?<=[：。，；]))[*＊★▲●△][“”]?号?的?(?:单位|部门)?(?:为|是|系)[^。〔〕（）]{0,4}?牵头"
)
BY_TYPE = re.compile(r"(?:加粗|黑体|粗体|下划线|红色|楷体)[^。；]{0,8}(?:为|是|系)[^。〔〕（）]{0,4}?牵头")


@dataclass(frozen=True)
class Rule:
    """The plan's own rule for the lead: `kind` is rule (the first listed), comma or semicolon (those before it) or mark
    (those with a sign beside the name)."""

    kind: str
    quote: Quote


def is_rule(words: str) -> bool:
    """Whether a clause says a rule and names no agency."""
    return any(rule.search(words) for rule in (_FIRST, _COMMA, _MARK, BY_TYPE, SINGLE))


def lead_rule(layout: Layout, brackets: list[Bracket]) -> Rule | None:
    """The plan's rule, in a responsibility passage or anywhere else in its text."""
    flat = layout.flat
    places = [(bracket.first, bracket.last) for bracket in brackets]
    for start, end in [*places, (0, len(flat))]:
        for kind, pattern in (("comma", _COMMA), ("mark", _MARK), ("rule", _FIRST)):
            match = pattern.search(flat, start, end)
            if match is None:
                continue
            first, last = match.span()
            while first > start and flat[first - 1] not in "。〔〕（）；\n" and match.start() - first < 40:
                if flat[first - 1] == "，" and kind == "rule":
                    break
                if flat[first - 1] == "，":
                    break
                first -= 1
            while last < end and flat[last] not in "。〔〕（）；\n" and last - match.end() < 60:
                last += 1
            if kind == "comma" and match["semicolon"]:
                kind = "semicolon"
            return Rule(kind, layout.quote(first, last))
    return None
