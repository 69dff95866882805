"""Page of a job: progress, state, and a link to its result."""

import re
import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from qhplan.job_queries import visible_jobs
from qhplan.jobs import Job
from tasks.people.access import signed_in

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
