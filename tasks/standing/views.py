"""报送进度 and 重新开启: the office's view of who has filed what, and opening a closed quarter again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.cycles.models import Cycle, Extension, ExtensionState
from tasks.cycles.page_params import latest_quarter, quarter_or_default
from tasks.people.access import allowed
from tasks.people.permissions import may_review
from tasks.plans.plan_resolver import plan_asked
from tasks.standing.progress import STATES, body_columns, by_body, by_task, owed_returns, task_columns
from tasks.submissions.marks import mark_columns, marks
from tasks.submissions.models import Version
from tasks.web.sorting import sort_rows


@require_GET
@allowed(may_review)
def progress(request: HttpRequest) -> HttpResponse:
    """Every return owed in ?q=, by agency or (?by=task) by task; ?agency= lists one agency's."""
    plan = plan_asked(request)
    if plan is None:
        return render(request, "filing/no_plan.html")
    quarter = quarter_or_default(request.GET.get("q", ""), plan)
    now = clock.now()
    returns = owed_returns(plan, quarter, now=now)
    names = {agency_id: name.short for agency_id, name in names_at(quarter).items()}
    asked = request.GET.get("agency", "")
    chosen = next((one.agency for one in returns if one.agency.slug == asked), None)
    by = "task" if request.GET.get("by") == "task" else "body"
    cycle = Cycle.objects.filter(plan=plan, quarter=quarter).first()
    filed = sum(one.is_filed for one in returns)
    own = [one for one in returns if one.agency == chosen] if chosen else []
    last = Version.objects.filter(submission__in=[one.submission_id for one in own]).current()
    marked = {version.submission_id: marks(version) for version in last.annotate(**mark_columns())}
    columns: dict[str, Callable[[Any], Any]] = body_columns(names) if by == "body" else task_columns(names)
    return render(
        request,
        "filing/progress.html",
        {
            "plan": plan,
            "quarter": quarter,
            "latest": latest_quarter(plan),
            "cycle": cycle,
            "is_open": cycle is not None and cycle.is_open(now),
            "asked_extensions": Extension.objects.filter(cycle=cycle, state=ExtensionState.ASKED).count()
            if cycle
            else 0,
            "by": by,
            "names": names,
            "due": len(returns),
            "filed": filed,
            "overdue": sum(one.late and not one.is_filed for one in returns),
            "sections": [
                replace(section, lines=tuple(sort_rows(request.GET, columns, section.lines)))
                for section in (by_body(returns) if by == "body" and chosen is None else [])
            ],
            "tasks": sort_rows(request.GET, columns, by_task(returns))
            if by == "task" and chosen is None
            else [],
            "states": STATES,
            "chosen": chosen,
            "own": [(one, marked.get(one.submission_id or 0, [])) for one in own],
        },
    )
