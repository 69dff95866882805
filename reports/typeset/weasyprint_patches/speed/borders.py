"""Draws straight rules above and below a box as filled rectangles; WeasyPrint clips corners for each of them."""

from typing import Any

from weasyprint import draw
from weasyprint.draw.color import get_color

from ..replacement import Replacement

_original = draw.draw_border

_CORNERS = ("top_left", "top_right", "bottom_right", "bottom_left")


def _draw_border(stream: Any, box: Any) -> None:
    """draw.draw_border."""
    style = box.style
    top, bottom = box.border_top_width, box.border_bottom_width
    sides = box.border_left_width or box.border_right_width
    if not (top or bottom or sides):
        return
    if (
        sides
        or style["visibility"] != "visible"
        or style["border_image_source"][0] != "none"
        or style["mask_border_source"][0] != "none"
        or (top and style["border_top_style"] != "solid")
        or (bottom and style["border_bottom_style"] != "solid")
        or style["box_shadow"]
        or get_color(style, "background_color").alpha
        or any(kind != "none" for kind, _value in style["background_image"])
        or any((0, "px") not in style[f"border_{corner}_radius"] for corner in _CORNERS)
    ):
        _original(stream, box)
        return
    x, y = box.border_box_x(), box.border_box_y()
    width, height = box.border_width(), box.border_height()
    with stream.artifact():
        for thickness, at, side in ((top, y, "top"), (bottom, y + height - bottom, "bottom")):
            if thickness:
                stream.set_color(get_color(style, f"border_{side}_color"))
                stream.rectangle(x, at, width, thickness)
                stream.fill()


REPLACEMENTS = (Replacement(draw, "draw_border", ("stream", "box"), _draw_border),)
