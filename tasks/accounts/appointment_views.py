"""Pages of appointments: for the rights administrator those of one person, for an approver their deputies."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from qhplan import clock
from tasks.accounts import appointments
from tasks.accounts.forms import AppointForm, DeputyForm, NoteForm, RolesForm
from tasks.agencies.queries import names_at
from tasks.people import permissions
from tasks.people.access import allowed, signed_in
from tasks.people.models import Appointment, User
from tasks.values import Period, Role
from tasks.web.acting import refusals_on


@dataclass(frozen=True)
class AppointmentRow:
    """An appointment, formatted for lists. `last` is its last day."""

    row: Appointment
    role: str
    agency: str
    plan: str
    first: str
    last: str
    on_behalf_of: str
    state: str  # "now", "later" or "over"
    may_end: bool


def rows_of(found: list[Appointment]) -> list[AppointmentRow]:
    """One query for the names of agencies."""
    names = names_at(Period.of(clock.today()), {row.agency_id for row in found if row.agency_id is not None})
    now = clock.now()
    rows = []
    for row in found:
        is_over = row.until is not None and row.until <= now
        state = "over" if is_over else "now" if row.holding.is_in_force(now) else "later"
        rows.append(
            AppointmentRow(
                row=row,
                role=str(Role(row.role).label),
                agency=names[row.agency_id].short if row.agency_id in names else "",
                plan=row.plan.title if row.plan else _("全部方案"),
                first=_day(row.since),
                last=_day(row.until - timedelta(microseconds=1)) if row.until else "",
                on_behalf_of=str(row.on_behalf_of) if row.on_behalf_of else "",
                state=state,
                may_end=not is_over,
            )
        )
    return rows


def _day(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d}" if moment else ""


# -- the rights administrator -------------------------------------------------------------------------------


def _of(user: User) -> list[AppointmentRow]:
    found = Appointment.objects.filter(user=user).select_related(
        "plan", "on_behalf_of", "made_by", "ended_by"
    )
    order = {"now": 0, "later": 1, "over": 2}
    return sorted(rows_of(list(found.order_by("-made_at", "-pk"))), key=lambda row: order[row.state])


def rights_page(
    request: HttpRequest,
    user: User,
    *,
    form: forms.Form | None = None,
    appoint_form: forms.Form | None = None,
    end_form: NoteForm | None = None,
    ending: int | None = None,
) -> HttpResponse:
    """The roles in the account's own agency, all appointments, and the form for another one."""
    agency = names_at(Period.of(clock.today()), [user.agency_id]) if user.agency_id else {}
    faulty = any(one is not None and one.errors for one in (form, appoint_form, end_form))
    context = {
        "account": user,
        "agency": agency[user.agency_id].short if user.agency_id in agency else "",
        "form": form or RolesForm(initial={"roles": user.roles, "before": ",".join(user.roles)}),
        "appoint_form": appoint_form or AppointForm(prefix="new", initial={"agency": user.agency_id}),
        "end_form": end_form or NoteForm(prefix="end"),
        "ending": ending,
        "rows": _of(user),
        "is_self": user == request.user,
        "problem_form": next((one for one in (form, appoint_form, end_form) if one and one.errors), None),
    }
    return render(request, "people/rights_edit.html", context, status=422 if faulty else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_grant_roles)
def rights_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Grants and revokes roles of one account in its own agency, with a reason; shows all its appointments."""
    user = get_object_or_404(User, pk=pk)
    if request.method != "POST":
        return rights_page(request, user)
    if user == request.user:
        raise PermissionDenied(_("不能更改自己的角色。"))
    form = RolesForm(request.POST)
    if form.is_valid():
        grant = appointments.Grant(pk, frozenset(form.cleaned_data["roles"]), form.cleaned_data["before"])
        with refusals_on(form) as outcome:
            appointments.grant_roles(by=signed_in(request), grants=[grant], note=form.cleaned_data["note"])
        if outcome.is_done:
            messages.success(request, _("“%(user)s”的角色已更新。") % {"user": user.username})
            return redirect("rights")
    return rights_page(request, user, form=form)


@require_POST
@allowed(permissions.may_grant_roles)
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """Appoints the person for another agency, for one plan, or from a day to a day."""
    user = get_object_or_404(User, pk=pk)
    form = AppointForm(request.POST, prefix="new")
    if form.is_valid():
        data = form.cleaned_data
        new = appointments.NewAppointment(
            user_id=pk,
            role=data["role"],
            agency_id=data["agency"],
            plan_id=data["plan"],
            first=data["first"],
            last=data["last"],
        )
        with refusals_on(form) as outcome:
            appointments.appoint(by=signed_in(request), new=new, note=data["note"])
        if outcome.is_done:
            messages.success(request, _("已任命。"))
            return redirect("rights_edit", pk)
    return rights_page(request, user, appoint_form=form)


@require_POST
@allowed(permissions.may_grant_roles)
def appointment_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends one appointment before its day, with a reason."""
    row = get_object_or_404(Appointment.objects.select_related("user"), pk=pk)
    form = NoteForm(request.POST, prefix="end")
    if form.is_valid():
        with refusals_on(form, told_to=request) as outcome:
            appointments.end_appointment(
                by=signed_in(request), appointment=pk, note=form.cleaned_data["note"]
            )
        if outcome.is_done:
            messages.success(request, _("任命已终止。"))
        if outcome.is_done or outcome.is_conflict:
            return redirect("rights_edit", row.user_id)
    return rights_page(request, row.user, end_form=form, ending=pk)


# -- an approver's deputies ---------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(appointments.may_name_deputies)
def deputies(request: HttpRequest) -> HttpResponse:
    """Who signs on the reader's behalf 代签, and the form to name somebody."""
    user = signed_in(request)
    people = appointments.deputy_candidates(user)
    form = DeputyForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        new = appointments.NewDeputy(user.pk, data["deputy"], data["first"], data["last"])
        with refusals_on(form) as outcome:
            made = appointments.name_deputy(by=user, new=new, note=data["note"])
        if outcome.is_done:
            words = {"who": made[0].user, "first": data["first"], "last": data["last"]}
            messages.success(request, _("%(who)s自 %(first)s 至 %(last)s 代您签批，到期自动终止。") % words)
            return redirect("deputies")
    context = {
        "form": form,
        "people": people,
        "rows": rows_of(appointments.deputies_of(user)),
    }
    return render(request, "people/deputies.html", context, status=422 if form.errors else 200)


@require_POST
def deputy_end(request: HttpRequest, pk: int) -> HttpResponse:
    """The person who is represented ends it before its day."""
    row = get_object_or_404(Appointment, pk=pk, on_behalf_of=signed_in(request))
    form = NoteForm({"note": request.POST.get("end-note") or _("提前结束代签")})
    with refusals_on(form, told_to=request) as outcome:
        appointments.end_appointment(by=signed_in(request), appointment=row.pk, note=form.data["note"])
    if outcome.is_done:
        messages.success(request, _("代签已结束。"))
    return redirect("deputies")
