"""Styles, worked out once for all documents.

WeasyPrint asks every rule about every element of every document, and computes its styles anew; and those of every page.
Ours are set by the same few sheets, so an element's style is known from its shape: what rules can ask of it, within
the shape of its parent. And with the style all that `boxes` and `shaping` keep there. What is drawn is the same, as a
test compares.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from weasyprint.css import StyleFor, declaration_precedence, find_style_attributes, preprocess_declarations
from weasyprint.layout import page

_compute = StyleFor.set_computed_styles
_compute_page = page.set_page_type_computed_styles

# Some three hundred are in use at once; an element with an id or a style of its own has one to itself.
_MOST = 4000

_SVG = "{http://www.w3.org/2000/svg}svg"


class _Shape:
    """What rules can ask of an element, by way of its ancestors' shapes; and its styles, once an element had it.

    Rules of ours ask for tag, class and id of an element and its ancestors, for tag and class of the one before, and
    whether it is the last; a test holds the sheets to that.
    """

    __slots__ = ("below", "pseudo", "style")

    def __init__(self) -> None:
        self.style: Any = None
        self.pseudo: list[tuple[str, Any]] = []
        self.below: dict[Any, _Shape] = {}

    def size(self) -> int:
        return 1 + sum(shape.size() for shape in self.below.values())


def _style_all(
    self: Any, html: Any, sheets: Any, presentational_hints: bool, font_config: Any, target_collector: Any
) -> None:
    """WeasyPrint's StyleFor.__init__, for documents without presentational hints."""
    self._cascaded_styles = {}
    computed: dict[Any, Any] = {}
    self._computed_styles = computed
    self.initial_page_sizes = {"box": None, "area": None}
    self._sheets = sheets
    self.font_config = font_config
    shapes: dict[Any, _Shape] = font_config.__dict__.setdefault("shapes", {})
    root = html.etree_element
    path: list[int] = []  # where among its siblings each ancestor stands

    def take(shape: _Shape, element: Any, parent: Any) -> None:
        if shape.style is None:
            wrapped = html.wrapper_element
            for index in path:
                wrapped = next(islice(wrapped.iter_children(), index, None))
            shape.style, shape.pseudo = _worked_out(self, html, sheets, wrapped, parent)
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
            named = get("class")
            key: tuple[Any, ...] = (tag, named, before, index == last, get("id"), get("style"), get("lang"))
            if tag == "a" or tag == _SVG:
                key += (get("name"), get("width"), get("height"))
            found = below.get(key)
            if found is None:
                found = below[key] = _Shape()
            take(found, child, element)
            if len(child):
                go_down(found, child)
            before = (tag, named)
        path.pop()

    # The sheets are held with it, so that no other can take the place of one in memory. What a document brings itself
    # speaks of its pages alone.
    of_elements = tuple(sheet for sheet, _origin, _specificity in sheets if sheet.matcher.order)
    of_root = (of_elements, tuple(root.attrib.items()))
    shape = shapes.setdefault(of_root, _Shape())
    take(shape, root, None)
    go_down(shape, root)


def _worked_out(
    self: Any, html: Any, sheets: Any, wrapped: Any, parent: Any
) -> tuple[Any, list[tuple[str, Any]]]:
    """The style of an element whose like was not there yet, and those of its pseudo-elements."""
    element, cascaded, computed = wrapped.etree_element, self._cascaded_styles, self._computed_styles
    for pseudo, name, value, weight in _declared(html, sheets, wrapped):
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


def _declared(html: Any, sheets: Any, wrapped: Any) -> Iterator[tuple[str | None, str, Any, Any]]:
    """Pseudo-element, property, value and weight of all that is said of the element, its own attributes first."""
    for specificity, _of, said, base_url in find_style_attributes(_Alone(wrapped.etree_element)):
        for name, value, important in preprocess_declarations(base_url, said):
            weight = (declaration_precedence("author", important), float("inf"), specificity)
            yield None, name, value, weight
    for sheet, origin, general in sheets:
        for specificity, _order, pseudo, (said, layer) in sheet.matcher.match(wrapped):
            place = float("inf") if layer is None else sheet.layers.index(layer)
            for name, value, important in said:
                weight = (declaration_precedence(origin, important), place, general or specificity)
                yield pseudo, name, value, weight


class _Alone:
    """An element as a tree of nothing else."""

    def __init__(self, element: Any) -> None:
        self.element = element

    def iter(self) -> Iterator[Any]:
        yield self.element


def _share(
    self: Any,
    element: Any,
    parent: Any,
    root: Any = None,
    pseudo_type: str | None = None,
    base_url: str | None = None,
) -> None:
    """WeasyPrint's set_computed_styles: elements of different shapes have the same style where the same is declared of
    them and of their parents. The styles are kept with the font configuration, of which a process has one.

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
        _compute(self, element, parent, root, pseudo_type, base_url)
        return
    if style is None:
        _compute(self, element, parent, root, pseudo_type, base_url)
        known[key] = computed[element, pseudo_type]
        return
    computed[element, pseudo_type] = style


def tidy(configuration: Any) -> None:
    """Let go of the styles that have piled up; called between documents."""
    kept = configuration.__dict__
    known, shapes = kept.get("styles", {}), kept.get("shapes", {})
    if len(known) > _MOST or sum(shape.size() for shape in shapes.values()) > _MOST:
        known.clear()
        shapes.clear()


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
    StyleFor.__init__ = _style_all
    StyleFor.set_computed_styles = _share
    page.set_page_type_computed_styles = _share_page_style
