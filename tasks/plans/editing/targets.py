"""Edits of deadlines, targets and indicators."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from django.utils.translation import gettext as _

from tasks.plans.corrections import DeadlineEntry, IndicatorEntry
from tasks.plans.editing.anchors import locate
from tasks.plans.editing.draft import Draft
from tasks.plans.editing.typed import deadline_day, number_of, read_date, year_of
from tasks.plans.editing.values import Edit, EditError
from tasks.plans.names import clean
from tasks.plans.structure import Deadline, Target


def set_deadline(draft: Draft, edit: Edit) -> None:
    """`task`, and `day` ("" for none) or `at`: the words of the text that say it."""
    task = draft.task(edit["task"])
    at = locate(draft.text, edit["at"]) if edit.get("at") else None
    typed = str(edit.get("day", ""))
    day = read_date(typed) if typed or at is None else deadline_day(at.name)
    draft.deadlines.pop(task.ref, None)
    if at is not None:
        deadline = Deadline(at.start, at.end, at.name, day)
        draft.put(replace(task, deadline=deadline))
        return
    draft.put(replace(task, deadline=None))
    if day is not None:
        note = str(edit.get("note") or _("由录入人填写。"))
        draft.deadlines[task.ref] = DeadlineEntry(task.ref, note, day)


def add_target(draft: Draft, edit: Edit) -> None:
    """`at`, `value`, `unit`, `comparison`, `year`, and `task` for one that a task states."""
    at = draft.find(edit["at"])
    if any(one.quote.start == at.start and one.quote.end == at.end for one in draft.targets):
        raise EditError(_("“%(name)s”已是一项目标。") % {"name": at.name[:40]})
    task = draft.task(edit["task"]).ref if edit.get("task") else ""
    draft.targets.append(
        Target(
            year=year_of(edit.get("year")),
            quote=at,
            value=number_of(edit.get("value")),
            unit=clean(str(edit.get("unit") or ""))[:20],
            comparison=clean(str(edit.get("comparison") or ""))[:20],
            threshold="",
            task=task,
        )
    )


def target_at(draft: Draft, place: Mapping[str, Any]) -> Target:
    at = locate(draft.text, place)
    for target in draft.targets:
        if at is not None and target.quote.start == at.start and target.quote.end == at.end:
            return target
    raise EditError(
        _("没有“%(quote)s”这项目标，它可能已被改动，请刷新页面。")
        % {"quote": str(place.get("quote", ""))[:40]}
    )


def set_target(draft: Draft, edit: Edit) -> None:
    """`target` (anchor), `value`, `unit`, `comparison`, `year`; `manner` and `years` where a person said them."""
    target = target_at(draft, edit["target"])
    changed = replace(
        target,
        year=year_of(edit.get("year")),
        value=number_of(edit.get("value")),
        unit=clean(str(edit.get("unit") or ""))[:20],
        comparison=clean(str(edit.get("comparison") or ""))[:20],
        manner=edit.get("manner", target.manner),
        years=edit.get("years", target.years),
    )
    draft.targets = [changed if one is target else one for one in draft.targets]


def drop_target(draft: Draft, edit: Edit) -> None:
    """`target` (anchor): it is none."""
    gone = target_at(draft, edit["target"])
    draft.targets = [one for one in draft.targets if one is not gone]
    draft.indicators = {
        slug: replace(entry, targets=tuple(name for name in entry.targets if name != gone.quote.name))
        for slug, entry in draft.indicators.items()
    }
    draft.indicators = {slug: entry for slug, entry in draft.indicators.items() if entry.targets}


def set_indicator(draft: Draft, edit: Edit) -> None:
    """`target` (anchor), `name`, `kind` and the other fields of IndicatorEntry; `tasks` are anchors. Without a name
    the target is measured by nothing."""
    target = target_at(draft, edit["target"])
    rest = {}
    for slug, entry in draft.indicators.items():
        targets = tuple(name for name in entry.targets if name != target.quote.name)
        if targets:
            rest[slug] = replace(entry, targets=targets)
    draft.indicators = rest
    name = clean(str(edit.get("name", "")))
    if not name:
        return
    if name not in clean(target.quote.of(draft.text)):
        raise EditError(
            _("指标名称“%(name)s”须是目标原文“%(target)s”中的字。")
            % {"name": name[:40], "target": target.quote.name[:60]}
        )
    unit = clean(str(edit.get("unit") or target.unit))
    slug = str(edit["slug"])
    known = {one.name for one in fields(IndicatorEntry)}
    more = {
        key: value
        for key, value in edit.items()
        if key in known and key not in ("slug", "name", "tasks", "targets", "reason", "unit")
    }
    draft.indicators[slug] = IndicatorEntry(
        slug=slug,
        name=name,
        reason=str(edit.get("note") or _("由录入人指定。")),
        unit=unit,
        targets=(target.quote.name,),
        tasks=tuple(draft.task(place).ref for place in edit.get("tasks", ())),
        **more,
    )
