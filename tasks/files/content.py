"""Determines the kind of a file from its content. Unpacks at most one small part, within a limit.

puremagic knows the signatures, but not the content of the two containers zip and OLE. This module therefore reads an
OOXML package's own list of contents, and an OLE file's storages.
"""

import re
import struct
import zipfile
import zlib
from typing import IO, Any
from xml.etree import ElementTree

import olefile
import puremagic
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks import markup
from tasks.files.names import split
from tasks.files.values import DOC, DOCX, JPEG, OFD, PDF, PNG, TIFF, XLS, XLSX, Kind, Trace

MAX_ENTRIES = 10_000  # entries of a zip's directory: it is read whole, and each entry costs memory
MAX_INFLATED = (
    1024 * 1024 * 1024
)  # bytes of all entries as declared; a report full of photographs has a tenth
MAX_RATIO = 200  # inflated size / size; a normal sheet with many equal rows has about 40
MAX_PART = 2 * 1024 * 1024  # bytes of the only part that is unpacked
_RATIO_MATTERS = 4 * 1024 * 1024
_HEAD = 2048
_CHUNK = 1024 * 1024

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_ENTRY = b"PK\x01\x02"
_CONTENTS = "[Content_Types].xml"
_MAIN_PARTS = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": DOCX,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": XLSX,
}
_SLIDES = gettext_lazy("演示文稿")
_OFD_SPACE = "{http://www.ofdspec.org/"

# Formats that people upload by mistake, by puremagic's extension.
_OTHERS = {
    ".rar": gettext_lazy("压缩包"),
    ".7z": gettext_lazy("压缩包"),
    ".gz": gettext_lazy("压缩包"),
    ".exe": gettext_lazy("程序"),
    ".html": gettext_lazy("网页"),
    ".svg": gettext_lazy("SVG 图片"),
    ".heif": gettext_lazy("HEIC 照片"),
    ".heic": gettext_lazy("HEIC 照片"),
    ".gif": gettext_lazy("GIF 图片"),
    ".bmp": gettext_lazy("BMP 图片"),
    ".webp": gettext_lazy("WebP 图片"),
    ".rtf": gettext_lazy("RTF 文件"),
    ".mp4": gettext_lazy("视频"),
    ".mov": gettext_lazy("视频"),
    ".dwg": gettext_lazy("CAD 图纸"),
}


class Unfit(Exception):
    """The file is refused; the message continues a sentence that begins with its name: “表.zip”…"""


class NotTaken(Unfit):
    """The file is of a kind that evidence cannot be; whoever takes other kinds says so in a sentence of their own."""


def kind_of(file: IO[bytes], name: str) -> Kind:
    """The kind of a file by its content. Raises Unfit if the kind is not accepted or the extension does not match."""
    kind = _look(file)
    suffix = split(name)[1].lower()
    if suffix in kind.suffixes:
        return kind
    values = {"kind": kind.words, "suffix": suffix, "right": _(" 或 ").join(kind.suffixes)}
    if not suffix:
        raise Unfit(_("的名字没有扩展名；内容是%(kind)s，请加上 %(right)s 再传。") % values)
    raise Unfit(_("的内容是%(kind)s，扩展名却是 %(suffix)s；请改为 %(right)s 再传。") % values)


# What Word keeps of how a text came about: insertions, deletions and moves, of runs and of table cells.
_REVISION = re.compile(rb"<w:(?:ins|del|moveFrom|moveTo|cellIns|cellDel)[\s>]")
_COMMENT = re.compile(rb"<w:comment[\s>]")
_TEXT_PART = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml", re.IGNORECASE)


def traces_of(file: IO[bytes], kind: Kind) -> list[Trace]:
    """Revisions and comments that a Word document holds; none for any other kind. For a file that `kind_of` took."""
    if kind is not DOCX:
        return []
    found = set()
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                if _TEXT_PART.fullmatch(entry.filename) and _holds(archive, entry, _REVISION):
                    found.add(Trace.REVISIONS)
                elif entry.filename.lower() == "word/comments.xml" and _holds(archive, entry, _COMMENT):
                    found.add(Trace.COMMENTS)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise _damaged() from error
    return [trace for trace in Trace if trace in found]


def _holds(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, pattern: re.Pattern[bytes]) -> bool:
    """Whether the pattern, of fewer than 20 bytes, is in the part; reads it piece by piece."""
    rest = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            if pattern.search(rest + chunk):
                return True
            rest = chunk[-20:]
    return False


def _look(file: IO[bytes]) -> Kind:
    file.seek(0)
    head = file.read(_HEAD)
    if not head:
        raise Unfit(_("是空文件，里面什么都没有。"))
    if head.startswith(_OLE):
        return _in_ole(file)
    if head.startswith(_ZIP):
        return _in_zip(file)
    # Some scanners write a line end, and some programs a byte order mark, before a PDF's first line.
    endings = _signatures(head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n\t "))
    for kind in (PDF, JPEG, PNG, TIFF):
        if endings & set(kind.suffixes):
            return kind
    raise _not_taken(next((words for ending, words in _OTHERS.items() if ending in endings), ""))


def _signatures(head: bytes) -> set[str]:
    """The extensions of all formats whose signature the file has."""
    try:
        return {match.extension for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):  # no known signature, or only blanks
        return set()


def _not_taken(found: Any = "") -> NotTaken:
    taken = _("请交 PDF、Word、Excel、OFD，或 JPG、PNG、TIFF 图片。")
    if found:
        return NotTaken(_("的内容是%(found)s，不能收；%(taken)s") % {"found": found, "taken": taken})
    return NotTaken(_("不是能收的文件；%(taken)s") % {"taken": taken})


def _with_macros() -> Unfit:
    return Unfit(_("带宏，不能收；请另存为不带宏的 .docx 或 .xlsx 再传。"))


def _with_password() -> Unfit:
    return Unfit(_("加了打开密码，他人无法查看；请去掉密码后再上传。"))


def _damaged() -> Unfit:
    return Unfit(_("已损坏，无法打开；请重新保存后再上传。"))


# -- zip: OOXML and OFD -------------------------------------------------------------------------------------


# What Python's readers of ZIP and XML raise for a damaged file.
BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    KeyError,
    ValueError,
    OSError,
)


def _in_zip(file: IO[bytes]) -> Kind:
    if _count(file, _ENTRY) > MAX_ENTRIES:
        raise _bomb()
    try:
        with zipfile.ZipFile(file) as archive:
            return _in_archive(archive)
    except BROKEN_ARCHIVE as error:
        raise _damaged() from error


def _in_archive(archive: zipfile.ZipFile) -> Kind:
    entries = archive.infolist()
    names = [entry.filename.lower() for entry in entries]
    inflated, packed = (
        sum(getattr(entry, name) for entry in entries) for name in ("file_size", "compress_size")
    )
    # Many small entries, none of which is too large alone, are measured together.
    if inflated > min(MAX_INFLATED, max(4 * _RATIO_MATTERS, packed * MAX_RATIO)) or any(
        entry.file_size > max(_RATIO_MATTERS, entry.compress_size * MAX_RATIO) for entry in entries
    ):
        raise _bomb()
    root_name = next((name for name in (_CONTENTS.lower(), "ofd.xml") if name in names), "")
    if not root_name:
        raise _not_taken(_("压缩包"))
    if any(entry.flag_bits & 1 for entry in entries):
        raise _with_password()
    if len(set(names)) != len(names):  # two parts with one name: programs may open different ones
        raise _damaged()
    root = _part(archive, entries[names.index(root_name)])
    if root_name != "ofd.xml":
        return _in_office(root, names)
    if not root.tag.startswith(_OFD_SPACE):
        raise _not_taken()
    return OFD


def _in_office(contents: ElementTree.Element, names: list[str]) -> Kind:
    """The kind by the package's own list of contents, which also decides how Word or Excel open it."""
    declared = {item.get("ContentType", "").strip().lower() for item in contents.iter()}
    if any("sheet.binary" in media for media in declared):
        raise Unfit(_("是 .xlsb 工作簿，不能收；请另存为 .xlsx 再传。"))
    macros = any("macroenabled" in media or "vbaproject" in media for media in declared)
    if macros or any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise _with_macros()
    if any("presentationml.presentation.main" in media for media in declared):
        raise _not_taken(_SLIDES)
    kinds = [kind for media, kind in _MAIN_PARTS.items() if media in declared]
    if len(kinds) != 1:
        raise _not_taken()
    return kinds[0]


def _part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> ElementTree.Element:
    """One small part, parsed as XML. Declarations are refused, so that no entity can expand."""
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise _damaged()
    with archive.open(entry) as stream:
        xml = stream.read(MAX_PART + 1)
    if len(xml) > MAX_PART:
        raise _bomb()
    if b"\x00" in xml or not markup.is_plain(xml):
        raise _damaged()
    return markup.tree(xml)


def _bomb() -> Unfit:
    return Unfit(_("解压后大得不正常，没有打开。"))


def _count(file: IO[bytes], wanted: bytes) -> int:
    """The number of occurrences of the bytes in the file: an upper limit for the entries of a zip's directory."""
    file.seek(0)
    count, rest = 0, b""
    while chunk := file.read(_CHUNK):
        count += (rest + chunk).count(wanted)
        rest = (rest + chunk)[-(len(wanted) - 1) :]
    file.seek(0)
    return count


# -- OLE: the old formats -----------------------------------------------------------------------------------


def _in_ole(file: IO[bytes]) -> Kind:
    try:
        with olefile.OleFileIO(file) as ole:
            return _in_storages(ole)
    except Unfit:
        raise
    except Exception as error:  # the library parses untrusted bytes and may raise anything
        raise _damaged() from error


def _in_storages(ole: Any) -> Kind:
    names = {part.lower() for path in ole.listdir(streams=True, storages=True) for part in path}
    if "encryptedpackage" in names:
        raise _with_password()
    if names & {"vba", "macros", "_vba_project_cur", "_vba_project"}:
        raise _with_macros()
    if ole.exists("WordDocument"):
        flags = ole.openstream("WordDocument").read(12)[10:12]
        if len(flags) < 2:
            raise _damaged()
        if int.from_bytes(flags, "little") & 0x0100:
            raise _with_password()
        return DOC
    if ole.exists("PowerPoint Document"):
        raise _not_taken(_SLIDES)
    book = next((name for name in ("Workbook", "Book") if ole.exists(name)), "")
    if book:
        _check_book(ole.openstream(book).read())
        return XLS
    raise _not_taken()


# Record types of the old Excel format; only the workbook's own records are read.
_END, _PASSWORD, _SHEET = 0x0A, 0x2F, 0x85
_SHEETS_WITH_MACROS = {1, 6}  # Excel 4 macros, a Basic module


def _check_book(data: bytes) -> None:
    position = 0
    while position + 4 <= len(data):
        record, length = struct.unpack_from("<HH", data, position)
        body = data[position + 4 : position + 4 + length]
        if record == _END:
            return
        if record == _PASSWORD:
            raise _with_password()
        if record == _SHEET and len(body) > 5 and body[5] in _SHEETS_WITH_MACROS:
            raise _with_macros()
        position += 4 + length
    raise _damaged()
