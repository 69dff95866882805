"""整套与期号: of which kinds a plan's sets consist, and from which number a series goes on."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qhplan import clock
from reports.briefs import kinds, queries, series_actions
from reports.briefs.forms import SeriesForm, SetKindsForm
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_make_briefs
from tasks.people.plan_scope import plans_where
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import plan_asked
from tasks.plans.queries import published
from tasks.web.acting import refusals_on


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_make_briefs)
def brief_settings(request: HttpRequest) -> HttpResponse:
    """The page of both settings; each has a form of its own."""
    plan = plan_asked(request)
    if plan is None:
        raise Http404(_("还没有方案。"))
    if request.method != "POST":
        return _page(request, plan)
    by = signed_in(request)
    if "kinds_seen" in request.POST:
        form = SetKindsForm(request.POST)
        if form.is_valid():
            with refusals_on(form) as outcome:
                series_actions.set_kinds(by=by, plan=plan, kinds=form.cleaned_data["kinds"], seen=form.seen())
            if outcome.is_done:
                messages.success(request, _("已保存。以后申请的整套按此生成；已申请的不变。"))
                return _back(plan)
            return _page(request, plan, kinds_form=form, status=outcome.status)
        return _page(request, plan, kinds_form=form, status=422)
    series = SeriesForm(request.POST, this_year=clock.today().year)
    if series.is_valid():
        with refusals_on(series) as outcome:
            row = series_actions.start_series(by=by, plan=plan, **series.cleaned_data)
        if outcome.is_done:
            has = queries.next_number(plan.pk, row.kind, row.year)
            words = {"year": row.year, "kind": kinds.kind_label(row.kind, plan.kind), "n": row.number}
            said = _("已保存：%(year)d年%(kind)s从第%(n)d期起编。") % words
            if has.gap:
                said += _("本站没有%(gap)s。") % {"gap": series_actions.numbers_text(has.gap)}
            messages.success(request, said)
            return _back(plan)
        return _page(request, plan, series_form=series, status=outcome.status)
    return _page(request, plan, series_form=series, status=422)


def _back(plan: Plan) -> HttpResponse:
    return redirect(f"{reverse('brief_settings')}?{urlencode({'plan': plan.slug})}")


def _page(
    request: HttpRequest,
    plan: Plan,
    *,
    kinds_form: SetKindsForm | None = None,
    series_form: SeriesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    year = clock.today().year
    chosen = queries.kinds_of_set(plan)
    latest = next(iter(queries.askable_quarters(plan, clock.today())), None)
    series: list[dict[str, Any]] = []
    for kind in kinds.KINDS.values():
        if kind.is_numbered:
            following = queries.next_number(plan.pk, kind.key, year)
            gap = series_actions.numbers_text(following.gap)
            series.append({"name": kind.key.label, "next": following, "gap": gap})
    context = {
        "plan": plan,
        "plans": list(published().filter(plans_where(signed_in(request), may_make_briefs))),
        "year": year,
        "kinds_form": kinds_form or SetKindsForm(initial={"kinds": chosen, "kinds_seen": ",".join(chosen)}),
        "latest": latest,
        "count": len(kinds.quarter_set(plan, latest, chosen)) if latest else 0,
        "series": series,
        "series_form": series_form or SeriesForm(this_year=year),
        "problem_form": kinds_form or series_form,
    }
    return render(request, "briefs/settings.html", context, status=status)
