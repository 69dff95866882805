"""The workbook's pages: download, upload with a preview of what would change, and its confirmation."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasks.agencies.queries import name_of
from tasks.errors import Conflict, Problems, present
from tasks.workbooks.values import Refused
from tasks.workbooks.views import UploadPage, download_of
from tasks.workplans import actions
from tasks.workplans.desk_views import Place, filer, place_of
from tasks.workplans.queries import present_quarter
from tasks.workplans.workbook.build import build
from tasks.workplans.workbook.preview import confirmed, examine, revisions


@never_cache
@require_GET
def download(request: HttpRequest, slug: str, period_text: str) -> Any:
    """The workbook of one of the agency's own work plans, with its drafts."""
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
    return download_of(data, _("%(label)s %(agency)s.xlsx") % {"label": place.period.label, "agency": short})


@never_cache
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, slug: str, period_text: str) -> HttpResponse:
    """The form for a file; POST shows what the file would change, and writes nothing."""
    user = filer(request)
    place = place_of(user, slug, period_text)
    page = _page(request, place)
    if request.method == "GET":
        return page.shown()
    return page.uploaded(
        lambda data, name: examine(by=user, plan=place.plan, period=place.period, data=data, name=name)
    )


@require_POST
def apply(request: HttpRequest, slug: str, period_text: str) -> HttpResponse:
    """Write the sections that the preview showed, all or none."""
    user = filer(request)
    place = place_of(user, slug, period_text)
    page = _page(request, place)
    try:
        shown = confirmed(request.POST.get("changes", ""))
        if (shown.plan_id, shown.period) != (place.plan.pk, place.period):
            raise Refused(_("预览是另一份方案的，请重新上传。"))
        actions.save_sections(
            by=user,
            plan=place.plan,
            agency_id=shown.agency_id,
            period=place.period,
            sections=shown.sections,
        )
    except Refused as error:
        return page.refused(str(error))
    except Conflict as error:
        return page.conflict([str(error)])
    except Problems as error:
        return page.faulty(error)
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


def _page(request: HttpRequest, place: Place) -> UploadPage:
    return UploadPage(
        request,
        "workplans/workbook.html",
        {"plan": place.plan, "period": place.period},
        no_file=_("请选择填好的方案表（.xlsx）。"),
        too_large=_("文件超过 %(mb)d MB，不像方案表。"),
    )
