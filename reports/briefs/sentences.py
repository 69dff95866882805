"""The brief's running text: sentences composed from figures by rule.

A light that does not occur is left out; a ratio is printed with its numerator and denominator; no sentence is without
a figure behind it. What comes from the figures is marked (`composition_context.fixed`), so that an editor of the words
around it cannot change it.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs.composition_context import Printable, fixed
from reports.briefs.formatting import (
    counted,
    counted_apart,
    day,
    light_counts,
    moment,
    named,
    short,
)
from reports.briefs.snapshot import Snapshot, WithInstructions, WithNotices
from reports.briefs.values import ENDED
from reports.briefs.view_models import TaskView
from reports.charts.lights import STYLE
from reports.figures.values import Lights, PlanFigures, Rate, TaskFigures
from reports.typeset.chinese_text import inside_quotes, phrase, sentence
from tasks.cycles.lateness import is_overdue, on_time_rule
from tasks.values import Duty
from tasks.wording import light_parts

DUTIES = {Duty.LEAD.value: gettext_lazy("牵头汇总"), Duty.CO.value: gettext_lazy("配合填报")}
CHANGES = {
    "worse": gettext_lazy("转差"),
    "missing": gettext_lazy("由已报转为未报"),
    "better": gettext_lazy("好转"),
    "done": gettext_lazy("新完成"),
    "back": gettext_lazy("恢复报送"),
}


# -- what came in -------------------------------------------------------------------------------------------


def rate_of(figures: PlanFigures, duty: str) -> Rate:
    """The plan's or the part's submissions of that duty."""
    return figures.lead if duty == Duty.LEAD else figures.co


def due_of(figures: PlanFigures, duty: str) -> datetime | None:
    """The moment by which submissions of that duty are due; None where the figures hold none."""
    return figures.lead_due if duty == Duty.LEAD else figures.co_due


def is_open(figures: PlanFigures, duty: str) -> bool:
    """Whether submissions of this duty could still be on time at the moment of the figures. Figures that were frozen
    before they held due dates count as overdue."""
    due = due_of(figures, duty)
    return due is not None and not is_overdue(due, figures.known_at)


def owed(figures: PlanFigures, *, still_open: bool) -> str:
    """“牵头汇总5件、配合填报60件”: what has not come in, of the duties that are overdue or of those still open."""
    counts = Counter(item.duty for item in figures.missing)
    return "、".join(
        fixed(_("%(name)s%(count)d件") % {"name": name, "count": counts[duty]})
        for duty, name in DUTIES.items()
        if counts[duty] and is_open(figures, duty) == still_open
    )


def deadline_ahead(figures: PlanFigures, duty: str) -> str:
    """That submissions of this duty are not due yet; "" when they are."""
    due = due_of(figures, duty)
    if due is None or not is_open(figures, duty):
        return ""
    return _("%(name)s的报送期限（%(due)s）未到，未报送的不是逾期。") % {
        "name": DUTIES[duty],
        "due": fixed(moment(due)),
    }


# -- one task -----------------------------------------------------------------------------------------------


def silence(task: TaskFigures, *, still_open: bool = False) -> str:
    """Why a task has no text on its progress; "" when it has one. `still_open`: its lead may yet report on time."""
    if task.state in ENDED:
        return _("本项%(status)s，不再填报。") % {"status": fixed(str(ENDED[task.state]))}
    if task.state == "missing":
        not_yet = _("牵头单位本季度尚未报送，报送期限未到") if still_open else _("牵头单位本季度未报送")
        if not task.stale_quarter:
            return _("%(not_yet)s，此前也没有报送记录。") % {"not_yet": not_yet}
        stale = STYLE[task.stale_light].word if task.stale_light in STYLE else _("另报")
        return _("%(not_yet)s。最近一次报送为%(quarter)s，当时状态为%(light)s，不计入本季度。") % {
            "not_yet": not_yet,
            "quarter": fixed(task.stale_quarter.label),
            "light": fixed(f"“{stale}”"),
        }
    if task.narrative.elsewhere:
        return _("本项另渠道报送，计为已报，内容不在本简报中。")
    return ""


def task_words(
    task: TaskFigures, printable: Printable, lines: Printable | None = None
) -> list[tuple[str, str, str]]:
    """What a task's lead and the office wrote, as (key, label, text); what was left empty is left out. `lines` keeps the
    lines of a text, `printable` makes one of them; without `lines` all texts have one."""
    narrative, lines = task.narrative, lines or printable
    done = sentence(lines(narrative.done))
    if narrative.no_progress:
        reason = phrase(printable(narrative.no_progress_reason))
        idle = (
            _("牵头单位报告本季度无进展，原因：%(reason)s。") if reason else _("牵头单位报告本季度无进展。")
        )
        done = (idle % {"reason": reason} if reason else idle) + done
    problems = [(printable(category), phrase(printable(text))) for category, text in narrative.problems]
    note = _("退回意见：") if task.state == "returned" else _("核定意见：")
    words = [
        ("done", _("进展情况："), done),
        ("problems", _("存在问题："), _listed([(category, text) for category, text in problems if text])),
        ("next", _("下步打算："), sentence(lines(narrative.next_steps))),
        ("note", note, sentence(lines(narrative.decision_note))),
        ("entered", _("报送方式："), _("办公室据单位盖章纸质件代录。") if narrative.entered else ""),
    ]
    return [(key, label, text) for key, label, text in words if text]


def wordless(task: TaskFigures) -> str:
    """Printed in the place of the text of a task that was reported without any; other sections may print what else was
    submitted."""
    narrative = task.narrative
    if narrative.problems or narrative.coordination:
        return _("牵头单位未填写进展情况和下步打算。")
    return _("牵头单位已报送状态，未填写文字。")


def _listed(problems: list[tuple[str, str]]) -> str:
    """（资金）…。 or, of several, 1.（资金）…；2.（人才）…。"""
    pieces = []
    for number, (category, text) in enumerate(problems, 1):
        label = _("（%(category)s）") % {"category": category}
        end = sentence(text) if number == len(problems) else f"{text}；"
        pieces.append(f"{number}.{label}{end}" if len(problems) > 1 else f"{label}{end}")
    return "".join(pieces)


# -- all tasks ----------------------------------------------------------------------------------------------


def counted_tasks(tasks: Iterable[TaskView]) -> str:
    """How many main tasks and, apart, how many safeguards there are among these."""
    safeguards = [task.is_safeguard for task in tasks]
    return counted_apart(safeguards.count(False), safeguards.count(True))


def overall(figures: PlanFigures, tasks: Iterable[TaskView], *, head: str) -> list[str]:
    """How many tasks have which light. `head` begins the count of the main ones: %(count)s主要任务中，."""
    lights, safeguards = figures.lights, figures.safeguard_lights
    quarter = fixed(figures.quarter.label)
    total, apart = lights.total, safeguards.total
    first = []
    if total:
        counts = light_counts(lights, head % {"count": counted(total)}, grey_by=_("牵头单位"))
        first.append(f"{counts}。")
        if judged := verdict(lights):
            first.append(judged)
    if apart:
        beside = _("%(count)s保障措施中，") % {"count": counted(apart)}
        counts = light_counts(safeguards, beside, grey_by=_("牵头单位"))
        first.append(
            _("%(counts)s，另计，不计入%(total)s。") % {"counts": counts, "total": counted(total)}
            if total
            else f"{counts}。"
        )
        if not total and (judged := verdict(safeguards)):
            first.append(judged)
    if lights.grey or safeguards.grey:
        first.append(deadline_ahead(figures, Duty.LEAD.value))
    paragraphs = [f"{quarter}，{''.join(first)}"] if first else []
    if differing := differing_sentence(tasks):
        paragraphs.append(differing)
    return paragraphs


def differing_sentence(tasks: Iterable[TaskView]) -> str:
    """The tasks whose verified light differs from the self-assessed one; "" where there are none."""
    differing = [
        task
        for task in tasks
        if task.verified.key in STYLE and task.reported.key in STYLE
        if task.verified.key != task.reported.key
    ]
    if not differing:
        return ""
    names = [
        _("“%(heading)s”（自评%(reported)s，核定%(verified)s）")
        % {
            "heading": inside_quotes(task.heading),
            "reported": task.reported.word,
            "verified": task.verified.word,
        }
        for task in differing
    ]
    return _("核定状态与牵头单位自评不同的有%(count)s：%(names)s。") % {
        "count": counted_tasks(differing),
        "names": named(names),
    }


def verdict(lights: Lights) -> str:
    """How many of the lights the office verified, and how many are self-assessed alone."""
    unverified = lights.unverified
    verified = lights.total - lights.grey - lights.unled - unverified
    words = {"verified": counted(verified), "unverified": counted(unverified)}
    if verified and unverified:
        return _("以上状态中，%(verified)s已经核定，%(unverified)s为牵头单位自评、尚未核定。") % words
    if verified:
        return (
            _("已报送的%(verified)s均已核定。") if verified > 1 else _("已报送的%(verified)s已核定。")
        ) % words
    if unverified:
        own = (
            _("已报送的%(unverified)s均为牵头单位自评，尚未核定。")
            if unverified > 1
            else _("已报送的%(unverified)s为牵头单位自评，尚未核定。")
        )
        return own % words
    return ""


def changes(figures: PlanFigures) -> str:
    """How many main tasks and, apart, how many safeguards changed their light, and how."""
    refs = {task.ref for task in figures.safeguards}
    parts = []
    for name, apart in ((_("主要任务"), False), (_("保障措施"), True)):
        kinds = [change.kind for change in figures.changes if (change.task_ref in refs) == apart]
        counts = [
            fixed(_("%(word)s%(count)d项") % {"word": word, "count": kinds.count(kind)})
            for kind, word in CHANGES.items()
            if kind in kinds
        ]
        if counts:
            parts.append(name + "、".join(counts))
    return _("与上季度相比，%(changes)s。") % {"changes": "；".join(parts)} if parts else ""


def of_quarter(label: str) -> str:
    """The quarter that begins a sentence; "" without a label (composition_context.Context.quarter_label)."""
    return _("%(quarter)s，") % {"quarter": fixed(label)} if label else ""


def steps_of_quarter(label: str) -> str:
    """Of which quarter's submissions the next steps are made; "" without a label."""
    return _("以下按%(quarter)s的填报和核定情况提出。") % {"quarter": fixed(label)} if label else ""


def next_steps(figures: PlanFigures, tasks: Iterable[TaskView]) -> list[str]:
    """What follows from the figures; there is no step without a figure."""

    def names(some: list[TaskView]) -> str:
        return named([f"“{inside_quotes(task.heading)}”" for task in some])

    every = list(tasks)
    red = [task for task in every if task.light.key == "red"]
    yellow = [task for task in every if task.light.key == "yellow"]
    unverified = [figures.lights.unverified, figures.safeguard_lights.unverified]
    words = light_parts()
    steps = []
    if red:
        steps.append(
            _("对%(red_word)s的%(count)s，由牵头单位逐项说明原因，提出整改措施和完成时限：%(names)s。")
            % {"count": counted_tasks(red), "names": names(red), **words}
        )
    if yellow:
        steps.append(
            _("对%(yellow_word)s的%(count)s，加强跟踪调度：%(names)s。")
            % {"count": counted_tasks(yellow), "names": names(yellow), **words}
        )
    if overdue := owed(figures, still_open=False):
        steps.append(_("未报送的%(pieces)s，由有关单位尽快补报。") % {"pieces": overdue})
    if awaited := owed(figures, still_open=True):
        steps.append(_("尚未报送的%(pieces)s，报送期限未到，由有关单位按期报送。") % {"pieces": awaited})
    if any(unverified):
        steps.append(_("尚未核定的%(count)s，由办公室抓紧核定。") % {"count": counted_apart(*unverified)})
    return steps


def groups_sentence(figures: PlanFigures, printable: Printable, table: int) -> str:
    """Which groups have tasks that are behind or were not reported."""
    groups = counted(len(figures.groups), _("个"))
    troubled = [
        _("%(group)s（%(words)s）")
        % {
            "group": short(phrase(printable(group.name))),
            "words": "、".join(
                _("%(light)s%(count)d项") % {"light": STYLE[key].word, "count": count}
                for key, count in (("red", group.lights.red), ("grey", group.lights.grey))
                if count
            ),
        }
        for group in figures.groups
        if group.lights.red or group.lights.grey
    ]
    if not troubled:
        calm = (
            _("%(n)s任务组均无%(red_word)s或%(grey_word)s的任务，各组状态见表%(table)d。")
            if len(figures.groups) > 1
            else _("%(n)s任务组没有%(red_word)s或%(grey_word)s的任务，各组状态见表%(table)d。")
        )
        return calm % {"n": groups, "table": table, **light_parts()}
    return _(
        "%(n)s任务组中，有%(red_word)s或%(grey_word)s任务的有%(count)s：%(names)s。各组状态见表%(table)d。"
    ) % {
        **light_parts(),
        "n": groups,
        "count": counted(len(troubled), _("个")),
        "names": fixed("、".join(troubled)),
        "table": table,
    }


def notes(figures: Snapshot, *, unprintable: bool) -> list[str]:
    """统计口径: how the figures were counted."""
    deadlines = [
        _("%(name)s%(moment)s") % {"name": name, "moment": moment(value)}
        for name, value in ((_("配合填报"), figures.co_due), (_("牵头汇总"), figures.lead_due))
        if value
    ]
    notes = [
        _("数据截至%(as_at)s；数据提取时间为%(known_at)s，此后录入或核定的内容不在其中。")
        % {"as_at": day(figures.as_at), "known_at": moment(figures.known_at)},
        _(
            "主要任务与保障措施分别统计，不相加。任务状态以牵头单位为准：已核定的取核定状态，未核定的取自评状态并注明“未核”，未报送的为%(grey)s。"
        )
        % light_parts(),
        _("已报指已提交；%(rule)s%(deadlines)s。牵头与配合分别统计，比率均附分子和分母。")
        % {"rule": on_time_rule(), "deadlines": f"（{'，'.join(deadlines)}）" if deadlines else ""},
        _(
            "“本季度无进展”是一种报送；没有报送不等于没有进展，往期状态不计入本季度。另渠道报送的计为已报，不含内容。"
        ),
    ]
    if figures.within:
        notes.append(
            _("单位、牵头和目标按%(day)s；季度内的变化：%(changes)s。")
            % {"day": day(figures.as_at), "changes": "；".join(figures.within)}
        )
    if (isinstance(figures, WithNotices) and figures.notices) or (
        isinstance(figures, WithInstructions) and figures.instructions
    ):
        notes.append(
            _("督办和批示列截至数据提取时间尚未办结的全部，包括本季度以后签发的，不按%(as_at)s截止。")
            % {"as_at": day(figures.as_at)}
        )
    if figures.is_sample:
        notes.append(
            _(
                "本期标有“示例数据”：任务、目标和单位取自方案原文，状态、数字和文字均为演示而编，不是真实统计。"
            )
        )
    if unprintable:
        notes.append(_("“〓”表示填报内容中无法印刷的字符，原文以系统内的填报为准。"))
    return notes
