"""Resolves the lengths of boxes whose style has no percentages once for each style.

WeasyPrint resolves some twenty lengths anew for each box, although only percentages depend on the containing block.
"""

from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout import block, inline, page, percent, table

from ..replacement import Replacement

_original = percent.resolve_percentages

_SIDES = ("top", "right", "bottom", "left")
_LENGTHS = (
    *(f"margin_{side}" for side in _SIDES),
    *(f"padding_{side}" for side in _SIDES),
    "width",
    "min_width",
    "max_width",
    "height",
    "min_height",
    "max_height",
)

# By the address of the style, which is held for that reason; of the document being laid out.
_lengths: dict[int, tuple[Any, dict[str, Any] | None]] = {}


def forget() -> None:
    """Free what is kept of a document that is laid out."""
    _lengths.clear()


def _resolved(style: Any) -> dict[str, Any] | None:
    """The attributes that resolve_percentages sets on a box of this style; None when they depend on the box."""
    for name in _LENGTHS:
        value = style[name]
        if value != "auto" and getattr(value, "unit", None) != "px":
            return None
    if style["box_sizing"] != "content-box" or style["border_collapse"] != "separate":
        return None
    values = {name: value if (value := style[name]) == "auto" else value.value for name in _LENGTHS}
    for name in ("min_width", "min_height"):
        values[name] = 0 if values[name] == "auto" else values[name]
    return values | {f"border_{side}_width": style[f"border_{side}_width"] for side in _SIDES}


def _resolve_percentages(box: Any, containing_block: Any) -> None:
    """percent.resolve_percentages."""
    style = box.style
    known = _lengths.get(id(style))
    if known is None:
        known = _lengths[id(style)] = (style, _resolved(style))
    if known[1] is None or isinstance(box, boxes.PageBox):
        _original(box, containing_block)
    else:
        box.__dict__.update(known[1])


REPLACEMENTS = tuple(
    Replacement(module, "resolve_percentages", ("box", "containing_block"), _resolve_percentages)
    for module in (percent, block, inline, page, table)
)
