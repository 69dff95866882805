"""Open questions of an import: what the reader did not understand, agencies that a person has to say, answers still due.

A question has a key made of its kind and words, not of its place, so that an answer holds for another text of the same
document too. It disappears when it is answered, or when a correction has settled what it asks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.importing.matching import ALIKE_NAME, NEW, SAME_NAME, Match
from tasks.plans.editing.anchors import task_end
from tasks.plans.editing.values import LATER, Answer, Edited
from tasks.plans.structure import LOST, Quote, Structure, Task
from tasks.plans.structure import Question as Unread

AS_PRINTED = "as_printed"


@dataclass(frozen=True)
class Choice:
    """A possible answer; `needs` names the further field that it takes (`agency`, `kind`, `known`, `members`, `day`)."""

    value: str
    label: str
    needs: str = ""


@dataclass(frozen=True)
class Question:
    """A question for a person. `start` and `end` are its place in the text (equal: none)."""

    key: str
    kind: str
    sentence: str
    start: int = 0
    end: int = 0
    task: Task | None = None
    choices: tuple[Choice, ...] = ()
    name: str = ""  # the printed name that it is about
    match: Match | None = None
    names: tuple[str, ...] = ()  # of a question about several
    answer: Answer | None = None
    lost: bool = False  # something that the plan prints is missing until it is settled

    @property
    def is_open(self) -> bool:
        return self.answer is None

    @property
    def is_left(self) -> bool:
        """放着: left open with a reason."""
        return self.answer is not None and self.answer.choice == LATER


@dataclass
class Asked:
    """All questions of an import."""

    questions: list[Question] = field(default_factory=list)

    @property
    def open(self) -> list[Question]:
        return [one for one in self.questions if one.is_open]

    @property
    def left(self) -> list[Question]:
        return [one for one in self.questions if one.is_left]

    @property
    def answered(self) -> list[Question]:
        return [one for one in self.questions if not one.is_open]


def ask_all(edited: Edited, matches: Mapping[str, Match]) -> Asked:
    """The questions, in the order of the text, those without a place last."""
    structure, answers = edited.structure, edited.answers
    found: list[Question] = []
    counts: dict[str, int] = {}
    for unread in structure.questions:
        base = f"{unread.kind}:{unread.words[:80]}"
        counts[base] = counts.get(base, 0) + 1
        key = base if counts[base] == 1 else f"{base}:{counts[base]}"
        task = _task_at(structure, unread.start)
        if key not in answers and _is_settled(unread, edited, task):
            continue
        found.append(
            Question(
                key,
                unread.kind,
                unread.sentence,
                unread.start,
                unread.end,
                task,
                _choices(unread, task),
                answer=answers.get(key),
                lost=unread.kind in LOST,
            )
        )
    found += _of_notes(structure, answers)
    found += _of_agencies(edited, matches)
    if structure.head.issued_on is None and not any(
        entry.field == "issued_on" and entry.day for entry in edited.corrections.head
    ):
        found.append(
            Question(
                "head:issued_on",
                "head",
                _("没有读到成文日期，请在文件信息中填写；确实没有的，可以照原文留空。"),
                choices=(Choice(AS_PRINTED, _("原文没有，留空")),),
                answer=answers.get("head:issued_on"),
            )
        )
    for failure in edited.failures:
        key = f"replay:{failure.number}"
        found.append(
            Question(
                key,
                "replay",
                _("第%(number)d步更正在现在的文本中用不上：%(why)s")
                % {"number": failure.number, "why": failure.reason},
                choices=(Choice(AS_PRINTED, _("不再需要")),),
                answer=answers.get(key),
            )
        )
    found.sort(key=lambda one: (one.end == 0, one.start))
    return Asked(found)


def _task_at(structure: Structure, place: int) -> Task | None:
    return next((task for task in structure.all_tasks if task.heading.start <= place < task_end(task)), None)


def _is_settled(unread: Unread, edited: Edited, task: Task | None) -> bool:
    """Whether a correction has settled what the reader asked."""
    structure = edited.structure
    quotes: Iterable[Quote] = ()
    match unread.kind:
        case "number" | "heading":
            quotes = [
                *(one.heading for one in structure.all_tasks),
                *(one.heading for one in structure.groups),
            ]
        case "bracket" | "name":
            by_person = [m for one in structure.all_tasks for m in one.mentions if m.basis == "person"]
            quotes = [mention.quote for mention in by_person]
        case "deadline":
            deadlines = [one.deadline for one in structure.all_tasks if one.deadline and one.deadline.day]
            entered = {entry.task for entry in edited.corrections.deadlines}
            if task is not None and task.ref in entered:
                return True
            quotes = deadlines
        case "no_bracket":
            return task is not None and bool(
                task.mentions or any(entry.task == task.ref for entry in edited.corrections.duties)
            )
        case "no_lead":
            return task is not None and (
                any(mention.duty == "lead" for mention in task.mentions)
                or any((entry.task, entry.duty) == (task.ref, "lead") for entry in edited.corrections.duties)
            )
        case "no_agency":
            return bool(edited.names)
        case _:
            return False
    return any(quote.start < unread.end and unread.start < quote.end for quote in quotes)


def _choices(unread: Unread, task: Task | None) -> tuple[Choice, ...]:
    match unread.kind:
        case "no_lead":
            printed = Choice(AS_PRINTED, _("照原文，记为“未明确牵头”"))
            return (printed, Choice("lead", _("由办公室指定牵头单位"), "agency")) if task else (printed,)
        case "no_bracket" | "no_agency":
            return (Choice(AS_PRINTED, _("照原文，不列责任单位")),)
        case "deadline":
            return (Choice("day", _("完成日期"), "day"), Choice(AS_PRINTED, _("长期，或没有具体日期")))
        case "head":
            return (Choice(AS_PRINTED, _("原文没有，留空")),)
        case _:
            return (Choice(AS_PRINTED, _("照读出的结果，不作改动")), Choice("corrected", _("已在别处改好")))


_NOTES = {
    "no_bracket": gettext_lazy("这项任务没有责任括号。"),
    "count_differs": gettext_lazy("原文写的个数与列出的名称不一致（%(detail)s）。"),
    "brackets_unused": gettext_lazy("原文有%(detail)s处责任括号没有归到任务，请核对是否漏了任务。"),
}


def _of_notes(structure: Structure, answers: Mapping[str, Answer]) -> list[Question]:
    """What the text says against itself. The reader's questions say the same of brackets, more precisely."""
    asked = {one.kind for one in structure.questions}
    found = []
    for note in structure.notes:
        if note.kind == "no_bracket" and (asked or _task_has_agencies(structure, note.start)):
            continue
        key = f"note:{note.kind}:{note.detail}"
        form = _NOTES.get(note.kind)
        if form is None or (note.kind == "brackets_unused" and "bracket" in asked):
            continue
        found.append(
            Question(
                key,
                note.kind,
                str(form) % {"detail": note.detail},
                note.start,
                note.end,
                _task_at(structure, note.start),
                (Choice(AS_PRINTED, _("照读出的结果，不作改动")), Choice("corrected", _("已在别处改好"))),
                answer=answers.get(key),
                lost=note.kind == "brackets_unused",
            )
        )
    return found


def _task_has_agencies(structure: Structure, start: int) -> bool:
    task = _task_at(structure, start)
    return task is not None and bool(task.mentions)


def _of_agencies(edited: Edited, matches: Mapping[str, Match]) -> list[Question]:
    places = {printed.name: printed.quote for printed in edited.structure.agencies}
    found: list[Question] = []
    same = [one for one in matches.values() if one.status == SAME_NAME and one.asks]
    if len(same) > 1:
        # One question for all: on a site with one province's agencies they are the same throughout.
        key = "same_names"
        names = tuple(one.name for one in same)
        found.append(
            Question(
                key,
                key,
                _("“%(names)s”等%(count)d个名称单位库中已有，但看不出是不是同一地区的单位。")
                % {"names": "、".join(names[:3]), "count": len(names)},
                choices=(
                    Choice("known", _("都是单位库中的这些单位")),
                    Choice("new", _("都不是，按新单位登记")),
                ),
                names=names,
                answer=edited.answers.get(key),
            )
        )
    for one in matches.values():
        place = places.get(one.name)
        start, end = (place.start, place.end) if place else (0, 0)
        task = _task_at(edited.structure, start) if place else None
        key = f"agency:{one.name}"
        answer = edited.answers.get(key)
        if one.asks and not (one.status == SAME_NAME and len(same) > 1):
            sentence = (
                _("“%(name)s”与单位库中的%(other)s名称相近，是同一单位吗？")
                if one.status == ALIKE_NAME
                else _("单位库中已有%(other)s，与“%(name)s”是同一地区的单位吗？")
                if one.status == SAME_NAME
                else _("单位库中没有“%(name)s”，也看不出它是哪类单位。")
            ) % {"name": one.name, "other": "、".join(f"“{entry.label}”" for entry in one.candidates)}
            found.append(
                Question(
                    key,
                    "agency_kind" if one.status == NEW else "agency",
                    sentence,
                    start,
                    end,
                    task,
                    _agency_choices(one),
                    one.name,
                    one,
                    answer=answer,
                )
            )
        elif one.is_collective and one.is_new and not one.members:
            key = f"members:{one.name}"
            found.append(
                Question(
                    key,
                    "members",
                    _("“%(name)s”指哪几个单位？成员定了，才知道由谁填报。") % {"name": one.name},
                    start,
                    end,
                    task,
                    (
                        Choice("members", _("列出成员，用顿号隔开"), "members"),
                        Choice(AS_PRINTED, _("暂不列成员，以后由办公室确定")),
                    ),
                    one.name,
                    one,
                    answer=edited.answers.get(key),
                )
            )
    return found


def _agency_choices(one: Match) -> tuple[Choice, ...]:
    known = [
        Choice(f"known:{entry.slug}", _("就是单位库中的%(name)s") % {"name": entry.label})
        for entry in one.candidates
    ]
    return (
        *known,
        Choice("new", _("是新单位"), "kind"),
        Choice("none", _("不是单位，从各任务中去掉")),
    )
