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
# The comma in 1,000 and the colon in 10:30 stay ASCII.
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[,:](?=\d)")
_RUN = re.compile(r"[^\s\ufeff\u200b]+")


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
    end = 0
    for run in _RUN.finditer(text):
        start = run.start()
        if kept and start > end and _is_latin(kept[-1][-1]) and _is_latin(text[start]):
            broken_number = "\n" in text[end:start] and kept[-1][-1].isdigit() and text[start].isdigit()
            if not broken_number:
                kept.append(" ")
                offsets.append(end)
        end = run.end()
        wide = run[0].translate(_WIDE)
        for stays in _BETWEEN_DIGITS.finditer(text, start, end):
            place = stays.start() - start
            wide = wide[:place] + stays[0] + wide[place + 1 :]
        kept.append(wide)
        offsets.extend(range(start, end))
    return "".join(kept), offsets


def clean(quoted: str) -> str:
    """The name that a passage quotes: lines joined, punctuation widened."""
    return flatten(quoted)[0]


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
