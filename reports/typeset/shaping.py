"""Text shaped by Pango: once for a paragraph, and known from then on by its style and width.

WeasyPrint has Pango shape every line about six times: four lines' worth of text to find where the first ends, the line
alone to measure it, and the line again to draw it. Here a paragraph is shaped once, and `lines` breaks, measures and
stretches its lines, and `ink` draws them, out of that. Whatever is not plain text in plain lines (hyphens, ends of lines
that were typed, spaces near the break, words that are too long, right-to-left, decoration) is not known here and goes
WeasyPrint's own way.
"""

import re
from dataclasses import dataclass
from math import inf
from typing import Any

from weasyprint.text.ffi import FROM_UNITS, TO_UNITS, ffi, gobject, pango, unicode_to_char_p
from weasyprint.text.fonts import font_features, get_font_description
from weasyprint.text.line_break import PANGO_DIRECTION, Layout, line_size

# How many characters of a paragraph are shaped at a time: so many lines that few paragraphs take two rounds.
_AHEAD = 600

_setup = Layout.setup
_set_plain_text = Layout.set_text


# -- what stays on one line -----------------------------------------------------------------------------------

# A number with its measure word, a ratio, a number in a list with the bracket that it
# opens, the number of a table, the number of a passage such as 三（一）1.
_SOLID = re.compile(
    r"\d[\d,.]*(?:[项个件家名人次亿万元年月日期]|/\d+)"
    r"|[表图]\d+|附件\d+|\d{1,2}\.（|[一二三四五六七八九十]+（[一二三四五六七八九十]+）\d*"
)
ffi.cdef("PangoAttribute * pango_attr_allow_breaks_new (gboolean allow_breaks);")


def _set_text(layout: Layout, text: str, justify: bool = False) -> None:
    _set_plain_text(layout, text, justify)
    text = layout.text
    solid = [match.span() for match in _SOLID.finditer(text)]
    if not solid:
        return
    attributes = pango.pango_layout_get_attributes(layout.layout)
    if attributes == ffi.NULL:
        attributes = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
    for start, end in solid:
        attribute = pango.pango_attr_allow_breaks_new(False)
        attribute.start_index, attribute.end_index = len(text[:start].encode()), len(text[:end].encode())
        pango.pango_attr_list_change(attributes, attribute)
    pango.pango_layout_set_attributes(layout.layout, attributes)


# -- Pango's objects, shared by all texts of one style ------------------------------------------------------


@dataclass(frozen=True)
class _Shaper:
    """What a layout needs of its style, made once for each style."""

    context: Any
    description: Any
    language: Any


def _shaper(style: Any) -> _Shaper | None:
    """None for a style that asks for more than a face and a size."""
    found: _Shaper | bool | None = style.__dict__.get("shaper", False)
    if found is not False:
        return found  # type: ignore[return-value]
    if (
        style["text_decoration_line"] != "none"
        or style["font_language_override"] != "normal"
        or not style["lang"]
        or font_features(
            style["font_kerning"],
            style["font_variant_ligatures"],
            style["font_variant_position"],
            style["font_variant_caps"],
            style["font_variant_numeric"],
            style["font_variant_alternates"],
            style["font_variant_east_asian"],
            style["font_feature_settings"],
        )
    ):
        style.shaper = None
        return None
    context = ffi.gc(pango.pango_font_map_create_context(style.font_config.font_map), gobject.g_object_unref)
    pango.pango_context_set_round_glyph_positions(context, False)
    pango.pango_context_set_base_dir(context, PANGO_DIRECTION[style["direction"]])
    name, _kept = unicode_to_char_p(style["lang"])
    language = pango.pango_language_from_string(name)
    pango.pango_context_set_language(context, language)
    shaper = _Shaper(context, get_font_description(style), language)
    style.shaper = shaper
    return shaper


def _set_up(layout: Layout, style: Any) -> None:
    shaper = _shaper(style)
    if shaper is None:
        _setup(layout, style)
        return
    layout.style = style
    layout.first_line_direction = 0
    layout.language = shaper.language
    layout.layout = ffi.gc(pango.pango_layout_new(shaper.context), gobject.g_object_unref)
    pango.pango_layout_set_auto_dir(layout.layout, False)
    pango.pango_layout_set_font_description(layout.layout, shaper.description)
    layout.ascent = layout.underline_position = layout.strikethrough_position = None


# -- lines of a shaped text ---------------------------------------------------------------------------------


class Line(Layout):  # type: ignore[misc]
    """One line of a paragraph that was shaped as a whole."""

    def __init__(self, text: str, style: Any, shaped: Any, number: int, max_width: float | None) -> None:
        self.text = text
        self.style = style
        self.shaped, self.number = (
            shaped,
            number,
        )  # kept as long as the line: Pango's lines belong to their layout
        self.max_width = max_width
        self.justification_spacing = 0
        self.first_line_direction = 0
        self.spacing = 0.0
        self.gaps: list[bool] = []

    def deactivate(self) -> None:
        # What WeasyPrint's own drawing has made, when it comes to that.
        self.__dict__.pop("layout", None)


# The line, what it was shaped in and its number there, its length and where the next begins, in bytes; its width,
# height and baseline; and the text from the next line on.
_Measured = tuple[str, Any, int, int, int | None, float, float, float, str]
_Known = dict[tuple[str, float | None], _Measured | None]
_shaped: list[Any] = []  # the styles of the document in hand that have lines


def _known(style: Any) -> _Known:
    """The lines of this style by text and width."""
    lines: _Known | None = style.__dict__.get("lines")
    if lines is None:
        lines = style.lines = {}
        _shaped.append(style)
    return lines


def forget() -> None:
    """Let go of a document's lines; its styles stay."""
    for style in _shaped:
        del style.lines
    _shaped.clear()


def measure(text: str, style: Any, max_width: float | None, is_line_start: bool) -> _Measured | None:
    """The text's first line; None where it is not plain enough."""
    if (
        style["white_space"] not in ("normal", "nowrap", "pre")
        or style["hyphens"] == "auto"
        or "\n" in text
        or "\t" in text
        or "\xad" in text
        or _shaper(style) is None
    ):
        return None
    wraps = max_width is not None and max_width != inf and style["white_space"] == "normal"
    width = round(max_width, 3) if wraps and max_width is not None else None
    known = _known(style)
    if (text, width) not in known:
        # What follows another text on its line goes on in lines of another width: the rest is shaped then.
        ahead = _AHEAD if is_line_start or max_width is None else int(max_width / style["font_size"] * 2) + 12
        _shape(text, style, max_width if wraps else None, width, known, ahead)
    return known[text, width]


def _shape(
    text: str,
    style: Any,
    max_width: float | None,
    key: float | None,
    known: _Known,
    ahead: int = _AHEAD,
) -> None:
    """Shape the text, and note every line of it that is plain under the text that begins with it."""
    part = text if max_width is None else text[:ahead]
    layout = Layout(style)
    if max_width is not None and max_width < 2**21:
        pango.pango_layout_set_width(layout.layout, int(max(0, max_width) * TO_UNITS))
    layout.set_text(part)
    shaped = layout.layout
    baseline = pango.pango_layout_get_baseline(shaped) * FROM_UNITS
    raw, whole = text.encode(), len(part) == len(text)
    known[text, key] = None
    start = number = 0
    begins = text
    line = pango.pango_layout_get_line_readonly(shaped, 0)
    while True:
        following = pango.pango_layout_get_line_readonly(shaped, number + 1)
        last = following == ffi.NULL
        if last and not whole:
            return  # perhaps only a part of a line: it is asked for again from here
        end = len(raw) if last else following.start_index
        width, height = line_size(line, style)
        if max_width is not None:
            if width > max_width:
                return
            # A word after a space may fit the line without the space after it: WeasyPrint's own question.
            if not last and (
                raw[end - 1] == 32 or b" " in raw[end : end + 120] or line.length != end - start
            ):
                return
        said = raw[start:end].decode()
        rest = begins[len(said) :]
        resume_at = None if last else end - start
        known[begins, key] = (
            said, shaped, number, line.length, resume_at, width, height, baseline, rest,
        )  # fmt: skip
        if last:
            return
        start, line, number, begins = end, following, number + 1, rest


def alone(text: str, style: Any) -> tuple[Line, float]:
    """The text as one line, and its width; kept nowhere."""
    known: _Known = {}
    _shape(text, style, None, None, known)
    measured = known[text, None]
    assert measured is not None  # nothing that is set without a width is refused
    return Line(text, style, measured[1], 0, None), measured[5]


def install() -> None:
    """Put them in the place of WeasyPrint's own, once per process."""
    Layout.setup = _set_up
    Layout.set_text = _set_text
