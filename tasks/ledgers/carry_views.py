"""The page on which the office carries unfinished tasks over to a later plan."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tasks.errors import Conflict, Problem, Problems
from tasks.files.jobs import ask_scan
from tasks.ledgers import carrying
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_backfill
from tasks.plans.models import Plan, Task


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_backfill)
def carry(request: HttpRequest, slug: str) -> HttpResponse:
    """The unfinished tasks with ticks; what was ticked is carried over, or handed to the import of the next plan."""
    plan = get_object_or_404(Plan.objects.defer("text"), slug=slug)
    later = {one.slug: one for one in carrying.later_plans(plan, signed_in(request))}
    asked = request.POST.get("to") or request.GET.get("to") or next(iter(later), "")
    chosen = later.get(asked)
    problems: list[str] = []
    status = 200
    if request.method == "POST":
        try:
            answer = _act(request, plan, chosen)
        except Problems as refused:
            problems, status = [one.message for one in refused.problems], 422
        except Conflict as conflict:
            problems, status = [str(conflict)], 409
        else:
            return answer
    rows = carrying.unfinished(plan, chosen)
    context = {
        "of": plan,
        "later": later.values(),
        "chosen": chosen,
        "rows": rows,
        "targets": Task.objects.filter(plan=chosen).order_by("order") if chosen else (),
        "title": request.POST.get("title", ""),
        "problems": [{"text": text} for text in problems],
        "crumbs": [(_("结转"), "")],
    }
    return render(request, "ledgers/carry.html", context, status=status)


def _act(request: HttpRequest, plan: Plan, later: Plan | None) -> HttpResponse:
    user, data = signed_in(request), request.POST
    here = reverse("carry", args=[plan.slug]) + (f"?to={later.slug}" if later else "")
    if data.get("undo"):
        carrying.undo_carry(by=user, carried=_number(data["undo"]))
        messages.success(request, _("已撤销这项结转。"))
    elif data.get("action") == "import":
        ticked = [_number(value) for value in data.getlist("task")]
        with transaction.atomic():
            made = carrying.to_next_plan(by=user, plan=plan, tasks=ticked, title=data.get("title", ""))
            ask_scan()
        return redirect("plan_import", made.pk)
    elif later is None:
        raise Problems([Problem("", _("请选一份以后的方案。"))])
    else:
        made_ = carrying.carry(by=user, plan=plan, later=later, pairs=_pairs(data))
        messages.success(request, _("已结转%(n)d项，两边的任务页都能看到。") % {"n": len(made_)})
    return redirect(here)


def _pairs(data: QueryDict) -> dict[int, int]:
    """{task: later task} of the ticked rows. Raises Problems for one without a later task."""
    pairs = {}
    for value in data.getlist("task"):
        to = data.get(f"to-{value}", "")
        if not to:
            raise Problems([Problem("", _("有勾选的任务没有选结转到哪一项。"))])
        pairs[_number(value)] = _number(to)
    return pairs


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise Problems([Problem("", _("请从列表中选任务。"))])
    return int(text)
