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
from tasks.plans.models import Frequency, Plan
from tasks.plans.plan_resolver import address, plan_asked
from tasks.review.filing_requirements import require, requirements
from tasks.review.task_terms import current_quarter
from tasks.values import Duty, Period


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


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_arrange)
def filing_rules(request: HttpRequest) -> HttpResponse:
    """What is required of each role; POST changes it from a quarter on."""
    plan = plan_asked(request)
    if plan is None:
        return render(request, "filing/no_plan.html", {"nav": "review"})
    quarter = current_quarter(plan, clock.now())
    form = FilingRulesForm(
        request.POST or None, plan=plan, quarter=quarter, present=requirements(plan, quarter)
    )
    status = 200
    if request.method == "POST":
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
    context = {"nav": "review", "plan": plan, "quarter": quarter, "form": form}
    return render(request, "filing/filing_rules.html", context, status=status)
