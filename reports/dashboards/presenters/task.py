"""任务: one task, what the plan says about it, who is responsible, and what they last reported. `task_history` has the quarters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import adjustment_notes, phrases
from reports.dashboards.presenters import schedule as schedule_page
from reports.dashboards.presenters.adjustment_notes import TaskAdjustment
from reports.dashboards.presenters.matrix import OpenMention, open_mentions
from reports.dashboards.presenters.schedule import AgencyMilestones, CalendarStatus
from reports.dashboards.presenters.task_history import (
    HistoryItem,
    IndicatorFigures,
    TimelineRow,
    _collective,
    figures_table,
    history,
    quote,
    timeline,
)
from reports.dashboards.queries import TaskData
from reports.figures.values import TaskFigures
from tasks.adjustments.models import Adjustment
from tasks.adjustments.values import Term
from tasks.contacts.models import Contact
from tasks.indicators.models import Target
from tasks.people.permissions import may_propose_adjustments
from tasks.plans.models import Part, Task, TermStatus
from tasks.plans.presenters import ShownSection
from tasks.standing.queries import MISSING, RETURNED, Standing
from tasks.submissions.models import Decision, State, Verification, Version
from tasks.values import BACKFILLED, GREY, UNLED, Duty, Origin, Period


@dataclass(frozen=True)
class AgencyStatus:
    """What the lead says. `light` is "" where it submitted nothing, or reported elsewhere (`elsewhere`); then `words`
    replace the light."""

    light: str
    text: str
    elsewhere: bool = False
    words: str = ""


@dataclass(frozen=True)
class OfficeStatus:
    """What the office verified; `light` is "" before it has."""

    light: str
    text: str


@dataclass(frozen=True)
class Statuses:
    """The three statuses of _parts/three.html, which are never mixed."""

    said: AgencyStatus
    verified: OfficeStatus
    calendar: CalendarStatus


@dataclass(frozen=True)
class ContactShown:
    """Whom to call; what the reader may not see, or nobody entered, is ""."""

    division: str
    leader: str = ""
    person: str = ""
    phone: str = ""


@dataclass(frozen=True)
class ResponsibleAgency:
    """One agency that is responsible in the quarter. `inferred` and `outside` say that the plan does not give the duty,
    `why` the reason; `via` is the collective as whose member it is responsible; `light`, `state`, `submitted` and `late`
    are of its own submission; `return_url` is "" for readers who may not read it."""

    duty: str
    duty_word: str
    inferred: bool
    outside: bool
    why: str
    adjustment: int | None
    name: str
    url: str
    via: str
    light: str
    unverified: bool
    state: str
    submitted: datetime | None
    late: str
    return_url: str
    marks: Sequence[str]
    contact: ContactShown | None


@dataclass(frozen=True)
class FullText:
    """The lead's submission in force. `progress` is in per cent, the agency's own estimate."""

    elsewhere: bool
    done: str
    no_progress: bool
    reason: str
    next_steps: str
    progress: int | None
    at: datetime


@dataclass(frozen=True)
class TaskPage:
    """rollup/task.html. `full` and `full_url` are empty for readers who may not read the submission in force; `section`
    is None for a task that the plan does not print; `term` is None while the task is open without a deadline; `columns`
    are the quarters of the indicators' cells."""

    task: Task
    figures: TaskFigures
    previous_url: str
    next_url: str
    source_anchor: str
    crumbs: list[tuple[str, str]]
    three: Statuses
    nodes: list[AgencyMilestones]
    full: FullText | None
    full_url: str
    section: ShownSection | None
    bodies: list[ResponsibleAgency]
    open_mentions: list[OpenMention]
    timeline: list[TimelineRow]
    term: Term | None
    term_word: str
    adjusted_times: int
    adjustments: list[TaskAdjustment]
    may_adjust: bool
    may_apply: bool
    waiting: list[Adjustment]  # applications on this task that the reader may see
    history: list[HistoryItem]
    indicators: list[IndicatorFigures]
    columns: list[Period]
    targets: list[Target]


def page(asked: Asked, path: str, data: TaskData) -> TaskPage:
    """The task's page at the address `path`."""
    task, lead, version, term = data.task, data.lead, data.version, data.term
    calendar = schedule_page.calendar(data.schedules, lead, data.work_plan_state, data.target_standings)
    passage = task.passage
    return TaskPage(
        task=task,
        figures=data.figures,
        previous_url=path + asked.query(asked.previous) if asked.previous else "",
        next_url=path + asked.query(asked.next) if asked.next else "",
        source_anchor=f"p-{passage.start}-{passage.end}" if passage else "",
        crumbs=crumbs(asked, task),
        three=statuses(data.figures, lead, version, calendar),
        nodes=schedule_page.of_task(data.schedules, data.names),
        full=full_text(version),
        full_url=reverse("return", args=[lead.submission_id])
        if version and lead and lead.submission_id
        else "",
        section=data.section,
        bodies=responsible_agencies(asked, data),
        open_mentions=open_mentions(asked, data.open_mentions),
        timeline=timeline(
            asked,
            data.responsibilities.values(),
            data.agencies,
            data.all_names,
            adjustment_notes.passes_of(task.pk, data.adjustments),
        ),
        term=term if term.deadline or term.status != TermStatus.OPEN else None,
        term_word=str(TermStatus(term.status).label),
        adjusted_times=sum(row.effective <= asked.quarter for row in data.adjustments),
        adjustments=adjustment_notes.task_adjustments(asked, task.pk, data.shown_adjustments),
        may_adjust=may_propose_adjustments(asked.user),
        may_apply=data.may_apply,
        waiting=data.waiting,
        history=history(asked, path, data.rows, data.versions, data.marks, data.lead_names),
        indicators=figures_table(asked, data.indicators, data.indicator_figures, data.opened),
        columns=data.opened[-3:],
        targets=data.targets,
    )


def crumbs(asked: Asked, task: Task) -> list[tuple[str, str]]:
    """(words, address): the list of the task's group."""
    home = reverse("task_list", args=[asked.plan.slug])
    if task.part == Part.SAFEGUARD or task.group is None:
        return [(_("保障措施"), home + asked.query(part="safeguard"))]
    name = f"（{phrases.numeral_plain(task.group.number)}）{task.group.name}"
    return [(name, home + asked.query(group=task.group.number))]


# -- the three statuses -------------------------------------------------------------------------------------


def statuses(
    figures: TaskFigures, standing: Standing | None, version: Version | None, calendar: CalendarStatus
) -> Statuses:
    """The three statuses. `standing` is the lead's; `version` is the one in force, None for a reader who may not see it."""
    return Statuses(
        said=_agency_status(figures, standing, version),
        verified=_office_status(figures, standing, version),
        calendar=calendar,
    )


def _agency_status(figures: TaskFigures, standing: Standing | None, version: Version | None) -> AgencyStatus:
    if standing is not None and standing.state == BACKFILLED:
        return AgencyStatus(
            light=figures.reported_light,
            text=_("补录：取自办公室的台账，不是单位在本系统报送的。") + (quote(version) if version else ""),
            elsewhere=not figures.reported_light,
            words=_("补录"),
        )
    if standing is not None and not standing.owed:
        return AgencyStatus(
            light="", text=_("本季起不再填报。"), elsewhere=True, words=phrases.ended(standing.state)
        )
    if figures.is_unled:
        return AgencyStatus(
            light=UNLED,
            text=_(
                "方案没有写明牵头单位，各单位直接报领导小组办公室；办公室安排各自报送或汇总单位以后才有任务灯。"
            ),
        )
    if standing is None and figures.reported_light:
        return AgencyStatus(
            light=figures.reported_light,
            text=_("无牵头单位，各自报送（工作安排，非方案内容）：取各单位中最重的灯。"),
        )
    if standing is None or standing.state == MISSING:
        text = _("牵头单位本季未报。") if figures.lead else _("本季未报。")
        if figures.stale_quarter:
            text += _("最近一次是%(quarter)s，当时为%(light)s；旧灯不算已报。") % {
                "quarter": figures.stale_quarter,
                "light": phrases.light_name(figures.stale_light),
            }
        return AgencyStatus(light="", text=text)
    text = _("%(who)s%(day)s提交，第%(n)d版") % {
        "who": figures.lead.name if figures.lead else _collector(figures),
        "day": phrases.day(standing.submitted_at) if standing.submitted_at else "",
        "n": standing.number,
    }
    if standing.on_time is False:
        text += _("，逾期%(n)d天") % {"n": standing.days_late}
    text += "。"
    if standing.elsewhere:
        return AgencyStatus(light=figures.reported_light, text=text + _("内容另渠道报送。"), elsewhere=True)
    text += quote(version) if version is not None else _("内容在核定后公开。")
    return AgencyStatus(light=figures.reported_light, text=text)


def _collector(figures: TaskFigures) -> str:
    return (
        _("%(name)s（汇总单位，非方案内容）") % {"name": figures.collector.name} if figures.collector else ""
    )


def _office_status(figures: TaskFigures, standing: Standing | None, version: Version | None) -> OfficeStatus:
    if standing is None and figures.reported_light:
        return OfficeStatus(light=figures.verified_light, text=_("逐件审核各单位的填报，全部通过才算核定。"))
    if standing is None or standing.state == MISSING:
        return OfficeStatus(light="", text=_("没有可核的填报。"))
    if standing.state == BACKFILLED:
        return OfficeStatus(light="", text=_("台账补录不核定，不计按时和考核。"))
    if not standing.owed:
        return OfficeStatus(light=standing.verified_light, text=phrases.ended(standing.state))
    if not figures.verified:
        returned = standing.state == RETURNED
        text = _("已退回，待重新提交。") if returned else _("办公室尚未核定，暂用自评灯，计为未核。")
        return OfficeStatus(light="", text=text)
    parts = [
        _("%(day)s核定；核实情况：%(found)s。")
        % {
            "day": phrases.day(standing.decided_at) if standing.decided_at else "",
            "found": Verification(figures.verification).label,
        }
    ]
    if version is not None and version.decision_note:
        parts.append(version.decision_note)
    if standing.pending:
        parts.append(_("另有新版本待核。"))
    return OfficeStatus(light=figures.verified_light, text="".join(parts))


# -- who is responsible -------------------------------------------------------------------------------------


def responsible_agencies(asked: Asked, data: TaskData) -> list[ResponsibleAgency]:
    """Every agency that is responsible in the quarter, lead first."""
    names = data.names
    result = []
    for row in data.standings:
        held = data.responsibilities[row.responsibility_id]
        mention, collective = held.mention, _collective(held)
        agency = data.agencies[row.agency_id]
        result.append(
            ResponsibleAgency(
                duty=row.role,
                duty_word=_duty_word(row, data.standings),
                inferred=held.origin == Origin.INFERRED,
                outside=held.origin == Origin.OUTSIDE,
                why=held.origin_note,
                adjustment=held.adjustment_id,
                name=names.get(row.agency_id, ""),
                url=reverse("agency", args=[asked.plan.slug, agency.slug]) + asked.query(),
                via=names.get(collective.pk, mention.printed) if collective and mention else "",
                light=row.light,
                unverified=row.light != GREY and not row.verified,
                state=_state(row),
                submitted=row.first_submitted_at,
                late=_("逾期%(n)d天") % {"n": row.days_late} if row.on_time is False else "",
                return_url=reverse("return", args=[row.submission_id])
                if row.version_id in data.versions and row.submission_id
                else "",
                marks=data.marks.get(row.version_id or 0, ()),
                contact=_contact(data.contacts.get(row.responsibility_id), data.sees_telephones),
            )
        )
    return result


def _duty_word(row: Standing, standings: Sequence[Standing]) -> str:
    """The role as the plan prints it; of several leads the first one is marked."""
    if row.duty == Duty.LEAD and row.role != Duty.LEAD:
        return _("%(role)s · 汇总（非方案内容）") % {"role": Duty(row.role).label}
    leads = sum(one.role == Duty.LEAD for one in standings)
    return _("第一牵头") if row.role == row.duty == Duty.LEAD and leads > 1 else str(Duty(row.role).label)


def _state(row: Standing) -> str:
    if row.state == MISSING:
        return _("未报")
    if not row.owed:
        return phrases.ended(row.state)
    if row.elsewhere:
        return _("另渠道报送")
    if row.duty == Duty.CO and row.state == Decision.ACCEPTED:
        return _("已采纳")
    return str(State(row.state).label)


def _contact(contact: Contact | None, sees_telephones: bool) -> ContactShown | None:
    """Readers who may not see telephones see the division alone."""
    if contact is None:
        return None
    if not sees_telephones:
        return ContactShown(contact.division) if contact.division else None
    return ContactShown(
        division=contact.division,
        leader=contact.leader,
        person=contact.liaison,
        phone=contact.telephone,
    )


def full_text(version: Version | None) -> FullText | None:
    """The text of the version in force, for the readers who may see it."""
    if version is None:
        return None
    return FullText(
        elsewhere=version.elsewhere,
        done=version.done,
        no_progress=version.no_progress,
        reason=version.no_progress_reason,
        next_steps=version.next_steps,
        progress=version.progress,
        at=timezone.localtime(version.submitted_at),
    )
