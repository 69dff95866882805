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

ROLES = ("title", "body", "heading", "kai", "latin")

Progress = Callable[[int, int, str], None]

_WHEEL = Path(pylopdf_fonts_zh_cn.__file__).parent
_SERIF = _WHEEL / "NotoSerifSC-Regular.otf"
_SANS = _WHEEL / "NotoSansSC-Regular.otf"

# Part of the cache's key: another way of preparing is another file.
_RECIPE = f"2 fonttools {fonttools_version}"


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


@functools.lru_cache(maxsize=4)
def _covered(faces: tuple[tuple[Path, str], ...]) -> frozenset[int]:
    return frozenset().union(*(_coverage(path, digest) for path, digest in faces))


def load() -> Fonts:
    """The prepared fonts. Raises FontsNotReady when there is one that is not prepared."""
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


def prepare(progress: Progress | None = None) -> list[Path]:
    """Prepare what is not there yet and return all prepared files. About 20 s for a large Chinese face.

    Two processes may ask at once: the second waits and then finds the work done. A file appears whole or not at all.
    """
    from reports.typeset.convert import (
        convert,  # fontTools takes a third of a second to import; whoever sets a page needs none of it
    )

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
                content, characters = convert(
                    source.path, source.number, face.family, latin=source.latin, step=step
                )
            except (OSError, ValueError) as error:
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
