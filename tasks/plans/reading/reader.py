"""Reads the structure of a plan from its text: `read(text)`. The rules fit official plans in general.

The reader does not search for names of agencies or for certain headings. It uses the common form of such documents:
numbered headings, dashes before principles, brackets that end in 负责, 到某年 before targets. A person adds what these
rules miss in corrections.json, with a reason.
"""

import hashlib
import re

from django.utils.translation import gettext_lazy as _

from tasks.plans.reading import links, places, responsibilities, targets
from tasks.plans.reading.errors import ReadError
from tasks.plans.reading.head import head
from tasks.plans.reading.layout import BULLET, Layout, is_responsibility
from tasks.plans.reading.outline import Item, Outline, outline
from tasks.plans.structure import (
    Bases,
    Direction,
    Group,
    Note,
    Part,
    Principle,
    Project,
    Sector,
    Span,
    Structure,
    Target,
    Task,
)

__all__ = ["ReadError", "read", "text_hash"]


def text_hash(text: str) -> str:
    """SHA-256 of the text as UTF-8, in hex; links data to the text from which it was made."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str) -> Structure:
    """Reads a plan. Raises ReadError, with the line, if the text is no plan or contradicts itself."""
    if not text.strip():
        raise ReadError(_("文件是空的。请给出方案正文的纯文本（UTF-8）。"))
    layout = Layout(text)
    tree = outline(layout)
    sectors = [_sector(layout, item) for part in tree.of_kind("sectors") for item in part.children]
    groups = [_group(layout, item) for item in tree.groups]
    safeguards = [_task(layout, item) for item in tree.safeguards]
    tasks = [task for group in groups for task in group.tasks] + safeguards
    bases = [base for part in tree.parts for base in places.bases(layout, part.mark, part.end)]
    clusters = [cluster for part in tree.parts for cluster in places.clusters(layout, part.mark, part.end)]
    projects = _projects(layout, tree)
    base_names: list[Span] = [name for base in bases for name in base.names]
    brackets = [b for b in layout.brackets if is_responsibility(layout.flat[: b.start], b.content)]
    return Structure(
        text_sha256=text_hash(text),
        head=head(layout, tree),
        parts=tuple(
            Part(item.number, layout.quote(*item.heading), kind)
            for item, kind in zip(tree.parts, tree.kinds, strict=True)
        ),
        principles=tuple(_principles(layout, tree)),
        sectors=tuple(sectors),
        projects=tuple(projects),
        clusters=tuple(clusters),
        bases=tuple(bases),
        groups=tuple(groups),
        safeguards=tuple(safeguards),
        lead_rule=responsibilities.lead_rule(layout, brackets),
        agencies=responsibilities.printed_names(tasks),
        targets=tuple(_targets(layout, tree, bases)),
        links=tuple(links.links(layout, sectors, projects, tasks, base_names)),
        notes=tuple(_notes(layout, tasks, bases, len(brackets))),
    )


def _sector(layout: Layout, item: Item) -> Sector:
    directions = tuple(
        Direction(child.number, layout.quote(*child.heading), layout.span(*child.body))
        for child in item.children
    )
    return Sector(
        item.number, layout.quote(*item.heading), layout.span(item.heading[1] + 1, item.end), directions
    )


def _group(layout: Layout, item: Item) -> Group:
    return Group(
        item.number, layout.quote(*item.heading), tuple(_task(layout, child) for child in item.children)
    )


def _task(layout: Layout, item: Item) -> Task:
    bracket = item.bracket
    return Task(
        ref="-".join(str(above.number) for above in _path(item)),
        code=_code(item),
        number=item.number,
        heading=layout.quote(*item.heading),
        body=layout.span(*item.body),
        bracket=layout.span(bracket.start, bracket.end) if bracket else None,
        mentions=responsibilities.mentions(layout, bracket) if bracket else (),
    )


def _path(item: Item) -> list[Item]:
    return [*_path(item.parent), item] if item.parent else [item]


def _code(item: Item) -> str:
    """The citation form of a heading: 三(四)3."""
    forms = ("{}", "({})", "{}", "({})")
    return "".join(forms[above.level].format(above.printed) for above in _path(item))


def _principles(layout: Layout, tree: Outline) -> list[Principle]:
    """Paragraphs that begin with dashes in the opening part; the heading of each ends at its first full stop."""
    principles: list[Principle] = []
    flat = layout.flat
    for part in tree.of_kind("aims"):
        for line in re.compile(r"(?<=\n)[^\n]+").finditer(flat, part.mark, part.end):
            bullet = BULLET.match(line[0])
            if bullet:
                start = line.start() + bullet.end()
                stop = flat.find("。", start, line.end())
                stop = line.end() if stop < 0 else stop
                principles.append(
                    Principle(
                        len(principles) + 1, layout.quote(start, stop), layout.span(stop + 1, line.end())
                    )
                )
    return principles


def _projects(layout: Layout, tree: Outline) -> list[Project]:
    """Each project once, with the first sector that names it; without a sector if only a task names it."""
    by_name: dict[str, Project] = {}
    for part, kind in zip(tree.parts, tree.kinds, strict=True):
        for item in part.children:
            sector = item.number if kind == "sectors" else None
            for project in places.projects(layout, item.mark, item.end, sector):
                by_name.setdefault(project.name, project)
    return list(by_name.values())


def _targets(layout: Layout, tree: Outline, bases: list[Bases]) -> list[Target]:
    result = [
        target for part in tree.of_kind("aims") for target in targets.yearly(layout, part.mark, part.end)
    ]
    taken: list[Span] = [Span(base.city.start, base.names[-1].end) for base in bases if base.names]
    for part in tree.of_kind("sectors"):
        before = part.children[0].mark if part.children else part.end
        result += targets.undated(layout, part.heading[1], before, taken, "", None)
        for item in part.children:
            result += targets.undated(layout, item.mark, item.end, taken, "", item.number)
    items = [child for group in tree.groups for child in group.children] + tree.safeguards
    for item in items:
        ref = "-".join(str(above.number) for above in _path(item))
        own = [
            targets.counted(layout, start, end, value, ref)
            for start, end, value in places.base_totals(layout, item.heading[1], item.body[1])
        ]
        own += targets.undated(
            layout, item.heading[1], item.body[1], [*taken, *(t.quote for t in own)], ref, None
        )
        result += sorted(own, key=lambda target: target.quote.start)
    return result


def _notes(layout: Layout, tasks: list[Task], bases: list[Bases], brackets: int) -> list[Note]:
    """Inconsistencies for a person to check; the reader does not guess corrections."""
    notes = [
        Note(task.heading.start, task.heading.end, "no_bracket", task.code)
        for task in tasks
        if task.bracket is None
    ]
    notes += [
        Note(base.level.start, base.level.end, "count_differs", f"{base.count}≠{len(base.names)}")
        for base in bases
        if base.count != len(base.names)
    ]
    used = sum(task.bracket is not None for task in tasks)
    if used != brackets:
        notes.append(Note(0, 1, "brackets_unused", f"{brackets - used}"))
    return notes
