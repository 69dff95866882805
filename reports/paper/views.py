"""Forms on paper, as PDF to print."""

from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from reports.paper.application import application_form
from reports.paper.render import CannotSet
from reports.paper.render import render as set_form
from reports.paper.review import review_sheet
from reports.paper.values import PaperForm
from tasks.adjustments.models import Adjustment
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_decide_adjustments, may_file, may_see_plan
from tasks.submissions.models import Version
from tasks.submissions.permissions import versions_shown_whole


@require_GET
@allowed(may_see_plan)
def application_form_view(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The 申请表 of an application: for those who decide, and for the agency that applied."""
    user = signed_in(request)
    row = get_object_or_404(
        Adjustment.objects.visible_to(user)
        .filter(applicant__isnull=False)
        .select_related("plan", "proposed_by", "opinion_by", "decided_by")
        .defer("plan__text"),
        plan__slug=slug,
        pk=pk,
    )
    if not may_decide_adjustments(user) and not (may_file(user) and user.agency_id == row.applicant_id):
        raise Http404(_("没有这份申请。"))
    with translation.override(settings.LANGUAGE_CODE):
        form = application_form(row)
    return as_pdf(form, _("调整第%(n)d号申请表") % {"n": row.pk})


@require_GET
@allowed(may_see_plan)
def review_sheet_view(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The 审核单 of one version: for those of whom nothing of it is withheld."""
    version = get_object_or_404(
        Version.every.filter(
            pk__in=versions_shown_whole(signed_in(request)).values("pk"), submission=pk, number=number
        )
        .select_related("task__plan", "decided_by")
        .prefetch_related("papers__recorded_by")
    )
    with translation.override(settings.LANGUAGE_CODE):
        form = review_sheet(version)
    return as_pdf(form, _("审核单%(id)s—%(n)s") % {"id": pk, "n": number})


def as_pdf(form: PaperForm, name: str) -> HttpResponse:
    """The form as a file to open and print."""
    return pdf_or_reason(lambda: set_form(form), name)


def pdf_or_reason(make: Callable[[], bytes], name: str) -> HttpResponse:
    """The document as a file; 503 with the reason where it cannot be set."""
    try:
        with translation.override(settings.LANGUAGE_CODE):
            content = make()
    except CannotSet as error:
        return HttpResponse(str(error), status=503, content_type="text/plain; charset=utf-8")
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.pdf"
    answer["Cache-Control"] = "private, no-store"
    return answer
