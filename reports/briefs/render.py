"""From frozen figures to a PDF, for the job and the command."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from reports.briefs import composition
from reports.briefs.kinds import read_snapshot
from reports.briefs.values import BriefHead
from reports.typeset import pdf_renderer
from tasks.period_words import speaking

SHEETS = ("typeset/official.css", "briefs/brief.css")
FIGURES_NAME = "figures.json"
_NO_HEAD = BriefHead(office="")


@dataclass(frozen=True)
class Rendered:
    """The PDF's bytes, how many pages it has, and the bytes' SHA-256; of 摘要 by how many lines it is too long; and
    {character: the words around it} of what is printed as 〓."""

    pdf: bytes
    pages: int
    sha256: str
    beyond: int = 0
    unprintable: dict[str, str] = field(default_factory=dict)


def render(figures_json: bytes, head: BriefHead, words: Mapping[str, str] | None = None) -> Rendered:
    """Typeset the brief of these figures; `words` are its running texts where they were amended. The same figures, head,
    words, fonts and release give the same bytes in the same jurisdiction's words (`tasks.wording.speaking`): whoever
    renders says in whose.

    `figures_json` is printed as its SHA-256 and attached unchanged. Raises FontsNotReady, FontError or TypesetError,
    each with a sentence for a person.
    """
    figures = read_snapshot(figures_json)
    with speaking(figures.quarter.kind):
        sha256 = hashlib.sha256(figures_json).hexdigest()
        composed = composition.html(figures, head=head, figures_sha256=sha256, words=words)
        done = pdf_renderer.render_pdf(
            composed.body,
            ending=composed.back,
            sheets=SHEETS,
            attachments=(pdf_renderer.Attachment(FIGURES_NAME, _("本期简报的全部数据"), figures_json),),
            meta=pdf_renderer.DocumentMeta(
                title=composed.title,
                author=head.office,
                subject=composed.subject,
                made=figures.known_at,
            ),
        )
    return Rendered(done.pdf, done.pages, done.sha256, done.overflow_lines, composed.unprintable)


def compose(
    figures_json: str,
    head: BriefHead = _NO_HEAD,
    words: Mapping[str, str] | None = None,
    template: str = composition.PAPER,
) -> composition.Composed:
    """The brief as HTML, and what was found on the way: its words by their keys, and what no font can print. Raises
    FontError."""
    figures = read_snapshot(figures_json)
    sha256 = hashlib.sha256(figures_json.encode()).hexdigest()
    with speaking(figures.quarter.kind):
        return composition.html(figures, head=head, figures_sha256=sha256, words=words, template=template)
