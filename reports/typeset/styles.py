"""Styles, worked out once for all documents.

WeasyPrint computes the styles of every document anew, and those of every page. Ours are set by the same few sheets, so
an element's style is known from its parent's style and from the declarations that apply to it, whichever document it
stands in; and with the style all that `boxes` and `shaping` keep there. What is drawn is the same, as a test compares.
"""

from typing import Any

from weasyprint.css import StyleFor
from weasyprint.layout import page

_compute = StyleFor.set_computed_styles
_compute_page = page.set_page_type_computed_styles

# Some three hundred are in use at once; an element with an id or a style of its own has one to itself.
_MOST = 4000


def _share(
    self: Any,
    element: Any,
    parent: Any,
    root: Any = None,
    pseudo_type: str | None = None,
    base_url: str | None = None,
    target_collector: Any = None,
) -> None:
    """WeasyPrint's set_computed_styles. The styles are kept with the font configuration, of which a process has one.

    A style holds its parent, so that no other can take the parent's place in memory while the style is kept.
    """
    known: dict[Any, Any] = self.font_config.__dict__.setdefault("styles", {})
    computed = self.get_computed_styles()
    above = None if parent is None else id(computed[parent, None])
    declared = self.get_cascaded_styles().get((element, pseudo_type), {})
    key = (above, pseudo_type, base_url, tuple(declared.items()))
    try:
        style = known.get(key)
    except TypeError:  # a declaration that cannot be compared
        _compute(self, element, parent, root, pseudo_type, base_url, target_collector)
        return
    if style is None:
        _compute(self, element, parent, root, pseudo_type, base_url, target_collector)
        known[key] = computed[element, pseudo_type]
        return
    computed[element, pseudo_type] = style
    if target_collector and style["anchor"]:
        target_collector.collect_anchor(style["anchor"])


def tidy(configuration: Any) -> None:
    """Let go of the styles that have piled up; called between documents."""
    known = configuration.__dict__.get("styles", {})
    if len(known) > _MOST:
        known.clear()


def _share_page_style(page_type: Any, html: Any, style_for: Any) -> None:
    """Ours differ by side, by being the first, and by name, and never by number."""
    kinds = style_for.__dict__.setdefault("kinds_of_pages", {})
    kind = (page_type.side, page_type.blank, page_type.index == 0, page_type.name)
    if kind not in kinds:
        _compute_page(page_type, html, style_for)
        kinds[kind] = [
            (pseudo, style)
            for (element, pseudo), style in style_for.get_computed_styles().items()
            if element == page_type
        ]
        return
    styles = style_for.get_computed_styles()
    for pseudo, style in kinds[kind]:
        styles[page_type, pseudo] = style


def install() -> None:
    """Put them in the place of WeasyPrint's own, once per process."""
    StyleFor.set_computed_styles = _share
    page.set_page_type_computed_styles = _share_page_style
