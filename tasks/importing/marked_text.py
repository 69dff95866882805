"""The text of an import as its page shows it: paragraphs in pieces, with the marks of what was found and what was not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.importing.queries import Current
from tasks.plans.structure import Span

DUTY_LABELS = {
    "lead": gettext_lazy("牵头"),
    "co": gettext_lazy("配合"),
    "carry": gettext_lazy("落实"),
    "guide": gettext_lazy("指导"),
    "join": gettext_lazy("参与"),
}


@dataclass(frozen=True)
class Mark:
    start: int
    end: int
    kind: str  # the CSS class import__KIND
    number: int = 0  # of the open question
    title: str = ""


@dataclass(frozen=True)
class Piece:
    """A part of a paragraph with the same marks; `start` is its offset in the text, `number` that of a question which
    ends here."""

    text: str
    start: int
    kinds: str
    number: int = 0
    title: str = ""

    @property
    def html(self) -> SafeString:
        shown = format_html(
            '<span data-start="{}" class="{}" title="{}">{}</span>',
            self.start,
            self.kinds,
            self.title,
            self.text,
        )
        if not self.kinds:
            shown = format_html('<span data-start="{}">{}</span>', self.start, self.text)
        if not self.number:
            return shown
        label = _("问%(n)d") % {"n": self.number}
        link = '<a class="import__number" href="#q{}" data-skip>{}</a>'
        return shown + format_html(link, self.number, label)


@dataclass
class Block:
    """A paragraph as it is shown; `label` stands in the margin."""

    start: int
    pieces: list[Piece]
    label: str = ""
    anchor: str = ""
    is_title: bool = False
    is_heading: bool = False
    is_open: bool = False

    @property
    def style(self) -> str:
        return "import__title" if self.is_title else "import__heading" if self.is_heading else ""

    @property
    def html(self) -> SafeString:
        """The pieces without blanks between them, which would show in Chinese text."""
        return format_html_join("", "{}", ((piece.html,) for piece in self.pieces))


_NUMBERED = re.compile(
    r"\s*(?:[一二三四五六七八九十百]{1,4}[、.．]|[（(][一二三四五六七八九十\d]{1,4}[)）]|\d{1,3}\s*[.．、](?!\d)|[①-⑳]|第[一二三四五六七八九十百\d]+[条章节]"
    r"|附件|专栏)"
)


def paragraphs(text: str) -> list[list[tuple[int, int]]]:
    """The text as paragraphs of lines `(start, end)` without blanks at their edges. Lines that were broken at a fixed
    width belong to one paragraph."""
    lines: list[tuple[int, int]] = []
    place = 0
    for raw in re.split(r"(\r\n|\r|\n|\f)", text):
        if raw.strip():
            left = len(raw) - len(raw.lstrip())
            lines.append((place + left, place + len(raw.rstrip())))
        place += len(raw)
    widths = sorted(end - start for start, end in lines)
    width = widths[int(len(widths) * 0.75)] if widths else 0
    wrapped = 15 <= width <= 60
    found: list[list[tuple[int, int]]] = []
    for number, (start, end) in enumerate(lines):
        joins = (
            wrapped
            and number > 0
            and lines[number - 1][1] - lines[number - 1][0] >= width - 3
            and not _NUMBERED.match(text, start)
        )
        if joins:
            found[-1].append((start, end))
        else:
            found.append([(start, end)])
    return found


def marks_of(now: Current, numbers: dict[str, int]) -> list[Mark]:
    """Everything that was found in the text, and what was not understood. `numbers` {question's key: number}."""
    structure = now.structure
    found: list[Mark] = []

    def mark(span: Span | None, kind: str, title: Any = "") -> None:
        if span is not None and span.end > span.start:
            found.append(Mark(span.start, span.end, kind, title=str(title)))

    for part in structure.parts:
        mark(part.heading, "part")
    for group in structure.groups:
        mark(group.heading, "group")
        for mention in group.mentions:
            mark(mention.quote, mention.duty, DUTY_LABELS[mention.duty])
    for task in structure.all_tasks:
        mark(task.heading, "task")
        mark(task.deadline, "deadline", _("时限"))
        for mention in task.mentions:
            mark(mention.quote, mention.duty, DUTY_LABELS.get(mention.duty, ""))
    for target in structure.targets:
        mark(target.quote, "target", _("目标"))
    for question in now.questions.questions:
        if question.is_open and question.end > question.start:
            kind = "unread" if question.lost else "question"
            found.append(
                Mark(question.start, question.end, kind, numbers.get(question.key, 0), question.sentence)
            )
    return found


def blocks(now: Current, numbers: dict[str, int]) -> list[Block]:
    """The text in paragraphs with its marks."""
    text, structure = now.row.text, now.structure
    marks = sorted(marks_of(now, numbers), key=lambda one: (one.start, -one.end))
    tasks = {task.heading.start: (n, task) for n, task in enumerate(structure.all_tasks, 1)}
    groups = {group.heading.start: n for n, group in enumerate(structure.groups, 1)}
    title = structure.head.title
    shown: list[Block] = []
    live: list[Mark] = []
    following = 0
    for lines in paragraphs(text):
        begin, stop = lines[0][0], lines[-1][1]
        live = [one for one in live if one.end > begin]
        while following < len(marks) and marks[following].start < stop:
            live.append(marks[following])
            following += 1
        block = Block(begin, _pieces(text, lines, live))
        inside = [one for one in live if begin <= one.start < stop]
        for one in inside:
            if one.start in tasks and one.kind == "task":
                number, task = tasks[one.start]
                block.label, block.anchor = _("任务%(n)d") % {"n": number}, f"text-{task.ref}"
                break
            if one.start in groups and one.kind == "group":
                block.label = _("组%(n)d") % {"n": groups[one.start]}
        targets = sum(one.kind == "target" for one in inside)
        if targets and not block.label:
            block.label = _("目标%(n)d") % {"n": targets}
        # 现将《方案》印发给你们 quotes the title and is none.
        block.is_title = begin < title.end and title.start < stop and not text[begin : title.start].strip()
        block.is_heading = any(
            one.kind in ("part", "group") and one.start - begin < 8 and stop - one.end < 3 for one in inside
        )
        block.is_open = any(one.number for one in inside)
        shown.append(block)
    return shown


def _pieces(text: str, lines: Sequence[tuple[int, int]], marks: Sequence[Mark]) -> list[Piece]:
    pieces = []
    for start, end in lines:
        cuts = {start, end}
        for one in marks:
            cuts |= {place for place in (one.start, one.end) if start < place < end}
        edges = sorted(cuts)
        for left, right in pairwise(edges):
            covering = [one for one in marks if one.start <= left and right <= one.end]
            kinds = " ".join(dict.fromkeys(f"import__{one.kind}" for one in covering))
            asked = next((one.number for one in covering if one.number and one.end == right), 0)
            said = next((one.title for one in reversed(covering) if one.title), "")
            pieces.append(Piece(text[left:right], left, kinds, asked, said))
    return pieces
