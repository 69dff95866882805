"""原文: the plan's text with everything that was taken from it."""

from collections import Counter
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.people.models import User
from tasks.people.rules import may_see_plan
from tasks.plan.faces import Face, address_of, face
from tasks.plan.marks import Mark, Paragraph, Piece, Quoted, Section, quoted_in, sections
from tasks.plan.models import Plan
from tasks.values import Quarter


@dataclass(frozen=True)
class ShownPiece:
    """A piece with the address that a click on it leads to."""

    piece: Piece
    address: str
    label: str


@dataclass(frozen=True)
class ShownMark:
    mark: Mark
    faces: list[Face]


@dataclass(frozen=True)
class ShownSection:
    section: Section
    anchor: str
    paragraphs: list[tuple[str, list[ShownPiece]]]  # (class, pieces)
    marks: list[ShownMark]
    bodies: list[ShownMark]
    owner: Face | None


def show(section: Section, plan: Plan, names: dict[int, str], anchor: str = "") -> ShownSection:
    """A section ready for its template: no query, no look-up left to do."""
    shown = {id(mark): _mark(mark, plan, names) for mark in (*section.marks, *section.bodies)}
    addresses: dict[int, str] = {}

    def piece(one: Piece) -> ShownPiece:
        if one.mark is None:
            return ShownPiece(one, "", "")
        key = id(one.mark)
        if key not in addresses:
            addresses[key] = address_of(one.mark, plan, names)
        known = shown.get(key) or _mark(one.mark, plan, names)
        return ShownPiece(one, addresses[key], "；".join(f"{made.kind}：{made.name}" for made in known.faces))

    return ShownSection(
        section,
        anchor,
        [
            (_class(section, paragraph, plan), [piece(one) for one in paragraph.pieces])
            for paragraph in section.paragraphs
        ],
        [shown[id(mark)] for mark in section.marks],
        [shown[id(mark)] for mark in section.bodies],
        face(Quoted(0, 0, section.owner), plan, names) if section.owner else None,
    )


def _class(section: Section, paragraph: Paragraph, plan: Plan) -> str:
    if section.level == 0:
        return "text__title" if "".join(piece.text for piece in paragraph.pieces) == plan.title else "flush"
    return f"text__h{section.level}" if paragraph.is_heading else ""


def _mark(mark: Mark, plan: Plan, names: dict[int, str]) -> ShownMark:
    return ShownMark(mark, [face(one, plan, names) for one in mark.quoted])


def source(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole text. Its passages are the same for every reader and every quarter."""
    if not (isinstance(request.user, User) and may_see_plan(request.user)):
        raise PermissionDenied
    plan = get_object_or_404(Plan, slug=slug)
    last = min(max(Quarter.of(clock.today()), plan.first_quarter), plan.last_quarter)
    names = {agency: name.short for agency, name in names_at(last).items()}
    shown = [
        show(section, plan, names, f"s{number}")
        for number, section in enumerate(sections(plan.text, quoted_in(plan)), 1)
    ]
    kinds = Counter(made.kind for section in shown for mark in section.marks for made in mark.faces)
    context = {
        "plan": plan,
        "nav": "source",
        "sections": shown,
        "kinds": kinds.most_common(),
        "passages": sum(len(section.marks) + len(section.bodies) for section in shown),
        "characters": len(plan.text),
        "contents": [section for section in shown if section.section.level in (1, 2)],
    }
    return render(request, "plan/source.html", context)
