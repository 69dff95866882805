"""责任矩阵: bodies × tasks in one quarter."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.figures.values import PlanFigures
from tasks.agencies.models import Agency, AgencyKind, AgencyName
from tasks.plans.models import Mention
from tasks.standing.queries import MISSING, WITHDRAWN, Standing
from tasks.values import GREY, Duty, Origin


def matrix(
    asked: Asked,
    figures: PlanFigures,
    standings: Sequence[Standing],
    agencies: Mapping[int, Agency],
    names: Mapping[int, AgencyName],
    chosen: Mapping[str, str],
) -> dict[str, Any]:
    """The table's context. `chosen` narrows what is shown: duty and light by cell, `bodies` by row."""
    tasks = figures.tasks
    columns = {task.id: index for index, task in enumerate(tasks)}
    urls = {task.id: reverse("task", args=[asked.plan.slug, task.ref]) + asked.query() for task in tasks}
    labels = {task.id: f"{task.code} {task.heading}" for task in tasks}
    held: dict[int, list[Standing]] = {}
    for row in standings:
        if row.state != WITHDRAWN:
            held.setdefault(row.agency_id, []).append(row)

    def cell(row: Standing) -> dict[str, Any] | None:
        if chosen.get("duty") not in {None, "", row.duty} or chosen.get("light") not in {None, "", row.light}:
            return None
        return {
            "duty": row.duty,
            "light": row.light,
            "unverified": row.light != GREY and not row.verified,
            "url": urls[row.task_id],
            "label": f"{_name(names, row.agency_id)} × {labels[row.task_id]}",
        }

    sections: list[dict[str, Any]] = []
    singles: list[dict[str, Any]] = []
    for key, title, ids in _sections(held, agencies):
        rows = []
        for agency_id in ids:
            own = held[agency_id]
            cells: list[dict[str, Any] | None] = [None] * len(tasks)
            for row in own:
                cells[columns[row.task_id]] = cell(row)
            drawn = [one for one in cells if one]
            if not drawn and any(chosen.get(name) for name in ("duty", "light")):
                continue
            if key == "others" and len(own) == 1 and not any(chosen.values()):
                singles.append(
                    {
                        "name": _name(names, agency_id),
                        "url": _home(asked, agencies[agency_id]),
                        "later": _is_later(names, agency_id),
                        "light": own[0].light,
                        "unverified": own[0].light != GREY and not own[0].verified,
                        "task": labels[own[0].task_id],
                        "task_url": urls[own[0].task_id],
                    }
                )
                continue
            rows.append(
                {
                    "key": agencies[agency_id].slug,
                    "name": _name(names, agency_id),
                    "url": _home(asked, agencies[agency_id]),
                    "later": _is_later(names, agency_id),
                    "lead": sum(row.duty == Duty.LEAD for row in own),
                    "co": sum(row.duty == Duty.CO for row in own),
                    "missing": sum(row.state == MISSING for row in own),
                    "cells": cells,
                }
            )
        if rows and chosen.get("bodies") in {None, "", key}:
            sections.append(
                {"label": _("%(title)s %(n)d家") % {"title": title, "n": len(rows)}, "rows": rows}
            )
    return {
        "caption": _("责任矩阵：单位为行，任务为列；%s") % asked.quarter.label,
        "groups": _groups(asked, figures, urls),
        "sections": sections,
        "singles": singles if chosen.get("bodies") in {None, "", "others"} else [],
        "starts": [index > 0 and (task.group != tasks[index - 1].group) for index, task in enumerate(tasks)],
        "parts": [
            index > 0 and task.group is None and tasks[index - 1].group is not None
            for index, task in enumerate(tasks)
        ],
    }


def _sections(held: Mapping[int, Any], agencies: Mapping[int, Agency]) -> list[tuple[str, str, list[int]]]:
    """Who leads anything; other bodies of the province; governments; zones. Leads by how much they lead."""
    leads, others, governments, zones = [], [], [], []
    for agency_id in sorted(held, key=lambda one: (agencies[one].order, one)):
        kind = agencies[agency_id].kind
        if any(row.duty == Duty.LEAD for row in held[agency_id]):
            leads.append(agency_id)
        elif kind == AgencyKind.GOVERNMENT:
            governments.append(agency_id)
        elif kind == AgencyKind.ZONE:
            zones.append(agency_id)
        else:
            others.append(agency_id)
    leads.sort(key=lambda one: -sum(row.duty == Duty.LEAD for row in held[one]))
    others.sort(key=lambda one: -len(held[one]))
    return [
        ("leads", _("牵头单位"), leads),
        ("others", _("其他省级配合单位"), others),
        ("governments", _("市州人民政府"), governments),
        ("zones", _("园区"), zones),
    ]


def bodies_choices() -> list[tuple[str, str]]:
    return [
        ("", _("全部")),
        ("leads", _("牵头单位")),
        ("others", _("其他省级配合单位")),
        ("governments", _("市州人民政府")),
        ("zones", _("园区")),
    ]


def _groups(asked: Asked, figures: PlanFigures, urls: Mapping[int, str]) -> list[dict[str, Any]]:
    def column(task: Any, number: str) -> dict[str, Any]:
        return {
            "key": task.ref,
            "number": number,
            "name": task.heading,
            "url": urls[task.id],
            "light": task.light,
            "unverified": task.light != GREY and not task.verified,
        }

    groups = [
        {
            "label": phrases.numeral_plain(group.number),
            "name": group.name,
            "part": False,
            "tasks": [column(task, str(number)) for number, task in enumerate(group.tasks, 1)],
        }
        for group in figures.groups
    ]
    if figures.safeguards:
        groups.append(
            {
                "label": _("保障措施"),
                "name": _("保障措施"),
                "part": True,
                "tasks": [
                    column(task, phrases.numeral_plain(number))
                    for number, task in enumerate(figures.safeguards, 1)
                ],
            }
        )
    return groups


def open_mentions(asked: Asked, mentions: Sequence[Mention]) -> list[dict[str, Any]]:
    """Collectives whose members the plan does not name: nobody files for them until the office says who they are."""
    return [
        {
            "name": mention.printed,
            "task": f"{mention.task.code} {mention.task.heading}",
            "url": reverse("task", args=[asked.plan.slug, mention.task.ref]) + asked.query(),
            "home": reverse("agency", args=[asked.plan.slug, mention.agency.slug]) + asked.query(),
        }
        for mention in mentions
    ]


def lede(
    asked: Asked, figures: PlanFigures, standings: Sequence[Standing], names: Mapping[int, AgencyName]
) -> str:
    leads: dict[int, int] = {}
    for row in standings:
        if row.duty == Duty.LEAD:
            leads[row.agency_id] = leads.get(row.agency_id, 0) + 1
    if not leads:
        return _("本季度没有责任记录。")
    most, count = max(leads.items(), key=lambda item: item[1])
    said = _("%(tasks)d项任务与措施，%(leads)d家牵头，%(bodies)d家负责。") % {
        "tasks": len(figures.tasks),
        "leads": len(leads),
        "bodies": len({row.agency_id for row in standings}),
    }
    if len(leads) > 1 and count * 2 > len(figures.tasks):
        said += _("%(name)s一家牵头%(n)d项。") % {"name": _name(names, most), "n": count}
    return said


def _name(names: Mapping[int, AgencyName], agency_id: int) -> str:
    name = names.get(agency_id)
    return name.short if name else ""


def _is_later(names: Mapping[int, AgencyName], agency_id: int) -> bool:
    """A name that the plan does not print: a successor's, after a reform."""
    name = names.get(agency_id)
    return name is not None and name.origin == Origin.OUTSIDE


def _home(asked: Asked, agency: Agency) -> str:
    return reverse("agency", args=[asked.plan.slug, agency.slug]) + asked.query()
