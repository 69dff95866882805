"""登记议定事项: what a meeting decided, in one table."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reports.coordination.models import CoordinationRequest
from reports.coordination.transitions import MEET
from reports.supervision import jobs
from reports.supervision.form_choices import bodies_for
from reports.supervision.resolution_forms import ResolutionTable
from tasks.errors import Conflict, Problems
from tasks.people.access import allowed, signed_in, slug_asked
from tasks.people.permissions import may_transcribe
from tasks.period_words import speak
from tasks.plans.models import Task
from tasks.plans.queries import published_for


@require_http_methods(["GET", "POST"])
@allowed(may_transcribe)
def resolutions(request: HttpRequest) -> HttpResponse:
    """Several at once: each on a request, a task or nothing. `id` names requests that the rows begin with."""
    user = signed_in(request)
    slug, seen = slug_asked(request, "plan"), published_for(user)
    plan = seen.filter(slug=slug).first() if slug else seen.first()
    if plan is None:
        raise Http404(_("没有这个方案。"))
    speak(plan.kind)
    open_ones = CoordinationRequest.objects.visible_to(user).filter(plan=plan, state__in=MEET.sources)
    found = {one.pk: (one, f"{one.task.code} {one.text[:40]}") for one in open_ones.for_page()}
    asked = [
        int(one) for one in request.GET.getlist("id") if one.isascii() and one.isdecimal() and len(one) < 19
    ]
    table = ResolutionTable(
        request.POST or None,
        requests=found,
        tasks=list(Task.objects.filter(plan=plan).order_by("order")),
        agencies=bodies_for(user, plan),
        chosen=[pk for pk in asked if pk in found],
    )
    status = 200
    if request.method == "POST":
        status = 422
        if table.is_valid():
            data = table.meeting.cleaned_data
            try:
                made = jobs.ask_resolutions(
                    by=user,
                    plan=plan,
                    meeting=data["meeting"],
                    held_on=data["held_on"],
                    resolutions=table.resolutions(),
                    key=data["key"],
                )
            except Problems as problems:
                table.refuse(problems)
            except Conflict as conflict:
                table.meeting.add_error(None, str(conflict))
                status = 409
            else:
                words = {"n": made.count, "m": len(made.notices)}
                messages.success(request, _("已登记议定事项%(n)d项，其中发督办单%(m)d件。") % words)
                return redirect("instruction_list" if made.instructions else "coordination_list")
    return render(
        request,
        "supervision/resolutions.html",
        {
            "plan": plan,
            "meeting": table.meeting,
            "rows": table.rows,
            "faulty": [row for row in table.rows if row.errors],
        },
        status=status,
    )
