"""The brief's fonts: prepared once, kept by content hash, never inside a request.

The wheel's OpenType files cannot go into a PDF as they are: they are CID-keyed with glyph ids that differ from the
CIDs, which shows as blanks or wrong characters in some readers. `prepare` makes small TrueType files of them, takes
the same care of an office's own licensed files (`QHPLAN_FONTS`), and gives every face the same ascent and descent, so
that a line stays as high as it was set whatever face a character of it comes from.

A role is what a face is for. Behind every role stand the two faces of the wheel, so that a character which an
office's file lacks is still printed in a face that we ship.
"""

import fcntl
import functools
import hashlib
import io
import json
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pylopdf_fonts_zh_cn
from django.conf import settings
from django.utils.translation import gettext as _
from fontTools import subset
from fontTools import version as fonttools_version
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, TTLibError, newTable
from fontTools.ttLib.tables._g_l_y_f import Glyph

ROLES = ("title", "body", "heading", "kai", "latin")

Progress = Callable[[int, int, str], None]

_WHEEL = Path(pylopdf_fonts_zh_cn.__file__).parent
_SERIF = _WHEEL / "NotoSerifSC-Regular.otf"
_SANS = _WHEEL / "NotoSansSC-Regular.otf"

# Part of the cache's key: another way of preparing is another file.
_RECIPE = f"2 fonttools {fonttools_version}"
# Ascent and descent of the Chinese em box, which GB/T 9704's grid is made of.
_ASCENT, _DESCENT = 0.88, -0.12
# `ccmp` draws —— as one unbroken dash.
_FEATURES = ("ccmp",)
# Marks whose ink is in the left or the right half of their em: of two side by side the blank between is halved.
_CLOSING = "、。，．：；！？）〕】》」』〉”’"
_OPENING = "（〔【《「『〈“‘"
# What a Latin face may print: letters, digits and ASCII marks. Quotation marks, dashes and · belong to Chinese type.
_LATIN = frozenset((*range(0x20, 0x7F), *range(0xC0, 0xD7), *range(0xD8, 0xF7), *range(0xF8, 0x250)))
_STEP = 500  # glyphs between two words on progress


class FontError(Exception):
    """A font file cannot be used; the message says which and what to do."""


class FontsNotReady(FontError):
    """The fonts were not prepared yet; the message says how to do it."""


@dataclass(frozen=True)
class Source:
    """A font file as it was delivered: `number` picks a face of a collection, `latin` keeps Latin characters only."""

    path: Path
    number: int = 0
    latin: bool = False


@dataclass(frozen=True)
class Face:
    """A prepared file, under a family name that no installed font can have."""

    family: str
    path: Path
    digest: str


@dataclass(frozen=True)
class Fonts:
    """The faces in use: by role the families in the order in which a character is looked for."""

    faces: tuple[Face, ...]
    stacks: dict[str, tuple[str, ...]]
    coverage: frozenset[int]  # what can be printed in any role

    def family(self, role: str) -> str:
        """The role's value for CSS font-family and for SVG."""
        return ", ".join(self.stacks[role])


def _chosen() -> dict[str, Source]:
    """The office's own files by role, out of the settings. `path#1` picks the second face of a collection."""
    configured: dict[str, str] = getattr(settings, "QHPLAN_FONTS", {}) or {}
    chosen = {}
    for role, value in configured.items():
        if role not in ROLES:
            raise FontError(
                _("QHPLAN_FONTS 中的“%(role)s”不是字体用途，请改为 %(roles)s 之一。")
                % {"role": role, "roles": "、".join(ROLES)}
            )
        path, _hash, number = str(value).partition("#")
        if not Path(path).is_file():
            raise FontError(
                _("找不到字体文件 %(path)s，请更正 QHPLAN_FONTS 的“%(role)s”，或者去掉它。")
                % {"path": path, "role": role}
            )
        chosen[role] = Source(Path(path).resolve(), int(number or 0), role == "latin")
    return chosen


def sources() -> dict[str, tuple[Source, ...]]:
    """By role the source files, first choice first."""
    chosen = _chosen()
    latin = (chosen["latin"],) if "latin" in chosen else ()
    # The wheel has no 楷体: its 黑体 tells the second level of headings from the text.
    defaults = dict.fromkeys(("heading", "kai"), (Source(_SANS), Source(_SERIF)))
    stacks = {}
    for role in ROLES:
        own = (chosen[role],) if role in chosen and role != "latin" else ()
        stacks[role] = (*latin, *own, *defaults.get(role, (Source(_SERIF), Source(_SANS))))
    return stacks


@functools.lru_cache(maxsize=64)
def _digest(path: Path, size: int, modified: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _face(source: Source) -> Face:
    stat = source.path.stat()
    content = _digest(source.path, stat.st_size, stat.st_mtime_ns)
    key = hashlib.sha256(f"{_RECIPE} {content} {source.number} {source.latin}".encode()).hexdigest()[:12]
    stem = re.sub(r"[^A-Za-z0-9]", "", source.path.stem) or "Font"
    return Face(f"Brief-{stem}-{key}", Path(settings.FONT_CACHE_DIR) / f"{key}.ttf", key)


def _unique(stacks: Iterable[tuple[Source, ...]]) -> list[Source]:
    return list(dict.fromkeys(source for stack in stacks for source in stack))


def _coverage_path(face: Face) -> Path:
    return face.path.with_suffix(".json")


def fonts_ready() -> bool:
    """Whether a brief can be made now."""
    return all(
        face.path.is_file() and _coverage_path(face).is_file()
        for face in map(_face, _unique(sources().values()))
    )


@functools.lru_cache(maxsize=16)
def _coverage(path: Path, digest: str) -> frozenset[int]:
    ranges: list[list[int]] = json.loads(path.read_text())
    return frozenset(n for first, last in ranges for n in range(first, last + 1))


def load() -> Fonts:
    """The prepared fonts. Raises FontsNotReady when there is one that is not prepared."""
    stacks = sources()
    faces = {source: _face(source) for source in _unique(stacks.values())}
    if not fonts_ready():
        raise FontsNotReady(_("简报字体尚未准备，请先运行 manage.py prepare_fonts。"))
    coverage = [_coverage(_coverage_path(faces[source]), faces[source].digest) for source in faces]
    return Fonts(
        tuple(faces.values()),
        {
            role: tuple(dict.fromkeys(faces[source].family for source in stack))
            for role, stack in stacks.items()
        },
        frozenset().union(*coverage),
    )


def prepare(progress: Progress | None = None) -> list[Path]:
    """Prepare what is not there yet and return all prepared files. About 20 s for a large Chinese face.

    Two processes may ask at once: the second waits and then finds the work done. A file appears whole or not at all.
    """
    tell = progress or (lambda done, total, text: None)
    todo = _unique(sources().values())
    with _only_one(Path(settings.FONT_CACHE_DIR)):
        for number, source in enumerate(todo):
            face = _face(source)
            if face.path.is_file() and _coverage_path(face).is_file():
                tell(number + 1, len(todo), _("字体 %(name)s 已就绪") % {"name": source.path.name})
                continue
            text = _("正在准备字体 %(name)s") % {"name": source.path.name}
            hundred = 100 * len(todo)

            def step(share: float, number: int = number, text: str = text, hundred: int = hundred) -> None:
                tell(100 * number + int(100 * share), hundred, text)

            try:
                content, characters = _convert(source, face.family, step)
            except (TTLibError, OSError, KeyError, ValueError) as error:
                raise FontError(
                    _("字体文件 %(path)s 无法使用（%(error)s），请换一个 TrueType 或 OpenType 文件。")
                    % {"path": source.path, "error": error}
                ) from error
            # The coverage comes last: a prepared face is one that has both.
            _write(face.path, content)
            _write(_coverage_path(face), json.dumps(_ranges(characters)).encode())
            tell(number + 1, len(todo), _("字体 %(name)s 已就绪") % {"name": source.path.name})
    return [_face(source).path for source in todo]


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise FontError(
            _("无法写入字体目录 %(folder)s，请检查权限和磁盘空间。") % {"folder": folder}
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, content: bytes) -> None:
    draft = path.with_suffix(f".{os.getpid()}.part")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _ranges(numbers: Iterable[int]) -> list[list[int]]:
    """[1, 2, 3, 7] → [[1, 3], [7, 7]]."""
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ranges


def _convert(source: Source, family: str, step: Callable[[float], None]) -> tuple[bytes, set[int]]:
    """The source as a lean TrueType file, and the characters that it can print."""
    # fontTools tells of every table it drops; that is what it was asked to do.
    logging.getLogger("fontTools.subset").setLevel(logging.ERROR)
    logging.getLogger("fontTools.ttLib").setLevel(logging.ERROR)
    font = TTFont(source.path, fontNumber=source.number, lazy=True, recalcTimestamp=False)
    characters = set(font.getBestCmap())
    if source.latin:
        characters &= _LATIN
    if not characters:
        raise ValueError("no characters")
    if "CFF " in font:
        _to_truetype(font, characters, step)
    elif "glyf" not in font:
        raise ValueError("no outlines")
    options = subset.Options(
        layout_features=list(_FEATURES),
        hinting=False,
        notdef_outline=True,
        name_IDs=[0, 13, 14],
        recalc_timestamp=False,
    )
    options.drop_tables += ["VORG", "BASE", "DSIG", "vhea", "vmtx", "STAT", "meta"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    if not source.latin:
        _close_marks(font)
    _even_lines(font)
    _rename(font, family)
    out = io.BytesIO()
    font.save(out, reorderTables=False)
    return out.getvalue(), characters


def _to_truetype(font: TTFont, characters: set[int], step: Callable[[float], None]) -> None:
    """Replace cubic outlines by quadratic ones, within a thousandth of the em, for the glyphs that will be kept."""
    order = font.getGlyphOrder()
    cmap = font.getBestCmap()
    wanted = {order[0]} | {cmap[character] for character in characters} | _composed(font)
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


def _composed(font: TTFont) -> set[str]:
    """Glyphs that `ccmp` puts in the place of several characters, such as the two-em dash."""
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


def _close_marks(font: TTFont) -> None:
    """Kern 》（ and the like, which would stand a whole blank apart."""
    cmap, em, widths = font.getBestCmap(), font["head"].unitsPerEm, font["hmtx"]

    def glyphs(marks: str) -> str:
        # A mark of another width has its blank elsewhere; a name that feature syntax cannot say is left out.
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


def _even_lines(font: TTFont) -> None:
    em = font["head"].unitsPerEm
    ascent, descent = round(em * _ASCENT), round(em * _DESCENT)
    hhea, os2 = font["hhea"], font["OS/2"]
    hhea.ascent, hhea.descent, hhea.lineGap = ascent, descent, 0
    os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = ascent, descent, 0
    os2.usWinAscent, os2.usWinDescent = ascent, -descent
    os2.usWeightClass = 400  # one face per role: no engine may think that it has to embolden


def _rename(font: TTFont, family: str) -> None:
    """Our own name, so that an installed font of the same name is never taken; licence and copyright stay."""
    name = font["name"]
    for number, value in ((1, family), (2, "Regular"), (3, family), (4, family), (6, family[:63])):
        name.setName(value, number, 3, 1, 0x409)
