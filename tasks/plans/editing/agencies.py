"""Edits of agencies: which a task names, in which role, and which agency of the register a printed name is."""

from dataclasses import replace

from django.utils.translation import gettext as _

from tasks.plans.corrections import DutyEntry
from tasks.plans.editing.anchors import locate, task_end
from tasks.plans.editing.draft import Draft
from tasks.plans.editing.typed import duty_of, limited
from tasks.plans.editing.values import BY_PERSON, AgencyChoice, Edit, EditError
from tasks.plans.names import clean
from tasks.plans.structure import Mention, Task


def add_mention(draft: Draft, edit: Edit) -> None:
    """`task`, `duty`, and `at` or `name`: an agency of the task, as printed or assigned by a person."""
    task, duty = draft.task(edit["task"]), duty_of(edit["duty"])
    name = limited(edit.get("name") or edit.get("at", {}).get("quote", ""), "name", _("单位名称"))
    at = locate(draft.text, edit.get("at") or {"quote": name}, (task.heading.start, _reach(draft, task)))
    draft.drop_name(task, name)
    if at is None:
        reason = str(edit.get("note") or _("原文未写，由录入人指定。"))
        draft.duties.append(DutyEntry(task.ref, name, duty, reason))
        return
    task = draft.task({"ref": task.ref})
    # Printed within a longer name that the reader took for one: that name is wrong.
    kept = tuple(one for one in task.mentions if not (one.quote.start < at.end and at.start < one.quote.end))
    added = Mention(at, duty, basis=BY_PERSON)
    mentions = sorted((*kept, added), key=lambda one: one.quote.start)
    draft.put(replace(task, mentions=tuple(mentions)))


def _reach(draft: Draft, task: Task) -> int:
    """The end of the text in which the task's agencies may be printed: up to the next heading."""
    starts = [one for one in draft.heading_starts() if one > task.heading.start]
    return max(min(starts, default=len(draft.text)), task_end(task))


def drop_mention(draft: Draft, edit: Edit) -> None:
    """`task`, and `at` or `name`: it is no agency of the task."""
    task = draft.task(edit["task"])
    if edit.get("at"):
        gone = draft.mention(task, edit["at"])
        draft.put(replace(task, mentions=tuple(one for one in task.mentions if one is not gone)))
        return
    before = (len(task.mentions), len(draft.duties))
    draft.drop_name(task, str(edit["name"]))
    if before == (len(draft.task({"ref": task.ref}).mentions), len(draft.duties)):
        raise EditError(_("这项任务没有列“%(quote)s”。") % {"quote": str(edit["name"])[:40]})


def set_duty(draft: Draft, edit: Edit) -> None:
    """`task`, `duty`, and `at` or `name`."""
    task, duty = draft.task(edit["task"]), duty_of(edit["duty"])
    if edit.get("at"):
        gone = draft.mention(task, edit["at"])
        changed = _restated(gone, duty)
        draft.put(replace(task, mentions=tuple(changed if one is gone else one for one in task.mentions)))
        return
    draft.duties = [
        replace(one, duty=duty) if (one.task, one.name) == (task.ref, edit["name"]) else one
        for one in draft.duties
    ]


def set_agency(draft: Draft, edit: Edit) -> None:
    """`name`, `choice` (known, new, same, none) with `slug`, `kind`, `full_name`, `same_as`, `members`."""
    name, choice = str(edit["name"]), str(edit["choice"])
    if choice == "none":  # it is no agency at all
        for task in list(draft.tasks):
            draft.drop_name(task, name)
        draft.groups = [
            replace(group, mentions=tuple(one for one in group.mentions if one.name != name))
            for group in draft.groups
        ]
        draft.agencies.pop(name, None)
        return
    if choice not in ("known", "new", "same"):
        raise EditError(_("请选一项。"))
    same_as = clean(str(edit.get("same_as", "")))
    if choice == "same" and (same_as == name or same_as not in draft.names()):
        raise EditError(_("请选方案中的另一个单位名称。"))
    if choice == "known" and not edit.get("slug"):
        raise EditError(_("请选单位库中的一个单位。"))
    full_name = clean(str(edit.get("full_name", "")))
    if len(full_name) > 120:
        raise EditError(_("全称最多 120 字。"))
    members = tuple(
        dict.fromkeys(
            limited(one, "name", _("成员名称")) for one in edit.get("members") or () if clean(str(one))
        )
    )
    draft.agencies[name] = AgencyChoice(
        name, choice, str(edit.get("slug", "")), str(edit.get("kind", "")), full_name, same_as, members
    )


def _restated(mention: Mention, duty: str) -> Mention:
    """The mention in another role, stated by a person: how the reader knew the role holds no longer."""
    return replace(mention, duty=duty, basis=BY_PERSON, role="")
