"""Sets a form on paper as PDF: within a request, because it is a page or two and nothing waits for it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from reports.paper.values import Box, Cell, PaperForm
from reports.typeset import fonts, pdf_renderer
from reports.typeset.chinese_text import clean

SHEETS = ("typeset/official.css", "paper/form.css")


class CannotSet(Exception):
    """The form cannot be set now; the message tells a person why."""


def render(form: PaperForm) -> bytes:
    """The PDF. Raises CannotSet."""
    return set_document(
        "paper/form.html",
        lambda: {"form": _printable(form), "seal_room": range(3)},
        sheets=SHEETS,
        title=form.title,
        author=form.author,
        made=form.made,
    )


def set_document(
    template: str,
    content: Callable[[], Mapping[str, Any]],
    *,
    sheets: tuple[str, ...],
    title: str,
    author: str = "",
    made: datetime,
) -> bytes:
    """The PDF of a short document; `content` is asked for once the fonts are there. Raises CannotSet."""
    try:
        if not fonts.fonts_ready():
            fonts.prepare(lambda _done, _all, _name: None)
        coverage = fonts.load().coverage
        return pdf_renderer.render_pdf(
            pdf_renderer.render_html(template, content()),
            sheets=sheets,
            meta=pdf_renderer.DocumentMeta(
                title=clean(title, coverage),
                author=clean(author, coverage),
                subject=clean(title, coverage),
                made=made,
            ),
        ).pdf
    except (fonts.FontError, pdf_renderer.TypesetError) as error:
        raise CannotSet(str(error)) from error


def _printable(form: PaperForm) -> PaperForm:
    """With everything as our fonts can draw it; paragraphs stay paragraphs."""
    say = partial(clean, coverage=fonts.load().coverage)
    return replace(
        form,
        title=say(form.title),
        number=say(form.number),
        author=say(form.author),
        rows=[[Cell(say(one.label), say(one.text)) for one in row] for row in form.rows],
        boxes=[_box(box, say) for box in form.boxes],
        notes=[say(note) for note in form.notes if note],
    )


def _box(box: Box, say: "partial[str]") -> Box:
    lines = [line for text in box.paragraphs for line in text.splitlines() if line.strip()]
    return replace(
        box,
        label=say(box.label),
        paragraphs=[say(line) for line in lines],
        signer=say(box.signer),
        day=say(box.day),
    )
