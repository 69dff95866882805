"""Chinese lines flush on both sides.

WeasyPrint justifies by stretching spaces, of which Chinese has none. Here a justified line is stretched between its
characters instead, but for the inside of Latin words and numbers. Where a line breaks is left to Pango, whose rules
for Chinese keep closing marks from a line's start and opening marks from its end.

WeasyPrint offers no door for this, so one function of its line layout is replaced; the version is pinned, and a test
measures the right edge of every full line.
"""

import math
import unicodedata
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline
from weasyprint.text.ffi import TO_UNITS, ffi, pango
from weasyprint.text.line_break import Layout

# A line of few Chinese characters and a long word is rather left short than torn apart: in ems between characters.
_MOST = 0.3
# Drawn as one glyph (`ccmp`), so there is no gap inside.
_ONE_GLYPH = frozenset("—―")


def _word(character: str) -> bool:
    """Whether the character belongs to a Latin word or a number, which stays solid."""
    return (character.isascii() and not character.isspace()) or unicodedata.east_asian_width(character) in {
        "N",
        "Na",
    }


def _runs(text: str) -> list[tuple[int, int]]:
    """Spans of the text, in bytes, that may be stretched."""
    runs: list[tuple[int, int]] = []
    at = 0
    for number, character in enumerate(text):
        size = len(character.encode())
        glued = character in _ONE_GLYPH and number and text[number - 1] == character
        if not _word(character) and not glued:
            if runs and runs[-1][1] == at:
                runs[-1] = (runs[-1][0], at + size)
            else:
                runs.append((at, at + size))
        elif glued and runs and runs[-1][1] == at:
            runs[-1] = (runs[-1][0], at + size)
        at += size
    return runs


def _places(text: str) -> float:
    """How many times the extra width of one place a run of text grows by; its outer edges do not grow."""
    places = 0.0
    for number, character in enumerate(text):
        if _word(character) or (character in _ONE_GLYPH and number and text[number - 1] == character):
            continue
        places += 1
        # Pango gives half of the spacing to either side and takes it back at the edges of the line.
        if number == 0:
            places -= 0.5
        after = number + 1
        while after < len(text) and character in _ONE_GLYPH and text[after] == character:
            after += 1
        if after == len(text):
            places -= 0.5
    return max(places, 0.0)


class _StretchedLayout(Layout):  # type: ignore[misc]
    """A line of text with `justification_spacing` between its Chinese characters."""

    justification_spacing: float

    def set_text(self, text: str, justify: bool = False) -> None:
        spacing, self.justification_spacing = self.justification_spacing, 0
        try:
            super().set_text(text, justify)
        finally:
            self.justification_spacing = spacing
        normal = self.style["letter_spacing"]
        normal = 0 if normal == "normal" else normal
        attributes = pango.pango_layout_get_attributes(self.layout)
        attributes = (
            ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
            if attributes == ffi.NULL
            else attributes
        )
        # Rounded down: a line may fall short of the edge by a hair, and never passes it.
        units = math.floor((normal + self.justification_spacing) * TO_UNITS)
        for start, end in _runs(self.text):
            attribute = pango.pango_attr_letter_spacing_new(units)
            attribute.start_index, attribute.end_index = start, end
            pango.pango_attr_list_change(attributes, attribute)
        pango.pango_layout_set_attributes(self.layout, attributes)


def _total(box: Any) -> float:
    if isinstance(box, boxes.TextBox):
        return _places(box.text)
    if isinstance(box, boxes.LineBox | boxes.InlineBox):
        return sum(_total(child) for child in box.children)
    return 0.0


def _stretch(context: Any, box: Any, spacing: float, advance: float) -> float:
    """Widen what is inside the box, move what follows, and return by how much the line has grown so far."""
    if isinstance(box, boxes.TextBox):
        box.position_x += advance
        places = _places(box.text)
        if places > 0:
            layout = _StretchedLayout(box.style, spacing)
            layout.set_text(box.text)
            layout.deactivate()
            box.justification_spacing = spacing
            box.pango_layout = layout
            box.width += spacing * places
            advance += spacing * places
    elif isinstance(box, boxes.LineBox | boxes.InlineBox):
        box.position_x += advance
        before = advance
        for child in box.children:
            if child.is_in_normal_flow():
                advance = _stretch(context, child, spacing, advance)
        box.width += advance - before
    else:
        box.translate(advance, 0)
    return advance


def _trailing(box: Any) -> float:
    """The letter spacing that WeasyPrint counts after the line's last character, where none is drawn."""
    if isinstance(box, boxes.TextBox):
        spacing = box.style["letter_spacing"]
        return 0.0 if spacing == "normal" else float(spacing)
    children = getattr(box, "children", ())
    return _trailing(children[-1]) if children else 0.0


def _justify_line(context: Any, line: Any, extra_width: float) -> None:
    places = _total(line)
    if places > 0:
        spacing = (extra_width + _trailing(line)) / places
        _stretch(context, line, min(spacing, _MOST * line.style["font_size"]), 0)


def install() -> None:
    """Put it in the place of WeasyPrint's own, once per process."""
    inline.justify_line = _justify_line
