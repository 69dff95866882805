"""摘要: the quarter on one side, as a form of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs import sentences, view_models
from reports.briefs.composition_context import Context, fixed
from reports.briefs.formatting import (
    amount,
    by_style,
    counted,
    light_styles,
    named,
    percent,
    short_day,
)
from reports.briefs.kinds.kind import Heading, Kind
from reports.briefs.models import BriefKind
from reports.briefs.scopes import without_words
from reports.briefs.snapshot import (
    Source,
    WithInstructions,
    WithNotices,
    WithPaths,
    freeze_instructions,
    freeze_notices,
    freeze_paths,
)
from reports.briefs.view_models import LightView
from reports.canonical import OPTIONAL
from reports.figures.values import PlanFigures
from reports.focus.queries import focus_figures
from reports.focus.values import FocusFigures, MissedFigures, OpenRequest
from reports.supervision.queries import OpenInstruction, OpenNotice
from reports.typeset.chinese_text import ems, inside_quotes, phrase
from tasks.wording import current, light_parts


@dataclass(frozen=True)
class OnePageSnapshot(WithPaths, WithNotices, WithInstructions):
    """Paths of targets and what was followed up, for the numbers at the head; what to step in for. `focus` is None where
    it was frozen before the page printed it."""

    focus: FocusFigures | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True)
class Headline:
    """A number at the head: its name, its value, and what it is made of."""

    name: str
    value: str
    under: str


@dataclass(frozen=True)
class LightRow:
    """How many main tasks have which light, in the order in which lights are printed."""

    name: str
    counts: list[int]


@dataclass(frozen=True)
class Pointer:
    """A line that names tasks; without a name of its own where there is nothing to name."""

    name: str
    text: str


@dataclass(frozen=True)
class OnePage:
    """What briefs/parts/one_page.html shows beside what is printed on every brief."""

    styles: list[LightView]
    rows: list[LightRow]
    counted: list[int]
    headline: list[Headline]
    pointers: list[Pointer]


def _freeze(snapshot: OnePageSnapshot, source: Source) -> OnePageSnapshot:
    return replace(
        snapshot,
        paths=freeze_paths(source),
        notices=freeze_notices(source),
        instructions=freeze_instructions(source),
        focus=focus_figures(source.plan, source.quarter, source.known_at),
    )


def _title(heading: Heading) -> list[str]:
    return [_("%(quarter)s实施情况") % {"quarter": heading.quarter.label}]


def _one_page(context: Context[OnePageSnapshot]) -> OnePage:
    figures = context.figures
    styles = light_styles(figures.lights)
    return OnePage(
        styles=view_models.lights(figures.lights),
        rows=[
            LightRow(name, list(by_style(lights, styles).values()))
            for name, lights in ((_("自评"), figures.reported_lights), (_("核定"), figures.verified_lights))
        ],
        counted=list(by_style(figures.lights, styles).values()),
        headline=headline(context),
        pointers=pointers(context),
    )


ON_PATH = {"reached", "ahead", "on"}
MEASURED = {*ON_PATH, "slight", "behind", "missed"}


def headline(context: Context[OnePageSnapshot]) -> list[Headline]:
    """Four numbers: what came in, what came in on time, targets on their path, what is overdue."""
    figures = context.figures
    lead, co = figures.lead, figures.co
    both = lead + co
    measured = [one for one in figures.paths if one.status in MEASURED]
    on_path = sum(one.status in ON_PATH for one in measured)
    late = sum(bool(notice.workdays_late) for notice in figures.notices)
    with_safeguards = _("，含保障措施") if figures.groups and figures.safeguards else ""
    return [
        Headline(
            _("报送率"),
            percent(both.reported, both.due),
            _("牵头%(lead)s，配合%(co)s")
            % {"lead": f"{lead.reported}/{lead.due}", "co": f"{co.reported}/{co.due}"},
        ),
        Headline(
            _("按时率"),
            percent(both.on_time, both.due),
            f"{both.on_time}/{both.due}{with_safeguards}",
        ),
        Headline(
            _("目标按序时"),
            f"{on_path}/{len(measured)}" if measured else "—",
            _("有数据和序时目标的目标") if measured else _("还没有可比的数据"),
        ),
        Headline(
            _("督办和批示"),
            str(late + len(figures.instructions)),
            _("逾期督办%(late)d件，批示%(open)d件") % {"late": late, "open": len(figures.instructions)},
        ),
    ]


# Everything stays on one side: a line names at most so many tasks, and they take at most two printed lines.
_MOST_NAMES, _MOST_EMS = 3, 56

# A task that a line names: (whether it is a safeguard, its name).
_Named = tuple[bool, str]


def _names_sentence(tasks: list[_Named]) -> str:
    """The names of main tasks, which the page's table counts, and beside them how many safeguards there are; the names of
    safeguards where there are no main tasks; "" where there is neither."""
    if not tasks:
        return ""
    main = [name for is_safeguard, name in tasks if not is_safeguard]
    safeguards = [name for is_safeguard, name in tasks if is_safeguard]
    if not main:
        return _("保障措施%(names)s。") % {"names": _fitting(safeguards)}
    text = _fitting(main)
    if safeguards:
        text += _("，另有保障措施%(count)s") % {"count": counted(len(safeguards))}
    return f"{text}。"


def _fitting(names: list[str]) -> str:
    fitting = [n for n in range(1, _MOST_NAMES + 1) if n == 1 or sum(map(ems, names[:n])) <= _MOST_EMS]
    return named(names, fitting[-1])


def _said(lead: str, quarters: int) -> str:
    return _("%(lead)s，连续%(n)d季") % {"lead": lead, "n": quarters} if quarters > 1 else lead


# What stands on one printed line or two: so many of each, and so much of what people wrote.
_MOST_REQUESTS, _MOST, _WORDS = 2, 1, 16
One = TypeVar("One")


def _list(
    context: Context[OnePageSnapshot],
    rows: Sequence[One],
    say: Callable[[Context[OnePageSnapshot], One], str],
    most: int,
) -> str:
    """The first of the rows, each in one clause, and how many there are besides."""
    if not rows:
        return ""
    text = "；".join(say(context, row) for row in rows[:most])
    if len(rows) > most:
        text += _("；另有%(count)s") % {"count": counted(len(rows) - most, _("件"))}
    return f"{text}。"


def _cut(context: Context[OnePageSnapshot], words: str) -> str:
    """The beginning of what somebody wrote, in quotes."""
    text = phrase(context.printable(words))
    return f"“{inside_quotes(text if len(text) <= _WORDS else text[:_WORDS] + '…')}”"


def _request(context: Context[OnePageSnapshot], one: OpenRequest) -> str:
    became = context.printable(one.outcome) or _("已%(n)d天未答复") % {"n": one.days}
    return _("%(code)s %(agency)s%(day)s提请%(text)s，%(became)s") % {
        "code": fixed(context.printable(one.task_code)),
        "agency": context.printable(one.agency),
        "day": fixed(short_day(one.raised_on)),
        "text": _cut(context, one.text),
        "became": fixed(became),
    }


def _target(context: Context[OnePageSnapshot], one: MissedFigures) -> str:
    said = _("现为%(actual)s，目标%(goal)s，按最近4个核定值推算为%(low)s至%(high)s（把握80%%）") % {
        "actual": amount(one.actual),
        "goal": amount(one.goal, context.printable(one.unit)),
        "low": amount(one.low),
        "high": amount(one.high),
    }
    return f"{_cut(context, one.text)}{fixed(said)}"


def _notice(context: Context[OnePageSnapshot], one: OpenNotice) -> str:
    late = _("逾期%(n)d个工作日") % {"n": one.workdays_late}
    return _("%(number)s（%(addressee)s，%(late)s）") % {
        "number": fixed(context.printable(one.doc_number)),
        "addressee": context.printable(one.addressee),
        "late": fixed(late),
    }


def _instruction(context: Context[OnePageSnapshot], one: OpenInstruction) -> str:
    assigned = "、".join(context.printable(notice.addressee) for notice in one.assigned)
    return _("%(leader)s%(day)s批示%(words)s，%(assigned)s") % {
        "leader": context.printable(one.leader),
        "day": fixed(short_day(one.given_on)),
        "words": _cut(context, one.words),
        "assigned": _("%(agencies)s办理中") % {"agencies": assigned} if assigned else _("尚未交办"),
    }


def _changed(red: int, done: int) -> str:
    """How many turned red and how many are done; their names are on the pages of the plan."""
    parts = [(red, _("转%(red)s%(count)s")), (done, _("完成%(count)s"))]
    said = [words % {"count": counted(count), **light_parts()} for count, words in parts if count]
    return "，".join(said) + "。" if said else ""


def _awaited(figures: PlanFigures) -> str:
    """What has not come in, without which the page may look better than things are."""
    awaited = sentences.owed(figures, still_open=True)
    pieces = [
        sentences.owed(figures, still_open=False),
        _("%(pieces)s，报送期限未到") % {"pieces": awaited} if awaited else "",
    ]
    return "；".join(text for text in pieces if text) + "。" if any(pieces) else ""


def pointers(context: Context[OnePageSnapshot]) -> list[Pointer]:
    """What turned red, what is done, where to step in, and what has not come in; each absent when there is nothing."""
    figures, tasks = context.figures, view_models.tasks(context)
    safeguards = {task.ref for task in figures.safeguards}

    def of(kind: str, light: str = "") -> list[_Named]:
        return [
            (
                change.task_ref in safeguards,
                f"“{inside_quotes(phrase(context.printable(change.task_heading)))}”",
            )
            for change in figures.changes
            if change.kind == kind and (not light or change.after == light)
        ]

    words = current()
    red = {
        task.ref: (task.is_safeguard, f"“{inside_quotes(task.heading)}”", task.lead)
        for task in tasks.values()
        if task.light.key == "red"
    }
    missing = (_("尚未报送"), _awaited(figures))
    behind = _("现为%(red_word)s") % light_parts(words)
    focus = figures.focus
    # The numbers are the keys of the editor's texts: those of the first five are in briefs that were frozen before.
    if focus is None:
        coordination = [
            (task.is_safeguard, f"“{inside_quotes(task.heading)}”")
            for source in figures.tasks
            if source.narrative.coordination and (task := tasks[source.ref])
        ]
        names = [(is_safeguard, f"{name}（{lead}）") for is_safeguard, name, lead in red.values()]
        lines = {
            1: (_("本季转%(red)s") % light_parts(words), _names_sentence(of("worse", "red"))),
            2: (_("本季完成"), _names_sentence(of("done"))),
            3: (behind, _names_sentence(names)),
            4: (words.request, _names_sentence(coordination)),
            5: missing,
        }
    else:
        streaks = {one.task_ref: one.quarters for one in focus.red}
        names = [
            (is_safeguard, f"{name}（{_said(lead, streaks.get(ref, 1))}）")
            for ref, (is_safeguard, name, lead) in sorted(
                red.items(), key=lambda item: -streaks.get(item[0], 1)
            )
        ]
        late = [notice for notice in figures.notices if notice.workdays_late]
        lines = {
            4: (words.request, _list(context, focus.requests, _request, _MOST_REQUESTS)),
            3: (behind, _names_sentence(names)),
            6: (_("预计难以完成的目标"), _list(context, focus.targets, _target, _MOST)),
            7: (_("逾期督办"), _list(context, late, _notice, _MOST)),
            8: (_("未办结批示"), _list(context, figures.instructions, _instruction, _MOST)),
            9: (_("本季变化"), _changed(len(of("worse", "red")), len(of("done")))),
            5: missing,
        }
    found = [
        Pointer(name, context.text(f"pointers/{number}", text, lead=str(name)))
        for number, (name, text) in lines.items()
        if text
    ]
    if not found:
        nothing = _("本季没有转%(red)s、完成、%(red_word)s和%(request)s的任务。") % {
            "request": words.request,
            **light_parts(words),
        }
        found = [Pointer("", context.text("pointers/none", nothing))]
    return [line for line in found if line.text]


KIND = Kind(
    key=BriefKind.ONE_PAGE,
    series=gettext_lazy("实施情况摘要"),
    title=_title,
    name=BriefKind.ONE_PAGE.label,
    is_in_set=True,
    snapshot=OnePageSnapshot,
    narrow=lambda figures, _ref: without_words(figures),
    freeze=_freeze,
    text="briefs/parts/one_page.html",
    text_labels={"pointers": gettext_lazy("重点关注")},
    one_page=_one_page,
)
