"""目标 and 指标: how the plan's targets stand, where each number comes from, and what the office sets."""

import uuid
from dataclasses import dataclass, replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from reports.dashboards.page_context import page_context
from reports.dashboards.page_params import Asked, ask
from reports.dashboards.presenters import indicators as indicator_page
from reports.dashboards.presenters import targets as page
from reports.dashboards.target_forms import (
    AssessmentForm,
    DefinitionForm,
    IndicatorForms,
    MeasureForm,
    OwnerForm,
    PathForm,
    ReleaseForm,
)
from reports.figures.indicator_aggregation import Measures
from reports.figures.target_standing import (
    TargetStanding,
    hidden_from,
    shown_to,
    target_standings,
)
from reports.figures.targets import compared, targets_in_force
from tasks.agencies.models import Agency
from tasks.errors import Conflict, Problems
from tasks.indicators.actions import assign_owner, define, release_owners
from tasks.indicators.models import Indicator, Target
from tasks.indicators.queries import Points, definitions_in, path_points
from tasks.indicators.target_actions import assess, measure, set_path
from tasks.people.permissions import may_manage_figures
from tasks.plans.models import Plan, Task
from tasks.values import Period
from tasks.web.acting import refusals_on
from tasks.web.forms import add_problems, tell_conflict
from tasks.web.page_extensions import extensions


@dataclass(frozen=True)
class TargetListPage:
    """rollup/targets.html."""

    lede: str
    groups: list[page.TargetGroup]
    indicators: list[indicator_page.IndicatorRow]


@dataclass(frozen=True)
class TargetFormPage:
    """rollup/target_path.html and rollup/target_assess.html. `url` is the target's page."""

    target: Target
    form: PathForm | AssessmentForm | MeasureForm
    url: str
    row: page.TargetRow


@require_GET
def target_list(request: HttpRequest, slug: str) -> HttpResponse:
    """目标: every target of the plan, with its figure, path and status."""
    asked = ask(request, slug)
    standings = shown_to(asked.user, target_standings(asked.plan, asked.quarter, known_at=asked.known_at))
    groups = page.listed(asked, standings)
    shown = TargetListPage(lede=page.lede(groups), groups=groups, indicators=indicator_page.listed(asked))
    return render(request, "rollup/targets.html", page_context(asked, shown))


@dataclass(frozen=True)
class _Found:
    """One target, as of the quarter, with what is known about it."""

    asked: Asked
    target: Target
    measures: Measures
    standing: TargetStanding
    points: Points

    @property
    def url(self) -> str:
        return reverse("target", args=[self.asked.plan.slug, self.target.order]) + self.asked.query()


def _find(request: HttpRequest, slug: str, order: int) -> _Found:
    """404 for a target that is not in force in the quarter."""
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
    return _Found(
        asked,
        target,
        measures,
        next(one for one in standings if one.target.order == order),
        points.get(order, Points()),
    )


@require_GET
def target(request: HttpRequest, slug: str, order: int) -> HttpResponse:
    """One target: its text, its figure over time against its path, and every submission behind the figure."""
    found = _find(request, slug, order)
    asked, standing = found.asked, found.standing
    shown = page.TargetPage(
        target=found.target,
        row=page.row(asked, standing),
        facts=page.facts(standing),
        assessments=[page.assessed(asked, standing, one) for one in standing.assessments],
        origins=page.origins(asked, hidden_from(asked.user, standing.origins)),
        chart=_chart(found),
        indicator=indicator_page.about(asked, found.target.indicator_id, found.measures),
        source_anchor=f"p-{standing.passage[0]}-{standing.passage[1]}" if standing.passage else "",
        may_manage=may_manage_figures(asked.user),
    )
    parts = extensions("target", user=asked.user, plan=asked.plan, target=found.target)
    return render(request, "rollup/target.html", page_context(asked, shown, parts=parts))


def _chart(found: _Found) -> page.Chart | None:
    """The figure at each quarter's end beside the path; None for a target without a number, or with nothing to draw."""
    asked, target = found.asked, found.target
    if target.value is None:
        return None
    indicator = found.measures.indicators.get(target.indicator_id or 0)
    path, lines = None, []
    for quarter in Period.span(asked.plan.first_quarter, asked.quarter):
        measured = found.measures.of(indicator.pk, quarter) if indicator else None
        here = compared(target, measured, found.points, quarter)
        path = here.path
        lines.append(
            page.ChartLine(
                quarter=quarter,
                actual=here.value,
                of=here.quarter,
                path=path.at(quarter) if path else None,
            )
        )
    return page.chart(found.standing, lines, path)


@require_http_methods(["GET", "POST"])
def target_path(request: HttpRequest, slug: str, order: int) -> HttpResponse:
    """基期 and 路径: the office sets where a target starts and where its figure should be each year."""
    found = _find(request, slug, order)
    asked = found.asked
    _manager(asked)
    if found.target.value is None:
        raise Http404(_("文字目标没有序时目标。"))
    if request.method == "POST":
        form = PathForm(request.POST, plan=asked.plan, target=found.target)
        if form.is_valid():
            with refusals_on(form):
                set_path(
                    by=asked.user,
                    plan=asked.plan,
                    order=order,
                    values=form.content(),
                    since=form.quarter(),
                    reason=form.cleaned_data["reason"],
                )
                messages.success(request, _("已设定，原来的保留可查。"))
                return redirect(found.url)
    else:
        form = PathForm.of(asked.plan, found.target, found.points, asked.quarter)
    shown = TargetFormPage(found.target, form, found.url, page.row(asked, found.standing))
    context = page_context(asked, shown)
    return render(request, "rollup/target_path.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def target_assess(request: HttpRequest, slug: str, order: int) -> HttpResponse:
    """评估: the office assesses a target that has no figures."""
    found = _find(request, slug, order)
    asked = found.asked
    _manager(asked)
    if not page.may_be_assessed(found.standing):
        raise Http404(_("这个目标有填报的数据，按数据判断，不另评估。"))
    if request.method == "POST":
        form = AssessmentForm(request.POST, plan=asked.plan, last=asked.last_begun)
        if form.is_valid():
            data = form.cleaned_data
            try:
                assess(
                    by=asked.user,
                    plan=asked.plan,
                    order=order,
                    quarter=Period.parse(data["quarter"]),
                    values=form.content(),
                    key=data["key"],
                )
            except Problems as problems:
                add_problems(form, problems)
            except Conflict as conflict:
                tell_conflict(request, conflict, form)
                return redirect(found.url)
            else:
                messages.success(request, _("已记录评估，以前的都保留。"))
                return redirect(found.url)
    else:
        initial: dict[str, object] = {"key": uuid.uuid4(), "quarter": str(asked.quarter)}
        form = AssessmentForm(plan=asked.plan, last=asked.last_begun, initial=initial)
    shown = TargetFormPage(found.target, form, found.url, page.row(asked, found.standing))
    context = page_context(asked, shown)
    return render(request, "rollup/target_assess.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def target_measure(request: HttpRequest, slug: str, order: int) -> HttpResponse:
    """设指标: the office says what measures a target that has no indicator, and whose leads report it."""
    found = _find(request, slug, order)
    asked = found.asked
    _manager(asked)
    if found.target.indicator_id is not None:
        raise Http404(_("这个目标已设了指标。"))
    own = found.target.task.ref if found.target.task else ""
    initial: dict[str, object] = {
        "unit": found.target.unit,
        "binding": found.target.binding,
        "tasks": [own] if own else [],
    }
    form = MeasureForm(request.POST if request.method == "POST" else None, plan=asked.plan, initial=initial)
    if form.is_valid():
        with refusals_on(form, told_to=request) as outcome:
            measure(
                by=asked.user,
                plan=asked.plan,
                order=order,
                values=form.content(),
                reason=form.cleaned_data["reason"],
            )
        if outcome.is_conflict:
            return redirect(found.url)
        if outcome.is_done:
            messages.success(request, _("已设指标，自下一次填报起由所选任务的牵头单位报数。"))
            return redirect(found.url)
    shown = TargetFormPage(found.target, form, found.url, page.row(asked, found.standing))
    context = page_context(asked, shown)
    return render(request, "rollup/target_measure.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def indicator(request: HttpRequest, slug: str, indicator_slug: str) -> HttpResponse:
    """指标: what is measured, how figures are put together, and which agencies give them. POST: a change by the office."""
    asked = ask(request, slug)
    found = get_object_or_404(
        Indicator.objects.select_related("passage"), plan=asked.plan, slug=indicator_slug
    )
    found.plan = asked.plan
    action = request.POST.get("action", "")
    tasks = list(Task.objects.filter(plan=asked.plan).order_by("order"))
    if request.method == "POST":
        _manager(asked)
        forms = _sent(request.POST, _forms(asked, found, tasks), action, asked.plan, tasks)
        form = forms.named(action)
        if form is not None and form.is_valid() and _change(request, asked, found, form, tasks):
            return redirect(request.path + asked.query())
    else:
        forms = _forms(asked, found, tasks)
    measures = Measures(asked.plan, asked.quarter, known_at=asked.known_at)
    about = indicator_page.about(asked, found.pk, measures)
    if about is None:
        raise Http404
    sent = forms.named(action)
    shown = indicator_page.IndicatorPage(
        indicator=found,
        about=about,
        history=indicator_page.history(asked, found),
        origins=page.origins(
            asked,
            hidden_from(asked.user, indicator_page.origins_of(asked, measures.at(asked.quarter)[found.pk])),
        ),
        forms=forms if may_manage_figures(asked.user) else None,
        action=action,
        form=sent,
    )
    status = 422 if sent is not None and sent.errors else 200
    return render(request, "rollup/indicator.html", page_context(asked, shown), status=status)


def _forms(asked: Asked, found: Indicator, tasks: list[Task]) -> IndicatorForms:
    """The forms of an indicator's page before anything is sent."""
    current = definitions_in([found.pk], asked.quarter, known_at=asked.known_at).get(found.pk)
    since: dict[str, object] = {"since": str(asked.quarter)}
    return IndicatorForms(
        define=DefinitionForm.of(asked.plan, current, asked.quarter),
        own=OwnerForm(plan=asked.plan, tasks=tasks, initial=since),
        release=ReleaseForm(plan=asked.plan, initial=since),
    )


def _sent(
    data: QueryDict, forms: IndicatorForms, action: str, plan: Plan, tasks: list[Task]
) -> IndicatorForms:
    """The same forms with what was sent in the one that `action` names; 404 for an unknown action."""
    match action:
        case "define":
            return replace(forms, define=DefinitionForm(data, plan=plan))
        case "own":
            return replace(forms, own=OwnerForm(data, plan=plan, tasks=tasks))
        case "release":
            return replace(forms, release=ReleaseForm(data, plan=plan))
        case _:
            raise Http404


def _change(
    request: HttpRequest,
    asked: Asked,
    found: Indicator,
    form: DefinitionForm | OwnerForm | ReleaseForm,
    tasks: list[Task],
) -> bool:
    """Carry out what a valid form says. False when the action refuses it; then its problems are on the form."""
    data, since = form.cleaned_data, form.quarter()
    note = data["note"]
    with refusals_on(form) as outcome:
        if isinstance(form, DefinitionForm):
            define(by=asked.user, indicator=found, values=form.content(), since=since, note=note)
            message = _("已更改口径，原来的保留可查。")
        elif isinstance(form, OwnerForm):
            assign_owner(
                by=asked.user,
                indicator=found,
                agency=Agency.objects.get(pk=data["agency"]),
                task=next(task for task in tasks if task.pk == data["task"]),
                since=since,
                note=note,
                beside=data["beside"],
            )
            message = _("已指定数据责任单位。")
        else:
            release_owners(by=asked.user, indicator=found, since=since, note=note)
            message = _("已取消，由牵头或配合单位随任务填报。")
    if not outcome.is_done:
        return False
    messages.success(request, message)
    return True


def _manager(asked: Asked) -> None:
    """Only the office may change indicators and targets, and nothing changes at an earlier moment."""
    if not may_manage_figures(asked.user):
        raise PermissionDenied(_("指标和目标由领导小组办公室管理。"))
    if asked.is_earlier:
        raise Http404(_("在过去的时点上不能改动。"))
