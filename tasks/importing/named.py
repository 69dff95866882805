"""What a form of the page 导入方案 names: words of the text, tasks and targets as the import has them now. Each function raises
Problems with a sentence where what is named is not there."""

import re
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from tasks.errors import Problem, Problems
from tasks.importing.queries import Current
from tasks.plans.editing.anchors import anchor, locate
from tasks.plans.structure import Group, Span, Target, Task


def words_of(data: QueryDict, now: Current) -> dict[str, Any]:
    """The anchor of the selected or typed words."""
    quote = data.get("quote", "").strip()
    start, end = _int(data.get("start")), _int(data.get("end"))
    if not quote:
        raise Problems([Problem("quote", _("请在左栏选中文字，或在此键入原文中的字。"))])
    place: dict[str, Any] = {"quote": quote}
    if start is not None and end is not None and 0 <= start < end <= len(now.row.text):
        place |= anchor(now.row.text, start, end)
        # Typed over after selecting: what is typed counts.
        if locate(now.row.text, {"quote": quote}) and place["quote"] != "".join(quote.split()):
            place = {"quote": quote, "start": start}
    found = locate(now.row.text, place)
    if found is None:
        raise Problems(
            [
                Problem(
                    "quote",
                    _("原文中找不到“%(quote)s”，请在左栏选中这些字，或照原文键入。") % {"quote": quote[:40]},
                )
            ]
        )
    return anchor(now.row.text, found.start, found.end)


def _int(value: str | None) -> int | None:
    return int(value) if value and re.fullmatch(r"\d{1,8}", value, re.ASCII) else None


def span_of(value: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"(\d{1,8}):(\d{1,8})", value, re.ASCII)
    return (int(match[1]), int(match[2])) if match else None


def anchor_of(now: Current, span: Span) -> dict[str, Any]:
    return anchor(now.row.text, span.start, span.end)


def task_named(now: Current, ref: str) -> Task:
    found = next((task for task in now.structure.all_tasks if task.ref == ref), None)
    if found is None:
        raise Problems([Problem("", _("这项任务已不在，可能刚被改动，请刷新页面。"))])
    return found


def task_anchor(now: Current, task: Task) -> dict[str, Any]:
    return {**anchor_of(now, task.heading), "ref": task.ref}


def task_before(now: Current, place: int) -> Task | None:
    """The last task that begins before the place."""
    before = [task for task in now.structure.all_tasks if task.heading.start <= place]
    return max(before, key=lambda task: task.heading.start, default=None)


def group_for(now: Current, place: int) -> Group | None:
    """The group to which a new task at the place belongs; None for the safeguards."""
    before = task_before(now, place)
    groups = [group for group in now.structure.groups if group.heading.start <= place]
    last = max(groups, key=lambda group: group.heading.start, default=None)
    if before is not None and any(task.ref == before.ref for task in now.structure.safeguards):
        return None
    if last is None and now.structure.groups:
        return now.structure.groups[0]
    return last


def target_of(now: Current, place: str) -> Target:
    span = span_of(place)
    found = next((one for one in now.structure.targets if (one.quote.start, one.quote.end) == span), None)
    if found is None:
        raise Problems([Problem("", _("这项目标已不在，可能刚被改动，请刷新页面。"))])
    return found
