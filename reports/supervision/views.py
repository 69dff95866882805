"""Pages of notices: the board, one notice with what each may do about it, its document, and issuing by hand."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from csp.decorators import csp_exempt
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from qhplan import clock
from reports.supervision import (
    actions,
    answer_files,
    answers,
    batches,
    jobs,
    message_texts,
    permissions,
    queries,
    reopening,
    transitions,
)
from reports.supervision.board import Board
from reports.supervision.form_choices import answer_days
from reports.supervision.forms import (
    AnswerForm,
    DecideForm,
    IssueForm,
    RejectForm,
    ReopenForm,
    SeveralForm,
    TakeBackForm,
    WithdrawForm,
)
from reports.supervision.models import Answer, AnswerFile, Notice, NoticeFile
from reports.supervision.page_extensions import instructions_on
from reports.supervision.preview import preview, preview_page
from reports.supervision.trigger_facts import facts_of, since_then
from reports.supervision.values import State
from tasks.audit.log import subject_of
from tasks.audit.models import Event
from tasks.errors import Conflict, Problems
from tasks.files import jobs as scan_jobs
from tasks.files.models import StoredFile
from tasks.files.serving import hand_out, why_not
from tasks.files.values import SUFFIXES
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.people.permissions import may_see_problems, may_supervise
from tasks.people.queries import office_agency_ids
from tasks.period_words import speak
from tasks.web.acting import refusals_on
from tasks.web.forms import add_problems, tell_conflict

_NO_FILE_NAME = re.compile(r"""[\\/:*?"<>|\x00-\x1f]""")
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True)
class Line:
    """A file as the page shows it; `why_not` says why it cannot be downloaded now, or is empty."""

    file: StoredFile
    why_not: str


# What the agency is not told: how a notice came about, and what the typesetter did.
_INTERNAL = ("notice.propose", "notice.retry", "notice.escalate")


# -- the board ----------------------------------------------------------------------------------------------


@require_GET
@allowed(permissions.may_see_some)
def notice_list(request: HttpRequest) -> HttpResponse:
    """督办台账: all that the reader may see, those open by their age."""
    user = signed_in(request)
    context = {"may_issue": may_supervise(user), **Board(user, request.GET).context()}
    return render(request, "supervision/list.html", context)


# -- one notice ---------------------------------------------------------------------------------------------


def _notice(user: User, pk: int) -> Notice:
    notice = get_object_or_404(Notice.objects.visible_to(user).for_page().select_related("job"), pk=pk)
    speak(notice.plan.kind)
    return notice


@require_GET
@allowed(permissions.may_see_some)
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice: what it stands on, what it asks, what was answered, and what the reader may do."""
    user = signed_in(request)
    return _page(request, user, _notice(user, pk))


@require_POST
@allowed(may_supervise)
def notice_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue a proposal, with the words as they stand in the form."""
    user = signed_in(request)
    found = _notice(user, pk)
    form = IssueForm(request.POST, plan_id=found.plan_id)
    if form.is_valid() and request.POST.get("action") == "edit":
        return _page(request, user, found, issue_form=form)
    if form.is_valid() and request.POST.get("action") == "preview":
        with refusals_on(form, told_to=request) as outcome:
            shown = preview(lambda: [actions.issue(by=user, notice=found, content=form.content())])
        if outcome.is_conflict:
            return redirect("notice", pk)
        if outcome.is_done:
            here = reverse("notice_issue", args=[pk])
            return preview_page(request, shown, url=here, back=here)
    elif form.is_valid():
        with refusals_on(form, told_to=request) as outcome:
            issued = jobs.ask_issue(by=user, notice=found, content=form.content())
        if outcome.is_conflict:
            return redirect("notice", pk)
        if outcome.is_done:
            messages.success(request, _("已签发%(number)s。") % {"number": issued.doc_number})
            return redirect("notice", pk)
    return _page(request, user, found, issue_form=form, status=422)


@require_POST
@allowed(may_supervise)
def notice_issue_several(request: HttpRequest) -> HttpResponse:
    """Issue the ticked proposals: first what would become of each, then, confirmed, all that can be issued."""
    user = signed_in(request)
    asked = {value for value in request.POST.getlist("notices") if value.isdecimal() and len(value) < 12}
    chosen = list(
        Notice.objects.visible_to(user)
        .for_page()
        .filter(pk__in=asked, state=State.PROPOSED)
        .order_by("proposed_at", "pk")[: batches.MOST]
    )
    back = f"{reverse('notice_list')}?state={State.PROPOSED}"
    if not chosen:
        messages.error(request, _("请先勾选要签发的督办建议；已经办理过的不能再签发。"))
        return redirect(back)
    form = SeveralForm(request.POST)
    confirmed = request.POST.get("action") == "issue" and form.is_valid()
    due_on = form.cleaned_data.get("due_on") if form.is_valid() else None
    if confirmed:
        found = batches.issue_proposals(by=user, notices=chosen, due_on=due_on)
        numbers = [one.notice.doc_number for one in found if one.is_issued and one.notice is not None]
        if numbers:
            said = ngettext("已签发 %(n)d 件：%(which)s。", "已签发 %(n)d 件：%(which)s。", len(numbers))
            messages.success(request, said % {"n": len(numbers), "which": "、".join(numbers)})
        for row in queries.rows([one.notice for one in found if one.why and one.notice is not None]):
            why = next(one.why for one in found if one.notice == row.notice)
            words = {"body": row.body, "title": row.notice.title, "why": why}
            messages.warning(request, _("没有签发：%(body)s《%(title)s》：%(why)s") % words)
        return redirect(reverse("notice_list") if numbers else back)
    checked = batches.check_proposals(by=user, notices=chosen, due_on=due_on)
    whys = {one.notice.pk: one.why for one in checked if one.notice is not None}
    lines = [(row, whys.get(row.notice.pk, "")) for row in queries.rows(chosen)]
    context = {
        "lines": lines,
        "form": form,
        "fit": sum(not words for _row, words in lines),
        "unfit": sum(bool(words) for _row, words in lines),
        "back": back,
    }
    status = 422 if form.errors else 200
    return render(request, "supervision/issue_several.html", context, status=status)


@require_POST
@allowed(may_supervise)
def notice_reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuse a proposal, with the reason."""
    user = signed_in(request)
    found = _notice(user, pk)
    form = RejectForm(request.POST)
    if not form.is_valid():
        return _page(request, user, found, reject_form=form, status=422)
    return _done(
        request,
        pk,
        lambda: actions.reject(by=user, notice=found, reason=form.cleaned_data["reason"]),
        _("已定为不予督办。"),
        form,
    )


@require_POST
@allowed(permissions.may_see_some)
def notice_acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """The agency signs for it."""
    user = signed_in(request)
    found = _notice(user, pk)
    return _done(request, pk, lambda: answers.acknowledge(by=user, notice=found), _("已签收。"))


@require_POST
@allowed(permissions.may_see_some)
def notice_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the draft of the answer, or send it."""
    user = signed_in(request)
    found = _notice(user, pk)
    form = AnswerForm(request.POST)
    status = 422
    if form.is_valid():
        text, revision = form.cleaned_data["text"], form.cleaned_data["revision"]
        try:
            with transaction.atomic():
                added = _change_files(request, user, found)
                if request.POST.get("action") == "send":
                    answers.answer(by=user, notice=found, text=text, revision=revision)
                    said = _("反馈已报送，等待审核。")
                else:
                    answers.save_draft(by=user, notice=found, text=text, revision=revision)
                    said = _("草稿已保存，只有本单位看得到。")
                if added:
                    scan_jobs.ask_scan()
        except Problems as problems:
            add_problems(form, problems)
        except Conflict as conflict:
            # Nothing is lost: what was typed stays, beside what a colleague saved; saving again goes on from there.
            status = 409
            found = _notice(user, pk)
            if found.state not in transitions.ANSWER.sources:
                tell_conflict(request, conflict, form)
                return redirect("notice", pk)
            again = request.POST.copy()
            again["revision"] = str(found.draft_revision)
            form = AnswerForm(again)
            form.is_valid()
            form.add_error(None, str(conflict))
        else:
            messages.success(request, said)
            return redirect("notice", pk)
    return _page(request, user, found, answer_form=form, status=status)


def _change_files(request: HttpRequest, user: User, found: Notice) -> bool:
    """Attach what was sent with the form and take off what it names; whether anything is new."""
    if wanted := request.POST.get("remove", ""):
        try:
            file_id = uuid.UUID(wanted)
        except ValueError as error:
            raise Conflict(_("要删除的文件已经不在草稿里，请刷新页面。")) from error
        answer_files.remove(by=user, notice=found, file_ids=[file_id])
    uploads = request.FILES.getlist("evidence")
    return bool(uploads and answer_files.attach(by=user, notice=found, uploads=uploads))


@require_GET
@allowed(permissions.may_see_some)
def answer_file(request: HttpRequest, pk: uuid.UUID) -> FileResponse:
    """A file of an answer, as an attachment."""
    seen = AnswerFile.objects.visible_to(signed_in(request)).select_related("file")
    held = seen.filter(file=pk).first()  # also in a draft, where the answer was taken back
    if held is None:
        raise Http404
    return hand_out(held.file)


@require_POST
@allowed(may_supervise)
def notice_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Close it, or send the answer back."""
    user = signed_in(request)
    found = _notice(user, pk)
    form = DecideForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        read = get_object_or_404(Answer, pk=data["answer"], notice=found)
        accept = data["action"] == "accept"
        with refusals_on(form, told_to=request) as outcome:
            answers.decide(
                by=user, notice=found, answer=read, accept=accept, note=data["note"], due_on=data["due_on"]
            )
        if outcome.is_conflict:
            return redirect("notice", pk)
        if outcome.is_done:
            done = _("已办结%(number)s。") if accept else _("已退回%(number)s的反馈，请单位重新反馈。")
            messages.success(request, done % {"number": found.doc_number})
            return redirect("notice", pk)
    return _page(request, user, found, decide_form=form, status=422)


@require_POST
@allowed(may_supervise)
def notice_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw an issued notice, with the reason."""
    user = signed_in(request)
    found = _notice(user, pk)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _page(request, user, found, withdraw_form=form, status=422)
    return _done(
        request,
        pk,
        lambda: actions.withdraw(by=user, notice=found, reason=form.cleaned_data["reason"]),
        _("已撤销%(number)s。") % {"number": found.doc_number},
        form,
    )


@require_POST
@allowed(may_supervise)
def notice_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed notice again, with the reason and another day."""
    user = signed_in(request)
    found = _notice(user, pk)
    form = ReopenForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        with refusals_on(form, told_to=request) as outcome:
            reopening.reopen(by=user, notice=found, reason=data["reason"], due_on=data["due_on"])
        if outcome.is_done:
            messages.success(
                request, _("已重开%(number)s，主送单位已得到告知。") % {"number": found.doc_number}
            )
        if outcome.is_done or outcome.is_conflict:
            return redirect("notice", pk)
    return _page(request, user, found, reopen_form=form, status=422)


@require_POST
@allowed(permissions.may_see_some)
def notice_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the agency's answer back before it is decided, with the reason."""
    user = signed_in(request)
    found = _notice(user, pk)
    form = TakeBackForm(request.POST)
    if not form.is_valid():
        return _page(request, user, found, take_back_form=form, status=422)
    return _done(
        request,
        pk,
        lambda: answers.take_back(by=user, notice=found, reason=form.cleaned_data["reason"]),
        _("反馈已撤回，内容回到草稿。"),
        form,
    )


@require_POST
@allowed(may_supervise)
def notice_document(request: HttpRequest, pk: int) -> HttpResponse:
    """Once more the document that failed."""
    user = signed_in(request)
    found = _notice(user, pk)
    return _done(request, pk, lambda: jobs.ask_document(by=user, notice=found), _("正在重新生成文件。"))


def _done(request: HttpRequest, pk: int, act: Callable[[], Any], said: str, form: Any = None) -> HttpResponse:
    """Do it and go back to the notice, with what became of it."""
    try:
        act()
    except Conflict as conflict:
        tell_conflict(request, conflict, form or forms.Form())
    else:
        messages.success(request, said)
    return redirect("notice", pk)


def _page(
    request: HttpRequest,
    user: User,
    found: Notice,
    *,
    issue_form: IssueForm | None = None,
    reject_form: RejectForm | None = None,
    answer_form: AnswerForm | None = None,
    decide_form: DecideForm | None = None,
    withdraw_form: WithdrawForm | None = None,
    take_back_form: TakeBackForm | None = None,
    reopen_form: ReopenForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    given = list(found.answers.select_related("by", "decided_by"))
    held: dict[int | None, list[Line]] = {}
    for link in AnswerFile.objects.visible_to(user).filter(notice=found).select_related("file"):
        held.setdefault(link.answer_id, []).append(Line(link.file, why_not(link.file)))
    undecided = next((answer for answer in given if not answer.decision), None)
    may_decide = permissions.may_decide(user, found.agency_id, office_agency_ids(found.plan_id))
    signed = permissions.signed_before(user, {answer.by_id for answer in given})
    file = NoticeFile.objects.filter(notice=found).defer("pdf").first()
    sees_all = may_see_problems(user)
    events = Event.objects.filter(subject=subject_of(found)).select_related("by")
    proposed = found.state == State.PROPOSED
    to_answer = found.state in transitions.ANSWER.sources and permissions.may_draft(user, found)
    context = {
        "plan": found.plan,
        "instructions": instructions_on(user, Q(notice=found), notice=found.pk),
        "notice": found,
        "row": queries.rows([found])[0],
        "lede": _lede(found),
        "basis": message_texts.basis(found),
        "facts": facts_of(found),
        "since": since_then(found, now) if sees_all else "",
        "closing": message_texts.closing(found, found.first_due_on) if found.first_due_on else "",
        "answers": [(answer, held.get(answer.pk, [])) for answer in given[::-1]],
        "draft_files": held.get(None, []),
        "accept": ",".join(SUFFIXES),
        "max_mb": settings.EVIDENCE_MAX_MB,
        "max_files": settings.EVIDENCE_MAX_FILES,
        "escalations": list(found.escalations.prefetch_related("told")),
        "events": list(events if sees_all else events.exclude(verb__in=_INTERNAL)),
        "file": file,
        "job": found.job if found.job is not None and file is None and not found.job.finished else None,
        "failed": found.job if found.job is not None and found.job.is_failed and file is None else None,
        "sees_all": sees_all,
        "may_decide": may_decide,
        "issue_form": (issue_form or _issue_form(found)) if proposed and may_decide else None,
        "reject_form": (reject_form or RejectForm()) if proposed and may_decide else None,
        "may_acknowledge": found.state == State.ISSUED and permissions.may_acknowledge(user, found),
        "answer_form": (
            answer_form or AnswerForm(initial={"text": found.draft, "revision": found.draft_revision})
            if to_answer
            else None
        ),
        "may_answer": permissions.may_answer(user, found),
        "take_back_form": (take_back_form or TakeBackForm())
        if found.state == State.ANSWERED and permissions.may_take_back(user, found)
        else None,
        "decide_form": (
            decide_form
            or DecideForm(
                initial={
                    "answer": undecided.pk,
                    "due_on": message_texts.default_due(clock.today(), answer_days(found.ground, found.plan)),
                }
            )
            if undecided is not None and may_decide and not signed
            else None
        ),
        "withdraw_form": (withdraw_form or WithdrawForm()) if found.is_open and may_decide else None,
        "reopenings": list(found.reopenings.select_related("by", "closed_by")),
        "reopen_form": (
            reopen_form
            or ReopenForm(
                initial={
                    "due_on": message_texts.default_due(clock.today(), answer_days(found.ground, found.plan))
                }
            )
            if found.state == State.CLOSED and may_decide and not reopening.obstacle(user, found)
            else None
        ),
        "problem_form": reopen_form
        or issue_form
        or reject_form
        or answer_form
        or decide_form
        or withdraw_form,
    }
    return render(request, "supervision/detail.html", context, status=status)


def _issue_form(found: Notice) -> IssueForm:
    due = found.facts.get("due_on") or message_texts.default_due(
        clock.today(), answer_days(found.ground, found.plan)
    )
    initial = {"title": found.title, "text": found.text, "due_on": due}
    if found.proposed_by_id:  # a person chose it; a rule has none to say
        initial["grade"] = found.grade
    return IssueForm(initial=initial, plan_id=found.plan_id)


def _lede(found: Notice) -> str:
    """The sentence over the page: what it is now, and whose turn it is."""
    words = {
        "issued": message_texts.day(_local(found.issued_at)) if found.issued_at else "",
        "due": message_texts.day(found.due_on) if found.due_on else "",
        "ended": message_texts.day(_local(found.ended_at)) if found.ended_at else "",
    }
    match found.state:
        case State.PROPOSED:
            return _("督办建议，等待决定：签发，或不予督办。没有决定，不会发出。")
        case State.REJECTED:
            return _("督办建议，%(ended)s定为不予督办。") % words
        case State.ISSUED:
            return _("%(issued)s签发，等待单位签收；%(due)s前反馈。") % words
        case State.ACKNOWLEDGED:
            return _("%(issued)s签发，已签收，等待反馈；期限%(due)s。") % words
        case State.ANSWERED:
            return _("%(issued)s签发，已反馈，等待审核。") % words
        case State.SENT_BACK:
            return _("%(issued)s签发，反馈已退回，等待重新反馈；期限%(due)s。") % words
        case State.CLOSED:
            return _("%(issued)s签发，%(ended)s办结。") % words
        case _:
            return _("%(issued)s签发，%(ended)s撤销，不再办理。") % words


def _local(moment: Any) -> Any:
    return timezone.localdate(moment, timezone.get_default_timezone())


# -- the document -------------------------------------------------------------------------------------------


def _without_csp(view: View) -> View:
    """As for a brief: Chromium's own PDF viewer is an embedded object to our policy, and a PDF runs no script of ours."""
    bare: Any = csp_exempt()(view)
    return cast(View, bare)


@_without_csp
@require_GET
@allowed(permissions.may_see_some)
def notice_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The notice's PDF: in the browser, or as a file with `?download=1`."""
    found = _notice(signed_in(request), pk)
    file = NoticeFile.objects.filter(notice=found).first()
    if file is None:
        raise Http404(_("文件还没有生成。"))
    response = HttpResponse(bytes(file.pdf), content_type="application/pdf")
    # Brackets and quotes of our own sort stay: 督〔2017〕1号 without them would be another number.
    name = _NO_FILE_NAME.sub("", f"{found.doc_number} {found.title}")
    response["Content-Disposition"] = (
        content_disposition_header("download" in request.GET, f"{name}.pdf") or ""
    )
    response["ETag"] = f'"{file.sha256}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
