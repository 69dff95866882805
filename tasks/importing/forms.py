"""What the forms of the page 导入方案 send, as edits. Each function takes the form's data and what the import says now, and
raises Problems with a sentence on a field."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.errors import Problem, Problems
from tasks.importing.presenters import workspace
from tasks.importing.queries import Current
from tasks.importing.questions import AS_PRINTED, Question
from tasks.indicators.values import Flow, Frequency, IndicatorKind
from tasks.jurisdictions.models import WORDS
from tasks.jurisdictions.queries import chosen
from tasks.plans.documents.extraction import SUFFIXES
from tasks.plans.editing.anchors import anchor, locate
from tasks.plans.editing.typed import deadline_day
from tasks.plans.editing.values import DATES, DUTIES, HEAD_TEXTS, LATER
from tasks.plans.models import Plan
from tasks.plans.queries import published
from tasks.plans.structure import Group, Span, Target, Task
from tasks.values import Period

Edits = list[dict[str, Any]]
_VALUE = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*([%％‰]|[万亿千百]*[^\d\s，。；、）)以左]{0,3})")
_YEAR = re.compile(r"(20\d\d)年")
_LASTING = re.compile(r"长期|持续|每年|适时|常态")


class UploadForm(forms.Form):
    """上传: one document."""

    document = forms.FileField(
        label=gettext_lazy("方案文件"),
        help_text=gettext_lazy(
            "Word（.docx）、PDF、网页或文本文件，也可以是任务表、台账的 Excel（.xlsx），一次一份。严禁上传涉密文件。"
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(SUFFIXES)}),
        error_messages={
            "required": gettext_lazy("请选一份方案文件。"),
            "empty": gettext_lazy("文件是空的，里面什么都没有。"),
        },
    )


class NoteForm(forms.Form):
    """What is done with the import, and why."""

    action = forms.CharField(max_length=20)
    note = forms.CharField(required=False)


class EditionForm(forms.Form):
    """修订: of which plan in use this is the new edition, and from which period on it holds."""

    plan = forms.ModelChoiceField(
        Plan.objects.none(),
        label=gettext_lazy("是哪份方案的新一版"),
        required=False,
        empty_label=gettext_lazy("不是修订，是一份新方案"),
        widget=forms.Select(attrs={"class": "input"}),
    )
    effective = forms.CharField(
        label=gettext_lazy("从哪一期起按新的办"),
        required=False,
        max_length=7,
        widget=forms.TextInput(attrs={"class": "input", "size": 8}),
        help_text=gettext_lazy("如 2018Q1；此前各期仍按原来的。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["plan"]
        field.queryset = published()

    def clean_effective(self) -> Period | None:
        typed = self.cleaned_data["effective"].strip()
        try:
            return Period.parse(typed) if typed else None
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


def edits_of(form: str, data: QueryDict, now: Current) -> Edits:
    """The edits that the form with this name means. Raises Problems."""
    made = _FORMS.get(form)
    if made is None:
        raise Problems([Problem("", _("请刷新页面后再试。"))])
    return made(data, now)


# -- words of the text ------------------------------------------------------------------------------------------


def _words(data: QueryDict, now: Current) -> dict[str, Any]:
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


def _span(value: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"(\d{1,8}):(\d{1,8})", value, re.ASCII)
    return (int(match[1]), int(match[2])) if match else None


def _at(now: Current, span: Span) -> dict[str, Any]:
    return anchor(now.row.text, span.start, span.end)


def _task(now: Current, ref: str) -> Task:
    found = next((task for task in now.structure.all_tasks if task.ref == ref), None)
    if found is None:
        raise Problems([Problem("", _("这项任务已不在，可能刚被改动，请刷新页面。"))])
    return found


def _task_of(now: Current, task: Task) -> dict[str, Any]:
    return {**_at(now, task.heading), "ref": task.ref}


def _task_at(now: Current, place: int) -> Task | None:
    """The last task that begins before the place."""
    before = [task for task in now.structure.all_tasks if task.heading.start <= place]
    return max(before, key=lambda task: task.heading.start, default=None)


def _group_at(now: Current, place: int) -> Group | None:
    """The group to which a new task at the place belongs; None for the safeguards."""
    before = _task_at(now, place)
    groups = [group for group in now.structure.groups if group.heading.start <= place]
    last = max(groups, key=lambda group: group.heading.start, default=None)
    if before is not None and any(task.ref == before.ref for task in now.structure.safeguards):
        return None
    if last is None and now.structure.groups:
        return now.structure.groups[0]
    return last


MARKS = {
    **{f"duty-{duty}": None for duty in DUTIES},
    "deadline": None,
    "target": None,
    "add_task": None,
    "heading": None,
    "add_group": None,
    **dict.fromkeys((*HEAD_TEXTS, *DATES)),
}


def _mark(data: QueryDict, now: Current) -> Edits:
    """What the selected words are."""
    kind = data.get("what", "")
    if kind not in MARKS:
        raise Problems([Problem("what", _("请选这些字是什么。"))])
    at = _words(data, now)
    if kind in HEAD_TEXTS or kind in DATES:
        return [{"op": "head", "field": kind, "at": at}]
    if kind == "add_group":
        return [{"op": "add_group", "at": at}]
    if kind == "add_task":
        group = _group_at(now, at["start"])
        return [{"op": "add_task", "at": at, "group": _at(now, group.heading) if group else None}]
    task = _task(now, data.get("task", "")) if data.get("task") else _task_at(now, at["start"])
    if kind == "target":
        return [{"op": "add_target", "at": at, **_measure(now, at), **_within(now, task, at)}]
    if task is None:
        raise Problems([Problem("task", _("请选这些字属于哪项任务。"))])
    place = _task_of(now, task)
    if kind == "deadline":
        if deadline_day(at["quote"]) is None and not _LASTING.search(at["quote"]):
            told = _("从“%(words)s”看不出日期，请在这项任务中填写完成时限。")
            raise Problems([Problem("quote", told % {"words": at["quote"][:40]})])
        return [{"op": "deadline", "task": place, "at": at}]
    if kind == "heading":
        return [{"op": "heading", "task": place, "at": at}]
    return [{"op": "add_mention", "task": place, "at": at, "duty": kind.removeprefix("duty-")}]


def _within(now: Current, task: Task | None, at: Mapping[str, Any]) -> dict[str, Any]:
    """The task that states the target, if its text holds the words."""
    if task is not None and task.heading.start <= at["start"] < max(task.body.end, task.heading.end):
        return {"task": _task_of(now, task)}
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


# -- the head, parts, groups --------------------------------------------------------------------------------------


def _head(data: QueryDict, now: Current) -> Edits:
    edits: Edits = []
    for row in workspace(now, with_text=False).head:
        typed = data.get(row.name)
        if typed is not None and typed.strip() != row.value.strip():
            edits.append({"op": "head", "field": row.name, "value": typed.strip()})
    return edits + _jurisdiction(data, now)


def _jurisdiction(data: QueryDict, now: Current) -> Edits:
    """Of a jurisdiction that the site has, only its name is chosen: its words are changed under 管理."""
    before = {name: getattr(now.jurisdiction, name) for name in WORDS}
    typed = {name: data.get(f"jurisdiction-{name}", words).strip() for name, words in before.items()}
    if typed["name"] == before["name"] and now.jurisdiction.pk:
        return []
    known = chosen(typed)
    words = {name: getattr(known, name) for name in WORDS}
    return [{"op": "jurisdiction", **words}] if words != before else []


def _parts(data: QueryDict, now: Current) -> Edits:
    edits: Edits = []
    for part in now.structure.parts:
        kind = data.get(f"part-{part.heading.start}", part.kind)
        if kind != part.kind:
            edits.append({"op": "part", "part": _at(now, part.heading), "kind": kind})
    return edits


def _group(data: QueryDict, now: Current) -> Edits:
    group = next((one for one in now.structure.groups if str(one.heading.start) == data.get("group")), None)
    if group is None:
        raise Problems([Problem("", _("这个任务组已不在，可能刚被改动，请刷新页面。"))])
    if data.get("drop"):
        return [{"op": "drop_group", "group": _at(now, group.heading)}]
    typed = data.get("heading", "").strip()
    if not typed or typed == group.heading.name:
        return []
    found = locate(now.row.text, {"quote": typed, "start": group.heading.start})
    if found is None:
        raise Problems([Problem("heading", _("任务组名称须是原文中的字。"))])
    return [{"op": "group_heading", "group": _at(now, group.heading), "at": _at(now, found)}]


# -- a task --------------------------------------------------------------------------------------------------------


def _edit_task(data: QueryDict, now: Current) -> Edits:
    task = _task(now, data.get("ref", ""))
    place = _task_of(now, task)
    if data.get("drop") in ("drop", "merge"):
        return [{"op": "drop_task", "task": place, "into_previous": data["drop"] == "merge"}]
    shown = next(row for row in workspace(now, with_text=False).rows if row.ref == task.ref)
    edits: Edits = []
    for number, name in enumerate(shown.names):
        duty = data.get(f"duty-{number}")
        if duty is None or data.get(f"name-{number}") != name.name or duty == name.duty:
            continue
        where: dict[str, Any] = {"name": name.name}
        if name.start is not None and name.end is not None:
            where = {"at": anchor(now.row.text, name.start, name.end)}
        if duty:
            edits.append({"op": "duty", "task": place, "duty": duty, **where})
        else:
            edits.append({"op": "drop_mention", "task": place, **where})
    added = [one.strip() for one in re.split(r"[、，,;；\n]", data.get("add", "")) if one.strip()]
    if added and not data.get("add_duty"):
        raise Problems([Problem("add_duty", _("请选所补单位的身份。"))])
    note = data.get("add_note", "").strip()
    for one in added:
        edit = {"op": "add_mention", "task": place, "name": one, "duty": data["add_duty"]}
        edits.append({**edit, "note": note} if note else edit)
    day = data.get("deadline", "").strip()
    if "deadline" in data and day not in (shown.day, shown.deadline):
        edits.append({"op": "deadline", "task": place, "day": day})
    group = data.get("group")
    current = next(
        (
            str(one.heading.start)
            for one in now.structure.groups
            if any(other.ref == task.ref for other in one.tasks)
        ),
        "safeguards",
    )
    if group and group != current:
        target = next((one for one in now.structure.groups if str(one.heading.start) == group), None)
        if target is None and group != "safeguards":
            raise Problems([Problem("group", _("这个任务组已不在，请刷新页面。"))])
        edits.append(
            {"op": "move_task", "task": place, "group": _at(now, target.heading) if target else None}
        )
    heading = data.get("heading", "").strip()
    if heading and heading != shown.heading:
        edits.append({"op": "heading", "task": place, "value": heading})
    return edits


# -- agencies --------------------------------------------------------------------------------------------------------


def _agency(data: QueryDict, now: Current) -> Edits:
    name = data.get("name", "")
    if name not in now.matches:
        raise Problems([Problem("", _("这个名称已不在，可能刚被改动，请刷新页面。"))])
    choice = data.get("choice", "")
    members = [one.strip() for one in re.split(r"[、，,;；\n]", data.get("members", "")) if one.strip()]
    edit: dict[str, Any] = {"op": "agency", "name": name, "choice": choice}
    if choice == "known":
        edit["slug"] = data.get("slug", "")
        if edit["slug"] not in now.register.entries:
            raise Problems([Problem("slug", _("请选单位库中的一个单位。"))])
    elif choice == "new":
        edit |= {"kind": data.get("kind", ""), "full_name": data.get("full_name", ""), "members": members}
        if not edit["kind"]:
            raise Problems([Problem("kind", _("请选单位的类别。"))])
    elif choice == "same":
        edit["same_as"] = data.get("same_as", "")
    elif choice == "rename":
        return _renamed(name, data.get("right_name", ""), now)
    elif choice != "none":
        raise Problems([Problem("choice", _("请选一项。"))])
    return [edit]


def _renamed(name: str, typed: str, now: Current) -> Edits:
    """The name was read wrongly, everywhere: each mention is the right one, in the role that it has."""
    rights = [one.strip() for one in re.split(r"[、，,;；\n]", typed) if one.strip()]
    if not rights:
        raise Problems([Problem("right_name", _("请填正确的名称；一处写了几个单位的，用顿号隔开。"))])
    edits: Edits = []
    for row in workspace(now, with_text=False).rows:
        place = _task_of(now, row.task)
        for one in row.names:
            if one.name != name:
                continue
            edits.append({"op": "drop_mention", "task": place, "name": name})
            edits += [
                {"op": "add_mention", "task": place, "name": right, "duty": one.duty} for right in rights
            ]
    return edits


# -- targets -----------------------------------------------------------------------------------------------------------


def target_of(now: Current, place: str) -> Target:
    span = _span(place)
    found = next((one for one in now.structure.targets if (one.quote.start, one.quote.end) == span), None)
    if found is None:
        raise Problems([Problem("", _("这项目标已不在，可能刚被改动，请刷新页面。"))])
    return found


def _target(data: QueryDict, now: Current) -> Edits:
    target = target_of(now, data.get("target", ""))
    place = _at(now, target.quote)
    if data.get("drop"):
        return [{"op": "drop_target", "target": place}]
    edits: Edits = []
    typed = {name: data.get(name, "").strip() for name in ("year", "value", "unit", "comparison")}
    before = {
        "year": str(target.year or ""),
        "value": "" if target.value is None else f"{target.value:g}",
        "unit": target.unit,
        "comparison": target.comparison,
    }
    if typed != before:
        edits.append({"op": "target", "target": place, **typed})
    entry = next((one for one in now.edited.corrections.indicators if target.quote.name in one.targets), None)
    name = data.get("indicator", "").strip()
    if not name and entry is None:
        return edits
    kind, flow, frequency = data.get("kind", ""), data.get("flow", ""), data.get("frequency", "")
    problems = []
    if name and kind not in IndicatorKind.values:
        problems.append(Problem("kind", _("请选指标的类型。")))
    if name and flow not in Flow.values:
        problems.append(Problem("flow", _("请选数值怎样累计。")))
    if name and frequency not in Frequency.values:
        problems.append(Problem("frequency", _("请选多久报一次。")))
    parts = {one: data.get(one, "").strip() for one in ("numerator_name", "denominator_name")}
    if name and kind == IndicatorKind.RATIO and not all(parts.values()):
        problems.append(Problem("numerator_name", _("比率请写明分子和分母各是什么。")))
    if problems:
        raise Problems(problems)
    taken = {one.slug for one in now.edited.corrections.indicators}
    number = 1
    while f"z{number}" in taken:
        number += 1
    tasks = [_task_of(now, _task(now, ref)) for ref in data.getlist("tasks") if ref]
    edits.append(
        {
            "op": "indicator",
            "target": place,
            "name": name,
            "slug": entry.slug if entry else f"z{number}",
            "kind": kind,
            "flow": flow,
            "frequency": frequency,
            "tasks": tasks,
            "unit": data.get("indicator_unit", "").strip(),
            **parts,
        }
    )
    return edits


# -- questions ---------------------------------------------------------------------------------------------------------


def _answer(data: QueryDict, now: Current) -> Edits:
    question = next((one for one in now.questions.open if one.key == data.get("question")), None)
    if question is None:
        raise Problems([Problem("", _("这一问已有答复，请刷新页面。"))])
    choice = data.get("choice", "")
    if not choice:
        raise Problems([Problem("choice", _("请选一项。"))])
    note = data.get("note", "").strip()
    if choice == LATER and not note:
        raise Problems([Problem("note", _("请写明为什么放着。"))])
    if choice != LATER and choice not in {one.value for one in question.choices}:
        raise Problems([Problem("choice", _("请选一项。"))])
    asked = [question]
    same_for_all = (AS_PRINTED, LATER, "corrected", *(("new",) if question.kind == "agency_kind" else ()))
    if data.get("all") and choice in same_for_all:
        asked += [one for one in now.questions.open if one.kind == question.kind and one.key != question.key]
    answers: Edits = [{"op": "answer", "question": one.key, "choice": choice, "note": note} for one in asked]
    if choice in (AS_PRINTED, LATER, "corrected"):
        return answers
    return [edit for one in asked for edit in _settling(one, choice, data, now)] + answers


def _settling(question: Question, choice: str, data: QueryDict, now: Current) -> Edits:
    """The edits that carry out what the answer says."""
    if question.kind == "no_lead" and question.task is not None:
        span = _span(data.get("agency", ""))
        mention = next(
            (one for one in question.task.mentions if (one.quote.start, one.quote.end) == span), None
        )
        if mention is None:
            raise Problems([Problem("agency", _("请选由哪个单位牵头。"))])
        return [
            {
                "op": "duty",
                "task": _task_of(now, question.task),
                "at": _at(now, mention.quote),
                "duty": "lead",
            }
        ]
    if question.kind == "deadline" and question.task is not None:
        if not data.get("day", "").strip():
            raise Problems([Problem("day", _("请填完成日期，如 2020-12-31。"))])
        return [{"op": "deadline", "task": _task_of(now, question.task), "day": data["day"]}]
    if question.kind == "same_names":
        edits: Edits = []
        for name in question.names:
            match = now.matches[name]
            if choice == "known":
                edits.append(
                    {"op": "agency", "name": name, "choice": "known", "slug": match.candidates[0].slug}
                )
            else:
                edits.append({"op": "agency", "name": name, "choice": "new", "kind": match.kind})
        return edits
    if question.kind == "members":
        members = [one.strip() for one in re.split(r"[、，,;；\n]", data.get("members", "")) if one.strip()]
        if not members:
            raise Problems([Problem("members", _("请列出成员，用顿号隔开。"))])
        return [
            {
                "op": "agency",
                "name": question.name,
                "choice": "new",
                "kind": "collective",
                "members": members,
            }
        ]
    edit: dict[str, Any] = {"op": "agency", "name": question.name}
    if choice.startswith("known:"):
        return [{**edit, "choice": "known", "slug": choice.removeprefix("known:")}]
    if choice == "new":
        kind = data.get("kind", "") or (question.match.kind if question.match else "")
        if not kind:
            raise Problems([Problem("kind", _("请选单位的类别。"))])
        return [{**edit, "choice": "new", "kind": kind}]
    return [{**edit, "choice": "none"}]


def _pair(data: QueryDict, now: Current) -> Edits:
    """That is this one: a task or target of the plan and one of the new edition."""
    item, old, new = data.get("item", ""), data.get("old", ""), data.get("new", "")
    if item not in ("task", "target") or not old:
        raise Problems([Problem("", _("请刷新页面后再试。"))])
    if not new:
        raise Problems([Problem("new", _("请选新的一版中的一项。"))])
    if new == "none":
        return [{"op": "pair", "item": item, "old": old, "new": None}]
    if item == "task":
        return [{"op": "pair", "item": item, "old": old, "new": _task_of(now, _task(now, new))}]
    found = next((one for one in now.structure.targets if str(one.quote.start) == new), None)
    if found is None:
        raise Problems([Problem("", _("这项目标已不在，可能刚被改动，请刷新页面。"))])
    return [{"op": "pair", "item": item, "old": old, "new": _at(now, found.quote)}]


_FORMS: dict[str, Callable[[QueryDict, Current], Edits]] = {
    "mark": _mark,
    "head": _head,
    "parts": _parts,
    "group": _group,
    "task": _edit_task,
    "agency": _agency,
    "target": _target,
    "answer": _answer,
    "pair": _pair,
}
