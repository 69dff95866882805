"""Prepares Chinese text for print: full-width marks, no invisible characters, nothing that our fonts cannot draw."""

import re
import unicodedata
from collections.abc import Container, Iterable

from tasks import typed

# Printed for a character that no font can draw: the geta mark, which printers use for it.
STAND_IN = "〓"

_HALF_WIDTH = str.maketrans("｡｢｣､･", "。「」、·")
_WIDE = {",": "，", ";": "；", ":": "：", "!": "！", "?": "？", "(": "（", ")": "）"}
_NUMERALS = "〇一二三四五六七八九"

# Controls, directional marks, joiners and selectors draw nothing, and can hide or reverse the text beside them.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_SPACES = re.compile(r"[^\S\u202f]+")
_CJK = (
    r"\u2e80-\u2fff\u3001-\u3029\u3031-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60"
    r"\u2014\u2018-\u201d\u2026\U00020000-\U0003ffff"
)
# A space beside a full-width mark has no use: the mark brings its own. One between two characters parts names.
_SPACE_BY_MARK = re.compile(
    r"(?<=[、。，．：；！？）〕】》」』〉”’（〔【《「『〈“‘…—]) +| +(?=[、。，．：；！？）〕】》」』〉”’…—])"
)
# What joins letters or chooses their shape, where it is spelling: tasks.typed has dropped all others.
_SPELLED = frozenset("\u200c\u200d\u180e")
_NEAR_CJK = re.compile(f"[{_CJK}]")
_STOPS = "。！？；：，、…"


def widen(text: str) -> str:
    """The text with full-width marks in the place of half-width ones that are beside Chinese characters.

    `2,400` keeps its comma and `f(x)` its brackets; `(一)`, `青海,甘肃` and `｡` do not.
    """
    text = text.translate(_HALF_WIDTH)
    out = list(text)
    brackets: list[tuple[int, bool]] = []
    for number, mark in enumerate(text):
        if mark not in _WIDE:
            continue
        before = out[number - 1] if number else ""
        after = text[number + 1] if number + 1 < len(text) else ""
        chinese = bool(_NEAR_CJK.match(before) or _NEAR_CJK.match(after))
        if mark == "(":
            brackets.append((number, chinese))
            if chinese:
                out[number] = _WIDE[mark]
        elif mark == ")" and brackets:
            # Both brackets of a pair get the same width, whichever of them is beside Chinese.
            opening, opening_chinese = brackets.pop()
            if chinese or opening_chinese:
                out[opening], out[number] = "（", "）"
        elif chinese and not (mark == ":" and before.isdigit() and after.isdigit()):
            out[number] = _WIDE[mark]
    return "".join(out)


def printable(text: str, coverage: Container[int]) -> str:
    """The text in one line, with 〓 for each character that is not in `coverage`.

    Several characters that form one picture (an emoji with its skin colour) give one 〓.
    """
    out: list[str] = []
    for character in _SPACES.sub(" ", text):
        category = unicodedata.category(character)
        if character in _SPELLED:
            out += [character] if out[-1:] != [STAND_IN] else []
        elif category in _INVISIBLE and not (category in {"Co", "Cn"} and ord(character) in coverage):
            # Unlike a control, a private or unassigned character is meant to be seen.
            if category in {"Co", "Cn", "Cs"} and out[-1:] != [STAND_IN]:
                out.append(STAND_IN)
        elif ord(character) in coverage or character == " ":
            out.append(character)
        elif category not in {"Mn", "Me"} and out[-1:] != [STAND_IN]:
            out.append(STAND_IN)
    return "".join(out)


def unprintable(text: str, coverage: Container[int]) -> list[str]:
    """The characters of the text that are meant to be seen but would be printed as 〓 or left out, each once."""
    found = dict.fromkeys(
        character
        for character in text
        if ord(character) not in coverage
        and not character.isspace()
        and unicodedata.category(character) not in {"Cc", "Cf"}
        and character not in _SPELLED
        and not "\ufe00" <= character <= "\ufe0f"  # variation selectors
    )
    return list(found)


def where_unprintable(texts: Iterable[str], coverage: Container[int]) -> dict[str, str]:
    """{character: the words around it}, for every character of the texts that would be printed as 〓; the first place."""
    found: dict[str, str] = {}
    for text in texts:
        for character in unprintable(text, coverage):
            at = text.index(character)
            around = text[max(0, at - _AROUND) : at + _AROUND + 1]
            found.setdefault(character, " ".join(around.split()))
    return found


_AROUND = 6  # characters quoted on each side


def clean(text: str, coverage: Container[int]) -> str:
    """The text as it is printed in one line: full-width marks, no spaces beside these, 〓 for what is not in `coverage`. Of
    several lines each ends like a sentence, so that a heading and an item do not run together."""
    lines = [_clean_line(line, coverage) for line in typed.clean(text).split("\n")]
    *before, last = [line for line in lines if line] or [""]
    return "".join([*map(sentence, before), last])


def _clean_line(text: str, coverage: Container[int]) -> str:
    return _SPACE_BY_MARK.sub("", widen(printable(text.strip(), coverage))).strip()


def sentence(text: str) -> str:
    """The text with a full stop, unless it ends like a sentence."""
    text = text.rstrip("，、；：,;: ")
    if not text or text[-1] in "。！？…!?" or text[-2:] in {"。”", "。）", "！”", "？”"}:
        return text
    return f"{text}。"


def phrase(text: str) -> str:
    """The text without the mark at its end, for use inside a sentence."""
    return text.rstrip(_STOPS + ".,;: ")


_INNER = str.maketrans("“”", "‘’")


def inside_quotes(text: str) -> str:
    """The text for use between “ and ”, with single quotes in it."""
    return text.translate(_INNER)


def numeral(number: int) -> str:
    """A number of a heading in Chinese: 1 → 一, 12 → 十二, 21 → 二十一. Raises ValueError beyond 99."""
    if not 0 < number < 100:
        raise ValueError(number)
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{_NUMERALS[tens]}十"
    return head + (_NUMERALS[ones] if ones else "")


def ems(text: str) -> float:
    """The approximate width of the text in ems, by which a size is chosen that fits a line."""
    return sum(0.57 if character.isascii() else 1.0 for character in text)
