"""Sets a form on paper as PDF: within a request, because it is a page or two and nothing waits for it."""

from dataclasses import replace
from functools import partial

from reports.paper.values import Box, Cell, PaperForm
from reports.typeset import fonts, pdf_renderer
from reports.typeset.chinese_text import clean

SHEETS = ("typeset/official.css", "paper/form.css")


class CannotSet(Exception):
    """The form cannot be set now; the message tells a person why."""


def render(form: PaperForm) -> bytes:
    """The PDF. Raises CannotSet."""
    try:
        if not fonts.fonts_ready():
            fonts.prepare(lambda _done, _all, _name: None)
        printed = _printable(form)
        html = pdf_renderer.render_html("paper/form.html", {"form": printed, "seal_room": range(3)})
        return pdf_renderer.render_pdf(
            html,
            sheets=SHEETS,
            meta=pdf_renderer.DocumentMeta(
                title=printed.title, author=printed.author, subject=printed.title, made=form.made
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
