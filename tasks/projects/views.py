"""Pages that write on projects: the office adds one and names its agency, the agency reports, the office decides."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qhplan import clock
from tasks import typed
from tasks.agencies.queries import name_of
from tasks.cycles.models import Cycle
from tasks.decisions.pages import change, ways_back
from tasks.errors import Conflict, Problems
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.people.permissions import may_approve, may_decide_for, may_file, may_manage_projects
from tasks.people.queries import office_agency_ids
from tasks.period_words import speak
from tasks.plans.models import Project
from tasks.plans.plan_resolver import address, plan_named
from tasks.projects import actions
from tasks.projects.deciding import REPORTS, DecisionInput, decide
from tasks.projects.forms import AssignForm, DecisionForm, ProjectForm, ReportForm
from tasks.projects.handing import hand, sent_to_reporter, take_back, takes_back
from tasks.projects.models import Decision, ProjectReport, ProjectVersion, State
from tasks.projects.oddities import oddities
from tasks.projects.queries import may_write, standings
from tasks.projects.transitions import EDITABLE
from tasks.projects.values import ReportInput
from tasks.values import Period
from tasks.web.acting import refusals_on, refusals_told, say_done
from tasks.web.forms import add_problems


def _project(slug: str, pk: int) -> Project:
    found = Project.objects.select_related("plan", "sector").defer("plan__text")
    project = get_object_or_404(found, plan__slug=slug, pk=pk)
    speak(project.plan.kind)
    return project


@require_http_methods(["GET", "POST"])
@allowed(may_manage_projects)
def project_new(request: HttpRequest, slug: str) -> HttpResponse:
    """补充项目: one that the plan does not name."""
    plan = plan_named(slug)
    form = ProjectForm(request.POST or None, plan=plan)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with refusals_on(form) as outcome:
            made = actions.add_project(
                by=signed_in(request), plan=plan, name=data["name"], sector=form.number(), note=data["note"]
            )
        if outcome.is_done:
            messages.success(request, _("已补充项目，请指定填报单位。"))
            return redirect("project_assign", plan.slug, made.pk)
    context = {"plan": plan, "form": form}
    return render(request, "projects/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed(may_manage_projects)
def project_assign(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Which agency reports on the project, from which period on."""
    project = _project(slug, pk)
    page = reverse("project", args=[slug, pk])
    form = AssignForm(request.POST or None, plan=project.plan)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form) as outcome:
            actions.assign(
                by=signed_in(request),
                project=project,
                agency=form.body(),
                since=form.quarter(),
                note=form.cleaned_data["note"],
            )
        if outcome.is_done:
            messages.success(request, _("已记下填报单位，原来的保留可查。"))
            return redirect(page)
    context = {"plan": project.plan, "project": project, "form": form, "page": page}
    return render(request, "projects/assign.html", context, status=422 if form.errors else 200)


# -- the agency's report --------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def project_report(request: HttpRequest, slug: str, pk: int, quarter_text: str) -> HttpResponse:
    """One period's report on a project, written by its agency and submitted by its approver."""
    user = signed_in(request)
    project = _project(slug, pk)
    try:
        quarter = project.plan.quarter(quarter_text)
    except ValueError as error:
        raise Http404(str(error)) from error
    now = clock.now()
    (standing,) = standings(project.plan, quarter, now, only=[pk]) or (None,)
    if (
        standing is None
        or not may_file(user)
        or standing.body is None
        or standing.body.agency_id != user.agency_id
    ):
        raise PermissionDenied(_("本单位这个季度不填报这个项目。"))
    report = ProjectReport.objects.filter(project=project, quarter=quarter, agency=user.agency_id).first()
    cycle = Cycle.counting.filter(plan=project.plan, quarter=quarter).first()
    is_open = may_write(report, cycle, user.acts_for, now)
    status = 200
    if request.method == "POST":
        action = request.POST.get("action", "")
        if action == "submit" and not may_approve(user):
            raise PermissionDenied(_("由本单位签批人提交。"))
        if action == "withdraw" and report is not None:
            return _withdrawn(request, user, report)
        if action == "take_back" and report is not None:
            return _taken_back(request, user, report)
        if action == "submit" and report is not None and report.state == State.HANDED:
            return _approved(request, user, report)
        form = ReportForm(request.POST)
        if form.is_valid():
            answer = _written(request, user, project, quarter, form)
            if answer is not None:
                return answer
        status = 422 if form.errors else 409
    else:
        form = ReportForm(initial=_initial(report))
    written = report is not None and report.state in {*EDITABLE, State.HANDED}
    draft = actions.as_draft(report) if report is not None and written else None
    context = {
        "plan": project.plan,
        "project": project,
        "quarter": quarter,
        "form": form,
        "report": report,
        "standing": standing,
        "is_open": is_open,
        "cycle": cycle,
        "before": standing.before,
        "versions": list(report.versions.with_lateness().select_related("submitted_by", "decided_by"))
        if report
        else [],
        "may_approve": may_approve(user),
        "odd": oddities(draft, standing.before) if draft is not None else [],
        "handed": draft if report is not None and report.state == State.HANDED else None,
        "takes_back": report is not None and takes_back(user, report),
        "sent_back": sent_to_reporter(report),
        "may_withdraw": may_approve(user)
        and report is not None
        and report.state == State.SUBMITTED
        and may_write(None, cycle, user.acts_for, now),
    }
    return render(request, "projects/report.html", context, status=status)


def _withdrawn(request: HttpRequest, user: User, report: ProjectReport) -> HttpResponse:
    """Take the submitted report back; what is refused is said above the page."""
    note = typed.reason(request.POST.get("withdraw_note", ""))
    with refusals_told(request):
        actions.withdraw(by=user, reports=[report.pk], note=note)
        messages.success(request, _("已撤回，可以继续修改；撤回的版本仍可查看。"))
    project = report.project
    return redirect("project_report", project.plan.slug, project.pk, str(report.quarter))


def _taken_back(request: HttpRequest, user: User, report: ProjectReport) -> HttpResponse:
    """取回修改 or 退回填报员: the reporter goes on writing, the approver returns to the desk."""
    own = takes_back(user, report)
    here = redirect("project_report", report.project.plan.slug, report.project_id, str(report.quarter))
    with refusals_told(request) as outcome:
        take_back(by=user, reports=[report.pk], note=typed.reason(request.POST.get("note", "")))
    if not outcome.is_done:
        return here
    names = {"name": report.project.name, "quarter": report.quarter.label}
    if own:
        say_done(request, _("已取回%(name)s%(quarter)s的报告，可以继续修改。") % names)
        return here
    say_done(request, _("已退回填报员：%(name)s%(quarter)s的报告。") % names)
    return redirect(address("desk", report.project.plan, report.quarter))


def _approved(request: HttpRequest, user: User, report: ProjectReport) -> HttpResponse:
    """Submit what was handed on, as it is."""
    here = redirect("project_report", report.project.plan.slug, report.project_id, str(report.quarter))
    with refusals_told(request) as outcome:
        actions.submit(by=user, reports=[report.pk])
    if not outcome.is_done:
        return here
    return _sent(request, report.project, report.quarter)


def _sent(request: HttpRequest, project: Project, quarter: Period) -> HttpResponse:
    said = _("已提交%(name)s%(quarter)s的报告。") % {"name": project.name, "quarter": quarter.label}
    say_done(request, said, (reverse("project", args=[project.plan.slug, project.pk]), _("查看")))
    return redirect(address("desk", project.plan, quarter))


def _initial(report: ProjectReport | None) -> dict[str, Any]:
    if report is None:
        return {}
    return {**ReportInput.of(report.typed).kept(), "revision": report.revision}


def _written(
    request: HttpRequest, user: User, project: Project, quarter: Period, form: ReportForm
) -> HttpResponse | None:
    """Save, and hand on or submit where asked; None where the form is shown again. The draft is saved before it is checked, so that
    an incomplete report loses nothing."""
    try:
        report = actions.save(
            by=user,
            project=project,
            quarter=quarter,
            said=form.said(),
            revision=form.cleaned_data["revision"],
        )
    except Problems as problems:
        add_problems(form, problems)
        return None
    except Conflict as conflict:
        messages.error(request, str(conflict))
        return None
    # The form shown again continues from the revision saved now.
    form.data = QueryDict(request.POST.urlencode(), mutable=True)
    form.data["revision"] = str(report.revision)
    if request.POST.get("action") not in {"submit", "hand"}:
        if wrong := actions.faults(report):
            add_problems(form, Problems(wrong))
            messages.warning(request, _("草稿已保存；有几处要改，改正后才能提交。"))
            return None
        messages.success(request, _("已保存草稿。"))
        return redirect("project_report", project.plan.slug, project.pk, str(quarter))
    hands = request.POST.get("action") == "hand"
    try:
        if hands:
            hand(by=user, reports=[report.pk])
        else:
            actions.submit(by=user, reports=[report.pk])
    except Problems as problems:
        add_problems(form, problems)
        return None
    except Conflict as conflict:
        messages.error(request, str(conflict))
        return None
    if not hands:
        return _sent(request, project, quarter)
    said = _("已交签批人：%(name)s%(quarter)s的报告。") % {"name": project.name, "quarter": quarter.label}
    say_done(
        request,
        said,
        (reverse("project_report", args=[project.plan.slug, project.pk, str(quarter)]), _("查看")),
    )
    return redirect(address("desk", project.plan, quarter))


# -- deciding -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def project_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """A submitted report, to be accepted or returned."""
    user = signed_in(request)
    report = get_object_or_404(
        ProjectReport.objects.select_related("project__plan", "project__sector").defer("project__plan__text"),
        pk=pk,
    )
    speak(report.project.plan.kind)
    if not may_decide_for(user, report.agency_id, office_agency_ids(report.project.plan_id)):
        raise PermissionDenied(_("这份报告不由您核定。"))
    version = report.versions.with_lateness().order_by("-number").first()
    if version is None:
        raise Http404(_("还没有提交过。"))
    version.report = report

    def changed(done: bool) -> HttpResponse:
        if done:
            names = {"name": report.project.name, "quarter": report.quarter.label}
            say_done(request, _("%(name)s%(quarter)s报告的决定已改，原来的留在办理记录里。") % names)
        return redirect("project_decide", pk)

    if request.method == "POST":
        answer = change(
            request,
            user,
            REPORTS,
            pk,
            show=lambda forms, status: _decide_page(
                request, user, report, version, changing=forms, status=status
            ),
            done=changed,
        )
        if answer is not None:
            return answer
    form = DecisionForm(request.POST or None, initial={"number": version.number})
    action = request.POST.get("action", "")
    if request.method == "POST" and action not in {"accept", "return"}:
        raise Http404
    if request.method == "POST" and form.is_valid():
        accept = action == "accept"
        said = DecisionInput(report.pk, form.cleaned_data["number"], accept, form.cleaned_data["note"])
        with refusals_on(form, told_to=request) as outcome:
            decide(by=user, decisions=[said])
        if outcome.is_conflict:
            return redirect("project_decide", pk)
        if outcome.is_done:
            done = (
                _("已核定%(name)s%(quarter)s的报告。") if accept else _("已退回%(name)s%(quarter)s的报告。")
            )
            say_done(request, done % {"name": report.project.name, "quarter": report.quarter.label})
            return redirect("project", report.project.plan.slug, report.project_id)
    return _decide_page(request, user, report, version, form=form, status=422 if form.errors else 200)


def _decide_page(
    request: HttpRequest,
    user: User,
    report: ProjectReport,
    version: ProjectVersion,
    *,
    form: DecisionForm | None = None,
    changing: Mapping[str, Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    before = (
        ProjectVersion.objects.filter(project=report.project, quarter__lt=report.quarter)
        .exclude(decision__in=[Decision.RETURNED, Decision.WITHDRAWN])
        .order_by("-quarter", "-number")
        .first()
    )
    context = {
        "plan": report.project.plan,
        "report": report,
        "project": report.project,
        "version": version,
        "before": before,
        "agency_name": name_of(report.agency_id, report.quarter),
        "waits": report.state == State.SUBMITTED,
        "form": form or DecisionForm(initial={"number": version.number}),
        "odd": oddities(version, before),
        "back": ways_back(user, REPORTS, version, changing or {}),
    }
    return render(request, "projects/decide.html", context, status=status)
