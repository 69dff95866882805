"""重新开启: the office opens a closed quarter again for chosen agencies."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from qhplan import clock
from tasks.agencies.models import Agency
from tasks.agencies.queries import names_at
from tasks.cycles.models import Cycle, Reopening
from tasks.cycles.reopening import NOTE, end_reopening, reopen, running
from tasks.cycles.workdays import workday_after
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_decide_for, may_review
from tasks.people.queries import office_agency_ids
from tasks.period_words import speak
from tasks.standing.progress import owed_returns
from tasks.web.acting import refusals_on, refusals_told
from tasks.web.forms import moment_field

REOPEN_DAYS = 5  # working days proposed for a reopening


class ReopenForm(forms.Form):
    """For whom, until when and why."""

    agencies = forms.MultipleChoiceField(
        label=gettext_lazy("单位"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少选一个单位。")},
    )
    until = moment_field(gettext_lazy("开启至"), gettext_lazy("到时自动截止；此间提交的计为逾期。"))
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("请写明重新开启的理由。")},
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agencies"].choices = choices  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_review)
def reopening(request: HttpRequest, pk: int) -> HttpResponse:
    """What is reopened of a closed quarter; POST opens it for more agencies."""
    user = signed_in(request)
    cycle = get_object_or_404(Cycle.objects.select_related("plan").defer("plan__text"), pk=pk)
    speak(cycle.plan.kind)
    now = clock.now()
    names = names_at(cycle.quarter)
    offices = office_agency_ids(cycle.plan_id)
    missing: dict[int, int] = {}
    owing: dict[int, Agency] = {}
    for one in owed_returns(cycle.plan, cycle.quarter, now=now):
        owing[one.agency.pk] = one.agency
        missing[one.agency.pk] = missing.get(one.agency.pk, 0) + (not one.is_filed)
    running_now = set(running(now).filter(cycle=cycle, task__isnull=True).values_list("agency_id", flat=True))
    choices = [
        (str(agency.pk), _choice(names, agency, missing[agency.pk]))
        for agency in sorted(owing.values(), key=lambda one: (-missing[one.pk], one.order, one.pk))
        if may_decide_for(user, agency.pk, offices) and agency.pk not in running_now
    ]
    until = timezone.localtime(now).replace(hour=17, minute=0, second=0, microsecond=0)
    day = workday_after(until.date(), REOPEN_DAYS)
    form = ReopenForm(
        request.POST or None,
        choices=choices,
        initial={"until": until.replace(year=day.year, month=day.month, day=day.day)},
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(form) as outcome:
            made = reopen(
                by=user,
                cycle=cycle,
                agency_ids=[int(value) for value in form.cleaned_data["agencies"]],
                until=form.cleaned_data["until"],
                reason=form.cleaned_data["reason"],
                now=now,
            )
        if outcome.is_done:
            messages.success(request, _("已为 %(n)d 个单位重新开启。") % {"n": len(made)})
            return redirect("reopening", pk)
    return render(
        request,
        "filing/reopening.html",
        {
            "plan": cycle.plan,
            "quarter": cycle.quarter,
            "cycle": cycle,
            "is_closed": now >= cycle.closes_at,
            "form": form,
            "now": now,
            "rows": [
                {
                    "one": one,
                    "name": names[one.agency_id].short if one.agency_id in names else one.agency.slug,
                    "is_running": one.ended_at is None and one.until > now,
                    "may_end": may_decide_for(user, one.agency_id, offices),
                }
                for one in Reopening.objects.filter(cycle=cycle).select_related(
                    "agency", "task", "opened_by", "ended_by"
                )
            ],
        },
        status=422 if form.errors else 200,
    )


def _choice(names: dict[int, Any], agency: Agency, missing: int) -> str:
    name = names[agency.pk].short if agency.pk in names else agency.slug
    return _("%(name)s（未报 %(n)d）") % {"name": name, "n": missing} if missing else str(name)


@require_POST
@allowed(may_review)
def reopening_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Close again before the time."""
    one = get_object_or_404(Reopening.objects.select_related("cycle"), pk=pk)
    with refusals_told(request):
        end_reopening(by=signed_in(request), reopening=one)
        messages.success(request, _("已结束重新开启。"))
    return redirect("reopening", one.cycle_id)
