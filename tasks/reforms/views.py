"""Pages of reforms 机构改革: choose a day, preview its effects, decide open cases, propose; handover of drafts."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qhplan import clock
from tasks.adjustments import actions, reform_preview
from tasks.adjustments.forms import ReformForm
from tasks.adjustments.models import Adjustment, AdjustmentKind, AdjustmentState
from tasks.adjustments.queries import content_of
from tasks.adjustments.reform_preview import CLOSE, NOBODY, Preview
from tasks.adjustments.values import Reform
from tasks.cycles.page_params import quarter_or_default
from tasks.errors import Conflict, Problem, Problems
from tasks.lineage.forms import agency_choices
from tasks.people import permissions
from tasks.people.access import allowed, signed_in
from tasks.plans.models import Plan, Task
from tasks.plans.plan_resolver import plan_asked, plan_named
from tasks.plans.queries import agencies_for
from tasks.reforms.handover import sources, take_over
from tasks.values import Duty, Period, Role
from tasks.web.forms import add_problems


def _plan(slug: str) -> Plan:
    return plan_named(slug)


@require_safe
@allowed(permissions.may_propose_adjustments)
def reform_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Lists the days with lineage edges, and whether their duties have passed."""
    plan = _plan(slug)
    days = reform_preview.days(plan)
    names = reform_preview.names_of(
        {pk for day in days for edge in day.edges for pk in (edge.predecessor_id, edge.successor_id)},
        plan.last_quarter,
    )
    by_day: dict[date, list[Adjustment]] = {}
    for row in Adjustment.objects.filter(plan=plan, kind=AdjustmentKind.REFORM).exclude(
        state__in=[AdjustmentState.REJECTED, AdjustmentState.WITHDRAWN]
    ):
        content = content_of(row)
        assert isinstance(content, Reform)
        by_day.setdefault(content.on, []).append(row)
    today = clock.today()
    context = {
        "plan": plan,
        "days": [
            {
                "on": day.on,
                "quarter": day.quarter,
                "is_ahead": day.on > today,
                "edges": [
                    (edge, names.get(edge.predecessor_id, ""), names.get(edge.successor_id, ""))
                    for edge in day.edges
                ],
                "adjustments": by_day.get(day.on, []),
            }
            for day in days
        ],
    }
    return render(request, "adjusting/reform_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_propose_adjustments)
def reform_page(request: HttpRequest, slug: str, on: str) -> HttpResponse:
    """Previews the effects of a day's edges; POST proposes the reform. Without `edge` all edges of the day count."""
    plan = _plan(slug)
    try:
        day = next((one for one in reform_preview.days(plan) if one.on == date.fromisoformat(on)), None)
    except ValueError:
        day = None
    if day is None:
        raise Http404(_("这一天没有要办理的机构改革。"))
    data = request.POST if request.method == "POST" else request.GET
    picked = set(data.getlist("edge"))
    edges = tuple(edge for edge in day.edges if not picked or str(edge.pk) in picked)
    edge_problems = reform_preview.edge_problems(edges, plan)
    chosen = {name: str(data[name]) for name in data if name.startswith(("pass-", "account-"))}
    shown = reform_preview.preview(plan, reform_preview.Day(day.on, edges), clock.now(), chosen)
    form = ReformForm(request.POST or None)
    problems: list[Problem] = []
    if request.method == "POST" and form.is_valid():
        try:
            proposed = actions.propose_reform(
                by=signed_in(request), plan=plan, edges=edges, answers=chosen, **form.cleaned_data
            )
        except Problems as refused:
            add_problems(form, Problems([one for one in refused.problems if one.field in form.fields]))
            problems = [one for one in refused.problems if one.field not in form.fields]
        else:
            messages.success(request, _("已提出，须由另一个人批准；改革之日到了才能批准。"))
            return redirect("adjustment", plan.slug, proposed.pk)
    elif request.method == "POST":
        problems = reform_preview.answer_problems(shown)
    context = {
        "plan": plan,
        "day": day,
        "quarter_in_force": shown.effective,
        "is_ahead": day.on > clock.today(),
        "form": form,
        "problems": [
            {
                "field_id": one.field if one.field.startswith(("pass-", "account-")) else "",
                "text": _problem_text(one),
            }
            for one in [*problems, *(edge_problems if request.method != "POST" else [])]
        ],
        "shown": shown,
        **_preview_context(plan, day, edges, shown, problems),
    }
    return render(request, "adjusting/reform.html", context, status=422 if form.errors or problems else 200)


def _problem_text(problem: Problem) -> str:
    return f"{problem.row}：{problem.message}" if problem.row else problem.message


def _preview_context(
    plan: Plan, day: reform_preview.Day, edges: Sequence[Any], shown: Preview, problems: Iterable[Problem]
) -> dict[str, Any]:
    """The template context of the preview."""
    wrong = {one.field: one.message for one in problems}
    agency_ids = {pk for edge in day.edges for pk in (edge.predecessor_id, edge.successor_id)}
    agency_ids |= {row.agency_id for row in shown.duties} | {
        int(r.chosen) for r in shown.duties if r.chosen.isdigit()
    }
    names = reform_preview.names_of(agency_ids, max(shown.effective, day.quarter))
    elsewhere = [choice for choice in agency_choices(shown.effective, among=agencies_for(plan)) if choice[0]]
    duties = [
        {
            "key": row.key,
            "task": row.task,
            "duty": str(Duty(row.duty).label),
            "is_lead": row.duty == Duty.LEAD,
            "body": names.get(row.agency_id, ""),
            "to": names.get(int(row.chosen), "") if row.chosen.isdigit() else "",
            "chosen": row.chosen,
            "is_open": row.is_open,
            "options": [
                (
                    str(pk),
                    _("%(name)s（不变）") % {"name": names.get(pk, "")}
                    if pk == row.agency_id
                    else names.get(pk, ""),
                )
                for pk in row.options
            ],
            "nobody": row.duty != Duty.LEAD,
            "since": row.first if row.first != shown.effective else None,
            "filed": row.filed,
            "error": wrong.get(row.key, ""),
        }
        for row in shown.duties
    ]
    return {
        "edges": [
            {
                "row": edge,
                "before": names.get(edge.predecessor_id, ""),
                "after": names.get(edge.successor_id, ""),
                "picked": edge in edges,
            }
            for edge in day.edges
        ],
        "open_duties": [row for row in duties if row["is_open"]],
        "sure_duties": [row for row in duties if not row["is_open"]],
        "elsewhere": elsewhere,
        "nobody": NOBODY,
        "close": CLOSE,
        "accounts": [
            {
                "key": row.key,
                "user": row.user,
                "body": names.get(row.agency_id, ""),
                "roles": [str(Role(role).label) for role in row.user.roles],
                "left": [str(Role(role).label) for role in row.left_behind],
                "chosen": row.chosen,
                "own": str(row.agency_id),
                "options": [(str(pk), names.get(pk, "")) for pk in row.options],
                "error": wrong.get(row.key, ""),
            }
            for row in shown.accounts
        ],
        "drafts": [(head, names.get(head.agency_id, "")) for head in shown.drafts],
        "merged": _merged(shown, names),
        "owed": [
            {"body": names.get(row.agency_id, ""), "task": row.task, "quarter": quarter}
            for row, quarter in zip(shown.owed, shown.owed_quarters, strict=True)
        ],
    }


def _merged(shown: Preview, names: dict[int, str]) -> list[dict[str, Any]]:
    """The cases in which several duties on one task pass to one agency."""
    merged: dict[tuple[int, str], list[reform_preview.DutyRow]] = {}
    for row in shown.duties:
        if row.chosen.isdigit() and row.chosen != str(row.agency_id):
            merged.setdefault((row.task.pk, row.chosen), []).append(row)
    return [
        {
            "task": rows[0].task,
            "bodies": "、".join(names.get(row.agency_id, "") for row in rows),
            "to": names.get(int(chosen), ""),
            "duty": str((Duty.LEAD if any(row.duty == Duty.LEAD for row in rows) else Duty.CO).label),
        }
        for (_task, chosen), rows in merged.items()
        if len(rows) > 1
    ]


# -- the successor ------------------------------------------------------------------------------------------


def _filed_by(request: HttpRequest) -> tuple[Plan, Period]:
    plan = plan_asked(request)
    if plan is None:
        raise Http404(_("还没有载入方案。"))
    return plan, quarter_or_default(request.POST.get("q", "") or request.GET.get("q", ""), plan)


@require_safe
@allowed(permissions.may_file)
def handover(request: HttpRequest) -> HttpResponse:
    """接续填报: lists the drafts and versions that the user's agency may take over from its predecessors."""
    plan, quarter = _filed_by(request)
    user = signed_in(request)
    return _handover(request, plan, quarter, user.acts_for)


def _handover(
    request: HttpRequest,
    plan: Plan,
    quarter: Period,
    agency_id: int,
    *,
    conflict: str = "",
    status: int = 200,
) -> HttpResponse:
    rows = sources(plan, quarter, agency_id)
    names = reform_preview.names_of({row.agency_id for row in rows}, quarter)
    context = {
        "plan": plan,
        "quarter": quarter,
        "rows": [
            {
                "source": row,
                "body": names.get(row.agency_id, ""),
                "duty": str(Duty(row.duty).label),
                "said": " ".join(row.content.done.split())[:120],
                "quarter": row.content.quarter,
            }
            for row in rows
        ],
        "conflict": conflict,
    }
    return render(request, "adjusting/handover.html", context, status=status)


@require_POST
@allowed(permissions.may_file)
def handover_take(request: HttpRequest) -> HttpResponse:
    """Copies one of them into a draft of the user's agency."""
    plan, quarter = _filed_by(request)
    user = signed_in(request)
    task = get_object_or_404(Task, plan=plan, ref=request.POST.get("task", "").replace("\x00", ""))
    body = request.POST.get("body", "")
    try:
        take_over(
            by=user,
            plan=plan,
            quarter=quarter,
            task=task,
            agency_id=int(body) if body.isascii() and body.isdigit() and len(body) < 10 else 0,
        )
    except Conflict as conflict:
        return _handover(request, plan, quarter, user.acts_for, conflict=str(conflict), status=409)
    messages.success(request, _("已复制为本单位的草稿，请核对后提交；原单位的草稿仍在原处。"))
    return redirect("return_edit", plan.slug, str(quarter), task.ref)
