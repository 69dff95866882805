"""线下办理: what agencies signed on paper and hand in, entering an agency's sealed paper 代录, and the scans."""

import uuid

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tasks.agencies.models import Agency
from tasks.agencies.queries import name_of, names_at
from tasks.cycles.page_params import quarter_or_default
from tasks.files.serving import hand_out
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_decide_for, may_review, may_see_plan
from tasks.people.queries import office_agency_ids
from tasks.plans.duties import duties
from tasks.plans.plan_resolver import address, plan_asked
from tasks.submissions.paper.actions import check_may_enter, record_offers, waiting_offers
from tasks.submissions.paper.middleware import ENTERING, ENTERING_FOR
from tasks.submissions.paper.models import PaperOffer, PaperRecord
from tasks.web.acting import refusals_told

RECENT = 30  # records that the page lists


@require_GET
@allowed(may_review)
def papers(request: HttpRequest) -> HttpResponse:
    """Scans that wait to be recorded, agencies whose paper can be entered, and what was recorded last. A fixed number
    of queries."""
    user = signed_in(request)
    plan = plan_asked(request)
    if plan is None:
        return render(request, "filing/no_plan.html")
    quarter = quarter_or_default(request.GET.get("q", ""), plan)
    offices = office_agency_ids(plan.pk)
    offers = [one for one in waiting_offers() if one.submission.task.plan_id == plan.pk]
    owing = set(duties([plan.pk], quarter).order_by().values_list("agency", flat=True))
    names = names_at(quarter, {*owing, *(one.submission.agency_id for one in offers)})
    records = (
        PaperRecord.objects.visible_to(user)
        .filter(version__task__plan=plan)
        .select_related("version__task", "version__agency", "recorded_by", "file")[:RECENT]
    )
    return render(
        request,
        "filing/papers.html",
        {
            "plan": plan,
            "quarter": quarter,
            "offers": [
                (
                    one,
                    names[one.submission.agency_id].short if one.submission.agency_id in names else "",
                    may_decide_for(user, one.submission.agency_id, offices) and one.offered_by_id != user.pk,
                )
                for one in offers
            ],
            "agencies": sorted(
                (
                    (pk, name.short)
                    for pk, name in names.items()
                    if pk in owing and may_decide_for(user, pk, offices)
                ),
                key=lambda one: names[one[0]].agency.order,
            ),
            "records": records,
        },
    )


@require_POST
@allowed(may_review)
def papers_record(request: HttpRequest) -> HttpResponse:
    """Record the chosen scans: each submission becomes a version."""
    plan = plan_asked(request)
    if plan is None:
        raise Http404(_("还没有载入方案。"))
    chosen = [int(value) for value in request.POST.getlist("offers") if value.isdecimal() and len(value) < 10]
    home = address("papers", plan)
    if not chosen:
        messages.error(request, _("请先勾选要录入的。"))
        return redirect(home)
    with refusals_told(request) as outcome:
        made = record_offers(by=signed_in(request), offers=chosen)
    if not outcome.is_done:
        return redirect(home)
    codes = "、".join(version.task.code for version in made[:8])
    words = ngettext("已录入 %(n)d 件：%(which)s。", "已录入 %(n)d 件：%(which)s。", len(made))
    messages.success(request, words % {"n": len(made), "which": codes})
    return redirect(home)


@require_POST
@allowed(may_review)
def paper_enter(request: HttpRequest) -> HttpResponse:
    """Begin to enter an agency's paper: from now on the reader acts for it."""
    plan = plan_asked(request)
    given = request.POST.get("agency", "")
    if plan is not None and not given:
        messages.error(request, _("请先选择代录的单位。"))
        return redirect(address("papers", plan))
    if plan is None or not given.isdecimal() or len(given) > 9:
        raise Http404(_("没有这个单位。"))
    agency = get_object_or_404(Agency, pk=int(given))
    quarter = quarter_or_default(request.POST.get("q", ""), plan)
    with refusals_told(request) as outcome:
        check_may_enter(signed_in(request), agency.pk, plan.pk)
    if not outcome.is_done:
        return redirect(address("papers", plan, quarter))
    request.session[ENTERING], request.session[ENTERING_FOR] = agency.pk, plan.pk
    messages.success(
        request,
        _("现在代%(name)s录入。填好后在“报送材料”里附扫描件提交。") % {"name": name_of(agency.pk, quarter)},
    )
    return redirect(address("desk", plan, quarter))


@require_POST
@allowed(may_see_plan)
def paper_leave(request: HttpRequest) -> HttpResponse:
    """End entering."""
    request.session.pop(ENTERING, None)
    messages.success(request, _("已退出代录。"))
    plan = plan_asked(request)
    return redirect(address("papers", plan) if plan else "home")


@require_GET
@allowed(may_see_plan)
def paper_scan(request: HttpRequest, file: uuid.UUID) -> FileResponse:
    """The scan of what was signed on paper, as an attachment."""
    user = signed_in(request)
    for rows in (PaperRecord.objects.visible_to(user), PaperOffer.objects.visible_to(user)):
        found = rows.filter(file=file).select_related("file").first()
        if found is not None:
            return hand_out(found.file)
    raise Http404(_("没有这份扫描件。"))
