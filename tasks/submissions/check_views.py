"""填报: the page on which one submission is checked and sent."""

from collections.abc import Collection, Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tasks.errors import Conflict, Problem, Problems
from tasks.files.models import StoredFile
from tasks.indicators.form_rows import warnings_of
from tasks.people.access import filer
from tasks.people.models import User
from tasks.people.permissions import may_approve
from tasks.submissions import actions, oddities, presence, transitions
from tasks.submissions.address import (
    Place,
    answered_by,
    asked_figures,
    co_standing,
    desk_url,
    due_of,
    find,
    worklist_at,
)
from tasks.submissions.evidence import form_row as evidence
from tasks.submissions.evidence.queries import files_of_drafts
from tasks.submissions.figures import typed_figures
from tasks.submissions.models import State, Submission
from tasks.submissions.worklist import TO_APPROVE, TO_WRITE, goes_on, next_link
from tasks.values import Duty
from tasks.web.acting import say_done


@require_http_methods(["GET", "POST"])
def return_check(request: HttpRequest, slug: str, quarter_text: str, ref: str) -> HttpResponse:
    """Check-your-answers: the reporter hands on, the approver submits."""
    user = filer(request)
    place = find(user, slug, quarter_text, ref)
    head = place.submission
    if head is None:
        return redirect("return_edit", *place.url_args)
    problems: list[Problem] = []
    status = 200
    if request.method == "POST":
        action = request.POST.get("action", "")
        try:
            if action == "hand":
                actions.hand(by=user, submissions=[head.pk])
                told, wanted = _("%(task)s已交签批人。"), TO_WRITE
            elif action == "submit":
                actions.submit(by=user, submissions=[head.pk])
                told, wanted = _("%(task)s已提交。"), TO_APPROVE
            else:
                raise Http404
        except Problems as error:
            problems, status = error.problems, 422
        except Conflict as error:
            messages.error(request, str(error))
            return redirect("return", head.pk)
        else:
            presence.gone(by=user, task_id=place.duty.task_id, quarter=place.quarter)
            return _sent(request, user, place, head, told % {"task": place.words}, wanted)
    if head.state in {State.SUBMITTED, State.ACCEPTED}:
        return redirect("return", head.pk)
    return _check_page(request, user, place, head, problems=problems, status=status)


def _sent(
    request: HttpRequest, user: User, place: Place, head: Submission, told: str, wanted: Collection[str]
) -> HttpResponse:
    """After a submission was handed on or submitted: on to the next of the desk that is `wanted`, if the form asks for it;
    else the desk, with the link to it."""
    seen = (reverse("return", args=[head.pk]), _("查看"))
    following = worklist_at(user, place).next_waiting(wanted)
    if following is not None and goes_on(request):
        say_done(request, told, seen, (desk_url(place), _("回到工作台")))
        return redirect(following.url)
    say_done(request, told, seen, *next_link(following))
    return redirect(desk_url(place))


def _check_page(
    request: HttpRequest,
    user: User,
    place: Place,
    head: Submission,
    *,
    problems: Sequence[Problem] = (),
    note_errors: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    problems = problems or actions.problems_of([head])
    editable = head.state in transitions.EDITABLE and place.is_open
    is_lead = place.duty.duty == Duty.LEAD
    asked = asked_figures(place.duty, place.quarter)
    files = files_of_drafts([head.pk]).get(head.pk, [])
    return render(
        request,
        "filing/return_check.html",
        {
            "plan": place.plan,
            "quarter": place.quarter,
            "task": place.duty.task,
            "duty": place.duty,
            "cycle": place.cycle,
            "due": due_of(place, *answered_by(head)),
            "submission": head,
            "content": head,
            "figures": typed_figures(head.figures, asked),
            "warnings": [*warnings_of(asked, head.figures), *oddities.of_draft(head, asked), *_traces(files)],
            "files": evidence.lines(files),
            "problems": problems,
            "form_url": reverse("return_edit", args=place.url_args),
            # No link leads to a form that cannot be written in.
            "edit_url": reverse("return_edit", args=place.url_args) if editable else "",
            "editable": editable,
            "takes_back": actions.takes_back(user, head),
            "note": request.POST.get("note", ""),
            "note_errors": note_errors,
            "may_approve": may_approve(user),
            "may_hand": head.state in transitions.HAND.sources,
            "co": co_standing(place) if is_lead else None,
            "worklist": worklist_at(user, place),
        },
        status=status,
    )


def _traces(files: Sequence[StoredFile]) -> list[str]:
    """Files that show how they were written."""
    return [
        _("“%(name)s”%(remark)s。") % {"name": file.name, "remark": file.remark}
        for file in files
        if file.remark
    ]
