"""Lines of text: broken by Pango, flush on both sides.

WeasyPrint justifies by stretching spaces, of which Chinese has none. Here a justified line is stretched between its
characters instead, but for the inside of Latin words and numbers. Where a line breaks is left to Pango, whose rules
for Chinese keep closing marks from a line's start and opening marks from its end; see `shaping`.

WeasyPrint offers no door for any of this, so functions of its text layout are replaced (and of its drawing, in `ink`).
Its version is pinned; tests compare where lines break with WeasyPrint's own answer and measure the right edge of every
full line.
"""

import unicodedata
from functools import cache, lru_cache
from typing import Any

from weasyprint.css.properties import ZERO_PIXELS
from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline, preferred
from weasyprint.text import line_break

from reports.typeset.shaping import Line, alone, measure

# A line of few Chinese characters and a long word is rather left short than torn apart: in ems between characters.
_MOST = 0.5
# Drawn as one glyph (`ccmp`), so there is no gap inside.
_ONE_GLYPH = frozenset("—―")

_split_first_line = line_break.split_first_line
_split_text_box = inline.split_text_box
_get_next_linebox = inline.get_next_linebox


# -- where a line may be stretched --------------------------------------------------------------------------


@cache
def _in_word(character: str) -> bool:
    """Whether the character belongs to a Latin word or a number, which stays solid."""
    return (character.isascii() and not character.isspace()) or unicodedata.east_asian_width(character) in {
        "N",
        "Na",
    }


def _gaps(text: str) -> list[bool]:
    """For each character but the last, whether the line may be stretched between it and the next."""
    solid = [_in_word(character) for character in text]
    return [
        not (solid[at] and solid[at + 1]) and not (text[at] == text[at + 1] and text[at] in _ONE_GLYPH)
        for at in range(len(text) - 1)
    ]


# -- breaking ---------------------------------------------------------------------------------------------


def _split(
    text: str,
    style: Any,
    context: Any,
    max_width: float | None,
    justification_spacing: float,
    is_line_start: bool = True,
    minimum: bool = False,
) -> Any:
    """WeasyPrint's split_first_line: as much of the text as fits a line, and where the next one begins."""
    measured = measure(text, style, max_width, is_line_start)
    if measured is None:
        return _split_first_line(
            text, style, context, max_width, justification_spacing, is_line_start, minimum
        )
    said, shaped, number, length, resume_at, line_width, height, baseline, _rest = measured
    line = Line(said, style, shaped, number, max_width)
    return line, length, resume_at, line_width, height, baseline


def _split_box(
    context: Any, box: Any, max_width: float, skip: int, is_line_start: bool
) -> tuple[Any, int | None, bool]:
    """WeasyPrint's split_text_box, which encodes and decodes the rest of the paragraph for each line of it."""
    text = box.text
    if skip:
        at, rest = box.__dict__.get("rest", (None, ""))
        text = rest if at == skip else text.encode()[skip:].decode()
    measured = measure(text, box.style, max_width, is_line_start) if text and box.style["font_size"] else None
    if measured is None:
        return _split_text_box(context, box, max_width, skip, is_line_start=is_line_start)  # type: ignore[no-any-return]
    said, shaped, number, _length, resume_at, width, height, baseline, rest = measured
    new = box.copy_with_text(said)
    new.pango_layout = Line(said, box.style, shaped, number, max_width)
    new.width, new.height = width, height
    new.margin_top = new.margin_bottom = (inline.strut(box.style)[0] - height) / 2
    new.baseline = baseline + new.margin_top
    if resume_at is None:
        return new, None, False
    box.rest = (skip + resume_at, rest)
    return new, skip + resume_at, False


# -- a line of texts ----------------------------------------------------------------------------------------


def _next_line(
    context: Any,
    linebox: Any,
    position_y: float,
    bottom_space: float,
    skip_stack: Any,
    containing_block: Any,
    absolute_boxes: Any,
    fixed_boxes: Any,
    first_letter_style: Any,
    first_line_style: Any,
) -> Any:
    """WeasyPrint's get_next_linebox, for a line that holds texts and spans of text alone: nothing stands beside it,
    nothing floats, and all its texts stand on one baseline."""
    if not (
        first_letter_style
        or first_line_style
        or context.excluded_shapes
        or containing_block.style["direction"] != "ltr"
        or not _is_texts(linebox)
    ):
        line = _fill(context, linebox, position_y, skip_stack, containing_block)
        if line is not None:
            return line
    return _get_next_linebox(
        context, linebox, position_y, bottom_space, skip_stack, containing_block, absolute_boxes, fixed_boxes,
        first_letter_style, first_line_style,
    )  # fmt: skip


def _is_texts(linebox: Any) -> bool:
    """Texts, and spans of one text without a border or space of their own. Asked once for each paragraph."""
    known = linebox.__dict__
    if "is_texts" not in known:
        known["is_texts"] = all(
            isinstance(child, boxes.TextBox)
            or (
                type(child) is boxes.InlineBox
                and len(child.children) == 1
                and isinstance(child.children[0], boxes.TextBox)
                and child.style["position"] == "static"
                and child.style["vertical_align"] == "baseline"
                and not any(
                    style[f"{what}_{side}"] not in (0, ZERO_PIXELS)
                    for style in (child.style,)
                    for side in ("top", "right", "bottom", "left")
                    for what in ("margin", "padding")
                )
                and not any(
                    child.style[f"border_{side}_width"] for side in ("top", "right", "bottom", "left")
                )
            )
            for child in linebox.children
        )
    is_texts: bool = known["is_texts"]
    return is_texts


def _begin(skip_stack: Any) -> tuple[int, int] | None:
    """Which of the line's children it begins in, and after how many bytes of its text."""
    at = skip = 0
    if skip_stack:
        ((at, inner),) = skip_stack.items()
        while inner:
            ((first, inner),) = inner.items()
            if inner and first:
                return None  # deeper than a span of one text
            skip = first
    return at, skip


def _fill(
    context: Any, linebox: Any, position_y: float, skip_stack: Any, containing_block: Any
) -> tuple[Any, Any] | None:
    """The next line and where the one after it begins; None where this is not plain enough."""
    begin = _begin(skip_stack)
    if begin is None:
        return None
    at, skip = begin
    left = containing_block.content_box_x()
    position_x = left + linebox.text_indent
    right = (left + containing_block.width) * (1 + 1e-9)
    placed: list[Any] = []
    last = ""
    resume_at: Any = None
    while at < len(linebox.children):
        child = linebox.children[at]
        text = child if isinstance(child, boxes.TextBox) else child.children[0]
        if not text.text or (not placed and not skip and text.text[0] == " "):
            return None
        if placed and not inline.can_break_text(last + text.text[0], text.style["lang"]):
            fits = None
        else:
            fits = placed
        if "margin_left" not in text.__dict__:
            inline.resolve_percentages(text, containing_block)
        new, resume, preserved = _split_box(context, text, right - position_x, skip, not placed)
        if new is None or preserved:
            return None
        if placed and position_x + new.width > right:
            if fits is None or last == " ":
                return None  # what came before has to break somewhere: WeasyPrint knows where
            resume_at = {at: None}
            break
        new.position_x = position_x
        position_x += new.width
        last = new.text[-1]
        if new is not text and child is not text:
            span = child.copy_with_children([new])
            span.remove_decoration(start=skip != 0, end=resume is not None)
            inline.resolve_percentages(span, containing_block)
            span.position_x, span.width = new.position_x, new.width
            inline._adjust_line_height(span)
            placed.append(span)
        else:
            placed.append(new)
        if resume is not None:
            resume_at = {at: {resume: None} if child is text else {0: {resume: None}}}
            break
        at, skip = at + 1, 0
    if not placed or last == " ":
        return None
    line = linebox.copy_with_children(placed)
    line.remove_decoration(start=skip_stack is not None, end=resume_at is not None)
    line.position_x, line.position_y = left, position_y
    line.width = position_x - left
    inline._adjust_line_height(line)
    offset = inline.text_align(context, line, containing_block.width, last=resume_at is None)
    top, bottom = -line.baseline, line.margin_height() - line.baseline
    texts = [*_texts(line), *(box for box in placed if not isinstance(box, boxes.TextBox))]
    for box in texts:
        top, bottom = min(top, -box.baseline), max(bottom, box.margin_height() - box.baseline)
    for box in texts:
        box.position_x += offset
        box.position_y = position_y - top - box.baseline
    line.position_x += offset
    line.baseline, line.height = -top, bottom - top
    line.margin_top = line.margin_bottom = 0
    linebox.position_x, linebox.position_y = left, position_y
    linebox.width, linebox.height = line.width, line.height
    return line, resume_at


# -- justifying ---------------------------------------------------------------------------------------------


def _texts(box: Any) -> list[Any]:
    """The line's text boxes from left to right; an empty list when there is something else in it."""
    found: list[Any] = []
    for child in box.children:
        if isinstance(child, boxes.TextBox):
            found.append(child)
        elif isinstance(child, boxes.InlineBox):
            inner = _texts(child)
            if not inner and child.children:
                return []
            found += inner
        elif child.is_in_normal_flow():
            return []
    return found


def _shift(box: Any, advance: Any) -> Any:
    """Move what is in the line by what stands before it has grown; returns the growth so far."""
    box.position_x += advance
    if isinstance(box, boxes.TextBox):
        grown = box.pango_layout.spacing * sum(box.pango_layout.gaps)
        box.width += grown
        return advance + grown
    before = advance
    for child in box.children:
        if child.is_in_normal_flow():
            advance = _shift(child, advance)
    box.width += advance - before
    return advance


def _justify(context: Any, line: Any, extra_width: float) -> None:
    """WeasyPrint's justify_line: share out what the line lacks between its characters."""
    texts = _texts(line)
    gaps = _gaps("".join(box.text for box in texts))
    places = sum(gaps)
    if not places:
        return
    style = texts[-1].style
    trailing = 0.0 if style["letter_spacing"] == "normal" else float(style["letter_spacing"])
    # WeasyPrint counts the spacing after the line's last character, where none is drawn.
    spacing = min((extra_width + trailing) / places, _MOST * line.style["font_size"])
    at = 0
    for box in texts:
        kept = box.pango_layout
        if not isinstance(kept, Line):
            kept, _width = alone(box.text, box.style)
            box.pango_layout = kept
        kept.spacing = spacing
        kept.gaps = gaps[at : at + len(box.text)]
        at += len(box.text)
    _shift(line, 0)


def install() -> None:
    """Put them in the place of WeasyPrint's own, once per process."""
    inline.split_first_line = preferred.split_first_line = _split
    inline.get_next_linebox = _next_line
    inline.justify_line = _justify
    inline.can_break_text = preferred.can_break_text = lru_cache(maxsize=8192)(line_break.can_break_text)
