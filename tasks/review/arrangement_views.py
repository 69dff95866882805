"""工作安排: the page on which the office arranges how tasks without a lead are reported."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from qhplan import clock
from tasks.agencies.models import AgencyName
from tasks.agencies.queries import names_at
from tasks.errors import Problems
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_arrange
from tasks.plans.models import Gathering, Plan
from tasks.plans.plan_resolver import address, plan_asked
from tasks.review.arranging import UnledTask, arrange, unled_tasks
from tasks.review.task_terms import current_quarter
from tasks.values import Duty, Period

EACH, FIRST = "each", "first"


class ArrangementForm(forms.Form):
    """A choice for every task that nobody leads, and one for all of them. Nothing is preset: the agencies are offered in
    the order in which the plan lists them."""

    since = forms.TypedChoiceField(label=gettext_lazy("自哪一季起"), coerce=Period.parse)
    every = forms.ChoiceField(
        label=gettext_lazy("全部任务"),
        required=False,
        choices=[
            ("", gettext_lazy("逐项选定")),
            (EACH, gettext_lazy("都由各单位各自报送")),
            (FIRST, gettext_lazy("都由列名第一的单位汇总")),
        ],
    )

    def __init__(
        self,
        *args: Any,
        plan: Plan,
        quarter: Period,
        tasks: Sequence[UnledTask],
        names: Mapping[int, AgencyName],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.tasks = tasks
        since: Any = self.fields["since"]
        since.choices = [(str(one), one.label) for one in Period.span(quarter, plan.last_quarter)]
        for one in tasks:
            self.fields[f"task-{one.task.pk}"] = forms.ChoiceField(
                label=f"{one.task.code} {one.task.heading}",
                required=False,
                choices=[
                    ("", _("不改")),
                    (EACH, _("各自报送")),
                    *(
                        (
                            str(row.agency_id),
                            _("%(name)s（%(role)s）汇总")
                            % {"name": _short(names, row.agency_id), "role": Duty(row.role).label},
                        )
                        for row in one.holders
                    ),
                ],
            )

    def rows(self) -> list[tuple[UnledTask, forms.BoundField]]:
        return [(one, self[f"task-{one.task.pk}"]) for one in self.tasks]

    def choices(self) -> dict[int, int | None]:
        """{task id: the collector, or None where each reports}; only after `is_valid()`. What is chosen for a task comes
        before what is chosen for all."""
        found: dict[int, int | None] = {}
        for one in self.tasks:
            chosen = self.cleaned_data[f"task-{one.task.pk}"] or self.cleaned_data["every"]
            if chosen == FIRST:
                found[one.task.pk] = one.holders[0].agency_id
            elif chosen:
                found[one.task.pk] = None if chosen == EACH else int(chosen)
        return found


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_arrange)
def arrangements(request: HttpRequest) -> HttpResponse:
    """The tasks that nobody leads, with what is arranged; POST arranges some or all of them."""
    plan = plan_asked(request)
    if plan is None:
        return render(request, "filing/no_plan.html", {"nav": "review"})
    quarter = current_quarter(plan, clock.now())
    tasks = unled_tasks(plan, quarter)
    names = names_at(quarter)
    form = ArrangementForm(request.POST or None, plan=plan, quarter=quarter, tasks=tasks, names=names)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = arrange(
                    by=signed_in(request), plan=plan, since=form.cleaned_data["since"], choices=form.choices()
                )
            except Problems as error:
                for problem in error.problems:
                    known = problem.field if problem.field in form.fields else None
                    form.add_error(known, problem.message)
            else:
                done = len(made)
                messages.success(
                    request, ngettext("%(n)d 项已安排。", "%(n)d 项已安排。", done) % {"n": done}
                )
                return redirect(address("arrangements", plan))
    context = {
        "nav": "review",
        "plan": plan,
        "quarter": quarter,
        "form": form,
        "rows": [
            (one, field, _words(one, names), [_short(names, row.agency_id) for row in one.holders])
            for one, field in form.rows()
        ],
        "open": sum(one.arrangement is None for one in tasks),
    }
    return render(request, "filing/arrangements.html", context, status=status)


def _words(one: UnledTask, names: Mapping[int, AgencyName]) -> str:
    if one.arrangement is None:
        return ""
    if one.arrangement.kind == Gathering.EACH:
        return _("各自报送")
    return _("%(name)s汇总") % {"name": _short(names, one.arrangement.agency_id or 0)}


def _short(names: Mapping[int, AgencyName], agency_id: int) -> str:
    return names[agency_id].short if agency_id in names else ""
