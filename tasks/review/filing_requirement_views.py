"""填报要求: the page on which the office says how often each role files."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from qhplan import clock
from tasks.errors import Problems
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_arrange
from tasks.plans.models import Frequency, Plan, Task
from tasks.plans.plan_resolver import address, plan_asked
from tasks.review.filing_requirements import (
    ask_work_plans,
    closer_rhythms,
    report_more_often,
    require,
    requirements,
)
from tasks.review.task_terms import current_quarter
from tasks.values import Duty, Period, Rhythm
from tasks.web.acting import refusals_on


class FilingRulesForm(forms.Form):
    """How often each role files that agencies have in the plan."""

    since = forms.TypedChoiceField(label=gettext_lazy("自哪一季起"), coerce=Period.parse)

    def __init__(
        self, *args: Any, plan: Plan, quarter: Period, present: dict[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.roles = tuple(present)
        since: Any = self.fields["since"]
        since.choices = [(str(one), one.label) for one in Period.span(quarter, plan.last_quarter)]
        for role, frequency in present.items():
            self.fields[role] = forms.ChoiceField(
                label=_("%(role)s单位") % {"role": Duty(role).label},
                choices=Frequency.choices,
                initial=frequency,
                widget=forms.RadioSelect,
            )

    def frequencies(self) -> dict[str, str]:
        """{role: Frequency}; only after `is_valid()`."""
        return {role: self.cleaned_data[role] for role in self.roles}


class WorkPlanRolesForm(forms.Form):
    """Which roles file work plans. `roles_seen` are those that the page showed as chosen."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("须报实施方案和年度要点的"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(one.value, one.label) for one in Duty],
        error_messages={"required": gettext_lazy("请至少选一类单位。")},
    )
    roles_seen = forms.CharField(required=False, widget=forms.HiddenInput)


class TaskRhythmForm(forms.Form):
    """Which task is reported on more often than the plan, and from when on."""

    ref = forms.ChoiceField(
        label=gettext_lazy("任务"), error_messages={"required": gettext_lazy("请选任务。")}
    )
    rhythm = forms.ChoiceField(label=gettext_lazy("填报频次"), required=False)
    since_period = forms.TypedChoiceField(label=gettext_lazy("自哪一季起"), coerce=Period.parse)

    def __init__(self, *args: Any, plan: Plan, quarter: Period, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tasks = Task.objects.filter(plan=plan).order_by("order")
        closer = [(one.value, one.label) for one in Rhythm if one.rank < plan.kind.rank]
        chosen: dict[str, Any] = {
            "ref": [("", _("请选任务")), *((task.ref, f"{task.code} {task.heading}") for task in tasks)],
            "rhythm": [*closer, ("", _("与方案相同（%(rhythm)s）") % {"rhythm": plan.kind.label})],
            "since_period": [(str(one), one.label) for one in Period.span(quarter, plan.last_quarter)],
        }
        for name, choices in chosen.items():
            field: Any = self.fields[name]
            field.choices = choices


def _task_rhythm(request: HttpRequest, plan: Plan, quarter: Period) -> tuple[TaskRhythmForm, int]:
    """The form, and the status of the page; 302 where it was done."""
    form = TaskRhythmForm(request.POST, plan=plan, quarter=quarter)
    if not form.is_valid():
        return form, 422
    data = form.cleaned_data
    try:
        report_more_often(
            by=signed_in(request),
            plan=plan,
            ref=data["ref"],
            rhythm=data["rhythm"],
            since=data["since_period"],
        )
    except Problems as error:
        for problem in error.problems:
            form.add_error("since_period" if problem.field == "since" else problem.field, problem.message)
        return form, 422
    return form, 302


def _work_plan_roles(request: HttpRequest, plan: Plan) -> tuple[WorkPlanRolesForm, int]:
    """The form, and the status of the page; 302 where it was done."""
    form = WorkPlanRolesForm(request.POST)
    if not form.is_valid():
        return form, 422
    data = form.cleaned_data
    with refusals_on(form) as outcome:
        ask_work_plans(
            by=signed_in(request),
            plan=plan,
            roles=data["roles"],
            seen=[role for role in data["roles_seen"].split(",") if role],
        )
    return form, 302 if outcome.is_done else outcome.status


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_arrange)
def filing_rules(request: HttpRequest) -> HttpResponse:
    """What is required of each role; POST changes it from a quarter on."""
    plan = plan_asked(request)
    if plan is None:
        return render(request, "filing/no_plan.html", {"nav": "review"})
    quarter = current_quarter(plan, clock.now())
    roles_form = None
    status = 200
    if "roles_seen" in request.POST:
        roles_form, status = _work_plan_roles(request, plan)
        if status == 302:
            messages.success(request, _("实施方案的报送要求已更改。"))
            return redirect(address("filing_rules", plan))
    rhythm_form = None
    if "ref" in request.POST:
        rhythm_form, status = _task_rhythm(request, plan, quarter)
        if status == 302:
            messages.success(request, _("任务的填报频次已更改。"))
            return redirect(address("filing_rules", plan))
    is_other = roles_form is not None or rhythm_form is not None
    own = request.POST if request.method == "POST" and not is_other else None
    form = FilingRulesForm(own, plan=plan, quarter=quarter, present=requirements(plan, quarter))
    if own is not None:
        status = 422
        if form.is_valid():
            try:
                require(
                    by=signed_in(request),
                    plan=plan,
                    since=form.cleaned_data["since"],
                    frequencies=form.frequencies(),
                )
            except Problems as error:
                for problem in error.problems:
                    form.add_error(problem.field if problem.field in form.fields else None, problem.message)
            else:
                messages.success(request, _("填报要求已更改。"))
                return redirect(address("filing_rules", plan))
    seen = ",".join(plan.work_plan_roles)
    context = {
        "nav": "review",
        "plan": plan,
        "quarter": quarter,
        "form": form,
        "roles_form": roles_form
        or WorkPlanRolesForm(initial={"roles": plan.work_plan_roles, "roles_seen": seen}),
        "problem_form": roles_form or rhythm_form or form,
        "rhythm_form": (rhythm_form or TaskRhythmForm(plan=plan, quarter=quarter))
        if plan.kind.rank
        else None,
        "rhythms": [
            (row, Period.from_ordinal(row.valid.lower) if row.valid.lower else plan.first_quarter)
            for row in closer_rhythms(plan, quarter)
        ],
    }
    return render(request, "filing/filing_rules.html", context, status=status)
