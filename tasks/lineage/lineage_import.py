"""Imports a file of facts about agencies (fixtures/lineage-2018.json), with an origin outside the plan.

The file is parsed into dataclasses and checked as a whole before anything is written. Importing it again adds only
what is missing; later changes by the office stay.
"""

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tasks import typed
from tasks.agencies.models import Agency, Confidence, Lineage, LineageKind, Precision
from tasks.errors import Problem, Problems
from tasks.lineage.actions import EdgeInput, record_edges, register_agency
from tasks.plans.models import Plan, Task
from tasks.slugs import AGENCY_SLUG


@dataclass(frozen=True)
class AgencyFact:
    """An agency that no plan names. `since` is None if the day of its foundation is unknown."""

    slug: str
    kind: str
    short: str
    full: str
    since: date | None
    note: str


@dataclass(frozen=True)
class EdgeFact:
    """A lineage edge with its confidence; `tasks`: `{plan slug: task refs}` that it concerns, all tasks if empty."""

    key: str
    kind: str
    predecessor: str
    on: date
    precision: str
    confidence: str
    date_confidence: str
    note: str
    successor: str = ""
    short: str = ""
    full: str = ""
    scope: str = ""
    tasks: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    bodies: tuple[AgencyFact, ...]
    edges: tuple[EdgeFact, ...]


@dataclass(frozen=True)
class LoadedFacts:
    """The number of rows that an import has added."""

    bodies: int
    edges: int


def read(path: Path) -> Facts:
    """Parses the file. Raises Problems, one for each invalid entry, with its place in the file."""
    try:
        data = typed.cleaned(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise Problems(
            [Problem("", _("%(path)s 读不出来：%(error)s") % {"path": path.name, "error": error})]
        ) from error
    problems: list[Problem] = []
    bodies = [
        _entry(AgencyFact, row, f"bodies[{n}]", problems) for n, row in enumerate(_list(data, "bodies"))
    ]
    edges = [_entry(EdgeFact, row, f"edges[{n}]", problems) for n, row in enumerate(_list(data, "edges"))]
    keys = [edge.key for edge in edges if edge is not None]
    problems += [
        Problem(key, _("编号 %(key)s 出现了两次。") % {"key": key})
        for key in {k for k in keys if keys.count(k) > 1}
    ]
    if problems:
        raise Problems(problems)
    return Facts(tuple(one for one in bodies if one), tuple(one for one in edges if one))


def _list(data: Any, name: str) -> list[Any]:
    rows = data.get(name) if isinstance(data, dict) else None
    return rows if isinstance(rows, list) else []


_NAMES = {"from": "predecessor", "to": "successor"}
_CHOICES = {
    "precision": Precision.values,
    "confidence": Confidence.values,
    "date_confidence": Confidence.values,
}


def _entry(kind: Any, row: Any, place: str, problems: list[Problem]) -> Any:
    values: dict[str, Any] = (
        {_NAMES.get(str(name), str(name)): value for name, value in row.items()}
        if isinstance(row, dict)
        else {}
    )
    fields = kind.__dataclass_fields__
    try:
        for name in ("on", "since"):
            if name in fields and values.get(name) is not None:
                values[name] = typed.day(str(values[name]), exact=True)
        for name, choices in {**_CHOICES, "kind": LineageKind.values if kind is EdgeFact else None}.items():
            if choices and name in fields and values.get(name) not in choices:
                raise ValueError(f"{name}: {values.get(name)!r}")
        return kind(**values)
    except (TypeError, ValueError) as error:
        problems.append(
            Problem(place, _("%(place)s 不能读取：%(error)s") % {"place": place, "error": error}, row=place)
        )
        return None


@transaction.atomic
def load(path: Path) -> LoadedFacts:
    """Writes the missing facts. Raises Problems if the file is invalid or names an unknown agency or task."""
    facts = read(path)
    typed = ((f"{path.name} bodies[{n}]", agency.slug) for n, agency in enumerate(facts.bodies))
    if refused := AGENCY_SLUG.refusals(typed, Agency.objects.all()):
        raise Problems(refused)
    known = dict(Agency.objects.values_list("slug", "pk"))
    fresh = [agency for agency in facts.bodies if agency.slug not in known]
    recorded = set(Lineage.objects.filter(key__isnull=False).values_list("key", flat=True))
    edges = [edge for edge in facts.edges if edge.key not in recorded]
    refs = {
        (plan, ref): pk
        for plan, ref, pk in Task.objects.filter(
            plan__slug__in={slug for edge in edges for slug in edge.tasks}
        ).values_list("plan__slug", "ref", "pk")
    }
    plans = set(Plan.objects.values_list("slug", flat=True))
    problems = []
    named = known.keys() | {agency.slug for agency in fresh}
    for edge in edges:
        problems += [
            Problem(
                edge.key,
                _("%(key)s：数据库中没有单位 %(slug)s，请先载入方案。") % {"key": edge.key, "slug": slug},
            )
            for slug in filter(None, (edge.predecessor, edge.successor))
            if slug not in named
        ]
        problems += [
            Problem(
                edge.key,
                _("%(key)s：方案 %(plan)s 没有任务 %(ref)s。") % {"key": edge.key, "plan": slug, "ref": ref},
            )
            for slug, wanted in edge.tasks.items()
            for ref in wanted
            # A plan that is not loaded has no tasks to transfer.
            if slug in plans and (slug, ref) not in refs
        ]
    if problems:
        raise Problems(problems)
    homes = {
        one.slug: one.jurisdiction
        for one in Agency.objects.filter(slug__in=known).select_related("jurisdiction")
    }
    # A new agency is of the place of whom it succeeds.
    place_of = {edge.successor: homes[edge.predecessor] for edge in edges if edge.predecessor in homes}
    for agency in fresh:
        jurisdiction = place_of.get(agency.slug)
        known[agency.slug] = register_agency(by=None, jurisdiction=jurisdiction, **agency.__dict__).pk
    record_edges(
        by=None,
        edges=[
            EdgeInput(
                kind=edge.kind,
                predecessor_id=known[edge.predecessor],
                successor_id=known.get(edge.successor),
                on=edge.on,
                precision=edge.precision,
                confidence=edge.confidence,
                date_confidence=edge.date_confidence,
                note=edge.note,
                short=edge.short,
                full=edge.full,
                scope=edge.scope,
                task_ids=tuple(
                    refs[slug, ref]
                    for slug, wanted in edge.tasks.items()
                    for ref in wanted
                    if (slug, ref) in refs
                ),
                key=edge.key,
            )
            for edge in edges
        ],
    )
    return LoadedFacts(len(fresh), len(edges))
