"""Breaks paragraphs into lines from their shaped text, and lays out lines that hold texts and spans of text alone."""

from typing import Any

from weasyprint.css.properties import ZERO_PIXELS
from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline, preferred

from ..justification import texts_of
from ..replacement import Replacement
from . import paragraph_shaping
from .paragraph_shaping import Line, measure

_SIDES = ("top", "right", "bottom", "left")

_original_split_first_line = inline.split_first_line
_original_split_text_box = inline.split_text_box
_original_get_next_linebox = inline.get_next_linebox


def _split_first_line(
    text: str,
    style: Any,
    context: Any,
    max_width: float | None,
    justification_spacing: float,
    is_line_start: bool = True,
    minimum: bool = False,
) -> Any:
    """line_break.split_first_line: as much of the text as fits a line, and where the next line begins."""
    measured = measure(text, style, max_width, is_line_start)
    if measured is None:
        return _original_split_first_line(
            text, style, context, max_width, justification_spacing, is_line_start, minimum
        )
    line = Line(measured.text, style, measured.shaped, measured.number, max_width)
    return line, measured.length, measured.resume_at, measured.width, measured.height, measured.baseline


class _Rest:
    """What is left of the paragraph whose lines are being broken. WeasyPrint encodes and decodes the whole paragraph for
    each of its lines in order to find it."""

    def __init__(self) -> None:
        self.text, self.skip, self.rest = "", 0, ""

    def of(self, text: str, skip: int) -> str:
        """The text without its first `skip` bytes."""
        if text is self.text and skip == self.skip:
            return self.rest
        return text.encode()[skip:].decode()

    def keep(self, text: str, skip: int, rest: str) -> None:
        self.text, self.skip, self.rest = text, skip, rest


_rest = _Rest()


def _split_text_box(
    context: Any, box: Any, max_width: float, skip: int, is_line_start: bool
) -> tuple[Any, int | None, bool]:
    """inline.split_text_box: the box of the next line, where the one after it begins, and whether a typed line end follows
    (False here)."""
    text = _rest.of(box.text, skip) if skip else box.text
    measured = measure(text, box.style, max_width, is_line_start) if text and box.style["font_size"] else None
    if measured is None:
        return _original_split_text_box(context, box, max_width, skip, is_line_start=is_line_start)  # type: ignore[no-any-return]
    new = box.copy_with_text(measured.text)
    new.pango_layout = Line(measured.text, box.style, measured.shaped, measured.number, max_width)
    new.width, new.height = measured.width, measured.height
    new.margin_top = new.margin_bottom = (inline.strut(box.style)[0] - measured.height) / 2
    new.baseline = measured.baseline + new.margin_top
    if measured.resume_at is None:
        return new, None, False
    resume_at = skip + measured.resume_at
    _rest.keep(box.text, resume_at, measured.rest)
    return new, resume_at, False


# -- lines of texts and spans -------------------------------------------------------------------------------


def _get_next_linebox(
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
    """inline.get_next_linebox, for a line that holds texts and spans of text alone: nothing floats, and all texts have
    one baseline."""
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
    return _original_get_next_linebox(
        context, linebox, position_y, bottom_space, skip_stack, containing_block, absolute_boxes, fixed_boxes,
        first_letter_style, first_line_style,
    )  # fmt: skip


# By the address of the paragraph's line box, which is held for that reason; of the document being laid out.
_lineboxes: dict[int, tuple[Any, bool]] = {}


def forget() -> None:
    """Free what is kept of a document that is laid out."""
    paragraph_shaping.forget()
    _lineboxes.clear()
    _rest.keep("", 0, "")


def _is_texts(linebox: Any) -> bool:
    """Whether a paragraph holds texts alone, and spans of one text without border, margin or padding. Found out once for
    each paragraph, not for each of its lines."""
    known = _lineboxes.get(id(linebox))
    if known is None:
        is_texts = all(
            isinstance(child, boxes.TextBox) or _is_plain_span(child) for child in linebox.children
        )
        known = _lineboxes[id(linebox)] = (linebox, is_texts)
    return known[1]


def _is_plain_span(box: Any) -> bool:
    style = box.style
    return (
        type(box) is boxes.InlineBox
        and len(box.children) == 1
        and isinstance(box.children[0], boxes.TextBox)
        and style["position"] == "static"
        and style["vertical_align"] == "baseline"
        and all(
            style[f"{what}_{side}"] in (0, ZERO_PIXELS) for side in _SIDES for what in ("margin", "padding")
        )
        and not any(style[f"border_{side}_width"] for side in _SIDES)
    )


def _begin(skip_stack: Any) -> tuple[int, int] | None:
    """The index of the child with which the line begins, and the bytes of its text to skip; None when the line begins
    deeper than in a span of one text."""
    at = skip = 0
    if skip_stack:
        ((at, inner),) = skip_stack.items()
        while inner:
            ((first, inner),) = inner.items()
            if inner and first:
                return None
            skip = first
    return at, skip


def _fill(context: Any, linebox: Any, position_y: float, skip_stack: Any, containing_block: Any) -> Any:
    """The line and where the next one resumes; None where WeasyPrint has to find it."""
    begin = _begin(skip_stack)
    if begin is None:
        return None
    at, skip = begin
    left = containing_block.content_box_x()
    position_x = left + linebox.text_indent
    right = (left + containing_block.width) * (1 + 1e-9)  # WeasyPrint's own tolerance
    placed: list[Any] = []
    last = ""
    resume_at: Any = None
    while at < len(linebox.children):
        child = linebox.children[at]
        text = child if isinstance(child, boxes.TextBox) else child.children[0]
        if not text.text or (not placed and not skip and text.text[0] == " "):
            return None
        may_break_before = placed and inline.can_break_text(last + text.text[0], text.style["lang"])
        if "margin_left" not in text.__dict__:
            inline.resolve_percentages(text, containing_block)
        new, resume, preserved = _split_text_box(context, text, right - position_x, skip, not placed)
        if new is None or preserved:
            return None
        if placed and position_x + new.width > right:
            if not may_break_before or last == " ":
                return None  # an earlier text has to be broken
            resume_at = {at: None}
            break
        new.position_x = position_x
        position_x += new.width
        last = new.text[-1]
        if new is not text and child is not text:
            placed.append(_span(child, new, skip, resume, containing_block))
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
    line.position_x, line.position_y, line.width = left, position_y, position_x - left
    _align(context, linebox, line, containing_block.width, is_last=resume_at is None)
    return line, resume_at


def _span(span: Any, text: Any, skip: int, resume: int | None, containing_block: Any) -> Any:
    """The part of a span that is on the line: the span with this text in it."""
    part = span.copy_with_children([text])
    part.remove_decoration(start=skip != 0, end=resume is not None)
    inline.resolve_percentages(part, containing_block)
    part.position_x, part.width = text.position_x, text.width
    inline._adjust_line_height(part)
    return part


def _align(context: Any, linebox: Any, line: Any, available_width: float, *, is_last: bool) -> None:
    """Align the line in its width, put its texts on one baseline, and set its height."""
    inline._adjust_line_height(line)
    offset = inline.text_align(context, line, available_width, last=is_last)
    top, bottom = -line.baseline, line.margin_height() - line.baseline
    parts = [*texts_of(line), *(box for box in line.children if not isinstance(box, boxes.TextBox))]
    for box in parts:
        top, bottom = min(top, -box.baseline), max(bottom, box.margin_height() - box.baseline)
    for box in parts:
        box.position_x += offset
        box.position_y = line.position_y - top - box.baseline
    line.baseline, line.height = -top, bottom - top
    line.margin_top = line.margin_bottom = 0
    linebox.position_x, linebox.position_y = line.position_x, line.position_y
    linebox.width, linebox.height = line.width, line.height
    line.position_x += offset


REPLACEMENTS = (
    *(
        Replacement(
            module,
            "split_first_line",
            (
                "text", "style", "context", "max_width", "justification_spacing", "is_line_start", "minimum",
            ),
            _split_first_line,
        )
        for module in (inline, preferred)
    ),
    Replacement(
        inline,
        "get_next_linebox",
        (
            "context", "linebox", "position_y", "bottom_space", "skip_stack", "containing_block",
            "absolute_boxes", "fixed_boxes", "first_letter_style", "first_line_style",
        ),
        _get_next_linebox,
    ),
)  # fmt: skip
