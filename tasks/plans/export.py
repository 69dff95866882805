"""Exports a plan's structure from the database as plain data, with printed names. Shape: docs/plan-schema.json."""

from datetime import date
from itertools import groupby
from typing import Any

from tasks.agencies.models import Agency, AgencyName
from tasks.plans.models import (
    Base,
    Cluster,
    Direction,
    Mention,
    Part,
    Plan,
    Principle,
    Project,
    Sector,
    Task,
    TaskGroup,
    TaskSector,
)
from tasks.plans.names import clean
from tasks.values import Duty, Rhythm

_FURTHER = (Duty.CARRY, Duty.GUIDE, Duty.JOIN)


def plan_data(plan: Plan) -> dict[str, Any]:
    """The plan as a dict, without the targets, which `tasks.indicators.export` adds."""
    tasks = list(Task.objects.filter(plan=plan).select_related("group"))
    mentions: dict[int, list[Mention]] = {}
    for mention in Mention.objects.filter(task__plan=plan):
        mentions.setdefault(mention.task_id, []).append(mention)
    return {
        "slug": plan.slug,
        "title": plan.title,
        "notice_title": _head(plan, "notice_title"),
        "doc_number": plan.doc_number,
        "issuer": plan.issuer,
        "dates": {
            "passed": _day(plan.passed_on),
            "issued": _day(plan.issued_on),
            "in_force_from": _day(plan.in_force_from),
            "in_force_to": _day(plan.in_force_to),
        },
        # Quarters are what a plan has unless it is said.
        **({} if plan.kind is Rhythm.QUARTER else {"rhythm": plan.rhythm}),
        "text_sha256": plan.text_sha256,
        "lead_rule": _head(plan, "lead_rule"),
        "principles": [principle.name for principle in Principle.objects.filter(plan=plan)],
        "sectors": _sectors(plan),
        "groups": [
            {
                "number": group.number,
                "name": group.name,
                "tasks": [_task(task, mentions) for task in tasks if task.group_id == group.pk],
            }
            for group in TaskGroup.objects.filter(plan=plan)
        ],
        "safeguards": [_task(task, mentions) for task in tasks if task.part == Part.SAFEGUARD],
        "projects": [
            {"name": project.name, "sector": project.sector.number if project.sector else None}
            for project in Project.objects.filter(plan=plan).select_related("sector")
        ],
        "clusters": [
            {"name": cluster.name, "level": cluster.level} for cluster in Cluster.objects.filter(plan=plan)
        ],
        "bases": [
            {"city": city, "level": level, "names": [base.name for base in bases]}
            for (city, level), bases in groupby(
                Base.objects.filter(plan=plan), key=lambda base: (base.city, base.level)
            )
        ],
        "links": _links(plan),
        "agencies": _printed(tasks, mentions),
        "bodies": _agencies(tasks, mentions),
    }


def _head(plan: Plan, name: str) -> str | None:
    place = plan.head.get(name)
    return clean(plan.text[slice(*place)]) if place else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _sectors(plan: Plan) -> list[dict[str, Any]]:
    directions: dict[int, list[str]] = {}
    for direction in Direction.objects.filter(sector__plan=plan):
        directions.setdefault(direction.sector_id, []).append(direction.name)
    return [
        {"number": sector.number, "name": sector.name, "directions": directions.get(sector.pk, [])}
        for sector in Sector.objects.filter(plan=plan)
    ]


def _task(task: Task, mentions: dict[int, list[Mention]]) -> dict[str, Any]:
    """The task as a dict; `lead` is None where nobody leads. Other leads and roles are there where the plan has them."""
    named: dict[str, list[str]] = {}
    for mention in mentions.get(task.pk, []):
        named.setdefault(mention.duty, []).append(mention.printed)
    leads = named.get(Duty.LEAD, [])
    more = {"joint_leads": leads[1:], **{str(one): named.get(one, []) for one in _FURTHER}}
    return {
        "number": task.number,
        "heading": task.heading,
        "lead": leads[0] if leads else None,
        "co": named.get(Duty.CO, []),
        **{key: names for key, names in more.items() if names},
    }


def _links(plan: Plan) -> list[dict[str, Any]]:
    rows = TaskSector.objects.filter(task__plan=plan).select_related("task", "sector", "direction", "passage")
    return [
        {
            "task": row.task.code,
            "sector": row.sector.number,
            "direction": row.direction.number if row.direction else None,
            "words": clean(plan.text[row.passage.start : row.passage.end]) if row.passage else "",
        }
        for row in rows.order_by("task__order", "sector__number", "direction__number")
    ]


def _printed(tasks: list[Task], mentions: dict[int, list[Mention]]) -> list[str]:
    """All names in the brackets, each once, in printed order."""
    return list(dict.fromkeys(mention.printed for task in tasks for mention in mentions.get(task.pk, [])))


def _agencies(tasks: list[Task], mentions: dict[int, list[Mention]]) -> list[dict[str, Any]]:
    """The agencies with these names; their kinds and full names do not come from the plan's text."""
    printed_names: dict[int, list[str]] = {}
    for task in tasks:
        for mention in mentions.get(task.pk, []):
            printed = printed_names.setdefault(mention.agency_id, [])
            if mention.printed not in printed:
                printed.append(mention.printed)
    agencies = Agency.objects.in_bulk(printed_names)
    full: dict[int, str] = {}
    for name in AgencyName.objects.filter(agency__in=printed_names).order_by("agency_id", "-valid"):
        full[name.agency_id] = name.full
    members: dict[int, list[str]] = {}
    named = AgencyName.objects.filter(agency__collectives__collective__in=printed_names).order_by(
        "agency__order", "valid"
    )
    for collective, short in named.values_list("agency__collectives__collective", "short"):
        members.setdefault(collective, []).append(short)
    return [
        {
            "slug": agencies[pk].slug,
            "kind": agencies[pk].kind,
            "printed": printed,
            "full_name": full.get(pk, ""),
            "members": list(dict.fromkeys(members.get(pk, []))),
        }
        for pk, printed in printed_names.items()
    ]
