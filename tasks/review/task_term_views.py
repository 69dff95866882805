"""销号 and 长期坚持: the page on which the office closes tasks, keeps others up and reviews these every year."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qhplan import clock
from tasks import typed
from tasks.agencies.queries import names_at
from tasks.errors import Conflict, Problems
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_decide_for, may_review
from tasks.people.queries import office_agency_ids
from tasks.plans.models import ENDED, Task, TermStatus
from tasks.plans.plan_resolver import address, plan_asked
from tasks.review import task_terms

_ACTIONS: dict[str, tuple[Callable[..., Any], str]] = {
    "close": (task_terms.close, "reason"),
    "open_again": (task_terms.open_again, "reason"),
    "keep_up": (task_terms.keep_up, "reason"),
    "review": (task_terms.review, "finding"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_review)
def terms(request: HttpRequest) -> HttpResponse:
    """What is done and could be closed, what is closed, what is kept up; POST changes one task."""
    user = signed_in(request)
    plan = plan_asked(request)
    if plan is None:
        return render(request, "filing/no_plan.html")
    errors: list[str] = []
    status = 200
    text = typed.reason(request.POST.get("text", ""))
    action = request.POST.get("action", "")
    if request.method == "POST":
        task = get_object_or_404(Task, plan=plan, ref=request.POST.get("task", "")[:20])
        if action not in _ACTIONS:
            raise Http404
        act, name = _ACTIONS[action]
        try:
            act(by=user, task=task, **{name: text})
        except Problems as error:
            errors, status = [f"{task.code} {problem.message}" for problem in error.problems], 422
        except Conflict as error:
            errors, status = [str(error)], 409
        except PermissionDenied:
            raise
        else:
            messages.success(request, _("%(code)s 已记下。") % {"code": task.code})
            return redirect(address("terms", plan))
    now = clock.now()
    quarter = task_terms.current_quarter(plan, now)
    offices = office_agency_ids(plan.pk)
    names = {agency_id: name.short for agency_id, name in names_at(quarter).items()}
    states = task_terms.task_states(plan, now=now)
    rows: list[dict[str, Any]] = [
        {
            "state": one,
            "lead": names.get(one.lead_id or 0, ""),
            "may": one.lead_id is not None and may_decide_for(user, one.lead_id, offices),
            "reviewed": one.reviewed_in(now.year),
            "open": errors and request.POST.get("task") == one.task.ref,
        }
        for one in states
    ]
    return render(
        request,
        "filing/terms.html",
        {
            "plan": plan,
            "quarter": quarter,
            "year": now.year,
            "done": [row for row in rows if row["state"].is_done],
            "kept": [row for row in rows if row["state"].status == TermStatus.LONG_TERM],
            "ended": [row for row in rows if row["state"].status in ENDED],
            "running": [
                row for row in rows if row["state"].status == TermStatus.OPEN and not row["state"].is_done
            ],
            "errors": errors,
            "typed": text,
            "action": action,
        },
        status=status,
    )
