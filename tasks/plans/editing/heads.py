"""Edits of the head and of the jurisdiction."""

from dataclasses import replace

from django.utils.translation import gettext as _

from tasks.errors import Problems
from tasks.jurisdictions.actions import checked
from tasks.plans.corrections import HeadEntry
from tasks.plans.editing.anchors import locate
from tasks.plans.editing.draft import Draft
from tasks.plans.editing.typed import read_date
from tasks.plans.editing.values import DATES, HEAD_TEXTS, Edit, EditError
from tasks.plans.names import clean
from tasks.plans.structure import Day, Quote
from tasks.values import Rhythm


def set_head(draft: Draft, edit: Edit) -> None:
    """`field`, and `at` (anchor) or `value` (typed; "" clears it)."""
    name = str(edit["field"])
    if name == "rhythm":
        _set_rhythm(draft, edit)
        return
    if name not in DATES and name not in HEAD_TEXTS:
        raise EditError(_("没有“%(name)s”这一栏。") % {"name": name[:40]})
    at = locate(draft.text, edit["at"]) if edit.get("at") else None
    typed = clean(str(edit.get("value", ""))) or (at.name if at else "")
    if edit.get("at") and at is None:
        typed = typed or clean(str(edit["at"].get("quote", "")))
    draft.head_entries.pop(name, None)
    if name in DATES:
        day = read_date(typed)
        place = at or (_printed_day(draft, typed) if day else None)
        entry = Day(place.start, place.end, day) if place and day else None
        draft.head = replace(draft.head, **{name: entry})  # type: ignore[arg-type]  # a date
        if entry is None:
            draft.head_entries[name] = HeadEntry(name, str(edit.get("note") or _("由录入人填写。")), day)
        return
    if len(typed) > HEAD_TEXTS[name]:
        raise EditError(
            _("最多 %(most)d 字，现有 %(now)d 字。") % {"most": HEAD_TEXTS[name], "now": len(typed)}
        )
    if name == "title" and not typed:
        raise EditError(_("请填方案的标题。"))
    place = at if at and at.name == typed else locate(draft.text, {"quote": typed})
    if place is not None or (name != "title" and not typed):
        draft.head = replace(draft.head, **{name: place})  # type: ignore[arg-type]  # words
    if place is None:
        draft.head_entries[name] = HeadEntry(name, str(edit.get("note") or _("由录入人填写。")), value=typed)


def _set_rhythm(draft: Draft, edit: Edit) -> None:
    """How often the plan is reported on, which no text is read for."""
    value = str(edit.get("value", ""))
    if value not in Rhythm.values:
        raise EditError(_("请选填报频次。"))
    draft.head_entries.pop("rhythm", None)
    if value != Rhythm.QUARTER:
        note = str(edit.get("note") or _("由录入人填写。"))
        draft.head_entries["rhythm"] = HeadEntry("rhythm", note, value=value)


def set_jurisdiction(draft: Draft, edit: Edit) -> None:
    """`name`, `level`, `office` and the other words of a jurisdiction; a name that the site knows means that one."""
    try:
        draft.jurisdiction = checked(edit)
    except Problems as problems:
        raise EditError(problems.problems[0].message) from problems


def _printed_day(draft: Draft, typed: str) -> Quote | None:
    day = read_date(typed)
    return locate(draft.text, {"quote": f"{day.year}年{day.month}月{day.day}日"}) if day else None
