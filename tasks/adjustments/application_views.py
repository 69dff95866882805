"""Pages of applications 申请: the office's opinion, and the applicant's files."""

import uuid

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tasks.adjustments import applications
from tasks.adjustments.forms import FilesForm, OpinionForm
from tasks.adjustments.models import Adjustment, AdjustmentFile
from tasks.adjustments.views import detail_page
from tasks.files import jobs
from tasks.files.serving import hand_out
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_file, may_propose_adjustments, may_see_plan
from tasks.web.acting import refusals_on


def _row(request: HttpRequest, slug: str, pk: int) -> Adjustment:
    return get_object_or_404(Adjustment.objects.visible_to(signed_in(request)), plan__slug=slug, pk=pk)


@require_POST
@allowed(may_propose_adjustments)
def application_opinion(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Writes the office's opinion on an application."""
    row = _row(request, slug, pk)
    form = OpinionForm(request.POST)
    status = 422
    if form.is_valid():
        with refusals_on(form) as outcome:
            applications.give_opinion(by=signed_in(request), adjustment=row, **form.cleaned_data)
        if outcome.is_done:
            messages.success(request, _("拟办意见已签署，由另一个人决定；决定以前可以改写。"))
            return redirect("adjustment", slug, pk)
        status = outcome.status
    return detail_page(request, slug, pk, opinion=form, status=status)


@require_POST
@allowed(may_file)
def application_attach(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Adds files to an application of the reader's agency."""
    row = _row(request, slug, pk)
    form = FilesForm(request.POST, request.FILES)
    status = 422
    if form.is_valid():
        with refusals_on(form) as outcome, transaction.atomic():
            made = applications.attach(
                by=signed_in(request), adjustment=row, uploads=form.cleaned_data["attachments"]
            )
            jobs.ask_scan()
        if outcome.is_done:
            messages.success(request, _("已上传 %(n)d 件附件。") % {"n": len(made)})
            return redirect("adjustment", slug, pk)
        status = outcome.status
    return detail_page(request, slug, pk, files=form, status=status)


@require_POST
@allowed(may_file)
def application_detach(request: HttpRequest, slug: str, pk: int, file: uuid.UUID) -> HttpResponse:
    """Takes a file of an undecided application away."""
    user = signed_in(request)
    kept = AdjustmentFile.objects.visible_to(user).select_related("file", "adjustment")
    one = get_object_or_404(kept, adjustment__plan__slug=slug, adjustment=pk, file=file)
    form = FilesForm()
    form.full_clean()
    with refusals_on(form, told_to=request) as outcome:
        applications.detach(by=user, file=one)
    if outcome.is_done:
        messages.success(request, _("已删除“%(name)s”。") % {"name": one.file.name})
    return redirect("adjustment", slug, pk)


@require_GET
@allowed(may_see_plan)
def application_file(request: HttpRequest, slug: str, pk: int, file: uuid.UUID) -> FileResponse:
    """A file of an application, as an attachment."""
    seen = AdjustmentFile.objects.visible_to(signed_in(request)).select_related("file")
    return hand_out(get_object_or_404(seen, adjustment__plan__slug=slug, adjustment=pk, file=file).file)
