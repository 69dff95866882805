"""What the pages of imports show: the questions, the structure, the agencies, the targets; the text is in `marked_text`."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.files import storage
from tasks.importing.marked_text import DUTY_LABELS, Block, blocks
from tasks.importing.matching import ALIKE_NAME, KNOWN, NEW, RENAMED, SAME, SAME_NAME, Match
from tasks.importing.models import ImportState, PlanImport
from tasks.importing.queries import Current
from tasks.importing.questions import Question
from tasks.indicators.loading import said_of
from tasks.indicators.target_manner import Manner
from tasks.plans.documents.extraction import extract
from tasks.plans.documents.values import Reason
from tasks.plans.editing.values import DUTIES
from tasks.plans.structure import Group, Mention, Target, Task
from tasks.values import Rhythm

PART_LABELS = {
    "aims": gettext_lazy("目标和要求"),
    "sectors": gettext_lazy("重点领域"),
    "tasks": gettext_lazy("主要任务"),
    "safeguards": gettext_lazy("保障措施"),
    "other": gettext_lazy("其他"),
}
OMITTED_LABELS = {
    Reason.PAGE_NUMBER: gettext_lazy("页码"),
    Reason.RUNNING_HEAD: gettext_lazy("页眉页脚"),
    Reason.FOOTNOTE: gettext_lazy("脚注"),
    Reason.CONTENTS: gettext_lazy("目录"),
    Reason.NAVIGATION: gettext_lazy("网页导航"),
    Reason.PICTURE: gettext_lazy("图片，没有文字"),
    Reason.DELETED: gettext_lazy("已删除或隐藏的文字"),
}
STATUS_LABELS = {
    KNOWN: gettext_lazy("直接对应"),
    RENAMED: gettext_lazy("按原名对应"),
    SAME_NAME: gettext_lazy("同名待定"),
    ALIKE_NAME: gettext_lazy("相近待定"),
    NEW: gettext_lazy("新单位"),
    SAME: gettext_lazy("同一单位的另一写法"),
}
_BASES = {
    "stated": gettext_lazy("原文写明"),
    "rule": gettext_lazy("按方案自己的规则"),
    "comma": gettext_lazy("逗号前为牵头"),
    "single": gettext_lazy("只列一个单位"),
    "person": gettext_lazy("由核对人确定"),
}


# -- the structure -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NameShown:
    """An agency of a task: its name, its anchor in the text (None where a person assigned it), what is to be settled."""

    name: str
    duty: str
    start: int | None
    end: int | None
    number: int = 0
    note: str = ""

    @property
    def place(self) -> str:
        """The value of a hidden field that names it."""
        return f"{self.start}:{self.end}" if self.start is not None else ""


@dataclass(frozen=True)
class DutyLine:
    label: str
    duty: str
    names: tuple[NameShown, ...]
    note: str = ""


@dataclass(frozen=True)
class TaskRow:
    number: int
    task: Task
    heading: str
    lines: tuple[DutyLine, ...]
    names: tuple[NameShown, ...]
    deadline: str
    day: str
    open_numbers: tuple[int, ...]

    @property
    def ref(self) -> str:
        return self.task.ref

    @property
    def is_open(self) -> bool:
        return bool(self.open_numbers)


@dataclass(frozen=True)
class GroupRow:
    group: Group | None  # None: the safeguards
    title: str
    rows: tuple[TaskRow, ...]
    above: str = ""

    @property
    def start(self) -> int:
        return self.group.heading.start if self.group else -1


@dataclass(frozen=True)
class AgencyRow:
    match: Match
    status: str
    other: str  # the agency of the register, or the kind of a new one
    tasks: int
    is_open: bool


@dataclass(frozen=True)
class TargetRow:
    target: Target
    where: str
    value: str
    indicator: str

    @property
    def place(self) -> str:
        return f"{self.target.quote.start}:{self.target.quote.end}"

    @property
    def panel(self) -> str:
        return f"panel-target-{self.target.quote.start}-{self.target.quote.end}"


@dataclass(frozen=True)
class HeadRow:
    name: str
    label: str
    value: str
    note: str
    choices: tuple[tuple[str, Any], ...] = ()  # (value, label) where one of them is chosen

    @property
    def words(self) -> str:
        """The value as it is shown."""
        return str(dict(self.choices).get(self.value, self.value))


@dataclass(frozen=True)
class QuestionShown:
    """A question with its number, the words of the text that it is about, and how many others are of its kind."""

    number: int
    question: Question
    words: str
    where: str
    like: tuple[str, ...]
    agencies: tuple[NameShown, ...] = ()

    @property
    def key(self) -> str:
        return self.question.key

    @property
    def id(self) -> str:
        return f"q{self.number}"


@dataclass
class Workspace:
    """All that the page of an import shows."""

    now: Current
    sentence: str
    open_questions: list[QuestionShown]
    answered: list[Question]
    left: list[Question]
    groups: list[GroupRow]
    head: list[HeadRow]
    agencies: list[AgencyRow]
    counts: list[tuple[str, int]]
    targets: list[TargetRow]
    parts: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    blocks: list[Block] = field(default_factory=list)
    edits: int = 0

    @property
    def row(self) -> Any:
        return self.now.row

    @property
    def tasks(self) -> int:
        return sum(len(group.rows) for group in self.groups)

    @property
    def rows(self) -> Iterable[TaskRow]:
        return (row for group in self.groups for row in group.rows)

    @property
    def new_agencies(self) -> int:
        return sum(row.match.is_new for row in self.agencies)


def workspace(now: Current, *, with_text: bool = True) -> Workspace:
    """The page of an import."""
    structure, asked = now.structure, now.questions
    numbers = {one.key: number for number, one in enumerate(asked.open, 1)}
    groups = _groups(now, numbers)
    mentions = sum(len(row.names) for group in groups for row in group.rows)
    lost = sum(one.lost for one in asked.open)
    tasks = sum(len(group.rows) for group in groups)
    sentence = _("识别任务%(tasks)d项、责任%(duties)d处、目标%(targets)d个") % {
        "tasks": tasks,
        "duties": mentions,
        "targets": len(structure.targets),
    }
    if asked.open:
        sentence += _("；%(open)d处待您确定") % {"open": len(asked.open)}
    if lost:
        sentence += _("，其中%(lost)d处未能识别") % {"lost": lost}
    sentence += "。" if asked.open else _("，没有待确定之处。")
    matches = now.matches
    used = Counter(name.name for group in groups for row in group.rows for name in row.names)
    agencies = [
        AgencyRow(
            one,
            str(STATUS_LABELS[one.status]) if one.asks or one.status != NEW else _("新单位"),
            _other(now, one),
            used[one.name],
            one.asks,
        )
        for one in matches.values()
    ]
    agencies.sort(key=lambda row: (not row.is_open, not row.match.is_new))
    counts = Counter(row.status for row in agencies)
    made = Workspace(
        now=now,
        sentence=sentence,
        open_questions=_shown(now, numbers),
        answered=[one for one in asked.answered if not one.is_left],
        left=asked.left,
        groups=groups,
        head=_head(now),
        agencies=agencies,
        counts=list(counts.items()),
        targets=_targets(now),
        parts=[
            {
                "heading": part.heading,
                "kind": part.kind,
                "label": PART_LABELS.get(part.kind, part.kind),
                "place": f"{part.heading.start}:{part.heading.end}",
            }
            for part in structure.parts
        ],
        steps=_steps(now),
        edits=now.row.edits.count(),
    )
    if with_text:
        made.blocks = blocks(now, numbers)
    return made


def omitted_of(row: PlanImport) -> list[tuple[str, str, str]]:
    """What the file holds and its text leaves out: (words, reason, place). The file is read again."""
    with storage.get(row.file) as content:
        document = extract(row.file.name, content.read())
    return [
        (one.text, str(OMITTED_LABELS.get(one.reason, one.reason)), str(one.place))
        for one in document.omitted
    ]


def _other(now: Current, one: Match) -> str:
    if one.slug:
        return now.register.entries[one.slug].label
    if one.status == SAME:
        return one.same_as
    kind = now.jurisdiction.wording.kind_name(one.kind) if one.kind else _("类别待定")
    if one.is_collective and one.members:
        return _("%(kind)s，%(n)d个成员") % {"kind": kind, "n": len(one.members)}
    return kind


def _groups(now: Current, numbers: dict[str, int]) -> list[GroupRow]:
    structure = now.structure
    headings = {entry.task: entry.name for entry in now.edited.corrections.headings}
    days = {entry.task: entry for entry in now.edited.corrections.deadlines}
    assigned: dict[str, list[NameShown]] = {}
    for entry in now.edited.corrections.duties:
        assigned.setdefault(entry.task, []).append(
            NameShown(entry.name, entry.duty, None, None, note=_("非方案原文"))
        )
    by_task: dict[str, list[int]] = {}
    by_name: dict[str, int] = {}
    for question in now.questions.open:
        number = numbers[question.key]
        if question.task is not None:
            by_task.setdefault(question.task.ref, []).append(number)
        if question.name:
            by_name[question.name] = number

    counter = 0

    def row(task: Task) -> TaskRow:
        nonlocal counter
        counter += 1
        names = [
            NameShown(
                mention.name,
                mention.duty,
                mention.quote.start,
                mention.quote.end,
                by_name.get(mention.name, 0),
                _("承前标题") if mention.scope == "group" else _("对各项统一规定") if mention.scope else "",
            )
            for mention in task.mentions
        ] + assigned.get(task.ref, [])
        entry = days.get(task.ref)
        deadline = entry.reason if entry else task.deadline.name if task.deadline else ""
        day = entry.day if entry else task.deadline.day if task.deadline else None
        return TaskRow(
            number=counter,
            task=task,
            heading=headings.get(task.ref, task.heading.name),
            lines=_lines(task.mentions, names),
            names=tuple(names),
            deadline=day.isoformat() if entry and day else deadline,
            day=day.isoformat() if day else "",
            open_numbers=tuple(
                dict.fromkeys([*by_task.get(task.ref, []), *(name.number for name in names if name.number)])
            ),
        )

    found = [
        GroupRow(
            group,
            f"{group.code or group.number} {group.heading.name}",
            tuple(row(task) for task in group.tasks),
            above="、".join(quote.name for quote in group.above),
        )
        for group in structure.groups
    ]
    if structure.safeguards:
        found.append(GroupRow(None, _("保障措施"), tuple(row(task) for task in structure.safeguards)))
    return found


def _lines(mentions: Sequence[Mention], names: Sequence[NameShown]) -> tuple[DutyLine, ...]:
    bases = {mention.quote.start: mention.basis for mention in mentions}
    lines = []
    for duty in DUTIES:
        own = tuple(name for name in names if name.duty == duty)
        if not own:
            continue
        label, note = str(DUTY_LABELS[duty]), ""
        if duty == "lead":
            label = _("共同牵头") if len(own) > 1 else label
            note = (
                _("第一位为第一牵头")
                if len(own) > 1
                else str(_BASES.get(bases.get(own[0].start or -1, ""), ""))
            )
        elif duty == "co" and any(bases.get(name.start or -1) == "unranked" for name in own):
            label, note = _("共同负责"), _("原文未明确牵头")
        lines.append(DutyLine(label, duty, own, note))
    return tuple(lines)


def _shown(now: Current, numbers: dict[str, int]) -> list[QuestionShown]:
    order = {task.ref: number for number, task in enumerate(now.structure.all_tasks, 1)}
    kinds: dict[str, list[str]] = {}
    for question in now.questions.open:
        kinds.setdefault(question.kind, []).append(question.key)
    shown = []
    for question in now.questions.open:
        task = question.task
        words = now.row.text[question.start : question.end] if question.end else ""
        agencies: tuple[NameShown, ...] = ()
        if task is not None:
            agencies = tuple(
                NameShown(one.name, one.duty, one.quote.start, one.quote.end) for one in task.mentions
            )
        shown.append(
            QuestionShown(
                numbers[question.key],
                question,
                re.sub(r"\s+", "", words)[:120],
                _("任务%(n)d") % {"n": order[task.ref]} if task is not None else _place(now, question),
                tuple(key for key in kinds[question.kind] if key != question.key),
                agencies,
            )
        )
    return shown


def _place(now: Current, question: Question) -> str:
    """Where in the original the question is: a page or a paragraph."""
    if not question.end or not now.row.places:
        return ""
    starts = [start for start, _words in now.row.places]
    return str(now.row.places[max(0, bisect_right(starts, question.start) - 1)][1])


HEAD_LABELS = {
    "title": gettext_lazy("标题"),
    "doc_number": gettext_lazy("文号"),
    "issuer": gettext_lazy("印发机关"),
    "passed_on": gettext_lazy("审议通过"),
    "issued_on": gettext_lazy("成文日期"),
    "in_force_from": gettext_lazy("施行日期"),
    "in_force_to": gettext_lazy("有效期至"),
}
_UNPRINTED = {
    "in_force_from": gettext_lazy("原文未写，自成文之日起"),
    "in_force_to": gettext_lazy("原文未写，可不填"),
    "passed_on": gettext_lazy("原文未写，可不填"),
}


def _head(now: Current) -> list[HeadRow]:
    head = now.structure.head
    entries = {entry.field: entry for entry in now.edited.corrections.head}
    rows = []
    for name, label in HEAD_LABELS.items():
        entry, quote = entries.get(name), getattr(head, name)
        if entry:
            value = entry.day.isoformat() if entry.day else entry.value
            note = _("由核对人填写") if value else _("留空")
        elif quote is not None:
            value = quote.day.isoformat() if hasattr(quote, "day") else quote.name
            inferred = getattr(quote, "inferred", "")
            note = {
                "term": _("按有效期推算"),
                "issued": _("自印发之日起"),
                "year": _("年份按原文推定"),
            }.get(inferred, "")
            if name == "issuer" and len(head.issuers) > 1:
                value = " ".join(one.name for one in head.issuers)
        else:
            value, note = "", str(_UNPRINTED.get(name, _("原文未写")))
        rows.append(HeadRow(name, str(label), value, note))
    entry = entries.get("rhythm")
    rhythm = Rhythm(entry.value) if entry else Rhythm.QUARTER
    note = _("开启填报以前可以改")
    rows.append(HeadRow("rhythm", _("填报频次"), rhythm.value, note, tuple(Rhythm.choices)))
    return rows


def _targets(now: Current) -> list[TargetRow]:
    indicators = {text: entry.name for entry in now.edited.corrections.indicators for text in entry.targets}
    codes = {task.ref: task.code for task in now.structure.all_tasks}
    rows = []
    for target in now.structure.targets:
        value = "" if target.value is None else f"{target.comparison}{target.value:g}{target.unit}"
        if value and (manner := said_of(target).manner):
            value += _("（%(manner)s）") % {"manner": Manner(manner).label}
        where = _("%(year)d年") % {"year": target.year} if target.year else codes.get(target.task, "")
        rows.append(TargetRow(target, where, value, indicators.get(target.quote.name, "")))
    return rows


def _steps(now: Current) -> list[dict[str, Any]]:
    row, asked = now.row, now.questions
    place = {ImportState.OPEN: 2, ImportState.SUBMITTED: 4}.get(ImportState(row.state), 5)
    steps = [
        (_("上传"), row.file.name),
        (_("识别"), _("用时%(n).1f秒") % {"n": row.seconds}),
        (
            _("核对"),
            _("还有%(n)d处待定") % {"n": len(asked.open)}
            if asked.open
            else _("已核对，放着%(n)d处") % {"n": len(asked.left)}
            if asked.left
            else _("已核对"),
        ),
        (_("送确认"), str(row.submitted_by or "") if row.state != ImportState.OPEN else ""),
        (_("另一人确认"), str(row.decided_by or "")),
    ]
    return [
        {
            "title": title,
            "text": text,
            "state": "done" if number < place else "current" if number == place else "todo",
        }
        for number, (title, text) in enumerate(steps)
    ]
