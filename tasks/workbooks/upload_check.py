"""Checks that an uploaded file is an Excel workbook that can be opened without harm.

An .xlsx is a zip of XML that anybody can make. The reader gets nothing before its size, entries and cells are checked:
the needed parts are inflated within limits and searched, and the reader gets a new package with only these parts. So it
sees exactly what was checked.

The time of every check is linear in the size of its input: no repeated pattern runs past the next "<", and what is
counted or kept has a bound of its own.
"""

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from xml.etree import ElementTree

from django.utils.translation import gettext as _

from tasks import markup
from tasks.workbooks.values import MAX_ROWS, CellProblem, Refused

MAX_BYTES = 10 * 1024 * 1024  # of the file
MAX_INFLATED = 96 * 1024 * 1024  # of all its parts
MAX_TREE = 8 * 1024 * 1024  # of a part that is read as a tree
MAX_ENTRIES = 500
MAX_RATIO = 200  # a regular sheet of many equal rows inflates to about forty times its size
MAX_TEXT = 96 * 1024 * 1024  # of all cells that point to shared strings, each counted where it is used
MAX_CELLS = MAX_ROWS * 104  # of a sheet: all cells up to the column CZ
MAX_PROBLEMS = 100_000  # of a sheet; those outside the table are dropped later
_RATIO_MATTERS = 4 * 1024 * 1024

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A row up to 20,000 and a column up to CZ: the reader lays the sheet out as a full rectangle, so that one cell in the
# last corner would cost gigabytes.
_REF = rb"[A-C]?[A-Z](?:1?\d{1,4}|20000)"
# Faults, matched in one pass: a cell tag that differs from what spreadsheet programs write, is out of bounds or has an
# error value; a formula; a merged range.
_SUSPECT = re.compile(
    rb"<(?:c(?=[\s/>])(?! r=\""
    + _REF
    + rb"\"(?: (?:s|cm|vm|ph)=\"\d{1,9}\"| t=\"(?:s|n|b|str|inlineStr|d)\")* ?/?>)"
    rb"|f[\s/>]|mergeCell[\s/>]|[^\s<>:/!?\"'=]+:c[\s/>])"
)
_CELL = re.compile(rb"<c r=\"([A-Z]{1,3})(\d{1,7})\"([^<>]*)>")
_SHARED_CELL = re.compile(rb"<c r=\"[A-Z]{1,3}\d{1,7}\"(?: s=\"\d{1,9}\")? t=\"s\"[^<>]*><v>(\d{1,9})</v>")
_MERGED = re.compile(rb"<mergeCell[^<>]* ref=\"([A-Z]{1,3})(\d{1,7})(?::[A-Z]{1,3}(\d{1,7}))?\"")
_STYLE = re.compile(rb" s=\"(\d{1,9})\"")
_ITEM = re.compile(rb"<si[\s/>]")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_PERCENT_BUILT_IN = {9, 10}
_FORMULA_HEAD = 200  # bytes in which a formula names its function
_PICTURES = (b"DISPIMG(", b"IMAGE(")  # functions by which WPS and Excel put a picture into a cell
_MONTH_BUILT_IN = {
    17,
    27,
    36,
    50,
    52,
    57,
}  # mmm-yy, and yyyy年m月 of a Chinese Excel, which writes no code for them


@dataclass
class Package:
    """The parts of a checked workbook, {name: content}, and its sheets."""

    parts: dict[str, bytes]
    sheets: dict[str, str]  # {sheet name: part}
    _wanted: set[str] = field(default_factory=set)
    _percents: dict[str, frozenset[str]] = field(default_factory=dict)
    _months: dict[str, frozenset[str]] = field(default_factory=dict)

    def has(self, sheet: str) -> bool:
        """Whether the workbook has a sheet of that name, with its part."""
        return self.sheets.get(sheet, "") in self.parts

    def admit(self, sheet: str, *, below: int = 0) -> list[CellProblem]:
        """Check a sheet and make it readable; returns the faults of its cells. Raises Refused for a sheet that is too large
        or that no spreadsheet program wrote.

        Merged ranges are faults from row `below` on: above are only the title and its explanation.
        """
        part = self.sheets[sheet]
        xml = self.parts[part]
        _no_entities(xml)
        if xml.count(b"<c ") > MAX_CELLS:
            raise Refused(_too_much())
        problems = _cell_problems(sheet, xml, below) if _SUSPECT.search(xml) else []
        self._check_text(xml)
        self._percents[sheet] = self._cells_of(xml, self.percent_styles)
        self._months[sheet] = self._cells_of(xml, self.month_styles)
        self._wanted.add(part)
        return problems

    def _check_text(self, xml: bytes) -> None:
        """Raise Refused for too much text: many cells may refer to one long shared text, and the reader copies it for each."""
        if not self._lengths:
            return
        longest = max(self._lengths)
        if longest * xml.count(b' t="s"') <= MAX_TEXT:
            return
        known = len(self._lengths)
        total = sum(
            self._lengths[int(match[1])] if int(match[1]) < known else 0
            for match in _SHARED_CELL.finditer(xml)
        )
        if total > MAX_TEXT or xml.count(b' t="s"') > len(_SHARED_CELL.findall(xml)):
            raise Refused(_too_much())

    @cached_property
    def _lengths(self) -> list[int]:
        """Bytes of each shared string."""
        xml = self.parts.get("xl/sharedStrings.xml", b"")
        if xml.count(b"<si") > MAX_CELLS:
            raise Refused(_too_much())
        starts = [match.start() for match in _ITEM.finditer(xml)]
        ends = [*starts[1:], len(xml)] if starts else []
        return [end - start for start, end in zip(starts, ends, strict=True)]

    def clean(self) -> io.BytesIO:
        """A package for the reader: the sheets admitted since the last package, and the parts that they need. The sheets
        are removed from memory here: they are the largest part of an upload."""
        out = io.BytesIO()
        needed = {"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
        needed |= {"xl/sharedStrings.xml", "xl/styles.xml"} | self._wanted
        with zipfile.ZipFile(out, "w") as archive:
            for name in sorted(needed & self.parts.keys()):
                archive.writestr(name, self.parts.pop(name) if name in self._wanted else self.parts[name])
        out.seek(0)
        return out

    def percent_cells(self, sheet: str) -> frozenset[str]:
        """Addresses of an admitted sheet's cells that are shown as a percentage: 12% is stored as 0.12, and only the
        number format shows it."""
        return self._percents[sheet]

    def month_cells(self, sheet: str) -> frozenset[str]:
        """Addresses of an admitted sheet's cells that are shown as a month: 2018年6月 is stored as the first of June, and
        only the number format shows that no day is meant."""
        return self._months[sheet]

    @staticmethod
    def _cells_of(xml: bytes, styles: frozenset[int]) -> frozenset[str]:
        if not styles:
            return frozenset()
        found = set()
        for match in _CELL.finditer(xml):
            style = _STYLE.search(match[3])
            if style and int(style[1]) in styles:
                found.add((match[1] + match[2]).decode())
        return frozenset(found)

    @cached_property
    def percent_styles(self) -> frozenset[int]:
        """The numbers of the cell styles that show a percentage."""
        return self._styles_of(
            {number for number, code in self._codes.items() if "%" in code} | _PERCENT_BUILT_IN
        )

    @cached_property
    def month_styles(self) -> frozenset[int]:
        """The numbers of the cell styles that show a month of a year without its day."""
        own = {number for number, code in self._codes.items() if _shows_month(code)}
        return self._styles_of(own | (_MONTH_BUILT_IN - self._codes.keys()))

    @cached_property
    def _styles_root(self) -> ElementTree.Element | None:
        xml = self.parts.get("xl/styles.xml", b"")
        return _tree(xml) if xml else None

    @cached_property
    def _codes(self) -> dict[int, str]:
        """{number: code} of the workbook's own number formats, without what is only shown: quoted and escaped signs."""
        root = self._styles_root
        if root is None:
            return {}
        return {
            int(item.get("numFmtId", "0")): re.sub(r'"[^"]*"|\\.', "", item.get("formatCode", ""))
            for item in root.iter(f"{_space(root)}numFmt")
        }

    def _styles_of(self, numbers: set[int]) -> frozenset[int]:
        """The cell styles with one of these number formats."""
        root = self._styles_root
        formats = root.find(f"{_space(root)}cellXfs") if root is not None else None
        if formats is None:
            return frozenset()
        return frozenset(
            number for number, item in enumerate(formats) if int(item.get("numFmtId", "0")) in numbers
        )


def _space(root: ElementTree.Element) -> str:
    return _STRICT if root.tag.startswith(_STRICT) else _MAIN


def _shows_month(code: str) -> bool:
    """Whether a number format shows a year and a month, or a year alone, and no day: the colours, conditions and languages
    in its brackets aside."""
    shown = re.sub(r"\[[^\]]*\]", "", code.partition(";")[0]).lower()
    return "y" in shown and not {"d", "h", "s"} & set(shown)


def open_package(data: bytes, name: str = "") -> Package:
    """Check a file as a whole and unpack its parts; raises Refused."""
    if len(data) > MAX_BYTES:
        raise Refused(_("文件超过 %(mb)d MB，不像从本系统下载的表。") % {"mb": MAX_BYTES // 1024 // 1024})
    if not data:
        raise Refused(_("文件是空的。"))
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Refused(_("文件加了打开密码，请去掉密码后再上传。"))
        raise Refused(_("这是旧版 .xls 或 WPS .et 文件，改扩展名没有用，请在 Excel 或 WPS 里另存为 .xlsx。"))
    if name.lower().endswith((".xlsm", ".xltm", ".xlam")):
        raise Refused(_("文件带宏，请另存为不带宏的 .xlsx。"))
    if not data.startswith(b"PK\x03\x04"):
        raise Refused(_("这不是 Excel 工作簿（.xlsx）。"))
    try:
        return _unpack(data)
    except (
        zipfile.BadZipFile,
        zlib.error,
        ElementTree.ParseError,
        EOFError,
        NotImplementedError,
        KeyError,
        ValueError,
        OSError,
    ) as error:
        raise Refused(_("文件已损坏，打不开，请重新保存后再上传。")) from error


def _unpack(data: bytes) -> Package:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        _check_entries(entries)
        names = {entry.filename for entry in entries}
        if "xl/workbook.bin" in names:
            raise Refused(_("这是 .xlsb 文件，请另存为 .xlsx。"))
        if "xl/workbook.xml" not in names:
            raise Refused(_("这不是 Excel 工作簿（.xlsx）。"))
        _check_content(names)
        parts, room = {}, MAX_INFLATED
        for entry in entries:
            if not entry.filename.endswith((".xml", ".rels")) or entry.filename in parts:
                continue
            with archive.open(entry) as stream:
                content = stream.read(room + 1)
            room -= len(content)
            if room < 0:
                raise Refused(_bomb())
            parts[entry.filename] = content
    for part, content in parts.items():
        if not part.startswith("xl/worksheets/"):  # these are checked when they are admitted
            _no_entities(content)
    if b"macroEnabled" in parts.get("[Content_Types].xml", b""):
        raise Refused(_("文件带宏，请另存为不带宏的 .xlsx。"))
    for part in ("xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        if len(parts.get(part, b"")) > MAX_TREE:
            raise Refused(_bomb())
    package = Package(parts, _sheets(parts))
    # Read here, where a fault in the styles is a damaged file.
    package.percent_styles  # noqa: B018
    package.month_styles  # noqa: B018
    return package


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    """Check the zip's directory, before anything is inflated."""
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_INFLATED:
        raise Refused(_bomb())
    for entry in entries:
        if entry.flag_bits & 1:
            raise Refused(_("文件加了打开密码，请去掉密码后再上传。"))
        if entry.file_size > max(_RATIO_MATTERS, entry.compress_size * MAX_RATIO):
            raise Refused(_bomb())


def _check_content(names: set[str]) -> None:
    if any(name.endswith("vbaProject.bin") or name.startswith("xl/macrosheets/") for name in names):
        raise Refused(_("文件带宏，请另存为不带宏的 .xlsx。"))
    if any(name.startswith("xl/externalLinks/") for name in names):
        raise Refused(_("表里有指向别的工作簿的外部链接，请在“数据 → 编辑链接”里断开，或把内容粘贴为数值。"))


def _bomb() -> str:
    return _("文件解压后大得不正常，没有打开。")


def _too_much() -> str:
    return _("表里的文字太多，超出能处理的大小，请删去多余内容。")


def _no_entities(xml: bytes) -> None:
    """Raise Refused for XML with declarations or in another encoding than UTF-8: no spreadsheet program writes it."""
    if not markup.is_plain(xml):
        raise Refused(_("文件不是 Excel 或 WPS 直接保存的，请用它们打开后另存为 .xlsx。"))


def _tree(xml: bytes) -> ElementTree.Element:
    _no_entities(xml)
    return markup.tree(xml)


def _sheets(parts: dict[str, bytes]) -> dict[str, str]:
    """{sheet name: its part}."""
    targets = {}
    for link in _tree(parts["xl/_rels/workbook.xml.rels"]):
        target = link.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        targets[link.get("Id", "")] = path
    found = {}
    for element in _tree(parts["xl/workbook.xml"]).iter():
        if element.tag in {f"{_MAIN}sheet", f"{_STRICT}sheet"}:
            link_id = next((value for key, value in element.attrib.items() if key.endswith("}id")), "")
            found[element.get("name", "")] = targets.get(link_id, "")
    return found


def _cell_problems(sheet: str, xml: bytes, below: int) -> list[CellProblem]:
    """The faults of a sheet, cell by cell."""
    problems: list[CellProblem] = []
    # Translated once: a look-up takes longer than a match.
    faulty = _("单元格是错误值，请改成数或文字。")
    formula = _("单元格是公式。请粘贴为数值：公式算出的数我们不认。")
    picture = _("单元格里是图片，本表不收图片。请删去，并在填报页作为佐证材料上传。")
    merging = _("单元格被合并了，看不出内容属于哪一行，请取消合并。")

    def say(message: str, row: int, column: int) -> None:
        if len(problems) == MAX_PROBLEMS:
            raise Refused(
                _("工作表“%(sheet)s”里的公式、合并单元格和错误值太多，请粘贴为数值、取消合并后再上传。")
                % {"sheet": sheet}
            )
        problems.append(CellProblem(message, sheet, row, column))

    for match in _CELL.finditer(xml):
        row, column = int(match[2]), _number(match[1])
        if row > MAX_ROWS:
            raise Refused(
                _("工作表“%(sheet)s”在第 %(row)d 行还有内容，最多 %(max)d 行，请删去多余的行。")
                % {"sheet": sheet, "row": row, "max": MAX_ROWS}
            )
        if column > _number(b"CZ"):
            raise Refused(
                _("工作表“%(sheet)s”右边还有不属于本表的内容（%(cell)s），请删去多余的列。")
                % {"sheet": sheet, "cell": (match[1] + match[2]).decode()}
            )
        if b't="e"' in match[3]:
            say(faulty, row, column)
    cells = _CELL.finditer(xml)
    cell = following = next(cells, None)  # the last cell before the match, and the next
    for match in _SUSPECT.finditer(xml):
        found = match.group()
        if found.startswith(b"<f"):
            while following is not None and following.start() < match.start():
                cell, following = following, next(cells, None)
            row, column = (int(cell[2]), _number(cell[1])) if cell is not None else (0, 0)
            content = xml[match.start() : match.start() + _FORMULA_HEAD].partition(b"</")[0].upper()
            say(picture if any(name in content for name in _PICTURES) else formula, row, column)
        elif found.startswith(b"<mergeCell"):
            merged = _MERGED.match(xml, match.start())
            if merged and int(merged[3] or merged[2]) >= below:
                say(merging, int(merged[2]), _number(merged[1]))
        else:
            tag = _CELL.match(xml, match.start())
            if tag is None or b't="e"' not in tag[3]:
                raise Refused(_("文件不是 Excel 或 WPS 直接保存的，请用它们打开后另存为 .xlsx。"))
    return problems


def _number(text: bytes) -> int:
    number = 0
    for byte in text:
        number = number * 26 + byte - 64
    return number
