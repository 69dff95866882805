"""The sections that print what the leads wrote on their tasks: problems, requests, and the progress of each task."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from reports.briefs import sentences, view_models
from reports.briefs.composition_context import Context, Section, fixed
from reports.briefs.formatting import counted, light_counts, rate
from reports.briefs.snapshot import Snapshot
from reports.briefs.view_models import GroupView, TaskView
from reports.figures.values import TaskFigures
from reports.typeset.chinese_text import numeral, sentence
from tasks.values import Duty
from tasks.wording import current

# -- 问题与协调 ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProblemRow:
    """A category of problems: on how many tasks, and their codes."""

    category: str
    count: int
    codes: str


@dataclass(frozen=True, kw_only=True)
class ProblemsSection(Section):
    part: ClassVar[str] = "briefs/parts/problems.html"
    paragraphs: list[str]
    rows: list[ProblemRow]
    table: int


def problems(context: Context[Snapshot]) -> Section | None:
    """存在的主要问题: by category, how many tasks reported some, and which."""
    codes: dict[str, list[str]] = {}
    troubled = []
    for source in context.figures.tasks:
        categories = dict.fromkeys(
            context.printable(category) for category, _text in source.narrative.problems
        )
        if categories:
            troubled.append(view_models.task(context, source))
        for category in categories:
            codes.setdefault(category, []).append(context.printable(source.code))
    if not codes:
        return None
    rows = [
        ProblemRow(category, len(some), view_models.grouped(some))
        for category, some in sorted(codes.items(), key=lambda item: -len(item[1]))
    ]
    table = context.next_table()
    with_safeguards = any(task.is_safeguard for task in troubled)
    text = _(
        "牵头单位反映问题的有%(count)s，%(by)s：%(categories)s；一项任务可以有几类问题，见表%(table)d。"
    ) % {
        "count": sentences.counted_tasks(troubled),
        "by": _("按类别（含保障措施）") if with_safeguards else _("按类别"),
        "categories": fixed(
            "、".join(
                _("%(category)s%(count)d项") % {"category": row.category, "count": row.count} for row in rows
            )
        ),
        "table": table,
    }
    text = sentences.of_quarter(context.quarter_label) + text
    return ProblemsSection(
        title=_("存在的主要问题"), paragraphs=context.texts("problems", [text]), rows=rows, table=table
    )


@dataclass(frozen=True)
class CoordinationRow:
    """What the lead of a task needs, in the lead's words."""

    heading: str
    lead: str
    words: str
    more: list[str]  # further paragraphs


@dataclass(frozen=True, kw_only=True)
class CoordinationSection(Section):
    part: ClassVar[str] = "briefs/parts/coordination.html"
    paragraphs: list[str]
    tasks: list[CoordinationRow]

    @property
    def is_empty(self) -> bool:
        return not (self.paragraphs or self.tasks)


def coordination(context: Context[Snapshot]) -> Section | None:
    """What is asked of the level above, in the words of the leads. A request that was struck out is counted all the same."""
    rows, requests = [], []
    for source in context.figures.tasks:
        composed = sentence(context.lines(source.narrative.coordination))
        if not composed:
            continue
        task = view_models.task(context, source)
        requests.append(task)
        if words := context.text(f"{source.ref}/coordination", composed):
            first, *more = words.split("\n")
            rows.append(CoordinationRow(task.heading, task.lead, first, more))
    if not requests:
        return None
    text = _("牵头单位提出%(request)s的有%(count)s。") % {
        "request": current().request,
        "count": sentences.counted_tasks(requests),
    }
    text = sentences.of_quarter(context.quarter_label) + text
    return CoordinationSection(
        title=current().coordination, paragraphs=context.texts("coordination", [text]), tasks=rows
    )


# -- 任务进展 --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TaskText(TaskView):
    """A task with its text, in paragraphs of pieces (label, text); `numeral` numbers a safeguard."""

    paragraphs: list[list[tuple[str, str]]]
    numeral: str = ""


@dataclass(frozen=True)
class GroupText:
    """A group, the sentence on its lights and rates, and its tasks."""

    numeral: str
    name: str
    wide_bar: str
    paragraphs: list[str]
    tasks: list[TaskText]


@dataclass(frozen=True, kw_only=True)
class ProgressSection(Section):
    part: ClassVar[str] = "briefs/parts/progress.html"
    groups: list[GroupText]


@dataclass(frozen=True, kw_only=True)
class SafeguardsSection(Section):
    part: ClassVar[str] = "briefs/parts/safeguards.html"
    group: GroupText


def progress(context: Context[Snapshot]) -> Section | None:
    """主要任务进展: the groups one by one, with bar and text."""
    groups = []
    for group in view_models.groups(context):
        if not group.apart:
            text = _group_sentence(group, _("%(count)s任务中，"))
            paragraphs = context.texts(f"group/{group.number}", [text])
            tasks = [_task_text(context, source) for source in group.sources]
            groups.append(GroupText(group.numeral, group.name, group.wide_bar, paragraphs, tasks))
    return ProgressSection(title=_("主要任务进展"), groups=groups) if groups else None


def safeguards(context: Context[Snapshot]) -> Section | None:
    """保障措施进展, counted apart. The editor of a brief lists the text of the tasks first."""
    group = next((group for group in view_models.groups(context) if group.apart), None)
    if group is None:
        return None
    tasks = [_task_text(context, source, numeral(number)) for number, source in enumerate(group.sources, 1)]
    counts = _group_sentence(group, _("%(count)s保障措施中，"))
    paragraphs = context.texts("group/safeguards", [counts])
    text = GroupText(group.numeral, group.name, group.wide_bar, paragraphs, tasks)
    return SafeguardsSection(title=_("保障措施进展"), group=text)


def _group_sentence(group: GroupView, head: str) -> str:
    """A group's lights and rates, in a sentence."""
    counts = light_counts(group.lights, head % {"count": counted(group.total)}, grey_by=_("牵头单位"))
    pieces = [
        fixed(f"{name}{rate(one.reported, one.due)}")
        for name, one in ((_("牵头汇总已报"), group.lead), (_("配合填报已报"), group.co))
        if one.due
    ]
    return f"{counts}。{'，'.join(pieces)}。" if pieces else f"{counts}。"


def _task_text(context: Context[Snapshot], source: TaskFigures, number: str = "") -> TaskText:
    """A task with its text. A text that was struck out leaves no label, and nothing is printed in its place."""
    still_open = sentences.is_open(context.figures, Duty.LEAD.value)
    silence = sentences.silence(source, still_open=still_open)
    words = (
        [("silence", "", silence)]
        if silence
        else sentences.task_words(source, context.printable, context.lines)
    )
    parts = [(label, context.text(f"{source.ref}/{key}", text)) for key, label, text in words]
    if not words:
        parts = [("", sentences.wordless(source))]
    return TaskText(
        **vars(view_models.task(context, source)),
        paragraphs=_paragraphs(parts),
        numeral=number,
    )


def _paragraphs(parts: Iterable[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """The parts (label, text) one behind the other; further lines of a text are paragraphs, and so is what follows them."""
    found: list[list[tuple[str, str]]] = []
    is_running = False
    for label, text in parts:
        first, *more = text.split("\n")
        if first and is_running:
            found[-1].append((label, first))
        elif first:
            found.append([(label, first)])
        found += [[("", line)] for line in more]
        is_running = bool(found) and not more
    return found
