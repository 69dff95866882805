"""Sections of the plan's text, ready to be laid out: paragraphs as markup, and what was taken from them."""

from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from tasks.plans.annotations import Mark, Paragraph, Piece, Quoted, Section
from tasks.plans.models import Plan
from tasks.plans.object_links import Face, face


@dataclass(frozen=True)
class ShownMark:
    """A passage with the faces of everything that quotes it."""

    mark: Mark
    faces: tuple[Face, ...]

    @property
    def address(self) -> str:
        """Where a click on the passage leads: to its object's page; to the list beside the text, when none has a
        page or several have one."""
        addresses = {made.address for made in self.faces if made.address}
        return addresses.pop() if len(addresses) == 1 else f"#{self.mark.entry}"

    @property
    def label(self) -> str:
        return "；".join(f"{made.kind}：{made.name}" for made in self.faces)


@dataclass(frozen=True)
class ShownSection:
    """A section whose template has nothing left to look up. `paragraphs` are (class, markup)."""

    section: Section
    anchor: str
    paragraphs: list[tuple[str, SafeString]]
    marks: list[ShownMark]
    bodies: list[ShownMark]
    owner: Face | None


def show(section: Section, plan: Plan, names: dict[int, str], anchor: str = "") -> ShownSection:
    """A section of the plan's text; `names` are the bodies' names {agency id: name}."""
    known: dict[int, ShownMark] = {}

    def shown(mark: Mark) -> ShownMark:
        if id(mark) not in known:
            known[id(mark)] = ShownMark(mark, tuple(face(one, plan, names) for one in mark.quoted))
        return known[id(mark)]

    def markup(piece: Piece) -> SafeString:
        """Nothing stands between the tags, because a space would stand in the text. A passage's anchor is its own
        link; where a shorter one begins at the same place, an empty link before it."""
        own = piece.mark
        parts = [
            format_html('<a class="passage__at" id="{}"></a>', mark.anchor)
            for mark in piece.opens
            if mark is not own
        ]
        if own is None:
            parts.append(format_html("{}", piece.text))
        else:
            here = format_html(' id="{}"', own.anchor) if any(mark is own for mark in piece.opens) else ""
            parts.append(
                format_html(
                    '<a class="passage{}"{} href="{}" title="{}">{}</a>',
                    " passage--in" if piece.depth > 1 else "",
                    here,
                    shown(own).address,
                    shown(own).label,
                    piece.text,
                )
            )
        parts += [
            format_html('<sup class="passage__number"><a href="#{}">{}</a></sup>', mark.entry, mark.number)
            for mark in piece.closes
            if mark.number
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
        [shown(mark) for mark in section.marks],
        [shown(mark) for mark in section.bodies],
        face(Quoted(0, 0, section.owner), plan, names) if section.owner else None,
    )


def _class(section: Section, paragraph: Paragraph, plan: Plan) -> str:
    if section.level == 0:
        return "text__title" if "".join(piece.text for piece in paragraph.pieces) == plan.title else "flush"
    return f"text__head-{section.level}" if paragraph.is_heading else ""
