"""The pages of a plan. Each reads its address, loads its data and gives its template a page's dataclass; no query runs
in a template."""

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from reports.dashboards.page_context import page_context
from reports.dashboards.page_params import ask
from reports.dashboards.presenters import agency as agency_page
from reports.dashboards.presenters import matrix as matrix_page
from reports.dashboards.presenters import overview as overview_page
from reports.dashboards.presenters import schedule as schedule_page
from reports.dashboards.presenters import task as task_page
from reports.dashboards.presenters.reporting import COLUMNS
from reports.dashboards.queries import load_overview, load_task
from reports.dashboards.task_list import TaskList
from reports.figures import lookups
from reports.figures.history import agency_history
from reports.figures.queries import plan_figures
from reports.figures.values import Rate
from tasks.adjustments.queries import adjusted_objects
from tasks.agencies.models import AgencyName, Membership
from tasks.agencies.queries import LONGEST, family_of, find_agencies, names_at, successions
from tasks.people.permissions import may_keep_lineage
from tasks.plans.models import Mention
from tasks.plans.queries import agencies_read_by, lead_note
from tasks.standing.queries import standing
from tasks.submissions.marks import marks_of
from tasks.values import Duty
from tasks.web.page_extensions import extensions
from tasks.workplans.models import WorkPlanVersion
from tasks.workplans.schedule import schedule


@require_safe
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """总览."""
    asked = ask(request, slug)
    page = overview_page.page(asked, load_overview(asked, COLUMNS))
    return render(
        request,
        "rollup/overview.html",
        page_context(asked, page, parts=extensions("overview", user=asked.user, plan=asked.plan)),
    )


@require_safe
def task_list(request: HttpRequest, slug: str) -> HttpResponse:
    """任务: the list with its filters. htmx requests the same address and takes the results out of the answer."""
    asked = ask(request, slug)
    page = TaskList(asked, request.GET).page()
    return render(request, "rollup/task_list.html", page_context(asked, page))


@require_safe
def task(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """任务页."""
    asked = ask(request, slug)
    found = get_object_or_404(lookups.tasks_of(asked.plan), ref=ref)
    found.plan = asked.plan
    page = task_page.page(asked, request.path, load_task(asked, found))
    return render(
        request,
        "rollup/task.html",
        page_context(asked, page, parts=extensions("task", user=asked.user, plan=asked.plan, task=found)),
    )


@require_safe
def schedule_view(request: HttpRequest, slug: str) -> HttpResponse:
    """序时进度: every task's milestones, as far as they should be in the quarter."""
    asked = ask(request, slug)
    rows = schedule(asked.quarter, known_at=asked.known_at, plan_ids=[asked.plan.pk])
    leads = [row for row in rows if row.duty == Duty.LEAD]
    tasks = {task.pk: task for task in lookups.tasks_of(asked.plan)}
    names = lookups.shorts(names_at(asked.quarter))
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in {"behind", "on", "none"} else ""
    page = schedule_page.SchedulePage(
        lede=schedule_page.summary(leads, tasks),
        facets=schedule_page.facets(asked, leads, chosen, request.path),
        parts=schedule_page.listed(asked, rows, tasks, names, chosen),
    )
    return render(request, "rollup/schedule.html", page_context(asked, page))


@require_safe
def matrix(request: HttpRequest, slug: str) -> HttpResponse:
    """责任矩阵."""
    asked = ask(request, slug)
    standings = standing([asked.plan.pk], asked.quarter, known_at=asked.known_at)
    figures = plan_figures(asked.plan, asked.quarter, known_at=asked.known_at, standings=standings)
    names = names_at(asked.quarter)
    chosen, filters = matrix_page.filters(request.GET.dict(), {row.role for row in standings})
    adjusted = adjusted_objects(asked.plan, asked.quarter, asked.known_at)
    page = matrix_page.MatrixPage(
        lede=matrix_page.lede(figures, standings, names),
        matrix=matrix_page.matrix(asked, figures, standings, lookups.agencies_by_id(), names, chosen),
        lead_note=lead_note(asked.plan),
        open_mentions=matrix_page.open_mentions(asked, lookups.open_mentions(asked.plan)),
        filters=filters,
        adjusted_tasks=[task for task in figures.tasks if task.id in adjusted.by_task],
    )
    return render(request, "rollup/matrix.html", page_context(asked, page, adjusted=adjusted))


@require_safe
def agency_list(request: HttpRequest, slug: str) -> HttpResponse:
    """单位."""
    asked = ask(request, slug)
    figures = plan_figures(asked.plan, asked.quarter, known_at=asked.known_at)
    names, gone = names_at(asked.quarter), successions(asked.quarter)
    words = request.GET.get("find", "").strip()[:LONGEST]
    page = agency_page.AgencyListPage(
        lede=agency_page.list_lede(figures),
        find=words,
        found=agency_page.found(asked, find_agencies(words), names, gone),
        may_keep=may_keep_lineage(asked.user),
        kinds=agency_page.listed(
            asked,
            figures,
            lookups.agencies_by_id(),
            names,
            gone,
            set(Mention.objects.filter(task__plan=asked.plan).values_list("agency_id", flat=True)),
            request.GET,
        ),
    )
    return render(request, "rollup/agency_list.html", page_context(asked, page))


@require_safe
def agency(request: HttpRequest, slug: str, agency_slug: str) -> HttpResponse:
    """单位页."""
    asked = ask(request, slug)
    found = get_object_or_404(agencies_read_by(asked.user), slug=agency_slug)
    figures = plan_figures(asked.plan, asked.quarter, known_at=asked.known_at)
    rows = agency_history(
        found, asked.plan, asked.known_at, first=asked.plan.first_quarter, last=asked.last_begun
    )
    names = lookups.shorts(names_at(asked.quarter))
    cells = [row.cells[asked.quarter] for row in rows if asked.quarter in row.cells]
    marked = marks_of((cell.version_id or 0 for cell in cells), asked.known_at)
    leads, shares = agency_page.duties_now(asked, rows, {one.id: one for one in figures.tasks}, marked)
    own = next((one for one in figures.agencies if one.agency.id == found.pk), None)
    mentions = list(
        found.mentions.filter(task__plan=asked.plan).select_related("task", "passage").order_by("task__order")
    )
    groups = agency_page.mention_groups(mentions)
    memberships = Membership.objects.select_related("member", "collective", "passage")
    family = family_of(found)
    page = agency_page.AgencyPage(
        agency=found,
        name=names.get(found.pk) or family.member(found.pk).name_on(asked.quarter.last_day),
        lede=agency_page.page_lede(own, found),
        names=agency_page.names_table(AgencyName.objects.filter(agency=found), family),
        family=family if family.edges else None,
        lineage_table=agency_page.lineage_table(asked, family),
        may_keep=may_keep_lineage(asked.user),
        aliases=list(found.aliases.all()),
        leads=leads,
        shares=shares,
        shares_title=agency_page.shares_title(shares),
        sum=own.lead + own.co if own else Rate(),
        record=agency_page.record(asked, rows),
        members=agency_page.members(asked, memberships.filter(collective=found), names, of_collective=True),
        collectives=agency_page.members(asked, memberships.filter(member=found), names, of_collective=False),
        mentions=groups,
        mention_count=sum(len(group.rows) for group in groups),
        source_url=reverse("source", args=[asked.plan.slug]),
        work_plans=list(
            WorkPlanVersion.objects.in_force(asked.known_at)
            .filter(work_plan__plan=asked.plan, work_plan__agency=found)
            .select_related("work_plan")
            .order_by(F("work_plan__year").asc(nulls_first=True))
        ),
    )
    parts = extensions("agency", user=asked.user, plan=asked.plan, agency=found)
    return render(request, "rollup/agency.html", page_context(asked, page, parts=parts))
