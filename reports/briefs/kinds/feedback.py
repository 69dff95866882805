"""反馈单: what the office tells one agency of its own quarter. It has no number; it is handed over and signed for."""

from collections import Counter

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs import sentences, view_models
from reports.briefs.composition_context import Context, Paragraphs, Section, fixed
from reports.briefs.formatting import counted
from reports.briefs.kinds import of_agency
from reports.briefs.kinds.kind import Heading, Kind
from reports.briefs.kinds.of_agency import AgencySnapshot
from reports.briefs.models import BriefKind
from reports.briefs.supervision_sections import notices
from reports.briefs.tables import Cell, cell, table_section
from reports.briefs.view_models import LightView, TaskView
from tasks.wording import light_parts


def _title(heading: Heading) -> list[str]:
    return [_("%(quarter)s任务落实情况反馈单") % {"quarter": heading.quarter.label}]


def _reporting(context: Context[AgencySnapshot]) -> Section | None:
    """报送情况: what the agency owed, what came in when, and what is missing, by task."""
    figures = context.figures
    texts = []
    for duty, name in sentences.DUTIES.items():
        counts = sentences.rate_of(figures, duty)
        if not counts.due:
            continue
        parts = [_("按时%(n)s") % {"n": counted(counts.on_time, _("件"))}]
        parts += [_("逾期%(n)s") % {"n": counted(counts.late, _("件"))}] if counts.late else []
        parts += [_("未报%(n)s") % {"n": counted(counts.missing, _("件"))}] if counts.missing else []
        words = {"name": name, "due": counted(counts.due, _("件")), "parts": "、".join(parts)}
        text = _("%(name)s应报%(due)s：%(parts)s。") % words
        codes = [context.printable(one.task_code) for one in figures.missing if one.duty == duty]
        if codes:
            text += _("未报的是%(codes)s。") % {"codes": fixed(view_models.grouped(codes))}
            text += sentences.deadline_ahead(figures, duty)
        texts.append(text)
    if not texts:
        return None
    return Paragraphs(title=_("报送情况"), paragraphs=context.texts("reporting", texts))


def _light(view: LightView) -> Cell:
    return cell(f"{view.mark} {view.word}".strip(), f"light {view.key}" if view.mark else "")


def _led(context: Context[AgencySnapshot]) -> Section | None:
    """牵头任务: the agency's own light and the office's side by side, and what the office found."""
    tasks = list(view_models.tasks(context).values())
    if not tasks:
        return None
    verified = Counter(bool(task.verified.mark) for task in tasks)
    text = _("你单位牵头%(n)s，已核定%(verified)s") % {
        "n": counted(len(tasks)),
        "verified": counted(verified[True]),
    }
    changed = [task for task in tasks if task.verified.mark and task.verified.key != task.reported.key]
    if changed:
        text += _("，其中核定与自评不同的%(n)s") % {"n": counted(len(changed))}
    number = context.next_table()
    return table_section(
        context,
        "feedback",
        title=_("牵头任务核定情况"),
        sentence=text + _("，见表%(table)d。") % {"table": number},
        caption=_("牵头任务"),
        columns=[
            (_("编号"), "c-code"),
            (_("任务"), ""),
            (_("自评"), "c-light"),
            (_("核定"), "c-light"),
            (_("核实"), "c-state"),
            (_("时效"), "c-state"),
        ],
        rows=[
            [
                cell(task.code, "text"),
                cell(task.heading, "text"),
                _light(task.reported),
                _light(task.verified),
                cell(task.verification or "—"),
                cell(task.punctuality),
            ]
            for task in tasks
        ],
        number=number,
    )


def _asked(context: Context[AgencySnapshot]) -> Section | None:
    """请予办理: what follows from the figures for this agency."""
    figures = context.figures
    tasks = list(view_models.tasks(context).values())

    def names(some: list[TaskView]) -> str:
        return fixed(view_models.grouped(task.code for task in some))

    steps = []
    missing = [one for one in figures.missing if not sentences.is_open(figures, one.duty)]
    if missing:
        steps.append(_("未报送的%(n)s，请尽快补报。") % {"n": counted(len(missing), _("件"))})
    if len(missing) < len(figures.missing):
        ahead = len(figures.missing) - len(missing)
        steps.append(_("报送期限未到的%(n)s，请按期报送。") % {"n": counted(ahead, _("件"))})
    if red := [task for task in tasks if task.light.key == "red"]:
        steps.append(
            _("%(red_word)s的%(names)s，请查明原因、落实措施，下次报送时说明整改情况。")
            % {"names": names(red), **light_parts()}
        )
    if yellow := [task for task in tasks if task.light.key == "yellow"]:
        steps.append(
            _("%(yellow_word)s的%(names)s，请提前采取措施，防止%(red_word)s。")
            % {"names": names(yellow), **light_parts()}
        )
    if doubted := [task for task in tasks if task.verification]:
        steps.append(_("核实与所报不符的%(names)s，请核对后补充报告。") % {"names": names(doubted)})
    if late := [notice for notice in figures.notices if notice.workdays_late]:
        steps.append(_("逾期未反馈的督办%(n)s，请立即反馈。") % {"n": counted(len(late), _("件"))})
    if not steps:
        steps.append(_("请继续按序时进度推进。"))
    steps.append(_("对核定情况有不同意见的，请与我办联系。"))
    texts = context.texts("asked", steps)
    return Paragraphs(title=_("请予办理"), paragraphs=[f"{n}. {text}" for n, text in enumerate(texts, 1)])


KIND = Kind(
    key=BriefKind.FEEDBACK,
    series=gettext_lazy("反馈单"),
    title=_title,
    name=BriefKind.FEEDBACK.label,
    is_in_set=True,
    is_numbered=False,
    scopes=of_agency.scopes,
    narrow=of_agency.narrow,
    snapshot=AgencySnapshot,
    freeze=of_agency.freeze,
    is_sent=True,
    sections=(_reporting, _led, of_agency.shares, notices, _asked),
    text_labels={
        "shares": gettext_lazy("配合任务"),
        "feedback": gettext_lazy("牵头任务核定情况"),
        "asked": gettext_lazy("请予办理"),
    },
    has_strip=False,
)
