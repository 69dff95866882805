"""The audit page 留痕: who did what, latest first, and its export. Reading it is recorded as well."""

from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tasks.audit.accesses import recorded_as
from tasks.audit.filters import EventFilter
from tasks.audit.models import Event, Seal
from tasks.audit.presenters import csv_lines, json_lines, rows_of
from tasks.audit.sealing import is_behind
from tasks.people import permissions
from tasks.people.access import allowed
from tasks.web.paging import page_of

# As many days as the page of seals lists.
_DAYS = 60
_FORMATS = {
    "csv": ("text/csv; charset=utf-8", csv_lines),
    "jsonl": ("application/x-ndjson", json_lines),
}


def _asked(request: HttpRequest) -> EventFilter:
    return EventFilter(
        request.GET, queryset=Event.objects.select_related("by").order_by("-id"), request=request
    )


@require_safe
@allowed(permissions.may_read_audit)
def audit(request: HttpRequest) -> HttpResponseBase:
    """Who did what, latest first; nothing here can be changed, by anybody."""
    events = _asked(request)
    page = page_of(request, events.qs)
    context = {
        "filter": events,
        "page_obj": page,
        "rows": rows_of(page.object_list),
        "query": request.GET.urlencode(),
    }
    return recorded_as(render(request, "people/audit.html", context), "audit.read")


@require_safe
@allowed(permissions.may_read_audit)
def audit_export(request: HttpRequest, form: str) -> HttpResponseBase:
    """All entries that the filter of the page finds, as CSV or as JSON lines."""
    content_type, lines = _FORMATS[form]
    response = StreamingHttpResponse(
        lines(_asked(request).qs.iterator(chunk_size=2000)), content_type=content_type
    )
    name = _("操作留痕.%(form)s") % {"form": form}
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    return recorded_as(response, "audit.export")


@require_safe
@allowed(permissions.may_read_audit)
def audit_seals(request: HttpRequest) -> HttpResponseBase:
    """The last head of each day, to be printed and kept elsewhere, and what the last check found."""
    days = Seal.objects.annotate(day=TruncDate("sealed_at")).order_by("-day", "-id").distinct("day")
    last = Event.objects.filter(verb="audit.verify").order_by("-id").first()
    context = {"days": days[:_DAYS], "verified": last, "is_behind": is_behind()}
    return recorded_as(render(request, "people/audit_seals.html", context), "audit.read")
