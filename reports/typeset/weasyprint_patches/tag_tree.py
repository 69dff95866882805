"""The tag tree of PDF/UA-1 (ISO 14289-1): what each thing on a page is, for readers who use a screen reader.

WeasyPrint's own tree has one table for each page that a table reaches, repeats the table's head on each of them, reads
page numbers and marks in the margins aloud, gives header cells no scope, and makes an object of every line. Here an
element of the source has one tag, however many pages it spans. What is in the margins, and a table head that is
repeated, is marked as an artifact. Header cells have a scope, and a line belongs to its paragraph.

Only tables of figures are tagged as tables. What is merely laid out side by side is a `div` with `display: table`.
"""

from collections.abc import Iterable
from contextlib import contextmanager
from typing import Any

import pydyf
from weasyprint import pdf as weasyprint_pdf
from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.pdf.stream import Stream

from .replacement import Replacement

_SVG = "{http://www.w3.org/2000/svg}svg"
_TAGS = {
    **{f"h{level}": f"H{level}" for level in range(1, 7)},
    "p": "P",
    "figcaption": "P",
    "a": "Link",
    "table": "Table",
    "caption": "Caption",
    "thead": "THead",
    "tbody": "TBody",
    "tr": "TR",
    "th": "TH",
    "td": "TD",
    "img": "Figure",
    _SVG: "Figure",
}
_SCOPES = {"col": "Column", "colgroup": "Column", "row": "Row", "rowgroup": "Row"}


@contextmanager
def _marked(stream: Any, box: Any, tag: str) -> Any:
    """Stream.marked, which also notes where in the stream the marked content begins, so that `_drop` can turn it into an
    artifact."""
    tags = stream._tags
    if tags is None:
        yield
        return
    number = len(tags)
    tags[box] = (number, len(stream.stream))
    pydyf.Stream.begin_marked_content(stream, tag, b"<</MCID %d>>" % number)
    try:
        yield
    finally:
        pydyf.Stream.end_marked_content(stream)


def _is_decoration(box: Any) -> bool:
    """Whether the box is a picture that repeats the text beside it."""
    return box.element is not None and box.element.get("aria-hidden") == "true"


class _Tag(pydyf.Object):  # type: ignore[misc]
    """A structure element of the tree, written as one string: there are thousands, and a pydyf.Dictionary is slow."""

    def __init__(self, kind: str, parent: bytes, page: bytes = b"") -> None:
        super().__init__()
        self.page = page
        self.head = b"<</Type /StructElem/S /%s/P %s" % (kind.encode(), parent)
        self.kids: list[bytes] = []
        self.more: dict[str, Any] = {}

    @property
    def data(self) -> bytes:
        page = b"/Pg " + self.page if self.page else b""
        more = pydyf.Dictionary(self.more).data[2:-2] if self.more else b""
        return b"%s%s/K [%s]%s>>" % (self.head, page, b" ".join(self.kids), more)


class _Tree:
    """Builds the structure tree of one document, page by page."""

    def __init__(self, pdf: Any, streams: list[Any]) -> None:
        self.pdf = pdf
        self.streams = streams
        self.pages = pdf.page_references
        self.tag_of: dict[Any, _Tag] = {}  # source element → its tag
        self.first_page: dict[
            Any, int
        ] = {}  # source element → the number of the page on which it begins, from 0
        self.links: list[tuple[bytes, Any]] = []  # reference of the Link's tag, its annotation
        self.owners: list[list[bytes]] = []  # by page and number of marked content: reference of the tag
        self.parents = pydyf.Dictionary({})
        pdf.add_object(self.parents)
        self.root = pydyf.Dictionary({"Type": "/StructTreeRoot", "ParentTree": self.parents.reference})
        pdf.add_object(self.root)
        self.document = _Tag("Document", self.root.reference)
        pdf.add_object(self.document)
        self.root["K"] = pydyf.Array([self.document.reference])

    def add_page(self, number: int, page_box: Any) -> None:
        """Tag everything on a page; pages come in order, `number` from 0."""
        self.number = number
        self.marks = self.streams[number]._tags
        self.owners.append([b"null"] * len(self.marks))
        for child in page_box.children:
            self._walk(child, self.document)
        self.marks.clear()

    def _walk(self, box: Any, parent: Any) -> None:
        if isinstance(box, AbsolutePlaceholder):
            box = box._box
        if isinstance(box, boxes.MarginBox) or self._is_repeated(box) or _is_decoration(box):
            self._drop(box)
            return
        if isinstance(box, boxes.TextBox):
            self._attach(box, parent)
            return
        tag = None if box.element is None else _TAGS.get(box.element_tag)
        if tag is not None:
            parent = self.tag_of.get(box.element) or self._add(box, tag, parent)
            if isinstance(box, boxes.ReplacedBox):
                self._attach(box, parent)
        if box.link_annotation and box.element in self.tag_of:
            self._link(box.link_annotation, self.tag_of[box.element])
        for child in box.children if isinstance(box, boxes.ParentBox) else ():
            self._walk(child, parent)

    def _is_repeated(self, box: Any) -> bool:
        """Whether the box is the head of a table, repeated on a page where the table goes on."""
        return (
            isinstance(box, boxes.TableRowGroupBox)
            and box.is_header
            and self.first_page.get(box.element, self.number) != self.number
        )

    def _add(self, box: Any, tag: str, parent: Any) -> _Tag:
        element = _Tag(tag, parent.reference, self.pages[self.number])
        self.pdf.add_object(element)
        parent.kids.append(element.reference)
        self.tag_of[box.element] = element
        self.first_page[box.element] = self.number
        if tag == "Figure":
            self._describe_figure(box, element)
        elif tag in ("TH", "TD"):
            self._describe_cell(box, element, tag)
        return element

    def _link(self, annotation: Any, element: _Tag) -> None:
        """Attach one area of a link to the link's tag: a link has an area for each of its boxes. PDF/UA wants the
        annotations printable (flag 4)."""
        reference = pydyf.Dictionary(
            {"Type": "/OBJR", "Obj": annotation.reference, "Pg": self.pages[self.number]}
        )
        self.pdf.add_object(reference)
        element.kids.append(reference.reference)
        annotation["F"] = 4
        self.links.append((element.reference, annotation))

    def _describe_figure(self, box: Any, element: _Tag) -> None:
        """The picture's place and alternative text. Raises ValueError for a picture without one."""
        x, y = box.content_box_x(), box.content_box_y()
        element.more["A"] = pydyf.Dictionary(
            {"O": "/Layout", "BBox": pydyf.Array((x, y, x + box.width, y + box.height))}
        )
        title = box.element.find("{http://www.w3.org/2000/svg}title")
        alternative = title.text if title is not None else box.element.attrib.get("alt")
        if not alternative:
            raise ValueError("a picture has no alternative text")
        element.more["Alt"] = pydyf.String(alternative)

    def _describe_cell(self, box: Any, element: _Tag, tag: str) -> None:
        """The cell's scope and spans."""
        about: dict[str, Any] = {"O": "/Table"}
        if tag == "TH":
            about["Scope"] = f"/{_SCOPES[box.element.attrib['scope']]}"
        if box.colspan != 1:
            about["ColSpan"] = box.colspan
        if box.rowspan != 1:
            about["RowSpan"] = box.rowspan
        if len(about) > 1:
            element.more["A"] = pydyf.Dictionary(about)

    def _attach(self, box: Any, parent: Any) -> None:
        """Attach the box's marked content to the tag."""
        if box not in self.marks:
            return  # nothing of it is drawn
        number, _at = self.marks[box]
        self.owners[self.number][number] = parent.reference
        page = self.pages[self.number]
        parent.kids.append(
            b"%d" % number if parent.page == page else b"<</Type /MCR/Pg %s/MCID %d>>" % (page, number)
        )

    def _drop(self, box: Any) -> None:
        """Turn the marked content of the box, and of all inside it, into artifacts."""
        for child in (box, *box.descendants()):
            if child in self.marks:
                _number, at = self.marks[child]
                self.streams[self.number].stream[at : at + 3] = [b"/Artifact", b"", b"BMC"]

    def finish(self) -> None:
        """Write what refers to all pages: the parent tree and the entries of the catalog."""
        numbers = pydyf.Array()
        for number, owners in enumerate(self.owners):
            numbers += [number, pydyf.Array(owners)]
        for number, (reference, annotation) in enumerate(self.links, len(self.owners)):
            numbers += [number, reference]
            annotation["StructParent"] = number
        self.parents["Nums"] = numbers
        catalog = self.pdf.catalog
        catalog["StructTreeRoot"] = self.root.reference
        catalog["ViewerPreferences"] = pydyf.Dictionary({"DisplayDocTitle": "true"})
        catalog["MarkInfo"] = pydyf.Dictionary({"Marked": "true"})


def _add_tags(pdf: Any, document: Any, _version: Any, page_streams: Iterable[Any]) -> None:
    """pdf.add_tags: build the tree of the finished pages."""
    tree = _Tree(pdf, list(page_streams))
    for number, page in enumerate(document.pages):
        tree.add_page(number, page._page_box)
    tree.finish()


REPLACEMENTS = (
    Replacement(Stream, "marked", ("self", "box", "tag"), _marked),
    Replacement(weasyprint_pdf, "add_tags", ("pdf", "document", "pdf_version", "page_streams"), _add_tags),
)
