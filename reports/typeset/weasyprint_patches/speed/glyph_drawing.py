"""Draws lines from the shaped paragraph, with PDF's own character spacing.

WeasyPrint has Pango shape each line once more in order to draw it, and writes a number before and after each character
that has letter spacing. Here the glyphs are those that were measured, and the spacing is written once for the line
(operator Tc, ISO 32000-1, 9.3.2). Only glyphs whose distance differs get a number of their own: inside words of a
stretched line, and where marks are kerned.
"""

import struct
from bisect import bisect_right
from typing import Any
from weakref import WeakKeyDictionary

from weasyprint import draw
from weasyprint.logger import LOGGER
from weasyprint.text.ffi import FROM_UNITS, ffi, pango

from ..justification import Stretch, stretch_of
from ..replacement import Replacement
from .paragraph_shaping import Line, shape_alone

_original_draw_text = draw.draw_text

_GLYPH = struct.Struct("=IiiiI")
assert _GLYPH.size == ffi.sizeof("PangoGlyphInfo")

_NO_STRETCH = Stretch(0.0, [])

# By font of a document, and by size and letter spacing: how a glyph of that advance is written, where it is at the
# distance that the font's own width and the letter spacing give, as nearly all are.
_Plain = dict[tuple[float, float], dict[tuple[int, int], str]]
_plain_of: WeakKeyDictionary[Any, _Plain] = WeakKeyDictionary()


def _draw_text(stream: Any, box: Any, offset_x: float, text_overflow: str, block_ellipsis: str) -> None:
    """draw.draw_text, from the shaped paragraph."""
    line = box.pango_layout
    stretch = stretch_of(line)
    if (
        text_overflow == "ellipsis"
        or block_ellipsis != "none"
        or box.style["visibility"] != "visible"
        or not box.text.strip()
        or not (isinstance(line, Line) or stretch)
    ):
        _original_draw_text(stream, box, offset_x, text_overflow, block_ellipsis)
        return
    if not isinstance(line, Line):
        line = shape_alone(box.text, box.style)
    style = box.style
    letter_spacing = 0.0 if style["letter_spacing"] == "normal" else float(style["letter_spacing"])
    stream.set_color(style["color"])
    stream.begin_text()
    stream.set_text_matrix(1, 0, 0, -1, box.position_x, box.position_y + box.baseline)
    spacing = letter_spacing + (stretch.spacing if stretch else 0.0)
    if spacing:
        stream.stream.append(b"%s Tc" % _number(spacing))
    _show(stream, line, letter_spacing, stretch or _NO_STRETCH)
    if spacing:
        stream.stream.append(b"0 Tc")
    stream.end_text()


def _number(value: float) -> bytes:
    return f"{value:.4f}".rstrip("0").rstrip(".").encode() or b"0"


def _show(stream: Any, shaped: Line, letter_spacing: float, stretch: Stretch) -> None:
    """Write the glyphs of the line. Numbers between them are thousandths of the em, to the left."""
    gaps = stretch.gaps
    text = shaped.text.encode()
    ends: list[
        int
    ] = []  # where each character ends, in bytes; empty when all characters have a gap, or none has
    if stretch.spacing and not all(gaps):
        at = 0
        for character in shaped.text:
            at += len(character.encode())
            ends.append(at)
    line = pango.pango_layout_get_line_readonly(shaped.shaped, shaped.number)
    begin = line.start_index
    run = line.runs
    while run != ffi.NULL:
        item = run.data
        run = run.next
        glyphs, clusters, count = item.glyphs.glyphs, item.glyphs.log_clusters, item.glyphs.num_glyphs
        pango_font = item.item.analysis.font
        font, size = stream.add_font(pango_font)
        stream.set_font_size(font.hash, size)
        thousandth = 1000 * FROM_UNITS / size
        closer = letter_spacing * 1000 / size
        wider = stretch.spacing * 1000 / size
        least = abs(closer) * 0.6 + 1
        offset = item.item.offset - begin
        plain = _plain_of.setdefault(font, {}).setdefault((size, letter_spacing), {})
        placed = [
            (glyph, width)
            for glyph, width, *_rest in _GLYPH.iter_unpack(ffi.buffer(glyphs, count * _GLYPH.size))
        ]
        shown = [plain.get(glyph, "") for glyph in placed]
        if all(shown):  # the whole run is written at once
            without_gap = _without_gap(gaps, item, offset, ends)
            if without_gap is not None:
                for at in without_gap if abs(wider) >= 0.5 else ():
                    shown[at] += f">{wider:.0f}<"
                stream.show_text(f"<{''.join(shown)}>".replace("<>", " "))
                continue
        out: list[str] = ["<"]
        for number, (glyph, width) in enumerate(placed):
            if glyph == pango.PANGO_GLYPH_EMPTY:  # nothing is drawn, so PDF adds no spacing of its own
                last = item.item.length if number == count - 1 else clusters[number + 1]
                at = bisect_right(ends, offset + last - 1) if ends else 0
                has_gap = gaps[at] if at < len(gaps) else False
                out.append(f">{-width * thousandth - wider * has_gap:.0f}<")
                continue
            if glyph & pango.PANGO_GLYPH_UNKNOWN_FLAG:
                code = glyph - pango.PANGO_GLYPH_UNKNOWN_FLAG
                LOGGER.warning('.notdef glyph rendered for "%s" (U+%04X)', chr(code), code)
                continue
            natural = font.widths.get(glyph)
            if natural is None or glyph not in font.to_unicode:
                first = clusters[number]
                last = item.item.length if number == count - 1 else clusters[number + 1]
                font.to_unicode.setdefault(glyph, text[offset + first : offset + last].decode())
                pango.pango_font_get_glyph_extents(pango_font, glyph, stream.ink_rect, stream.logical_rect)
                natural = font.widths[glyph] = round(stream.logical_rect.width * thousandth)
            out.append(f"{glyph:04x}")
            back = natural + closer - width * thousandth
            if abs(back) < least:
                back = 0.0
                plain[glyph, width] = f"{glyph:04x}"
            if ends:
                last = item.item.length if number == count - 1 else clusters[number + 1]
                at = bisect_right(ends, offset + last - 1)
                if at < len(gaps) and not gaps[at]:
                    back += wider
            if abs(back) >= 0.5:
                out.append(f">{back:.0f}<")
        out.append(">")
        stream.show_text("".join(out).replace("<>", " "))


def _without_gap(gaps: list[bool], run: Any, offset: int, ends: list[int]) -> list[int] | None:
    """The numbers of the glyphs of a run that have no gap behind them; None where glyphs and characters are not one to
    one.

    `offset` is where the run begins in the line, in bytes, and `ends` where each character of the line ends; empty when
    all characters have a gap, or none has.
    """
    if not ends:
        return []
    count = run.glyphs.num_glyphs
    first = bisect_right(ends, offset)
    if ends[first + count - 1 : first + count] != [offset + run.item.length]:
        return None
    clusters = ffi.unpack(run.glyphs.log_clusters, count)
    if any(offset + at != end for at, end in zip(clusters[1:], ends[first:], strict=False)):
        return None
    return [at for at, gap in enumerate(gaps[first : first + count]) if not gap]


REPLACEMENTS = (
    Replacement(
        draw,
        "draw_text",
        ("stream", "textbox", "offset_x", "text_overflow", "block_ellipsis"),
        _draw_text,
    ),
)
