"""An issued brief, or a draft of it, as a page: the same sentences and tables as its PDF."""

from contextlib import suppress
from dataclasses import dataclass

from django.utils.safestring import SafeString

from reports.briefs import composition, queries
from reports.briefs.composition_context import Section
from reports.briefs.jobs import stamp_of
from reports.briefs.models import Brief
from reports.briefs.render import compose
from reports.briefs.values import BriefHead
from reports.typeset import fonts
from tasks.people.models import User
from tasks.wording import speaking


@dataclass(frozen=True)
class Reading:
    """What briefs/_text.html shows. `text` is "" while the fonts, which say what can be printed, are not prepared. `before`
    and `after` are the briefs in force of the same kind and part around it."""

    text: SafeString | str
    contents: list[Section]
    before: Brief | None
    after: Brief | None
    is_unread: bool


def reading(brief: Brief, user: User) -> Reading:
    """The text of a brief whose file the reader may open. Its queries do not grow with its length."""
    held = queries.written(brief)
    stamp = stamp_of(brief) if brief.is_numbered else None
    head = BriefHead(office=queries.office_of(brief), stamp=stamp, imprint=held.imprint)
    text: SafeString | str = ""
    contents: list[Section] = []
    with suppress(fonts.FontError), speaking(queries.wording_of(brief)):
        composed = compose(brief.figures, head, held.words, composition.SCREEN)
        text, contents = composed.body, composed.sections
    before, after = queries.beside(brief, user)
    is_unread = queries.unread_by(user).filter(pk=brief.pk).exists()
    return Reading(text, contents, before, after, is_unread)
