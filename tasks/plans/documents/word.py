"""Word documents (.docx), as Word and WPS write them: paragraphs with their automatic numbers, and tables.

Headers, footers and comments are other parts of the file and are not read. What tracked changes delete is left out.
"""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from tasks import markup
from tasks.files.content import BROKEN_ARCHIVE
from tasks.plans.documents.numbering import Numbering, attribute, find, local, value_of
from tasks.plans.documents.values import Omission, Place, RawCell, Reason, TextBuilder, Unit, refusal

MAX_XML = 48 * 1024 * 1024  # bytes of a part, inflated; 500 pages have about ten
MAX_TAGS = 2_000_000  # of a part: a tree of them takes some 200 MB
MAX_DEPTH = 200
MAX_COLUMNS = 63  # of a table, as in Word

_ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Choice"
_FORMULA = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_DELETED = {"del", "moveFrom"}
_OFF = ("0", "false", "off", "none")


def read_word(content: bytes, out: TextBuilder) -> None:
    """Read a .docx that `kind_of` accepts. Raises Problems if it is damaged or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            main = _main_part(archive)
            document = _tree(archive, main)
            folder = posixpath.dirname(main)
            others = [
                _tree(archive, f"{folder}/{name}.xml")
                if f"{folder}/{name}.xml" in archive.namelist()
                else None
                for name in ("numbering", "styles", "footnotes", "endnotes")
            ]
    except BROKEN_ARCHIVE as error:
        raise _damaged() from error
    body = find(document, "body")
    if body is None:
        raise _damaged()
    numbering, styles, *notes = others
    _Reader(Numbering(numbering, styles), out).read(body, [note for note in notes if note is not None])


def _main_part(archive: zipfile.ZipFile) -> str:
    """The part that the package names as its document."""
    for link in _tree(archive, "_rels/.rels"):
        if link.get("Type", "").endswith("/officeDocument"):
            return link.get("Target", "").lstrip("/")
    raise _damaged()


def _tree(archive: zipfile.ZipFile, part: str) -> Element:
    with archive.open(part) as stream:
        xml = stream.read(MAX_XML + 1)
    if len(xml) > MAX_XML or xml.count(b"<") > MAX_TAGS:
        raise refusal(_("文档太大，超出能处理的范围。请只留方案正文，删去图片和无关内容后再上传。"))
    if not markup.is_plain(xml):
        raise _damaged()
    root = markup.tree(xml)
    level, depth = [root], 0
    while level:
        level = [child for element in level for child in element]
        depth += 1
        if depth > MAX_DEPTH:
            raise _damaged()
    return root


def _damaged() -> Exception:
    return refusal(_("Word 文档已损坏，无法打开。请用 Word 或 WPS 打开，另存为 .docx 后再上传。"))


class _Reader:
    """Writes the body of a document into the text, paragraph by paragraph."""

    def __init__(self, numbering: Numbering, out: TextBuilder) -> None:
        self._numbering = numbering
        self._out = out
        self._paragraph = 0

    def read(self, body: Element, notes: list[Element]) -> None:
        self._blocks(body)
        for part in notes:
            for note in part:
                if attribute(note, "type") in ("", "normal"):
                    text = " ".join(text for text in self._texts(note) if text)
                    self._omit(text, Reason.FOOTNOTE)

    def _omit(self, text: str, reason: Reason) -> None:
        if text.strip():
            self._out.omitted.append(Omission(text.strip(), reason, self._place))

    @property
    def _place(self) -> Place:
        return Place(Unit.PARAGRAPH, max(self._paragraph, 1))

    def _blocks(self, parent: Element) -> None:
        for element in parent:
            name = local(element)
            if name == "p":
                self._write(element)
            elif name == "tbl":
                self._table(element)
            elif name == "sdt" and _is_contents(element):
                text = "\n".join(text for text in self._texts(element) if text)
                self._omit(text, Reason.CONTENTS)
            elif name in _DELETED:
                self._omit(_plain(element), Reason.DELETED)
            elif element.tag == _ALTERNATIVES:
                self._blocks(_chosen(element))
            elif name not in ("sectPr", "pPr", "sdtPr", "sdtEndPr", "tblPr", "tblGrid"):
                self._blocks(element)

    def _write(self, paragraph: Element) -> None:
        """A paragraph as a line, and then the paragraphs of the text boxes that are anchored in it."""
        self._paragraph += 1
        text, boxes, deleted = self._text(paragraph)
        if self._numbering.style_name(value_of(find(paragraph, "pPr"), "pStyle")).startswith("toc "):
            self._omit(text, Reason.CONTENTS)
        else:
            self._out.line(text, self._place)
        self._omit(deleted, Reason.DELETED)
        for box in boxes:
            self._blocks(box)

    def _text(self, paragraph: Element) -> tuple[str, list[Element], str]:
        """A paragraph's text with its number, its text boxes, and what was deleted from it."""
        pieces: list[str] = []
        boxes: list[Element] = []
        deleted: list[str] = []
        _collect(paragraph, pieces, boxes, deleted)
        text = "".join(pieces)
        number = self._numbering.number(find(paragraph, "pPr")) if text.strip() else ""
        gap = " " if number[-1:].isascii() and number[-1:].isalnum() and text[:1].isalnum() else ""
        return number + gap + text, boxes, "".join(deleted)

    def _texts(self, parent: Element) -> Iterator[str]:
        """The text of every paragraph within an element, whatever is between them."""
        for element in parent:
            if local(element) == "p":
                text, boxes, _deleted = self._text(element)
                yield text
                for box in boxes:
                    yield from self._texts(box)
            elif element.tag == _ALTERNATIVES:
                yield from self._texts(_chosen(element))
            elif local(element) not in _DELETED:
                yield from self._texts(element)

    def _table(self, table: Element) -> None:
        rows = list(_rows(table))
        if max((sum(_span(cell) for cell in _cells(row)) for row in rows), default=0) < 2:
            for row in rows:  # a frame around text
                for cell in _cells(row):
                    self._blocks(cell)
            return
        cells: list[RawCell] = []
        places: list[Place] = []
        reaching: dict[
            int, int
        ] = {}  # {column: the merged cell that reaches down to here, as index in `cells`}
        for number, row in enumerate(rows):
            self._paragraph += 1
            places.append(self._place)
            column = _before(row)
            for cell in _cells(row):
                width = min(_span(cell), MAX_COLUMNS - column)
                if width <= 0:
                    break
                merge = find(find(cell, "tcPr"), "vMerge")
                above = reaching.get(column)
                if merge is not None and attribute(merge, "val") != "restart" and above is not None:
                    origin = cells[above]
                    cells[above] = RawCell(
                        origin.text, origin.row, origin.column, number - origin.row + 1, origin.columns
                    )
                else:
                    text = " ".join(" ".join(text.split()) for text in self._texts(cell) if text.strip())
                    cells.append(RawCell(text, number, column, 1, width))
                    reaching.pop(column, None)
                    if merge is not None:
                        reaching[column] = len(cells) - 1
                column += width
        self._out.table(cells, places)


def _collect(parent: Element, pieces: list[str], boxes: list[Element], deleted: list[str]) -> None:
    """The text of a paragraph, run by run."""
    for element in parent:
        name = local(element)
        if name == "t" or element.tag == _FORMULA:
            pieces.append(element.text or "")
        elif name in ("tab", "ptab"):
            pieces.append("\t")
        elif name in ("br", "cr"):
            pieces.append("\n")
        elif name == "noBreakHyphen":
            pieces.append("-")
        elif name in _DELETED or (name == "r" and _is_hidden(element)):
            deleted.append(_plain(element))
        elif name == "txbxContent":
            boxes.append(element)
        elif name == "ruby":
            base = find(element, "rubyBase")
            if base is not None:
                _collect(base, pieces, boxes, deleted)
        elif element.tag == _ALTERNATIVES:
            _collect(_chosen(element), pieces, boxes, deleted)
        elif name not in ("pPr", "rPr", "instrText", "delText"):
            _collect(element, pieces, boxes, deleted)


def _plain(element: Element) -> str:
    return "".join(e.text or "" for e in element.iter() if local(e) in ("t", "delText"))


def _is_hidden(run: Element) -> bool:
    properties = find(run, "rPr")
    vanish = find(properties, "vanish")
    return vanish is not None and attribute(vanish, "val") not in _OFF


def _chosen(alternatives: Element) -> Element:
    """The first of several forms of the same content; the others repeat it for older programs."""
    return next((child for child in alternatives if child.tag == _CHOICE), alternatives)


def _is_contents(element: Element) -> bool:
    gallery = find(find(element, "sdtPr"), "docPartObj")
    return value_of(gallery, "docPartGallery") == "Table of Contents"


def _rows(table: Element) -> Iterator[Element]:
    """The rows of a table, also those within controls and insertions; without deleted ones."""
    for element in table:
        name = local(element)
        if name == "tr":
            if find(find(element, "trPr"), "del") is None:
                yield element
        elif name in ("sdt", "sdtContent", "customXml", "ins"):
            yield from _rows(element)


def _cells(row: Element) -> Iterator[Element]:
    for element in row:
        name = local(element)
        if name == "tc":
            yield element
        elif name in ("sdt", "sdtContent", "customXml", "ins"):
            yield from _cells(element)


def _span(cell: Element) -> int:
    text = value_of(find(cell, "tcPr"), "gridSpan")
    return max(int(text), 1) if text.isdecimal() and len(text) < 4 else 1


def _before(row: Element) -> int:
    """Columns that the row leaves out at its left."""
    text = value_of(find(row, "trPr"), "gridBefore")
    return min(int(text), MAX_COLUMNS) if text.isdecimal() and len(text) < 4 else 0
