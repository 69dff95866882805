"""Pages of the office to add an agency and to maintain its names and lineage."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from qhplan import clock
from tasks.agencies.models import Agency, AgencyName, Confidence, Lineage
from tasks.agencies.queries import name_of, names_at
from tasks.errors import Conflict
from tasks.lineage.actions import amend_edge, amend_first_name, record_edges, register_agency
from tasks.lineage.forms import AmendEdgeForm, BodyForm, EdgeForm, FirstNameForm, stamp
from tasks.lineage.permissions import agencies_kept_by
from tasks.people import permissions
from tasks.people.access import allowed, signed_in
from tasks.plans.models import Plan
from tasks.plans.queries import published_for
from tasks.values import Origin, Period
from tasks.web.acting import refusals_on


def _last(plan: Plan | None) -> Period:
    """The last quarter of the plan, so that agencies appear under their last known name."""
    return max(plan.last_quarter, plan.period_of(clock.today())) if plan else Period.of(clock.today())


def _plan(request: HttpRequest) -> Plan | None:
    """The first plan that the reader sees: whose tasks an edge may concern."""
    return published_for(signed_in(request)).first()


def _agency(request: HttpRequest, slug: str) -> Agency:
    """404 for an agency that the office of another place keeps."""
    return get_object_or_404(agencies_kept_by(signed_in(request)), slug=slug)


def _page(request: HttpRequest, template: str, form: forms.Form | None, **context: Any) -> HttpResponse:
    status = 422 if form is not None and form.errors else 200
    return render(request, template, {"form": form, **context}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_keep_lineage)
def body_add(request: HttpRequest) -> HttpResponse:
    """Adds an agency that the plan does not name."""
    form = BodyForm(request.POST or None, user=signed_in(request))
    if request.method == "POST" and form.is_valid():
        with refusals_on(form) as outcome:
            agency = register_agency(by=signed_in(request), **form.cleaned_data)
        if outcome.is_done:
            messages.success(request, _("已增列“%(name)s”。") % {"name": form.cleaned_data["short"]})
            return redirect("body", agency.slug)
    return _page(request, "adjusting/body_add.html", form)


@require_safe
@allowed(permissions.may_keep_lineage)
def body(request: HttpRequest, agency_slug: str) -> HttpResponse:
    """Shows an agency's names and edges, with links to change them."""
    agency = _agency(request, agency_slug)
    plan = _plan(request)
    names = list(AgencyName.objects.filter(agency=agency).order_by("valid"))
    edges = (Lineage.objects.filter(predecessor=agency) | Lineage.objects.filter(successor=agency)).distinct()
    rows = list(
        edges.select_related("predecessor", "successor").prefetch_related("tasks").order_by("on", "id")
    )
    last = _last(plan)
    shorts = names_at(
        last, {agency.pk, *(pk for row in rows for pk in (row.predecessor_id, row.successor_id))}
    )
    return _page(
        request,
        "adjusting/body.html",
        None,
        plan=plan,
        agency=agency,
        name=shorts[agency.pk].short,
        names=names,
        can_mend=bool(names) and names[0].origin == Origin.OUTSIDE,
        edges=[
            {
                "row": row,
                "predecessor": shorts[row.predecessor_id].short,
                "successor": shorts[row.successor_id].short,
                "refuted": row.confidence == Confidence.REFUTED,
                "tasks": [task.code for task in row.tasks.all()],  # type: ignore[attr-defined]
            }
            for row in rows
        ],
        page_url=reverse("agency", args=[plan.slug, agency.slug]) if plan else "",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_keep_lineage)
def body_name(request: HttpRequest, agency_slug: str) -> HttpResponse:
    """Corrects the first name of an agency that the plan does not name."""
    agency = _agency(request, agency_slug)
    name = get_object_or_404(
        AgencyName.objects.filter(agency=agency, origin=Origin.OUTSIDE).order_by("valid")[:1]
    )
    form = FirstNameForm.of(name, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        with refusals_on(form) as outcome:
            if data.pop("before") != stamp(name):
                raise Conflict(_("名称刚刚已由他人更改，请刷新后再改。"))
            amend_first_name(by=signed_in(request), name=name, **data)
        if outcome.is_done:
            messages.success(request, _("名称已更改。"))
            return redirect("body", agency.slug)
    return _page(request, "adjusting/body_name.html", form, agency=agency, name=name)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_keep_lineage)
def edge_add(request: HttpRequest, agency_slug: str) -> HttpResponse:
    """Records a lineage edge of an agency."""
    agency = _agency(request, agency_slug)
    plan = _plan(request)
    form = EdgeForm(request.POST or None, user=signed_in(request), plan=plan, last=_last(plan))
    if request.method == "POST" and form.is_valid():
        with refusals_on(form) as outcome:
            record_edges(by=signed_in(request), edges=[form.edge(agency.pk)])
        if outcome.is_done:
            messages.success(request, _("已登记沿革。责任不随之改变，须由机构改革的调整办理。"))
            return redirect("body", agency.slug)
    return _page(
        request,
        "adjusting/edge.html",
        form,
        agency=agency,
        name=name_of(agency.pk, _last(plan)) or agency.slug,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_keep_lineage)
def edge(request: HttpRequest, pk: int) -> HttpResponse:
    """Amends or refutes an edge."""
    kept = agencies_kept_by(signed_in(request)).values("pk")
    rows = Lineage.objects.select_related("predecessor", "successor")
    row = get_object_or_404(rows.filter(predecessor__in=kept, successor__in=kept), pk=pk)
    plan = _plan(request)
    last = _last(plan)
    form = AmendEdgeForm(request.POST or None, user=signed_in(request), edge=row, plan=plan, last=last)
    if request.method == "POST" and form.is_valid():
        row.revision = form.cleaned_data["revision"]
        with refusals_on(form) as outcome:
            amend_edge(by=signed_in(request), edge=row, change=form.edge(row.predecessor_id))
        if outcome.is_done:
            messages.success(request, _("沿革已更改。"))
            return redirect("body", row.predecessor.slug)
    return _page(
        request,
        "adjusting/edge.html",
        form,
        agency=row.predecessor,
        name=name_of(row.predecessor_id, last) or row.predecessor.slug,
        row=row,
        successor=name_of(row.successor_id, last),
    )
