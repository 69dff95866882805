"""单位: what a body leads and shares, and how it reported."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.figures.history import HistoryRow
from reports.figures.values import AgencyFigures, PlanFigures, Rate, TaskFigures
from tasks.agencies.models import (
    Agency,
    AgencyKind,
    AgencyName,
    Confidence,
    Lineage,
    LineageKind,
    Membership,
)
from tasks.agencies.queries import Family, Hit
from tasks.standing.queries import MISSING, WITHDRAWN, Standing
from tasks.templatetags.lineage import lineage_day
from tasks.values import GREY, Duty, Origin, Quarter


def listed(
    asked: Asked,
    figures: PlanFigures,
    agencies: Mapping[int, Agency],
    names: Mapping[int, AgencyName],
    gone: Mapping[int, Sequence[Lineage]],
) -> list[dict[str, Any]]:
    """Bodies by kind; those that owe nothing in the quarter (a collective, one that is no more) stand there too."""
    owed = {one.agency.id: one for one in figures.agencies}
    kinds: dict[str, list[dict[str, Any]]] = {}
    for agency_id, agency in agencies.items():
        own = owed.get(agency_id)
        if own is None and not agency.in_plan:
            continue
        name = names.get(agency_id)
        kinds.setdefault(agency.kind, []).append(
            {
                "name": name.short if name else agency.slug,
                "slug": agency.slug,
                "full": name.full if name and name.full != name.short else "",
                "outside": name is not None and name.origin == Origin.OUTSIDE,
                "full_outside": name is not None and name.full_origin == Origin.OUTSIDE,
                "inferred": name is not None and name.origin == Origin.INFERRED,
                "url": reverse("agency", args=[asked.plan.slug, agency.slug]) + asked.query(),
                "lead": own.lead if own else Rate(),
                "co": own.co if own else Rate(),
                "on_time": own.lead.on_time + own.co.on_time if own else 0,
                "lights": dict(phrases.counts(own.lights)) if own else {},
                "missing": own.lead.missing + own.co.missing if own else 0,
                "is_open": agency.is_open,
                "is_collective": agency.is_collective,
                "gone": became(asked, gone.get(agency_id, ()), names),
            }
        )
    return [
        {"label": str(AgencyKind(kind).label), "rows": kinds[kind]}
        for kind in AgencyKind.values
        if kind in kinds
    ]


def became(asked: Asked, edges: Iterable[Lineage], names: Mapping[int, AgencyName]) -> list[dict[str, Any]]:
    """What a body that is no more became, each with its day."""
    return [
        {
            "edge": edge,
            "name": names[edge.successor_id].short if edge.successor_id in names else edge.successor.slug,
            "url": reverse("agency", args=[asked.plan.slug, edge.successor.slug]) + asked.query(),
        }
        for edge in edges
    ]


def found(
    asked: Asked,
    hits: Iterable[Hit],
    names: Mapping[int, AgencyName],
    gone: Mapping[int, Sequence[Lineage]],
) -> list[dict[str, Any]]:
    """What a search for a name found, each body once, with every name of it that fits."""
    rows: dict[int, dict[str, Any]] = {}
    for hit in hits:
        name = names.get(hit.agency.pk)
        row = rows.setdefault(
            hit.agency.pk,
            {
                "name": name.short if name else hit.written,
                "is_later": name is None,
                "url": reverse("agency", args=[asked.plan.slug, hit.agency.slug]) + asked.query(),
                "kind": str(AgencyKind(hit.agency.kind).label),
                "hits": [],
                "gone": became(asked, gone.get(hit.agency.pk, ()), names),
            },
        )
        row["hits"].append(
            {
                "written": hit.written,
                "from": hit.name.valid.lower if hit.name else None,
                "to": hit.name.valid.upper if hit.name else None,
                "reason": hit.reason,
            }
        )
    return list(rows.values())


def lineage_table(asked: Asked, family: Family) -> list[dict[str, Any]]:
    """The picture in words, in the order of dates."""
    day = asked.quarter.last_day

    def body(agency_id: int, on: date) -> dict[str, str]:
        one = family.member(agency_id)
        return {
            "name": one.name_on(on),
            "url": reverse("agency", args=[asked.plan.slug, one.agency.slug]) + asked.query(),
        }

    return [
        {
            "edge": edge,
            "kind": str(LineageKind(edge.kind).label),
            "from": body(edge.predecessor_id, edge.on - timedelta(1)),
            "to": body(edge.successor_id, edge.on),
            "is_ahead": edge.on > day,
            "sure": str(Confidence(edge.confidence).label),
            "date_sure": str(Confidence(edge.date_confidence).label),
        }
        for edge in family.edges
    ]


def list_lede(figures: PlanFigures) -> str:
    leads = sum(1 for one in figures.agencies if one.lead.due)
    behind = sum(1 for one in figures.agencies if one.lead.missing or one.co.missing)
    said = _("%(n)d家单位负责，其中%(leads)d家牵头；") % {"n": len(figures.agencies), "leads": leads}
    return said + (_("本季%(n)d家有未报。") % {"n": behind} if behind else _("本季全部报齐。"))


def names_table(names: Iterable[AgencyName], family: Family) -> list[dict[str, Any]]:
    """Its names; of a day that is a stand-in no more is told than is known."""
    known = {edge.on: lineage_day(edge) for edge in family.edges}

    def words(day: date | None) -> str:
        return "" if day is None else known.get(day) or day.isoformat()

    return [
        {
            "short": name.short,
            "full": name.full,
            "from": words(name.valid.lower),
            "to": words(name.valid.upper),
            "origin": str(Origin(name.origin).label),
            "outside": name.origin == Origin.OUTSIDE,
            "full_outside": name.full_origin == Origin.OUTSIDE,
            "note": name.note,
        }
        for name in names
    ]


def duties_now(
    asked: Asked, rows: Sequence[HistoryRow], tasks: Mapping[int, TaskFigures]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(what it leads, what it shares) in the quarter: its own light beside the task's."""
    leads: list[dict[str, Any]] = []
    shares: list[dict[str, Any]] = []
    for row in rows:
        cell = row.cells.get(asked.quarter)
        task = tasks.get(row.task_id)
        if cell is None or task is None or cell.state == WITHDRAWN:
            continue
        (leads if row.duty == Duty.LEAD else shares).append(
            {
                "code": task.code,
                "heading": task.heading,
                "order": task.id,
                "url": reverse("task", args=[asked.plan.slug, task.ref]) + asked.query(),
                "lead": task.lead.name if task.lead else "",
                "reported": cell.reported_light,
                "verified": cell.verified_light,
                "light": cell.light,
                "unverified": cell.light != GREY and not cell.verified,
                "task_light": task.light,
                "task_unverified": task.light != GREY and not task.verified,
                "missing": cell.state == MISSING,
                "ended": phrases.ended(cell.state),
                "elsewhere": cell.elsewhere,
                "co": task.co,
                "submitted": cell.first_submitted_at,
                "late": _("逾期%(n)d天") % {"n": cell.days_late} if cell.on_time is False else "",
                "stale": cell.stale_quarter,
                "stale_light": cell.stale_light,
            }
        )
    return leads, shares


def record(asked: Asked, rows: Iterable[HistoryRow]) -> list[dict[str, Any]]:
    """Its reporting by quarter, newest first: lead and co apart. Quarters that were never opened are left out."""
    by_quarter: dict[Quarter, dict[str, list[Standing]]] = {}
    for row in rows:
        for quarter, cell in row.cells.items():
            by_quarter.setdefault(quarter, {}).setdefault(row.duty, []).append(cell)
    return [
        {
            "quarter": quarter,
            "url": asked.query(quarter),
            "lead": Rate.of(own.get(Duty.LEAD, [])),
            "co": Rate.of(own.get(Duty.CO, [])),
            "lights": Counter(cell.light for cell in own.get(Duty.LEAD, [])),
            "changed": sum(
                1
                for cell in own.get(Duty.LEAD, [])
                if cell.verified_light and cell.verified_light != cell.reported_light
            ),
            "is_open": not asked.cycles[quarter].is_overdue(Duty.LEAD, asked.known_at),
        }
        for quarter, own in sorted(by_quarter.items(), reverse=True)
        if quarter in asked.cycles
    ]


def page_lede(own: AgencyFigures | None, agency: Agency) -> str:
    if agency.is_open:
        return _("方案未列成员的集合单位：由办公室确定成员，确定之前没有单位代它填报。")
    if agency.is_collective:
        return _("集合单位：代表各成员，成员各自填报。")
    if own is None or not own.lead.due + own.co.due:
        return _("本季度没有责任。")
    said = []
    if own.lead.due:
        said.append(_("牵头%(n)d项，已报%(done)d项") % {"n": own.lead.due, "done": own.lead.reported})
    if own.co.due:
        said.append(_("配合%(n)d项，已报%(done)d项") % {"n": own.co.due, "done": own.co.reported})
    return "；".join(said) + "。"


def members(
    asked: Asked, memberships: Iterable[Membership], names: Mapping[int, str], of_collective: bool
) -> list[dict[str, Any]]:
    """The members of a collective, or the collectives that a body stands behind."""
    result = []
    for one in memberships:
        other = one.member if of_collective else one.collective
        result.append(
            {
                "name": names.get(other.pk, other.slug),
                "url": reverse("agency", args=[asked.plan.slug, other.slug]) + asked.query(),
                "origin": str(Origin(one.origin).label),
                "note": one.note,
                "passage": f"p-{one.passage.start}-{one.passage.end}" if one.passage else "",
            }
        )
    return result
