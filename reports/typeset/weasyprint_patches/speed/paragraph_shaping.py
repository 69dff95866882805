"""Shapes a paragraph once, and keeps its lines by style and width until the document is laid out.

WeasyPrint has Pango shape each line about six times: four lines' worth of text to find the end of the first, the line
alone to measure it, and the line again to draw it. Here a paragraph is shaped once; its lines are broken and measured, and
`glyph_drawing` draws them, from the result. Texts that are not plain (hyphenation, typed line ends, spaces near
a break, words wider than the line, OpenType features, decoration) are left to WeasyPrint.
"""

from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple

from weasyprint.layout import inline, preferred
from weasyprint.text.ffi import FROM_UNITS, TO_UNITS, ffi, pango
from weasyprint.text.fonts import font_features
from weasyprint.text.line_break import Layout, line_size

from ..replacement import Replacement

_original_split_first_line = inline.split_first_line

# How many characters of a paragraph are shaped at a time. Few paragraphs are longer.
_AHEAD = 600


class Line(Layout):  # type: ignore[misc]
    """One line of a paragraph that was shaped as a whole, in the place of WeasyPrint's layout of that line alone.

    `shaped` is the Pango layout of the paragraph and `number` that of the line in it, from 0. Pango's lines belong to
    their layout, so it is kept as long as the line.
    """

    def __init__(self, text: str, style: Any, shaped: Any, number: int, max_width: float | None) -> None:
        self.text = text
        self.style = style
        self.shaped, self.number = shaped, number
        self.max_width = max_width
        self.justification_spacing = 0
        self.first_line_direction = 0

    def deactivate(self) -> None:
        """Drop the layout that WeasyPrint's own drawing makes, where that draws the line."""
        self.__dict__.pop("layout", None)


class Measured(NamedTuple):
    """The first line of a text.

    `length` and `resume_at` (where the next line begins; None for the last line) are in bytes of UTF-8, and `width`,
    `height` and `baseline` in CSS pixels.
    """

    text: str
    shaped: Any
    number: int
    length: int
    resume_at: int | None
    width: float
    height: float
    baseline: float


_Lines = dict[tuple[str, float | None], Measured | None]


@dataclass
class _StyleLines:
    """The lines of one style in the document that is being laid out, by text and width.

    The style is held because `_styles` is keyed by its address.
    """

    style: Any
    is_plain: bool
    lines: _Lines = field(default_factory=dict)


_styles: dict[int, _StyleLines] = {}  # by the address of the style; documents are laid out one at a time


def forget() -> None:
    """Free the lines of a document that is laid out; its boxes hold those that they need."""
    _styles.clear()


def _of(style: Any) -> _StyleLines:
    found = _styles.get(id(style))
    if found is None:
        found = _styles[id(style)] = _StyleLines(style, _is_plain(style))
    return found


def _is_plain(style: Any) -> bool:
    """Whether the style asks for no more than a face and a size, so that its texts are shaped by `_shape`."""
    return (
        style["white_space"] in ("normal", "nowrap", "pre")
        and style["hyphens"] != "auto"
        and style["text_decoration_line"] == "none"
        and style["font_language_override"] == "normal"
        and bool(style["lang"])
        and not font_features(
            style["font_kerning"],
            style["font_variant_ligatures"],
            style["font_variant_position"],
            style["font_variant_caps"],
            style["font_variant_numeric"],
            style["font_variant_alternates"],
            style["font_variant_east_asian"],
            style["font_feature_settings"],
        )
    )


def measure(text: str, style: Any, max_width: float | None, is_line_start: bool) -> Measured | None:
    """The first line of the text in `max_width` pixels; None where WeasyPrint has to find it."""
    if "\n" in text or "\t" in text or "\xad" in text:
        return None
    known = _of(style)
    if not known.is_plain:
        return None
    wraps = max_width is not None and max_width != inf and style["white_space"] == "normal"
    width = round(max_width, 3) if wraps and max_width is not None else None
    if (text, width) not in known.lines:
        # Behind another text on its line, a text goes on in lines of another width; those are shaped when they come.
        ahead = _AHEAD if is_line_start or max_width is None else int(max_width / style["font_size"] * 2) + 12
        _shape(text, style, max_width if wraps else None, width, known.lines, ahead)
    return known.lines[text, width]


def _shape(
    text: str, style: Any, max_width: float | None, key: float | None, lines: _Lines, ahead: int = _AHEAD
) -> None:
    """Shape the first `ahead` characters of the text, and add each line that is plain to `lines`, under the text that
    begins with it and `key`, the rounded width. None is added where the first line is not plain."""
    part = text if max_width is None else text[:ahead]
    layout = Layout(style)
    if max_width is not None and max_width < 2**21:
        pango.pango_layout_set_width(layout.layout, int(max(0, max_width) * TO_UNITS))
    layout.set_text(part)
    shaped = layout.layout
    baseline = pango.pango_layout_get_baseline(shaped) * FROM_UNITS
    raw, is_whole = text.encode(), len(part) == len(text)
    lines[text, key] = None
    start = number = 0
    begins = text
    line = pango.pango_layout_get_line_readonly(shaped, 0)
    while True:
        following = pango.pango_layout_get_line_readonly(shaped, number + 1)
        is_last = following == ffi.NULL
        if is_last and not is_whole:
            return  # this may be a part of a line only: the text is shaped again from here
        end = len(raw) if is_last else following.start_index
        width, height = line_size(line, style)
        if max_width is not None:
            if width > max_width:
                return
            # The word after a space may fit the line without the space behind it: WeasyPrint tries that.
            if not is_last and (
                raw[end - 1] == 32 or b" " in raw[end : end + 120] or line.length != end - start
            ):
                return
        line_text = raw[start:end].decode()
        resume_at = None if is_last else end - start
        lines[begins, key] = Measured(
            line_text, shaped, number, line.length, resume_at, width, height, baseline
        )
        if is_last:
            return
        start, line, number, begins = end, following, number + 1, begins[len(line_text) :]


def shape_alone(text: str, style: Any) -> Line:
    """The text as one line, which is not kept."""
    lines: _Lines = {}
    _shape(text, style, None, None, lines)
    measured = lines[text, None]
    assert measured is not None  # without a width, every line is plain
    return Line(text, style, measured.shaped, 0, None)


def _split_first_line(
    text: str,
    style: Any,
    context: Any,
    max_width: float | None,
    justification_spacing: float,
    is_line_start: bool = True,
    minimum: bool = False,
) -> Any:
    """line_break.split_first_line: as much of the text as fits a line, and where the next line begins."""
    measured = measure(text, style, max_width, is_line_start)
    if measured is None:
        return _original_split_first_line(
            text, style, context, max_width, justification_spacing, is_line_start, minimum
        )
    line = Line(measured.text, style, measured.shaped, measured.number, max_width)
    return line, measured.length, measured.resume_at, measured.width, measured.height, measured.baseline


REPLACEMENTS = tuple(
    Replacement(
        module,
        "split_first_line",
        ("text", "style", "context", "max_width", "justification_spacing", "is_line_start", "minimum"),
        _split_first_line,
    )
    for module in (inline, preferred)
)
