"""目标 and 指标: how the plan's promises stand, where each number comes from, and what the office sets of them."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from reports.dashboards.page_context import page_context
from reports.dashboards.page_params import Asked, ask
from reports.dashboards.presenters import indicators as indicator_page
from reports.dashboards.presenters import targets as page
from reports.dashboards.target_forms import AssessmentForm, DefinitionForm, OwnerForm, PathForm, ReleaseForm
from reports.figures.indicator_aggregation import Measures, value_of
from reports.figures.target_standing import (
    TargetStanding,
    hidden_from,
    path_by,
    promise_of,
    shown_to,
    target_standings,
)
from reports.figures.targets import targets_in_force
from tasks.agencies.models import Agency
from tasks.errors import Conflict, Problems
from tasks.indicators.actions import assign_owner, define, release_owners
from tasks.indicators.models import Indicator, Target
from tasks.indicators.queries import Points, definitions_in, path_points
from tasks.indicators.target_actions import assess, set_path
from tasks.people.permissions import may_manage_figures
from tasks.plans.models import Task
from tasks.values import Quarter
from tasks.web.forms import add_problems, tell_conflict


@require_GET
def target_list(request: HttpRequest, slug: str) -> HttpResponse:
    """目标: every promise of the plan, with its figure, path and status."""
    asked = ask(request, slug)
    standings = shown_to(asked.user, target_standings(asked.plan, asked.quarter, known_at=asked.known_at))
    groups = page.listed(asked, standings)
    context = page_context(
        asked,
        "targets",
        lede=page.lede(groups),
        groups=groups,
        indicators=indicator_page.listed(asked),
    )
    return render(request, "rollup/targets.html", context)


@dataclass(frozen=True)
class _Place:
    """One target, as of the quarter asked for."""

    asked: Asked
    target: Target
    measures: Measures
    standing: TargetStanding
    points: Points

    @property
    def url(self) -> str:
        return reverse("target", args=[self.asked.plan.slug, self.target.order]) + self.asked.query()


def _place(request: HttpRequest, slug: str, order: int) -> _Place:
    asked = ask(request, slug)
    target = next(
        (one for one in targets_in_force(asked.plan, asked.quarter, asked.known_at) if one.order == order),
        None,
    )
    if target is None:
        raise Http404(_("方案在这个季度没有这个目标。"))
    measures = Measures(asked.plan, asked.quarter, known_at=asked.known_at)
    standings = target_standings(asked.plan, asked.quarter, known_at=asked.known_at, measures=measures)
    points = path_points(asked.plan.pk, asked.quarter, known_at=asked.known_at)
    return _Place(
        asked,
        target,
        measures,
        next(one for one in standings if one.target.order == order),
        points.get(order, Points()),
    )


@require_GET
def target(request: HttpRequest, slug: str, order: int) -> HttpResponse:
    """One promise: its words, its figure over time against its path, and every return behind the figure."""
    place = _place(request, slug, order)
    asked, standing = place.asked, place.standing
    context = page_context(
        asked,
        "targets",
        crumbs=[(_("目标"), reverse("target_list", args=[asked.plan.slug]) + asked.query())],
        target=place.target,
        row=page.row(asked, standing),
        facts=page.facts(standing),
        assessments=[page.assessed(asked, standing, one) for one in standing.assessments],
        origins=page.origins(asked, hidden_from(asked.user, standing.origins)),
        chart=_chart(place),
        indicator=indicator_page.about(asked, place.target.indicator_id, place.measures),
        source_anchor=f"p-{standing.passage[0]}-{standing.passage[1]}" if standing.passage else "",
        may_manage=may_manage_figures(asked.user),
    )
    return render(request, "rollup/target.html", context)


def _chart(place: _Place) -> dict[str, Any] | None:
    """The figure at each quarter's end beside the path; None where there is nothing to draw."""
    asked, target = place.asked, place.target
    if target.value is None:
        return None
    indicator = place.measures.indicators.get(target.indicator_id or 0)
    path = path_by(promise_of(target, indicator), place.points)
    rows = []
    for quarter in Quarter.span(asked.plan.first_quarter, asked.quarter):
        found = place.measures.of(indicator.pk, quarter) if indicator else None
        actual = value_of(indicator, found.figure) if indicator and found else None
        rows.append(
            {
                "quarter": quarter,
                "actual": actual,
                "of": found.quarter if found else None,
                "path": path.at(quarter) if path else None,
            }
        )
    return page.chart(place.standing, rows, path)


@require_http_methods(["GET", "POST"])
def target_path(request: HttpRequest, slug: str, order: int) -> HttpResponse:
    """基期 and 路径: the office sets from where a promise starts and where it should stand each year."""
    place = _place(request, slug, order)
    asked = place.asked
    _manager(asked)
    if place.target.value is None:
        raise Http404(_("文字目标没有路径。"))
    if request.method == "POST":
        form = PathForm(request.POST, plan=asked.plan, target=place.target)
        if form.is_valid():
            try:
                set_path(
                    by=asked.user,
                    plan=asked.plan,
                    order=order,
                    said=form.said(),
                    since=form.quarter(),
                    reason=form.cleaned_data["reason"],
                )
            except Problems as problems:
                add_problems(form, problems)
            else:
                messages.success(request, _("已设定路径，原来的保留可查。"))
                return redirect(place.url)
    else:
        form = PathForm.of(asked.plan, place.target, place.points, asked.quarter)
    context = page_context(
        asked, "targets", target=place.target, form=form, url=place.url, row=page.row(asked, place.standing)
    )
    return render(request, "rollup/target_path.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def target_assess(request: HttpRequest, slug: str, order: int) -> HttpResponse:
    """评估: the office's word on a promise that has no figures."""
    place = _place(request, slug, order)
    asked = place.asked
    _manager(asked)
    if not page.may_be_assessed(place.standing):
        raise Http404(_("这个目标有填报的数据，按数据判断，不另评估。"))
    about: dict[str, Any] = {"plan": asked.plan, "last": asked.last_begun}
    if request.method == "POST":
        form = AssessmentForm(request.POST, **about)
        if form.is_valid():
            data = form.cleaned_data
            try:
                assess(
                    by=asked.user,
                    plan=asked.plan,
                    order=order,
                    quarter=Quarter.parse(data["quarter"]),
                    said=form.said(),
                    key=data["key"],
                )
            except Problems as problems:
                add_problems(form, problems)
            except Conflict as conflict:
                tell_conflict(request, conflict, form)
                return redirect(place.url)
            else:
                messages.success(request, _("已记录评估，以前的都保留。"))
                return redirect(place.url)
    else:
        form = AssessmentForm(initial={"key": uuid.uuid4(), "quarter": str(asked.quarter)}, **about)
    context = page_context(
        asked, "targets", target=place.target, form=form, url=place.url, row=page.row(asked, place.standing)
    )
    return render(request, "rollup/target_assess.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def indicator(request: HttpRequest, slug: str, indicator_slug: str) -> HttpResponse:
    """指标: what is measured, how figures are put together, and who files them. POST: what the office changes."""
    asked = ask(request, slug)
    found = get_object_or_404(
        Indicator.objects.select_related("passage"), plan=asked.plan, slug=indicator_slug
    )
    found.plan = asked.plan
    if request.method == "POST":
        _manager(asked)
    tasks = list(Task.objects.filter(plan=asked.plan).order_by("order"))
    stands = definitions_in([found.pk], asked.quarter, known_at=asked.known_at).get(found.pk)
    forms: dict[str, Any] = {
        "define": DefinitionForm.of(asked.plan, stands, asked.quarter),
        "own": OwnerForm(plan=asked.plan, tasks=tasks, initial={"since": str(asked.quarter)}),
        "release": ReleaseForm(plan=asked.plan, initial={"since": str(asked.quarter)}),
    }
    action = request.POST.get("action", "")
    if request.method == "POST":
        if action not in forms:
            raise Http404
        more: dict[str, Any] = {"tasks": tasks} if action == "own" else {}
        forms[action] = type(forms[action])(request.POST, plan=asked.plan, **more)
        if forms[action].is_valid() and _changed(request, asked, found, action, forms[action], tasks):
            return redirect(request.path + asked.query())
    measures = Measures(asked.plan, asked.quarter, known_at=asked.known_at)
    about = indicator_page.about(asked, found.pk, measures)
    if about is None:
        raise Http404
    context = page_context(
        asked,
        "targets",
        crumbs=[(_("目标"), reverse("target_list", args=[asked.plan.slug]) + asked.query())],
        indicator=found,
        about=about,
        history=indicator_page.history(asked, found),
        origins=page.origins(
            asked,
            hidden_from(asked.user, indicator_page.origins_of(asked, measures.at(asked.quarter)[found.pk])),
        ),
        forms=forms if may_manage_figures(asked.user) else {},
        action=action,
        form=forms.get(action),
    )
    wrong = action in forms and forms[action].errors
    return render(request, "rollup/indicator.html", context, status=422 if wrong else 200)


def _changed(
    request: HttpRequest, asked: Asked, found: Indicator, action: str, form: Any, tasks: list[Task]
) -> bool:
    """Whether the write path took it; else its problems stand on the form."""
    data = form.cleaned_data
    about: dict[str, Any] = {
        "by": asked.user,
        "indicator": found,
        "since": form.quarter(),
        "note": data["note"],
    }
    try:
        if action == "define":
            define(said=form.said(), **about)
            messages.success(request, _("已更改口径，原来的保留可查。"))
        elif action == "own":
            agency = Agency.objects.get(pk=data["agency"])
            task = next(task for task in tasks if task.pk == data["task"])
            assign_owner(agency=agency, task=task, beside=data["beside"], **about)
            messages.success(request, _("已指定数据责任单位。"))
        else:
            release_owners(**about)
            messages.success(request, _("已取消，由牵头或配合单位随任务填报。"))
    except Problems as problems:
        add_problems(form, problems)
        return False
    return True


def _manager(asked: Asked) -> None:
    if not may_manage_figures(asked.user):
        raise PermissionDenied(_("指标和目标由领导小组办公室管理。"))
    if asked.is_earlier:
        raise Http404(_("在过去的时点上不能改动。"))
