"""Draws the texts of our charts as one line each. WeasyPrint lays them out letter by letter, and draws those that are
centred in a drawing of their own."""

from functools import lru_cache
from typing import Any

from tinycss2.color5 import parse_color
from weasyprint import svg
from weasyprint.css.properties import INITIAL_VALUES
from weasyprint.text.ffi import pango
from weasyprint.text.line_break import line_size

from .glyph_drawing import _NO_STRETCH, _show
from .paragraph_shaping import shape_alone


class _Style(dict[str, Any]):
    font_config: Any


@lru_cache(maxsize=64)
def _style(config: Any, family: str, size: float) -> _Style:
    style = _Style(INITIAL_VALUES)
    style.font_config = config
    style["font_family"] = [name.strip("\"' ") for name in family.split(",")]
    style["font_size"] = size
    style["lang"] = "zh-CN"
    return style


def _draw(picture: Any, node: Any, font_size: float) -> None:
    if not node.text or not node.text.strip():
        return
    style = _style(picture.font_config, node.get("font-family", ""), font_size)
    line = shape_alone(node.text, style)
    size = line_size(pango.pango_layout_get_line_readonly(line.shaped, 0), style)
    width = size[0]
    anchor = {"middle": 0.5, "end": 1.0}.get(node.get("text-anchor"), 0.0)
    picture.stream.set_color(parse_color(node.get("fill", "black")))
    picture.stream.begin_text()
    picture.stream.set_text_matrix(1, 0, 0, -1, float(node.get("x")) - anchor * width, float(node.get("y")))
    _show(picture.stream, line, 0.0, _NO_STRETCH)
    picture.stream.end_text()


class _Tags:
    pass


class _R:
    def install(self) -> None:
        svg.TAGS["text"] = _draw


REPLACEMENTS = (_R(),)
