"""Justifies lines of Chinese: what a line lacks is shared out between its characters.

WeasyPrint justifies by stretching spaces, of which Chinese has none, and does not know `text-justify`. Latin words and
numbers are never stretched inside. Where a line breaks is left to Pango, whose rules for Chinese keep closing marks from
the start of a line and opening marks from its end.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline
from weasyprint.text.ffi import TO_UNITS, ffi, pango
from weasyprint.text.line_break import Layout

from .replacement import Replacement

# The most that is added between two characters, in ems. A line of few Chinese characters beside a long word stays short
# rather than being torn apart.
_MOST = 0.5
# Two of these in a row are drawn as one glyph (`ccmp`), so that there is no gap inside.
_ONE_GLYPH = frozenset("—―")

_original_reactivate = Layout.reactivate


@dataclass(frozen=True)
class Stretch:
    """How a text of a justified line is stretched: by `spacing` pixels behind each character whose gap is True.

    `gaps` has an entry for each character of the text; the last entry is missing for the last text of a line.
    """

    spacing: float
    gaps: list[bool]

    @property
    def width(self) -> float:
        """By how much the text grows, in pixels."""
        return self.spacing * sum(self.gaps)


def stretch_of(layout: Any) -> Stretch | None:
    """How the text of a layout is stretched; None for a text that is not."""
    stretch: Stretch | None = layout.__dict__.get("stretch")
    return stretch


# -- where a line may be stretched --------------------------------------------------------------------------


@cache
def _in_word(character: str) -> bool:
    """Whether the character belongs to a Latin word or a number, which is not stretched inside."""
    return (character.isascii() and not character.isspace()) or unicodedata.east_asian_width(character) in {
        "N",
        "Na",
    }


def gaps_of(text: str) -> list[bool]:
    """For each character but the last, whether the line may be stretched between it and the next."""
    in_word = [_in_word(character) for character in text]
    return [
        not (in_word[at] and in_word[at + 1]) and not (text[at] == text[at + 1] and text[at] in _ONE_GLYPH)
        for at in range(len(text) - 1)
    ]


# -- layout -------------------------------------------------------------------------------------------------


def _texts(box: Any) -> list[Any]:
    """The text boxes of a line from left to right; an empty list when the line holds anything else in its flow."""
    found: list[Any] = []
    for child in box.children:
        if isinstance(child, boxes.TextBox):
            found.append(child)
        elif isinstance(child, boxes.InlineBox):
            inner = _texts(child)
            if not inner and child.children:
                return []
            found += inner
        elif child.is_in_normal_flow():
            return []
    return found


def _shift(box: Any, advance: Any) -> Any:
    """Move the box by `advance` and widen it and its texts by their stretch; returns the advance behind the box."""
    box.position_x += advance
    if isinstance(box, boxes.TextBox):
        stretch = stretch_of(box.pango_layout)
        grown = 0 if stretch is None else stretch.width
        box.width += grown
        return advance + grown
    before = advance
    for child in box.children:
        if child.is_in_normal_flow():
            advance = _shift(child, advance)
    box.width += advance - before
    return advance


def _justify_line(_context: Any, line: Any, extra_width: float) -> None:
    """inline.justify_line: share `extra_width` pixels between the characters of the line."""
    texts = _texts(line)
    gaps = gaps_of("".join(box.text for box in texts))
    places = sum(gaps)
    if not places:
        return
    style = texts[-1].style
    # WeasyPrint counts the letter spacing after the last character of the line, where none is drawn.
    trailing = 0.0 if style["letter_spacing"] == "normal" else float(style["letter_spacing"])
    spacing = min((extra_width + trailing) / places, _MOST * line.style["font_size"])
    at = 0
    for box in texts:
        # The layout belongs to this line alone: each line gets its own when it is broken.
        box.pango_layout.stretch = Stretch(spacing, gaps[at : at + len(box.text)])
        at += len(box.text)
    _shift(line, 0)


# -- drawing ------------------------------------------------------------------------------------------------


def _reactivate(layout: Any, style: Any) -> None:
    """Layout.reactivate, with which WeasyPrint shapes a text once more in order to draw it; widens its glyphs."""
    _original_reactivate(layout, style)
    stretch = stretch_of(layout)
    if stretch is not None:
        _widen(layout, stretch)


def _widen(layout: Any, stretch: Stretch) -> None:
    """Add the spacing to the glyph behind which there is a gap.

    The widths are those of the line that Pango keeps in the layout, and WeasyPrint's drawing reads them from there. Pango
    lays the text out anew when the paragraph mode changes, so it is set first to what the drawing will ask for.
    """
    pango.pango_layout_set_single_paragraph_mode(layout.layout, True)
    added = int(stretch.spacing * TO_UNITS)
    character_at: dict[int, int] = {}  # where a character ends, in bytes → its number
    end = 0
    for number, character in enumerate(layout.text):
        end += len(character.encode())
        character_at[end] = number
    run = pango.pango_layout_get_line_readonly(layout.layout, 0).runs
    while run != ffi.NULL:
        item, glyphs = run.data.item, run.data.glyphs
        run = run.next
        if item.analysis.level % 2:
            continue  # right to left
        for index in range(glyphs.num_glyphs):
            last = index == glyphs.num_glyphs - 1
            begins = glyphs.log_clusters[index]
            ends = item.length if last else glyphs.log_clusters[index + 1]
            if ends == begins:
                continue  # the cluster goes on with the next glyph
            at = character_at.get(item.offset + ends)
            if at is not None and at < len(stretch.gaps) and stretch.gaps[at]:
                glyphs.glyphs[index].geometry.width += added


REPLACEMENTS = (
    Replacement(inline, "justify_line", ("context", "line", "extra_width"), _justify_line),
    Replacement(Layout, "reactivate", ("self", "style"), _reactivate),
)
