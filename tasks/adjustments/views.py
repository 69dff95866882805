"""Pages of adjustments 调整: list, detail, decision, and the forms to propose one."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qhplan import clock
from tasks.adjustments import actions, applications, labels
from tasks.adjustments.filters import AdjustmentFilter
from tasks.adjustments.forms import (
    ContentForm,
    DeadlineForm,
    DecideForm,
    DutiesForm,
    FilesForm,
    OpinionForm,
    ProposalForm,
    TargetForm,
    WithdrawalForm,
)
from tasks.adjustments.models import Adjustment, AdjustmentFile, AdjustmentState
from tasks.adjustments.queries import content_at, content_of, duties_at, promise_of, target_at, term_at
from tasks.adjustments.reform_preview import names_of
from tasks.adjustments.values import TermChange, plain
from tasks.agencies.queries import name_of
from tasks.errors import Conflict, Problems
from tasks.files import jobs
from tasks.indicators.models import Target
from tasks.people import permissions
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.period_words import speak
from tasks.plans.models import Plan, Task, TermStatus
from tasks.plans.plan_resolver import plan_named
from tasks.submissions.models import State, Submission
from tasks.values import Period
from tasks.web.acting import refusals_on
from tasks.web.forms import add_problems

PER_PAGE = 25


def _plan(slug: str) -> Plan:
    return plan_named(slug)


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
    return detail_page(request, slug, pk)


def detail_page(
    request: HttpRequest,
    slug: str,
    pk: int,
    form: DecideForm | None = None,
    *,
    opinion: OpinionForm | None = None,
    files: FilesForm | None = None,
    conflict: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of one adjustment, with the form that was refused."""
    user = signed_in(request)
    row = get_object_or_404(
        Adjustment.objects.visible_to(user)
        .select_related("plan", "proposed_by", "decided_by", "opinion_by")
        .defer("plan__text"),
        plan__slug=slug,
        pk=pk,
    )
    may_decide = permissions.may_decide_adjustments(user)
    waits = row.state == AdjustmentState.PROPOSED
    applies = row.applicant_id is not None
    (shown,) = labels.shown([row], with_accounts=may_decide)
    context = {
        "plan": row.plan,
        "row": row,
        "shown": shown,
        "may_decide": waits and may_decide_it(user, row),
        "gives_opinion": applies and waits and applications.may_give_opinion(user, row),
        "adds_files": applies and waits and permissions.may_file(user) and user.agency_id == row.applicant_id,
        "applicant": name_of(row.applicant_id, row.effective) if row.applicant_id else "",
        "files": AdjustmentFile.objects.visible_to(user).filter(adjustment=row).select_related("file"),
        "seen_whole": may_decide or user.agency_id == row.applicant_id,
        "opinion_form": opinion or OpinionForm(initial=_opinion(row)),
        "files_form": files or FilesForm(),
        "may_withdraw": waits and row.proposed_by_id == user.pk,
        "is_own": waits and may_decide and row.proposed_by_id == user.pk,
        "uncounted": _uncounted(row) if waits else 0,
        "form": form or DecideForm(),
        "refused": next((one for one in (form, opinion, files) if one is not None and one.errors), None),
        "conflict": conflict,
    }
    return render(request, "adjusting/detail.html", context, status=status)


def may_decide_it(user: User, row: Adjustment) -> bool:
    """Whether the page offers the decision: of an application once the office's opinion is there."""
    if row.applicant_id is None:
        return permissions.may_decide_adjustment_of(user, row.proposed_by_id)
    return bool(row.opinion) and applications.may_decide_application(user, row)


def _opinion(row: Adjustment) -> dict[str, Any]:
    """What the office wrote before, to be rewritten; of a new one nothing is chosen."""
    if row.agrees is None:
        return {}
    return {"agrees": "yes" if row.agrees else "no", "opinion": row.opinion}


def _uncounted(row: Adjustment) -> int:
    """The number of submissions that would no longer count if the task is withdrawn."""
    content = content_of(row)
    if not isinstance(content, TermChange) or content.after.status != TermStatus.WITHDRAWN:
        return 0
    return Submission.objects.filter(
        task=content.task_id, quarter__gte=row.effective, state__in=[State.SUBMITTED, State.ACCEPTED]
    ).count()


@require_POST
@allowed(permissions.may_see_plan)
def adjustment_decide(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Approves, rejects or withdraws an adjustment."""
    user = signed_in(request)
    row = get_object_or_404(Adjustment.objects.visible_to(user), plan__slug=slug, pk=pk)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return detail_page(request, slug, pk, form, status=422)
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
        return detail_page(request, slug, pk, form, status=422)
    except Conflict as conflict:
        return detail_page(request, slug, pk, form, conflict=str(conflict), status=409)
    messages.success(request, message % {"quarter": row.effective.label})
    return redirect("adjustment", slug, pk)


# -- proposing ----------------------------------------------------------------------------------------------


def _applies(request: HttpRequest, task: Task | None) -> bool:
    """Whether the reader applies, for an agency that leads the task, where the office proposes. Raises
    PermissionDenied for whoever may do neither."""
    user = signed_in(request)
    if permissions.may_propose_adjustments(user):
        return False
    if not applications.may_apply(user, task, clock.now()):
        raise PermissionDenied(_("调整由领导小组办公室提出，或由任务的牵头单位申请。"))
    return True


def _typed(request: HttpRequest) -> tuple[Any, Any]:
    """What was posted to a form: fields and files."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _propose(
    request: HttpRequest, plan: Plan, form: ProposalForm, act: Callable[[], Adjustment], **context: Any
) -> HttpResponse:
    """Shows the form; a valid POST calls `act` and redirects to the new adjustment."""
    if request.method == "POST" and form.is_valid():
        with refusals_on(form) as outcome, transaction.atomic():
            proposed = act()
            jobs.ask_scan()
        if outcome.is_done:
            if context["applies"]:
                messages.success(
                    request, _("申请已提交。请打印申请表盖章，把扫描件上传到本页；批准以前可以撤回。")
                )
            else:
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
@allowed(permissions.may_start_adjustments)
def adjust_target(request: HttpRequest, slug: str, order: int) -> HttpResponse:
    """Proposes another text or value of a target."""
    plan = _plan(slug)
    quarter = _default_quarter(plan)
    row = target_at(plan, order, quarter, clock.now())
    if row is None:
        raise Http404(_("没有这项目标。"))
    applies = _applies(request, row.task)
    before = promise_of(row)
    form = TargetForm(
        *_typed(request),
        plan=plan,
        applies=applies,
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
        applies=applies,
        task=row.task if applies else None,
        title=_("申请调整目标") if applies else _("调整目标"),
        now_in_force=f"{before.text}（{labels.number(before)}）",
    )


def _task(slug: str, ref: str) -> Task:
    task = get_object_or_404(
        Task.objects.select_related("plan").defer("plan__text"), plan__slug=slug, ref=ref
    )
    speak(task.plan.kind)
    return task


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_start_adjustments)
def adjust_duties(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """Proposes other duties on a task. The page lists the agencies of the requested quarter."""
    task = _task(slug, ref)
    applies = _applies(request, task)
    effective = (request.POST if request.method == "POST" else request.GET).get("effective", "")
    try:
        quarter = task.plan.quarter(effective) if effective else _default_quarter(task.plan)
    except ValueError as error:
        raise Http404(str(error)) from error
    present = duties_at(task.pk, quarter, clock.now())
    form = DutiesForm(
        *_typed(request),
        plan=task.plan,
        applies=applies,
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
        applies=applies,
        title=(_("申请调整 %(code)s 的责任") if applies else _("调整 %(code)s 的责任")) % {"code": task.code},
        task=task,
        effective=quarter,
        quarters=form.fields["effective"].choices,  # type: ignore[attr-defined]
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_start_adjustments)
def adjust_deadline(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """Proposes another deadline for a task."""
    task = _task(slug, ref)
    applies = _applies(request, task)
    quarter = _default_quarter(task.plan)
    before = term_at(task.pk, quarter, clock.now())
    form = DeadlineForm(
        *_typed(request),
        plan=task.plan,
        applies=applies,
        initial={"effective": str(quarter), "deadline": before.deadline},
    )
    return _propose(
        request,
        task.plan,
        form,
        lambda: actions.propose_deadline(
            by=signed_in(request), task=task, deadline=form.cleaned_data["deadline"], **form.common()
        ),
        applies=applies,
        title=(_("申请 %(code)s 延期") if applies else _("调整 %(code)s 的期限")) % {"code": task.code},
        task=task,
        now_in_force=labels.day_word(before),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_start_adjustments)
def adjust_content(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """Proposes other words for what a task asks."""
    task = _task(slug, ref)
    applies = _applies(request, task)
    quarter = _default_quarter(task.plan)
    form = ContentForm(*_typed(request), plan=task.plan, applies=applies, initial={"effective": str(quarter)})
    return _propose(
        request,
        task.plan,
        form,
        lambda: actions.propose_content(
            by=signed_in(request), task=task, text=form.cleaned_data["text"], **form.common()
        ),
        applies=applies,
        title=(_("申请调整 %(code)s 的内容") if applies else _("调整 %(code)s 的内容")) % {"code": task.code},
        task=task,
        now_in_force=content_at(task.pk, quarter, clock.now()) or _("按方案原文"),
    )


def _withdrawal_title(applies: bool, restore: bool) -> str:
    if restore:
        return _("申请恢复 %(code)s") if applies else _("恢复 %(code)s")
    return _("申请终止 %(code)s") if applies else _("撤销 %(code)s")


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_start_adjustments)
def adjust_withdrawal(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """Proposes to withdraw a task, or to resume a withdrawn one."""
    task = _task(slug, ref)
    applies = _applies(request, task)
    quarter = _default_quarter(task.plan)
    before = term_at(task.pk, quarter, clock.now())
    restore = before.status == TermStatus.WITHDRAWN
    form = WithdrawalForm(
        *_typed(request), plan=task.plan, applies=applies, initial={"effective": str(quarter)}
    )
    return _propose(
        request,
        task.plan,
        form,
        lambda: actions.propose_withdrawal(
            by=signed_in(request), task=task, restore=restore, **form.common()
        ),
        applies=applies,
        title=_withdrawal_title(applies, restore) % {"code": task.code},
        task=task,
        now_in_force=labels.status_word(before.status),
        warning=""
        if restore
        else _("撤销后各单位不再填报这项任务，任何合计都不再计入；已报的填报仍可查看，归属不变。"),
    )
