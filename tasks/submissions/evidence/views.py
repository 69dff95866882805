"""Handing out evidence. (The row of the form is in tasks.submissions.evidence.form_row, its address is the form's own.)"""

import uuid
from collections.abc import Sequence

from django.db.models import Model
from django.http import FileResponse, Http404, HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tasks.agencies.models import Agency
from tasks.agencies.queries import names_at
from tasks.audit.log import record
from tasks.cycles.models import Cycle
from tasks.cycles.page_params import quarter_or_default
from tasks.files.archives import Entry, hand_out_zip
from tasks.files.serving import hand_out
from tasks.people.access import signed_in
from tasks.plans.plan_resolver import plan_asked
from tasks.submissions.evidence.queries import Held, files_visible_to, held_by
from tasks.submissions.models import Submission


@require_GET
def evidence(request: HttpRequest, pk: uuid.UUID) -> FileResponse:
    """One file, as an attachment."""
    return hand_out(get_object_or_404(files_visible_to(signed_in(request)), pk=pk))


@require_GET
def return_zip(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The evidence of a return as one ZIP: of the last version that the reader may see, or of ?version=."""
    version = request.GET.get("version", "")
    number = int(version) if version.isascii() and version.isdecimal() and len(version) < 6 else None
    held = held_by(signed_in(request), Submission.objects.filter(pk=pk), number)
    if not held:
        raise Http404
    head = held[0].head
    name = _("%(quarter)s %(task)s 佐证材料") % {"quarter": head.quarter.label, "task": head.task.code}
    return _zip(request, held, name, head, in_folders=False)


@require_GET
def period_zip(request: HttpRequest) -> StreamingHttpResponse:
    """The evidence of a period (?q=) as one ZIP, of all agencies or of one (?agency=), as far as the reader may see it."""
    plan = plan_asked(request)
    if plan is None:
        raise Http404
    quarter = quarter_or_default(request.GET.get("q", ""), plan)
    cycle = get_object_or_404(Cycle, plan=plan, quarter=quarter)
    heads = Submission.objects.filter(cycle=cycle)
    name = _("%(quarter)s 佐证材料") % {"quarter": quarter.label}
    if slug := request.GET.get("agency", ""):
        agency = get_object_or_404(Agency, slug=slug)
        heads = heads.filter(agency=agency)
        shown = names_at(quarter, [agency.pk]).get(agency.pk)
        name = f"{name} {shown.short if shown else agency.slug}"
    held = held_by(signed_in(request), heads)
    if not held:
        raise Http404(_("%(quarter)s没有您可以下载的佐证材料。") % {"quarter": quarter.label})
    return _zip(request, held, name, cycle, in_folders=True)


def _zip(
    request: HttpRequest, held: Sequence[Held], name: str, subject: Model, *, in_folders: bool
) -> StreamingHttpResponse:
    """The files in a folder for each agency and task, and a record of who took them; names stay out of the record."""
    names = names_at(held[0].head.quarter, {one.head.agency_id for one in held})
    entries = []
    for one in held:
        agency = names.get(one.head.agency_id)
        task = f"{one.head.task.code} {one.head.task.heading}"[:60]
        folders = (agency.short if agency else str(one.head.agency_id), task) if in_folders else ()
        entries.append(Entry(folders, one.file))
    data = {"files": len(held), "sha256": [one.file.sha256 for one in held]}
    record(by=signed_in(request), verb="evidence.download", subject=subject, data=data)
    return hand_out_zip(entries, name)
