"""重大项目: all of a plan by sector, and one over its quarters."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from reports.dashboards.page_context import page_context
from reports.dashboards.page_params import Asked, ask
from reports.dashboards.presenters import phrases
from reports.figures.projects import Sums, by_sector, sums_of
from tasks.agencies.models import AgencyName
from tasks.agencies.queries import names_at, successions
from tasks.people.permissions import may_decide_for, may_manage_projects, may_see_problems_of
from tasks.people.queries import office_agency_ids
from tasks.projects.models import ProjectBody, ProjectVersion
from tasks.projects.queries import Standing, standings
from tasks.values import Quarter


@require_GET
def project_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Projects by sector, with what was invested in the quarter and altogether."""
    asked = ask(request, slug)
    groups = by_sector(asked.plan, asked.quarter, known_at=asked.known_at)
    whole = sums_of([row for group in groups for row in group.rows])
    context = page_context(
        asked,
        "overview",
        crumbs=[(_("总览"), reverse("overview", args=[asked.plan.slug]) + asked.query())],
        lede=_lede(whole),
        whole=whole,
        gone=set(successions(asked.quarter)),
        groups=[
            {
                "number": phrases.numeral_plain(group.sector.number) if group.sector else "",
                "name": group.sector.name if group.sector else _("未归入领域"),
                "tasks_url": reverse("task_list", args=[asked.plan.slug])
                + asked.query(sector=group.sector.number)
                if group.sector
                else "",
                "rows": group.rows,
                "sums": group.sums,
            }
            for group in groups
        ],
        may_manage=may_manage_projects(asked.user),
    )
    return render(request, "projects/list.html", context)


def _lede(whole: Sums) -> str:
    if not whole.projects:
        return _("方案没有点名重大项目。")
    told = _("%(n)d个重大项目，方案未明确责任单位；") % {"n": whole.projects}
    if not whole.due:
        return told + _("本季没有指定填报单位的项目。")
    return told + _("本季应报%(due)d个，已报%(reported)d个，完成投资%(money)s万元。") % {
        "due": whole.due,
        "reported": whole.reported,
        "money": f"{whole.invested.normalize():f}",
    }


@require_GET
def project(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One project: its words in the plan, who reports on it, and every quarter's report."""
    asked = ask(request, slug)
    found = standings(asked.plan, asked.quarter, asked.known_at, only=[pk])
    if not found:
        raise Http404(_("没有这个项目。"))
    now = found[0]
    source = now.project.passage
    context = page_context(
        asked,
        "overview",
        crumbs=[(_("重大项目"), reverse("project_list", args=[asked.plan.slug]) + asked.query())],
        project=now.project,
        standing=now,
        source_anchor=f"p-{source.start}-{source.end}" if source else "",
        bodies=_bodies(asked, pk),
        gone=set(successions(asked.quarter)),
        history=_history(asked, pk),
        shown=_readable(asked, now),
        may_manage=may_manage_projects(asked.user),
        may_write=now.body is not None and now.is_due and now.body.agency_id == asked.user.agency_id,
        decide_url=_decide_url(asked, now),
    )
    return render(request, "projects/project.html", context)


def _bodies(asked: Asked, pk: int) -> list[dict[str, Any]]:
    rows = list(ProjectBody.objects.filter(project=pk, known__contains=asked.known_at).select_related("by"))
    names = names_at(asked.quarter, {row.agency_id for row in rows})
    return [
        {
            "name": names[row.agency_id].short if row.agency_id in names else row.agency.slug,
            "first": Quarter.from_ordinal(row.valid.lower) if row.valid.lower is not None else None,
            "last": Quarter.from_ordinal(row.valid.upper - 1) if row.valid.upper is not None else None,
            "note": row.note,
            "by": row.by,
        }
        for row in rows
    ]


def _history(asked: Asked, pk: int) -> list[dict[str, Any]]:
    """Every quarter's report, the latest first: every reader sees money and state, as with lights. Each agency has the
    name that it had in that quarter."""
    versions = (
        ProjectVersion.objects.filter(project=pk, quarter__lte=asked.last_begun)
        .as_known(asked.known_at)
        .with_lateness(asked.known_at)
    )
    rows = sorted(versions, key=lambda one: one.quarter, reverse=True)
    names = list(AgencyName.objects.filter(agency__in={one.agency_id for one in rows}).order_by("valid"))
    return [
        {"version": one, "name": _called(names, one), "state": one.decision_at(asked.known_at) or "submitted"}
        for one in rows
    ]


def _called(names: list[AgencyName], version: ProjectVersion) -> str:
    begun = [
        name
        for name in names
        if name.agency_id == version.agency_id
        and (name.valid.lower is None or name.valid.lower <= version.quarter.last_day)
    ]
    return begun[-1].short if begun else ""


def _readable(asked: Asked, now: Standing) -> dict[str, Any] | None:
    """The words of the report that the reader may read, of this quarter or the last before it."""
    both = [version for version in (now.version, now.before) if version is not None]
    mine = set(
        ProjectVersion.objects.visible_to(asked.user)
        .filter(pk__in=[version.pk for version in both])
        .values_list("pk", flat=True)
    )
    version = next((version for version in both if version.pk in mine), None)
    if version is None:
        return None
    return {
        "version": version,
        "sees_problems": may_see_problems_of(asked.user, [version.agency_id]),
        "is_earlier": version is now.before,
    }


def _decide_url(asked: Asked, now: Standing) -> str:
    if now.version is None or now.state != "submitted" or asked.is_earlier:
        return ""
    if not may_decide_for(asked.user, now.version.agency_id, office_agency_ids()):
        return ""
    return reverse("project_decide", args=[now.version.report_id])
