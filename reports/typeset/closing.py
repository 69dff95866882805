"""How a document ends: on an even page, with its imprint at the foot of that page and nothing left white for nothing.

After an odd page, the foot stands on the even one that follows. Onto an even page with room enough it is laid. Only an
even page that is full is followed by two, of which the foot stands on the second.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from weasyprint.document import Page
from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder

_LINE = 28.98 * 96 / 72  # what stays empty between the text and the foot, in pixels


def closed(pages: Sequence[Any], back: Callable[[int, bool], Sequence[Any]]) -> list[Any]:
    """All pages of the document. `back(pages, apart)` sets the closing: one page, or two when set apart."""
    count = len(pages)
    together = back(count, False)
    if count % 2:
        return [*pages, *together]
    last = _laid_onto(pages[-1], together[0])
    if last is not None:
        return [*pages[:-1], last]
    return [*pages, *back(count, True)]


def _laid_onto(page: Any, closing: Any) -> Any:
    """The page with the closing page's foot on it; None when there is no room for it."""
    (source,) = (box for box in closing._page_box.children if not isinstance(box, boxes.MarginBox))
    foot = next(found for found in _inside(source) if _is_foot(found))
    box = page._page_box
    if _text_ends(box) + _LINE + foot.margin_height() > box.content_box_y() + box.height:
        return None
    box.children = [*box.children, source]
    return Page(box)


def lines_beyond_one_page(pages: Sequence[Any]) -> int:
    """By how many lines the text of a document of one page, with a foot laid over it, runs into the foot or beyond."""
    first = pages[0]._page_box
    foot = next((box for page in pages for box in _inside(page._page_box) if _is_foot(box)), None)
    room = first.content_box_y() + first.height - (foot.margin_height() if foot is not None else 0)
    beyond = {
        (number, round(box.position_y))
        for number, page in enumerate(pages)
        for child in page._page_box.children
        if not isinstance(child, boxes.MarginBox)
        for box in _inside(child, without_foot=True)
        if isinstance(box, boxes.LineBox) and (number or box.position_y + box.height > room)
    }
    return len(beyond) or int(len(pages) > 1)


def _is_foot(box: Any) -> bool:
    return box.element is not None and box.element.get("class") == "foot"


def _inside(box: Any, *, without_foot: bool = False) -> Iterator[Any]:
    box = box._box if isinstance(box, AbsolutePlaceholder) else box
    if without_foot and _is_foot(box):
        return
    yield box
    for child in getattr(box, "children", ()):
        yield from _inside(child, without_foot=without_foot)


def _text_ends(page_box: Any) -> float:
    """Where the last line, table or picture of a page ends."""
    ends = [
        found.position_y + found.margin_height()
        for child in page_box.children
        if not isinstance(child, boxes.MarginBox)
        for found in _inside(child)
        if isinstance(found, boxes.LineBox | boxes.TableBox | boxes.ReplacedBox)
    ]
    return float(max(ends, default=page_box.content_box_y()))
