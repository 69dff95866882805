"""The page of a job: how far it is, how it ended, and where its result stands."""

import uuid

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from qhplan.jobs import Job
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_make_briefs


def visible_jobs(user: User) -> QuerySet[Job]:
    """Its own asker sees a job; those which the office or the system asked for, the office."""
    jobs = Job.objects.select_related("asked_by")
    return jobs if may_make_briefs(user) else jobs.filter(asked_by=user)


@never_cache
@require_GET
def job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The whole page, or for htmx the part that replaces itself every second until the job has ended.

    When it ends, the page that shows it is loaded anew, because everything else on it may have changed with the job.
    """
    found = get_object_or_404(visible_jobs(signed_in(request)), pk=pk)
    context = {
        "nav": "",
        "job": found,
        "url": reverse("job", args=[pk]),
        "result_url": _result_url(found),
        "result_text": _("去看结果"),
    }
    if not getattr(request, "htmx", False):
        return render(request, "jobs/job.html", context)
    response = render(request, "_parts/job.html", context)
    if found.finished:
        response["HX-Refresh"] = "true"
    return response


def _result_url(found: Job) -> str:
    for kind in ("brief", "notice"):
        if kind in found.args:
            return reverse(kind, args=[found.args[kind]])
    return ""
