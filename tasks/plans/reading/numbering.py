"""The numbers that official documents print before headings: which kinds there are, and where one stands in a text."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from tasks.plans.reading.quantities import chinese_number

NUMERAL = "[一二三四五六七八九十百]+"
_NUMERAL = "[一二三四五六七八九十百]{1,4}"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"

# The four common levels of heading numbers, outermost first.
NUMBERINGS = (
    re.compile(rf"({NUMERAL})、"),
    re.compile(rf"（({NUMERAL})）"),
    re.compile(r"(\d{1,3})[.．](?!\d)"),
    re.compile(r"（(\d{1,3})）"),
)

# A number of several parts (2.1.3), which is no quantity (3.5亿元, 1.2%).
_PARTED = (
    r"(?<![\d.．第A-Za-z]){}(?![\d.．]\d|\d|[.．]?[%％‰万亿千百个家条项元倍公平米吨户人次级版分])[.．、]?"
)
# 专项行动一：, 任务1：; not 任务一览表.
_WORD = r"(?:{})(?:之)?({}|\d{{1,2}})(?:[：:.．]|——?|(?=[“\u4e00-\u9fff])(?![览致样体般定批系次些个项起直旦些是的、和与至到期级类]))"
_PROGRAMMES = "专项行动|重点行动|行动|重点工程|工程|板块|专题"
_ITEMS = "(?:重点|主要|工作)?任务|重点举措|举措|措施|事项"

# All kinds, outermost first. The group of each pattern is the number. A citation prints it in the form beside it.
(
    CHAPTER, SECTION, FIRST, ARTICLE, PROGRAMME, SECOND, ITEM, THIRD, DECIMAL, DECIMAL_BELOW, DECIMAL_LAST, FOURTH, FIFTH,
) = range(13)  # fmt: skip
DECIMALS = (DECIMAL, DECIMAL_BELOW, DECIMAL_LAST)
# A citation begins with the innermost of these: they are counted through the plan, or name their place by themselves.
CITED_ALONE = (ARTICLE, PROGRAMME, ITEM, *DECIMALS)
_KINDS = (
    (rf"第({_NUMERAL}|\d{{1,3}})(?:章|部分|编)", "第{}章"),
    (rf"第({_NUMERAL}|\d{{1,3}})节", "第{}节"),
    (rf"(?<![一二三四五六七八九十百])({_NUMERAL})(?:、|[.．](?!\d))", "{}"),
    (rf"第({_NUMERAL}|\d{{1,3}})条", "第{}条"),
    (_WORD.format(_PROGRAMMES, _NUMERAL), "{}"),
    (rf"（({_NUMERAL})）、?", "({})"),
    (_WORD.format(_ITEMS, _NUMERAL), "{}"),
    (r"(?<![\d.．第])(\d{1,3})(?:[.．](?!\d)|、)", "{}"),
    (_PARTED.format(r"(\d{1,2}[.．]\d{1,2})"), "{}"),
    (_PARTED.format(r"(\d{1,2}[.．]\d{1,2}[.．]\d{1,2})"), "{}"),
    (_PARTED.format(r"(\d{1,2}(?:[.．]\d{1,2}){3})"), "{}"),
    (r"（(\d{1,3})）、?|(?<![\d（.．])(\d{1,3})）", "({})"),
    (rf"([{_CIRCLED}])", "{}"),
)
_ANY = re.compile("|".join(f"(?P<k{kind}>{pattern})" for kind, (pattern, _form) in enumerate(_KINDS)))
_PUNCTUATION = re.compile(r"[：:.．—、]+$")


@dataclass(frozen=True)
class Mark:
    """A number before a heading: `[start, end)` are its places; `printed` is the number alone."""

    kind: int
    number: int
    printed: str
    start: int
    end: int

    @property
    def cited(self) -> str:
        """The number as a citation prints it: 三, (四), 3."""
        return _KINDS[self.kind][1].format(self.printed)


def marks(flat: str) -> Iterator[Mark]:
    """Every number that could stand before a heading, in the order of the text."""
    for match in _ANY.finditer(flat):
        yield _mark(match)


def mark_at(flat: str, place: int) -> Mark | None:
    """The number that stands at the place."""
    match = _ANY.match(flat, place)
    return _mark(match) if match else None


def _mark(match: re.Match[str]) -> Mark:
    name = next(name for name, found in match.groupdict().items() if found is not None)
    kind = int(name[1:])
    printed = next(group for group in match.groups()[_ANY.groupindex[name] :] if group is not None)
    value = _value(re.split("[.．]", printed)[-1])
    if kind in (PROGRAMME, ITEM):
        cited = _PUNCTUATION.sub("", match[0])
    elif kind in DECIMALS:
        cited = unicodedata.normalize("NFKC", printed)
    else:
        # Full-width digits are cited as plain ones.
        cited = str(int(printed)) if printed.isdecimal() else printed
    return Mark(kind, value, cited, match.start(), match.end())


def _value(printed: str) -> int:
    if printed in _CIRCLED:
        return _CIRCLED.index(printed) + 1
    return int(printed) if printed.isdecimal() else chinese_number(printed)
