"""The office's page of cycles: what stands where, opening a quarter, changing its dates."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from qhplan import clock
from tasks.cycles.actions import (
    FIELDS,
    CycleRow,
    change_dates,
    cycle_rows,
    dates_of,
    early_dates,
    extent_of,
    open_cycle,
    state_of,
    undo_opening,
)
from tasks.cycles.due_dates import CycleDates, calendar_note, default_dates
from tasks.cycles.models import Cycle
from tasks.errors import Conflict, Problem, Problems
from tasks.people import permissions
from tasks.people.access import allowed, signed_in
from tasks.period_words import speak
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import address, plan_asked
from tasks.values import Period
from tasks.web.acting import refusals_on, say_done
from tasks.web.forms import moment_field


class DatesForm(forms.Form):
    """The four moments of a cycle. `sure` says that what they mean for how many was read."""

    co_due = moment_field(gettext_lazy("配合填报截止"), gettext_lazy("默认为第5个工作日17:00。"))
    lead_due = moment_field(gettext_lazy("牵头汇总截止"), gettext_lazy("默认为第10个工作日17:00。"))
    decision_due = moment_field(gettext_lazy("办公室核定截止"), gettext_lazy("默认为第15个工作日17:00。"))
    closes_at = moment_field(
        gettext_lazy("填报截止时间"), gettext_lazy("此前可以补报，计为逾期；此后不再接收。")
    )

    sure = forms.BooleanField(required=False)

    def dates(self) -> CycleDates:
        """The moments as a value; only after `is_valid()`."""
        return CycleDates(**{field: self.cleaned_data[field] for field in FIELDS})


class OpenForm(DatesForm):
    trial = forms.BooleanField(
        label=gettext_lazy("作为试填期开启"),
        help_text=gettext_lazy(
            "供各单位用真实账号练习：每页标明“试填”，不计入任何统计、考核、督办和简报，用完整体清除。"
        ),
        required=False,
    )
    quarter = forms.CharField(widget=forms.HiddenInput)

    def clean_quarter(self) -> Period:
        try:
            return Period.parse(self.cleaned_data["quarter"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class ChangeForm(DatesForm):
    """Other dates, with a reason; `before` is what the reader saw."""

    note = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("请写明调整日期的理由。")},
    )
    before = forms.CharField(widget=forms.HiddenInput)


class UndoForm(forms.Form):
    """Why an opening is taken back."""

    note = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("请写明撤销开放的理由。")},
    )


def _stamp(dates: CycleDates) -> str:
    return " ".join(getattr(dates, field).isoformat() for field in FIELDS)


def _plan(request: HttpRequest) -> Plan:
    plan = plan_asked(request)
    if plan is None:
        raise Http404(_("还没有载入方案。"))
    return plan


def _suggested(rows: list[CycleRow], asked: str | None) -> Period | None:
    """The quarter that the form opens: the one asked for, else the latest that has ended and is not open yet. Those
    before one that was opened were left out on purpose, and are opened only when asked for."""
    can_open = [row.quarter for row in rows if row.cycle is None and row.has_begun]
    if asked:
        try:
            quarter = Period.parse(asked)
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
            quarter: Period = form.cleaned_data["quarter"]
            extent = extent_of(plan, quarter)
            with refusals_on(form) as outcome, transaction.atomic():
                made = open_cycle(
                    by=signed_in(request),
                    plan=plan,
                    quarter=quarter,
                    dates=form.dates(),
                    trial=form.cleaned_data["trial"],
                    now=now,
                )
                if not form.cleaned_data[
                    "sure"
                ]:  # checked whole first, so that only one thing is left to say
                    raise Problems(
                        [
                            Problem(
                                "sure",
                                _opening_question(plan, quarter, form.dates(), form.cleaned_data["trial"]),
                            )
                        ]
                    )
            if outcome.is_done:
                words = _("%(quarter)s已开启填报：%(agencies)d 个单位、%(n)d 件。")
                about = {"quarter": quarter.label, "agencies": extent.agencies, "n": extent.submissions}
                say_done(
                    request,
                    words % about,
                    (reverse("cycle", args=[made.pk]) + "#undo", _("开错了，撤销开放")),
                )
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
    elif form is not None and isinstance(form.cleaned_data.get("quarter"), Period):
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
    speak(found.plan.kind)
    return _cycle_page(request, found)


def _cycle_page(request: HttpRequest, found: Cycle, undo_form: UndoForm | None = None) -> HttpResponse:
    before = dates_of(found)
    form = ChangeForm(
        None if undo_form else request.POST or None,
        initial={"before": _stamp(before), **{field: getattr(before, field) for field in FIELDS}},
    )
    if undo_form is None and request.method == "POST" and form.is_valid():
        with refusals_on(form) as outcome:
            if form.cleaned_data["before"] != _stamp(before):
                raise Conflict(_("日期刚刚已由他人更改，请刷新后再改。"))
            with transaction.atomic():
                change_dates(
                    by=signed_in(request), cycle=found, dates=form.dates(), note=form.cleaned_data["note"]
                )
                question = _dates_question(found, before, form.dates())
                if question and not form.cleaned_data["sure"]:
                    raise Problems([Problem("sure", question)])
        if outcome.is_done:
            messages.success(request, _("%(quarter)s的日期已更改。") % {"quarter": found.quarter.label})
            return redirect(address("cycles", found.plan))
    context = {
        "cycle": found,
        "plan": found.plan,
        "state": state_of(found, clock.now()),
        "form": form,
        "undo_form": undo_form or UndoForm(prefix="undo"),
        "calendar_note": calendar_note(before),
    }
    faulty = form.errors or (undo_form and undo_form.errors)
    return render(request, "filing/cycle.html", context, status=422 if faulty else 200)


@require_POST
@allowed(permissions.may_manage_cycles)
def cycle_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the opening of a quarter back, while nobody has begun to write."""
    found = get_object_or_404(Cycle.objects.select_related("plan", "opened_by").defer("plan__text"), pk=pk)
    speak(found.plan.kind)
    form = UndoForm(request.POST, prefix="undo")
    if form.is_valid():
        with refusals_on(form) as outcome:
            undo_opening(by=signed_in(request), cycle=found, note=form.cleaned_data["note"])
        if outcome.is_done:
            messages.success(request, _("%(quarter)s的开放已撤销。") % {"quarter": found.quarter.label})
            return redirect(address("cycles", found.plan))
    return _cycle_page(request, found, undo_form=form)


def _opening_question(plan: Plan, quarter: Period, dates: CycleDates, trial: bool) -> str:
    """What is opened for how many, and what is unusual about it."""
    extent = extent_of(plan, quarter)
    if trial:
        words = _(
            "将为 %(agencies)d 个单位开启%(quarter)s的试填（%(n)d 件），不计入任何统计，用完须整体清除。"
        )
        return words % {"agencies": extent.agencies, "quarter": quarter.label, "n": extent.submissions}
    words = _("将为 %(agencies)d 个单位开放%(quarter)s的 %(n)d 件填报，各单位工作台随即可见。") % {
        "agencies": extent.agencies,
        "quarter": quarter.label,
        "n": extent.submissions,
    }
    return words + _early(quarter, dates)


def _dates_question(cycle: Cycle, before: CycleDates, dates: CycleDates) -> str:
    """What other dates mean for how many, where that has to be confirmed: brought forward, or before the quarter's end."""
    forward = [field for field in ("co_due", "lead_due") if getattr(dates, field) < getattr(before, field)]
    early = _early(cycle.quarter, dates) if early_dates(cycle.quarter, dates) else ""
    if not forward and not early:
        return ""
    extent = extent_of(cycle.plan, cycle.quarter)
    words = _("%(agencies)d 个单位、%(n)d 件的截止时间随之改变。") % {
        "agencies": extent.agencies,
        "n": extent.submissions,
    }
    return (_("截止时间提前了：") if forward else "") + words + early


def _early(quarter: Period, dates: CycleDates) -> str:
    if not early_dates(quarter, dates):
        return ""
    return _("截止在季度结束（%(day)s）以前，届时报送的是预计数。") % {"day": f"{quarter.last_day:%Y-%m-%d}"}
