"""Lines as they go into the PDF: drawn out of the shaped paragraph, with the spacing as PDF's own.

WeasyPrint has Pango shape each line once more to draw it, and writes a number before and after every character that
has letter spacing. Here the glyphs are those that were measured, and the spacing is said once for the line; only what
differs (the inside of a word in a stretched line, marks that stand closer) has a number of its own.
"""

import struct
from bisect import bisect_right
from typing import Any

from tinycss2.color5 import parse_color
from weasyprint import draw, svg
from weasyprint.css.properties import INITIAL_VALUES
from weasyprint.draw import text as weasyprint_text
from weasyprint.logger import LOGGER
from weasyprint.text.ffi import FROM_UNITS, ffi, pango

from reports.typeset.shaping import Line, alone

_draw_text = weasyprint_text.draw_text

_GLYPH = struct.Struct("=IiiiI")
assert _GLYPH.size == ffi.sizeof("PangoGlyphInfo")


def _draw(stream: Any, box: Any, offset_x: float, text_overflow: str, block_ellipsis: str) -> None:
    """WeasyPrint's draw_text, out of the shaped paragraph and with the spacing as PDF's own."""
    kept = box.pango_layout
    if (
        not isinstance(kept, Line)
        or text_overflow == "ellipsis"
        or block_ellipsis != "none"
        or box.style["visibility"] != "visible"
        or not kept.text.strip()
    ):
        _draw_text(stream, box, offset_x, text_overflow, block_ellipsis)
        return
    style = box.style
    letter = 0.0 if style["letter_spacing"] == "normal" else float(style["letter_spacing"])
    stream.set_color(style["color"])
    stream.begin_text()
    stream.set_text_matrix(1, 0, 0, -1, box.position_x, box.position_y + box.baseline)
    tracking = letter + kept.spacing
    if tracking:
        stream.stream.append(b"%s Tc" % _number(tracking))
    _show(stream, kept, letter)
    if tracking:
        stream.stream.append(b"0 Tc")
    stream.end_text()


def _number(value: float) -> bytes:
    return f"{value:.4f}".rstrip("0").rstrip(".").encode() or b"0"


def _show(stream: Any, kept: Line, letter: float) -> None:
    text = kept.text.encode()
    ends: list[int] = []  # where each character ends, in bytes
    if kept.spacing and not all(kept.gaps):
        at = 0
        for character in kept.text:
            at += len(character.encode())
            ends.append(at)
    line = pango.pango_layout_get_line_readonly(kept.shaped, kept.number)
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
        closer = letter * 1000 / size
        wider = kept.spacing * 1000 / size
        least = abs(closer) * 0.6 + 1
        offset = item.item.offset - begin
        # Glyphs that stand where the font's own widths put them, as nearly all do: (glyph, advance) to how they are
        # written. A run of such is written at once.
        plain = font.__dict__.setdefault("plain", {}).setdefault((size, letter), {})
        placed = [
            (glyph, width)
            for glyph, width, *_rest in _GLYPH.iter_unpack(ffi.buffer(glyphs, count * _GLYPH.size))
        ]
        shown = [plain.get(one) for one in placed]
        if None not in shown:
            solid = _solid(kept, item, offset, ends)
            if solid is not None:
                for at in solid if abs(wider) >= 0.5 else ():
                    shown[at] += f">{wider:.0f}<"
                stream.show_text(f"<{''.join(shown)}>".replace("<>", " "))
                continue
        out: list[str] = ["<"]
        for number, (glyph, width) in enumerate(placed):
            if (
                glyph == pango.PANGO_GLYPH_EMPTY
            ):  # nothing is drawn, so that PDF adds no spacing of its own either
                last = item.item.length if number == count - 1 else clusters[number + 1]
                at = bisect_right(ends, offset + last - 1) if ends else 0
                has_gap = kept.gaps[at] if at < len(kept.gaps) else False
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
                if at < len(kept.gaps) and not kept.gaps[at]:
                    back += wider
            if abs(back) >= 0.5:
                out.append(f">{back:.0f}<")
        out.append(">")
        stream.show_text("".join(out).replace("<>", " "))


def _solid(kept: Line, run: Any, offset: int, ends: list[int]) -> list[int] | None:
    """Which glyphs of a run have no gap behind them; None where glyphs are not one to a character.

    `offset` is where the run begins in the line, and `ends` where each character of the line ends, in bytes; empty
    when the line has gaps everywhere or none.
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
    return [at for at, gap in enumerate(kept.gaps[first : first + count]) if not gap]


# -- text in charts -----------------------------------------------------------------------------------------


class _ChartStyle(dict[str, Any]):
    """A face and a size, as the rest of this module asks a style for them."""

    font_config: Any


def _chart_style(picture: Any, family: str, size: float) -> _ChartStyle:
    known = picture.font_config.__dict__.setdefault("chart_styles", {})
    if (family, size) not in known:
        style = known[family, size] = _ChartStyle(INITIAL_VALUES)
        style.font_config = picture.font_config
        style["font_family"] = [name.strip("\"' ") for name in family.split(",")]
        style["font_size"] = size
        style["lang"] = "zh-CN"
    found: _ChartStyle = known[family, size]
    return found


def _draw_chart_text(picture: Any, node: Any, font_size: float) -> None:
    """The text of a chart of ours: one line in one face at one place. WeasyPrint sets it letter by letter, and in a
    drawing of its own where it is centred."""
    if not node.text or not node.text.strip():
        return
    style = _chart_style(picture, node.get("font-family", ""), font_size)
    line, width = alone(node.text, style)
    anchor = {"middle": 0.5, "end": 1.0}.get(node.get("text-anchor"), 0.0)
    picture.stream.set_color(parse_color(node.get("fill", "black")))
    picture.stream.begin_text()
    picture.stream.set_text_matrix(1, 0, 0, -1, float(node.get("x")) - anchor * width, float(node.get("y")))
    _show(picture.stream, line, 0.0)
    picture.stream.end_text()


def install() -> None:
    """Put them in the place of WeasyPrint's own, once per process."""
    draw.draw_text = _draw
    svg.TAGS["text"] = _draw_chart_text
