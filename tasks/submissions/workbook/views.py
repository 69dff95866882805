"""The workbook's pages: an agency's download, upload and confirmation, and the office's download of all agencies."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasks.agencies.queries import names_at
from tasks.cycles.models import Cycle
from tasks.cycles.page_params import quarter_or_default
from tasks.errors import Conflict, Problems, present
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_file, may_see_all_submitted
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import address, plan_asked
from tasks.submissions import actions
from tasks.submissions.workbook.build import build
from tasks.submissions.workbook.preview import confirmed, examine, moved_on, written_by
from tasks.submissions.workbook.rows import all_rows, own_rows
from tasks.values import Period
from tasks.workbooks.values import Refused
from tasks.workbooks.views import UploadPage, download_of


def _filer(request: HttpRequest) -> User:
    user = signed_in(request)
    if not may_file(user):
        raise PermissionDenied(_("填报表供各单位的填报员和签批人使用。"))
    return user


@never_cache
@require_GET
def download(request: HttpRequest) -> Any:
    """The workbook of the user's agency for ?q=, with its drafts."""
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
    return download_of(
        data, _("%(quarter)s填报表 %(agency)s.xlsx") % {"quarter": quarter.label, "agency": short}
    )


@never_cache
@require_GET
def download_all(request: HttpRequest) -> Any:
    """One workbook of what all agencies submitted for ?q=, for the office: the same columns, for reading only."""
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
    return download_of(data, _("%(quarter)s填报总表.xlsx") % {"quarter": quarter.label})


@never_cache
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The form for a file; POST shows what the file would change, and writes nothing."""
    user = _filer(request)
    plan = plan_asked(request)
    if plan is None:
        return redirect("desk")
    quarter = quarter_or_default(request.POST.get("q") or request.GET.get("q", ""), plan)
    page = _page(request, plan, quarter)
    if request.method == "GET":
        return page.shown()
    return page.uploaded(
        lambda data, name: examine(by=user, plan=plan, quarter=quarter, data=data, name=name)
    )


@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Write the drafts that the preview showed, all or none."""
    user = _filer(request)
    plan = plan_asked(request)
    if plan is None:
        return redirect("desk")
    try:
        drafts = confirmed(request.POST.get("changes", ""))
    except Refused as error:
        quarter = quarter_or_default(request.POST.get("q", ""), plan)
        return _page(request, plan, quarter).refused(str(error))
    quarter = drafts[0].quarter
    try:
        actions.save_drafts(by=user, drafts=drafts)
    except Conflict as error:
        if written_by(user, drafts):
            messages.info(request, _("这张填报表刚才已由您写入。"))
            return redirect(address("desk", plan, quarter))
        return _page(request, plan, quarter).conflict(moved_on(drafts) or [str(error)])
    except Problems as error:
        return _page(request, plan, quarter).faulty(error)
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


def _page(request: HttpRequest, plan: Plan, quarter: Period) -> UploadPage:
    return UploadPage(
        request,
        "filing/workbook.html",
        {"plan": plan, "quarter": quarter, "cycle": Cycle.objects.filter(plan=plan, quarter=quarter).first()},
        no_file=_("请选择填好的填报表（.xlsx）。"),
        too_large=_("文件超过 %(mb)d MB，不像填报表。"),
    )
