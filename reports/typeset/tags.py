"""The tag tree of PDF/UA: what each thing on a page is, for whoever listens to the document.

WeasyPrint's own tree has a table for every page that a table reaches, reads a table's head again on each of them,
reads page numbers and marks in the margins aloud, says nothing of which way a head points, and makes an object of
every line. Here an element of the source is one tag however many pages it spans; what is in the margins, and a head
that is repeated, is marked as an artifact; heads have a scope; and a line belongs to its paragraph.

Tables of figures are tables. What is only laid out beside each other is `div` with `display: table`, and no table.
"""

from collections.abc import Iterable
from contextlib import contextmanager
from typing import Any

import pydyf
from weasyprint import pdf as weasyprint_pdf
from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.pdf.stream import Stream

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
    """WeasyPrint's marked content, which remembers where it stands so that it can be made an artifact."""
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
    """A picture that repeats what stands beside it in words."""
    return box.element is not None and box.element.get("aria-hidden") == "true"


class _Tag(pydyf.Object):  # type: ignore[misc]
    """An element of the tree. There are thousands, so each is written at once and not entry by entry."""

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
    """The tags of one document."""

    def __init__(self, pdf: Any, streams: list[Any]) -> None:
        self.pdf = pdf
        self.streams = streams
        self.pages = pdf.page_references
        self.of: dict[Any, Any] = {}  # source element → its tag
        self.first_page: dict[Any, int] = {}
        self.links: list[tuple[bytes, Any]] = []
        self.owners: list[list[bytes]] = []  # by page, by number of marked content
        self.parents = pydyf.Dictionary({})
        pdf.add_object(self.parents)
        self.root = pydyf.Dictionary({"Type": "/StructTreeRoot", "ParentTree": self.parents.reference})
        pdf.add_object(self.root)
        self.document = _Tag("Document", self.root.reference)
        pdf.add_object(self.document)
        self.root["K"] = pydyf.Array([self.document.reference])

    def add_page(self, number: int, page_box: Any) -> None:
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
            parent = self.of.get(box.element) or self._add(box, tag, parent)
            if isinstance(box, boxes.ReplacedBox):
                self._attach(box, parent)
        if box.link_annotation and box.element in self.of:
            self._link(box.link_annotation, self.of[box.element])
        for child in box.children if isinstance(box, boxes.ParentBox) else ():
            self._walk(child, parent)

    def _is_repeated(self, box: Any) -> bool:
        """The head of a table that goes on: it was read where the table began."""
        return (
            isinstance(box, boxes.TableRowGroupBox)
            and box.is_header
            and self.first_page.get(box.element, self.number) != self.number
        )

    def _add(self, box: Any, tag: str, parent: Any) -> Any:
        element = _Tag(tag, parent.reference, self.pages[self.number])
        self.pdf.add_object(element)
        parent.kids.append(element.reference)
        self.of[box.element] = element
        self.first_page[box.element] = self.number
        if tag == "Figure":
            self._describe(box, element)
        elif tag in ("TH", "TD"):
            self._place(box, element, tag)
        return element

    def _link(self, annotation: Any, element: Any) -> None:
        """A link is as many areas as it has boxes; all are of one tag, and printed."""
        reference = pydyf.Dictionary(
            {"Type": "/OBJR", "Obj": annotation.reference, "Pg": self.pages[self.number]}
        )
        self.pdf.add_object(reference)
        element.kids.append(reference.reference)
        annotation["F"] = 4
        self.links.append((element.reference, annotation))

    def _describe(self, box: Any, element: Any) -> None:
        x, y = box.content_box_x(), box.content_box_y()
        element.more["A"] = pydyf.Dictionary(
            {"O": "/Layout", "BBox": pydyf.Array((x, y, x + box.width, y + box.height))}
        )
        title = box.element.find("{http://www.w3.org/2000/svg}title")
        alternative = title.text if title is not None else box.element.attrib.get("alt")
        if not alternative:
            raise ValueError("a picture without an alternative")
        element.more["Alt"] = pydyf.String(alternative)

    def _place(self, box: Any, element: Any, tag: str) -> None:
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
        if box not in self.marks:
            return  # nothing of it is drawn
        number, _at = self.marks[box]
        self.owners[self.number][number] = parent.reference
        page = self.pages[self.number]
        parent.kids.append(
            b"%d" % number if parent.page == page else b"<</Type /MCR/Pg %s/MCID %d>>" % (page, number)
        )

    def _drop(self, box: Any) -> None:
        for child in (box, *box.descendants()):
            if child in self.marks:
                _number, at = self.marks[child]
                self.streams[self.number].stream[at : at + 3] = [b"/Artifact", b"", b"BMC"]

    def finish(self) -> None:
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
    tree = _Tree(pdf, list(page_streams))
    for number, page in enumerate(document.pages):
        tree.add_page(number, page._page_box)
    tree.finish()


def install() -> None:
    """Put it in the place of WeasyPrint's own, once per process."""
    Stream.marked = _marked
    weasyprint_pdf.add_tags = _add_tags
