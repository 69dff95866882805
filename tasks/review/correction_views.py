"""撤回, 撤销, 更正核定: what the page of a submission changes of what has been submitted or decided."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tasks import typed
from tasks.agencies.queries import name_of
from tasks.decisions.forms import UndoForm
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.period_words import speak
from tasks.plans.plan_resolver import address
from tasks.review.actions import DecisionInput
from tasks.review.correction_forms import CorrectForm, WithdrawForm
from tasks.review.corrections import correct, undo
from tasks.review.decision_views import show_return
from tasks.submissions.models import Submission, Version
from tasks.submissions.withdrawing import withdraw
from tasks.values import Duty
from tasks.web.acting import refusals_on, say_done


def _head(user: User, pk: int) -> Submission:
    seen = Submission.objects.visible_to(user).select_related("task__plan", "agency")
    head = get_object_or_404(seen.defer("task__plan__text"), pk=pk)
    speak(head.task.plan.kind)
    return head


def _version(user: User, head: Submission, form: forms.Form) -> Version:
    """The version that the reader has looked at: the form carries its number."""
    number = form.cleaned_data.get("version")
    if number is None:
        raise Http404
    version = get_object_or_404(Version.every.visible_to(user), submission=head, number=number)
    version.task = head.task
    return version


def _named(head: Submission) -> str:
    """三(四)1 某某局, as messages name a submission."""
    return f"{head.task.code} {name_of(head.agency_id, head.quarter)}"


@require_POST
def withdraw_view(request: HttpRequest, pk: int) -> HttpResponse:
    """The approver withdraws the version that stands on the page."""
    user = signed_in(request)
    head = _head(user, pk)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return show_return(request, pk, None, changing={"withdraw": form}, status=422)
    with refusals_on(form, told_to=request) as outcome:
        withdraw(by=user, submissions=[head.pk], reason=typed.prose(form.cleaned_data["reason"]))
    if outcome.is_conflict:
        return redirect("return", pk)
    if not outcome.is_done:
        return show_return(request, pk, None, changing={"withdraw": form}, status=outcome.status)
    if head.agency_id != user.agency_id:  # whoever recorded it from paper; the agency goes on from the draft
        say_done(request, _("%(code)s 已撤回，内容回到该单位的草稿。") % {"code": head.task.code})
        return redirect(address("papers", head.task.plan, head.quarter))
    place = [head.task.plan.slug, str(head.quarter), head.task.ref]
    say_done(
        request,
        _("%(code)s 已撤回，内容回到草稿；修改后请重新提交。") % {"code": head.task.code},
        (reverse("return_edit", args=place), _("现在修改")),
    )
    return redirect(address("desk", head.task.plan, head.quarter))


@require_POST
def undo_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever decided the version on the page takes that back; it can be decided again at once."""
    user = signed_in(request)
    head = _head(user, pk)
    form = UndoForm(request.POST)
    if not form.is_valid():
        return show_return(request, pk, None, changing={"undo": form}, status=422)
    version = _version(user, head, form)
    with refusals_on(form, told_to=request) as outcome:
        undo(by=user, versions=[version.pk], reason=typed.prose(form.cleaned_data["reason"]))
    if outcome.is_conflict or outcome.is_done:
        if outcome.is_done:
            say_done(request, _("%(what)s 的决定已撤销，可重新办理。") % {"what": _named(head)})
        return redirect("return", pk)
    return show_return(request, pk, None, changing={"undo": form}, status=outcome.status)


@require_POST
def correct_view(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person corrects the decision on the version on the page."""
    user = signed_in(request)
    head = _head(user, pk)
    form = CorrectForm(request.POST)
    if not form.is_valid():
        return show_return(request, pk, None, changing={"correct": form}, status=422)
    version, data = _version(user, head, form), form.cleaned_data
    accept, lead = data["action"] == "accept", version.duty == Duty.LEAD
    reason = typed.prose(data["reason"])
    if accept and lead and not data["verification"]:
        form.add_error("verification", _("请选核实情况。"))
        return show_return(request, pk, None, changing={"correct": form}, status=422)
    decision = DecisionInput(
        version_id=version.pk,
        accept=accept,
        verified_light=data["verified_light"] if accept and lead and not version.elsewhere else "",
        verification=data["verification"] if accept and lead else "unverified",
        note=reason,
        answer_by=None if accept else data["answer_by"],
    )
    with refusals_on(form, told_to=request) as outcome:
        correct(by=user, decisions=[decision], reason=reason)
    if outcome.is_conflict or outcome.is_done:
        if outcome.is_done:
            say_done(request, _("%(what)s 的核定已更正，原来的决定留在办理记录里。") % {"what": _named(head)})
        return redirect("return", pk)
    return show_return(request, pk, None, changing={"correct": form}, status=outcome.status)
