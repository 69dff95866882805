"""Normalises quoted text: joins lines and widens punctuation, so that names can be compared and shown.

The stored text never changes: it keeps half-width ｡ and ､, ASCII commas and brackets, and sentences broken over
lines. Every name is `clean` of a slice of it, and nothing else normalises.
"""

import re

# A line that holds nothing but a page number: — 3 —, 第3页 共9页, 3/9.
PAGE_LINE = re.compile(
    r"(?:(?<=[\n\r\f])|^)[ \t\u3000]*"
    r"(?:[—–－―-]{1,3}[ \t]{0,3}\d{1,4}[ \t]{0,3}[—–－―-]{1,3}|第[ \t]?\d{1,4}[ \t]?页[^\n\r\f]{0,12}|\d{1,4}[ \t]?/[ \t]?\d{1,4})"
    r"[ \t\u3000]*(?=[\n\r\f]|$)"
)
_WIDE = str.maketrans({
    "｡": "。", "､": "、", ",": "，", "(": "（", ")": "）", ":": "：", ";": "；", "?": "？", "!": "！",
    "｢": "「", "｣": "」",
})  # fmt: skip
_BETWEEN_DIGITS_THEY_STAY = ",:"


def flatten(text: str) -> tuple[str, list[int]]:
    """The text without line breaks and stray spaces, with wide punctuation, and the offset of each character in it.

    Page numbers on lines of their own are left out. Each character of the result comes from one character of the
    text, so any range can be traced to its passage.
    A space stays only between two Latin words or figures, where it carries meaning.
    """
    if "\n" in text or "\f" in text:
        text = PAGE_LINE.sub(lambda found: " " * len(found[0]), text)
    kept: list[str] = []
    offsets: list[int] = []
    gap = ""
    gap_at = 0
    for offset, char in enumerate(text):
        if char.isspace() or char in "\ufeff\u200b":
            gap_at = gap_at if gap else offset
            gap += char
            continue
        if gap and kept and _is_latin(kept[-1]) and _is_latin(char):
            broken_number = "\n" in gap and kept[-1].isdigit() and char.isdigit()
            if not broken_number:
                kept.append(" ")
                offsets.append(gap_at)
        gap = ""
        kept.append(char if _stays(text, offset, char) else char.translate(_WIDE))
        offsets.append(offset)
    return "".join(kept), offsets


def clean(quoted: str) -> str:
    """The name that a passage quotes: lines joined, punctuation widened."""
    return flatten(quoted)[0]


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _stays(text: str, offset: int, char: str) -> bool:
    """Whether the character stays ASCII: the comma in 1,000 and the colon in 10:30 do."""
    if char not in _BETWEEN_DIGITS_THEY_STAY:
        return False
    return text[offset - 1 : offset].isdigit() and text[offset + 1 : offset + 2].isdigit()
