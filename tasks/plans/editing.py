"""Corrections by a person to what the reader found: a list of edits, and the one function that applies them.

`apply(text, structure, edits)` is pure. The page 导入方案, the replay on the next upload of the same document, and the
commands (the list `edits` of corrections.json) all call it, so that the same edits always give the same plan.

An edit is a plain dict: `op` names the operation (a function of `_Draft` below), the other keys are its values. What an
edit refers to in the text is an anchor `{"start": 120, "end": 131, "quote": "省科技厅"}`; the quote is cleaned
(`names.clean`). In another text of the same document the quote is found again, nearest to where it stood. Typed words are
an anchor with a quote alone.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from tasks.errors import Problems
from tasks.jurisdictions.actions import checked
from tasks.plans.corrections import (
    Corrections,
    DeadlineEntry,
    DutyEntry,
    HeadEntry,
    HeadingEntry,
    IndicatorEntry,
)
from tasks.plans.names import clean, flatten
from tasks.plans.structure import (
    Day,
    Deadline,
    Direction,
    Group,
    Head,
    Mention,
    Part,
    Printed,
    Quote,
    Sector,
    Span,
    Structure,
    Target,
    Task,
)

Edit = Mapping[str, Any]

DATES = ("passed_on", "issued_on", "in_force_from", "in_force_to")
HEAD_TEXTS = {"title": 200, "doc_number": 60, "issuer": 120}  # {field: the most characters}
PART_KINDS = ("aims", "sectors", "tasks", "safeguards", "other")
DUTIES = ("lead", "co", "carry", "guide", "join")  # those of structure.Mention
BY_PERSON = "person"  # the basis of a duty that a person set, beside those of structure.Mention
LATER = "later"  # the answer that leaves a question open, with a reason
_LONGEST = {"heading": 200, "group": 100, "name": 60, "note": 500}


_DATE = re.compile(r"(\d{4})\s*[-年./]\s*(\d{1,2})\s*[-月./]\s*(\d{1,2})\s*日?")
_DEADLINE = re.compile(r"(\d{4})\s*年(?:\s*(\d{1,2})\s*月)?(?:\s*(\d{1,2})\s*日)?")
_NUMBERING = re.compile(r"[（(〔]?\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*[)）〕]?\s*[.．、､]?\s*$")
_LAST_NUMBER = re.compile(r"[（(]?[\d一二三四五六七八九十]+[）)]?$")


class EditError(Exception):
    """The edit cannot be applied; the message is a sentence for the person who makes it."""


@dataclass(frozen=True)
class AgencyChoice:
    """What a person decided about a printed name: `known` (an agency of the register, by its slug), `new` (kind, full
    name, slug if wanted), or `same` (another spelling of the printed name `same_as`)."""

    name: str
    choice: str
    slug: str = ""
    kind: str = ""
    full_name: str = ""
    same_as: str = ""
    members: tuple[str, ...] = ()  # names of the members of a collective


@dataclass(frozen=True)
class Answer:
    """A person's answer to a question: `choice` is LATER or what they chose, `note` their reason."""

    choice: str
    note: str = ""


@dataclass(frozen=True)
class Failure:
    """An edit that could not be applied; `number` counts from 1."""

    number: int
    edit: Edit
    reason: str


@dataclass(frozen=True)
class Edited:
    """The plan as corrected. What no words of the text stand for is in `corrections`."""

    structure: Structure
    corrections: Corrections
    agencies: Mapping[str, AgencyChoice]
    answers: Mapping[str, Answer]
    failures: tuple[Failure, ...]
    jurisdiction: Mapping[str, str] = field(default_factory=dict)  # as a person said; {} where nobody did

    @property
    def names(self) -> tuple[str, ...]:
        """All names of agencies, printed ones first."""
        printed = [agency.name for agency in self.structure.agencies]
        return tuple(dict.fromkeys([*printed, *(entry.name for entry in self.corrections.duties)]))


def apply(text: str, structure: Structure, edits: Sequence[Edit]) -> Edited:
    """The structure with the edits applied in their order; an edit `undo` takes an earlier one back. Edits that cannot be
    applied are in `failures`, and the others hold."""
    if not edits:
        return Edited(structure, Corrections(structure.text_sha256), {}, {}, ())
    undone = {edit.get("edit") for edit in edits if edit.get("op") == "undo"}
    draft = _Draft(text, structure)
    failures = []
    for number, edit in enumerate(edits, 1):
        if edit.get("op") == "undo" or number in undone:
            continue
        before = draft.copy()
        try:
            draft.apply(edit)
        except EditError as error:
            failures.append(Failure(number, edit, str(error)))
            draft = before
        except (KeyError, TypeError, ValueError, AttributeError):
            # Only edits written by hand in a file have the wrong shape.
            reason = _("这一步更正的写法不对，请核对各项的名称和类型。")
            failures.append(Failure(number, edit, reason))
            draft = before
    return draft.edited(tuple(failures))


def anchor(text: str, start: int, end: int) -> dict[str, Any]:
    """The anchor of a span."""
    return {"start": start, "end": end, "quote": clean(text[start:end])}


def locate(text: str, place: Mapping[str, Any], between: tuple[int, int] | None = None) -> Quote | None:
    """Where the anchor's words stand in the text, or None. Of several places the one nearest to its `start` counts."""
    words = clean(str(place.get("quote", "")))[:2000]
    start, end = place.get("start"), place.get("end")
    if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text):
        # A person who selects text takes blanks and line ends along.
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        found = clean(text[start:end])
        if found and (not words or found == words):
            return Quote(start, end, found)
    if not words:
        return None
    flat, offsets = _flattened(text)
    near = start if isinstance(start, int) else None
    best: tuple[int, int] | None = None
    place_at = flat.find(words)
    while place_at >= 0:
        first, last = offsets[place_at], offsets[place_at + len(words) - 1] + 1
        if between is None or (between[0] <= first and last <= between[1]):
            if near is None:
                best = (first, last)
                break
            if best is None or abs(first - near) < abs(best[0] - near):
                best = (first, last)
        place_at = flat.find(words, place_at + 1)
    return Quote(*best, words) if best else None


@lru_cache(maxsize=4)
def _flattened(text: str) -> tuple[str, list[int]]:
    return flatten(text)


def task_end(task: Task) -> int:
    """Where the task's text ends, its bracket included."""
    ends = [task.heading.end, task.body.end, *(mention.quote.end for mention in task.mentions)]
    return max([*ends, task.bracket.end] if task.bracket else ends)


def read_date(typed: str) -> date | None:
    """`2024-09-02`, `2024年9月2日`, `2024.9.2` → date; None for an empty text. Raises EditError."""
    words = clean(typed)
    if not words:
        return None
    match = _DATE.fullmatch(words)
    try:
        return date(*(int(number) for number in match.groups())) if match else date.fromisoformat(words)
    except ValueError as error:
        raise EditError(_("“%(typed)s”不是日期，请写成 2024-09-02 这样。") % {"typed": words[:30]}) from error


@dataclass
class _Draft:
    """The plan while edits are applied. Records are frozen, so a copy of the lists is a copy of the draft."""

    text: str
    structure: Structure
    head: Head = field(init=False)
    parts: list[Part] = field(init=False)
    sectors: list[Sector] = field(init=False)
    groups: list[Group] = field(init=False)  # without their tasks
    tasks: list[Task] = field(init=False)  # in the order of the plan
    group_of: dict[str, int | None] = field(
        init=False
    )  # {ref: heading.start of its group; None: a safeguard}
    targets: list[Target] = field(init=False)
    head_entries: dict[str, HeadEntry] = field(default_factory=dict)
    headings: dict[str, HeadingEntry] = field(default_factory=dict)
    duties: list[DutyEntry] = field(default_factory=list)
    deadlines: dict[str, DeadlineEntry] = field(default_factory=dict)
    indicators: dict[str, IndicatorEntry] = field(default_factory=dict)
    agencies: dict[str, AgencyChoice] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    jurisdiction: dict[str, str] = field(default_factory=dict)
    regrouped: bool = False

    def __post_init__(self) -> None:
        found = self.structure
        self.head = found.head
        self.parts = list(found.parts)
        self.sectors = list(found.sectors)
        self.groups = [replace(group, tasks=()) for group in found.groups]
        self.tasks = list(found.all_tasks)
        self.group_of = {task.ref: group.heading.start for group in found.groups for task in group.tasks}
        self.group_of |= {task.ref: None for task in found.safeguards}
        self.targets = list(found.targets)

    def copy(self) -> "_Draft":
        other = object.__new__(_Draft)
        for one in fields(self):
            value = getattr(self, one.name)
            setattr(other, one.name, value.copy() if isinstance(value, list | dict) else value)
        return other

    def apply(self, edit: Edit) -> None:
        operation = _OPERATIONS.get(str(edit["op"]))
        if operation is None:
            raise EditError(_("没有“%(op)s”这种更正。") % {"op": str(edit["op"])[:40]})
        operation(self, edit)

    # -- what edits refer to ----------------------------------------------------------------------------------

    def find(self, place: Mapping[str, Any], between: tuple[int, int] | None = None) -> Quote:
        found = locate(self.text, place, between)
        if found is None:
            raise EditError(
                _("原文中找不到“%(quote)s”，请在左栏选中这些字，或照原文键入。")
                % {"quote": str(place.get("quote", ""))[:40]}
            )
        return found

    def task(self, place: Mapping[str, Any]) -> Task:
        """The task whose heading the anchor quotes, or which has the ref `ref`."""
        if ref := place.get("ref"):
            found = next((task for task in self.tasks if task.ref == ref), None)
            if found is not None:
                return found
        at = locate(self.text, place)
        if at is not None:
            for task in self.tasks:
                if task.heading.start <= at.start < max(task.heading.end, task.heading.start + 1):
                    return task
        raise EditError(
            _("没有“%(quote)s”这项任务，它可能已被改动，请刷新页面。")
            % {"quote": str(place.get("quote") or place.get("ref", ""))[:40]}
        )

    def group(self, place: Mapping[str, Any] | None) -> Group | None:
        """The group whose heading the anchor quotes; None stands for the safeguards."""
        if place is None:
            return None
        at = locate(self.text, place)
        for group in self.groups:
            if at is not None and group.heading.start <= at.start < group.heading.end:
                return group
        raise EditError(
            _("没有“%(quote)s”这个任务组，它可能已被改动，请刷新页面。")
            % {"quote": str(place.get("quote", ""))[:40]}
        )

    def mention(self, task: Task, place: Mapping[str, Any]) -> Mention:
        at = locate(self.text, place, (task.heading.start, task_end(task)))
        for mention in task.mentions:
            if at is not None and mention.quote.start == at.start:
                return mention
        raise EditError(
            _("这项任务没有列“%(quote)s”，它可能已被改动，请刷新页面。")
            % {"quote": str(place.get("quote", ""))[:40]}
        )

    def put(self, task: Task) -> None:
        self.tasks = [task if one.ref == task.ref else one for one in self.tasks]

    # -- operations: the head -----------------------------------------------------------------------------------

    def set_head(self, edit: Edit) -> None:
        """`field`, and `at` (anchor) or `value` (typed; "" clears it)."""
        name = str(edit["field"])
        if name not in DATES and name not in HEAD_TEXTS:
            raise EditError(_("没有“%(name)s”这一栏。") % {"name": name[:40]})
        at = locate(self.text, edit["at"]) if edit.get("at") else None
        typed = clean(str(edit.get("value", ""))) or (at.name if at else "")
        if edit.get("at") and at is None:
            typed = typed or clean(str(edit["at"].get("quote", "")))
        self.head_entries.pop(name, None)
        if name in DATES:
            day = read_date(typed)
            place = at or (self._printed_day(typed) if day else None)
            entry = Day(place.start, place.end, day) if place and day else None
            self.head = replace(self.head, **{name: entry})  # type: ignore[arg-type]  # a date
            if entry is None:
                self.head_entries[name] = HeadEntry(name, str(edit.get("note") or _("由录入人填写。")), day)
            return
        if len(typed) > HEAD_TEXTS[name]:
            raise EditError(
                _("最多 %(most)d 字，现有 %(now)d 字。") % {"most": HEAD_TEXTS[name], "now": len(typed)}
            )
        if name == "title" and not typed:
            raise EditError(_("请填方案的标题。"))
        place = at if at and at.name == typed else locate(self.text, {"quote": typed})
        if place is not None or (name != "title" and not typed):
            self.head = replace(self.head, **{name: place})  # type: ignore[arg-type]  # words
        if place is None:
            self.head_entries[name] = HeadEntry(
                name, str(edit.get("note") or _("由录入人填写。")), value=typed
            )

    def set_jurisdiction(self, edit: Edit) -> None:
        """`name`, `level`, `office` and the other words of a jurisdiction; a name that the site knows means that one."""
        try:
            self.jurisdiction = checked(edit)
        except Problems as problems:
            raise EditError(problems.problems[0].message) from problems

    def _printed_day(self, typed: str) -> Quote | None:
        day = read_date(typed)
        return locate(self.text, {"quote": f"{day.year}年{day.month}月{day.day}日"}) if day else None

    # -- operations: tasks and groups -----------------------------------------------------------------------------

    def set_heading(self, edit: Edit) -> None:
        """`task`, and `at` or `value`: the task's name."""
        task = self.task(edit["task"])
        words = _limited(edit.get("value") or edit.get("at", {}).get("quote", ""), "heading", _("任务名称"))
        at = locate(
            self.text, edit.get("at") or {"quote": words, "start": task.heading.start}, self._around(task)
        )
        self.headings.pop(task.ref, None)
        if at is None:
            self.headings[task.ref] = HeadingEntry(
                task.ref, words, str(edit.get("note") or _("名称由录入人改写。"))
            )
            return
        body = task.body
        if at.end > body.start and at.end <= body.end:
            body = Span(at.end, body.end)
        elif at.end < task.heading.end and body.end >= task.heading.end:
            body = Span(at.end, body.end)  # what no longer belongs to the name belongs to the text
        self.put(replace(task, heading=at, body=body))

    def _around(self, task: Task) -> tuple[int, int]:
        return max(0, task.heading.start - 200), task_end(task)

    def add_task(self, edit: Edit) -> None:
        """`at`: the words that are the task's name; `group`: anchor of its group, None for a safeguard."""
        at = self.find(edit["at"])
        _limited(at.name, "heading", _("任务名称"))
        if any(task.heading.start < at.end and at.start < task.heading.end for task in self.tasks):
            raise EditError(_("“%(name)s”已是一项任务的名称。") % {"name": at.name[:40]})
        group = self.group(edit.get("group"))
        before = max(
            (task for task in self.tasks if task.heading.start < at.start),
            key=lambda task: task.heading.start,
            default=None,
        )
        end = self._text_end(at.end)
        mentions: tuple[Mention, ...] = ()
        bracket = None
        if before is not None and task_end(before) > at.end:
            end = max(before.body.end, at.end)
            mentions = tuple(one for one in before.mentions if one.quote.start >= at.end)
            kept = tuple(one for one in before.mentions if one.quote.start < at.end)
            bracket = before.bracket if before.bracket and before.bracket.start >= at.end else None
            # The number before the new name is no text of the task before it.
            cut = at.start - len(_number_before(self.text, at.start))
            self.put(
                replace(
                    before,
                    body=Span(before.body.start, max(before.body.start, min(before.body.end, cut))),
                    mentions=kept,
                    bracket=None if bracket else before.bracket,
                )
            )
        ref, code, number = self._next(group, at)
        self.tasks.append(
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
        self.group_of[ref] = group.heading.start if group else None
        self._sort()

    def _heading_starts(self) -> list[int]:
        tasks, groups, parts = self.tasks, self.groups, self.parts
        return [
            *(one.heading.start for one in tasks),
            *(one.heading.start for one in groups),
            *(one.heading.start for one in parts),
        ]

    def _text_end(self, start: int) -> int:
        """The end of the text that begins at `start`: the next heading, or the end of the paragraph."""
        starts = [one for one in self._heading_starts() if one > start]
        stop = min(starts, default=len(self.text))
        line = self.text.find("\n", start)
        return min(stop, line if line >= 0 else stop)

    def _next(self, group: Group | None, at: Quote) -> tuple[str, str, int]:
        """(ref, code, number) of a task that is added to the group."""
        start = group.heading.start if group else None
        siblings = [task for task in self.tasks if self.group_of[task.ref] == start]
        taken = {task.number for task in siblings}
        printed = re.search(r"(\d{1,3})", _number_before(self.text, at.start))
        number = int(printed[1]) if printed else 0
        if not number or number in taken:
            number = max(taken, default=0) + 1
        if siblings:
            before_ref, before_code = siblings[0].ref.rpartition("-")[0], siblings[0].code
            code = _LAST_NUMBER.sub("", before_code) + str(number)
        else:
            before_ref = f"{len(self.parts) + 1}-{group.number}" if group else f"{len(self.parts) + 1}"
            code = f"{group.number}.{number}" if group else str(number)
        refs = {task.ref for task in self.tasks}
        ref = f"{before_ref}-{number}" if before_ref else f"x-{number}"
        while ref in refs:
            ref += "a"
        return ref, code[:20], number

    def drop_task(self, edit: Edit) -> None:
        """`task`; `into_previous`: its text and agencies go to the task before it, else they are left out."""
        task = self.task(edit["task"])
        index = self.tasks.index(task)
        if edit.get("into_previous"):
            earlier = [one for one in self.tasks if one.heading.start < task.heading.start]
            if not earlier:
                raise EditError(_("它前面没有任务，不能并入。"))
            before = max(earlier, key=lambda one: one.heading.start)
            named = {mention.name for mention in before.mentions}
            added = tuple(mention for mention in task.mentions if mention.name not in named)
            self.put(
                replace(
                    before,
                    body=Span(before.body.start, max(before.body.end, task.body.end, task.heading.end)),
                    mentions=before.mentions + added,
                    bracket=before.bracket or task.bracket,
                )
            )
        del self.tasks[index]
        del self.group_of[task.ref]
        self.headings.pop(task.ref, None)
        self.deadlines.pop(task.ref, None)
        self.duties = [entry for entry in self.duties if entry.task != task.ref]
        self.targets = [replace(one, task="") if one.task == task.ref else one for one in self.targets]
        self.indicators = {
            slug: replace(entry, tasks=tuple(ref for ref in entry.tasks if ref != task.ref))
            for slug, entry in self.indicators.items()
        }

    def move_task(self, edit: Edit) -> None:
        """`task`, `group`: anchor of the group to which it belongs, None for the safeguards."""
        task = self.task(edit["task"])
        group = self.group(edit.get("group"))
        self.group_of[task.ref] = group.heading.start if group else None
        self._sort()

    def add_group(self, edit: Edit) -> None:
        """`at`: the words that are the group's name. Tasks are moved there one by one."""
        at = self.find(edit["at"])
        _limited(at.name, "group", _("任务组名称"))
        if any(group.heading.start < at.end and at.start < group.heading.end for group in self.groups):
            raise EditError(_("“%(name)s”已是一个任务组。") % {"name": at.name[:40]})
        self.groups.append(Group(len(self.groups) + 1, at, ()))
        self.regrouped = True
        # The tasks between it and the next group are its own, as they are printed under it.
        following = [group.heading.start for group in self.groups if group.heading.start > at.start]
        stop = min(following, default=len(self.text))
        before = [group.heading.start for group in self.groups if group.heading.start < at.start]
        above = max(before, default=None)
        for task in self.tasks:
            if at.end <= task.heading.start < stop and self.group_of[task.ref] in (above, None):
                if self.group_of[task.ref] is None and above is not None:
                    continue  # a safeguard after the last group stays one
                self.group_of[task.ref] = at.start
        self._sort()

    def set_group_heading(self, edit: Edit) -> None:
        """`group`, `at`: the words that are its name."""
        group = self.group(edit["group"])
        if group is None:
            raise EditError(_("保障措施不是任务组。"))
        at = self.find(edit["at"])
        _limited(at.name, "group", _("任务组名称"))
        self.groups = [replace(one, heading=at) if one is group else one for one in self.groups]
        self.group_of = {
            ref: at.start if start == group.heading.start else start for ref, start in self.group_of.items()
        }
        self._sort()

    def drop_group(self, edit: Edit) -> None:
        """`group`: it is none. Its tasks go to the group before it."""
        group = self.group(edit["group"])
        if group is None:
            raise EditError(_("保障措施不是任务组。"))
        place = self.groups.index(group)
        rest = [one for one in self.groups if one is not group]
        own = [ref for ref, start in self.group_of.items() if start == group.heading.start]
        if own and not rest:
            raise EditError(_("这是唯一的任务组，请先补一个任务组。"))
        for ref in own:
            self.group_of[ref] = rest[max(0, place - 1)].heading.start
        self.groups = rest
        self.regrouped = True
        self._sort()

    def _sort(self) -> None:
        """Groups and tasks in the order of the text; the safeguards come after the tasks."""
        self.groups.sort(key=lambda group: group.heading.start)
        if self.regrouped:
            self.groups = [replace(group, number=number) for number, group in enumerate(self.groups, 1)]
        order = {group.heading.start: number for number, group in enumerate(self.groups)}

        def place(task: Task) -> tuple[int, int]:
            start = self.group_of[task.ref]
            return (len(order) if start is None else order[start], task.heading.start)

        self.tasks.sort(key=place)

    # -- operations: parts ----------------------------------------------------------------------------------------

    def set_part(self, edit: Edit) -> None:
        """`part` (anchor of its heading), `kind`: what the part is. What stands in it changes with it."""
        at = self.find(edit["part"])
        kind = str(edit["kind"])
        part = next((one for one in self.parts if one.heading.start == at.start), None)
        if part is None or kind not in PART_KINDS:
            raise EditError(_("没有这个部分，请刷新页面。"))
        if part.kind == kind:
            return
        start = part.heading.end
        end = min(
            (one.heading.start for one in self.parts if one.heading.start > start), default=len(self.text)
        )
        self._to_tasks(part, start, end) if part.kind == "sectors" else None
        inside = [task for task in self.tasks if start <= task.heading.start < end]
        groups = [group for group in self.groups if start <= group.heading.start < end]
        if kind == "safeguards":
            for task in inside:
                self.group_of[task.ref] = None
            self._without_groups(groups)
        elif kind == "tasks":
            loose = [task for task in inside if self.group_of[task.ref] is None]
            if loose:
                self.groups.append(Group(len(self.groups) + 1, part.heading, ()))
                self.regrouped = True
                for task in loose:
                    self.group_of[task.ref] = part.heading.start
        else:
            if kind == "sectors":
                self._to_sectors(groups, inside)
            for task in inside:
                self.tasks.remove(task)
                del self.group_of[task.ref]
            self._without_groups(groups)
        self.parts = [replace(one, kind=kind) if one is part else one for one in self.parts]
        self._sort()

    def _without_groups(self, groups: Sequence[Group]) -> None:
        if groups:
            self.groups = [one for one in self.groups if one not in groups]
            self.regrouped = True

    def _to_tasks(self, part: Part, start: int, end: int) -> None:
        """Sectors become groups, their directions tasks; a sector without directions is a task."""
        inside = [sector for sector in self.sectors if start <= sector.heading.start < end]
        self.sectors = [sector for sector in self.sectors if sector not in inside]
        loose = [sector for sector in inside if not sector.directions]
        if loose:
            self.groups.append(Group(len(self.groups) + 1, part.heading, ()))
        for sector in inside:
            if sector.directions:
                self.groups.append(Group(len(self.groups) + 1, sector.heading, ()))
            for item in sector.directions or (sector,):
                refs = {task.ref for task in self.tasks}
                ref = f"{part.number}-{sector.number}" + (f"-{item.number}" if sector.directions else "")
                while ref in refs:
                    ref += "a"
                self.tasks.append(
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
                self.group_of[ref] = owner.start
        self.regrouped = True
        self._sort()

    def _to_sectors(self, groups: Sequence[Group], tasks: Sequence[Task]) -> None:
        number = max((sector.number for sector in self.sectors), default=0)
        for group in groups:
            own = [task for task in tasks if self.group_of[task.ref] == group.heading.start]
            number += 1
            end = max([group.heading.end, *(task_end(task) for task in own)])
            self.sectors.append(
                Sector(
                    number,
                    group.heading,
                    Span(group.heading.end, end),
                    tuple(Direction(n, task.heading, task.body) for n, task in enumerate(own, 1)),
                )
            )

    # -- operations: agencies -------------------------------------------------------------------------------------

    def add_mention(self, edit: Edit) -> None:
        """`task`, `duty`, and `at` or `name`: an agency of the task, as printed or assigned by a person."""
        task, duty = self.task(edit["task"]), _duty(edit["duty"])
        name = _limited(edit.get("name") or edit.get("at", {}).get("quote", ""), "name", _("单位名称"))
        at = locate(self.text, edit.get("at") or {"quote": name}, (task.heading.start, self._reach(task)))
        self._drop_name(task, name)
        if at is None:
            reason = str(edit.get("note") or _("原文未写，由录入人指定。"))
            self.duties.append(DutyEntry(task.ref, name, duty, reason))
            return
        task = self.task({"ref": task.ref})
        # Printed within a longer name that the reader took for one: that name is wrong.
        kept = tuple(
            one for one in task.mentions if not (one.quote.start < at.end and at.start < one.quote.end)
        )
        added = Mention(at, duty, basis=BY_PERSON)
        mentions = sorted((*kept, added), key=lambda one: one.quote.start)
        self.put(replace(task, mentions=tuple(mentions)))

    def _reach(self, task: Task) -> int:
        """The end of the text in which the task's agencies may be printed: up to the next heading."""
        starts = [one for one in self._heading_starts() if one > task.heading.start]
        return max(min(starts, default=len(self.text)), task_end(task))

    def _drop_name(self, task: Task, name: str) -> None:
        self.duties = [one for one in self.duties if (one.task, one.name) != (task.ref, name)]
        self.put(replace(task, mentions=tuple(one for one in task.mentions if one.name != name)))

    def drop_mention(self, edit: Edit) -> None:
        """`task`, and `at` or `name`: it is no agency of the task."""
        task = self.task(edit["task"])
        if edit.get("at"):
            gone = self.mention(task, edit["at"])
            self.put(replace(task, mentions=tuple(one for one in task.mentions if one is not gone)))
            return
        before = (len(task.mentions), len(self.duties))
        self._drop_name(task, str(edit["name"]))
        if before == (len(self.task({"ref": task.ref}).mentions), len(self.duties)):
            raise EditError(_("这项任务没有列“%(quote)s”。") % {"quote": str(edit["name"])[:40]})

    def set_duty(self, edit: Edit) -> None:
        """`task`, `duty`, and `at` or `name`."""
        task, duty = self.task(edit["task"]), _duty(edit["duty"])
        if edit.get("at"):
            gone = self.mention(task, edit["at"])
            changed = _restated(gone, duty)
            self.put(replace(task, mentions=tuple(changed if one is gone else one for one in task.mentions)))
            return
        self.duties = [
            replace(one, duty=duty) if (one.task, one.name) == (task.ref, edit["name"]) else one
            for one in self.duties
        ]

    def set_agency(self, edit: Edit) -> None:
        """`name`, `choice` (known, new, same, none) with `slug`, `kind`, `full_name`, `same_as`, `members`."""
        name, choice = str(edit["name"]), str(edit["choice"])
        if choice == "none":  # it is no agency at all
            for task in list(self.tasks):
                self._drop_name(task, name)
            self.groups = [
                replace(group, mentions=tuple(one for one in group.mentions if one.name != name))
                for group in self.groups
            ]
            self.agencies.pop(name, None)
            return
        if choice not in ("known", "new", "same"):
            raise EditError(_("请选一项。"))
        same_as = clean(str(edit.get("same_as", "")))
        if choice == "same" and (same_as == name or same_as not in self._names()):
            raise EditError(_("请选方案中的另一个单位名称。"))
        if choice == "known" and not edit.get("slug"):
            raise EditError(_("请选单位库中的一个单位。"))
        full_name = clean(str(edit.get("full_name", "")))
        if len(full_name) > 120:
            raise EditError(_("全称最多 120 字。"))
        members = tuple(
            dict.fromkeys(
                _limited(one, "name", _("成员名称")) for one in edit.get("members") or () if clean(str(one))
            )
        )
        self.agencies[name] = AgencyChoice(
            name, choice, str(edit.get("slug", "")), str(edit.get("kind", "")), full_name, same_as, members
        )

    def _names(self) -> set[str]:
        printed = {mention.name for task in self.tasks for mention in task.mentions}
        return printed | {entry.name for entry in self.duties}

    # -- operations: deadlines, targets, indicators -----------------------------------------------------------------

    def set_deadline(self, edit: Edit) -> None:
        """`task`, and `day` ("" for none) or `at`: the words of the text that say it."""
        task = self.task(edit["task"])
        at = locate(self.text, edit["at"]) if edit.get("at") else None
        typed = str(edit.get("day", ""))
        day = read_date(typed) if typed or at is None else deadline_day(at.name)
        self.deadlines.pop(task.ref, None)
        if at is not None:
            deadline = Deadline(at.start, at.end, at.name, day)
            self.put(replace(task, deadline=deadline))
            return
        self.put(replace(task, deadline=None))
        if day is not None:
            note = str(edit.get("note") or _("由录入人填写。"))
            self.deadlines[task.ref] = DeadlineEntry(task.ref, note, day)

    def add_target(self, edit: Edit) -> None:
        """`at`, `value`, `unit`, `comparison`, `year`, and `task` for one that a task states."""
        at = self.find(edit["at"])
        if any(one.quote.start == at.start and one.quote.end == at.end for one in self.targets):
            raise EditError(_("“%(name)s”已是一项目标。") % {"name": at.name[:40]})
        task = self.task(edit["task"]).ref if edit.get("task") else ""
        self.targets.append(
            Target(
                year=_year(edit.get("year")),
                quote=at,
                value=_number(edit.get("value")),
                unit=clean(str(edit.get("unit") or ""))[:20],
                comparison=clean(str(edit.get("comparison") or ""))[:20],
                threshold="",
                task=task,
            )
        )

    def _target(self, place: Mapping[str, Any]) -> Target:
        at = locate(self.text, place)
        for target in self.targets:
            if at is not None and target.quote.start == at.start and target.quote.end == at.end:
                return target
        raise EditError(
            _("没有“%(quote)s”这项目标，它可能已被改动，请刷新页面。")
            % {"quote": str(place.get("quote", ""))[:40]}
        )

    def set_target(self, edit: Edit) -> None:
        """`target` (anchor), `value`, `unit`, `comparison`, `year`."""
        target = self._target(edit["target"])
        changed = replace(
            target,
            year=_year(edit.get("year")),
            value=_number(edit.get("value")),
            unit=clean(str(edit.get("unit") or ""))[:20],
            comparison=clean(str(edit.get("comparison") or ""))[:20],
        )
        self.targets = [changed if one is target else one for one in self.targets]

    def drop_target(self, edit: Edit) -> None:
        """`target` (anchor): it is none."""
        gone = self._target(edit["target"])
        self.targets = [one for one in self.targets if one is not gone]
        self.indicators = {
            slug: replace(entry, targets=tuple(name for name in entry.targets if name != gone.quote.name))
            for slug, entry in self.indicators.items()
        }
        self.indicators = {slug: entry for slug, entry in self.indicators.items() if entry.targets}

    def set_indicator(self, edit: Edit) -> None:
        """`target` (anchor), `name`, `kind` and the other fields of IndicatorEntry; `tasks` are anchors. Without a name
        the target is measured by nothing."""
        target = self._target(edit["target"])
        rest = {}
        for slug, entry in self.indicators.items():
            targets = tuple(name for name in entry.targets if name != target.quote.name)
            if targets:
                rest[slug] = replace(entry, targets=targets)
        self.indicators = rest
        name = clean(str(edit.get("name", "")))
        if not name:
            return
        if name not in clean(target.quote.of(self.text)):
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
        self.indicators[slug] = IndicatorEntry(
            slug=slug,
            name=name,
            reason=str(edit.get("note") or _("由录入人指定。")),
            unit=unit,
            targets=(target.quote.name,),
            tasks=tuple(self.task(place).ref for place in edit.get("tasks", ())),
            **more,
        )

    # -- operations: questions --------------------------------------------------------------------------------------

    def answer(self, edit: Edit) -> None:
        """`question` (its key), `choice`, `note`: LATER needs a reason."""
        note = _limited(edit.get("note", ""), "note", _("理由"), required=edit["choice"] == LATER)
        self.answers[str(edit["question"])] = Answer(str(edit["choice"]), note)

    # -- the result ---------------------------------------------------------------------------------------------------

    def edited(self, failures: tuple[Failure, ...]) -> Edited:
        tasks = self.tasks
        structure = replace(
            self.structure,
            head=self.head,
            parts=tuple(self.parts),
            sectors=tuple(self.sectors),
            groups=tuple(
                replace(
                    group, tasks=tuple(one for one in tasks if self.group_of[one.ref] == group.heading.start)
                )
                for group in self.groups
            ),
            safeguards=tuple(one for one in tasks if self.group_of[one.ref] is None),
            agencies=self._printed(tasks),
            targets=tuple(self.targets),
            links=tuple(link for link in self.structure.links if link.task in self.group_of),
        )
        corrections = Corrections(
            text_sha256=self.structure.text_sha256,
            head=tuple(self.head_entries.values()),
            headings=tuple(self.headings.values()),
            duties=tuple(self.duties),
            deadlines=tuple(self.deadlines.values()),
            indicators=tuple(self.indicators.values()),
        )
        return Edited(
            structure, corrections, dict(self.agencies), dict(self.answers), failures, dict(self.jurisdiction)
        )

    def _printed(self, tasks: Iterable[Task]) -> tuple[Printed, ...]:
        """The names in the brackets, each once. A name that the reader knows keeps what it says of it."""
        known = {one.name: one for one in self.structure.agencies}
        found: dict[str, Printed] = {}
        for mention in [
            *(mention for group in self.groups for mention in group.mentions),
            *(mention for task in tasks for mention in task.mentions),
        ]:
            printed = Printed(mention.quote, mention.suffix, False, mention.full)
            found.setdefault(mention.name, known.get(mention.name) or printed)
        # The reader's own order is that of the first occurrence; only new names come after.
        order = {name: number for number, name in enumerate(known)}
        return tuple(sorted(found.values(), key=lambda one: order.get(one.name, len(order))))


def deadline_day(words: str) -> date | None:
    """The day that a printed deadline names: 2021年6月底前 → 2021-06-30, 2022年底前 → 2022-12-31; None where it names
    none."""
    match = _DEADLINE.search(clean(words))
    if match is None:
        return None
    year, month, day = (int(one) if one else 0 for one in match.groups())
    try:
        month = month or 12
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError:
        return None


def _number_before(text: str, start: int) -> str:
    """The numbering that is printed before a heading: `4.`, `（三）`."""
    match = _NUMBERING.search(text[max(0, start - 12) : start])
    return match[0] if match else ""


def _restated(mention: Mention, duty: str) -> Mention:
    """The mention in another role, stated by a person: how the reader knew the role holds no longer."""
    return replace(mention, duty=duty, basis=BY_PERSON, role="")


def _duty(value: Any) -> str:
    if value not in DUTIES:
        raise EditError(_("请选单位在这项任务中的身份。"))
    return str(value)


def _limited(value: Any, kind: str, label: str, *, required: bool = True) -> str:
    words = clean(str(value or "")).strip()
    if required and not words:
        raise EditError(_("请填%(label)s。") % {"label": label})
    if len(words) > _LONGEST[kind]:
        raise EditError(
            _("%(label)s最多 %(most)d 字，现有 %(now)d 字。")
            % {"label": label, "most": _LONGEST[kind], "now": len(words)}
        )
    return words


def _year(value: Any) -> int | None:
    words = clean(str(value or "")).removesuffix("年")
    if not words:
        return None
    if not re.fullmatch(r"(19|20)\d\d", words):
        raise EditError(_("“%(value)s”不是年份，请写成 2027 这样。") % {"value": words[:20]})
    return int(words)


def _number(value: Any) -> int | float | None:
    words = clean(str("" if value is None else value)).replace(",", "").replace("，", "")
    if not words:
        return None
    try:
        number = Decimal(words)
    except InvalidOperation as error:
        raise EditError(_("“%(value)s”不是数，请只填数字。") % {"value": words[:20]}) from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
        raise EditError(_("“%(value)s”太大或不是数，请只填数字。") % {"value": words[:20]})
    return int(number) if number == number.to_integral_value() else float(number)


_OPERATIONS: dict[str, Callable[[_Draft, Edit], None]] = {
    "head": _Draft.set_head,
    "heading": _Draft.set_heading,
    "add_task": _Draft.add_task,
    "drop_task": _Draft.drop_task,
    "move_task": _Draft.move_task,
    "add_group": _Draft.add_group,
    "group_heading": _Draft.set_group_heading,
    "drop_group": _Draft.drop_group,
    "part": _Draft.set_part,
    "add_mention": _Draft.add_mention,
    "drop_mention": _Draft.drop_mention,
    "duty": _Draft.set_duty,
    "agency": _Draft.set_agency,
    "deadline": _Draft.set_deadline,
    "add_target": _Draft.add_target,
    "target": _Draft.set_target,
    "drop_target": _Draft.drop_target,
    "indicator": _Draft.set_indicator,
    "answer": _Draft.answer,
    "jurisdiction": _Draft.set_jurisdiction,
}
