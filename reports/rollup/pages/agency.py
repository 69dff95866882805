"""单位: what a body leads and shares, and how it reported."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.rollup.asked import Asked
from reports.rollup.history import HistoryRow
from reports.rollup.pages import words
from reports.rollup.values import AgencyFigures, PlanFigures, Rate, TaskFigures
from tasks.agencies.models import Agency, AgencyKind, AgencyName, Membership
from tasks.filing.standing import MISSING, WITHDRAWN, Standing
from tasks.values import GREY, Duty, Origin, Quarter


def listed(
    asked: Asked, figures: PlanFigures, agencies: Mapping[int, Agency], names: Mapping[int, AgencyName]
) -> list[dict[str, Any]]:
    """Bodies by kind; those that owe nothing in the quarter (a collective, a successor) stand there too."""
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
                "full": name.full if name and name.full != name.short else "",
                "outside": name is not None and name.origin == Origin.OUTSIDE,
                "full_outside": name is not None and name.full_origin == Origin.OUTSIDE,
                "inferred": name is not None and name.origin == Origin.INFERRED,
                "url": reverse("agency", args=[asked.plan.slug, agency.slug]) + asked.query(),
                "lead": own.lead if own else Rate(),
                "co": own.co if own else Rate(),
                "on_time": own.lead.on_time + own.co.on_time if own else 0,
                "lights": dict(words.counts(own.lights)) if own else {},
                "missing": own.lead.missing + own.co.missing if own else 0,
                "is_open": agency.is_open,
                "is_collective": agency.is_collective,
            }
        )
    return [
        {"label": str(AgencyKind(kind).label), "rows": kinds[kind]}
        for kind in AgencyKind.values
        if kind in kinds
    ]


def list_lede(figures: PlanFigures) -> str:
    leads = sum(1 for one in figures.agencies if one.lead.due)
    behind = sum(1 for one in figures.agencies if one.lead.missing or one.co.missing)
    said = _("%(n)d家单位负责，其中%(leads)d家牵头；") % {"n": len(figures.agencies), "leads": leads}
    return said + (_("本季%(n)d家有未报。") % {"n": behind} if behind else _("本季全部报齐。"))


def names_table(names: Iterable[AgencyName]) -> list[dict[str, Any]]:
    return [
        {
            "short": name.short,
            "full": name.full,
            "from": name.valid.lower,
            "to": name.valid.upper,
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
                "ended": words.ended(cell.state),
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
            "lead": _rate(own.get(Duty.LEAD, [])),
            "co": _rate(own.get(Duty.CO, [])),
            "lights": Counter(cell.light for cell in own.get(Duty.LEAD, [])),
            "changed": sum(
                1
                for cell in own.get(Duty.LEAD, [])
                if cell.verified_light and cell.verified_light != cell.reported_light
            ),
            "is_open": asked.cycles[quarter].lead_due > asked.known_at,
        }
        for quarter, own in sorted(by_quarter.items(), reverse=True)
        if quarter in asked.cycles
    ]


def _rate(cells: Sequence[Standing]) -> Rate:
    return Rate(
        sum(cell.owed for cell in cells),
        sum(cell.reported for cell in cells),
        sum(bool(cell.on_time) for cell in cells),
    )


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
