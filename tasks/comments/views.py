"""Pages of comments 专家意见: list, comments on one object, and one comment with its release and withdrawal."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasks.comments import actions, queries
from tasks.comments.filters import CommentFilter
from tasks.comments.forms import CommentForm, ReleaseForm, WithdrawForm
from tasks.comments.models import Comment
from tasks.comments.permissions import may_read, may_see_some
from tasks.comments.values import KINDS, Kind
from tasks.errors import Conflict, Problems
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.people.permissions import may_comment, may_release_comments, may_see_plan, may_see_problems
from tasks.web.acting import refusals_on, refusals_told
from tasks.web.forms import add_problems

PER_PAGE = 30


@require_GET
@allowed(may_see_some)
def comment_list(request: HttpRequest) -> HttpResponse:
    """Lists all comments that the user may see, the latest first."""
    user = signed_in(request)
    comments = CommentFilter(request.GET, Comment.objects.visible_to(user).for_page(), request=request)
    form = comments.form
    del form.fields["subject_id"]  # for the API and links; nobody types it
    page = Paginator(comments.qs if comments.is_valid() else Comment.objects.none(), PER_PAGE).get_page(
        request.GET.get("page")
    )
    sees_releases = may_see_problems(user)
    if not sees_releases:
        del form.fields["state"]
    return render(
        request,
        "comments/list.html",
        {
            "form": form,
            "page_obj": page,
            "rows": queries.shown(list(page), user, sees_releases=sees_releases),
            "sees_releases": sees_releases,
            "may_comment": may_comment(user),
        },
    )


def _subject(user: User, kind: str, pk: int) -> tuple[Kind, Any]:
    """The object of the page. Raises Http404 if it does not exist or the user may not read it."""
    about = KINDS.get(kind)
    subject = about.loaded([pk]).first() if about is not None and pk < 2**63 else None
    if about is None or subject is None or not may_read(user, subject):
        raise Http404(_("没有这一项，或您不能看。"))
    return about, subject


@require_http_methods(["GET", "POST"])
@allowed(may_see_plan)
def comments_about(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Lists the comments on one object; for experts with a form to add a comment."""
    user = signed_in(request)
    about, subject = _subject(user, kind, pk)
    form = CommentForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            with refusals_on(form) as outcome:
                actions.comment(by=user, subject=subject, text=data["text"], key=data["key"])
            status = outcome.status
            if outcome.is_done:
                messages.success(request, _("意见已提交。"))
                return redirect("comments_about", kind, pk)
    comments = queries.comments_on([subject], user)
    return render(
        request,
        "comments/about.html",
        {
            "plan": subject.plan,
            "word": about.word,
            "title": about.name(subject),
            "page": about.page(subject),
            "rows": queries.shown(comments, user, sees_releases=may_see_problems(user)),
            "sees_releases": may_see_problems(user),
            "form": form if may_comment(user) else None,
        },
        status=status,
    )


# -- one comment --------------------------------------------------------------------------------------------


def _comment(user: User, pk: int) -> Comment:
    return get_object_or_404(Comment.objects.visible_to(user).for_page(), pk=pk)


@require_GET
@allowed(may_see_some)
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows one comment: its text, its releases, and the actions that the user may take."""
    user = signed_in(request)
    return _page(request, user, _comment(user, pk))


@require_POST
@allowed(may_release_comments)
def comment_release(request: HttpRequest, pk: int) -> HttpResponse:
    """Releases the comment to the ticked agencies."""
    user = signed_in(request)
    comment_row = _comment(user, pk)
    form = _release_form(comment_row, request.POST)
    if form.is_valid():
        try:
            releases = actions.release(by=user, comment=comment_row, agency_ids=form.cleaned_data["agencies"])
        except Problems as problems:
            add_problems(form, problems)
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return redirect("comment", pk)
        else:
            messages.success(request, _("已转送 %(n)d 个单位。") % {"n": len(releases)})
            return redirect("comment", pk)
    return _page(request, user, comment_row, release_form=form, status=422)


@require_POST
@allowed(may_comment)
def comment_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraws the user's own comment."""
    user = signed_in(request)
    comment_row = _comment(user, pk)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _page(request, user, comment_row, withdraw_form=form, status=422)
    with refusals_told(request):
        actions.withdraw(by=user, comment=comment_row, reason=form.cleaned_data["reason"])
        messages.success(request, _("意见已撤回。"))
    return redirect("comment", pk)


def _release_form(comment_row: Comment, data: Any = None) -> ReleaseForm:
    kind = KINDS[comment_row.kind]
    subject = kind.loaded([comment_row.subject_id]).first()
    released = {release.agency_id for release in comment_row.releases.all()}
    return ReleaseForm(data, agencies=kind.agencies(subject) if subject else (), released=released)


def _page(
    request: HttpRequest,
    user: User,
    comment_row: Comment,
    *,
    release_form: ReleaseForm | None = None,
    withdraw_form: WithdrawForm | None = None,
    status: int = 200,
) -> HttpResponse:
    sees_releases = may_see_problems(user)
    row = queries.shown([comment_row], user, sees_releases=sees_releases)[0]
    is_valid = not comment_row.is_withdrawn
    may_release = may_release_comments(user) and is_valid
    may_withdraw = comment_row.by_id == user.pk and is_valid and may_comment(user)
    context = {
        "row": row,
        "comment": comment_row,
        "sees_releases": sees_releases,
        "release_form": (release_form or _release_form(comment_row)) if may_release else None,
        "withdraw_form": (withdraw_form or WithdrawForm()) if may_withdraw else None,
        "problem_form": release_form or withdraw_form,
    }
    return render(request, "comments/detail.html", context, status=status)
