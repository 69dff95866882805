"""Computes the styles of pages once for each kind of page: left or right, blank, first, and name."""

from typing import Any
from weakref import WeakKeyDictionary

from weasyprint.layout import page

from ..replacement import Replacement

_original = page.set_page_type_computed_styles

# By the StyleFor of a document and by kind of page: pseudo-element (a margin box) and style.
_styles: WeakKeyDictionary[Any, dict[Any, list[tuple[str | None, Any]]]] = WeakKeyDictionary()


def _set_page_type_computed_styles(page_type: Any, html: Any, style_for: Any) -> None:
    """page.set_page_type_computed_styles. The page rules of our sheets never ask for a page's number."""
    kinds = _styles.setdefault(style_for, {})
    kind = (page_type.side, page_type.blank, page_type.index == 0, page_type.name)
    computed = style_for.get_computed_styles()
    if kind not in kinds:
        _original(page_type, html, style_for)
        kinds[kind] = [
            (pseudo, style) for (element, pseudo), style in computed.items() if element == page_type
        ]
        return
    for pseudo, style in kinds[kind]:
        computed[page_type, pseudo] = style


REPLACEMENTS = (
    Replacement(
        page,
        "set_page_type_computed_styles",
        ("page_type", "html", "style_for"),
        _set_page_type_computed_styles,
    ),
)
