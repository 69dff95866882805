"""Page of a job (progress, state, and a link to its result), and 系统状态."""

import re
import uuid

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from qhplan.job_queries import visible_jobs
from qhplan.jobs import Job, JobState
from qhplan.status import all_checks
from tasks.people import permissions
from tasks.people.access import allowed, signed_in
from tasks.web.paging import page_of

# What a sentence for the reader has, and Django's own reasons have not.
_CHINESE = re.compile("[\u3400-\u9fff]")


@never_cache
@require_GET
def job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The whole page, or for htmx the part that replaces itself every second until the job has ended.

    After the end of the job the surrounding page is reloaded, because the job may have changed everything on it.
    """
    row = get_object_or_404(visible_jobs(signed_in(request)), pk=pk)
    context = {
        "job": row,
        "url": reverse("job", args=[pk]),
        "result_url": _result_url(row),
        "result_text": _("去看结果"),
    }
    if not getattr(request, "htmx", False):
        return render(request, "jobs/job.html", context)
    response = render(request, "_parts/job.html", context)
    if row.finished:
        response["HX-Refresh"] = "true"
    return response


@never_cache
@require_GET
@allowed(permissions.may_manage_accounts)
def status_page(request: HttpRequest) -> HttpResponse:
    """系统状态: what is wrong with the site, and the jobs of the last days. Says nothing of what plans hold."""
    jobs = Job.objects.select_related("asked_by").order_by("-asked_at")
    counts = dict(Job.objects.order_by().values_list("state").annotate(n=Count("pk")))
    state = request.GET.get("state", "")
    if state in JobState.values:
        jobs = jobs.filter(state=state)
    context = {
        "checks": (checks := all_checks()),
        "wrong": [check for check in checks if check.wrong],
        "page_obj": page_of(request, jobs),
        "facets": [
            {
                "label": label,
                "url": f"?state={value}" if value else "?",
                "count": sum(counts.values()) if not value else counts.get(value, 0),
                "current": value == (state if state in JobState.values else ""),
            }
            for value, label in [("", _("全部")), *JobState.choices]
        ],
    }
    return render(request, "jobs/status.html", context)


def _result_url(row: Job) -> str:
    for kind in ("brief", "notice"):
        if kind in row.args:
            return reverse(kind, args=[row.args[kind]])
    return ""


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for what is not there, with the reason where whoever raised it wrote a sentence for the reader. Django's own
    reasons are English, and name models."""
    said = str(exception.args[0]) if exception.args else ""
    reason = said if _CHINESE.search(said) else ""
    return render(request, "404.html", {"reason": reason}, status=404)
