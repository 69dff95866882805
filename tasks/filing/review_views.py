"""审核 and the reading of returns: the lead's queue of co-returns, the office's queue of lead returns."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from qhplan import clock
from tasks.agencies.models import AgencyName
from tasks.agencies.queries import names_at
from tasks.errors import Conflict, Problems
from tasks.filing.decisions import DecisionInput, decide, may_decide
from tasks.filing.desk_views import latest_quarter, quarter_or_default
from tasks.filing.figures import version_figures
from tasks.filing.forms import DecisionForm
from tasks.filing.models import Cycle, Submission, Verification, Version
from tasks.filing.queries import (
    duties,
    last_versions_before,
    leads_of,
    office_agency_ids,
    waiting_for_lead,
    waiting_for_office,
)
from tasks.filing.rules import EDITABLE, INTERNAL
from tasks.people.events import subject_of
from tasks.people.models import Event, User
from tasks.people.rules import may_decide_for, may_file, may_review, may_see_problems_of
from tasks.plan.queries import default_plan
from tasks.values import Duty, Light, Role


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # the login middleware lets nobody else in
    return user


@dataclass(frozen=True)
class QueueRow:
    """A submitted version in a queue, with what it is compared to."""

    version: Version
    agency: AgencyName | None
    previous: Version | None
    late: bool
    co_due: int = 0
    co_reported: int = 0

    @property
    def light_changed(self) -> bool:
        before = self.previous and (self.previous.verified_light or self.previous.light)
        return bool(before) and before != self.version.light


@require_GET
def review(request: HttpRequest) -> HttpResponse:
    """What waits for the reader's word: co-returns for a lead, lead returns for the office or second reviewer."""
    user = _user(request)
    if not (may_review(user) or may_file(user)):
        raise PermissionDenied(_("审核供牵头单位、领导小组办公室和复核人使用。"))
    plan = default_plan()
    if plan is None:
        return render(request, "filing/no_plan.html", {"nav": "review"})
    quarter = quarter_or_default(request.GET.get("q", ""), plan)
    cycle = Cycle.objects.filter(plan=plan, quarter=quarter).first()
    office = list(waiting_for_office(plan, quarter, user)) if may_review(user) else []
    lead = list(waiting_for_lead(plan, quarter, user.agency_id)) if may_file(user) and user.agency_id else []
    done: list[Version] = []
    missing: list[Any] = []
    if may_review(user):
        done = list(
            Version.objects.filter(quarter=quarter, task__plan=plan, duty=Duty.LEAD)
            .exclude(decision="")
            .current()
            .select_related("task", "submission", "decided_by")
            .order_by("task__order")
        )
        offices = office_agency_ids()
        missing = [
            duty
            for duty in duties([plan.pk], quarter)
            .filter(duty=Duty.LEAD)
            .exclude(task__in=Version.objects.filter(quarter=quarter, duty=Duty.LEAD).values("task"))
            .select_related("task", "agency")
            .order_by("task__order")
            if may_decide_for(user, duty.agency_id, offices)  # only what would come to this reader
        ]
    names = names_at(quarter)
    shown = [*office, *lead, *done]
    previous = last_versions_before(
        quarter,
        task_ids={version.task_id for version in shown},
        agency_ids={version.agency_id for version in shown},
    )
    co_due, co_reported = _co_counts(plan.pk, quarter, [version.task_id for version in [*office, *done]])

    def row(version: Version) -> QueueRow:
        return QueueRow(
            version=version,
            agency=names.get(version.agency_id),
            previous=previous.get((version.task_id, version.agency_id)),
            late=cycle is not None and version.number == 1 and version.submitted_at > cycle.due(version.duty),
            co_due=co_due.get(version.task_id, 0),
            co_reported=co_reported.get(version.task_id, 0),
        )

    return render(
        request,
        "filing/review.html",
        {
            "nav": "review",
            "plan": plan,
            "quarter": quarter,
            "latest": latest_quarter(plan),
            "before": quarter - 1,
            "is_open": cycle is not None and cycle.is_open(clock.now()),
            "lede": _lede(
                len(office), len(lead), len(missing), is_reviewer=may_review(user), is_lead=may_file(user)
            ),
            "office_rows": [row(version) for version in office],
            "lead_rows": [row(version) for version in lead],
            "done_rows": [row(version) for version in done],
            "missing": [(duty, names.get(duty.agency_id)) for duty in missing],
            "is_reviewer": may_review(user),
            "is_lead": may_file(user),
            "has_cycle": cycle is not None,
            "sees_sent": user.has(Role.OFFICE),
        },
    )


def _lede(office: int, lead: int, missing: int, *, is_reviewer: bool, is_lead: bool) -> str:
    parts = []
    if is_reviewer:
        parts.append(
            _("等您核定 %(n)d 件牵头汇总，%(missing)d 件还没有报。") % {"n": office, "missing": missing}
        )
    if is_lead and (lead or not is_reviewer):
        parts.append(_("等您采纳 %(n)d 件配合填报。") % {"n": lead})
    return "".join(parts)


def _co_counts(plan_id: int, quarter: Any, task_ids: list[int]) -> tuple[dict[int, int], dict[int, int]]:
    due: dict[int, int] = {}
    for task_id in (
        duties([plan_id], quarter).filter(task__in=task_ids, duty=Duty.CO).values_list("task_id", flat=True)
    ):
        due[task_id] = due.get(task_id, 0) + 1
    reported: dict[int, int] = {}
    for task_id in Version.objects.filter(
        quarter=quarter, task__in=task_ids, duty=Duty.CO, number=1
    ).values_list("task_id", flat=True):
        reported[task_id] = reported.get(task_id, 0) + 1
    return due, reported


@require_GET
def return_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One return: the last version that the reader may see, what it stands on, and its history."""
    return _return_page(request, pk, None)


@require_GET
def version_page(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One version of a return, as it was submitted."""
    return _return_page(request, pk, number)


def _return_page(
    request: HttpRequest,
    pk: int,
    number: int | None,
    *,
    decision: DecisionForm | None = None,
    errors: dict[str, list[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    user = _user(request)
    head = get_object_or_404(
        Submission.objects.visible_to(user).select_related("task__plan", "task__group", "cycle", "saved_by"),
        pk=pk,
    )
    versions = list(
        Version.objects.visible_to(user)
        .filter(submission=head)
        .select_related("submitted_by", "decided_by")
        .order_by("-number")
    )
    own = head.agency_id == user.agency_id
    version = next((item for item in versions if number in {None, item.number}), None)
    if version is None and (number is not None or not own):
        raise Http404(_("没有这个版本。"))
    quarter = head.quarter
    names = names_at(quarter)
    lead_agency = leads_of([head.task_id], quarter).get(head.task_id)
    is_lead = lead_agency is not None and lead_agency == user.agency_id
    basis: list[tuple[Version, AgencyName | None, bool]] = []
    co_waiting: list[AgencyName | None] = []
    if version is not None and head.duty == Duty.LEAD:
        links = {link.co_version_id: link.adopted for link in version.basis_links.all()}
        basis = [
            (item, names.get(item.agency_id), links[item.pk])
            for item in Version.objects.visible_to(user).filter(pk__in=links).order_by("agency__order")
        ]
        stood_on = set(Version.objects.filter(pk__in=links).values_list("agency_id", flat=True))
        co_waiting = [
            names.get(agency_id)
            for agency_id in duties([head.task.plan_id], quarter)
            .filter(task=head.task, duty=Duty.CO)
            .order_by("order")
            .values_list("agency_id", flat=True)
            if agency_id not in stood_on
        ]
    previous = last_versions_before(quarter, task_ids=[head.task_id], agency_ids=[head.agency_id]).get(
        (head.task_id, head.agency_id)
    )
    if previous is not None and not Version.objects.visible_to(user).filter(pk=previous.pk).exists():
        previous = None
    deciding = version is not None and version == versions[0] and may_decide(user, version)
    events = (
        list(Event.objects.filter(subject=subject_of(head)).select_related("by"))
        if own or is_lead or may_review(user)
        else []
    )
    if not own:
        # What the body's own people do between themselves before it submits is theirs, as the draft is.
        events = [event for event in events if event.verb not in INTERNAL]
    return render(
        request,
        "filing/return.html",
        {
            "nav": "desk" if own else "review",
            "plan": head.task.plan,
            "quarter": quarter,
            "task": head.task,
            "submission": head,
            "agency": names.get(head.agency_id),
            "lead_agency": names.get(lead_agency) if lead_agency else None,
            "version": version,
            "content": version,
            "figures": version_figures(version) if version else [],
            "versions": versions,
            "is_latest": version is not None and version == versions[0],
            "previous": previous,
            "basis": basis,
            "co_waiting": co_waiting,
            "events": events,
            "sees_problems": may_see_problems_of(user, {head.agency_id, lead_agency}),
            "own": own and may_file(user),
            "editable": own and head.state in EDITABLE and head.cycle.is_open(clock.now()),
            "deciding": deciding,
            "chosen": decision.data if decision else _suggested(version),
            "lights": Light.choices,
            "verifications": Verification.choices,
            "errors": errors or {},
            "due": head.cycle.due(head.duty),
            "is_lead_return": head.duty == Duty.LEAD,
        },
        status=status,
    )


def _suggested(version: Version | None) -> dict[str, Any]:
    if version is None:
        return {}
    return {
        "version": version.number,
        "verified_light": version.light,
        "verification": Verification.TRUE,
        "action": "accept",
        "note": "",
    }


@require_POST
def decide_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Adopt, accept or return the version that the reader looked at."""
    user = _user(request)
    head = get_object_or_404(Submission.objects.visible_to(user), pk=pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _return_page(request, pk, None, decision=form, errors=_form_errors(form), status=422)
    data = form.cleaned_data
    version = get_object_or_404(Version.objects.visible_to(user), submission=head, number=data["version"])
    accept = data["action"] == "accept"
    lead = version.duty == Duty.LEAD
    decision = DecisionInput(
        version_id=version.pk,
        accept=accept,
        verified_light=data["verified_light"] if lead and accept and not version.elsewhere else "",
        verification=(data["verification"] or "") if lead and accept else "unverified",
        note=data["note"],
    )
    try:
        decide(by=user, decisions=[decision])
    except Problems as error:
        return _return_page(request, pk, None, decision=form, errors=error.by_field(), status=422)
    except Conflict as error:
        messages.error(request, str(error))
        return redirect("return", pk)
    if accept:
        messages.success(request, _("已核定。") if lead else _("已采纳。"))
    else:
        messages.success(request, _("已退回，理由已告知填报单位。"))
    return redirect(f"{reverse('review')}?q={head.quarter}")


def _form_errors(form: DecisionForm) -> dict[str, list[str]]:
    return {name: [str(message) for message in found] for name, found in form.errors.items()}
