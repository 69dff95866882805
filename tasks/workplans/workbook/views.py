"""The workbook's pages: down, up with a preview of what would change, and the confirming of it."""

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasks.agencies.queries import name_of
from tasks.errors import Conflict, Problems, present
from tasks.people.models import User
from tasks.workbooks.upload_check import MAX_BYTES
from tasks.workbooks.values import CONTENT_TYPE, Refused
from tasks.workplans import actions
from tasks.workplans.desk_views import Place, filer, place_of
from tasks.workplans.queries import present_quarter
from tasks.workplans.workbook.build import build
from tasks.workplans.workbook.preview import Preview, confirmed, examine, revisions

PROBLEMS_SHOWN = 200


@never_cache
@require_GET
def download(request: HttpRequest, slug: str, period_text: str) -> Any:
    """The workbook of one of the own body's work plans, with its drafts."""
    user = filer(request)
    place = place_of(user, slug, period_text)
    agency = present(user.agency, "the agency of a person who files")
    short = name_of(agency.pk, present_quarter(place.plan)) or agency.slug
    data = build(
        plan_slug=place.plan.slug,
        plan_title=place.plan.title,
        period=place.period,
        agency_slug=agency.slug,
        agency_name=short,
        contents=place.contents(),
        revisions=revisions(place.head),
    )
    name = _("%(label)s %(agency)s.xlsx") % {"label": place.period.label, "agency": short}
    return FileResponse(BytesIO(data), as_attachment=True, filename=name, content_type=CONTENT_TYPE)


@never_cache
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, slug: str, period_text: str) -> HttpResponse:
    """Choose a file; POST shows what it would change, and writes nothing."""
    user = filer(request)
    place = place_of(user, slug, period_text)
    if request.method == "GET":
        return _page(request, place)
    sent = request.FILES.get("file")
    if sent is None:
        return _page(request, place, refused=_("请选择填好的方案表（.xlsx）。"))
    try:
        if (sent.size or 0) > MAX_BYTES:
            raise Refused(_("文件超过 %(mb)d MB，不像方案表。") % {"mb": MAX_BYTES // 1024 // 1024})
        preview = examine(
            by=user, plan=place.plan, period=place.period, data=sent.read(), name=sent.name or ""
        )
    except Refused as error:
        return _page(request, place, refused=str(error), name=sent.name or "")
    return _page(request, place, preview=preview, name=sent.name or "")


@require_POST
def apply(request: HttpRequest, slug: str, period_text: str) -> HttpResponse:
    """Write the changes that were shown, all or none."""
    user = filer(request)
    place = place_of(user, slug, period_text)
    try:
        shown = confirmed(request.POST.get("changes", ""))
        if (shown.plan_id, shown.period) != (place.plan.pk, place.period):
            raise Refused(_("预览是另一份方案的，请重新上传。"))
    except Refused as error:
        return _page(request, place, refused=str(error))
    try:
        _write(user, place, shown.agency_id, shown.sections)
    except Conflict as error:
        told = _("预览以后有人改过，什么都没有写入。请重新下载、修改后再上传。")
        return _page(request, place, refused=told, details=[str(error)], status=409)
    except Problems as error:
        details = [f"{problem.row} {problem.message}" for problem in error.problems]
        return _page(request, place, refused=_("有内容不能写入。"), details=details)
    count = len(shown.sections)
    messages.success(
        request,
        ngettext(
            "方案表已写入 %(n)d 项任务的草稿，只有本单位看得到；检查后再交签批。",
            "方案表已写入 %(n)d 项任务的草稿，只有本单位看得到；检查后再交签批。",
            count,
        )
        % {"n": count},
    )
    return redirect("workplan_edit", *place.url_args)


def _write(user: User, place: Place, agency_id: int, sections: Any) -> None:
    actions.save_sections(
        by=user, plan=place.plan, agency_id=agency_id, period=place.period, sections=sections
    )


def _page(
    request: HttpRequest,
    place: Place,
    *,
    preview: Preview | None = None,
    refused: str = "",
    details: list[str] | None = None,
    name: str = "",
    status: int = 0,
) -> HttpResponse:
    faulty = bool(refused or (preview and preview.problems))
    return render(
        request,
        "workplans/workbook.html",
        {
            "nav": "desk",
            "plan": place.plan,
            "period": place.period,
            "preview": preview,
            "problems": preview.problems[:PROBLEMS_SHOWN] if preview else [],
            "more": max(0, len(preview.problems) - PROBLEMS_SHOWN) if preview else 0,
            "signed": preview.signed if preview else "",
            "refused": refused,
            "details": details or [],
            "file_name": name,
        },
        status=status or (422 if faulty else 200),
    )
