"""Reads the structure of a plan from its text: `read(text)`. The rules fit official plans in general.

The reader does not search for names of agencies or for certain headings. It uses the common form of such documents:
numbered headings, dashes before principles, brackets that end in 负责, 到某年 before targets. A person adds what these
rules miss in corrections.json, with a reason.
"""

import hashlib
import re
from datetime import date

from django.utils.translation import gettext_lazy as _

from tasks.plans.reading import deadlines, gaps, links, places, prose, targets
from tasks.plans.reading.brackets import deadline_lines, responsibility_passages
from tasks.plans.reading.errors import ReadError
from tasks.plans.reading.head import head
from tasks.plans.reading.layout import BULLET, Layout
from tasks.plans.reading.outline import Item, outline
from tasks.plans.reading.parts import Plan, plan_parts
from tasks.plans.reading.responsibilities import Responsibilities, printed_names
from tasks.plans.structure import (
    Bases,
    Deadline,
    Direction,
    Group,
    Mention,
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


# Fewer characters than these are no text of a task.
_NOTHING = 3


def text_hash(text: str) -> str:
    """SHA-256 of the text as UTF-8, in hex; links data to the text from which it was made."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str) -> Structure:
    """Reads a plan. What is not understood becomes a question. Raises ReadError if the text is no plan."""
    if not text.strip():
        raise ReadError(_("文件是空的。请给出方案正文的纯文本（UTF-8）。"))
    layout = Layout(text)
    passages = responsibility_passages(layout.flat, is_unbroken=layout.is_unbroken)
    tree = outline(layout, passages)
    if not tree.parts:
        raise ReadError(
            _("原文中没有“一、”这样的编号标题，无法读出方案的结构。请确认文件是方案正文的纯文本。")
        )
    plan = plan_parts(layout, tree)
    passages += prose.give(layout.flat, plan)
    unread = prose.waiting(plan)
    until = deadline_lines(layout.flat, passages, is_unbroken=layout.is_unbroken)
    passages += prose.give_deadlines(plan, until)
    passages.sort(key=lambda passage: passage.start)
    the_head = head(layout, tree)
    issued = the_head.issued_on.day if the_head.issued_on else None
    reader = _Reader(layout, plan, Responsibilities(layout, passages), issued)
    sectors = [_sector(layout, item) for part in plan.of_kind("sectors") for item in part.children]
    groups = reader.groups()
    safeguards = [reader.task(item, None) for item in plan.safeguards]
    tasks = [task for group in groups for task in group.tasks] + safeguards
    bases = [base for part in tree.parts for base in places.bases(layout, part.start, part.end)]
    clusters = [cluster for part in tree.parts for cluster in places.clusters(layout, part.start, part.end)]
    projects = _projects(layout, plan)
    base_names: list[Span] = [name for base in bases for name in base.names]
    rule = reader.responsibilities.rule
    found = Structure(
        text_sha256=text_hash(text),
        head=the_head,
        parts=tuple(
            Part(item.number, layout.quote(*item.heading), kind)
            for item, kind in zip(tree.parts, plan.kinds, strict=True)
        ),
        principles=tuple(_principles(layout, plan)),
        sectors=tuple(sectors),
        projects=tuple(projects),
        clusters=tuple(clusters),
        bases=tuple(bases),
        groups=tuple(groups),
        safeguards=tuple(safeguards),
        lead_rule=rule.quote if rule else None,
        agencies=printed_names(
            [*(m for group in groups for m in group.mentions), *(m for task in tasks for m in task.mentions)]
        ),
        targets=tuple(_targets(layout, plan, bases)),
        links=tuple(links.links(layout, sectors, projects, tasks, base_names)),
        notes=tuple(_notes(bases)),
        for_all=reader.responsibilities.for_all,
    )
    return gaps.questioned(layout, plan, passages, unread, reader.responsibilities, found)


class _Reader:
    """Makes the records of groups and tasks from the headings and the responsibility passages."""

    def __init__(
        self, layout: Layout, plan: Plan, responsibilities: Responsibilities, issued: date | None
    ) -> None:
        self.layout = layout
        self.plan = plan
        self.responsibilities = responsibilities
        self.issued = issued

    def groups(self) -> list[Group]:
        """The groups with their tasks, in the order of the text."""
        items = self.plan.groups
        numbers = [item.number for item in items]
        one_level = len({id(item.parent) for item in items}) == 1 or len({item.kind for item in items}) == 1
        as_printed = one_level and len(set(numbers)) == len(numbers)
        # The printed number alone says which group it is where all stand in one part, as the only level above the tasks.
        plain = as_printed and len({id(item.parent) for item in items}) == 1
        tasks: dict[int, list[Item]] = {}
        for task in self.plan.tasks:
            tasks.setdefault(id(self.plan.group_of(task)), []).append(task)
        return [
            self._group(item, tasks.get(id(item), []), item.number if as_printed else order, plain=plain)
            for order, item in enumerate(items, 1)
        ]

    def _group(self, item: Item, tasks: list[Item], number: int, *, plain: bool) -> Group:
        own = item.brackets if item not in tasks else []
        printed = item.lists if own else []
        quote = self.layout.quote
        return Group(
            number,
            quote(*item.heading),
            tuple(self.task(task, item) for task in tasks),
            code="" if plain else item.code,
            above=tuple(quote(*each.heading) for each in item.path[1:-1]),
            bracket=self.layout.span(printed[-1].start, printed[-1].end) if printed else None,
            mentions=self.responsibilities.mentions(own) if own else (),
        )

    def task(self, item: Item, group: Item | None) -> Task:
        """The record of one task or safeguard."""
        layout = self.layout
        brackets = item.lists
        end = brackets[-1].start if brackets else item.end
        start = item.heading[1] + (layout.flat[item.heading[1] : item.heading[1] + 1] in ("。", "\n", "："))
        if brackets and end - start < _NOTHING and item.end - brackets[-1].end > _NOTHING:
            # The list stands directly under the heading, before the text.
            start, end = brackets[-1].end, item.end
        start = min(start, end)
        deadline = self._deadline(item)
        return Task(
            ref=item.ref,
            code=item.code,
            number=item.number,
            heading=layout.quote(*item.heading),
            body=layout.span(start, end),
            bracket=layout.span(brackets[-1].start, brackets[-1].end) if brackets else None,
            mentions=self._mentions(item, group),
            deadline=deadline,
            other_brackets=tuple(layout.span(bracket.start, bracket.end) for bracket in brackets[:-1]),
        )

    def _mentions(self, item: Item, group: Item | None) -> tuple[Mention, ...]:
        mentions = self.responsibilities.mentions(item.brackets)
        if not mentions:
            above = next((each for each in reversed(item.path[:-1]) if each.brackets), None)
            if above is not None:
                mentions = self.responsibilities.mentions(above.brackets, scope="group")
        if item.start >= self.responsibilities.for_all_from:
            named = {mention.name for mention in mentions}
            mentions += tuple(each for each in self.responsibilities.for_all if each.name not in named)
        return mentions

    def _deadline(self, item: Item) -> Deadline | None:
        found = []
        for place in self.responsibilities.deadline(item.brackets):
            quote = self.layout.quote(*place)
            day, inferred = deadlines.last_day(quote.name, self.issued)
            found.append(Deadline(quote.start, quote.end, quote.name, day, inferred))
        # The latest day where there are several; words without a day (持续推进) only where there is none.
        return max(found, key=lambda deadline: deadline.day or date.min, default=None)


def _sector(layout: Layout, item: Item) -> Sector:
    directions = tuple(
        Direction(child.number, layout.quote(*child.heading), layout.span(child.heading[1] + 1, child.end))
        for child in item.children
    )
    return Sector(
        item.number, layout.quote(*item.heading), layout.span(item.heading[1] + 1, item.end), directions
    )


def _principles(layout: Layout, plan: Plan) -> list[Principle]:
    """Paragraphs that begin with dashes in the opening part; the heading of each ends at its first full stop."""
    principles: list[Principle] = []
    flat = layout.flat
    for part in plan.of_kind("aims"):
        for line in re.compile(r"(?<=\n)[^\n]+").finditer(flat, part.start, part.end):
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


def _projects(layout: Layout, plan: Plan) -> list[Project]:
    """Each project once, with the first sector that names it; without a sector if only a task names it."""
    by_name: dict[str, Project] = {}
    for part, kind in zip(plan.outline.parts, plan.kinds, strict=True):
        for item in part.children:
            sector = item.number if kind == "sectors" else None
            for project in places.projects(layout, item.start, item.end, sector):
                by_name.setdefault(project.name, project)
    return list(by_name.values())


def _targets(layout: Layout, plan: Plan, bases: list[Bases]) -> list[Target]:
    result = [
        target for part in plan.of_kind("aims") for target in targets.yearly(layout, part.start, part.end)
    ]
    taken: list[Span] = [Span(base.city.start, base.names[-1].end) for base in bases if base.names]
    for part in plan.of_kind("sectors"):
        before = part.children[0].start if part.children else part.end
        result += targets.undated(layout, part.heading[1], before, taken, "", None)
        for item in part.children:
            result += targets.undated(layout, item.start, item.end, taken, "", item.number)
    for item in [*plan.tasks, *plan.safeguards]:
        ref = item.ref
        start = item.heading[1]
        end = item.lists[-1].start if item.lists else item.end
        own = [
            targets.counted(layout, start, end, value, ref)
            for start, end, value in places.base_totals(layout, start, end)
        ]
        own += targets.undated(layout, start, end, [*taken, *(t.quote for t in own)], ref, None)
        result += sorted(own, key=lambda target: target.quote.start)
    return result


def _notes(bases: list[Bases]) -> list[Note]:
    """Inconsistencies of the text for a person to check; the reader does not guess corrections."""
    return [
        Note(base.level.start, base.level.end, "count_differs", f"{base.count}≠{len(base.names)}")
        for base in bases
        if base.count != len(base.names)
    ]
