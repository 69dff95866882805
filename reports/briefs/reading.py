"""An issued brief, or a draft of it, as a page: the same sentences and tables as its PDF."""

from contextlib import suppress
from dataclasses import dataclass

from django.utils.safestring import SafeString

from reports.briefs import composition, queries
from reports.briefs.composition_context import Section, plain
from reports.briefs.jobs import stamp_of
from reports.briefs.models import Brief
from reports.briefs.render import compose
from reports.briefs.text_labels import labels_of
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


@dataclass(frozen=True)
class Reworded:
    """A text that another edition has in other words, or not at all ("")."""

    label: str
    before: str
    after: str


def reading(brief: Brief, user: User) -> Reading:
    """The text of a brief whose file the reader may open. Its queries do not grow with its length."""
    text: SafeString | str = ""
    contents: list[Section] = []
    with suppress(fonts.FontError):
        composed = _composed(brief).html
        text, contents = composed.body, composed.sections
    before, after = queries.beside(brief, user)
    is_unread = queries.unread_by(user).filter(pk=brief.pk).exists()
    return Reading(text, contents, before, after, is_unread)


def reworded(brief: Brief, earlier: Brief) -> list[Reworded]:
    """The running texts, figures and all, that differ between two editions, in the order of the brief. Raises FontError."""
    old, new = _composed(earlier), _composed(brief)
    labels = labels_of(old.html, earlier.figures) | labels_of(new.html, brief.figures)
    was, now = old.texts, new.texts
    rows = [Reworded(labels[key], was.get(key, ""), now.get(key, "")) for key in now | was]
    return [row for row in rows if row.before != row.after]


@dataclass(frozen=True)
class _Composed:
    html: composition.Composed
    amended: dict[str, str]

    @property
    def texts(self) -> dict[str, str]:
        """The texts in force, as they are printed."""
        return {key: plain(self.amended.get(key, text)) for key, text in self.html.words.items()}


def _composed(brief: Brief) -> _Composed:
    held = queries.written(brief)
    stamp = stamp_of(brief) if brief.is_numbered else None
    head = BriefHead(office=queries.office_of(brief), stamp=stamp, imprint=held.imprint)
    with speaking(queries.wording_of(brief)):
        return _Composed(compose(brief.figures, head, held.words, composition.SCREEN), held.words)
