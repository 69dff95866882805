"""Prepares sections of the plan's text for the templates: paragraphs as markup, passages with links to objects."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from tasks.plans.annotations import Annotation, Paragraph, Piece, Quoted, Section
from tasks.plans.finding import Hit
from tasks.plans.models import Plan
from tasks.plans.object_links import ObjectLink, object_link


@dataclass(frozen=True)
class ShownAnnotation:
    """A passage with the labels and addresses of all objects that quote it."""

    annotation: Annotation
    objects: tuple[ObjectLink, ...]

    @property
    def address(self) -> str:
        """The link target of the passage: the page of its object, or the list beside the text if there is no page or
        more than one."""
        addresses = {link.address for link in self.objects if link.address}
        return addresses.pop() if len(addresses) == 1 else f"#{self.annotation.entry}"

    @property
    def label(self) -> str:
        return "；".join(f"{link.kind}：{link.name}" for link in self.objects)


@dataclass(frozen=True)
class ShownSection:
    """A section with all that its template needs. `paragraphs`: `[(CSS class, markup)]`."""

    section: Section
    anchor: str
    paragraphs: list[tuple[str, SafeString]]
    marks: list[ShownAnnotation]
    bodies: list[ShownAnnotation]
    owner: ObjectLink | None
    hits: list[Hit]


def show(
    section: Section, plan: Plan, names: dict[int, str], anchor: str = "", hits: Sequence[Hit] = ()
) -> ShownSection:
    """Prepares a section of the plan's text; `names`: `{agency id: name}`; `hits` are marked where they stand in it."""
    known: dict[int, ShownAnnotation] = {}

    def shown(annotation: Annotation) -> ShownAnnotation:
        if id(annotation) not in known:
            known[id(annotation)] = ShownAnnotation(
                annotation, tuple(object_link(one, plan, names) for one in annotation.quoted)
            )
        return known[id(annotation)]

    def markup(piece: Piece) -> SafeString:
        """The piece as markup, without white space between the tags, because it would show in the text. The anchor
        of a passage is its own link, or an empty link if a shorter passage begins at the same place."""
        own = piece.annotation
        text = _marked(piece, hits)
        parts = [
            format_html('<a class="passage__at" id="{}"></a>', annotation.anchor)
            for annotation in piece.opens
            if annotation is not own
        ]
        if own is None:
            parts.append(text)
        else:
            here = (
                format_html(' id="{}"', own.anchor)
                if any(annotation is own for annotation in piece.opens)
                else ""
            )
            parts.append(
                format_html(
                    '<a class="passage{}"{} href="{}" title="{}">{}</a>',
                    " passage--in" if piece.depth > 1 else "",
                    here,
                    shown(own).address,
                    shown(own).label,
                    text,
                )
            )
        parts += [
            format_html(
                '<sup class="passage__number"><a href="#{}">{}</a></sup>', annotation.entry, annotation.number
            )
            for annotation in piece.closes
            if annotation.number
        ]
        return mark_safe("".join(parts))  # noqa: S308 — every part went through format_html

    return ShownSection(
        section,
        anchor,
        [
            (
                _class(section, paragraph, plan),
                format_html_join("", "{}", ((markup(p),) for p in paragraph.pieces)),
            )
            for paragraph in section.paragraphs
        ],
        [shown(annotation) for annotation in section.marks],
        [shown(annotation) for annotation in section.bodies],
        object_link(Quoted(0, 0, section.owner), plan, names) if section.owner else None,
        _within(section, hits),
    )


def _marked(piece: Piece, hits: Sequence[Hit]) -> SafeString:
    """The piece's text with what was looked for marked. A hit that goes on from an earlier piece has its anchor there."""
    parts, last, end = [], piece.start, piece.start + len(piece.text)
    for hit in hits:
        if hit.start >= end or hit.end <= piece.start:
            continue
        left, right = max(hit.start, piece.start), min(hit.end, end)
        anchor = format_html(' id="{}"', hit.anchor) if left == hit.start else ""
        parts += [
            format_html("{}", piece.text[last - piece.start : left - piece.start]),
            format_html("<mark{}>{}</mark>", anchor, piece.text[left - piece.start : right - piece.start]),
        ]
        last = right
    parts.append(format_html("{}", piece.text[last - piece.start :]))
    return mark_safe("".join(parts))  # noqa: S308 — every part went through format_html


def _within(section: Section, hits: Sequence[Hit]) -> list[Hit]:
    """The hits that begin in the section."""
    pieces = [piece for paragraph in section.paragraphs for piece in paragraph.pieces]
    if not pieces:
        return []
    start, end = pieces[0].start, pieces[-1].start + len(pieces[-1].text)
    return [hit for hit in hits if start <= hit.start < end]


def _class(section: Section, paragraph: Paragraph, plan: Plan) -> str:
    if section.level == 0:
        return "text__title" if "".join(piece.text for piece in paragraph.pieces) == plan.title else "flush"
    return f"text__head-{section.level}" if paragraph.is_heading else ""
