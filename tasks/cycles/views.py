"""The office's page of cycles: what stands where, opening a quarter, changing its dates."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from qhplan import clock
from tasks.cycles.actions import FIELDS, CycleRow, change_dates, cycle_rows, dates_of, open_cycle, state_of
from tasks.cycles.due_dates import CycleDates, calendar_note, default_dates
from tasks.cycles.models import Cycle
from tasks.errors import Conflict
from tasks.people import permissions
from tasks.people.access import allowed, signed_in
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import address, plan_asked
from tasks.values import Quarter
from tasks.web.acting import refusals_on
from tasks.web.forms import moment_field


class DatesForm(forms.Form):
    """The four moments of a cycle."""

    co_due = moment_field(gettext_lazy("配合填报截止"), gettext_lazy("默认为第5个工作日17:00。"))
    lead_due = moment_field(gettext_lazy("牵头汇总截止"), gettext_lazy("默认为第10个工作日17:00。"))
    decision_due = moment_field(gettext_lazy("办公室核定截止"), gettext_lazy("默认为第15个工作日17:00。"))
    closes_at = moment_field(gettext_lazy("关闭时间"), gettext_lazy("此前可以补报，计为逾期；此后不再接收。"))

    def dates(self) -> CycleDates:
        """The moments as a value; only after `is_valid()`."""
        return CycleDates(**{field: self.cleaned_data[field] for field in FIELDS})


class OpenForm(DatesForm):
    quarter = forms.CharField(widget=forms.HiddenInput)

    def clean_quarter(self) -> Quarter:
        try:
            return Quarter.parse(self.cleaned_data["quarter"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class ChangeForm(DatesForm):
    """Other dates, with a reason; `before` is what the reader saw."""

    note = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("请写明更改日期的理由。")},
    )
    before = forms.CharField(widget=forms.HiddenInput)


def _stamp(dates: CycleDates) -> str:
    return " ".join(getattr(dates, field).isoformat() for field in FIELDS)


def _plan(request: HttpRequest) -> Plan:
    plan = plan_asked(request)
    if plan is None:
        raise Http404(_("还没有载入方案。"))
    return plan


def _suggested(rows: list[CycleRow], asked: str | None) -> Quarter | None:
    """The quarter that the form opens: the one asked for, else the latest that has ended and is not open yet. Those
    before one that was opened were left out on purpose, and are opened only when asked for."""
    can_open = [row.quarter for row in rows if row.cycle is None and row.has_begun]
    if asked:
        try:
            quarter = Quarter.parse(asked)
        except ValueError as error:
            raise Http404(str(error)) from error
        return quarter if quarter in can_open else None
    today = clock.today()
    opened = max((row.quarter for row in rows if row.cycle is not None), default=None)
    ended = (quarter for quarter in can_open if quarter.last_day < today)
    return next((quarter for quarter in ended if opened is None or quarter > opened), None)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_manage_cycles)
def cycles(request: HttpRequest) -> HttpResponse:
    """Every quarter with its state; POST opens one."""
    plan = _plan(request)
    now = clock.now()
    form: OpenForm | None = None
    if request.method == "POST":
        form = OpenForm(request.POST)
        if form.is_valid():
            quarter: Quarter = form.cleaned_data["quarter"]
            with refusals_on(form) as outcome:
                open_cycle(by=signed_in(request), plan=plan, quarter=quarter, dates=form.dates(), now=now)
            if outcome.is_done:
                messages.success(request, _("%(quarter)s已开放填报。") % {"quarter": quarter.label})
                return redirect(address("cycles", plan))
    rows = cycle_rows(plan, now=now)
    hidden = [row for row in rows if not row.has_begun]
    suggested = _suggested(rows, request.GET.get("open"))
    note, counts_from_today = "", False
    if form is None and suggested is not None:
        dates = default_dates(suggested, now)
        note = calendar_note(dates)
        counts_from_today = dates != default_dates(suggested)
        form = OpenForm(initial={"quarter": str(suggested), **{f: getattr(dates, f) for f in FIELDS}})
    elif form is not None and isinstance(form.cleaned_data.get("quarter"), Quarter):
        suggested = form.cleaned_data["quarter"]
    context = {
        "plan": plan,
        "rows": rows,
        "shown": [row for row in rows if row.has_begun],
        "hidden_rows": hidden,
        "first_hidden": hidden[-1].quarter if hidden else None,
        "last_hidden": hidden[0].quarter if hidden else None,
        "form": form,
        "opening": suggested,
        "calendar_note": note,
        "counts_from_today": counts_from_today,
        "is_backfill": suggested is not None and clock.today() > (suggested + 1).last_day,
    }
    return render(
        request, "filing/cycles.html", context, status=422 if form is not None and form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_manage_cycles)
def cycle(request: HttpRequest, pk: int) -> HttpResponse:
    """One cycle's dates, to be changed with a reason."""
    found = get_object_or_404(Cycle.objects.select_related("plan", "opened_by").defer("plan__text"), pk=pk)
    before = dates_of(found)
    form = ChangeForm(
        request.POST or None,
        initial={"before": _stamp(before), **{field: getattr(before, field) for field in FIELDS}},
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(form) as outcome:
            if form.cleaned_data["before"] != _stamp(before):
                raise Conflict(_("日期刚刚已由他人更改，请刷新后再改。"))
            change_dates(
                by=signed_in(request), cycle=found, dates=form.dates(), note=form.cleaned_data["note"]
            )
        if outcome.is_done:
            messages.success(request, _("%(quarter)s的日期已更改。") % {"quarter": found.quarter.label})
            return redirect(address("cycles", found.plan))
    context = {
        "cycle": found,
        "plan": found.plan,
        "state": state_of(found, clock.now()),
        "form": form,
        "calendar_note": calendar_note(before),
    }
    return render(request, "filing/cycle.html", context, status=422 if form.errors else 200)
