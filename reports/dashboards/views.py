"""The pages of a plan: they read the address, load, and hand over to a template. No query runs in a template."""

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qhplan import clock
from reports.dashboards.page_context import page_context
from reports.dashboards.page_params import ask
from reports.dashboards.presenters import adjustment_notes, phrases
from reports.dashboards.presenters import agency as agency_page
from reports.dashboards.presenters import matrix as matrix_page
from reports.dashboards.presenters import overview as overview_page
from reports.dashboards.presenters import reporting as reporting_page
from reports.dashboards.presenters import schedule as schedule_page
from reports.dashboards.presenters import targets as targets_page
from reports.dashboards.presenters import task as task_page
from reports.dashboards.task_list import TaskList
from reports.figures import lookups
from reports.figures.history import agency_history, light_history, rate_history, task_history
from reports.figures.indicator_aggregation import Measures
from reports.figures.levels import WITHIN_A_PLAN
from reports.figures.queries import plan_figures
from reports.figures.target_standing import target_standings
from reports.figures.values import Rate
from tasks.adjustments import labels as adjustment_words
from tasks.adjustments.models import Adjustment
from tasks.adjustments.queries import term_at
from tasks.adjustments.reform_preview import names_of
from tasks.agencies.models import Agency, AgencyKind, AgencyName, Membership
from tasks.agencies.queries import LONGEST, family_of, find_bodies, names_at, successions
from tasks.contacts.queries import contacts_on
from tasks.people.permissions import may_keep_lineage, may_propose_adjustments, may_see_telephones
from tasks.plans.annotations import quoted_in, section_of
from tasks.plans.models import Base, Plan, Task, TermStatus
from tasks.plans.presenters import ShownSection, show
from tasks.standing.queries import MISSING, standing
from tasks.values import GREY, Duty
from tasks.web.page_extensions import extensions
from tasks.workplans.models import WorkPlanVersion
from tasks.workplans.queries import filed_by
from tasks.workplans.schedule import schedule


def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """总览."""
    asked = ask(request, slug)
    standings = standing([asked.plan.pk], asked.quarter, known_at=asked.known_at)
    measures = Measures(asked.plan, asked.quarter, known_at=asked.known_at)
    figures = plan_figures(
        asked.plan, asked.quarter, known_at=asked.known_at, standings=standings, measures=measures
    )
    history = light_history(asked.plan, asked.plan.first_quarter, asked.last_begun, asked.known_at)
    first = max(asked.plan.first_quarter, asked.quarter - (overview_page.COLUMNS - 1))
    rates = rate_history(asked.plan, first, asked.quarter, asked.known_at)
    agencies = lookups.agencies_by_id()
    names = lookups.shorts(names_at(asked.quarter))
    missing = {row.responsibility_id for row in standings if row.state == MISSING}
    bodies_of: dict[int, set[int]] = {}
    for row in standings:
        bodies_of.setdefault(row.task_id, set()).add(row.agency_id)

    main = [task.id for group in figures.groups for task in group.tasks]
    by_quarter = overview_page.counts_by_quarter(main, history)
    targets = targets_page.overview(
        asked, target_standings(asked.plan, asked.quarter, known_at=asked.known_at, measures=measures)
    )
    missing_rows = reporting_page.missing(
        asked,
        figures,
        standings,
        names,
        {agency_id: agency.slug for agency_id, agency in agencies.items()},
        contacts_on(clock.today(), missing),
        sees_telephones=lambda task_id: may_see_telephones(asked.user, bodies_of.get(task_id, set())),
    )
    context = page_context(
        asked,
        "overview",
        figures=figures,
        levels=WITHIN_A_PLAN,
        lede=overview_page.lede(asked, figures, history),
        state=overview_page.state_line(asked),
        is_opened=overview_page.is_opened(asked),
        marks=overview_page.ruler_marks(asked, {target.year for target in figures.targets if target.year}),
        bars={
            quarter: dict(counts)
            for quarter, counts in by_quarter.items()
            if quarter in asked.cycles and set(counts) != {GREY}
        },
        tally=overview_page.tally(asked, figures, by_quarter),
        safeguards={light: n for light, n in phrases.counts(figures.safeguard_lights) if n},
        heat=overview_page.heat(asked, figures, history),
        changes=overview_page.changes(asked, figures),
        calendar=schedule_page.summary(
            asked,
            schedule(asked.quarter, known_at=asked.known_at, plan_ids=[asked.plan.pk], duty=Duty.LEAD),
            {task.pk: task for task in lookups.tasks_of(asked.plan)},
        ),
        targets=targets,
        rates=reporting_page.rates(asked, figures, rates),
        sectors=overview_page.sectors(asked, figures),
        places=reporting_page.places(
            asked,
            standings,
            names,
            reporting_page.government_slugs(agencies.values()),
            list(Base.objects.filter(plan=asked.plan)),
        ),
        place_word=phrases.numeral_plain(
            sum(agency.kind == AgencyKind.GOVERNMENT for agency in agencies.values())
        ),
        missing=missing_rows[: reporting_page.FIRST],
        missing_rest=missing_rows[reporting_page.FIRST :],
        missing_bodies=len({row["agency"] for row in missing_rows}),
        parts=extensions("overview", user=asked.user, plan=asked.plan),
    )
    return render(request, "rollup/overview.html", context)


def task_list(request: HttpRequest, slug: str) -> HttpResponse:
    """任务: the list with its filters; htmx asks for the same address and takes the results out of it."""
    asked = ask(request, slug)
    listed = TaskList(asked, request.GET)
    return render(request, "rollup/task_list.html", page_context(asked, "tasks", **listed.context()))


def task(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """任务页."""
    asked = ask(request, slug)
    found = get_object_or_404(lookups.tasks_of(asked.plan), ref=ref)
    found.plan = asked.plan
    rows = task_history(found, asked.known_at, first=asked.plan.first_quarter, last=asked.last_begun)
    cells = [cell for row in rows for cell in row.cells.values()]
    here = sorted(
        (cell for cell in cells if cell.quarter == asked.quarter), key=lambda cell: cell.duty != Duty.LEAD
    )
    lead = next((cell for cell in here if cell.duty == Duty.LEAD), None)
    measures = Measures(asked.plan, asked.quarter, known_at=asked.known_at)
    everything = plan_figures(asked.plan, asked.quarter, known_at=asked.known_at, measures=measures)
    figures = next(one for one in everything.tasks if one.id == found.pk)
    versions = lookups.visible_versions(asked.user, (cell.version_id for cell in cells))
    agencies = lookups.agencies_by_id()
    names = lookups.shorts(names_at(asked.quarter))
    responsibilities = lookups.responsibilities_of(cell.responsibility_id for cell in cells)
    contacts = contacts_on(clock.today(), {cell.responsibility_id for cell in here})
    indicators = list(
        {
            link.indicator_id: link.indicator for link in found.indicator_links.select_related("indicator")
        }.values()
    )
    opened = sorted(quarter for quarter in asked.cycles if quarter <= asked.quarter)
    leads = {row.agency.id for row in rows if row.duty == Duty.LEAD}
    term = term_at(found.pk, asked.quarter, asked.known_at)
    adjustments = list(
        Adjustment.objects.filter(tasks=found)
        .known(asked.known_at)
        .select_related("plan", "proposed_by", "decided_by")
        .defer("plan__text")
    )
    version = versions.get(lead.version_id or 0) if lead else None
    targets = list(
        found.targets.filter(valid__contains=asked.quarter.ordinal, known__contains=asked.known_at)
    )
    promised = {target.order for target in targets}
    promises = (
        target_standings(asked.plan, asked.quarter, known_at=asked.known_at, measures=measures)
        if promised
        else ()
    )
    milestones = schedule(asked.quarter, known_at=asked.known_at, task_ids=[found.pk])
    context = page_context(
        asked,
        "tasks",
        task=found,
        figures=figures,
        previous_url=request.path + asked.query(asked.previous) if asked.previous else "",
        next_url=request.path + asked.query(asked.next) if asked.next else "",
        source_anchor=f"p-{found.passage.start}-{found.passage.end}" if found.passage else "",
        crumbs=task_page.crumbs(asked, found),
        three=task_page.three(
            asked,
            figures,
            lead,
            version,
            schedule_page.calendar(
                asked,
                milestones,
                lead,
                filed_by(asked.plan, lead.agency_id if lead else 0, known_at=asked.known_at),
                [one for one in promises if one.target.order in promised],
            ),
        ),
        nodes=schedule_page.of_task(asked, milestones, names),
        full=task_page.full_text(version),
        full_url=reverse("return", args=[lead.submission_id])
        if version and lead and lead.submission_id
        else "",
        section=_words_of(found, names),
        bodies=task_page.bodies(
            asked,
            here,
            responsibilities,
            agencies,
            names,
            contacts,
            versions,
            may_see_telephones(asked.user, {cell.agency_id for cell in here}),
        ),
        open_mentions=matrix_page.open_mentions(asked, lookups.open_mentions(asked.plan, found)),
        timeline=task_page.timeline(
            asked,
            list(responsibilities.values()),
            agencies,
            names_of(agencies, asked.quarter),
            adjustment_notes.passes_of(found.pk, adjustments),
        ),
        term=term if term.deadline or term.status != TermStatus.OPEN else None,
        term_word=TermStatus(term.status).label,
        adjusted_times=sum(row.effective <= asked.quarter for row in adjustments),
        adjustments=adjustment_notes.task_adjustments(asked, found.pk, adjustment_words.shown(adjustments)),
        may_adjust=may_propose_adjustments(asked.user),
        history=task_page.history(
            asked, request.path, rows, versions, lookups.names_over(leads, asked.cycles.keys())
        ),
        indicators=task_page.figures_table(
            asked, indicators, lookups.figures_of(versions, indicators) if indicators else [], opened
        ),
        columns=opened[-3:],
        targets=targets,
        parts=extensions("task", user=asked.user, plan=asked.plan, task=found),
    )
    return render(request, "rollup/task.html", context)


def _words_of(found: Task, names: dict[int, str]) -> ShownSection | None:
    """The task's own stretch of the plan with what was taken from it; None for a task that the plan does not print."""
    if found.passage is None:
        return None
    ends = [found.passage.end, *([found.body.end] if found.body else [])]
    ends += [end for end in found.mentions.values_list("passage__end", flat=True) if end]
    plan = Plan.objects.get(pk=found.plan_id)
    start, end = found.passage.start, max(ends)
    return show(section_of(plan.text, quoted_in(plan, within=(start, end)), start, end), plan, names)


def schedule_view(request: HttpRequest, slug: str) -> HttpResponse:
    """序时进度: every task's milestones, as far as they should be in the quarter."""
    asked = ask(request, slug)
    rows = schedule(asked.quarter, known_at=asked.known_at, plan_ids=[asked.plan.pk])
    leads = [row for row in rows if row.duty == Duty.LEAD]
    tasks = {task.pk: task for task in lookups.tasks_of(asked.plan)}
    names = lookups.shorts(names_at(asked.quarter))
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in {"behind", "on", "none"} else ""
    context = page_context(
        asked,
        "tasks",
        lede=schedule_page.summary(asked, leads, tasks),
        facets=schedule_page.facets(asked, leads, chosen, request.path),
        parts=schedule_page.listed(asked, rows, tasks, names, chosen),
    )
    return render(request, "rollup/schedule.html", context)


def matrix(request: HttpRequest, slug: str) -> HttpResponse:
    """责任矩阵."""
    asked = ask(request, slug)
    standings = standing([asked.plan.pk], asked.quarter, known_at=asked.known_at)
    figures = plan_figures(asked.plan, asked.quarter, known_at=asked.known_at, standings=standings)
    names = names_at(asked.quarter)
    choices = {
        "bodies": (_("单位"), matrix_page.bodies_choices()),
        "duty": (_("身份"), [("", _("牵头和配合")), *((duty.value, str(duty.label)) for duty in Duty)]),
        "light": (
            _("灯"),
            [("", _("全部")), *((light, phrases.light_name(light)) for light in phrases.ORDER)],
        ),
    }
    chosen = {
        name: value if (value := request.GET.get(name, "")) in {option for option, _label in options} else ""
        for name, (_label, options) in choices.items()
    }
    context = page_context(
        asked,
        "matrix",
        lede=matrix_page.lede(asked, figures, standings, names),
        matrix=matrix_page.matrix(asked, figures, standings, lookups.agencies_by_id(), names, chosen),
        open_mentions=matrix_page.open_mentions(asked, lookups.open_mentions(asked.plan)),
        filters=[
            {"name": name, "label": label, "value": chosen[name], "options": options}
            for name, (label, options) in choices.items()
        ],
    )
    context["adjusted_tasks"] = [task for task in figures.tasks if task.id in context["adj_marks"].by_task]
    return render(request, "rollup/matrix.html", context)


def agency_list(request: HttpRequest, slug: str) -> HttpResponse:
    """单位."""
    asked = ask(request, slug)
    figures = plan_figures(asked.plan, asked.quarter, known_at=asked.known_at)
    names, gone = names_at(asked.quarter), successions(asked.quarter)
    words_asked = request.GET.get("find", "").strip()[:LONGEST]
    hits = find_bodies(words_asked)
    context = page_context(
        asked,
        "agencies",
        lede=agency_page.list_lede(figures),
        find=words_asked,
        found=agency_page.found(asked, hits, names, gone),
        may_keep=may_keep_lineage(asked.user),
        kinds=agency_page.listed(asked, figures, lookups.agencies_by_id(), names, gone),
    )
    return render(request, "rollup/agency_list.html", context)


def agency(request: HttpRequest, slug: str, agency_slug: str) -> HttpResponse:
    """单位页."""
    asked = ask(request, slug)
    found = get_object_or_404(Agency, slug=agency_slug)
    figures = plan_figures(asked.plan, asked.quarter, known_at=asked.known_at)
    rows = agency_history(
        found, asked.plan, asked.known_at, first=asked.plan.first_quarter, last=asked.last_begun
    )
    names = lookups.shorts(names_at(asked.quarter))
    leads, shares = agency_page.duties_now(asked, rows, {one.id: one for one in figures.tasks})
    own = next((one for one in figures.agencies if one.agency.id == found.pk), None)
    printed = list(
        found.mentions.filter(task__plan=asked.plan).select_related("task", "passage").order_by("task__order")
    )
    mentions = [
        {"duty": str(duty.label), "rows": [mention for mention in printed if mention.duty == duty]}
        for duty in Duty
    ]
    memberships = Membership.objects.select_related("member", "collective", "passage")
    family = family_of(found)
    context = page_context(
        asked,
        "agencies",
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
        sum=own.lead + own.co if own else Rate(),
        record=agency_page.record(asked, rows),
        members=agency_page.members(asked, memberships.filter(collective=found), names, of_collective=True),
        collectives=agency_page.members(asked, memberships.filter(member=found), names, of_collective=False),
        mentions=[group for group in mentions if group["rows"]],
        mention_count=sum(len(group["rows"]) for group in mentions),
        source_url=reverse("source", args=[asked.plan.slug]),
        work_plans=list(
            WorkPlanVersion.objects.in_force(asked.known_at)
            .filter(work_plan__plan=asked.plan, work_plan__agency=found)
            .select_related("work_plan")
            .order_by(F("work_plan__year").asc(nulls_first=True))
        ),
        parts=extensions("agency", user=asked.user, plan=asked.plan, agency=found),
    )
    return render(request, "rollup/agency.html", context)
