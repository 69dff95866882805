"""The one address to which lists post: keep these filters, or forget some."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tasks.errors import Problems
from tasks.people.access import signed_in
from tasks.saved_lists import actions


@require_POST
def saved_lists(request: HttpRequest) -> HttpResponse:
    """Keep the filters under a name, or with `remove` forget one; back to the list."""
    user = signed_in(request)
    address = _address(request)
    wanted = request.POST.get("remove", "")
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 12:
        if name := actions.remove(by=user, pk=int(wanted)):
            messages.success(request, _("已删除筛选“%(name)s”。") % {"name": name})
        return redirect(address)
    try:
        saved = actions.save(by=user, address=address, name=request.POST.get("name", ""))
    except Problems as problems:
        messages.error(request, problems.problems[0].message)
        return redirect(address)
    messages.success(request, _("已保存筛选“%(name)s”。") % {"name": saved.name})
    return redirect(saved.url)


def _address(request: HttpRequest) -> str:
    """Of the list: as the browser names it, because filters change the address without a new page; as the form has it
    where the browser does not say."""
    posted = request.POST.get("address", "")
    if not url_has_allowed_host_and_scheme(posted, None):
        posted = "/"
    came = urlsplit(request.headers.get("Referer", ""))
    if came.netloc == request.get_host() and came.path == urlsplit(posted).path:
        return f"{came.path}?{came.query}"
    return posted
