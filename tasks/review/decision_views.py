"""The page of one submission and of each version; deciding it, requiring a supplement."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasks import typed
from tasks.agencies.queries import names_at
from tasks.decisions.forms import UndoForm
from tasks.errors import Conflict, Problems
from tasks.files import jobs
from tasks.lineage.forms import agency_choices
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.period_words import speak
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import address
from tasks.plans.queries import agencies_for
from tasks.review.actions import (
    DecisionInput,
    SupplementInput,
    ask_supplement,
    decide,
    decided_by,
    may_decide,
    overrules,
)
from tasks.review.correction_forms import CorrectForm, WithdrawForm
from tasks.review.on_paper import decide_on_paper
from tasks.review.presenters import SubmissionPage, submission_page
from tasks.review.supplements import obstacle, undo_supplement
from tasks.review.worklists import next_of, say_decided, worklist_of
from tasks.submissions.forms import DecisionForm
from tasks.submissions.models import State, Submission, Supplement, Verification, Version
from tasks.submissions.paper.forms import PaperForm
from tasks.submissions.worklist import Worklist, desk_worklist, goes_on
from tasks.values import Duty, Light, Period
from tasks.web.acting import refusals_told
from tasks.web.forms import add_problems, moment_field, tell_conflict
from tasks.web.page_extensions import extensions


@require_GET
def return_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One submission: the last version that the reader may see, what it is based on, and its history."""
    return show_return(request, pk, None)


@require_GET
def version_page(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One version of a submission, as it was submitted."""
    return show_return(request, pk, number)


def show_return(
    request: HttpRequest,
    pk: int,
    number: int | None,
    *,
    decision: DecisionForm | None = None,
    errors: dict[str, list[str]] | None = None,
    asking: "SupplementForm | None" = None,
    changing: Mapping[str, forms.Form] | None = None,
    paper: "ReviewPaperForm | None" = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a submission, with the form that is being corrected: `decision` and its `errors`, `asking`, or by its
    name one of `changing` (withdraw, undo, correct)."""
    user = signed_in(request)
    page = submission_page(user, pk, number)
    to_return = decision is None and request.GET.get("decide") == "return"
    return render(
        request,
        "filing/return.html",
        {
            **vars(page),
            "parts": extensions("return", user=user, plan=page.plan, submission_id=pk, version=page.version),
            "asking": asking or SupplementForm(),
            **_outstanding(user, pk),
            "withdrawing": (changing or {}).get("withdraw") or WithdrawForm(),
            "undoing": (changing or {}).get("undo") or UndoForm(),
            "correcting": (changing or {}).get("correct") or CorrectForm(),
            "worklist": _worklist(request, user, page),
            "chosen": decision.data if decision else {"action": "return" if to_return else ""},
            # The link that led here names the decision, so only the reason is missing.
            "focus_note": to_return,
            "lights": Light.choices,
            "verifications": Verification.choices,
            "errors": errors or {},
            "paper": paper
            or (ReviewPaperForm(plan=page.plan, quarter=page.quarter) if page.deciding else None),
        },
        status=status,
    )


def _worklist(request: HttpRequest, user: User, page: SubmissionPage) -> Worklist | None:
    """The list of the reader in which the submission stands: the own desk, or the queue for the version that is shown."""
    if page.own:
        return desk_worklist(user, page.plan, page.quarter, page.task.pk)
    if page.version is None or not page.is_latest:
        return None
    page.version.task = page.task
    return worklist_of(user, page.version, request.POST if request.method == "POST" else request.GET)


@require_POST
def decide_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Adopt, accept or send back the version that the reader has looked at."""
    user = signed_in(request)
    head = get_object_or_404(
        Submission.objects.visible_to(user).select_related("task__plan").defer("task__plan__text"), pk=pk
    )
    speak(head.task.plan.kind)
    form = DecisionForm(request.POST)
    paper = None
    if request.POST.get("on_paper"):
        paper = ReviewPaperForm(request.POST, request.FILES, plan=head.task.plan, quarter=head.quarter)
    faulty = [one for one in (form, paper) if one is not None and not one.is_valid()]
    if faulty:
        return show_return(
            request, pk, None, decision=form, errors=_form_errors(form), paper=paper, status=422
        )
    data = form.cleaned_data
    version = get_object_or_404(Version.objects.visible_to(user), submission=head, number=data["version"])
    accept = data["action"] == "accept"
    lead = version.duty == Duty.LEAD
    notes = {
        name.removeprefix("note."): note
        for name, text in request.POST.items()
        if name.startswith("note.") and (note := typed.reason(str(text)))
    }
    # If somebody else has decided meanwhile, the write path says so.
    asking = accept and not data["sure"] and may_decide(user, version)
    doubt = _doubt(user, version, data, notes) if asking else ""
    if doubt:
        return show_return(
            request, pk, None, decision=form, errors={"sure": [doubt]}, paper=paper, status=422
        )
    decision = DecisionInput(
        version_id=version.pk,
        accept=accept,
        verified_light=data["verified_light"] if lead and accept and not version.elsewhere else "",
        verification=(data["verification"] or "") if lead and accept else "unverified",
        note=typed.prose(data["note"]),
        field_notes={} if accept else notes,
        answer_by=None if accept else data["answer_by"],
    )
    try:
        if paper is None:
            decide(by=user, decisions=[decision])
        else:
            with transaction.atomic():
                decide_on_paper(
                    by=user,
                    decision=decision,
                    paper=paper.paper(),
                    signer_agency=paper.cleaned_data["signer_agency"],
                    uploads=[paper.cleaned_data["scan"]],
                )
                jobs.ask_scan()
    except Problems as error:
        if paper is not None:
            add_problems(paper, error)
        return show_return(request, pk, None, decision=form, errors=error.by_field(), paper=paper, status=422)
    except Conflict as error:
        if not decided_by(user, [decision]):
            tell_conflict(request, error, form)
            return redirect("return", pk)
        # The same person pressed the button twice: it is done.
    version.task = head.task
    names = {pk: name.short for pk, name in names_at(head.quarter).items()}
    worklist = worklist_of(user, version, request.POST)
    following = worklist.next_waiting() if worklist else None
    if following is not None and worklist is not None and goes_on(request):
        say_decided(request, [version], names, accept=accept, links=[(worklist.url, _("回到列表"))])
        return redirect(following.url)
    say_decided(request, [version], names, accept=accept, links=next_of(worklist))
    return redirect(worklist.url if worklist else address("review", head.task.plan, head.quarter))


def _doubt(user: User, version: Version, data: dict[str, Any], notes: dict[str, str]) -> str:
    """The question whether acceptance is meant, where the form holds what belongs to sending back or a reason; "" where
    acceptance itself requires a reason."""
    lead = version.duty == Duty.LEAD
    word = _("核定通过") if lead else _("采纳")
    if notes or data["answer_by"]:
        return _("写了退回用的逐项意见或重报期限，选的却是“%(word)s”：它们不会记下。") % {"word": word}
    if not data["note"].strip():
        return ""
    if lead:
        # A missing choice is reported first, and a choice that requires a reason has one.
        plain = data["verification"] in {Verification.UNVERIFIED, Verification.TRUE} and (
            version.elsewhere or data["verified_light"] == version.light
        )
    else:
        plain = not overrules(user, version)
    return _("写了理由，选的却是“%(word)s”：理由会作为附言记下。") % {"word": word} if plain else ""


def _form_errors(form: DecisionForm) -> dict[str, list[str]]:
    return {name: [str(message) for message in found] for name, found in form.errors.items()}


class ReviewPaperForm(PaperForm):
    """Who signed the review on paper, and for which agency."""

    signer_agency = forms.TypedChoiceField(label=gettext_lazy("签字人单位"), coerce=int)
    field_order = ("signer", "signer_agency", "signed_on", "doc_number", "scan")

    def __init__(self, *args: Any, plan: Plan, quarter: Period, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["signer_agency"]
        among = agencies_for(plan)
        field.choices = agency_choices(quarter, empty=gettext_lazy("请选择"), among=among)


class SupplementForm(forms.Form):
    """What is wanted beyond what was accepted, and until when."""

    reason = forms.CharField(
        label=gettext_lazy("要补充什么"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
        error_messages={
            "required": gettext_lazy("请写明要补充什么。"),
            "max_length": gettext_lazy("最多 2000 字，请删减。"),
        },
    )
    answer_by = moment_field(gettext_lazy("期限"))


@require_POST
def supplement_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Require a supplement to the accepted version that the reader has looked at."""
    user = signed_in(request)
    head = get_object_or_404(Submission.objects.visible_to(user), pk=pk)
    form = SupplementForm(request.POST)
    number = request.POST.get("version", "")
    version = get_object_or_404(
        Version.objects.visible_to(user),
        submission=head,
        number=int(number) if number.isdecimal() and len(number) < 5 else 0,
    )
    if not form.is_valid():
        return show_return(request, pk, None, asking=form, status=422)
    asked = SupplementInput(
        version.pk, typed.prose(form.cleaned_data["reason"]), form.cleaned_data["answer_by"]
    )
    try:
        ask_supplement(by=user, requests=[asked])
    except Problems as error:
        add_problems(form, error)
        return show_return(request, pk, None, asking=form, status=422)
    except Conflict as error:
        tell_conflict(request, error, form)
    else:
        messages.success(request, _("已要求补充，填报单位在工作台看得到。"))
    return redirect("return", pk)


def _outstanding(user: User, pk: int) -> dict[str, Any]:
    """The request that is outstanding, if the reader may take it back."""
    row = Submission.objects.select_related("task", "cycle").filter(pk=pk, state=State.SUPPLEMENT).first()
    asked = (
        Supplement.objects.filter(version__submission=row).select_related("version__task", "asked_by").first()
        if row is not None
        else None
    )
    if row is None or asked is None:
        return {}
    asked.version.submission = row
    return {} if obstacle(user, row, asked) else {"outstanding": asked, "asked_it": asked.asked_by == user}


@require_POST
def supplement_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what was asked for beyond the accepted version."""
    user = signed_in(request)
    head = get_object_or_404(Submission.objects.visible_to(user).select_related("task"), pk=pk)
    asked = request.POST.get("supplement", "")
    found = get_object_or_404(
        Supplement.every,
        version__submission=head,
        pk=int(asked) if asked.isdecimal() and len(asked) < 12 else 0,
    )
    with refusals_told(request):
        undo_supplement(by=user, supplements=[found.pk], reason=typed.reason(request.POST.get("reason", "")))
        messages.success(request, _("%(code)s 的补充要求已撤销，已告知填报单位。") % {"code": head.task.code})
    return redirect("return", pk)
