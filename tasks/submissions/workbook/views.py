"""Download and upload of an agency's workbook, and download of the office's workbook of all agencies."""

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasks.agencies.queries import names_at
from tasks.cycles.page_params import quarter_or_default
from tasks.errors import Conflict, Problems, present
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_file, may_see_all_submitted
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import address, plan_asked
from tasks.submissions import actions
from tasks.submissions.workbook.build import build
from tasks.submissions.workbook.preview import Preview, confirmed, examine, moved_on, written_by
from tasks.submissions.workbook.rows import all_rows, own_rows
from tasks.values import Quarter
from tasks.workbooks.upload_check import MAX_BYTES
from tasks.workbooks.values import CONTENT_TYPE, Refused

PROBLEMS_SHOWN = 200


def _filer(request: HttpRequest) -> User:
    user = signed_in(request)
    if not may_file(user):
        raise PermissionDenied(_("填报表供各单位的填报员和签批人使用。"))
    return user


@never_cache
@require_GET
def download(request: HttpRequest) -> Any:
    """The workbook of the reader's own agency for ?q=, with its drafts."""
    user = _filer(request)
    plan = plan_asked(request)
    if plan is None:
        return redirect("desk")
    agency = present(user.agency, "the agency of a person who files")
    quarter = quarter_or_default(request.GET.get("q", ""), plan)
    name = names_at(quarter, [agency.pk]).get(agency.pk)
    short = name.short if name else agency.slug
    data = build(
        plan_slug=plan.slug,
        plan_title=plan.title,
        quarter=quarter,
        agency_slug=agency.slug,
        agency_name=short,
        rows=own_rows(plan, quarter, agency.pk),
    )
    return _file(data, _("%(quarter)s填报表 %(agency)s.xlsx") % {"quarter": quarter, "agency": short})


@never_cache
@require_GET
def download_all(request: HttpRequest) -> Any:
    """One workbook of what all agencies submitted for ?q=, for the office; the same columns, to be read only."""
    user = signed_in(request)
    if not may_see_all_submitted(user):
        raise PermissionDenied(_("各单位总表供领导小组办公室和复核人使用。"))
    plan = plan_asked(request)
    if plan is None:
        return redirect("review")
    quarter = quarter_or_default(request.GET.get("q", ""), plan)
    data = build(
        plan_slug=plan.slug,
        plan_title=plan.title,
        quarter=quarter,
        agency_slug="",
        agency_name="",
        rows=all_rows(plan, quarter, user),
    )
    return _file(data, _("%(quarter)s填报总表.xlsx") % {"quarter": quarter})


def _file(data: bytes, name: str) -> FileResponse:
    return FileResponse(BytesIO(data), as_attachment=True, filename=name, content_type=CONTENT_TYPE)


@never_cache
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; POST shows what it would change, and writes nothing."""
    user = _filer(request)
    plan = plan_asked(request)
    if plan is None:
        return redirect("desk")
    quarter = quarter_or_default(request.POST.get("q") or request.GET.get("q", ""), plan)
    if request.method == "GET":
        return _page(request, plan, quarter)
    sent = request.FILES.get("file")
    if sent is None:
        return _page(request, plan, quarter, refused=_("请选择填好的填报表（.xlsx）。"))
    try:
        if (sent.size or 0) > MAX_BYTES:
            raise Refused(_("文件超过 %(mb)d MB，不像填报表。") % {"mb": MAX_BYTES // 1024 // 1024})
        preview = examine(by=user, plan=plan, quarter=quarter, data=sent.read(), name=sent.name or "")
    except Refused as error:
        return _page(request, plan, quarter, refused=str(error), name=sent.name or "")
    return _page(request, plan, quarter, preview=preview, name=sent.name or "")


@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Write the changes that were shown, all or none."""
    user = _filer(request)
    plan = plan_asked(request)
    if plan is None:
        return redirect("desk")
    try:
        drafts = confirmed(request.POST.get("changes", ""))
    except Refused as error:
        quarter = quarter_or_default(request.POST.get("q", ""), plan)
        return _page(request, plan, quarter, refused=str(error))
    quarter = drafts[0].quarter
    try:
        actions.save_drafts(by=user, drafts=drafts)
    except Conflict as error:
        if written_by(user, drafts):
            messages.info(request, _("这张填报表刚才已由您写入。"))
            return redirect(address("desk", plan, quarter))
        said = moved_on(drafts) or [str(error)]
        told = _("预览以后有人改过，什么都没有写入。请重新下载、修改后再上传。")
        return _page(request, plan, quarter, refused=told, details=said, status=409)
    except Problems as error:
        details = [f"{problem.row} {problem.message}" for problem in error.problems]
        return _page(request, plan, quarter, refused=_("有内容不能写入。"), details=details)
    messages.success(
        request,
        ngettext(
            "填报表已写入 %(n)d 件草稿，只有本单位看得到；检查后再交签批。",
            "填报表已写入 %(n)d 件草稿，只有本单位看得到；检查后再交签批。",
            len(drafts),
        )
        % {"n": len(drafts)},
    )
    return redirect(address("desk", plan, quarter))


def _page(
    request: HttpRequest,
    plan: Plan,
    quarter: Quarter,
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
        "filing/workbook.html",
        {
            "nav": "desk",
            "plan": plan,
            "quarter": quarter,
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
