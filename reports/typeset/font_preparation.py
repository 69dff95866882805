"""Converts a font file into the one that our PDFs use: a small TrueType file with uniform line metrics and kerned marks.

This is not part of `fonts`, because fontTools takes a third of a second to import and rendering does not need it.
"""

import io
import logging
import re
from collections.abc import Callable
from pathlib import Path

from fontTools import subset
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, TTLibError, newTable
from fontTools.ttLib.tables._g_l_y_f import Glyph

# Ascent and descent of the Chinese em box, in ems; the grid of GB/T 9704 consists of such boxes.
_ASCENT, _DESCENT = 0.88, -0.12
# `ccmp` draws —— as one unbroken dash.
_FEATURES = ("ccmp",)
# Marks whose ink is in the left (closing) or the right (opening) half of their em. Between two of them half an em is taken
# out.
_CLOSING = "、。，．：；！？）〕】》」』〉”’"
_OPENING = "（〔【《「『〈“‘"
# The characters taken from a Latin face: letters, digits and ASCII marks. Quotation marks, dashes and · are Chinese type.
_LATIN = frozenset((*range(0x20, 0x7F), *range(0xC0, 0xD7), *range(0xD8, 0xF7), *range(0xF8, 0x250)))
# The characters taken from a face that stands behind the others, by part; a part that is not here takes all. A space goes
# with the letters beside it, so each of them has one.
_SPACES = (0x20, 0xA0)
PARTS: dict[str, frozenset[int]] = {
    "latin": _LATIN,
    "signs": frozenset((*_SPACES, *range(0xA1, 0x2E80), *range(0x1D400, 0x1D800)))
    - frozenset(range(0x0F00, 0x1000)),
    "hanzi": frozenset((*_SPACES, *range(0x3400, 0x4DC0), *range(0xF900, 0xFB00), *range(0x20000, 0x32400))),
    "tibetan": frozenset((*_SPACES, *range(0x0F00, 0x1000), 0x200C, 0x200D)),
    "mongolian": frozenset((*_SPACES, *range(0x1800, 0x18B0), 0x200C, 0x200D, 0x202F)),
}
# Scripts whose letters change their shape beside others keep all rules of their face.
_SHAPED = ("signs", "tibetan", "mongolian")
_STEP = 500  # glyphs between two progress reports


def convert(
    path: Path, number: int, family: str, *, part: str, step: Callable[[float], None]
) -> tuple[bytes, set[int]]:
    """Convert a file, or the face `number` of a collection, and name it `family`; keep only the characters of `part`.

    `step` is called with the share that is done, 0 to 1. Returns the content of the TrueType file and the characters that
    it can print. Raises ValueError when the file is not a TrueType or OpenType font.
    """
    try:
        return _convert(path, number, family, part, step)
    except (TTLibError, KeyError) as error:
        raise ValueError(str(error)) from error


def _convert(
    path: Path, number: int, family: str, part: str, step: Callable[[float], None]
) -> tuple[bytes, set[int]]:
    # fontTools logs each table that it drops as we ask it to.
    logging.getLogger("fontTools.subset").setLevel(logging.ERROR)
    logging.getLogger("fontTools.ttLib").setLevel(logging.ERROR)
    font = TTFont(path, fontNumber=number, lazy=True, recalcTimestamp=False)
    characters = set(font.getBestCmap())
    if part in PARTS:
        characters &= PARTS[part]
    if not characters:
        raise ValueError("no characters")
    if "CFF " in font:
        _to_truetype(font, characters, step)
    elif "glyf" not in font:
        raise ValueError("no outlines")
    options = subset.Options(
        layout_features=["*"] if part in _SHAPED else list(_FEATURES),
        hinting=False,
        notdef_outline=True,
        name_IDs=[0, 13, 14],
        recalc_timestamp=False,
    )
    options.drop_tables += ["VORG", "BASE", "DSIG", "vhea", "vmtx", "STAT", "meta"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    if not part:
        _kern_marks(font)
    _set_line_metrics(font)
    _rename(font, family)
    out = io.BytesIO()
    font.save(out, reorderTables=False)
    return out.getvalue(), characters


def _to_truetype(font: TTFont, characters: set[int], step: Callable[[float], None]) -> None:
    """Replace the cubic outlines of the glyphs that will be kept by quadratic ones, within a thousandth of the em."""
    order = font.getGlyphOrder()
    cmap = font.getBestCmap()
    wanted = {order[0]} | {cmap[character] for character in characters} | _composed_glyphs(font)
    glyph_set = font.getGlyphSet()
    outlines: dict[str, Glyph] = {}
    for number, name in enumerate(order):
        if number % _STEP == 0:
            step(number / len(order))
        if name in wanted:
            pen = TTGlyphPen(None)
            glyph_set[name].draw(Cu2QuPen(pen, font["head"].unitsPerEm / 1000, reverse_direction=True))
            outlines[name] = pen.glyph()
        else:
            outlines[name] = Glyph()
    del font["CFF "]
    if "VORG" in font:
        del font["VORG"]
    font["loca"] = newTable("loca")
    font["glyf"] = glyf = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, outlines
    maxp = font["maxp"]
    maxp.tableVersion, maxp.maxZones = 0x00010000, 1
    for name in (
        "maxTwilightPoints",
        "maxStorage",
        "maxFunctionDefs",
        "maxInstructionDefs",
        "maxStackElements",
        "maxSizeOfInstructions",
        "maxComponentElements",
    ):
        setattr(maxp, name, 0)
    font["post"].formatType = 3.0
    font.sfntVersion = "\x00\x01\x00\x00"


def _composed_glyphs(font: TTFont) -> set[str]:
    """The glyphs that `ccmp` puts in the place of several characters, such as the two-em dash."""
    if "GSUB" not in font:
        return set()
    table = font["GSUB"].table
    lookups = {
        index
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "ccmp"
        for index in record.Feature.LookupListIndex
    }
    found: set[str] = set()
    for index in lookups:
        for subtable in table.LookupList.Lookup[index].SubTable:
            subtable = getattr(subtable, "ExtSubTable", subtable)
            for ligatures in getattr(subtable, "ligatures", {}).values():
                found |= {ligature.LigGlyph for ligature in ligatures}
            for result in getattr(subtable, "mapping", {}).values():
                found |= {result} if isinstance(result, str) else set(result)
    return found


def _kern_marks(font: TTFont) -> None:
    """Kern neighbouring marks such as 》（, which would otherwise be a whole em apart."""
    cmap, em, widths = font.getBestCmap(), font["head"].unitsPerEm, font["hmtx"]

    def glyphs(marks: str) -> str:
        # A mark of another width has its blank elsewhere. Feature syntax cannot name every glyph.
        names = dict.fromkeys(cmap[ord(mark)] for mark in marks if ord(mark) in cmap)
        return " ".join(
            name for name in names if widths[name][0] == em and re.fullmatch(r"[A-Za-z_][\w.]*", name)
        )

    closing, opening = glyphs(_CLOSING), glyphs(_OPENING)
    if not closing or not opening:
        return
    half = -(em // 2)
    addOpenTypeFeaturesFromString(
        font,
        f"""
        languagesystem DFLT dflt; languagesystem hani dflt; languagesystem latn dflt;
        @closing = [{closing}]; @opening = [{opening}];
        feature kern {{
            pos @closing @closing {half};
            pos @closing @opening {half};
            pos @opening @opening {half};
        }} kern;
        """,
        tables=["GPOS"],
    )


def _set_line_metrics(font: TTFont) -> None:
    """Give all faces one ascent and descent, so that the height of a line does not depend on its faces."""
    em = font["head"].unitsPerEm
    ascent, descent = round(em * _ASCENT), round(em * _DESCENT)
    hhea, os2 = font["hhea"], font["OS/2"]
    hhea.ascent, hhea.descent, hhea.lineGap = ascent, descent, 0
    os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = ascent, descent, 0
    os2.usWinAscent, os2.usWinDescent = ascent, -descent
    os2.usWeightClass = 400  # there is one face per role, which no engine should embolden


def _rename(font: TTFont, family: str) -> None:
    """Give the font our own name, so that an installed font of the same name is never used. The licence and the copyright
    stay."""
    name = font["name"]
    for number, value in ((1, family), (2, "Regular"), (3, family), (4, family), (6, family[:63])):
        name.setName(value, number, 3, 1, 0x409)
