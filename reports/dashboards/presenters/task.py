"""任务: one task, what the plan says about it, who is responsible, and its lights quarter by quarter."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import adjustment_notes, phrases
from reports.dashboards.presenters import schedule as schedule_page
from reports.dashboards.presenters.adjustment_notes import TaskAdjustment
from reports.dashboards.presenters.matrix import OpenMention, open_mentions
from reports.dashboards.presenters.schedule import AgencyMilestones, CalendarStatus
from reports.dashboards.queries import TaskData
from reports.figures.history import HistoryRow
from reports.figures.indicator_aggregation import value_of
from reports.figures.values import TaskFigures
from tasks.adjustments.models import Adjustment
from tasks.adjustments.values import Term
from tasks.agencies.models import Agency
from tasks.contacts.models import Contact
from tasks.indicators.models import Indicator, Target
from tasks.indicators.reading import figure_words
from tasks.indicators.values import Across, Combined, Flow, Given, combine, stage_note
from tasks.people.permissions import may_propose_adjustments
from tasks.plans.models import Part, Responsibility, Task, TermStatus
from tasks.plans.presenters import ShownSection
from tasks.standing.queries import MISSING, RETURNED, Standing
from tasks.submissions.figures import value_of as figure_value
from tasks.submissions.models import Decision, Figure, State, Verification, Version
from tasks.values import BACKFILLED, GREY, UNLED, Basis, Duty, Origin, Period

EXCERPT = 90  # characters of a submission that are quoted
SPARK = 10  # quarters of a small line


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
class HistoryItem:
    """One quarter of the lead's record. `reported` and `verified` are lights, "" without one; `text` is the beginning of
    the submission and `reason` why the office changed the light, where the reader may see them; `version` is the number
    of the version in force. `change`: the lead of the quarter before was another agency, which `agency_note` says."""

    quarter: Period
    url: str
    agency: str
    reported: str
    verified: str
    verdict: str
    text: str
    reason: str
    submitted: datetime | None
    late: str
    version: int | None
    version_url: str
    agency_note: str = ""
    change: bool = False


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
    contact: ContactShown | None


@dataclass(frozen=True)
class TimelineRow:
    """One line of {% timeline %}: an agency or a collective with one duty from `start` to `end` (None: still valid).
    `into` is the index of the row that the line runs into after a reform; `change` are the words of the reform on that
    row, `note` other words on the line."""

    duty: str
    name: str
    url: str
    start: Period
    end: Period | None
    collective: bool
    note: str
    into: int | None = None
    change: str = ""


@dataclass(frozen=True)
class FigureCell:
    """One indicator in one quarter: `words` or, of a ratio, `value` with its `parts`."""

    words: str
    value: Decimal | None
    parts: str
    stage: str  # 快报数, 初步数 …; "" for 正式数


@dataclass(frozen=True)
class IndicatorFigures:
    """One indicator of the task. `cells` are its last three quarters; `values` are the last ten for a small line, None
    with fewer than two known, and `restarts` the places where a sum over the year begins again; `reasons` belong to the
    figures of the quarter."""

    name: str
    unit: str
    flow: str
    parts: str
    cells: list[FigureCell]
    values: list[Decimal | None] | None
    restarts: list[int]
    reasons: list[str]


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
        history=history(asked, path, data.rows, data.versions, data.lead_names),
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


def quote(version: Version) -> str:
    """The beginning of what a submission reports, or that it reports no progress."""
    if version.elsewhere:
        return _("另渠道报送")
    if version.no_progress:
        return (
            _("本季度无进展：%s") % version.no_progress_reason
            if version.no_progress_reason
            else _("本季度无进展")
        )
    text = " ".join(version.done.split())
    return f"“{text[:EXCERPT]}{'…' if len(text) > EXCERPT else ''}”" if text else ""


# -- history ------------------------------------------------------------------------------------------------


def history(
    asked: Asked,
    path: str,
    rows: Iterable[HistoryRow],
    versions: Mapping[int, Version],
    names: Mapping[tuple[int, Period], str],
) -> list[HistoryItem]:
    """The lead's record, newest first: the self-assessed light beside the verified one. `path` is the page's address,
    `versions` {id: version} are those that the reader may see, `names` {(agency id, quarter): name}. A quarter that was
    never opened is left out unless something was submitted, or taken from a ledger, for it."""
    cells = sorted(
        (
            (quarter, row, cell)
            for row in rows
            if row.duty == Duty.LEAD
            for quarter, cell in row.cells.items()
            if quarter in asked.cycles or cell.reported or cell.state == BACKFILLED
        ),
        key=lambda item: item[0],
        reverse=True,
    )
    items = []
    for index, (quarter, row, cell) in enumerate(cells):
        name = names.get((row.agency.id, quarter), row.agency.name)
        item = _history_item(asked, path, quarter, name, cell, versions.get(cell.version_id or 0))
        older = cells[index + 1][1] if index + 1 < len(cells) else row
        if older.agency.id != row.agency.id:
            item = replace(item, agency_note=_("牵头单位变更"), change=True)
        items.append(item)
    return items


def _history_item(
    asked: Asked, path: str, quarter: Period, name: str, cell: Standing, version: Version | None
) -> HistoryItem:
    if cell.state == BACKFILLED:
        text = _("补录：%s") % (quote(version) if version else _("内容不公开"))
    elif not cell.owed:
        text = phrases.ended(cell.state)
    elif cell.state == MISSING:
        text = _("未报送")
    else:
        text = quote(version) if version else _("内容在核定后公开")
    is_changed = cell.verified_light not in {"", cell.reported_light}
    note = version.decision_note if version and is_changed else ""
    return HistoryItem(
        quarter=quarter,
        url=path + asked.query(quarter),
        agency=name,
        reported=cell.reported_light,
        verified=cell.verified_light,
        verdict=str(Verification(cell.verification).label) if cell.reported else "",
        text=text,
        reason=_("改灯理由：%s") % note if note else "",
        submitted=cell.first_submitted_at,
        late=_("逾期%(n)d天") % {"n": cell.days_late} if cell.on_time is False else "",
        version=cell.number,
        version_url=reverse("return", args=[cell.submission_id]) if version else "",
    )


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


# -- responsibilities over time -----------------------------------------------------------------------------


def timeline(
    asked: Asked,
    responsibilities: Iterable[Responsibility],
    agencies: Mapping[int, Agency],
    names: Mapping[int, str],
    passes: Mapping[tuple[int, int], tuple[int, str]],
) -> list[TimelineRow]:
    """One row for each agency, duty and stretch of quarters, leads first; the members of a collective share a row of the
    collective. `passes` says which duties passed on in a reform, as adjustment_notes.passes_of gives it: there the one
    row runs into the other."""
    stretches: dict[tuple[int, str, int | None, int | None, int], list[Responsibility]] = {}
    for held in responsibilities:
        collective = _collective(held)
        who = (collective.pk, 0) if collective else (held.agency_id, held.pk)
        key = (who[0], held.role, held.valid.lower, held.valid.upper, who[1])
        stretches.setdefault(key, []).append(held)
    sorted_stretches = sorted(
        stretches.values(), key=lambda rows: (rows[0].role != Duty.LEAD, rows[0].valid.lower or 0)
    )
    first = [stretch[0] for stretch in sorted_stretches]
    into, changes = _joins(first, passes)
    rows = []
    for index, stretch in enumerate(sorted_stretches):
        row = _timeline_row(asked, stretch[0], len(stretch), agencies, names)
        rows.append(replace(row, into=into.get(index), change=changes.get(index, "")))
    return rows


def _collective(held: Responsibility) -> Agency | None:
    """The collective as whose member the agency is responsible."""
    return held.mention.agency if held.mention and held.mention.agency.is_collective else None


def _timeline_row(
    asked: Asked, held: Responsibility, members: int, agencies: Mapping[int, Agency], names: Mapping[int, str]
) -> TimelineRow:
    plan = asked.plan
    lower, upper = held.valid.lower, held.valid.upper
    start = Period.from_ordinal(lower) if lower else plan.first_quarter
    end = Period.from_ordinal(upper - 1) if upper else None
    collective = _collective(held)
    agency = collective or agencies[held.agency_id]
    if collective:
        note = _("集合单位：%(n)d个成员，各自填报") % {"n": members}
    elif held.adjustment_id:
        note = _("第%(n)d号调整") % {"n": held.adjustment_id}
    elif held.role == Duty.LEAD and held.origin == Origin.INFERRED:
        note = _inferred_lead(held)
    else:
        note = ""
    return TimelineRow(
        duty=held.role,
        name=names.get(agency.pk, held.mention.printed if held.mention else agency.slug),
        url=reverse("agency", args=[plan.slug, agency.slug]) + asked.query(),
        start=max(start, plan.first_quarter),
        end=None if end is None or end >= plan.last_quarter else end,
        collective=collective is not None,
        note=note,
    )


def _inferred_lead(held: Responsibility) -> str:
    match held.mention.basis if held.mention else "":
        case Basis.COMMA:
            return _("推断：逗号前为牵头单位")
        case Basis.SINGLE:
            return _("推断：责任单位只有一家")
    return _("推断：责任括号内排序第一")


def _joins(
    rows: Sequence[Responsibility], passes: Mapping[tuple[int, int], tuple[int, str]]
) -> tuple[dict[int, int], dict[int, str]]:
    """({index of a row: index of the row that it runs into}, {index of that row: words of the reform})."""
    into: dict[int, int] = {}
    changes: dict[int, str] = {}
    for index, row in enumerate(rows):
        if not row.valid.upper:
            continue
        for (agency_id, quarter), (successor_id, words) in passes.items():
            if agency_id != row.agency_id or quarter > row.valid.upper:
                continue
            for place, other in enumerate(rows):
                began = other.valid.lower
                if other.agency_id == successor_id and began and began <= row.valid.upper:
                    into[index] = place
                    changes[place] = words
    return into, changes


# -- figures ------------------------------------------------------------------------------------------------


def figures_table(
    asked: Asked, indicators: Sequence[Indicator], figures: Iterable[Figure], quarters: Iterable[Period]
) -> list[IndicatorFigures]:
    """Each indicator in the last of `quarters`; figures of several agencies are combined by its rule. `figures` are those
    that the reader may see, of versions in force."""
    by_indicator: dict[int, dict[Period, list[Figure]]] = defaultdict(lambda: defaultdict(list))
    for figure in figures:
        by_indicator[figure.indicator_id][figure.quarter].append(figure)
    recent = [quarter for quarter in quarters if quarter <= asked.quarter][-SPARK:]
    result = []
    for indicator in indicators:
        own = by_indicator[indicator.pk]
        combined = {quarter: _together(indicator, own[quarter]) for quarter in recent}
        values = [value_of(indicator, combined[quarter]) for quarter in recent]
        result.append(
            IndicatorFigures(
                name=indicator.name,
                unit=indicator.shown_unit,
                flow=str(Flow(indicator.flow).label),
                parts=(
                    f"{indicator.numerator_name} ÷ {indicator.denominator_name}" if indicator.is_ratio else ""
                ),
                cells=[_cell(indicator, combined[quarter]) for quarter in recent[-3:]],
                values=values if sum(value is not None for value in values) >= 2 else None,
                restarts=[
                    index
                    for index, quarter in enumerate(recent)
                    if indicator.flow != Flow.STOCK and quarter.is_first_of_year and index
                ],
                reasons=[figure.reason for figure in own[asked.quarter] if figure.reason],
            )
        )
    return result


def _together(indicator: Indicator, figures: Sequence[Figure]) -> Combined:
    """One quarter's figures of several agencies as one. Of two by one agency, a final one counts before a preliminary
    one, and of two final ones the later."""
    by_agency: dict[int, Figure] = {}
    for figure in sorted(figures, key=lambda each: (not each.preliminary, each.version.quarter)):
        by_agency[figure.version.agency_id] = figure
    lead = next((figure for figure in by_agency.values() if figure.version.duty == Duty.LEAD), None)
    # Beside figures of co agencies, the lead's own states their sum; alone it is the figure.
    apart = lead is not None and (indicator.across == Across.LEAD or len(by_agency) > 1)
    parts = [_part(figure) for figure in by_agency.values() if not (apart and figure is lead)]
    return combine(indicator.across, parts, stated=_part(lead) if apart and lead else None)


def _part(figure: Figure) -> Given:
    return Given(figure.version.agency_id, figure_value(figure), (figure.version.submitted_at,))


def _cell(indicator: Indicator, figure: Combined) -> FigureCell:
    return FigureCell(
        words=figure_words(indicator, figure) if not indicator.is_ratio else "",
        value=value_of(indicator, figure),
        parts=figure_words(indicator, figure) if indicator.is_ratio and not figure.is_blank else "",
        stage=stage_note(figure.stage),
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
