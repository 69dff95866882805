"""Edits of tasks and groups: their names, which there are, and which task is in which group."""

import re
from dataclasses import replace

from django.utils.translation import gettext as _

from tasks.plans.corrections import HeadingEntry
from tasks.plans.editing.anchors import locate, number_before, task_end
from tasks.plans.editing.draft import Draft
from tasks.plans.editing.typed import limited
from tasks.plans.editing.values import Edit, EditError
from tasks.plans.structure import Group, Mention, Quote, Span, Task

_LAST_NUMBER = re.compile(r"[（(]?[\d一二三四五六七八九十]+[）)]?$")


def set_heading(draft: Draft, edit: Edit) -> None:
    """`task`, and `at` or `value`: the task's name."""
    task = draft.task(edit["task"])
    words = limited(edit.get("value") or edit.get("at", {}).get("quote", ""), "heading", _("任务名称"))
    at = locate(
        draft.text, edit.get("at") or {"quote": words, "start": task.heading.start}, _around(draft, task)
    )
    draft.headings.pop(task.ref, None)
    if at is None:
        draft.headings[task.ref] = HeadingEntry(
            task.ref, words, str(edit.get("note") or _("名称由录入人改写。"))
        )
        return
    body = task.body
    if at.end > body.start and at.end <= body.end:
        body = Span(at.end, body.end)
    elif at.end < task.heading.end and body.end >= task.heading.end:
        body = Span(at.end, body.end)  # what no longer belongs to the name belongs to the text
    draft.put(replace(task, heading=at, body=body))


def _around(draft: Draft, task: Task) -> tuple[int, int]:
    return max(0, task.heading.start - 200), task_end(task)


def add_task(draft: Draft, edit: Edit) -> None:
    """`at`: the words that are the task's name; `group`: anchor of its group, None for a safeguard."""
    at = draft.find(edit["at"])
    limited(at.name, "heading", _("任务名称"))
    if any(task.heading.start < at.end and at.start < task.heading.end for task in draft.tasks):
        raise EditError(_("“%(name)s”已是一项任务的名称。") % {"name": at.name[:40]})
    group = draft.group(edit.get("group"))
    before = max(
        (task for task in draft.tasks if task.heading.start < at.start),
        key=lambda task: task.heading.start,
        default=None,
    )
    end = _text_end(draft, at.end)
    mentions: tuple[Mention, ...] = ()
    bracket = None
    if before is not None and task_end(before) > at.end:
        end = max(before.body.end, at.end)
        mentions = tuple(one for one in before.mentions if one.quote.start >= at.end)
        kept = tuple(one for one in before.mentions if one.quote.start < at.end)
        bracket = before.bracket if before.bracket and before.bracket.start >= at.end else None
        # The number before the new name is no text of the task before it.
        cut = at.start - len(number_before(draft.text, at.start))
        draft.put(
            replace(
                before,
                body=Span(before.body.start, max(before.body.start, min(before.body.end, cut))),
                mentions=kept,
                bracket=None if bracket else before.bracket,
            )
        )
    ref, code, number = _next(draft, group, at)
    draft.tasks.append(
        Task(
            ref=ref,
            code=code,
            number=number,
            heading=at,
            body=Span(at.end, max(end, at.end)),
            bracket=bracket,
            mentions=mentions,
        )
    )
    draft.group_of[ref] = group.heading.start if group else None
    draft.sort()


def _text_end(draft: Draft, start: int) -> int:
    """The end of the text that begins at `start`: the next heading, or the end of the paragraph."""
    starts = [one for one in draft.heading_starts() if one > start]
    stop = min(starts, default=len(draft.text))
    line = draft.text.find("\n", start)
    return min(stop, line if line >= 0 else stop)


def _next(draft: Draft, group: Group | None, at: Quote) -> tuple[str, str, int]:
    """(ref, code, number) of a task that is added to the group."""
    start = group.heading.start if group else None
    siblings = [task for task in draft.tasks if draft.group_of[task.ref] == start]
    taken = {task.number for task in siblings}
    printed = re.search(r"(\d{1,3})", number_before(draft.text, at.start))
    number = int(printed[1]) if printed else 0
    if not number or number in taken:
        number = max(taken, default=0) + 1
    if siblings:
        before_ref, before_code = siblings[0].ref.rpartition("-")[0], siblings[0].code
        code = _LAST_NUMBER.sub("", before_code) + str(number)
    else:
        before_ref = f"{len(draft.parts) + 1}-{group.number}" if group else f"{len(draft.parts) + 1}"
        code = f"{group.number}.{number}" if group else str(number)
    refs = {task.ref for task in draft.tasks}
    ref = f"{before_ref}-{number}" if before_ref else f"x-{number}"
    while ref in refs:
        ref += "a"
    return ref, code[:20], number


def drop_task(draft: Draft, edit: Edit) -> None:
    """`task`; `into_previous`: its text and agencies go to the task before it, else they are left out."""
    task = draft.task(edit["task"])
    index = draft.tasks.index(task)
    if edit.get("into_previous"):
        earlier = [one for one in draft.tasks if one.heading.start < task.heading.start]
        if not earlier:
            raise EditError(_("它前面没有任务，不能并入。"))
        before = max(earlier, key=lambda one: one.heading.start)
        named = {mention.name for mention in before.mentions}
        added = tuple(mention for mention in task.mentions if mention.name not in named)
        draft.put(
            replace(
                before,
                body=Span(before.body.start, max(before.body.end, task.body.end, task.heading.end)),
                mentions=before.mentions + added,
                bracket=before.bracket or task.bracket,
                goals=before.goals + task.goals,
            )
        )
    del draft.tasks[index]
    del draft.group_of[task.ref]
    draft.headings.pop(task.ref, None)
    draft.deadlines.pop(task.ref, None)
    draft.duties = [entry for entry in draft.duties if entry.task != task.ref]
    draft.targets = [replace(one, task="") if one.task == task.ref else one for one in draft.targets]
    draft.indicators = {
        slug: replace(entry, tasks=tuple(ref for ref in entry.tasks if ref != task.ref))
        for slug, entry in draft.indicators.items()
    }


def move_task(draft: Draft, edit: Edit) -> None:
    """`task`, `group`: anchor of the group to which it belongs, None for the safeguards."""
    task = draft.task(edit["task"])
    group = draft.group(edit.get("group"))
    draft.group_of[task.ref] = group.heading.start if group else None
    draft.sort()


def add_group(draft: Draft, edit: Edit) -> None:
    """`at`: the words that are the group's name. Tasks are moved there one by one."""
    at = draft.find(edit["at"])
    limited(at.name, "group", _("任务组名称"))
    if any(group.heading.start < at.end and at.start < group.heading.end for group in draft.groups):
        raise EditError(_("“%(name)s”已是一个任务组。") % {"name": at.name[:40]})
    draft.groups.append(Group(len(draft.groups) + 1, at, ()))
    draft.regrouped = True
    # The tasks between it and the next group are its own, as they are printed under it.
    following = [group.heading.start for group in draft.groups if group.heading.start > at.start]
    stop = min(following, default=len(draft.text))
    before = [group.heading.start for group in draft.groups if group.heading.start < at.start]
    above = max(before, default=None)
    for task in draft.tasks:
        if at.end <= task.heading.start < stop and draft.group_of[task.ref] in (above, None):
            if draft.group_of[task.ref] is None and above is not None:
                continue  # a safeguard after the last group stays one
            draft.group_of[task.ref] = at.start
    draft.sort()


def set_group_heading(draft: Draft, edit: Edit) -> None:
    """`group`, `at`: the words that are its name."""
    group = draft.group(edit["group"])
    if group is None:
        raise EditError(_("保障措施不是任务组。"))
    at = draft.find(edit["at"])
    limited(at.name, "group", _("任务组名称"))
    draft.groups = [replace(one, heading=at) if one is group else one for one in draft.groups]
    draft.group_of = {
        ref: at.start if start == group.heading.start else start for ref, start in draft.group_of.items()
    }
    draft.sort()


def drop_group(draft: Draft, edit: Edit) -> None:
    """`group`: it is none. Its tasks go to the group before it."""
    group = draft.group(edit["group"])
    if group is None:
        raise EditError(_("保障措施不是任务组。"))
    place = draft.groups.index(group)
    rest = [one for one in draft.groups if one is not group]
    own = [ref for ref, start in draft.group_of.items() if start == group.heading.start]
    if own and not rest:
        raise EditError(_("这是唯一的任务组，请先补一个任务组。"))
    for ref in own:
        draft.group_of[ref] = rest[max(0, place - 1)].heading.start
    draft.groups = rest
    draft.regrouped = True
    draft.sort()
