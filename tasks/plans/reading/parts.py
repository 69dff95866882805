"""Tells what the headings of a plan are: aims, sectors, groups, tasks, safeguards.

A task is an item that has responsible agencies of its own, and so is every item beside it at the same level. In a plan
that names no agencies, the tasks are the items of the deepest level that all its parts of that kind have.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from tasks.plans.reading.layout import Layout
from tasks.plans.reading.outline import Item, Outline

_AIMS = re.compile(
    r"^(?:总体(?:要求|思路|目标|考虑|安排)|指导思想|基本原则|基本思路|工作(?:目标|思路|原则)|主要目标|发展目标|目标(?:任务|要求)?$|总则|总论|发展基础|现状"
    r"|背景|形势|基本情况|重要意义|适用范围|编制依据|实施范围)|(?:指导思想|基本原则|战略目标|总体要求|总体目标|主要目标|发展目标|工作目标)$"
)
_SAFEGUARDS = re.compile(
    r"(?:保障(?:措施|机制|体系)?|组织(?:实施|领导|保障|推进)|工作(?:要求|保障|机制)|实施(?:机制|要求|保障)|推进(?:机制|落实)|落实(?:机制|要求)|督促(?:落实|检查)|有关要求|监督(?:考核|检查))$"
    r"|^(?:保障|组织实施|组织领导|组织保障|(?:完善|健全|强化|建立).{0,4}(?:推进|落实|保障|工作)机制)"
)


@dataclass
class Plan:
    """The headings of a plan by what they are. `groups` has those that hold tasks or could, in the order of the text.

    `idle` are headings with items that are neither tasks nor aims nor sectors (safeguards that name no agency).
    `names_bodies` is false for a plan in which no task has responsible agencies.
    """

    outline: Outline
    kinds: list[str]
    tasks: list[Item] = field(default_factory=list)
    safeguards: list[Item] = field(default_factory=list)
    groups: list[Item] = field(default_factory=list)
    idle: list[Item] = field(default_factory=list)
    names_bodies: bool = True
    # For how many tasks it was counted how many of the headings below each heading hold tasks.
    _held: tuple[int, Counter[int]] = (0, Counter())

    def group_of(self, task: Item) -> Item:
        """The heading that a task is filed under: the one above it, or itself where groups stand beside it."""
        if task.parent is None:
            return task
        if self._held[0] != len(self.tasks):
            holding = {id(item): item for each in self.tasks for item in each.path[:-1]}
            self._held = (len(self.tasks), Counter(id(item.parent) for item in holding.values()))
        return task if self._held[1][id(task.parent)] else task.parent

    def of_kind(self, kind: str) -> list[Item]:
        """The parts of one kind."""
        return [part for part, its in zip(self.outline.parts, self.kinds, strict=True) if its == kind]


def plan_parts(layout: Layout, outline: Outline) -> Plan:
    """Tells the kind of each part, and which items are tasks."""
    families = _last_only(outline)
    for part in outline.parts:
        _fold(part, families)
    if not any(item.brackets for item in outline.items):
        return _without_bodies(layout, outline)
    kinds = Counter(
        _kind_of_tasks(item) for item in outline.items if item.brackets and not _bears_below(item)
    )
    usual = max(kinds, key=lambda kind: (kinds[kind], kind))
    plan = Plan(outline, [])
    bearing_runs = {part.run for part in outline.parts if part.brackets or _bears_below(part)}
    for number, part in enumerate(outline.parts):
        name = layout.flat[slice(*part.heading)]
        if part.run not in bearing_runs:
            # The notice that issues the plan, or an annex that is no plan.
            plan.kinds.append("other")
            continue
        mine = [item for item in (part, *part.below) if item.brackets and not _bears_below(item)]
        if mine:
            is_last = number == len(outline.parts) - 1 or outline.parts[number + 1].run != part.run
            # The last part whose items stand at a higher level than the tasks are the safeguards, whatever their name.
            higher = is_last and len(mine) > 1 and all(part.kind < item.kind < usual for item in mine)
            plan.kinds.append("safeguards" if number and (higher or _SAFEGUARDS.search(name)) else "tasks")
            _collect(plan, part, mine[0].kind if higher else usual, plan.kinds[-1])
        else:
            plan.kinds.append(_idle_kind(part, name))
            # What stands after tasks and is no aims by its name may hold tasks without agencies.
            after_tasks = "tasks" in plan.kinds and not (_AIMS.search(name) or name.startswith("附则"))
            if part.children and (plan.kinds[-1] in ("safeguards", "other") or after_tasks):
                plan.idle.append(part)
    return plan


def _kind_of_tasks(item: Item) -> int:
    """The kind of the tasks for which the item's passages are: its own, or that of its items (以上任务由…)."""
    summed = item.children and all(passage.is_summary for passage in item.brackets)
    return item.children[0].kind if summed else item.kind


def _bears_below(item: Item) -> bool:
    return any(below.brackets for below in item.below)


def _last_only(outline: Outline) -> Counter[tuple[int, bool]]:
    """For each kind of heading, in how many groups of items only the last one has a bracket, and in how many others do."""
    families: Counter[tuple[int, bool]] = Counter()
    for item in outline.items:
        having = [bool(child.brackets) or _bears_below(child) for child in item.children]
        if len(having) > 1 and any(having):
            families[(item.children[0].kind, having == [False] * (len(having) - 1) + [True])] += 1
    return families


def _fold(item: Item, families: Counter[tuple[int, bool]]) -> None:
    """Takes items that are only steps of a task into it: of its steps, only the last one is followed by a bracket."""
    for child in item.children:
        _fold(child, families)
    having = [bool(child.brackets) for child in item.children]
    if not item.children or (_bears_below(item) and not any(having)):
        return
    only_last = len(having) > 1 and having == [False] * (len(having) - 1) + [True] and not item.brackets
    kind = item.children[0].kind
    if only_last and item.parent and families[(kind, True)] >= families[(kind, False)]:
        if any(below.children and _bears_below(below) for below in item.children):
            return
        item.brackets = item.children[-1].brackets
        item.children[-1].brackets = []


def _idle_kind(part: Item, name: str) -> str:
    if _SAFEGUARDS.search(name):
        return "safeguards"
    if _AIMS.search(name):
        return "aims"
    if any(child.children for child in part.children):
        return "sectors"
    return "other" if part.run else "aims"


def _collect(plan: Plan, part: Item, usual: int, kind: str) -> None:
    """The tasks of a part: its items with brackets, and the items beside them."""
    found: list[Item] = []

    def visit(item: Item) -> None:
        if not _bears_below(item):
            # A bracket at the heading of a group is for the tasks below it.
            own = [below for below in item.below if below.kind == usual] if item.kind < usual else []
            summed = item.children if _kind_of_tasks(item) != item.kind else []
            found.extend(own or summed or [item])
            return
        for child in item.children:
            if child.brackets or _bears_below(child):
                visit(child)
            elif child.kind >= usual or not child.children:
                if child.kind >= usual or _beside(child):
                    found.append(child)
                else:
                    plan.idle.append(child)
            else:
                deeper = [below for below in child.below if below.kind == usual]
                found.extend(deeper)
                plan.idle += [] if deeper else [child]

    visit(part)
    if kind == "safeguards":
        plan.safeguards += found
        return
    _file(plan, part, found)


def _file(plan: Plan, part: Item, found: list[Item]) -> None:
    """Adds tasks of a part, and their groups; a group beside them that has no task is one, too."""
    plan.tasks += found
    tasks = {id(task) for task in found}
    heads = {id(plan.group_of(task)) for task in found}
    levels = {item.kind for item in (part, *part.below) if id(item) in heads}
    plan.groups += [
        item
        for item in (part, *part.below)
        if id(item) in heads
        or (item is not part and item.kind in levels and item.children and id(item) not in tasks)
    ]


def idle_tasks(plan: Plan, heading: Item) -> list[Item]:
    """What below an idle heading would be tasks: the items of the level at which the plan's other tasks stand."""
    usual = Counter(task.kind for task in plan.tasks).most_common(1)[0][0]
    return _at_level(heading, usual)


def adopt(plan: Plan, heading: Item, tasks: list[Item]) -> None:
    """Takes items of an idle heading as tasks after all, or as safeguards, in the order of the text."""
    part = heading.path[0]
    place = next(number for number, each in enumerate(plan.outline.parts) if each is part)
    plan.idle.remove(heading)
    if plan.kinds[place] == "safeguards":
        plan.safeguards = sorted([*plan.safeguards, *tasks], key=lambda item: item.start)
        return
    plan.kinds[place] = "tasks"
    _file(plan, part, tasks)
    plan.tasks.sort(key=lambda item: item.start)
    plan.groups = sorted({id(item): item for item in plan.groups}.values(), key=lambda item: item.start)


def _beside(item: Item) -> bool:
    """Whether items of the same level beside this one have brackets."""
    siblings = item.parent.children if item.parent else []
    return any(other.brackets and not _bears_below(other) and other.kind == item.kind for other in siblings)


def _without_bodies(layout: Layout, outline: Outline) -> Plan:
    plan = Plan(outline, [], names_bodies=False)
    names = [layout.flat[slice(*part.heading)] for part in outline.parts]
    plan.kinds = [
        "aims"
        if _AIMS.search(name) or not (part.children or len(outline.parts) > 3)
        else "safeguards"
        if number and _SAFEGUARDS.search(name)
        else "tasks"
        for number, (part, name) in enumerate(zip(outline.parts, names, strict=True))
    ]
    work = [part for part, kind in zip(outline.parts, plan.kinds, strict=True) if kind != "aims"]
    levels = [{item.kind for item in part.below} for part in work if part.children]
    common = set.intersection(*levels) if levels else set()
    counts = Counter(item.kind for part in work for item in part.below)
    deepest = max(common, default=max(counts, key=lambda kind: counts[kind], default=-1))
    for part, kind in zip(outline.parts, plan.kinds, strict=True):
        if kind == "aims":
            continue
        found = _at_level(part, deepest)
        if kind == "safeguards":
            plan.safeguards += found
            continue
        _file(plan, part, found)
    return plan


def _at_level(item: Item, level: int) -> list[Item]:
    if item.kind >= level or not item.children:
        return [item]
    return [task for child in item.children for task in _at_level(child, level)]
