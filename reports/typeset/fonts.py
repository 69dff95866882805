"""The fonts of printed documents: prepared once, stored by content hash, never inside a request.

The OpenType files of the package pylopdf-fonts-zh-cn are CID-keyed with glyph ids that differ from the CIDs. Embedded in
a PDF as they are, some readers show them as blanks or as other characters. `prepare` converts them, and an office's own
licensed files (`QHPLAN_FONTS`), into small TrueType files, and gives all faces one ascent and descent, so that the height
of a line does not depend on the faces of its characters.

A role is the use of a face: title, body, and so on. The two faces of the package follow in every role, so that a
character which an office's file lacks is printed in one of those. Behind them stand further free faces of the system, where
they are installed: for signs of industry, for rare hanzi, for Tibetan and Mongolian names. The role `kai` is set in a real
楷体 where one is installed.
"""

import fcntl
import functools
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pylopdf_fonts_zh_cn
from django.conf import settings
from django.utils.translation import gettext as _
from fontTools import version as fonttools_version

from reports.typeset.chinese_text import where_unprintable

ROLES = ("title", "body", "heading", "kai", "latin")

Progress = Callable[[int, int, str], None]

_PACKAGE = Path(pylopdf_fonts_zh_cn.__file__).parent
_SERIF = _PACKAGE / "NotoSerifSC-Regular.otf"
_SANS = _PACKAGE / "NotoSansSC-Regular.otf"

# Further free faces by the names of their files, with the part that is taken from each (font_preparation.PARTS), and the
# Debian packages that have them: fonts-dejavu-core, fonts-noto-core, fonts-hanazono, fonts-babelstone-han.
_FURTHER = (
    ("DejaVuSerif.ttf", "signs"),
    ("DejaVuSans.ttf", "signs"),
    ("NotoSerifTibetan-Regular.ttf", "tibetan"),
    ("NotoSansMongolian-Regular.ttf", "mongolian"),
    ("HanaMinB.ttf", "hanzi"),
    ("BabelStoneHan.ttf", "hanzi"),
)
_KAI = "LXGWWenKai-Regular.ttf"  # fonts-lxgw-wenkai

# Part of the key of a prepared file. Raise the number when the preparation changes.
_PARTS = 2  # raised when the characters of a part change
_RECIPE = f"2 fonttools {fonttools_version}"


class FontError(Exception):
    """A font file cannot be used; the message names it and says what to do."""


class FontsNotReady(FontError):
    """The fonts are not prepared yet; the message says how to prepare them."""


@dataclass(frozen=True)
class Source:
    """A font file as delivered. `number` selects a face of a collection; of `part`, "" for all, its characters are used."""

    path: Path
    number: int = 0
    part: str = ""


@dataclass(frozen=True)
class Face:
    """A prepared file, with a family name that no installed font has."""

    family: str
    path: Path
    digest: str


@dataclass(frozen=True)
class Fonts:
    """The prepared faces. `stacks` has for each role the families in the order in which a character is looked up."""

    faces: tuple[Face, ...]
    stacks: dict[str, tuple[str, ...]]
    coverage: frozenset[int]  # the characters that at least one face can print

    def family(self, role: str) -> str:
        """The role's value for font-family in CSS and SVG."""
        return ", ".join(self.stacks[role])


def _chosen() -> dict[str, Source]:
    """The office's own files by role, from the settings. `path#1` selects the second face of a collection. Raises FontError."""
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
        chosen[role] = Source(Path(path).resolve(), int(number or 0), "latin" if role == "latin" else "")
    return chosen


@functools.lru_cache(maxsize=4)
def _installed(folders: tuple[str, ...]) -> dict[str, Path]:
    """{name: path} of the further faces that are in these folders."""
    names = {name for name, _part in _FURTHER} | {_KAI}
    found = (path for folder in folders for path in sorted(Path(folder).rglob("*.ttf")))
    return {path.name: path for path in found if path.name in names}


def sources() -> dict[str, tuple[Source, ...]]:
    """The source files of each role, first choice first."""
    chosen = _chosen()
    latin = (chosen["latin"],) if "latin" in chosen else ()
    installed = _installed(tuple(settings.QHPLAN_FONT_FOLDERS))
    further = tuple(Source(installed[name], part=part) for name, part in _FURTHER if name in installed)
    # The package has no 楷体. Without one its 黑体 sets the second level of headings apart from the text.
    kai = (Source(installed[_KAI]),) if _KAI in installed else ()
    sans = (Source(_SANS), Source(_SERIF))
    defaults = {"heading": sans, "kai": (*kai, *sans)}
    stacks = {}
    for role in ROLES:
        own = (chosen[role],) if role in chosen and role != "latin" else ()
        stacks[role] = (*latin, *own, *defaults.get(role, (Source(_SERIF), Source(_SANS))), *further)
    return stacks


@functools.lru_cache(maxsize=64)
def _digest(path: Path, size: int, modified: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _face(source: Source) -> Face:
    stat = source.path.stat()
    content = _digest(source.path, stat.st_size, stat.st_mtime_ns)
    # Without a part the key is what it was before there were any.
    part = f"{source.part} {_PARTS}" if source.part not in {"", "latin"} else source.part == "latin"
    key = hashlib.sha256(f"{_RECIPE} {content} {source.number} {part}".encode()).hexdigest()[:12]
    stem = re.sub(r"[^A-Za-z0-9]", "", source.path.stem) or "Font"
    return Face(f"Brief-{stem}-{key}", Path(settings.FONT_CACHE_DIR) / f"{key}.ttf", key)


def _unique(stacks: Iterable[tuple[Source, ...]]) -> list[Source]:
    return list(dict.fromkeys(source for stack in stacks for source in stack))


def _coverage_path(face: Face) -> Path:
    return face.path.with_suffix(".json")


def fonts_ready() -> bool:
    """Whether all fonts are prepared, so that a document can be rendered."""
    return all(
        face.path.is_file() and _coverage_path(face).is_file()
        for face in map(_face, _unique(sources().values()))
    )


@functools.lru_cache(maxsize=16)
def _coverage(path: Path, digest: str) -> frozenset[int]:
    ranges: list[list[int]] = json.loads(path.read_text())
    return frozenset(n for first, last in ranges for n in range(first, last + 1))


@functools.lru_cache(maxsize=4)
def _covered(faces: tuple[tuple[Path, str], ...]) -> frozenset[int]:
    return frozenset().union(*(_coverage(path, digest) for path, digest in faces))


def load() -> Fonts:
    """The prepared fonts. Raises FontsNotReady when one is not prepared."""
    stacks = sources()
    faces = {source: _face(source) for source in _unique(stacks.values())}
    if not fonts_ready():
        raise FontsNotReady(_("简报字体尚未准备，请先运行 manage.py prepare_fonts。"))
    covered = tuple((_coverage_path(face), face.digest) for face in faces.values())
    return Fonts(
        tuple(faces.values()),
        {
            role: tuple(dict.fromkeys(faces[source].family for source in stack))
            for role, stack in stacks.items()
        },
        _covered(covered),
    )


def refusal(text: str) -> str:
    """A sentence on the characters of the text that no font of ours can draw; "" where there are none, or while the fonts
    are not prepared: nothing is set then either, and whoever sets it is told."""
    try:
        found = where_unprintable([text], load().coverage)
    except FontError:
        return ""
    if not found:
        return ""
    named = "、".join(f"“{one}”（U+{ord(one):04X}）" for one in list(found)[:10])
    return _("%(characters)s在简报字体里没有，印不出来；请换成别的字，或写作“〓”并在附近说明。") % {
        "characters": named + (_("等%(n)d个字符") % {"n": len(found)} if len(found) > 10 else "")
    }


def prepare(progress: Progress | None = None) -> list[Path]:
    """Prepare the files that are missing, and return all prepared files. A large Chinese face takes about 20 s.

    When two processes call this at once, the second waits for a lock and then finds the files. A file is written under
    another name and renamed, so that it is complete or missing.
    """
    from reports.typeset.font_preparation import convert  # imports fontTools, see there

    report = progress or (lambda done, total, text: None)
    wanted = _unique(sources().values())
    with _lock(Path(settings.FONT_CACHE_DIR)):
        for number, source in enumerate(wanted):
            face = _face(source)
            if face.path.is_file() and _coverage_path(face).is_file():
                report(number + 1, len(wanted), _("字体 %(name)s 已就绪") % {"name": source.path.name})
                continue
            text = _("正在准备字体 %(name)s") % {"name": source.path.name}
            hundred = 100 * len(wanted)

            def step(share: float, number: int = number, text: str = text, hundred: int = hundred) -> None:
                report(100 * number + int(100 * share), hundred, text)

            try:
                content, characters = convert(
                    source.path, source.number, face.family, part=source.part, step=step
                )
            except (OSError, ValueError) as error:
                raise FontError(
                    _("字体文件 %(path)s 无法使用（%(error)s），请换一个 TrueType 或 OpenType 文件。")
                    % {"path": source.path, "error": error}
                ) from error
            # The coverage is written last: a face is prepared when it has both files.
            _write(face.path, content)
            _write(_coverage_path(face), json.dumps(_ranges(characters)).encode())
            report(number + 1, len(wanted), _("字体 %(name)s 已就绪") % {"name": source.path.name})
    return [_face(source).path for source in wanted]


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
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
    """Consecutive numbers as [first, last]: [1, 2, 3, 7] → [[1, 3], [7, 7]]."""
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ranges
