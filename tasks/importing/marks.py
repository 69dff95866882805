"""What the words are that a person selected in the text or typed: the edits which that means."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.errors import Problem, Problems
from tasks.importing.named import anchor_of, group_for, task_anchor, task_before, task_named, words_of
from tasks.importing.queries import Current
from tasks.plans.editing.typed import deadline_day
from tasks.plans.editing.values import DATES, DUTIES, HEAD_TEXTS, PART_KINDS
from tasks.plans.structure import Group, Mention, Part, Target, Task

Edits = list[dict[str, Any]]
_VALUE = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*([%％‰]|[万亿千百]*[^\d\s，。；、）)以左]{0,3})")
_YEAR = re.compile(r"(20\d\d)年")
_BEFORE = re.compile(r"^(?:到|至)?20\d\d年(?:底|末)?[，,]?")
_VALUE_BEGINS = re.compile(
    r"(?:力争|确保|争取|努力)?(?:分别|均|全部|总体|稳定)?(?:达到?|超过|突破|实现|增长|提高|提升|下降|降低|降至|控制|保持|不低于|不少于|不超过|在(?=\d))"
    r"|[：:]?\d"
)
_LASTING = re.compile(r"长期|持续|每年|适时|常态")
_Headed = TypeVar("_Headed", Task, Group, Part)

# What words may be, beside agencies in a role, parts and lines of the head.
TASK_MARKS = {
    "deadline": gettext_lazy("完成时限"),
    "add_task": gettext_lazy("补一项任务（选其名称）"),
    "heading": gettext_lazy("任务名称"),
    "move_task": gettext_lazy("任务归到这个任务组"),
    "drop_task": gettext_lazy("不是任务，去掉"),
    "merge_task": gettext_lazy("不是任务，并入上一项"),
}
TARGET_MARKS = {
    "target": gettext_lazy("目标"),
    "indicator": gettext_lazy("目标的指标名称"),
    "drop_target": gettext_lazy("不是目标，去掉"),
}
GROUP_MARKS = {
    "add_group": gettext_lazy("任务组（选其名称）"),
    "group_heading": gettext_lazy("所在任务组的名称"),
    "drop_group": gettext_lazy("不是任务组"),
}


def edits_of_mark(data: QueryDict, now: Current) -> Edits:
    """The edits; none where the words only name an indicator, whose other fields are asked."""
    kind = data.get("what", "")
    if kind in HEAD_TEXTS or kind in DATES:
        return [{"op": "head", "field": kind, "at": words_of(data, now)}]
    made = _MARKS.get(kind)
    if made is None:
        raise Problems([Problem("what", _("请选这些字是什么。"))])
    return made(data, now, words_of(data, now))


def marked_target(data: QueryDict, now: Current) -> Target | None:
    """The target that was marked or whose indicator was, for the form in which its indicator is set."""
    if data.get("what") not in ("target", "indicator"):
        return None
    return _target_over(now, words_of(data, now))


def measured_name(target: Target) -> str:
    """What the target's words say is measured, those before its value: 综合利用率 of 到2020年，综合利用率达到75%以上. "" where they
    name nothing."""
    words = _BEFORE.sub("", target.quote.name)
    return _VALUE_BEGINS.split(words, maxsplit=1)[0].strip("，、；：")


# -- tasks and their agencies -----------------------------------------------------------------------------------------


def _add_task(data: QueryDict, now: Current, at: dict[str, Any]) -> Edits:
    group = group_for(now, at["start"])
    return [{"op": "add_task", "at": at, "group": anchor_of(now, group.heading) if group else None}]


def _heading(data: QueryDict, now: Current, at: dict[str, Any]) -> Edits:
    return [{"op": "heading", "task": task_anchor(now, _task(data, now, at)), "at": at}]


def _move_task(data: QueryDict, now: Current, at: dict[str, Any]) -> Edits:
    if not data.get("task"):
        raise Problems([Problem("task", _("请选把哪项任务归到这个任务组。"))])
    task = task_anchor(now, task_named(now, data.get("task", "")))
    part = _over(now.structure.parts, at)
    if part is not None and part.kind == "safeguards":
        return [{"op": "move_task", "task": task, "group": None}]
    group = _required(_over(now.structure.groups, at), _("这些字不是任务组的名称，请选中一个任务组的名称。"))
    return [{"op": "move_task", "task": task, "group": anchor_of(now, group.heading)}]


def _drop_task(data: QueryDict, now: Current, at: dict[str, Any]) -> Edits:
    task = _required(_over(now.structure.all_tasks, at), _("这些字不是任务名称，请选中那项任务的名称。"))
    merged = data.get("what") == "merge_task"
    return [{"op": "drop_task", "task": task_anchor(now, task), "into_previous": merged}]


def _deadline(data: QueryDict, now: Current, at: dict[str, Any]) -> Edits:
    task = task_anchor(now, _task(data, now, at))
    if deadline_day(at["quote"]) is None and not _LASTING.search(at["quote"]):
        told = _("从“%(words)s”看不出日期，请在这项任务中填写完成时限。")
        raise Problems([Problem("quote", told % {"words": at["quote"][:40]})])
    return [{"op": "deadline", "task": task, "at": at}]


def _duty(data: QueryDict, now: Current, at: dict[str, Any]) -> Edits:
    task = task_anchor(now, _task(data, now, at))
    return [{"op": "add_mention", "task": task, "at": at, "duty": data.get("what", "").removeprefix("duty-")}]


def _drop_agency(data: QueryDict, now: Current, at: dict[str, Any]) -> Edits:
    task = _task(data, now, at)
    printed = next((one for one in task.mentions if _crosses(one, at)), None)
    named: dict[str, Any] = {"name": at["quote"]}
    if printed is not None:
        named = {"at": anchor_of(now, printed.quote)}
    return [{"op": "drop_mention", "task": task_anchor(now, task), **named}]


# -- targets ----------------------------------------------------------------------------------------------------------


def _target(data: QueryDict, now: Current, at: dict[str, Any]) -> Edits:
    task = task_named(now, data.get("task", "")) if data.get("task") else task_before(now, at["start"])
    return [{"op": "add_target", "at": at, **_measure(now, at), **_within(now, task, at)}]


def _within(now: Current, task: Task | None, at: Mapping[str, Any]) -> dict[str, Any]:
    """The task that states the target, if its text holds the words."""
    if task is not None and task.heading.start <= at["start"] < max(task.body.end, task.heading.end):
        return {"task": task_anchor(now, task)}
    return {}


def _measure(now: Current, at: Mapping[str, Any]) -> dict[str, Any]:
    """Value, unit and year, as far as the words and those before them say."""
    number = _VALUE.search(at["quote"])
    years = _YEAR.findall(now.row.text[max(0, at["start"] - 80) : at["end"]])
    return {
        "value": number[1] if number and f"{number[1]}年" not in at["quote"] else "",
        "unit": number[2].replace("％", "%") if number else "",
        "year": years[-1] if years else "",
    }


def _indicator(data: QueryDict, now: Current, at: dict[str, Any]) -> Edits:
    _required(_target_over(now, at), _("这些字不在任何一项目标里，请先把目标的原文记为目标。"))
    return []


def _drop_target(data: QueryDict, now: Current, at: dict[str, Any]) -> Edits:
    target = _required(_target_over(now, at), _("这些字不在任何一项目标里，请选中那项目标的原文。"))
    return [{"op": "drop_target", "target": anchor_of(now, target.quote)}]


def _target_over(now: Current, at: Mapping[str, Any]) -> Target | None:
    """The target whose words hold these, the shortest of several."""
    over = [
        one for one in now.structure.targets if one.quote.start <= at["start"] and at["end"] <= one.quote.end
    ]
    return min(over, key=lambda one: one.quote.end - one.quote.start, default=None)


# -- groups and parts -------------------------------------------------------------------------------------------------


def _add_group(data: QueryDict, now: Current, at: dict[str, Any]) -> Edits:
    return [{"op": "add_group", "at": at}]


def _group_heading(data: QueryDict, now: Current, at: dict[str, Any]) -> Edits:
    before = [one for one in now.structure.groups if one.heading.start < at["end"]]
    last = max(before, key=lambda one: one.heading.start, default=None)
    group = _required(last, _("这些字前面没有任务组，请选“任务组（选其名称）”。"))
    return [{"op": "group_heading", "group": anchor_of(now, group.heading), "at": at}]


def _drop_group(data: QueryDict, now: Current, at: dict[str, Any]) -> Edits:
    group = _required(_over(now.structure.groups, at), _("这些字不是任务组的名称，请选中一个任务组的名称。"))
    return [{"op": "drop_group", "group": anchor_of(now, group.heading)}]


def _part(data: QueryDict, now: Current, at: dict[str, Any]) -> Edits:
    kind = data.get("what", "").removeprefix("part-")
    part = _over(now.structure.parts, at)
    if part is None:
        return [{"op": "add_part", "at": at, "kind": kind}]
    return [{"op": "part", "part": anchor_of(now, part.heading), "kind": kind}]


# -- shared -----------------------------------------------------------------------------------------------------------


def _task(data: QueryDict, now: Current, at: Mapping[str, Any]) -> Task:
    """The task that was chosen, or else the one in which the words stand."""
    found = task_named(now, data.get("task", "")) if data.get("task") else task_before(now, at["start"])
    if found is None:
        raise Problems([Problem("task", _("请选这些字属于哪项任务。"))])
    return found


def _over(rows: Iterable[_Headed], at: Mapping[str, Any]) -> _Headed | None:
    """The one whose heading shares characters with the words."""
    crossed = (one for one in rows if one.heading.start < at["end"] and at["start"] < one.heading.end)
    return next(crossed, None)


def _crosses(mention: Mention, at: Mapping[str, Any]) -> bool:
    return mention.quote.start < int(at["end"]) and int(at["start"]) < mention.quote.end


_Found = TypeVar("_Found")


def _required(found: _Found | None, told: str) -> _Found:
    if found is None:
        raise Problems([Problem("quote", told)])
    return found


_MARKS: dict[str, Callable[[QueryDict, Current, dict[str, Any]], Edits]] = {
    **{f"duty-{duty}": _duty for duty in DUTIES},
    "drop_agency": _drop_agency,
    "deadline": _deadline,
    "add_task": _add_task,
    "heading": _heading,
    "move_task": _move_task,
    "drop_task": _drop_task,
    "merge_task": _drop_task,
    "target": _target,
    "indicator": _indicator,
    "drop_target": _drop_target,
    "add_group": _add_group,
    "group_heading": _group_heading,
    "drop_group": _drop_group,
    **{f"part-{kind}": _part for kind in PART_KINDS},
}
