"""Reading work plans: whose is filed and whose is not, one of them with its versions, confirming it; one milestone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qhplan import clock
from tasks import typed
from tasks.agencies.models import AgencyName
from tasks.agencies.queries import name_of, names_at
from tasks.audit.log import subject_of
from tasks.audit.models import Event
from tasks.decisions.pages import change, ways_back
from tasks.errors import Conflict, Problems
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.people.permissions import (
    may_file,
    may_review,
    may_see_plan,
    may_see_problems_of,
    may_see_telephones,
)
from tasks.people.queries import office_agency_ids
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import plan_named
from tasks.web.acting import say_done
from tasks.web.forms import add_problems, tell_conflict
from tasks.workplans import milestones
from tasks.workplans.content import changes
from tasks.workplans.decisions import WORK_PLANS, DecisionInput, decide, may_decide
from tasks.workplans.forms import DecisionForm, ReasonForm, ReportForm, errors_of
from tasks.workplans.models import Milestone, MilestoneReport, State, WorkPlan, WorkPlanVersion
from tasks.workplans.queries import (
    Filing,
    confirmed_before,
    filings,
    present_quarter,
    version_contents,
    waiting_for,
    years_open,
)
from tasks.workplans.schedule import DueNode, schedule
from tasks.workplans.transitions import INTERNAL
from tasks.workplans.values import WorkPlanPeriod

# -- whose is filed -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FilingRow:
    """One agency in the list, with the name that it has now."""

    filing: Filing
    name: AgencyName | None
    sees: bool  # whether the reader may open the version


@require_GET
@allowed(may_see_plan)
def workplan_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Every agency's 实施方案, or with ?year= 年度要点: filed or not; for the office what waits for its word."""
    user = signed_in(request)
    plan = plan_named(slug)
    period = _asked_period(request.GET.get("year", ""), plan)
    found = filings(plan, period)
    names = names_at(present_quarter(plan))
    seen = set(
        WorkPlanVersion.objects.visible_to(user)
        .filter(pk__in=[one.version.pk for one in found if one.version])
        .values_list("pk", flat=True)
    )
    rows = [
        FilingRow(one, names.get(one.agency_id), one.version is not None and one.version.pk in seen)
        for one in found
    ]
    waiting = waiting_for(user, plan, office_agency_ids(plan.pk)) if may_review(user) else []
    counts = {
        state: sum(one.state == state for one in found)
        for state in (State.CONFIRMED, State.SUBMITTED, State.RETURNED, "missing")
    }
    return render(
        request,
        "workplans/list.html",
        {
            "plan": plan,
            "period": period,
            "periods": [WorkPlanPeriod(), *(WorkPlanPeriod(year) for year in reversed(years_open(plan)))],
            "rows": rows,
            "total": len(rows),
            "confirmed": counts[State.CONFIRMED],
            "submitted": counts[State.SUBMITTED],
            "missing": counts["missing"] + counts[State.RETURNED],
            "is_reviewer": may_review(user),
            "waiting": [(version, names.get(version.work_plan.agency_id)) for version in waiting],
            "is_filer": may_file(user),
        },
    )


def _asked_period(text: str, plan: Plan) -> WorkPlanPeriod:
    if not text:
        return WorkPlanPeriod()
    try:
        period = WorkPlanPeriod.parse(text)
    except ValueError as error:
        raise Http404(str(error)) from error
    if period.year is None or period.year not in years_open(plan):
        raise Http404(_("这一年没有年度要点。"))
    return period


# -- one of them --------------------------------------------------------------------------------------------


@require_GET
def workplan(request: HttpRequest, pk: int) -> HttpResponse:
    """An agency's work plan: the last version that the reader may see."""
    return _workplan_page(request, pk, None)


@require_GET
def workplan_version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One version, as it was submitted."""
    return _workplan_page(request, pk, number)


def _workplan_page(
    request: HttpRequest,
    pk: int,
    number: int | None,
    *,
    decision: DecisionForm | None = None,
    errors: dict[str, list[str]] | None = None,
    changing: Mapping[str, Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    head = get_object_or_404(
        WorkPlan.objects.visible_to(user).select_related("plan", "agency").defer("plan__text"), pk=pk
    )
    versions = list(
        WorkPlanVersion.objects.visible_to(user)
        .filter(work_plan=head)
        .select_related("submitted_by", "decided_by")
        .order_by("-number")
    )
    version = next((item for item in versions if number in {None, item.number}), None)
    if version is None:
        raise Http404(_("没有这个版本。"))
    own = head.agency_id == user.agency_id
    version.work_plan = head
    in_force = WorkPlanVersion.objects.in_force().filter(work_plan=head).first()
    before = confirmed_before(version)
    contents = version_contents([version.pk, *([before.pk] if before else [])])
    said = contents.get(version.pk, [])
    calendar = _calendar(head, [content.task_id for content in said]) if version == in_force else None
    events = (
        list(Event.objects.filter(subject=subject_of(head)).select_related("by"))
        if own or may_review(user)
        else []
    )
    deciding = (
        version == versions[0]
        and head.state == State.SUBMITTED
        and not version.decision
        and may_decide(user, version, head.agency_id, office_agency_ids(head.plan_id))
    )
    nodes = [node for content in said for node in content.nodes]
    return render(
        request,
        "workplans/workplan.html",
        {
            "plan": head.plan,
            "head": head,
            "period": head.period,
            "agency_name": name_of(head.agency_id, present_quarter(head.plan)),
            "version": version,
            "versions": versions,
            "in_force": in_force,
            "is_latest": version == versions[0],
            "contents": said,
            "measures": sum(len(content.steps) for content in said),
            "milestones": len(nodes),
            "calendar": calendar,
            "before": before,
            "changes": changes(contents.get(before.pk, []), said) if before else [],
            # What the agency's own people do between themselves before it submits is theirs, as the draft is.
            "events": [event for event in events if own or event.verb not in INTERNAL],
            "sees_contacts": may_see_telephones(user, {head.agency_id}),
            "sees_reasons": may_see_problems_of(user, {head.agency_id}),
            "own": own and may_file(user),
            "deciding": deciding,
            "back": ways_back(user, WORK_PLANS, version, changing or {}) if version == versions[0] else None,
            "chosen": decision.data if decision else {},
            "errors": errors or {},
        },
        status=status,
    )


def _calendar(head: WorkPlan, task_ids: Sequence[int]) -> dict[str, DueNode]:
    """{milestone's key: how it stands today}."""
    rows = schedule(present_quarter(head.plan), task_ids=task_ids, agency_ids=[head.agency_id])
    return {node.key: node for row in rows for node in row.nodes}


@require_POST
def workplan_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm the version that the reader looked at, or return it."""
    user = signed_in(request)
    head = get_object_or_404(WorkPlan.objects.visible_to(user), pk=pk)
    label = head.period.label

    def changed(done: bool) -> HttpResponse:
        if done:
            say_done(request, _("%(period)s的决定已改，原来的留在办理记录里。") % {"period": label})
        return redirect("workplan", pk)

    answer = change(
        request,
        user,
        WORK_PLANS,
        pk,
        show=lambda forms, status: _workplan_page(request, pk, None, changing=forms, status=status),
        done=changed,
    )
    if answer is not None:
        return answer
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _workplan_page(request, pk, None, decision=form, errors=dict(errors_of(form)), status=422)
    data = form.cleaned_data
    version = get_object_or_404(
        WorkPlanVersion.objects.visible_to(user), work_plan=head, number=data["version"]
    )
    confirm = data["action"] == "confirm"
    # Of what somebody else decided meanwhile the write path tells.
    if confirm and data["note"] and not data["sure"] and not version.decision:
        doubt = _("写了意见，选的却是“确认”：意见会作为附言记下。")
        return _workplan_page(request, pk, None, decision=form, errors={"sure": [doubt]}, status=422)
    try:
        decide(by=user, decisions=[DecisionInput(version.pk, confirm, typed.prose(data["note"]))])
    except Problems as error:
        return _workplan_page(request, pk, None, decision=form, errors=error.by_field(), status=422)
    except Conflict as error:
        tell_conflict(request, error, form)
        return redirect("workplan", pk)
    plan = Plan.objects.defer("text").get(pk=head.plan_id)
    body = name_of(head.agency_id, present_quarter(plan)) or head.agency.slug
    done = (
        _("已确认%(body)s的%(period)s，序时进度即与它对照。")
        if confirm
        else _("已退回%(body)s的%(period)s，理由已告知填报单位。")
    )
    say_done(
        request,
        done % {"body": body, "period": head.period.label},
        (reverse("workplan", args=[pk]), _("查看")),
    )
    return redirect("workplan_list", plan.slug)


# -- one milestone ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def milestone(request: HttpRequest, pk: int) -> HttpResponse:
    """A milestone, its day in every version, what was reported of it. POST reports it reached, takes a report back, or
    (the office) does not accept it."""
    user = signed_in(request)
    node = get_object_or_404(
        Milestone.objects.filter(version__in=WorkPlanVersion.objects.visible_to(user))
        .select_related("measure__section__task", "version__work_plan__plan", "version__work_plan__agency")
        .defer("version__work_plan__plan__text"),
        pk=pk,
    )
    if request.method == "GET":
        return _milestone_page(request, user, node)
    action = request.POST.get("action", "")
    if action == "report":
        form = ReportForm(request.POST)
        if not form.is_valid():
            return _milestone_page(request, user, node, report=form, status=422)
        data = form.cleaned_data
        item = milestones.ReportInput(node.pk, data["reached_on"], typed.prose(data["words"]))
        return _written(
            request, user, node, form, lambda: milestones.report(by=user, reports=[item]), _("已报告完成。")
        )
    if action not in {"undo", "refute"}:
        raise Http404
    reason = ReasonForm(request.POST)
    standing = _reports(node).filter(undone_at=None, refuted_at=None).first()
    asked = request.POST.get("report", "")
    wanted = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 18 else 0
    if not reason.is_valid():
        return _milestone_page(request, user, node, reason=reason, status=422)
    if standing is None or standing.pk != wanted:
        messages.error(request, _("这份报告刚刚有了变化，请查看当前情况。"))
        return redirect("milestone", pk)
    words = typed.prose(reason.cleaned_data["reason"])
    if action == "undo":
        return _written(
            request,
            user,
            node,
            reason,
            lambda: milestones.undo(by=user, reports=[wanted], reason=words),
            _("已撤销，这个节点重新算作未完成。"),
        )
    return _written(
        request,
        user,
        node,
        reason,
        lambda: milestones.refute(by=user, reports=[wanted], reason=words),
        _("已记为不予认定，这个节点算作未完成。"),
    )


def _written(
    request: HttpRequest, user: User, node: Milestone, form: Any, act: Any, said: str
) -> HttpResponse:
    """Do it, and show what came of it."""
    try:
        act()
    except Problems as problems:
        add_problems(form, problems)
        which = {"report": form} if isinstance(form, ReportForm) else {"reason": form}
        return _milestone_page(request, user, node, **which, status=422)
    except Conflict as error:
        tell_conflict(request, error, form)
    else:
        messages.success(request, said)
    return redirect("milestone", node.pk)


def _reports(node: Milestone) -> Any:
    head = node.version.work_plan
    return (
        MilestoneReport.objects.filter(plan=head.plan_id, agency=head.agency_id, key=node.key)
        .select_related("reported_by", "undone_by", "refuted_by")
        .order_by("-pk")
    )


def _milestone_page(
    request: HttpRequest,
    user: User,
    node: Milestone,
    *,
    report: ReportForm | None = None,
    reason: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    head = node.version.work_plan
    task = node.measure.section.task
    reports = list(_reports(node))
    standing = next((one for one in reports if one.stands), None)
    rows = list(
        Milestone.objects.filter(
            version__in=WorkPlanVersion.objects.visible_to(user),
            version__work_plan__agency=head.agency_id,
            version__work_plan__plan=head.plan_id,
            key=node.key,
        )
        .select_related("version__work_plan")
        .order_by("-version__submitted_at", "-version_id")
    )
    in_force = set(
        Milestone.objects.filter(
            version__in=WorkPlanVersion.objects.in_force(), pk__in=[row.pk for row in rows]
        ).values_list("pk", flat=True)
    )
    now = clock.today()
    calendar = schedule(
        head.plan.period_of(max(now, head.plan.in_force_from)),
        task_ids=[task.pk],
        agency_ids=[head.agency_id],
    )
    due = next((one for row in calendar for one in row.nodes if one.key == node.key), None)
    own = head.agency_id == user.agency_id and may_file(user)
    return render(
        request,
        "workplans/milestone.html",
        {
            "plan": head.plan,
            "head": head,
            "task": task,
            "node": node,
            "measure": node.measure,
            "agency_name": name_of(head.agency_id, present_quarter(head.plan)),
            "due": due,
            "rows": rows,
            "in_force": in_force,
            "reports": reports,
            "standing": standing,
            "may_report": own and standing is None and bool(in_force),
            "may_undo": own and standing is not None,
            "may_refute": standing is not None
            and milestones.may_refute(user, standing, office_agency_ids(head.plan_id)),
            "report": report or ReportForm(initial={"reached_on": min(now, node.due)}),
            "reason": reason or ReasonForm(),
            "sees_contacts": may_see_telephones(user, {head.agency_id}),
            "sees_reasons": may_see_problems_of(user, {head.agency_id}),
        },
        status=status,
    )
