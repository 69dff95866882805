"""Pages of adjustments 调整: list, detail, decision, and the forms to propose one."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qhplan import clock
from tasks.adjustments import actions, labels
from tasks.adjustments.filters import AdjustmentFilter
from tasks.adjustments.forms import (
    DeadlineForm,
    DecideForm,
    DutiesForm,
    ProposalForm,
    TargetForm,
    WithdrawalForm,
)
from tasks.adjustments.models import Adjustment, AdjustmentState
from tasks.adjustments.queries import content_of, duties_at, promise_of, target_at, term_at
from tasks.adjustments.reform_preview import names_of
from tasks.adjustments.values import TermChange, plain
from tasks.errors import Conflict, Problems
from tasks.indicators.models import Target
from tasks.people import permissions
from tasks.people.access import allowed, signed_in
from tasks.plans.models import Plan, Task, TermStatus
from tasks.submissions.models import State, Submission
from tasks.values import Period
from tasks.web.acting import refusals_on
from tasks.web.forms import add_problems

PER_PAGE = 25


def _plan(slug: str) -> Plan:
    return get_object_or_404(Plan.objects.defer("text"), slug=slug)


def _default_quarter(plan: Plan) -> Period:
    """The default quarter of a proposal: the current one, within the plan's term."""
    return plan.period_at(clock.today())


# -- reading ------------------------------------------------------------------------------------------------


@require_safe
@allowed(permissions.may_see_plan)
def adjustment_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Lists the plan's adjustments that the user may see, the latest first."""
    user = signed_in(request)
    plan = _plan(slug)
    rows = (
        Adjustment.objects.filter(plan=plan)
        .visible_to(user)
        .select_related("plan", "proposed_by", "decided_by")
    )
    filtered = AdjustmentFilter(
        request.GET, queryset=rows.defer("plan__text").order_by("-id"), request=request
    )
    page = Paginator(filtered.qs, PER_PAGE).get_page(request.GET.get("page"))
    may_propose = permissions.may_propose_adjustments(user)
    context = {
        "plan": plan,
        "filter": filtered,
        "page_obj": page,
        "rows": labels.shown(list(page.object_list)),
        "may_decide": permissions.may_decide_adjustments(user),
        "may_propose": may_propose,
        "targets": _targets(plan) if may_propose else [],
        "tasks": list(Task.objects.filter(plan=plan).order_by("order")) if may_propose else [],
    }
    return render(request, "adjusting/list.html", context)


def _targets(plan: Plan) -> list[Target]:
    """The current targets, as choices."""
    quarter = _default_quarter(plan)
    return list(
        Target.objects.filter(
            plan=plan, valid__contains=quarter.ordinal, known__contains=clock.now()
        ).order_by("order")
    )


@require_safe
@allowed(permissions.may_see_plan)
def adjustment(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Shows one adjustment: the changes, its quarter, document number, proposer and decision."""
    return _detail(request, slug, pk, DecideForm())


def _detail(
    request: HttpRequest, slug: str, pk: int, form: DecideForm, *, conflict: str = "", status: int = 200
) -> HttpResponse:
    user = signed_in(request)
    row = get_object_or_404(
        Adjustment.objects.visible_to(user)
        .select_related("plan", "proposed_by", "decided_by")
        .defer("plan__text"),
        plan__slug=slug,
        pk=pk,
    )
    may_decide = permissions.may_decide_adjustments(user)
    waits = row.state == AdjustmentState.PROPOSED
    (shown,) = labels.shown([row], with_accounts=may_decide)
    context = {
        "plan": row.plan,
        "row": row,
        "shown": shown,
        "may_decide": waits and permissions.may_decide_adjustment_of(user, row.proposed_by_id),
        "may_withdraw": waits and row.proposed_by_id == user.pk,
        "is_own": waits and may_decide and row.proposed_by_id == user.pk,
        "uncounted": _uncounted(row) if waits else 0,
        "form": form,
        "conflict": conflict,
    }
    return render(request, "adjusting/detail.html", context, status=status)


def _uncounted(row: Adjustment) -> int:
    """The number of submissions that would no longer count if the task is withdrawn."""
    content = content_of(row)
    if not isinstance(content, TermChange) or content.after.status != TermStatus.WITHDRAWN:
        return 0
    return Submission.objects.filter(
        task=content.task_id, quarter__gte=row.effective, state__in=[State.SUBMITTED, State.ACCEPTED]
    ).count()


@require_POST
@allowed(permissions.may_decide_adjustments)
def adjustment_decide(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Approves, rejects or withdraws an adjustment."""
    user = signed_in(request)
    row = get_object_or_404(Adjustment.objects.visible_to(user), plan__slug=slug, pk=pk)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _detail(request, slug, pk, form, status=422)
    acts: dict[str, tuple[Callable[..., Adjustment], str]] = {
        "approve": (actions.approve, _("已批准，自%(quarter)s起生效。")),
        "reject": (actions.reject, _("已办为不批准。")),
        "withdraw": (actions.withdraw, _("已撤回。")),
    }
    act, message = acts[form.cleaned_data["action"]]
    try:
        act(by=user, adjustment=row, note=form.cleaned_data["note"])
    except Problems as problems:
        add_problems(form, problems)
        return _detail(request, slug, pk, form, status=422)
    except Conflict as conflict:
        return _detail(request, slug, pk, form, conflict=str(conflict), status=409)
    messages.success(request, message % {"quarter": row.effective.label})
    return redirect("adjustment", slug, pk)


# -- proposing ----------------------------------------------------------------------------------------------


def _propose(
    request: HttpRequest, plan: Plan, form: ProposalForm, act: Callable[[], Adjustment], **context: Any
) -> HttpResponse:
    """Shows the form; a valid POST calls `act` and redirects to the new adjustment."""
    if request.method == "POST" and form.is_valid():
        with refusals_on(form) as outcome:
            proposed = act()
        if outcome.is_done:
            messages.success(request, _("已提出，须由另一个人批准后才生效。"))
            return redirect("adjustment", plan.slug, proposed.pk)
    status = 422 if form.errors else 200
    home = reverse("adjustment_list", args=[plan.slug])
    return render(
        request,
        "adjusting/propose.html",
        {"plan": plan, "form": form, "home": home, **context},
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_propose_adjustments)
def adjust_target(request: HttpRequest, slug: str, order: int) -> HttpResponse:
    """Proposes another text or value of a target."""
    plan = _plan(slug)
    quarter = _default_quarter(plan)
    row = target_at(plan, order, quarter, clock.now())
    if row is None:
        raise Http404(_("没有这项目标。"))
    before = promise_of(row)
    form = TargetForm(
        request.POST or None,
        plan=plan,
        initial={
            "effective": str(quarter),
            "text": before.text,
            "comparison": before.comparison,
            "value": None if before.value is None else plain(before.value),
            "unit": before.unit,
        },
    )
    return _propose(
        request,
        plan,
        form,
        lambda: actions.propose_target(
            by=signed_in(request), plan=plan, order=order, promise=form.promise(), **form.common()
        ),
        title=_("调整目标"),
        now_in_force=f"{before.text}（{labels.number(before)}）",
    )


def _task(slug: str, ref: str) -> Task:
    return get_object_or_404(
        Task.objects.select_related("plan").defer("plan__text"), plan__slug=slug, ref=ref
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_propose_adjustments)
def adjust_duties(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """Proposes other duties on a task. The page lists the agencies of the requested quarter."""
    task = _task(slug, ref)
    effective = (request.POST if request.method == "POST" else request.GET).get("effective", "")
    try:
        quarter = task.plan.quarter(effective) if effective else _default_quarter(task.plan)
    except ValueError as error:
        raise Http404(str(error)) from error
    present = duties_at(task.pk, quarter, clock.now())
    form = DutiesForm(
        request.POST or None,
        plan=task.plan,
        present=present,
        names=names_of(present, quarter),
        initial={"effective": str(quarter)},
    )
    return _propose(
        request,
        task.plan,
        form,
        lambda: actions.propose_duties(
            by=signed_in(request), task=task, duties=form.duties(), **form.common()
        ),
        title=_("调整 %(code)s 的责任") % {"code": task.code},
        task=task,
        effective=quarter,
        quarters=form.fields["effective"].choices,  # type: ignore[attr-defined]
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_propose_adjustments)
def adjust_deadline(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """Proposes another deadline for a task."""
    task = _task(slug, ref)
    quarter = _default_quarter(task.plan)
    before = term_at(task.pk, quarter, clock.now())
    form = DeadlineForm(
        request.POST or None,
        plan=task.plan,
        initial={"effective": str(quarter), "deadline": before.deadline},
    )
    return _propose(
        request,
        task.plan,
        form,
        lambda: actions.propose_deadline(
            by=signed_in(request), task=task, deadline=form.cleaned_data["deadline"], **form.common()
        ),
        title=_("调整 %(code)s 的期限") % {"code": task.code},
        task=task,
        now_in_force=labels.day_word(before),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_propose_adjustments)
def adjust_withdrawal(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """Proposes to withdraw a task, or to resume a withdrawn one."""
    task = _task(slug, ref)
    quarter = _default_quarter(task.plan)
    before = term_at(task.pk, quarter, clock.now())
    restore = before.status == TermStatus.WITHDRAWN
    form = WithdrawalForm(request.POST or None, plan=task.plan, initial={"effective": str(quarter)})
    return _propose(
        request,
        task.plan,
        form,
        lambda: actions.propose_withdrawal(
            by=signed_in(request), task=task, restore=restore, **form.common()
        ),
        title=(_("恢复 %(code)s") if restore else _("撤销 %(code)s")) % {"code": task.code},
        task=task,
        now_in_force=labels.status_word(before.status),
        warning=""
        if restore
        else _("撤销后各单位不再填报这项任务，任何合计都不再计入；已报的填报仍可查看，归属不变。"),
    )
