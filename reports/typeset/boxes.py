"""Boxes, worked out once for all that look alike.

WeasyPrint asks for the same answers again for every box: its margins and paddings, the height of its line, whether it
has a background, how its border is drawn when corners are round and sides of many kinds meet. In documents of ours the
answer depends on the style alone, so it is kept with the style. What is drawn is the same, as a test compares page by
page.
"""

import zlib
from collections.abc import Iterator
from typing import Any

import pydyf
from weasyprint import draw
from weasyprint.draw.color import get_color
from weasyprint.formatting_structure import boxes
from weasyprint.layout import background, block, inline, page, percent, table
from weasyprint.pdf import fonts
from weasyprint.text import line_break

_SIDES = ("top", "right", "bottom", "left")
_resolve = percent.resolve_percentages
_lay_background = background.layout_box_backgrounds
_draw_border = draw.draw_border
_lay_container = block.block_container_layout
_break_before = block.find_earlier_page_break
_key = line_break._font_style_cache_key
_strut = line_break.strut
_write = pydyf._to_bytes
_init_font = fonts.Font.__init__
_font_data = fonts.get_hb_object_data


# -- flow ---------------------------------------------------------------------------------------------------


def _kept(name: str) -> Any:
    """A question about a box that its style alone answers, asked once for each style."""
    ask = getattr(boxes.Box, name)

    def answer(box: Any) -> bool:
        known = box.style.__dict__
        if name not in known:
            known[name] = ask(box)
        said: bool = known[name]
        return said

    return answer


def _descendants(box: Any, placeholders: bool = False) -> Iterator[Any]:
    """WeasyPrint's own hands every box up through all the generators above it."""
    waiting = [box]
    while waiting:
        found = waiting.pop()
        yield found
        if placeholders or isinstance(found, boxes.Box):
            waiting.extend(reversed(found.children))


# -- sizes --------------------------------------------------------------------------------------------------

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


def _fixed(style: Any) -> dict[str, Any] | None:
    """What resolve_percentages sets on a box of this style, when there are no percentages in it."""
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


def _set_sizes(box: Any, containing_block: Any) -> None:
    known = box.style.__dict__
    if "fixed" not in known:
        known["fixed"] = None if isinstance(box, boxes.PageBox) else _fixed(box.style)
    if known["fixed"] is None:
        _resolve(box, containing_block)
    else:
        box.__dict__.update(known["fixed"])


def _font_key(style: Any, include_size: bool = False) -> str:
    known = style.__dict__
    name = "font_key_sized" if include_size else "font_key"
    if name not in known:
        known[name] = _key(style, include_size)
    key: str = known[name]
    return key


def _line_height(style: Any) -> Any:
    known = style.__dict__
    if "strut" not in known:
        known["strut"] = _strut(style)
    return known["strut"]


# -- cells --------------------------------------------------------------------------------------------------


def _lay_cell(
    context: Any,
    box: Any,
    bottom_space: float,
    skip_stack: Any,
    page_is_empty: bool,
    absolute_boxes: Any,
    fixed_boxes: Any,
    adjoining_margins: Any,
    first_letter_style: Any,
    first_line_style: Any,
    discard: bool,
    max_lines: Any,
) -> Any:
    """WeasyPrint's layout of whatever contains blocks or lines; most often that is a cell with one line of text."""
    if isinstance(box, boxes.TableCellBox) and skip_stack is None and len(box.children) == 1:
        linebox = box.children[0]
        if (
            isinstance(linebox, boxes.LineBox)
            and len(linebox.children) == 1
            and isinstance(linebox.children[0], boxes.TextBox)
            and box.style.__dict__.get("fixed") is not None
        ):
            top = box.content_box_y()
            inline.resolve_percentages(linebox, box)
            percent.resolve_one_percentage(linebox, "text_indent", box.width)
            context.create_block_formatting_context(box)
            line, resume_at = inline.get_next_linebox(
                context, linebox, top, bottom_space, None, box, absolute_boxes, fixed_boxes, None, None
            )
            context.finish_block_formatting_context()
            below = box.border_bottom_width + box.padding_bottom
            if (
                line is not None
                and resume_at is None
                and not context.overflows_page(bottom_space, line.position_y + line.height + below)
            ):
                line.resume_at = None
                cell = box.copy_with_children([line])
                if cell.height == "auto":
                    cell.height = line.height
                cell.height = max(min(cell.height, cell.max_height), cell.min_height)
                return cell, None, {"break": "any", "page": None}, [], False, max_lines
    return _lay_container(
        context, box, bottom_space, skip_stack, page_is_empty, absolute_boxes, fixed_boxes, adjoining_margins,
        first_letter_style, first_line_style, discard, max_lines,
    )  # fmt: skip


# -- breaks -------------------------------------------------------------------------------------------------


def _break_earlier(context: Any, children: Any, absolute_boxes: Any, fixed_boxes: Any) -> Any:
    """Where what follows a table may not begin a page alone, the table's last rows go over with it. WeasyPrint leaves the
    table as high as it was, and closes it under the empty place: here it ends with its last row, as any broken one."""
    found = _break_before(context, children, absolute_boxes, fixed_boxes)
    if found and found[0]:
        last = found[0][-1]
        shortened = isinstance(last, (boxes.TableBox, boxes.TableRowGroupBox)) and last.children
        if shortened and all(last is not child for child in children):
            end = last.children[-1]
            last.height = end.position_y + end.height - last.content_box_y()
            last.remove_decoration(start=False, end=True)
    return found


# -- backgrounds and borders --------------------------------------------------------------------------------


def _is_bare(style: Any) -> bool:
    """Whether there is nothing behind a box of this style, and no corner of it is round."""
    return (
        style["border_image_source"][0] == "none"
        and style["mask_border_source"][0] == "none"
        and all(kind == "none" for kind, _value in style["background_image"])
        and get_color(style, "background_color").alpha == 0
        and not style["box_shadow"]
        and style["visibility"] == "visible"
        and all(
            (0, "px") in style[f"border_{corner}_radius"]
            for corner in ("top_left", "top_right", "bottom_right", "bottom_left")
        )
    )


def _lay_no_background(
    page: Any, box: Any, get_image: Any, layout_children: bool = True, style: Any = None
) -> None:
    known = box.style.__dict__
    if "bare" not in known:
        known["bare"] = _is_bare(box.style)
    if not known["bare"] or style is not None or box is page:
        _lay_background(page, box, get_image, layout_children, style)
        return
    box.background = None
    box.border_top_left_radius = box.border_top_right_radius = (0, 0)
    box.border_bottom_right_radius = box.border_bottom_left_radius = (0, 0)
    if layout_children:
        for child in box.all_children():
            background.layout_box_backgrounds(page, child, get_image)


def _draw_rules(stream: Any, box: Any) -> None:
    """Straight rules above and below are filled rectangles; WeasyPrint clips a corner for each."""
    style = box.style
    top, bottom = box.border_top_width, box.border_bottom_width
    if not (top or bottom or box.border_left_width or box.border_right_width):
        return
    if (
        box.border_left_width
        or box.border_right_width
        or not style.__dict__.get("bare")
        or (top and style["border_top_style"] != "solid")
        or (bottom and style["border_bottom_style"] != "solid")
    ):
        _draw_border(stream, box)
        return
    x, y = box.border_box_x(), box.border_box_y()
    width, height = box.border_width(), box.border_height()
    with stream.artifact():
        for thickness, at, side in ((top, y, "top"), (bottom, y + height - bottom, "bottom")):
            if thickness:
                stream.set_color(get_color(style, f"border_{side}_color"))
                stream.rectangle(x, at, width, thickness)
                stream.fill()


# -- the file -----------------------------------------------------------------------------------------------


def _page_references(pdf: Any) -> tuple[bytes, ...]:
    """Asked for with every tag: made anew each time, a document of many pages would take longer for every one."""
    pages = pdf.pages["Kids"]
    if len(pdf.__dict__.get("references_of_pages", ())) != len(pages) // 3:
        pdf.references_of_pages = tuple(f"{number} 0 R".encode() for number in pages[::3])
    references: tuple[bytes, ...] = pdf.references_of_pages
    return references


def _open_font(font: Any, *about: Any) -> None:
    """WeasyPrint copies the whole file of each face for every document, to replace it by the few glyphs in use."""
    fonts.get_hb_object_data = lambda *_face: b""
    try:
        _init_font(font, *about)
    finally:
        fonts.get_hb_object_data = _font_data


def _to_bytes(item: Any) -> Any:
    """What pydyf asks of everything that it writes, most often of what is bytes or a string already."""
    kind = type(item)
    if kind is bytes:
        return item
    if kind is str:
        return item.encode("ascii")
    if kind is int:
        return b"%d" % item
    return _write(item)


class _Quicker:
    """pydyf asks for level 9, which takes three times as long as level 4 and saves four bytes in a hundred."""

    @staticmethod
    def compressobj(level: int) -> Any:
        return zlib.compressobj(level=min(level, 4))


def install() -> None:
    """Put them in the place of WeasyPrint's own, once per process."""
    for question in ("is_floated", "is_absolutely_positioned", "is_in_normal_flow"):
        setattr(boxes.Box, question, _kept(question))
    for module in (percent, block, inline, page, table):
        module.resolve_percentages = _set_sizes
    line_break._font_style_cache_key = _font_key
    line_break.strut = inline.strut = _line_height
    block.block_container_layout = _lay_cell
    block.find_earlier_page_break = _break_earlier
    background.layout_box_backgrounds = _lay_no_background
    draw.draw_border = _draw_rules
    pydyf.PDF.page_references = property(_page_references)
    pydyf.zlib = _Quicker
    pydyf._to_bytes = _to_bytes
    boxes.Box.descendants = _descendants
    boxes.ParentBox.page_values = boxes.Box.page_values  # no sheet of ours names pages
    fonts.Font.__init__ = _open_font
