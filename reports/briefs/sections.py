"""The sections that several kinds of briefs have: each a function of the context, None when it has nothing to tell."""

from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar

from django.utils.translation import gettext as _

from reports.briefs import annexes, sentences, view_models
from reports.briefs.composition_context import Context, Paragraphs, Section, fixed
from reports.briefs.formatting import amount, by_style, counted, light_styles, percent, rate
from reports.briefs.snapshot import Snapshot, TargetPath, WithPaths
from reports.briefs.view_models import GroupView, LightView
from reports.figures.targets import manner_note
from reports.figures.values import Rate, TargetFigures
from reports.typeset.chinese_text import phrase
from tasks.indicators.target_path import Schedule
from tasks.indicators.values import Binding, stage_note


def overall(context: Context[Snapshot]) -> Section | None:
    """总体情况 of the main tasks that the brief speaks of, with the safeguards beside them."""
    tasks = view_models.tasks(context).values()
    texts = sentences.overall(context.figures, tasks, head=context.main_tasks)
    return Paragraphs(title=_("总体情况"), paragraphs=context.texts("overall", texts))


# -- 各任务组状态 ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MainTasks:
    """The sum of all groups, without the safeguards."""

    total: int
    counts: list[int]
    lead: Rate
    co: Rate


@dataclass(frozen=True, kw_only=True)
class GroupsSection(Section):
    """`lights` are the heads of the columns."""

    part: ClassVar[str] = "briefs/parts/groups.html"
    paragraphs: list[str]
    rows: list[GroupView]
    main: MainTasks
    table: int
    lights: list[LightView]


def groups(context: Context[Snapshot]) -> Section | None:
    """各任务组状态: a table with a bar for each group. A single group needs none: it is what the whole brief is about."""
    figures, rows = context.figures, view_models.groups(context)
    if len(rows) < 2:
        return None
    lights = [row.lights for row in rows]
    styles = light_styles(*lights)
    table = context.next_table()
    text = sentences.groups_sentence(figures, context.printable, table)
    return GroupsSection(
        title=_("各任务组状态"),
        paragraphs=context.texts("groups", [text]),
        rows=rows,
        main=MainTasks(
            figures.lights.total,
            list(by_style(figures.lights, styles).values()),
            sum((group.lead for group in figures.groups), Rate()),
            sum((group.co for group in figures.groups), Rate()),
        ),
        table=table,
        lights=view_models.lights(*lights),
    )


# -- 与上季度相比的变化 ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChangeRow:
    """A task, its light a quarter before and now, and what kind of change that is."""

    code: str
    heading: str
    lead: str
    before: LightView
    after: LightView
    kind: str


@dataclass(frozen=True, kw_only=True)
class ChangesSection(Section):
    part: ClassVar[str] = "briefs/parts/changes.html"
    paragraphs: list[str]
    rows: list[ChangeRow]
    table: int


def changes(context: Context[Snapshot]) -> Section | None:
    """与上季度相比的变化: every task whose light is another one than a quarter before. What may still come in on time
    is not counted as missing (reports.figures.queries.change_kind)."""
    figures = context.figures
    if not figures.changes:
        return None
    table = context.next_table()
    text = sentences.changes(figures) + _("逐项见表%(table)d。") % {"table": table}
    rows = [
        ChangeRow(
            code=context.printable(change.task_code),
            heading=phrase(context.printable(change.task_heading)),
            lead=context.printable(change.lead.name) if change.lead else "—",
            before=view_models.light(change.before),
            after=view_models.light(change.after),
            kind=str(word),
        )
        for kind, word in sentences.CHANGES.items()
        for change in figures.changes
        if change.kind == kind
    ]
    return ChangesSection(
        title=_("与上季度相比的变化"), paragraphs=context.texts("changes", [text]), rows=rows, table=table
    )


# -- 目标指标 --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PathView:
    """How a target stands against its path, and where its figure should be; "" where there is no path."""

    word: str = ""
    path: str = ""


@dataclass(frozen=True)
class TargetRow:
    """A target with a number; `quarter` is the one of its latest figure."""

    year: int | None
    text: str
    value: str
    actual: str
    parts: str
    quarter: str
    verified: bool
    stage: str  # 快报数, 初步数 …; "" for 正式数
    status: PathView


@dataclass(frozen=True, kw_only=True)
class TargetsSection(Section):
    """`first` stands above the table of `numbers`, `words` below it: the targets without a number."""

    part: ClassVar[str] = "briefs/parts/targets.html"
    first: list[str]
    numbers: list[TargetRow]
    words: list[str]
    table: int
    has_paths: bool

    @property
    def is_empty(self) -> bool:
        return not (self.first or self.numbers or self.words)


def targets(context: Context[WithPaths]) -> Section | None:
    """目标指标: targets with a number in a table, those in words as text."""
    numbers: list[TargetRow] = []
    words: list[tuple[int, str]] = []
    paths = {one.order: one for one in context.figures.paths}
    for target in context.figures.targets:
        text = phrase(context.printable(target.text))
        if target.value is None:
            if target.year:
                words.append((target.year, text))
            continue
        unit = context.printable(target.unit)
        actual, parts = view_models.actual(target, unit)
        numbers.append(
            TargetRow(
                year=target.year,
                text=text + _qualified(target),
                value=amount(target.value, unit),
                actual=actual,
                parts=parts,
                quarter=target.actual_quarter.label if target.actual_quarter else "",
                verified=target.verified,
                stage=stage_note(target.stage),
                status=_path_view(paths.get(target.order), unit),
            )
        )
    if not numbers and not words:
        return None
    table = context.next_table() if numbers else 0
    return TargetsSection(
        title=_("目标指标"),
        first=context.texts("targets", [_numbers_sentence(numbers, table)]) if numbers else [],
        numbers=numbers,
        words=context.texts("targets/words", _words_sentences(words)),
        table=table,
        has_paths=bool(paths),
    )


def _qualified(target: TargetFigures) -> str:
    """Whether the promise binds, and what is compared where its printed number is no level."""
    notes = [str(Binding(target.binding).label)] if target.binding else []
    notes += [note] if (note := manner_note(target)) else []
    return _("（%s）") % "；".join(notes) if notes else ""


def _numbers_sentence(numbers: list[TargetRow], table: int) -> str:
    counts = Counter(row.status.word for row in numbers if row.actual and row.status.word)
    words = "、".join(_("%(word)s%(n)d项") % {"word": word, "n": n} for word, n in counts.items())
    return _("方案给出数值的目标有%(count)s，其中已有数据的%(known)s%(paths)s，见表%(table)d。") % {
        "count": counted(len(numbers)),
        "known": counted(sum(bool(row.actual) for row in numbers)),
        "paths": fixed(_("（%(words)s）") % {"words": words}) if words else "",
        "table": table,
    }


def _words_sentences(words: list[tuple[int, str]]) -> list[str]:
    """A sentence for each year, on the targets (year, text) without a number."""
    counts = Counter(year for year, _text in words)
    return [
        _("%(year)s目标中，方案未给数值的%(count)s：%(texts)s。")
        % {
            "year": fixed(_("%(year)d年") % {"year": year}),
            "count": counted(counts[year]),
            "texts": fixed("；".join(text for other, text in words if other == year)),
        }
        for year in sorted(counts)
    ]


def _path_view(path: TargetPath | None, unit: str) -> PathView:
    if path is None:
        return PathView()
    value = path.path.quantize(Decimal("0.01"), ROUND_HALF_UP) if path.path is not None else None
    return PathView(
        str(Schedule(path.status).label),
        _("应到%(value)s") % {"value": amount(value, unit)} if value is not None else "",
    )


# -- 报送情况 --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReportingRow:
    """The submissions of one duty; the rates are percentages as they are printed."""

    name: str
    due: int
    reported: int
    rate: str
    on_time: int
    on_time_rate: str
    late: int
    missing: int


@dataclass(frozen=True, kw_only=True)
class ReportingSection(Section):
    """`quarter` is printed where the brief's title does not name it."""

    part: ClassVar[str] = "briefs/parts/reporting.html"
    paragraphs: list[str]
    rows: list[ReportingRow]
    table: int
    quarter: str


def reporting(context: Context[Snapshot]) -> Section | None:
    """报送情况: what was owed, came in, and came in on time; lead and co apart."""
    figures = context.figures
    rows, texts = [], []
    for duty, name in sentences.DUTIES.items():
        counts = sentences.rate_of(figures, duty)
        if not counts.due:
            continue
        rows.append(
            ReportingRow(
                name=str(name),
                due=counts.due,
                reported=counts.reported,
                rate=percent(counts.reported, counts.due),
                on_time=counts.on_time,
                on_time_rate=percent(counts.on_time, counts.due),
                late=counts.late,
                missing=counts.missing,
            )
        )
        texts.append(
            _(
                "%(name)s应报%(due)s，已报%(reported)s，报送率%(rate)s；其中按时%(on_time)s，按时率%(on_time_rate)s。"
            )
            % {
                "name": name,
                "due": counted(counts.due, _("件")),
                "reported": counted(counts.reported, _("件")),
                "rate": fixed(rate(counts.reported, counts.due)),
                "on_time": counted(counts.on_time, _("件")),
                "on_time_rate": fixed(rate(counts.on_time, counts.due)),
            }
        )
        if counts.missing:
            texts.append(sentences.deadline_ahead(figures, duty))
    if not rows:
        return None
    if figures.groups and figures.safeguards:
        texts.append(_("报送项数含保障措施。"))
    if annex := context.annexes.get(annexes.MissingAnnex):
        texts.append(
            _("%(what)s的单位见%(annex)s。")
            % {"what": annexes.what_is_missing(context), "annex": context.annex_label(annex)}
        )
    elif all(not row.missing for row in rows):
        texts.append(_("没有未报送的单位。"))
    text = sentences.of_quarter(context.quarter_label) + "".join(texts)
    return ReportingSection(
        title=_("报送情况"),
        paragraphs=context.texts("reporting", [text]),
        rows=rows,
        table=context.next_table(),
        quarter=context.quarter_label,
    )


# -- 下一步工作 ------------------------------------------------------------------------------------------------


def next_steps(context: Context[Snapshot]) -> Section | None:
    """下一步工作, as it follows from the figures."""
    steps = sentences.next_steps(context.figures, view_models.tasks(context).values())
    head = context.text("next/head", sentences.steps_of_quarter(context.quarter_label)) if steps else ""
    numbered = [f"{number}. {text}" for number, text in enumerate(context.texts("next", steps), 1)]
    paragraphs = [*head.split("\n"), *numbered] if head and numbered else numbered
    return Paragraphs(title=_("下一步工作"), paragraphs=paragraphs)
