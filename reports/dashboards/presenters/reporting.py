"""总览: who reports and who does not: rates over the quarters, the governments, the missing returns."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.dashboards.presenters.overview import COLUMNS
from reports.dashboards.presenters.places import place_class, place_name
from reports.figures.levels import Number
from reports.figures.values import PlanFigures, Rate
from tasks.agencies.models import AgencyKind
from tasks.contacts.models import Contact
from tasks.cycles.lateness import is_overdue
from tasks.plans.models import Base
from tasks.standing.queries import MISSING, Standing
from tasks.values import GREY, Duty, Light, Quarter

FIRST = 10  # rows of missing returns before the fold


def rates(asked: Asked, figures: PlanFigures, history: Mapping[Quarter, tuple[Rate, Rate]]) -> dict[str, Any]:
    """Lead and co apart, never added. The chart's points are in a box of 248 × 110."""
    quarters = [
        quarter for quarter in sorted(history) if quarter in asked.cycles and quarter <= asked.quarter
    ][-COLUMNS:]
    shares = {
        duty: [
            None if (exact := history[quarter][index].reporting.exact) is None else float(exact)
            for quarter in quarters
        ]
        for index, duty in enumerate((Duty.LEAD, Duty.CO))
    }
    known = [share for row in shares.values() for share in row if share is not None]
    low = min(75, int(min(known, default=100) // 25 * 25))
    chart = None
    if len([share for share in shares[Duty.LEAD] if share is not None]) >= 2:
        chart = {
            "low": low,
            "lead": _line(shares[Duty.LEAD], low),
            "co": _line(shares[Duty.CO], low),
            "ticks": [
                {"x": _x(index, len(quarters)), "label": str(quarter.year) if index else str(quarter)}
                for index, quarter in enumerate(quarters)
                if index == 0 or (quarter.number == 1 and index > 2)
            ],
            "lead_say": f"{_('牵头')} {phrases.percent(figures.lead.reporting)}%",
            "co_say": f"{_('配合')} {phrases.percent(figures.co.reporting)}%",
            "ends": _ends(shares, low, len(quarters)),
        }
    behind = reverse("behind", args=[asked.plan.slug])
    return {
        "chart": chart,
        "rows": [
            {
                "duty": _("牵头汇总"),
                "due": Number.LEAD_DUE.value,
                "reported": Number.LEAD_REPORTED.value,
                "on_time": Number.LEAD_ON_TIME.value,
                "rate": figures.lead,
                "percent": phrases.percent(figures.lead.reporting),
            },
            {
                "duty": _("配合填报"),
                "due": Number.CO_DUE.value,
                "reported": Number.CO_REPORTED.value,
                "on_time": Number.CO_ON_TIME.value,
                "rate": figures.co,
                "percent": phrases.percent(figures.co.reporting),
            },
        ],
        "table": [
            {
                "quarter": quarter,
                "lead": history[quarter][0],
                "co": history[quarter][1],
                "address": behind + asked.query(quarter),
            }
            for quarter in reversed(quarters)
        ],
        "verified": sum(1 for task in figures.tasks if task.verified),
        "unverified": sum(1 for task in figures.tasks if task.light != GREY and not task.verified),
    }


_WIDTH, _TOP, _HEIGHT = 248, 10, 100


def _x(index: int, total: int) -> float:
    return round(index * _WIDTH / max(total - 1, 1), 1)


def _y(share: float, low: int) -> float:
    return round(_TOP + (100 - share) * _HEIGHT / max(100 - low, 1), 1)


def _line(shares: list[float | None], low: int) -> str:
    """A path; the pen is lifted where a quarter owed nothing."""
    path, pen = [], False
    for index, share in enumerate(shares):
        if share is None:
            pen = False
            continue
        path.append(f"{'L' if pen else 'M'}{_x(index, len(shares))} {_y(share, low)}")
        pen = True
    return " ".join(path)


def _ends(shares: Mapping[Duty, list[float | None]], low: int, total: int) -> dict[str, dict[str, float]]:
    """Where the two lines end, their words kept 16 px apart."""
    ends = {}
    for duty, row in shares.items():
        last = row[-1]
        if last is not None:
            ends[duty.value] = {"x": _x(total - 1, total), "y": _y(last, low), "text": _y(last, low) + 4}
    if len(ends) == 2:
        lead, co = ends[Duty.LEAD.value], ends[Duty.CO.value]
        if abs(lead["text"] - co["text"]) < 16:
            upper, lower = (lead, co) if lead["text"] <= co["text"] else (co, lead)
            middle = (upper["text"] + lower["text"]) / 2
            upper["text"], lower["text"] = middle - 8, middle + 8
    return ends


def places(
    asked: Asked,
    standings: Sequence[Standing],
    names: Mapping[int, str],
    slugs: Mapping[int, str],
    bases: Sequence[Base],
) -> list[dict[str, Any]]:
    """Small multiples of the governments' co-returns: their own lights, which the plan's never count."""
    result = []
    for agency_id, slug in slugs.items():
        rows = [row for row in standings if row.agency_id == agency_id and row.owed]
        if not rows:
            continue
        name = names.get(agency_id, slug)
        place = place_name(name)
        levels = Counter(base.level for base in bases if base.city == place)
        result.append(
            {
                "name": place,
                "slug": slug,
                "url": reverse("agency", args=[asked.plan.slug, slug]) + asked.query(),
                "reported": sum(row.reported for row in rows),
                "due": len(rows),
                "marks": phrases.worst_first(row.light for row in rows),
                "counts": Counter(row.light for row in rows if row.light not in (Light.GREEN, Light.BLUE)),
                "bases": (
                    _("基地 %s") % " ".join(f"{level}{n}" for level, n in levels.items())
                    if levels
                    else _("方案未列基地")
                ),
                "place": place_class(slug),
            }
        )
    return result


def missing(
    asked: Asked,
    figures: PlanFigures,
    standings: Sequence[Standing],
    names: Mapping[int, str],
    slugs: Mapping[int, str],
    contacts: Mapping[int, Contact],
    sees_telephones: Callable[[int], bool],
) -> list[dict[str, Any]]:
    """One row per body and duty, lead first, then by how much is missing. `sees_telephones(task id)` says whether the
    reader may see whom to call."""
    tasks = {task.id: task for task in figures.tasks}
    groups: dict[tuple[int, str], list[Standing]] = {}
    for row in standings:
        if row.state == MISSING:
            groups.setdefault((row.agency_id, row.duty), []).append(row)
    result = []
    for (agency_id, duty), rows in groups.items():
        called = next((row for row in rows if row.responsibility_id in contacts), None)
        contact = contacts[called.responsibility_id] if called else None
        sees = called is not None and sees_telephones(called.task_id)
        first = [tasks[row.task_id] for row in rows if row.task_id in tasks]
        due = min((row.due_at for row in rows if row.due_at), default=None)
        result.append(
            {
                "agency": names.get(agency_id, ""),
                "url": reverse("agency", args=[asked.plan.slug, slugs[agency_id]]) + asked.query(),
                "duty": str(Duty(duty).label),
                "is_lead": duty == Duty.LEAD,
                "count": len(rows),
                "tasks": first,
                "task_url": (
                    reverse("task", args=[asked.plan.slug, first[0].ref]) + asked.query()
                    if len(first) == 1
                    else ""
                ),
                "days_late": max(row.days_late for row in rows),
                "is_late": is_overdue(due, asked.known_at),
                "is_closed": bool(asked.cycle and asked.cycle.closes_at <= asked.known_at),
                "last": max((row.stale_quarter for row in rows if row.stale_quarter), default=None),
                "division": contact.division if contact else "",
                "liaison": contact.liaison if contact and sees else "",
                "telephone": contact.telephone if contact and sees else "",
            }
        )
    return sorted(result, key=lambda row: (not row["is_lead"], -row["count"], row["agency"]))


def government_slugs(agencies: Iterable[Any]) -> dict[int, str]:
    """{id: slug} of the governments among agencies, in their order."""
    return {agency.id: agency.slug for agency in agencies if agency.kind == AgencyKind.GOVERNMENT}
