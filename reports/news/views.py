"""最新动态."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from qhplan import clock
from reports.news.actions import mark_read
from reports.news.queries import SHOWN, news, read_until
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_see_plan


@require_GET
@allowed(may_see_plan)
def news_page(request: HttpRequest) -> HttpResponse:
    """What moved since the reader marked the news as read. Reading the page marks nothing."""
    user = signed_in(request)
    since, now = read_until(user), clock.now()
    return render(
        request, "news/news.html", {"parts": news(user, since), "since": since, "until": now, "shown": SHOWN}
    )


@require_POST
@allowed(may_see_plan)
def news_read(request: HttpRequest) -> HttpResponse:
    """All that the page showed is read: up to the moment at which it was made."""
    typed = request.POST.get("until", "")
    try:
        until = parse_datetime(typed)
    except ValueError:  # well formed and no moment
        until = None
    if until is None or until.tzinfo is None:
        messages.error(request, _("没有写明读到什么时候，请刷新页面后再试。"))
        return redirect("news")
    mark_read(by=signed_in(request), until=until)
    messages.success(request, _("已标为已读。"))
    return redirect("news")
