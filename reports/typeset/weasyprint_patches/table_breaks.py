"""Corrects the height of a table whose last rows move to the next page.

What follows a table may not begin a page alone (a signature, for instance), so the table's last rows move with it.
WeasyPrint then leaves the table as high as before and draws its closing rule below the empty place. Here the table ends
with its last row, as any table does that is broken by the end of a page.
"""

from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout import block

from .replacement import Replacement

_original = block.find_earlier_page_break


def _find_earlier_page_break(context: Any, children: Any, absolute_boxes: Any, fixed_boxes: Any) -> Any:
    """block.find_earlier_page_break, which then shortens the table. Returns (new children, where to resume) or None."""
    found = _original(context, children, absolute_boxes, fixed_boxes)
    if found and found[0]:
        last = found[0][-1]
        shortened = isinstance(last, (boxes.TableBox, boxes.TableRowGroupBox)) and last.children
        if shortened and all(last is not child for child in children):
            end = last.children[-1]
            last.height = end.position_y + end.height - last.content_box_y()
            last.remove_decoration(start=False, end=True)
    return found


REPLACEMENTS = (
    Replacement(
        block,
        "find_earlier_page_break",
        ("context", "children", "absolute_boxes", "fixed_boxes"),
        _find_earlier_page_break,
    ),
)
