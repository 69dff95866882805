"""Keeps the computed styles of elements from one document to the next.

WeasyPrint matches every rule with every element of every document, and computes the styles anew. Our documents use the
same few style sheets, so the style of an element follows from its shape: all that the selectors of our sheets can ask of
it, within the shape of its parent. A test reads the sheets and holds them to that.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from weasyprint.css import StyleFor, declaration_precedence, find_style_attributes, preprocess_declarations

from ..replacement import Replacement

# Shapes that are kept. Briefs of all kinds and notices have about 1,000, of 8 KB each; an element with an id or a style
# attribute has one of its own.
_MOST = 4000

_SVG = "{http://www.w3.org/2000/svg}svg"


class _Shape:
    """What a selector can ask of an element, given by its path from the root; and the element's styles once computed.

    The selectors of our sheets ask for tag, class and id of an element and its ancestors, for tag and class of the element
    before it, and whether it is the last child.
    """

    __slots__ = ("below", "pseudo", "style")

    def __init__(self) -> None:
        self.style: Any = None
        self.pseudo: list[tuple[str, Any]] = []
        self.below: dict[Any, _Shape] = {}

    def size(self) -> int:
        return 1 + sum(shape.size() for shape in self.below.values())


# By font configuration and sheets, both of which the key holds, and by the root's attributes: the shapes of root elements.
# A process has one font configuration, and renders one document at a time.
_roots: dict[Any, _Shape] = {}


def forget() -> None:
    """Free all styles when too many are kept; called between documents."""
    if sum(shape.size() for shape in _roots.values()) > _MOST:
        _roots.clear()


def _style_for(
    self: Any, html: Any, sheets: Any, presentational_hints: bool, font_config: Any, target_collector: Any
) -> None:
    """StyleFor.__init__: the styles of all elements, for documents without presentational hints."""
    self._cascaded_styles = {}
    computed: dict[Any, Any] = {}
    self._computed_styles = computed
    self.initial_page_sizes = {"box": None, "area": None}
    self._sheets = sheets
    self.font_config = font_config
    root = html.etree_element
    path: list[int] = []  # of each ancestor below the root, its index among its siblings

    def use(shape: _Shape, element: Any, parent: Any) -> None:
        if shape.style is None:
            wrapped = html.wrapper_element
            for index in path:
                wrapped = next(islice(wrapped.iter_children(), index, None))
            shape.style, shape.pseudo = _compute(self, html, sheets, wrapped, parent)
        computed[element, None] = shape.style
        for pseudo, style in shape.pseudo:
            computed[element, pseudo] = style
        if target_collector and shape.style["anchor"]:
            target_collector.collect_anchor(shape.style["anchor"])

    def go_down(shape: _Shape, element: Any) -> None:
        before, last = None, len(element) - 1
        below = shape.below
        path.append(0)
        for index, child in enumerate(element):
            path[-1] = index
            tag, get = child.tag, child.get
            css_class = get("class")
            key: tuple[Any, ...] = (
                tag, css_class, before, index == last, get("id"), get("style"), get("lang"),
            )  # fmt: skip
            if tag == "a" or tag == _SVG:
                key += (get("name"), get("width"), get("height"))
            found = below.get(key)
            if found is None:
                found = below[key] = _Shape()
            use(found, child, element)
            if len(child):
                go_down(found, child)
            before = (tag, css_class)
        path.pop()

    # A sheet of the document itself has no rules for elements, only for pages.
    sheets_of_elements = tuple(sheet for sheet, _origin, _specificity in sheets if sheet.matcher.order)
    shape = _roots.setdefault((font_config, sheets_of_elements, tuple(root.attrib.items())), _Shape())
    use(shape, root, None)
    go_down(shape, root)


def _compute(
    self: Any, html: Any, sheets: Any, wrapped: Any, parent: Any
) -> tuple[Any, list[tuple[str, Any]]]:
    """The style of an element whose shape is new, and those of its pseudo-elements."""
    element, cascaded, computed = wrapped.etree_element, self._cascaded_styles, self._computed_styles
    for pseudo, name, value, weight in _declarations(html, sheets, wrapped):
        style = cascaded.setdefault((element, pseudo), {})
        if name not in style or style[name][1] <= weight:
            style[name] = value, weight
    pseudos = [pseudo for _element, pseudo in cascaded if pseudo]
    about = {"root": html.etree_element, "base_url": html.base_url}
    self.set_computed_styles(element, parent=parent, **about)
    for pseudo in pseudos:
        self.set_computed_styles(element, parent=element, pseudo_type=pseudo, **about)
    cascaded.clear()
    return computed[element, None], [(pseudo, computed[element, pseudo]) for pseudo in pseudos]


def _declarations(html: Any, sheets: Any, wrapped: Any) -> Iterator[tuple[str | None, str, Any, Any]]:
    """Pseudo-element, property, value and weight of each declaration for the element, those of its style attribute
    first."""
    for specificity, _of_element, declared, base_url in find_style_attributes(
        _OneElement(wrapped.etree_element)
    ):
        for name, value, important in preprocess_declarations(base_url, declared):
            weight = (declaration_precedence("author", important), float("inf"), specificity)
            yield None, name, value, weight
    for sheet, origin, sheet_specificity in sheets:
        for specificity, _order, pseudo, (declared, layer) in sheet.matcher.match(wrapped):
            layer_order = float("inf") if layer is None else sheet.layers.index(layer)
            for name, value, important in declared:
                weight = (
                    declaration_precedence(origin, important),
                    layer_order,
                    sheet_specificity or specificity,
                )
                yield pseudo, name, value, weight


class _OneElement:
    """An element as a tree without other elements."""

    def __init__(self, element: Any) -> None:
        self.element = element

    def iter(self) -> Iterator[Any]:
        yield self.element


REPLACEMENTS = (
    Replacement(
        StyleFor,
        "__init__",
        ("self", "html", "sheets", "presentational_hints", "font_config", "target_collector"),
        _style_for,
    ),
)
