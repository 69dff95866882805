"""工作日: which days count, and setting them otherwise than announced."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from qhplan import clock
from tasks.cycles.models import Workday
from tasks.cycles.workdays import NOTE, announced, knows, set_day, unset_day
from tasks.errors import Conflict, Problems
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_manage_cycles
from tasks.web.acting import refusals_told
from tasks.web.forms import add_problems


class DayForm(forms.Form):
    """One day, and what it is."""

    day = forms.DateField(
        label=gettext_lazy("日期"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": gettext_lazy("请选日期。"),
            "invalid": gettext_lazy("日期请写成 2027-01-04 这样。"),
        },
    )
    works = forms.TypedChoiceField(
        label=gettext_lazy("这一天"),
        choices=[("0", gettext_lazy("放假")), ("1", gettext_lazy("上班"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选放假或上班。")},
    )
    note = forms.CharField(
        label=gettext_lazy("依据"),
        max_length=NOTE,
        help_text=gettext_lazy("通知的文号，或者为什么。"),
        error_messages={"required": gettext_lazy("请写明依据，如通知的文号。")},
    )


@dataclass(frozen=True)
class DayRow:
    """A day that is otherwise than its place in the week says."""

    day: date
    works: bool
    by_the_office: Workday | None


def _rows(year: int) -> list[DayRow]:
    own = {one.day: one for one in Workday.objects.filter(day__year=year).select_related("set_by")}
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
    return [
        DayRow(day, own[day].works if day in own else announced(day), own.get(day))
        for day in days
        if day in own or announced(day) != (day.weekday() < 5)
    ]


def _year(request: HttpRequest) -> int:
    text = request.GET.get("year", "")
    if not text:
        return clock.today().year
    if not re.fullmatch(r"20\d\d", text, re.ASCII):
        raise Http404
    return int(text)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_manage_cycles)
def workdays(request: HttpRequest) -> HttpResponse:
    """A year's days that are otherwise than the week says; POST sets one."""
    year = _year(request)
    form = DayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = set_day(by=signed_in(request), day=data["day"], works=data["works"], note=data["note"])
        except Problems as problems:
            add_problems(form, problems)
        except Conflict as conflict:
            form.add_error("day", str(conflict))
        else:
            messages.success(request, _("%(day)s已设定。") % {"day": made.day.isoformat()})
            return redirect(f"{reverse('workdays')}?year={made.day.year}")
    rows = _rows(year)
    context = {
        "year": str(year),
        "before": str(year - 1),
        "after": str(year + 1),
        "rows": rows,
        "own": sum(row.by_the_office is not None for row in rows),
        "is_known": knows(year),
        "form": form,
    }
    return render(request, "filing/workdays.html", context, status=422 if form.errors else 200)


@require_POST
@allowed(may_manage_cycles)
def workday_unset(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a day be as announced again."""
    with refusals_told(request) as outcome:
        day = unset_day(by=signed_in(request), pk=pk)
    if not outcome.is_done:
        return redirect("workdays")
    messages.success(request, _("%(day)s的设定已取消。") % {"day": day.isoformat()})
    return redirect(f"{reverse('workdays')}?year={day.year}")
