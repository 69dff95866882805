"""反馈单: the office hands them over; an agency reads its own and signs for them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from reports.briefs import actions, handover_actions, queries
from reports.briefs.models import Brief, BriefSet, BriefState, Handover
from reports.briefs.views import pdf_response, without_csp
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.people.permissions import may_file, may_make_briefs
from tasks.web.acting import refusals_told

ON_A_PAGE = 30


def _own(user: User) -> QuerySet[Handover]:
    return queries.handed_to(user)


@require_GET
@allowed(may_file)
def feedback_list(request: HttpRequest) -> HttpResponse:
    """What was handed over to the reader's agency, the latest first."""
    found = _own(signed_in(request))
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    waiting = found.filter(received_at__isnull=True, brief__state=BriefState.ISSUED).count()
    lede = (
        _("有%(n)d份待签收。") % {"n": waiting}
        if waiting
        else _("办公室送达本单位的反馈单，签收后留存备查。")
    )
    return render(request, "briefs/feedback_list.html", {"lede": lede, "handovers": page})


@without_csp
@require_GET
@allowed(may_file)
def feedback_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF, for the agency; not of one that was withdrawn. Each download is recorded."""
    user = signed_in(request)
    handover = get_object_or_404(_own(user), pk=pk)
    file = queries.file_with_bytes(handover.brief)
    if file is None or handover.brief.state == BriefState.WITHDRAWN:
        raise Http404(_("这份反馈单已撤回，不再提供文件。"))
    actions.record_download(by=user, file=file)
    return pdf_response(request, handover.brief, file)


@require_POST
@allowed(may_file)
def feedback_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign for it."""
    user = signed_in(request)
    handover = get_object_or_404(_own(user), pk=pk)
    with refusals_told(request):
        handover_actions.sign_for(by=user, handover=handover)
        messages.success(request, _("已签收《%(title)s》。") % {"title": handover.brief.title})
    return redirect("feedback_list")


@require_POST
@allowed(may_make_briefs)
def hand_over_set(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand over all issued 反馈单 of a set."""
    found = get_object_or_404(BriefSet, pk=pk)
    _hand_over(request, list(Brief.objects.filter(of_set=found).only("pk")))
    return redirect("brief_set", pk=pk)


@require_POST
@allowed(may_make_briefs)
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand over a single one."""
    _hand_over(request, [get_object_or_404(Brief.objects.only("pk"), pk=pk)])
    return redirect("brief", pk=pk)


def _hand_over(request: HttpRequest, briefs: list[Brief]) -> None:
    with refusals_told(request) as outcome:
        done = handover_actions.hand_over(by=signed_in(request), briefs=briefs)
    if not outcome.is_done:
        return
    if done.handed:
        messages.success(request, _("已送达%(n)d份，单位收到消息后签收。") % {"n": len(done.handed)})
    if done.left_out:
        listed = _("；").join(f"《{brief.title}》{why}" for brief, why in done.left_out)
        words = {"n": len(done.left_out), "listed": listed}
        messages.warning(request, _("%(n)d份没有送达：%(listed)s") % words)
