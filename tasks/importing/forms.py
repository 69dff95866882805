"""What the forms of the page 导入方案 send, as edits. Each function takes the form's data and what the import says now, and
raises Problems with a sentence on a field."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.errors import Problem, Problems
from tasks.importing.marks import edits_of_mark
from tasks.importing.named import anchor_of, span_of, target_of, task_anchor, task_named
from tasks.importing.presenters import workspace
from tasks.importing.queries import Current
from tasks.importing.questions import AS_PRINTED, Question
from tasks.indicators.loading import said_of
from tasks.indicators.target_manner import PER_CENT, YEARS_MOST, Manner, Meaning, misfit
from tasks.indicators.values import Flow, Frequency, IndicatorKind, OverTime
from tasks.jurisdictions.models import WORDS
from tasks.jurisdictions.queries import chosen
from tasks.plans.documents.extraction import SUFFIXES
from tasks.plans.editing.anchors import anchor, locate
from tasks.plans.editing.values import LATER
from tasks.plans.models import Plan
from tasks.plans.structure import Target
from tasks.values import Period

Edits = list[dict[str, Any]]


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

    def __init__(self, *args: Any, plans: QuerySet[Plan], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["plan"]
        field.queryset = plans

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
        if kind == "drop":
            edits.append({"op": "drop_part", "part": anchor_of(now, part.heading)})
        elif kind != part.kind:
            edits.append({"op": "part", "part": anchor_of(now, part.heading), "kind": kind})
    return edits


def _group(data: QueryDict, now: Current) -> Edits:
    group = next((one for one in now.structure.groups if str(one.heading.start) == data.get("group")), None)
    if group is None:
        raise Problems([Problem("", _("这个任务组已不在，可能刚被改动，请刷新页面。"))])
    if data.get("drop"):
        return [{"op": "drop_group", "group": anchor_of(now, group.heading)}]
    typed = data.get("heading", "").strip()
    if not typed or typed == group.heading.name:
        return []
    found = locate(now.row.text, {"quote": typed, "start": group.heading.start})
    if found is None:
        raise Problems([Problem("heading", _("任务组名称须是原文中的字。"))])
    return [{"op": "group_heading", "group": anchor_of(now, group.heading), "at": anchor_of(now, found)}]


# -- a task --------------------------------------------------------------------------------------------------------


def _edit_task(data: QueryDict, now: Current) -> Edits:
    task = task_named(now, data.get("ref", ""))
    place = task_anchor(now, task)
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
            {"op": "move_task", "task": place, "group": anchor_of(now, target.heading) if target else None}
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
        place = task_anchor(now, row.task)
        for one in row.names:
            if one.name != name:
                continue
            edits.append({"op": "drop_mention", "task": place, "name": name})
            edits += [
                {"op": "add_mention", "task": place, "name": right, "duty": one.duty} for right in rights
            ]
    return edits


# -- targets -----------------------------------------------------------------------------------------------------------


def _target(data: QueryDict, now: Current) -> Edits:
    target = target_of(now, data.get("target", ""))
    place = anchor_of(now, target.quote)
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
    said = _said(data, target, typed)
    if typed != before or said:
        edits.append({"op": "target", "target": place, **typed, **said})
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
    manner = said.get("manner", said_of(target).manner)
    refusal = "" if problems or not name else misfit(manner, kind=kind, flow=flow, over_time=OverTime.LATEST)
    problems += [Problem("manner", refusal)] if refusal else []
    if name and kind == IndicatorKind.RATIO and not all(parts.values()):
        problems.append(Problem("numerator_name", _("比率请写明分子和分母各是什么。")))
    if problems:
        raise Problems(problems)
    taken = {one.slug for one in now.edited.corrections.indicators}
    number = 1
    while f"z{number}" in taken:
        number += 1
    tasks = [task_anchor(now, task_named(now, ref)) for ref in data.getlist("tasks") if ref]
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


def _said(data: QueryDict, target: Target, typed: dict[str, str]) -> dict[str, Any]:
    """目标类型 where it is another than the target has: {manner, years}; {} for the same."""
    if "manner" not in data:
        return {}
    manner, years = data.get("manner", ""), data.get("manner_years", "").strip().removesuffix(_("年"))
    if manner not in ("", *Manner.values):
        raise Problems([Problem("manner", _("请选目标类型。"))])
    is_total = manner == Manner.TOTAL
    if is_total and not (years.isascii() and years.isdecimal() and 2 <= int(years) <= YEARS_MOST):
        raise Problems([Problem("manner_years", _("请填累计几年，如五年累计填 5。"))])
    if manner and not (typed["year"] and typed["value"]):
        raise Problems([Problem("manner", _("年均增长和多年累计的目标须有年份和数值。"))])
    if manner == Manner.GROWTH and typed["unit"] not in PER_CENT:
        raise Problems([Problem("manner", _("年均增长的目标，数值须是百分比。"))])
    said = Meaning(manner, int(years) if is_total else None)
    return {} if said == said_of(target) else {"manner": said.manner, "years": said.years}


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
        raise Problems([Problem("note", _("请写明暂不处理的理由。"))])
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
        span = span_of(data.get("agency", ""))
        mention = next(
            (one for one in question.task.mentions if (one.quote.start, one.quote.end) == span), None
        )
        if mention is None:
            raise Problems([Problem("agency", _("请选由哪个单位牵头。"))])
        return [
            {
                "op": "duty",
                "task": task_anchor(now, question.task),
                "at": anchor_of(now, mention.quote),
                "duty": "lead",
            }
        ]
    if question.kind == "deadline" and question.task is not None:
        if not data.get("day", "").strip():
            raise Problems([Problem("day", _("请填完成日期，如 2020-12-31。"))])
        return [{"op": "deadline", "task": task_anchor(now, question.task), "day": data["day"]}]
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
        return [{"op": "pair", "item": item, "old": old, "new": task_anchor(now, task_named(now, new))}]
    found = next((one for one in now.structure.targets if str(one.quote.start) == new), None)
    if found is None:
        raise Problems([Problem("", _("这项目标已不在，可能刚被改动，请刷新页面。"))])
    return [{"op": "pair", "item": item, "old": old, "new": anchor_of(now, found.quote)}]


_FORMS: dict[str, Callable[[QueryDict, Current], Edits]] = {
    "mark": edits_of_mark,
    "head": _head,
    "parts": _parts,
    "group": _group,
    "task": _edit_task,
    "agency": _agency,
    "target": _target,
    "answer": _answer,
    "pair": _pair,
}
