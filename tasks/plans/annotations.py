"""Splits the plan's text into sections, paragraphs and pieces, and annotates the pieces with their passages.

Passages nest and overlap, markup cannot. The text is therefore cut wherever a passage begins or ends, and each
piece belongs to the shortest passage that covers it; the other passages appear as anchors and in the list beside
the text. Wide punctuation and joined lines are for display only; a passage keeps its offsets in the stored text.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

from django.apps import apps
from django.db.models import Model

from tasks.plans.models import Passage, Plan
from tasks.plans.reading.layout import NUMBERINGS, NUMERAL, Layout

# The number of a heading, directly before the text that the passage quotes.
_NUMBER_BEFORE = re.compile(rf"(?:{NUMERAL}、|（{NUMERAL}）|（\d{{1,3}}）|\d{{1,3}}[.．])\s*$")
_HEADINGS = {"sector", "direction", "taskgroup", "task"}
_RELATED = ("task", "sector", "direction", "agency", "indicator", "group", "collective", "member")


@dataclass(frozen=True)
class Quoted:
    """An object and its span in the text; `role` is `passage` for its name and `body` for its full text."""

    start: int
    end: int
    obj: Any
    role: str = "passage"

    @property
    def is_body(self) -> bool:
        return self.role == "body"


@dataclass(frozen=True)
class HeadField:
    """A field of the plan's head (its number, a date, the rule about who leads), which has no row of its own."""

    field: str


@dataclass
class Annotation:
    """A passage with all objects that quote it, and its number in its section."""

    start: int
    end: int
    quoted: list[Quoted]
    number: int = 0

    @property
    def anchor(self) -> str:
        return f"p-{self.start}-{self.end}"

    @property
    def entry(self) -> str:
        """The anchor of the passage's entry in the list beside the text."""
        return f"o-{self.start}-{self.end}"


@dataclass
class Piece:
    """A part of the shown text with the same passages. `opens`, `closes`: passages that begin or end at its edges; `start`
    is its place in the joined text."""

    text: str
    annotation: Annotation | None
    depth: int
    start: int
    opens: list[Annotation] = field(default_factory=list)
    closes: list[Annotation] = field(default_factory=list)


@dataclass
class Paragraph:
    pieces: list[Piece]
    is_heading: bool = False


@dataclass
class Section:
    """The text under one heading: its paragraphs, its passages in text order, and the heading's object if any."""

    level: int
    owner: Model | None
    paragraphs: list[Paragraph] = field(default_factory=list)
    marks: list[Annotation] = field(default_factory=list)
    bodies: list[Annotation] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The first line, for a table of contents."""
        return "".join(piece.text for piece in self.paragraphs[0].pieces) if self.paragraphs else ""


@lru_cache(maxsize=32)
def layout_of(text: str) -> Layout:
    """The text as joined paragraphs, kept for the texts asked for last."""
    return Layout(text)


def kind_of(obj: Any) -> str:
    """The model's name (`task`, `mention` …), or `headfield` for a field of the head."""
    return (obj._meta.model_name or "") if isinstance(obj, Model) else type(obj).__name__.lower()


def quoted_in(plan: Plan, *, within: tuple[int, int] | None = None) -> list[Quoted]:
    """All objects that quote the plan, from all packages. One query for each model, however many rows.

    Higher packages import this one, not the other way round, so it finds their models by what they share: a
    foreign key to Passage.
    """
    objects = [
        Quoted(start, end, HeadField(field))
        for field, (start, end) in plan.head.items()
        if within is None or (within[0] <= start and end <= within[1])
    ]
    for model in apps.get_models():
        if model is Passage:
            continue
        keys = [f.name for f in model._meta.fields if f.related_model is Passage]
        if not keys:
            continue
        related = [f.name for f in model._meta.fields if f.name in _RELATED and f.is_relation]
        manager = model._default_manager
        wanted = manager.none()
        for key in keys:
            place = {f"{key}__start__gte": within[0], f"{key}__end__lte": within[1]} if within else {}
            wanted = wanted | manager.filter(**{f"{key}__plan": plan, **place})
        for obj in _originals(wanted.select_related(*keys, *related)):
            for key in keys:
                passage = getattr(obj, key)
                if passage is None or (
                    within and not (within[0] <= passage.start and passage.end <= within[1])
                ):
                    continue
                role = key if key == "body" else "passage"
                objects.append(Quoted(passage.start, passage.end, obj, role))
    quoted_spans = {(item.start, item.end) for item in objects}
    passages = Passage.objects.filter(plan=plan)
    if within:
        passages = passages.filter(start__gte=within[0], end__lte=within[1])
    # Passages without an object (a part's heading, a whole bracket) keep an anchor too.
    objects += [Quoted(p.start, p.end, p, "body") for p in passages if (p.start, p.end) not in quoted_spans]
    return objects


def _originals(rows: Iterable[Any]) -> Iterator[Any]:
    """The rows taken from the text, each once. Skips rows of adjustments, which the plan does not state, and the
    second half of a row that an adjustment has split into two ranges of quarters."""
    contents: set[tuple[Any, ...]] = set()
    for row in rows:
        if not hasattr(row, "known"):
            yield row
            continue
        content = tuple(
            getattr(row, field.attname)
            for field in row._meta.concrete_fields
            if not field.primary_key and field.name not in {"valid", "known"}
        )
        if row.adjustment_id is None and content not in contents:
            contents.add(content)
            yield row


def sections(text: str, quoted: Iterable[Quoted]) -> list[Section]:
    """The sections of the whole text, cut at its headings."""
    layout = layout_of(text)
    return _Reader(layout, list(quoted)).sections(0, len(layout.flat))


def section_of(text: str, quoted: Iterable[Quoted], start: int, end: int) -> Section:
    """The text from `start` to `end` as one section, with its heading's number and closing bracket."""
    layout = layout_of(text)
    left, right = layout.place(start), layout.place(end)
    left -= len(_number_before(layout.flat, left))
    closing = re.compile(r"[^\n（）]*）。?").match(layout.flat, right)
    if closing and layout.flat.rfind("（", left, right) > layout.flat.rfind("）", left, right):
        right = closing.end()
    whole = Section(2, None)
    for part in _Reader(layout, list(quoted)).sections(left, right):
        whole.paragraphs += part.paragraphs
        whole.marks += part.marks
        whole.bodies += part.bodies
        whole.owner = whole.owner or part.owner
    for number, annotation in enumerate(whole.marks, 1):
        annotation.number = number
    return whole


def _number_before(flat: str, place: int) -> str:
    match = _NUMBER_BEFORE.search(flat, max(0, place - 8), place)
    return match[0] if match else ""


class _Reader:
    def __init__(self, layout: Layout, quoted: list[Quoted]) -> None:
        self.flat = layout.flat
        by_place: dict[tuple[int, int], Annotation] = {}
        for item in sorted(quoted, key=lambda q: (q.start, -q.end)):
            annotation = by_place.setdefault((item.start, item.end), Annotation(item.start, item.end, []))
            annotation.quoted.append(item)
        # (start, end, passage, agency only) with [start, end) in the shown text; a passage's last character is shown
        # even where a line break follows it.
        self.placed = [
            (
                layout.place(annotation.start),
                layout.place(annotation.end - 1) + 1,
                annotation,
                all(item.is_body for item in annotation.quoted),
            )
            for annotation in by_place.values()
        ]
        self.placed.sort(key=lambda p: (p[0], -p[1]))

    def sections(self, left: int, right: int) -> list[Section]:
        heads = dict(self._heads(left, right))
        cuts = sorted({left, right, *heads})
        result: list[Section] = []
        for start, end in pairwise(cuts):
            level, owner = heads.get(start, (0, None))
            section = Section(level, owner)
            self._fill(section, start, end)
            if section.paragraphs:
                result.append(section)
        return result

    def _heads(self, left: int, right: int) -> Iterator[tuple[int, tuple[int, Model | None]]]:
        first = True
        for match in re.finditer(r"(?:^|(?<=\n))[^\n]", self.flat[left:right]):
            place = left + match.start()
            if NUMBERINGS[0].match(self.flat, place) or (first and place == left):
                yield place, (1 if NUMBERINGS[0].match(self.flat, place) else 0, None)
            first = False
        levels = {"sector": 2, "taskgroup": 2, "direction": 3, "task": 3}
        for start, _end, annotation, body in self.placed:
            if body or not left <= start < right:
                continue
            for item in annotation.quoted:
                kind = kind_of(item.obj)
                if kind in _HEADINGS and item.role == "passage":
                    number = _number_before(self.flat, start)
                    level = 2 if getattr(item.obj, "part", "") == "safeguard" else levels[kind]
                    yield max(left, start - len(number)), (level, item.obj)

    def _fill(self, section: Section, start: int, end: int) -> None:
        inside = [p for p in self.placed if start <= p[0] < end]
        for _s, _e, annotation, body in inside:
            (section.bodies if body else section.marks).append(annotation)
        for number, annotation in enumerate(section.marks, 1):
            annotation.number = number
        # A passage that begins before this section may extend into it.
        over = [p for p in self.placed if p[0] < end and p[1] > start and not p[3]]
        edges = sorted({start, end, *(p for s, e, *_ in over for p in (s, e) if start < p < end)})
        opens: dict[int, list[Annotation]] = {}
        closes: dict[int, list[Annotation]] = {}
        for s, _e, annotation, _body in inside:
            opens.setdefault(s, []).append(annotation)
        for _s, e, annotation, _body in over:
            if e <= end:
                closes.setdefault(e, []).append(annotation)
        place = start
        for line in self.flat[start:end].split("\n"):
            stop = place + len(line)
            if line.strip():
                paragraph = Paragraph(self._pieces(place, stop, edges, over, opens, closes))
                # The heading of a task or safeguard continues into its text, so it is no paragraph of its own.
                paragraph.is_heading = (
                    not section.paragraphs and section.level in (1, 2) and kind_of(section.owner) != "task"
                )
                section.paragraphs.append(paragraph)
            place = stop + 1

    def _pieces(
        self,
        start: int,
        end: int,
        edges: list[int],
        over: list[tuple[int, int, Annotation, bool]],
        opens: dict[int, list[Annotation]],
        closes: dict[int, list[Annotation]],
    ) -> list[Piece]:
        cuts = [start, *edges[bisect_right(edges, start) : bisect_left(edges, end)], end]
        # Anchors of full texts may begin where no inline passage does.
        cuts = sorted({*cuts, *(place for place in opens if start <= place < end)})
        pieces: list[Piece] = []
        for left, right in pairwise(cuts):
            covering = [p for p in over if p[0] <= left and right <= p[1]]
            shortest = min(covering, key=lambda p: p[1] - p[0], default=None)
            pieces.append(
                Piece(
                    self.flat[left:right],
                    shortest[2] if shortest else None,
                    len(covering),
                    left,
                    opens.get(left, []),
                    closes.get(right, []),
                )
            )
        return pieces
