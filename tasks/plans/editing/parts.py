"""Edits of parts: which there are, what each is, and with it what stands in it."""

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from tasks.plans.editing.anchors import task_end
from tasks.plans.editing.draft import Draft
from tasks.plans.editing.typed import limited
from tasks.plans.editing.values import PART_KINDS, Edit, EditError
from tasks.plans.structure import Direction, Group, Part, Sector, Span, Task


def set_part(draft: Draft, edit: Edit) -> None:
    """`part` (anchor of its heading), `kind`: what the part is. What stands in it changes with it."""
    at = draft.find(edit["part"])
    kind = str(edit["kind"])
    part = next((one for one in draft.parts if one.heading.start == at.start), None)
    if part is None or kind not in PART_KINDS:
        raise EditError(_("没有这个部分，请刷新页面。"))
    if part.kind == kind:
        return
    start = part.heading.end
    end = min(
        (one.heading.start for one in draft.parts if one.heading.start > start), default=len(draft.text)
    )
    _to_tasks(draft, part, start, end) if part.kind == "sectors" else None
    inside = [task for task in draft.tasks if start <= task.heading.start < end]
    groups = [group for group in draft.groups if start <= group.heading.start < end]
    if kind == "safeguards":
        for task in inside:
            draft.group_of[task.ref] = None
        _without_groups(draft, groups)
    elif kind == "tasks":
        loose = [task for task in inside if draft.group_of[task.ref] is None]
        if loose:
            draft.groups.append(Group(len(draft.groups) + 1, part.heading, ()))
            draft.regrouped = True
            for task in loose:
                draft.group_of[task.ref] = part.heading.start
    else:
        if kind == "sectors":
            _to_sectors(draft, groups, inside)
        for task in inside:
            draft.tasks.remove(task)
            del draft.group_of[task.ref]
        _without_groups(draft, groups)
    draft.parts = [replace(one, kind=kind) if one is part else one for one in draft.parts]
    draft.sort()


def add_part(draft: Draft, edit: Edit) -> None:
    """`at`: the words that are the part's name; `kind`: what it is. It begins there and ends where the next one begins."""
    at, kind = draft.find(edit["at"]), str(edit["kind"])
    limited(at.name, "heading", _("部分的名称"))
    if kind not in PART_KINDS:
        raise EditError(_("请选这个部分是什么。"))
    if any(one.heading.start < at.end and at.start < one.heading.end for one in draft.parts):
        raise EditError(_("“%(name)s”已是一个部分。") % {"name": at.name[:40]})
    if any(one.heading.start < at.end and at.start < one.heading.end for one in draft.tasks):
        raise EditError(_("“%(name)s”现在是一项任务，请先说明它不是任务。") % {"name": at.name[:40]})
    above = [one for one in draft.parts if one.heading.start < at.start]
    before = above[-1].kind if above else "other"
    added = Part(len(draft.parts) + 1, at, before)
    draft.parts = sorted([*draft.parts, added], key=lambda one: one.heading.start)
    set_part(draft, {"part": edit["at"], "kind": kind})
    if kind != "tasks":  # its own heading was taken for a group's
        own = [one for one in draft.groups if one.heading.start < at.end and at.start < one.heading.end]
        _without_groups(draft, own)
        draft.sort()


def drop_part(draft: Draft, edit: Edit) -> None:
    """`part` (anchor of its heading): it is none, and what stands in it belongs to the part before it."""
    at = draft.find(edit["part"])
    place = next((n for n, one in enumerate(draft.parts) if one.heading.start == at.start), None)
    if place is None:
        raise EditError(_("没有这个部分，请刷新页面。"))
    if place:
        set_part(draft, {"part": edit["part"], "kind": draft.parts[place - 1].kind})
    draft.parts = [one for number, one in enumerate(draft.parts) if number != place]


def _without_groups(draft: Draft, groups: Sequence[Group]) -> None:
    if groups:
        draft.groups = [one for one in draft.groups if one not in groups]
        draft.regrouped = True


def _to_tasks(draft: Draft, part: Part, start: int, end: int) -> None:
    """Sectors become groups, their directions tasks; a sector without directions is a task."""
    inside = [sector for sector in draft.sectors if start <= sector.heading.start < end]
    draft.sectors = [sector for sector in draft.sectors if sector not in inside]
    loose = [sector for sector in inside if not sector.directions]
    if loose:
        draft.groups.append(Group(len(draft.groups) + 1, part.heading, ()))
    for sector in inside:
        if sector.directions:
            draft.groups.append(Group(len(draft.groups) + 1, sector.heading, ()))
        for item in sector.directions or (sector,):
            refs = {task.ref for task in draft.tasks}
            ref = f"{part.number}-{sector.number}" + (f"-{item.number}" if sector.directions else "")
            while ref in refs:
                ref += "a"
            draft.tasks.append(
                Task(
                    ref=ref,
                    code=ref,
                    number=item.number,
                    heading=item.heading,
                    body=item.body,
                    bracket=None,
                    mentions=(),
                )
            )
            owner = sector.heading if sector.directions else part.heading
            draft.group_of[ref] = owner.start
    draft.regrouped = True
    draft.sort()


def _to_sectors(draft: Draft, groups: Sequence[Group], tasks: Sequence[Task]) -> None:
    number = max((sector.number for sector in draft.sectors), default=0)
    for group in groups:
        own = [task for task in tasks if draft.group_of[task.ref] == group.heading.start]
        number += 1
        end = max([group.heading.end, *(task_end(task) for task in own)])
        draft.sectors.append(
            Sector(
                number,
                group.heading,
                Span(group.heading.end, end),
                tuple(Direction(n, task.heading, task.body) for n, task in enumerate(own, 1)),
            )
        )
