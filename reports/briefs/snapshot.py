"""Figures as one canonical JSON text: the thing that is hashed, printed from, and attached to the PDF.

A kind of brief freezes, beside the plan's figures as far as they speak of its part, what its own sections are made of:
`KINDS` below says which. Everything is as known at the brief's moment.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from qhplan import __version__
from reports.briefs import scopes
from reports.briefs.models import BriefKind
from reports.canonical import canonical, plain, sha256
from reports.evaluation.queries import evaluate
from reports.figures.projects import by_sector
from reports.figures.queries import plan_figures
from reports.figures.target_standing import target_standings
from reports.figures.values import PlanFigures
from reports.scoring.queries import announced
from reports.scoring.values import Period
from reports.supervision.queries import open_instructions, open_notices
from tasks.agencies.models import Agency
from tasks.plans.models import Plan, Task
from tasks.standing.queries import standing
from tasks.values import Duty, Quarter

Figures = dict[str, Any]


def figures_json(figures: PlanFigures, *, is_sample: bool, more: Figures | None = None) -> bytes:
    """The canonical text of a plan's figures, with what a kind adds; its form is docs/figures-schema.json."""
    return canonical({**plain(figures), **plain(more or {}), "is_sample": is_sample, "release": __version__})


def frozen(
    plan: Plan,
    quarter: Quarter,
    *,
    known_at: datetime,
    kind: str,
    scope: str = "",
    name: str = "",
    is_sample: bool,
) -> bytes:
    """The figures of one brief, as known at the moment."""
    figures = plan_figures(plan, quarter, known_at=known_at, with_narrative=True)
    more: Figures = {"kind": str(kind), "scope": {"ref": scope, "name": name}}
    for key, build in KINDS.get(kind, {}).items():
        more[key] = build(plan, quarter, known_at, scope)
    return figures_json(scopes.narrowed(figures, kind, scope), is_sample=is_sample, more=more)


# -- what kinds add -----------------------------------------------------------------------------------------


def _paths(plan: Plan, quarter: Quarter, known_at: datetime, scope: str) -> list[Figures]:
    """How each promise stands against its path."""
    return [
        {
            "order": one.target.order,
            "status": str(one.status),
            "path": one.path,
            "verdict": one.assessed.verdict if one.assessed else "",
        }
        for one in target_standings(plan, quarter, known_at=known_at)
    ]


def _notices(plan: Plan, quarter: Quarter, known_at: datetime, scope: str) -> list[Any]:
    return list(open_notices(plan, known_at))


def _own_notices(plan: Plan, quarter: Quarter, known_at: datetime, scope: str) -> list[Any]:
    own = set(Agency.objects.filter(slug=scope).values_list("pk", flat=True))
    return [one for one in open_notices(plan, known_at) if one.agency_id in own]


def _instructions(plan: Plan, quarter: Quarter, known_at: datetime, scope: str) -> list[Any]:
    return list(open_instructions(plan, known_at))


def _projects(plan: Plan, quarter: Quarter, known_at: datetime, scope: str) -> list[Figures]:
    """The sector's projects as they stand; nothing where it has none."""
    return [
        {
            "name": row.project.name,
            "origin": row.project.origin,
            "body": row.name.short if row.name else "",
            "state": row.state,
            "works": row.filed.get_works_display() if row.filed else "",
            "invested": row.filed.invested if row.filed else None,
            "total": row.filed.total if row.filed else None,
        }
        for group in by_sector(plan, quarter, known_at=known_at)
        if group.sector is not None and str(group.sector.number) == scope
        for row in group.rows
    ]


def _shares(plan: Plan, quarter: Quarter, known_at: datetime, scope: str) -> list[Figures]:
    """The co-returns of a body: on which task, and how each stands."""
    own = set(Agency.objects.filter(slug=scope).values_list("pk", flat=True))
    rows = [
        row
        for row in standing([plan.pk], quarter, known_at=known_at)
        if row.duty == Duty.CO and row.agency_id in own and row.owed
    ]
    tasks = {task.pk: task for task in Task.objects.filter(pk__in=[row.task_id for row in rows])}
    found = sorted(rows, key=lambda row: tasks[row.task_id].order)
    return [
        {
            "code": tasks[row.task_id].code,
            "heading": tasks[row.task_id].heading,
            "light": row.light,
            "state": row.state,
            "on_time": row.on_time,
        }
        for row in found
    ]


def _year(plan: Plan, quarter: Quarter, known_at: datetime, scope: str) -> list[Figures]:
    """The quarters of the year within the plan, each as known at the brief's moment."""
    first = max(plan.first_quarter, Quarter(quarter.year, 1))
    found = []
    for one in Quarter.span(first, quarter):
        figures = plan_figures(plan, one, known_at=known_at)
        found.append(
            {
                "quarter": one,
                "lights": figures.lights,
                "safeguard_lights": figures.safeguard_lights,
                "lead": figures.lead,
                "co": figures.co,
                "tasks": {task.ref: task.light for task in figures.tasks},
            }
        )
    return found


def _scores(plan: Plan, quarter: Quarter, known_at: datetime, scope: str) -> Any:
    """The quarter's scores where they were announced."""
    return announced(plan, Period(quarter, quarter), known_at)


def _year_scores(plan: Plan, quarter: Quarter, known_at: datetime, scope: str) -> Any:
    return announced(plan, Period.parse(str(quarter.year)), known_at)


def _evaluation(plan: Plan, quarter: Quarter, known_at: datetime, scope: str) -> Any:
    return evaluate(plan, known_at=known_at)


Build = Callable[[Plan, Quarter, datetime, str], Any]
KINDS: dict[str, dict[str, Build]] = {
    BriefKind.PLAN: {
        "paths": _paths,
        "notices": _notices,
        "instructions": _instructions,
        "scores": _scores,
    },
    BriefKind.ONE_PAGE: {"paths": _paths, "notices": _notices, "instructions": _instructions},
    BriefKind.SECTOR: {"projects": _projects},
    BriefKind.AGENCY: {"shares": _shares, "notices": _own_notices},
    BriefKind.SUPERVISION: {"notices": _notices, "instructions": _instructions},
    BriefKind.ANNUAL: {"paths": _paths, "year": _year, "scores": _year_scores},
    BriefKind.EVALUATION: {"evaluation": _evaluation},
}

__all__ = ["figures_json", "frozen", "sha256"]
