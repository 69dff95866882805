"""订阅: the reader chooses the kinds of briefs about which messages come."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reports.briefs.models import Brief
from reports.briefs.subscriptions import kinds_of, subscribe
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_read_briefs
from tasks.period_words import speak
from tasks.plans.plan_resolver import plan_asked
from tasks.web.acting import refusals_told


@require_POST
@allowed(may_read_briefs)
def subscriptions(request: HttpRequest) -> HttpResponse:
    """All the kinds of a plan that the reader wants to hear of, as ticked on the list."""
    plan = plan_asked(request)
    if plan is None:
        raise Http404
    with refusals_told(request):
        subscribe(by=signed_in(request), plan=plan, kinds=request.POST.getlist("kinds"))
        messages.success(request, _("订阅已更改。"))
    return redirect("brief_list")


@require_POST
@allowed(may_read_briefs)
def subscription(request: HttpRequest, pk: int) -> HttpResponse:
    """Hear of briefs of the same kind as this one, or no more: one press on its page."""
    user = signed_in(request)
    brief = get_object_or_404(Brief.objects.visible_to(user).for_page(), pk=pk)
    speak(brief.plan.kind)
    wanted = set(kinds_of(user, brief.plan))
    if request.POST.get("wanted") == "1":
        wanted.add(brief.kind)
        said = _("已订阅%(kind)s。")
    else:
        wanted.discard(brief.kind)
        said = _("已退订%(kind)s。")
    subscribe(by=user, plan=brief.plan, kinds=wanted)
    messages.success(request, said % {"kind": brief.kind_label})
    return redirect("brief", pk=pk)
