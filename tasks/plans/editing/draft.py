"""The plan while edits are applied to it, and what edits refer to in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from django.utils.translation import gettext as _

from tasks.plans.corrections import (
    Corrections,
    DeadlineEntry,
    DutyEntry,
    HeadEntry,
    HeadingEntry,
    IndicatorEntry,
)
from tasks.plans.editing.anchors import locate, task_end
from tasks.plans.editing.values import AgencyChoice, Answer, Edited, EditError, Failure
from tasks.plans.structure import Group, Head, Mention, Part, Printed, Quote, Sector, Structure, Target, Task


@dataclass
class Draft:
    """The plan while edits are applied. Records are frozen, so a copy of the lists is a copy of the draft."""

    text: str
    structure: Structure
    head: Head = field(init=False)
    parts: list[Part] = field(init=False)
    sectors: list[Sector] = field(init=False)
    groups: list[Group] = field(init=False)  # without their tasks
    tasks: list[Task] = field(init=False)  # in the order of the plan
    group_of: dict[str, int | None] = field(
        init=False
    )  # {ref: heading.start of its group; None: a safeguard}
    targets: list[Target] = field(init=False)
    head_entries: dict[str, HeadEntry] = field(default_factory=dict)
    headings: dict[str, HeadingEntry] = field(default_factory=dict)
    duties: list[DutyEntry] = field(default_factory=list)
    deadlines: dict[str, DeadlineEntry] = field(default_factory=dict)
    indicators: dict[str, IndicatorEntry] = field(default_factory=dict)
    agencies: dict[str, AgencyChoice] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    jurisdiction: dict[str, Any] = field(default_factory=dict)
    pairs: dict[tuple[str, str], str] = field(default_factory=dict)
    regrouped: bool = False

    def __post_init__(self) -> None:
        found = self.structure
        self.head = found.head
        self.parts = list(found.parts)
        self.sectors = list(found.sectors)
        self.groups = [replace(group, tasks=()) for group in found.groups]
        self.tasks = list(found.all_tasks)
        self.group_of = {task.ref: group.heading.start for group in found.groups for task in group.tasks}
        self.group_of |= {task.ref: None for task in found.safeguards}
        self.targets = list(found.targets)

    def copy(self) -> "Draft":
        other = object.__new__(Draft)
        for one in fields(self):
            value = getattr(self, one.name)
            setattr(other, one.name, value.copy() if isinstance(value, list | dict) else value)
        return other

    def find(self, place: Mapping[str, Any], between: tuple[int, int] | None = None) -> Quote:
        found = locate(self.text, place, between)
        if found is None:
            raise EditError(
                _("原文中找不到“%(quote)s”，请在左栏选中这些字，或照原文键入。")
                % {"quote": str(place.get("quote", ""))[:40]}
            )
        return found

    def task(self, place: Mapping[str, Any]) -> Task:
        """The task whose heading the anchor quotes, or which has the ref `ref`."""
        if ref := place.get("ref"):
            found = next((task for task in self.tasks if task.ref == ref), None)
            if found is not None:
                return found
        at = locate(self.text, place)
        if at is not None:
            for task in self.tasks:
                if task.heading.start <= at.start < max(task.heading.end, task.heading.start + 1):
                    return task
        raise EditError(
            _("没有“%(quote)s”这项任务，它可能已被改动，请刷新页面。")
            % {"quote": str(place.get("quote") or place.get("ref", ""))[:40]}
        )

    def group(self, place: Mapping[str, Any] | None) -> Group | None:
        """The group whose heading the anchor quotes; None stands for the safeguards."""
        if place is None:
            return None
        at = locate(self.text, place)
        for group in self.groups:
            if at is not None and group.heading.start <= at.start < group.heading.end:
                return group
        raise EditError(
            _("没有“%(quote)s”这个任务组，它可能已被改动，请刷新页面。")
            % {"quote": str(place.get("quote", ""))[:40]}
        )

    def mention(self, task: Task, place: Mapping[str, Any]) -> Mention:
        at = locate(self.text, place, (task.heading.start, task_end(task)))
        for mention in task.mentions:
            if at is not None and mention.quote.start == at.start:
                return mention
        raise EditError(
            _("这项任务没有列“%(quote)s”，它可能已被改动，请刷新页面。")
            % {"quote": str(place.get("quote", ""))[:40]}
        )

    def put(self, task: Task) -> None:
        self.tasks = [task if one.ref == task.ref else one for one in self.tasks]

    def heading_starts(self) -> list[int]:
        tasks, groups, parts = self.tasks, self.groups, self.parts
        return [
            *(one.heading.start for one in tasks),
            *(one.heading.start for one in groups),
            *(one.heading.start for one in parts),
        ]

    def sort(self) -> None:
        """Groups and tasks in the order of the text; the safeguards come after the tasks."""
        self.groups.sort(key=lambda group: group.heading.start)
        if self.regrouped:
            self.groups = [replace(group, number=number) for number, group in enumerate(self.groups, 1)]
        order = {group.heading.start: number for number, group in enumerate(self.groups)}

        def place(task: Task) -> tuple[int, int]:
            start = self.group_of[task.ref]
            return (len(order) if start is None else order[start], task.heading.start)

        self.tasks.sort(key=place)

    def drop_name(self, task: Task, name: str) -> None:
        self.duties = [one for one in self.duties if (one.task, one.name) != (task.ref, name)]
        self.put(replace(task, mentions=tuple(one for one in task.mentions if one.name != name)))

    def names(self) -> set[str]:
        printed = {mention.name for task in self.tasks for mention in task.mentions}
        return printed | {entry.name for entry in self.duties}

    def edited(self, failures: tuple[Failure, ...]) -> Edited:
        tasks = self.tasks
        structure = replace(
            self.structure,
            head=self.head,
            parts=tuple(self.parts),
            sectors=tuple(self.sectors),
            groups=tuple(
                replace(
                    group, tasks=tuple(one for one in tasks if self.group_of[one.ref] == group.heading.start)
                )
                for group in self.groups
            ),
            safeguards=tuple(one for one in tasks if self.group_of[one.ref] is None),
            agencies=self._printed(tasks),
            targets=tuple(self.targets),
            links=tuple(link for link in self.structure.links if link.task in self.group_of),
        )
        corrections = Corrections(
            text_sha256=self.structure.text_sha256,
            head=tuple(self.head_entries.values()),
            headings=tuple(self.headings.values()),
            duties=tuple(self.duties),
            deadlines=tuple(self.deadlines.values()),
            indicators=tuple(self.indicators.values()),
        )
        return Edited(
            structure,
            corrections,
            dict(self.agencies),
            dict(self.answers),
            failures,
            dict(self.jurisdiction),
            dict(self.pairs),
        )

    def _printed(self, tasks: Iterable[Task]) -> tuple[Printed, ...]:
        """The names in the brackets, each once. A name that the reader knows keeps what it says of it."""
        known = {one.name: one for one in self.structure.agencies}
        found: dict[str, Printed] = {}
        for mention in [
            *(mention for group in self.groups for mention in group.mentions),
            *(mention for task in tasks for mention in task.mentions),
        ]:
            printed = Printed(mention.quote, mention.suffix, False, mention.full)
            found.setdefault(mention.name, known.get(mention.name) or printed)
        # The reader's own order is that of the first occurrence; only new names come after.
        order = {name: number for number, name in enumerate(known)}
        return tuple(sorted(found.values(), key=lambda one: order.get(one.name, len(order))))
