"""Pages of requests for coordination: the list, one request with its steps and acts, adding one, a step's file."""

import uuid
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Func
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qhplan import clock
from reports.coordination import actions, documents, permissions, queries
from reports.coordination.filters import ALL, OPEN_ONES, STATES, CoordinationFilter, states_of
from reports.coordination.forms import ActForm, AddForm
from reports.coordination.models import CoordinationFile, CoordinationRequest, CoordinationStep
from reports.coordination.transitions import ACTS
from reports.coordination.values import StepKind
from tasks.accounts.forms import agency_choices
from tasks.agencies.models import Agency
from tasks.agencies.queries import names_at
from tasks.files.models import StoredFile
from tasks.files.serving import hand_out, why_not
from tasks.files.values import SUFFIXES
from tasks.people.access import allowed, signed_in, slug_asked
from tasks.people.models import User
from tasks.people.permissions import may_instruct, may_see_problems, may_transcribe
from tasks.period_words import speak
from tasks.plans.models import Plan, Task
from tasks.plans.queries import agencies_for, published_for
from tasks.values import Period
from tasks.web.acting import refusals_on
from tasks.web.sorting import of_text, order_by

PER_PAGE = 20
COLUMNS: dict[str, str | Func] = {
    "task": "task__order",
    "text": of_text("text"),
    "agency": "agency__order",
    "state": "state",
}


# -- the list -----------------------------------------------------------------------------------------------


@require_GET
@allowed(permissions.may_see_some)
def coordination_list(request: HttpRequest) -> HttpResponse:
    """All that the reader may see, the oldest open ones first; counts by state under the other choices."""
    user = signed_in(request)
    data = {key: request.GET.get(key, "").strip() for key in ("state", "agency", "words", "plan", "task")}
    state = data["state"] if data["state"] in dict(STATES) else OPEN_ONES
    visible = CoordinationRequest.objects.visible_to(user)
    everything = CoordinationFilter({**data, "state": ALL}, visible)
    found = CoordinationFilter({**data, "state": state}, visible)
    facts = list(everything.qs.order_by().values_list("pk", "state")) if everything.is_valid() else []
    counts: dict[str, int] = {}
    for _pk, one in facts:
        for value in states_of(one):
            counts[value] = counts.get(value, 0) + 1
    order = order_by(request.GET, COLUMNS, "raised_at", "id")
    shown = (found.qs if found.is_valid() else visible.none()).for_page().order_by(*order)
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    kept = {key: value for key, value in data.items() if value and key != "state"}
    return render(
        request,
        "coordination/list.html",
        {
            "page_obj": page,
            "rows": queries.rows(list(page)),
            "form": _filter_form(data, visible),
            "hidden": {key: data[key] for key in ("state", "plan", "task") if data[key]},
            "facets": [
                {
                    "label": label,
                    "count": counts.get(value, 0),
                    "current": value == state,
                    "url": "?" + urlencode({**kept, **({} if value == OPEN_ONES else {"state": value})}),
                }
                for value, label in STATES
            ],
            "sees_all": may_see_problems(user),
            "may_handle": permissions.may_handle(user),
            "open_count": counts.get(OPEN_ONES, 0),
            "unanswered": counts.get("unanswered", 0),
        },
    )


def _filter_form(data: dict[str, str], visible: Any) -> forms.Form:
    agencies = Agency.objects.filter(pk__in=visible.order_by().values("agency"))
    names = names_at(Period.of(clock.today()), [agency.pk for agency in agencies])
    form = forms.Form(data, auto_id="filter-%s")
    if len(agencies) > 1:
        form.fields["agency"] = forms.ChoiceField(
            label=_("提出单位"),
            required=False,
            choices=[
                ("", _("全部")),
                *(
                    (one.slug, names[one.pk].short if one.pk in names else one.slug)
                    for one in sorted(agencies, key=lambda one: (one.order, one.pk))
                ),
            ],
        )
    form.fields["words"] = forms.CharField(
        label=_("关键词"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "maxlength": "40"}),
    )
    return form


# -- documents for a meeting --------------------------------------------------------------------------------

MOST_CHOSEN = 99  # as many headings as the report numbers
_DOCUMENTS = {
    "agenda": (documents.agenda, gettext_lazy("提请协调事项议题清单")),
    "report": (documents.report, gettext_lazy("关于提请协调事项的汇报")),
}


@require_GET
@allowed(permissions.may_handle)
def coordination_document(request: HttpRequest) -> HttpResponse:
    """议题清单 or 汇报稿 of the chosen requests, which are all of one plan."""
    user = signed_in(request)
    make, title = _DOCUMENTS.get(request.GET.get("make", ""), (None, ""))
    if make is None:
        raise Http404(_("没有这种文稿。"))
    ids = {
        int(one) for one in request.GET.getlist("id") if one.isascii() and one.isdecimal() and len(one) < 19
    }
    chosen = list(
        CoordinationRequest.objects.visible_to(user).filter(pk__in=ids).for_page()[: MOST_CHOSEN + 1]
    )
    refused = ""
    if not chosen:
        refused = _("请先在事项前打勾。")
    elif len(chosen) > MOST_CHOSEN:
        refused = _("一次最多%(limit)d件。") % {"limit": MOST_CHOSEN}
    elif len({one.plan_id for one in chosen}) > 1:
        refused = _("请只选一个方案的事项。")
    if refused:
        messages.error(request, refused)
        return redirect("coordination_list")
    plan, today = chosen[0].plan, clock.today()
    speak(plan.kind)
    content = make(plan, queries.rows(chosen), today)
    return HttpResponse(
        content,
        content_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        headers={
            "Content-Disposition": content_disposition_header(True, f"{title}{today:%Y%m%d}.docx") or "",
            "Cache-Control": "private, no-store",
        },
    )


# -- adding one ---------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@allowed(permissions.may_handle)
def coordination_new(request: HttpRequest) -> HttpResponse:
    """The office adds what an agency asked by letter or in a meeting."""
    user = signed_in(request)
    slug = slug_asked(request, "plan")
    seen = published_for(user)
    plan = seen.filter(slug=slug).first() if slug else seen.first()
    if plan is None:
        raise Http404(_("没有这个方案。"))
    speak(plan.kind)
    tasks = Task.objects.filter(plan=plan).select_related("plan").order_by("order")
    ref = slug_asked(request, "task")
    form = AddForm(
        request.POST or None,
        request.FILES or None,
        tasks=tasks,
        agencies=agency_choices(agencies_for(plan)),
        initial={"task": tasks.filter(ref=ref).first() if ref else None},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            with refusals_on(form) as outcome:
                made = actions.add(
                    by=user,
                    task=data["task"],
                    agency_id=data["agency"],
                    text=data["text"],
                    key=data["key"],
                    uploads=data["attachments"],
                )
            status = outcome.status
            if outcome.is_done:
                messages.success(request, _("提请协调事项已登记。"))
                return redirect("coordination", made.pk)
    return render(
        request,
        "coordination/new.html",
        {"plan": plan, "form": form, "accept": ",".join(SUFFIXES)},
        status=status,
    )


# -- one request --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileLine:
    """A file as the page shows it; `why_not` says why it cannot be downloaded now, or is empty."""

    file: StoredFile
    why_not: str


@dataclass(frozen=True)
class StepLine:
    """A step as the page shows it."""

    step: CoordinationStep
    label: str
    agencies: str  # to which it was assigned
    return_url: str  # of the return that raised it
    files: list[FileLine]


def _request(user: User, pk: int) -> CoordinationRequest:
    found = get_object_or_404(CoordinationRequest.objects.visible_to(user).for_page(), pk=pk)
    speak(found.plan.kind)
    return found


@require_GET
@allowed(permissions.may_see_some)
def coordination(request: HttpRequest, pk: int) -> HttpResponse:
    """What is asked, what happened to it step by step, and what the reader may do."""
    user = signed_in(request)
    return _page(request, user, _request(user, pk))


@require_POST
@allowed(permissions.may_see_some)
def coordination_act(request: HttpRequest, pk: int) -> HttpResponse:
    """One act of the reader on it; `action` names it."""
    user = signed_in(request)
    found = _request(user, pk)
    act = ACTS.get(request.POST.get("action", ""))
    if act is None:
        raise Http404(_("没有这一步。"))
    form = ActForm(request.POST, request.FILES, act=act, agencies=_agencies(found.plan))
    if not actions.may_act(user, found, act.name, actions.assigned_to(found)):
        actions.act(by=user, request=found, name=act.name, asked=actions.StepInput())  # which says no
    if not form.is_valid():
        return _page(request, user, found, bound=form, status=422)
    with refusals_on(form) as outcome:
        actions.act(by=user, request=found, name=act.name, asked=form.asked())
    if outcome.is_done:
        messages.success(request, str(act.done))
        return redirect("coordination", pk)
    if outcome.is_conflict:
        found = _request(user, pk)  # as it stands now
    return _page(request, user, found, bound=form, status=outcome.status)


@require_GET
@allowed(permissions.may_see_some)
def coordination_file(request: HttpRequest, pk: uuid.UUID) -> FileResponse:
    """A file of a step, as an attachment."""
    held = (
        CoordinationFile.objects.visible_to(signed_in(request)).select_related("file").filter(file=pk).first()
    )
    if held is None:
        raise Http404
    return hand_out(held.file)


def _agencies(plan: Plan) -> list[tuple[str, str]]:
    return agency_choices(agencies_for(plan))


def _page(
    request: HttpRequest,
    user: User,
    found: CoordinationRequest,
    *,
    bound: ActForm | None = None,
    status: int = 200,
) -> HttpResponse:
    steps = list(
        found.steps.select_related("by", "version__submission", "instruction").prefetch_related(
            "agencies", "files__file"
        )
    )
    assigned = frozenset(
        next(
            (
                [agency.pk for agency in step.agencies.all()]
                for step in reversed(steps)
                if step.kind == StepKind.ASSIGNED
            ),
            [],
        )
    )
    names = names_at(
        Period.of(clock.today()),
        {found.agency_id} | {agency.pk for step in steps for agency in step.agencies.all()},
    )
    acts = [
        act
        for act in ACTS.values()
        if found.state in act.transition.sources and actions.may_act(user, found, act.name, assigned)
    ]
    agencies = _agencies(found.plan) if any(act.name == "assign" for act in acts) else []
    shown = [
        bound if bound is not None and bound.act == act else ActForm(act=act, agencies=agencies)
        for act in acts
    ]
    writes = may_instruct(user) or may_transcribe(user)
    others = CoordinationRequest.objects.visible_to(user).filter(task=found.task_id).exclude(pk=found.pk)
    row = queries.rows([found])[0]
    return render(
        request,
        "coordination/detail.html",
        {
            "plan": found.plan,
            "item": found,
            "row": row,
            "steps": [
                StepLine(
                    step=step,
                    label=str(StepKind(step.kind).label),
                    agencies="、".join(
                        names[agency.pk].short if agency.pk in names else agency.slug
                        for agency in step.agencies.all()
                    ),
                    return_url=(
                        reverse("version", args=[step.version.submission_id, step.version.number])
                        if step.version is not None
                        else ""
                    ),
                    files=[FileLine(link.file, why_not(link.file)) for link in step.files.all()],
                )
                for step in reversed(steps)
            ],
            "forms": shown,
            "problem_form": bound,
            "others": queries.rows(list(others.for_page().order_by("-raised_at")[:5])),
            "writes_himself": may_instruct(user),
            "instruct_url": (
                f"{reverse('instruction_new')}?{urlencode({'coordination': found.pk})}"
                if writes and found.is_open
                else ""
            ),
            "accept": ",".join(SUFFIXES),
        },
        status=status,
    )
