"""The numbers that official documents print before headings: which kinds there are, and where one stands in a text."""

import re
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

# All kinds, outermost first. The group of each pattern is the number. A citation prints it in the form beside it.
CHAPTER, SECTION, FIRST, ARTICLE, SECOND, THIRD, FOURTH, FIFTH = range(8)
_KINDS = (
    (rf"第({_NUMERAL}|\d{{1,3}})(?:章|部分|编)", "第{}章"),
    (rf"第({_NUMERAL}|\d{{1,3}})节", "第{}节"),
    (rf"(?<![一二三四五六七八九十百])({_NUMERAL})(?:、|[.．](?!\d))", "{}"),
    (rf"第({_NUMERAL}|\d{{1,3}})条", "第{}条"),
    (rf"（({_NUMERAL})）、?", "({})"),
    (r"(?<![\d.．第])(\d{1,3})(?:[.．](?!\d)|、)", "{}"),
    (r"（(\d{1,3})）、?|(?<![\d（.．])(\d{1,3})）", "({})"),
    (rf"([{_CIRCLED}])", "{}"),
)
_ANY = re.compile("|".join(f"(?P<k{kind}>{pattern})" for kind, (pattern, _form) in enumerate(_KINDS)))


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
    printed = next(group for group in match.groups()[_ANY.groupindex[name] :] if group is not None)
    # Full-width digits are cited as plain ones.
    cited = str(int(printed)) if printed.isdecimal() else printed
    return Mark(int(name[1:]), _value(printed), cited, match.start(), match.end())


def _value(printed: str) -> int:
    if printed in _CIRCLED:
        return _CIRCLED.index(printed) + 1
    return int(printed) if printed.isdecimal() else chinese_number(printed)
