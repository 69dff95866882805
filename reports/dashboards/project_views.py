"""重大项目: all of a plan by sector, and one over its quarters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from reports.dashboards.page_context import page_context
from reports.dashboards.page_params import Asked, ask
from reports.dashboards.presenters import phrases
from reports.figures.projects import SectorProjects, Sums, by_sector, sums_of
from tasks.agencies.models import AgencyName
from tasks.agencies.queries import names_at, successions
from tasks.people.models import User
from tasks.people.permissions import may_decide_for, may_manage_projects, may_see_problems_of
from tasks.people.queries import office_agency_ids
from tasks.plans.models import Project
from tasks.projects.models import ProjectBody, ProjectVersion, Works
from tasks.projects.queries import Standing, standings
from tasks.values import Period
from tasks.web.sorting import sort_rows


@dataclass(frozen=True)
class ProjectGroup:
    """The projects of one sector, or of none (`number` and `tasks_url` are ""). Money in 万元."""

    number: str
    name: str
    tasks_url: str
    rows: tuple[Standing, ...]
    sums: Sums


@dataclass(frozen=True)
class ProjectListPage:
    """projects/list.html. `gone` are the ids of agencies that have ended by the quarter."""

    lede: str
    groups: list[ProjectGroup]
    gone: set[int]
    may_manage: bool


@dataclass(frozen=True)
class ProjectAgency:
    """One agency that reported on a project from the quarter `first` (None: from the start) to `last` (None: still)."""

    name: str
    first: Period | None
    last: Period | None
    note: str
    by: User


@dataclass(frozen=True)
class ProjectReport:
    """One quarter's report: its version in force, the agency's name at that time, and the state of its decision."""

    version: ProjectVersion
    name: str
    state: str


@dataclass(frozen=True)
class ReadableReport:
    """The report whose text the reader may read. `is_earlier`: of the last quarter before, because there is none of this
    quarter; `sees_problems`: the problems too."""

    version: ProjectVersion
    sees_problems: bool
    is_earlier: bool


@dataclass(frozen=True)
class ProjectPage:
    """projects/project.html. `agencies` and `history` are the agencies and reports of the project, the latest report first;
    `shown` is None where the reader may read no text; `decide_url` is "" where the reader has nothing to decide."""

    project: Project
    standing: Standing
    source_anchor: str
    bodies: list[ProjectAgency]
    gone: set[int]
    history: list[ProjectReport]
    shown: ReadableReport | None
    may_manage: bool
    may_write: bool
    decide_url: str


@require_GET
def project_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Projects by sector, with the investment of the quarter and in total."""
    asked = ask(request, slug)
    groups = by_sector(asked.plan, asked.quarter, known_at=asked.known_at)
    page = ProjectListPage(
        lede=_lede(sums_of([row for group in groups for row in group.rows])),
        groups=[_group(asked, group, request.GET) for group in groups],
        gone=set(successions(asked.quarter)),
        may_manage=may_manage_projects(asked.user),
    )
    return render(request, "projects/list.html", page_context(asked, page))


_WORKS = list(Works.values)
COLUMNS: dict[str, Callable[[Standing], Any]] = {
    "name": lambda row: row.project.name,
    "body": lambda row: row.name.short if row.name else None,
    "state": lambda row: row.state,
    "works": lambda row: _WORKS.index(row.filed.works) if row.filed else None,
    "invested": lambda row: row.filed.invested if row.filed else None,
    "total": lambda row: row.filed.total if row.filed else None,
}


def _group(asked: Asked, group: SectorProjects, params: Mapping[str, Any]) -> ProjectGroup:
    sector = group.sector
    tasks = reverse("task_list", args=[asked.plan.slug])
    return ProjectGroup(
        number=phrases.numeral_plain(sector.number) if sector else "",
        name=sector.name if sector else _("未归入领域"),
        tasks_url=tasks + asked.query(sector=sector.number) if sector else "",
        rows=tuple(sort_rows(params, COLUMNS, group.rows)),
        sums=group.sums,
    )


def _lede(whole: Sums) -> str:
    if not whole.projects:
        return _("方案没有点名重大项目。")
    sentence = _("%(n)d个重大项目，方案未明确责任单位；") % {"n": whole.projects}
    if not whole.due:
        return sentence + _("本季没有指定填报单位的项目。")
    return sentence + _("本季应报%(due)d个，已报%(reported)d个，完成投资%(money)s万元。") % {
        "due": whole.due,
        "reported": whole.reported,
        "money": f"{whole.invested.normalize():f}",
    }


@require_GET
def project(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One project: its text in the plan, who reports on it, and every quarter's report."""
    asked = ask(request, slug)
    found = standings(asked.plan, asked.quarter, asked.known_at, only=[pk])
    if not found:
        raise Http404(_("没有这个项目。"))
    now = found[0]
    source = now.project.passage
    page = ProjectPage(
        project=now.project,
        standing=now,
        source_anchor=f"p-{source.start}-{source.end}" if source else "",
        bodies=_agencies(asked, pk),
        gone=set(successions(asked.quarter)),
        history=_history(asked, pk),
        shown=_readable(asked, now),
        may_manage=may_manage_projects(asked.user),
        may_write=now.body is not None and now.is_due and now.body.agency_id == asked.user.agency_id,
        decide_url=_decide_url(asked, now),
    )
    return render(request, "projects/project.html", page_context(asked, page))


def _agencies(asked: Asked, pk: int) -> list[ProjectAgency]:
    rows = list(ProjectBody.objects.filter(project=pk, known__contains=asked.known_at).select_related("by"))
    names = names_at(asked.quarter, {row.agency_id for row in rows})
    return [
        ProjectAgency(
            name=names[row.agency_id].short if row.agency_id in names else row.agency.slug,
            first=Period.from_ordinal(row.valid.lower) if row.valid.lower is not None else None,
            last=Period.from_ordinal(row.valid.upper - 1) if row.valid.upper is not None else None,
            note=row.note,
            by=row.by,
        )
        for row in rows
    ]


def _history(asked: Asked, pk: int) -> list[ProjectReport]:
    """Every quarter's report, the latest first. Money and state are open to every reader, as lights are. Each agency has
    the name that it had then."""
    versions = (
        ProjectVersion.objects.filter(project=pk, quarter__lte=asked.last_begun)
        .as_known(asked.known_at)
        .with_lateness(asked.known_at)
    )
    rows = sorted(versions, key=lambda one: one.quarter, reverse=True)
    names = list(AgencyName.objects.filter(agency__in={one.agency_id for one in rows}).order_by("valid"))
    return [ProjectReport(one, _name_then(names, one), one.known or "submitted") for one in rows]


def _name_then(names: Sequence[AgencyName], version: ProjectVersion) -> str:
    """The agency's name on the last day of the report's quarter."""
    begun = [
        name
        for name in names
        if name.agency_id == version.agency_id
        and (name.valid.lower is None or name.valid.lower <= version.quarter.last_day)
    ]
    return begun[-1].short if begun else ""


def _readable(asked: Asked, now: Standing) -> ReadableReport | None:
    """The report that the reader may read, of this quarter or of the last one before it."""
    both = [version for version in (now.version, now.before) if version is not None]
    mine = set(
        ProjectVersion.objects.visible_to(asked.user)
        .filter(pk__in=[version.pk for version in both])
        .values_list("pk", flat=True)
    )
    version = next((version for version in both if version.pk in mine), None)
    if version is None:
        return None
    return ReadableReport(
        version=version,
        sees_problems=may_see_problems_of(asked.user, [version.agency_id]),
        is_earlier=version is now.before,
    )


def _decide_url(asked: Asked, now: Standing) -> str:
    if now.version is None or now.state != "submitted" or asked.is_earlier:
        return ""
    if not may_decide_for(asked.user, now.version.agency_id, office_agency_ids(asked.plan.pk)):
        return ""
    return reverse("project_decide", args=[now.version.report_id])
