"""Ends a document on an even page with its imprint (版记) at the foot of that page, without needless blank pages.

After an odd page, the ending is on the even page that follows. It is laid onto an even page that has room for it. Only
an even page that is full is followed by two more, and the imprint is on the second. Also counts by how many lines a
document of one page is too long.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from weasyprint.document import Page
from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder

_LINE = (
    28.98 * 96 / 72
)  # the line of 28.98 pt that stays empty between the text and the ending, in CSS pixels


def with_ending(pages: Sequence[Any], ending: Callable[[int, bool], Sequence[Any]]) -> list[Any]:
    """All pages of the document. `ending(pages, apart)` lays the ending out for a document of so many pages: on one page
    of its own or, when `apart`, on two."""
    count = len(pages)
    together = ending(count, False)
    if count % 2:
        return [*pages, *together]
    last = _laid_onto(pages[-1], together[0])
    if last is not None:
        return [*pages[:-1], last]
    return [*pages, *ending(count, True)]


def _laid_onto(page: Any, ending: Any) -> Any:
    """The page with the ending at its foot; None when there is no room for it."""
    (source,) = (box for box in ending._page_box.children if not isinstance(box, boxes.MarginBox))
    foot = next(box for box in _descendants(source) if _is_foot(box))
    box = page._page_box
    if _end_of_text(box) + _LINE + foot.margin_height() > box.content_box_y() + box.height:
        return None
    box.children = [*box.children, source]
    return Page(box)


def overflow_lines(pages: Sequence[Any]) -> int:
    """By how many lines the text of a document of one page is too long: the lines on further pages, and those that run
    into the foot. 0 when it fits."""
    first = pages[0]._page_box
    foot = next((box for page in pages for box in _descendants(page._page_box) if _is_foot(box)), None)
    end = first.content_box_y() + first.height - (foot.margin_height() if foot is not None else 0)
    lines = {
        (number, round(box.position_y))
        for number, page in enumerate(pages)
        for child in page._page_box.children
        if not isinstance(child, boxes.MarginBox)
        for box in _descendants(child, without_foot=True)
        if isinstance(box, boxes.LineBox) and (number or box.position_y + box.height > end)
    }
    return len(lines) or int(len(pages) > 1)


def _is_foot(box: Any) -> bool:
    """Whether the box is the one at the foot of the last page, `class="foot"`."""
    return box.element is not None and box.element.get("class") == "foot"


def _descendants(box: Any, *, without_foot: bool = False) -> Iterator[Any]:
    """The box and all boxes inside it, those that are positioned absolutely too."""
    box = box._box if isinstance(box, AbsolutePlaceholder) else box
    if without_foot and _is_foot(box):
        return
    yield box
    for child in getattr(box, "children", ()):
        yield from _descendants(child, without_foot=without_foot)


def _end_of_text(page_box: Any) -> float:
    """Where the last line, table or picture of a page ends, in CSS pixels from the top of the page."""
    ends = [
        found.position_y + found.margin_height()
        for child in page_box.children
        if not isinstance(child, boxes.MarginBox)
        for found in _descendants(child)
        if isinstance(found, boxes.LineBox | boxes.TableBox | boxes.ReplacedBox)
    ]
    return float(max(ends, default=page_box.content_box_y()))
