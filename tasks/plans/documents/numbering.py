"""Word's automatic numbering: the number that Word prints before a paragraph and keeps out of its text.

Source: ECMA-376 part 1, 17.9 (numbering) and 17.18.59 (number formats). docx2python knows six of the formats, none of
them Chinese, and no pattern such as 第%1条; python-docx gives no numbers at all.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

MAX_LEVELS = 9
_MAX_NUMBER = 9999  # above, every format is written in digits
_DIGITS = "〇一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_PRIVATE = re.compile("[\ue000-\uf8ff]")  # signs of Wingdings and Symbol
BULLET = "●"


def chinese(number: int) -> str:
    """12 → 十二, 105 → 一百零五; up to 9999."""
    if number == 0:
        return "零"
    text, gap = "", False
    for power in (3, 2, 1, 0):
        digit = number // 10**power % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + _UNITS[power]
            gap = False
        else:
            gap = bool(text)
    return text.removeprefix("一") if 10 <= number < 20 else text


def _letters(number: int) -> str:
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _roman(number: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        text += sign * (number // value)
        number %= value
    return text


def _within(first: str, last: int) -> Callable[[int], str]:
    """Signs that follow each other in Unicode, such as ① to ⑳; digits beyond."""
    return lambda number: chr(ord(first) + number - 1) if 0 < number <= last else str(number)


def _of(signs: str) -> Callable[[int], str]:
    return lambda number: signs[number - 1] if 0 < number <= len(signs) else str(number)


def _circled(number: int) -> str:
    for first, start, last in (("①", 1, 20), ("㉑", 21, 35), ("㊱", 36, 50)):
        if start <= number <= last:
            return chr(ord(first) + number - start)
    return str(number)


def _wide(number: int) -> str:
    return str(number).translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})


def _digit_by_digit(number: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(number))


_LEGAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")

FORMATS: Mapping[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda number: f"{number:02}",
    "decimalFullWidth": _wide,
    "decimalFullWidth2": _wide,
    "decimalHalfWidth": str,
    "upperRoman": lambda number: _roman(number).upper(),
    "lowerRoman": _roman,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerLetter": _letters,
    "chineseCounting": chinese,
    "chineseCountingThousand": chinese,
    "japaneseCounting": chinese,
    "taiwaneseCounting": chinese,
    "taiwaneseCountingThousand": chinese,
    "ideographDigital": _digit_by_digit,
    "japaneseDigitalTenThousand": _digit_by_digit,
    "taiwaneseDigital": _digit_by_digit,
    "chineseLegalSimplified": lambda number: chinese(number).translate(_LEGAL),
    "japaneseLegal": lambda number: chinese(number).translate(_LEGAL),
    "ideographLegalTraditional": lambda number: chinese(number).translate(_LEGAL),
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedFullstop": _within("⒈", 20),
    "decimalEnclosedParen": _within("⑴", 20),
    "ideographEnclosedCircle": _of("㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉"),
    "ideographTraditional": _of("甲乙丙丁戊己庚辛壬癸"),
    "ideographZodiac": _of("子丑寅卯辰巳午未申酉戌亥"),
}


@dataclass
class Level:
    """One level of a list: how its number looks and where it starts. `pattern` has %1 to %9 for the levels' numbers."""

    format: str = "decimal"
    pattern: str = ""
    start: int = 1
    restarts: bool = True  # after a paragraph of a higher level
    digits_only: bool = False  # all numbers in the pattern as 1, 2, 3
    style: str = ""  # paragraphs of this style are on this level


@dataclass
class _List:
    """A list of the document (w:num): its levels, which other lists share its count, and levels it starts anew."""

    levels: dict[int, Level]
    counted_with: str
    starts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """The numbers of a document's paragraphs, which have to be asked for in order."""

    def __init__(self, numbering: Element | None, styles: Element | None) -> None:
        self._styles = _styles(styles)
        self._lists = _lists(numbering, self._styles)
        self._counts: dict[str, dict[int, int]] = {}
        self._started: set[tuple[str, int]] = set()

    def style_name(self, style: str) -> str:
        """The name of a paragraph style in lower case, such as "toc 1"."""
        return self._styles[style].name if style in self._styles else ""

    def number(self, properties: Element | None) -> str:
        """The printed number of the next paragraph, given its w:pPr; "" without one."""
        at = self._level_of(properties)
        if at is None:
            return ""
        name, index = at
        numbered = self._lists[name]
        level = numbered.levels.get(index, Level())
        counts = self._counts.setdefault(numbered.counted_with, {})
        if index in numbered.starts and (name, index) not in self._started:
            counts[index] = numbered.starts[index]
            self._started.add((name, index))
        else:
            counts[index] = counts[index] + 1 if index in counts else level.start
        for deeper in [i for i in counts if i > index]:
            if numbered.levels.get(deeper, Level()).restarts:
                del counts[deeper]
        if level.format == "bullet":
            return _PRIVATE.sub(BULLET, level.pattern)
        return re.sub(
            "%([1-9])", lambda match: self._part(numbered, counts, level, int(match[1]) - 1), level.pattern
        )

    def _part(self, numbered: _List, counts: Mapping[int, int], own: Level, index: int) -> str:
        level = numbered.levels.get(index, Level())
        number = counts.get(index, level.start)
        if level.format in ("none", "bullet"):
            return ""
        if own.digits_only or not 0 <= number <= _MAX_NUMBER:
            return str(number)
        return FORMATS.get(level.format, str)(number)

    def _level_of(self, properties: Element | None) -> tuple[str, int] | None:
        """(list, level) of a paragraph, by its own properties or those of its style."""
        own = find(properties, "numPr")
        name, level = value_of(own, "numId"), value_of(own, "ilvl")
        style = value_of(properties, "pStyle")
        if not name:
            inherited = next((s for s in _ancestry(self._styles, style) if s.list), None)
            if inherited is None:
                return None
            name = inherited.list
            if not level:
                level = self._level_for(name, style) or inherited.level
        if name == "0" or name not in self._lists:
            return None
        index = int(level) if level.isdecimal() else 0
        return name, min(index, MAX_LEVELS - 1)

    def _level_for(self, name: str, style: str) -> str:
        """The level of the list that names the style, or else one that it is based on; "" without one."""
        named = (
            {level.style: str(index) for index, level in self._lists[name].levels.items()}
            if name in self._lists
            else {}
        )
        return next((named[s.key] for s in _ancestry(self._styles, style) if s.key in named), "")


@dataclass
class _Style:
    key: str
    name: str
    parent: str
    list: str
    level: str


def _styles(root: Element | None) -> dict[str, _Style]:
    """{style id: style}; the default paragraph style also as ""."""
    found: dict[str, _Style] = {}
    for element in children(root, "style"):
        numbered = find(find(element, "pPr"), "numPr")
        key = attribute(element, "styleId")
        style = _Style(
            key,
            value_of(element, "name").lower(),
            value_of(element, "basedOn"),
            value_of(numbered, "numId"),
            value_of(numbered, "ilvl"),
        )
        found[key] = style
        if attribute(element, "default") in ("1", "true", "on") and attribute(element, "type") == "paragraph":
            found[""] = style
    return found


def _ancestry(styles: Mapping[str, _Style], key: str) -> Iterator[_Style]:
    """The style and those it is based on; Word follows at most a few, and a circle must end."""
    for _step in range(20):
        if key not in styles:
            return
        yield styles[key]
        if not styles[key].parent:
            return
        key = styles[key].parent


def _lists(root: Element | None, styles: Mapping[str, _Style]) -> dict[str, _List]:
    """{numId: list}."""
    abstract: dict[str, dict[int, Level]] = {}
    linked: dict[str, str] = {}  # {abstractNumId: the numbering style that has its levels}
    for element in children(root, "abstractNum"):
        key = attribute(element, "abstractNumId")
        abstract[key] = dict(map(_level, children(element, "lvl")))
        if link := value_of(element, "numStyleLink"):
            linked[key] = link
    of_list = {attribute(e, "numId"): value_of(e, "abstractNumId") for e in children(root, "num")}
    for key, style in linked.items():
        source = of_list.get(styles[style].list, "") if style in styles else ""
        abstract[key] = abstract.get(source, {})
    lists: dict[str, _List] = {}
    for element in children(root, "num"):
        key = value_of(element, "abstractNumId")
        item = _List(dict(abstract.get(key, {})), key)
        for override in children(element, "lvlOverride"):
            index = _integer(attribute(override, "ilvl"), 0)
            for level in children(override, "lvl"):
                item.levels[index] = _level(level)[1]
                item.starts[index] = item.levels[index].start
            if start := value_of(override, "startOverride"):
                item.starts[index] = _integer(start, 1)
        lists[attribute(element, "numId")] = item
    return lists


def _level(element: Element) -> tuple[int, Level]:
    formats = [attribute(e, "val") for e in element.iter() if local(e) == "numFmt"]
    return _integer(attribute(element, "ilvl"), 0), Level(
        # Newer Word writes a format of its own beside one that older programs know.
        next((name for name in reversed(formats) if name != "custom"), "decimal"),
        value_of(element, "lvlText"),
        _integer(value_of(element, "start"), 1),
        value_of(element, "lvlRestart") != "0",
        find(element, "isLgl") is not None and value_of(element, "isLgl") not in ("0", "false"),
        value_of(element, "pStyle"),
    )


def _integer(text: str, otherwise: int) -> int:
    return int(text) if re.fullmatch(r"\d{1,9}", text) else otherwise


# -- elements -----------------------------------------------------------------------------------------------

_SPACES = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)


def local(element: Element) -> str:
    """The name of a WordprocessingML element without its namespace; "" for elements of other namespaces."""
    tag = element.tag
    for space in _SPACES:
        if isinstance(tag, str) and tag.startswith(space):
            return tag[len(space) :]
    return ""


def attribute(element: Element, name: str) -> str:
    """A WordprocessingML attribute; "" without it."""
    return next((element.attrib[space + name] for space in _SPACES if space + name in element.attrib), "")


def children(parent: Element | None, name: str) -> Iterator[Element]:
    """The child elements of that name."""
    return (child for child in (parent if parent is not None else ()) if local(child) == name)


def find(parent: Element | None, name: str) -> Element | None:
    """The first child element of that name."""
    return next(children(parent, name), None)


def value_of(parent: Element | None, name: str) -> str:
    """The w:val of the first child element of that name; "" without it."""
    element = find(parent, name)
    return attribute(element, "val") if element is not None else ""
