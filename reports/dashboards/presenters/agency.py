"""单位: what an agency leads and shares, and how it reported."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.dashboards.presenters.places import is_elsewhere
from reports.figures.history import HistoryRow
from reports.figures.values import AgencyFigures, PlanFigures, Rate, TaskFigures
from tasks.agencies.models import (
    Agency,
    AgencyAlias,
    AgencyName,
    Confidence,
    Lineage,
    LineageKind,
    Membership,
)
from tasks.agencies.queries import Family, Hit
from tasks.plans.models import Mention
from tasks.standing.queries import MISSING, WITHDRAWN, Standing
from tasks.templatetags.lineage import lineage_day
from tasks.values import GREY, Duty, Light, Origin, Period
from tasks.web import sorting
from tasks.wording import current
from tasks.workplans.models import WorkPlanVersion


@dataclass(frozen=True)
class Successor:
    """What an agency became by one lineage edge, under the successor's name in the quarter."""

    edge: Lineage
    name: str
    url: str


@dataclass(frozen=True)
class AgencyRow:
    """One agency in the list. `full` is its full name where this differs from `name`; `outside`, `full_outside`: the plan
    does not print the name, the full name; `on_time` and `missing` count lead and co submissions together; `lights` is
    {light: how many of the tasks that it leads}; `gone` is what it became, empty for an agency that still exists."""

    name: str
    slug: str
    full: str
    outside: bool
    full_outside: bool
    url: str
    lead: Rate
    co: Rate
    on_time: int
    lights: dict[str, int]
    missing: int
    is_open: bool
    is_collective: bool
    gone: list[Successor]


COLUMNS: dict[str, Callable[[AgencyRow], Any]] = {
    "name": lambda row: row.name,
    "lead": lambda row: sorting.of_share(row.lead.reported, row.lead.due),
    "co": lambda row: sorting.of_share(row.co.reported, row.co.due),
    "on_time": lambda row: row.on_time if row.lead.due + row.co.due else None,
    "missing": lambda row: row.missing if row.lead.due + row.co.due else None,
    "red": lambda row: row.lights.get(Light.RED, 0) if row.lead.due else None,
}


@dataclass(frozen=True)
class KindRows:
    """The agencies of one kind."""

    label: str
    rows: list[AgencyRow]


@dataclass(frozen=True)
class FoundName:
    """One name that matches a search, in use from `since` to `until` (the day after its last; None: open); `reason` of
    another way of writing it."""

    written: str
    since: date | None
    until: date | None
    reason: str


@dataclass(frozen=True)
class FoundAgency:
    """An agency that a search found, with all its names that match. `is_later`: it has no name in the quarter yet."""

    name: str
    is_later: bool
    url: str
    kind: str
    hits: list[FoundName]
    gone: list[Successor]


@dataclass(frozen=True)
class AgencyListPage:
    """rollup/agency_list.html. `find` are the words of the search, `found` what it found."""

    lede: str
    find: str
    found: list[FoundAgency]
    may_keep: bool
    kinds: list[KindRows]


@dataclass(frozen=True)
class NamedAgency:
    """An agency under its name on one day."""

    name: str
    url: str


@dataclass(frozen=True)
class LineageRow:
    """One edge of the lineage in words: `before` became `after`. `sure` and `date_sure` say how certain the edge and its
    day are; `is_ahead`: it lies after the quarter."""

    edge: Lineage
    kind: str
    before: NamedAgency
    after: NamedAgency
    is_ahead: bool
    sure: str
    date_sure: str


@dataclass(frozen=True)
class NameRow:
    """One name of the agency, in use from `since` to `until`, days in words and "" where open. `outside`, `full_outside`:
    the plan does not print the name, the full name."""

    short: str
    full: str
    since: str
    until: str
    origin: str
    outside: bool
    full_outside: bool
    note: str


@dataclass(frozen=True)
class DutyRow:
    """One task on which the agency has a duty in the quarter. `reported`, `verified`, `light` and `submitted` are of the
    agency's own submission, `task_light` is the task's; `order` is the task's id; `co` counts the task's co submissions;
    `stale` is, of a missing one, the last quarter that was reported, with its light."""

    code: str
    heading: str
    order: int
    url: str
    duty: str  # the role as the plan prints it
    lead: str
    reported: str
    verified: str
    light: str
    unverified: bool
    task_light: str
    task_unverified: bool
    missing: bool
    ended: str
    elsewhere: bool
    co: Rate
    submitted: datetime | None
    late: str
    stale: Period | None
    stale_light: str
    marks: Sequence[str]  # of the version (tasks.submissions.marks)


@dataclass(frozen=True)
class RecordRow:
    """How the agency reported in one quarter. `changed` counts its lead submissions whose verified light differs from the
    self-assessed one; `is_open`: the quarter's leads are not due yet."""

    quarter: Period
    url: str
    lead: Rate
    co: Rate
    changed: int
    is_open: bool


@dataclass(frozen=True)
class MemberRow:
    """A member of a collective, or a collective of a member. `passage` is the anchor in the plan's text, "" without one."""

    name: str
    url: str
    origin: str
    note: str
    passage: str


@dataclass(frozen=True)
class MentionGroup:
    """The places where the plan prints the agency with one duty."""

    duty: str
    rows: list[Mention]


@dataclass(frozen=True)
class AgencyPage:
    """rollup/agency.html. `name` is the one in use on the quarter's last day; `sum` are lead and co submissions together;
    `family` is None for an agency without lineage."""

    agency: Agency
    name: str
    lede: str
    names: list[NameRow]
    family: Family | None
    lineage_table: list[LineageRow]
    may_keep: bool
    aliases: list[AgencyAlias]
    leads: list[DutyRow]
    shares: list[DutyRow]
    shares_title: str
    sum: Rate
    record: list[RecordRow]
    members: list[MemberRow]
    collectives: list[MemberRow]
    mentions: list[MentionGroup]
    mention_count: int
    source_url: str
    work_plans: list[WorkPlanVersion]


def listed(
    asked: Asked,
    figures: PlanFigures,
    agencies: Mapping[int, Agency],
    names: Mapping[int, AgencyName],
    gone: Mapping[int, Sequence[Lineage]],
    named: Container[int],
    params: Mapping[str, Any],
) -> list[KindRows]:
    """Agencies by kind, with those of the plan that owe nothing in the quarter: a collective, or one that has ended.
    `named` are the ids of those that the plan prints; sorted by a column they are one list."""
    owed = {one.agency.id: one for one in figures.agencies}
    words = current()
    kinds: dict[str, list[AgencyRow]] = {}
    for agency_id, agency in agencies.items():
        own = owed.get(agency_id)
        if own is None and (
            not agency.in_plan or (agency_id not in named and is_elsewhere(agency, asked.plan))
        ):
            continue
        name = names.get(agency_id)
        kinds.setdefault(words.known_kind(agency.kind), []).append(
            AgencyRow(
                name=name.short if name else agency.slug,
                slug=agency.slug,
                full=name.full if name and name.full != name.short else "",
                outside=name is not None and name.origin == Origin.OUTSIDE,
                full_outside=name is not None and name.full_origin == Origin.OUTSIDE,
                url=reverse("agency", args=[asked.plan.slug, agency.slug]) + asked.query(),
                lead=own.lead if own else Rate(),
                co=own.co if own else Rate(),
                on_time=own.lead.on_time + own.co.on_time if own else 0,
                lights=dict(phrases.counts(own.lights)) if own else {},
                missing=own.lead.missing + own.co.missing if own else 0,
                is_open=agency.is_open,
                is_collective=agency.is_collective,
                gone=became(asked, gone.get(agency_id, ()), names),
            )
        )
    parts = [KindRows(kind.label, kinds[kind.code]) for kind in words.kinds.values() if kind.code in kinds]
    if parts and sorting.asked(params, COLUMNS):
        rows = sorting.sort_rows(params, COLUMNS, (row for part in parts for row in part.rows))
        return [KindRows(_("按所选列排列"), rows)]
    return parts


def became(asked: Asked, edges: Iterable[Lineage], names: Mapping[int, AgencyName]) -> list[Successor]:
    """What an agency that has ended became, one item for each edge."""
    return [
        Successor(
            edge=edge,
            name=names[edge.successor_id].short if edge.successor_id in names else edge.successor.slug,
            url=reverse("agency", args=[asked.plan.slug, edge.successor.slug]) + asked.query(),
        )
        for edge in edges
    ]


def found(
    asked: Asked,
    hits: Iterable[Hit],
    names: Mapping[int, AgencyName],
    gone: Mapping[int, Sequence[Lineage]],
) -> list[FoundAgency]:
    """The agencies that a search for a name found, each once."""
    by_agency: dict[int, list[Hit]] = {}
    for hit in hits:
        by_agency.setdefault(hit.agency.pk, []).append(hit)
    rows = []
    for agency_id, own in by_agency.items():
        agency, name = own[0].agency, names.get(agency_id)
        rows.append(
            FoundAgency(
                name=name.short if name else own[0].written,
                is_later=name is None,
                url=reverse("agency", args=[asked.plan.slug, agency.slug]) + asked.query(),
                kind=agency.kind_name,
                hits=[
                    FoundName(
                        written=hit.written,
                        since=hit.name.valid.lower if hit.name else None,
                        until=hit.name.valid.upper if hit.name else None,
                        reason=hit.reason,
                    )
                    for hit in own
                ],
                gone=became(asked, gone.get(agency_id, ()), names),
            )
        )
    return rows


def lineage_table(asked: Asked, family: Family) -> list[LineageRow]:
    """The picture of the lineage in words, in the order of the days."""
    day = asked.quarter.last_day

    def named(agency_id: int, on: date) -> NamedAgency:
        one = family.member(agency_id)
        url = reverse("agency", args=[asked.plan.slug, one.agency.slug]) + asked.query()
        return NamedAgency(one.name_on(on), url)

    return [
        LineageRow(
            edge=edge,
            kind=str(LineageKind(edge.kind).label),
            before=named(edge.predecessor_id, edge.on - timedelta(1)),
            after=named(edge.successor_id, edge.on),
            is_ahead=edge.on > day,
            sure=str(Confidence(edge.confidence).label),
            date_sure=str(Confidence(edge.date_confidence).label),
        )
        for edge in family.edges
    ]


def list_lede(figures: PlanFigures) -> str:
    """How many agencies have duties and lead in the quarter, and how many have not submitted everything."""
    leads = sum(1 for one in figures.agencies if one.lead.due)
    behind = sum(1 for one in figures.agencies if one.lead.missing or one.co.missing)
    sentence = _("%(n)d家单位负责，其中%(leads)d家牵头；") % {"n": len(figures.agencies), "leads": leads}
    return sentence + (_("本季%(n)d家有未报。") % {"n": behind} if behind else _("本季全部报齐。"))


def names_table(names: Iterable[AgencyName], family: Family) -> list[NameRow]:
    """The agency's names. A day that is also the day of a lineage edge is worded as the edge's, which may be known to
    the month or year only."""
    known = {edge.on: lineage_day(edge) for edge in family.edges}

    def words(day: date | None) -> str:
        return "" if day is None else known.get(day) or day.isoformat()

    return [
        NameRow(
            short=name.short,
            full=name.full,
            since=words(name.valid.lower),
            until=words(name.valid.upper),
            origin=str(Origin(name.origin).label),
            outside=name.origin == Origin.OUTSIDE,
            full_outside=name.full_origin == Origin.OUTSIDE,
            note=name.note,
        )
        for name in names
    ]


def duties_now(
    asked: Asked,
    rows: Sequence[HistoryRow],
    tasks: Mapping[int, TaskFigures],
    marked: Mapping[int, Sequence[str]],
) -> tuple[list[DutyRow], list[DutyRow]]:
    """(the tasks that the agency leads, those that it shares) in the quarter; withdrawn ones are left out. `marked`: {version: its
    marks}."""
    leads: list[DutyRow] = []
    shares: list[DutyRow] = []
    for row in rows:
        cell = row.cells.get(asked.quarter)
        task = tasks.get(row.task_id)
        if cell is None or task is None or cell.state == WITHDRAWN:
            continue
        (leads if row.role == Duty.LEAD else shares).append(_duty(asked, task, cell, marked))
    return leads, shares


def shares_title(shares: Iterable[DutyRow]) -> str:
    """The heading of the tasks that the agency does not lead, by its roles on them."""
    words = dict.fromkeys(row.duty for row in shares)
    return _("%(roles)s的任务") % {"roles": "、".join(words)}


def _duty(asked: Asked, task: TaskFigures, cell: Standing, marked: Mapping[int, Sequence[str]]) -> DutyRow:
    return DutyRow(
        code=task.code,
        heading=task.heading,
        order=task.id,
        url=reverse("task", args=[asked.plan.slug, task.ref]) + asked.query(),
        duty=str(Duty(cell.role).label),
        lead=task.lead_names,
        reported=cell.reported_light,
        verified=cell.verified_light,
        light=cell.light,
        unverified=cell.light != GREY and not cell.verified,
        task_light=task.light,
        task_unverified=task.light != GREY and not task.verified,
        missing=cell.state == MISSING,
        ended=phrases.ended(cell.state),
        elsewhere=cell.elsewhere,
        co=task.co,
        submitted=cell.first_submitted_at,
        late=_("逾期%(n)d天") % {"n": cell.days_late} if cell.on_time is False else "",
        stale=cell.stale_quarter,
        stale_light=cell.stale_light,
        marks=marked.get(cell.version_id or 0, ()),
    )


def record(asked: Asked, rows: Iterable[HistoryRow]) -> list[RecordRow]:
    """The agency's reporting by quarter, newest first, without the quarters that were never opened."""
    by_quarter: dict[Period, dict[str, list[Standing]]] = {}
    for row in rows:
        for quarter, cell in row.cells.items():
            by_quarter.setdefault(quarter, {}).setdefault(cell.counted_as, []).append(cell)
    return [
        RecordRow(
            quarter=quarter,
            url=asked.query(quarter),
            lead=Rate.of(own.get(Duty.LEAD, [])),
            co=Rate.of(own.get(Duty.CO, [])),
            changed=sum(
                1
                for cell in own.get(Duty.LEAD, [])
                if cell.verified_light and cell.verified_light != cell.reported_light
            ),
            is_open=not asked.cycles[quarter].is_overdue(Duty.LEAD, asked.known_at),
        )
        for quarter, own in sorted(by_quarter.items(), reverse=True)
        if quarter in asked.cycles
    ]


def page_lede(own: AgencyFigures | None, agency: Agency) -> str:
    """What the agency owes in the quarter and how much of it came in; of a collective, what it is."""
    if agency.is_open:
        return _("方案未列成员的集合单位：由办公室确定成员，确定之前没有单位代它填报。")
    if agency.is_collective:
        return _("集合单位：代表各成员，成员各自填报。")
    if own is None or not own.lead.due + own.co.due:
        return _("本季度没有责任。")
    parts = []
    if own.lead.due:
        parts.append(_("牵头%(n)d项，已报%(done)d项") % {"n": own.lead.due, "done": own.lead.reported})
    if own.co.due:
        parts.append(_("配合%(n)d项，已报%(done)d项") % {"n": own.co.due, "done": own.co.reported})
    return "；".join(parts) + "。"


def members(
    asked: Asked, memberships: Iterable[Membership], names: Mapping[int, str], of_collective: bool
) -> list[MemberRow]:
    """The members of a collective, or the collectives of which an agency is a member."""
    rows = []
    for one in memberships:
        other = one.member if of_collective else one.collective
        rows.append(
            MemberRow(
                name=names.get(other.pk, other.slug),
                url=reverse("agency", args=[asked.plan.slug, other.slug]) + asked.query(),
                origin=str(Origin(one.origin).label),
                note=one.note,
                passage=f"p-{one.passage.start}-{one.passage.end}" if one.passage else "",
            )
        )
    return rows


def mention_groups(mentions: Sequence[Mention]) -> list[MentionGroup]:
    """The places where the plan prints the agency, by duty, without the duties that it does not have."""
    by_duty = [
        MentionGroup(str(duty.label), [mention for mention in mentions if mention.duty == duty])
        for duty in Duty
    ]
    return [group for group in by_duty if group.rows]
