"""Pages of sessions: one's own, ended one or all; and ending all of a person's, for the accounts administrator."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tasks.accounts import sessions
from tasks.people import permissions
from tasks.people.access import allowed, signed_in
from tasks.people.models import User


@require_safe
def session_list(request: HttpRequest) -> HttpResponse:
    """Where the reader is signed in, and since when."""
    rows = sessions.live(signed_in(request), request.session.session_key or "")
    return render(
        request, "people/sessions.html", {"rows": rows, "has_others": any(not r.is_this for r in rows)}
    )


@require_POST
def session_end(request: HttpRequest) -> HttpResponse:
    """Ends one of the reader's sessions (`session`), or all but this one."""
    user, this = signed_in(request), request.session.session_key or ""
    chosen = request.POST.get("session", "")
    if chosen and not (chosen.isdecimal() and len(chosen) < 19):
        raise Http404
    ended = sessions.end(by=user, user=user, sessions=[int(chosen)] if chosen else None, but=this)
    words = _("已结束 %(n)d 处登录。") if ended else _("这处登录已经结束。")
    messages.success(request, words % {"n": ended} if ended else words)
    return redirect("session_list")


@require_POST
@allowed(permissions.may_manage_accounts)
def account_sessions_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends all sessions of one account; the account and its password stay."""
    user = get_object_or_404(User, pk=pk)
    this = request.session.session_key or ""
    ended = sessions.end(by=signed_in(request), user=user, but=this)
    messages.success(
        request,
        _("“%(user)s”的 %(n)d 处登录已结束。") % {"user": user.username, "n": ended}
        if ended
        else _("“%(user)s”现在没有登录。") % {"user": user.username},
    )
    return redirect("account", pk)
