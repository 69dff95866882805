"""Pages of the briefs: list, one brief, its files, and what is done with it. Verification is in verification_views.py."""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from csp.decorators import csp_exempt
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from qhplan import clock
from reports.briefs import actions, jobs, office_exports, permissions, queries, transitions
from reports.briefs.forms import AskForm, DiscardForm, IssueForm, WithdrawForm
from reports.briefs.kinds import KINDS, kind_label
from reports.briefs.models import Brief, BriefFile, BriefKind, BriefState, Subscription
from reports.briefs.presenters import brief_row
from reports.briefs.reading import reading, reworded
from reports.briefs.set_actions import SetInHand
from reports.briefs.subscriptions import kinds_of
from reports.typeset import fonts
from tasks.audit.models import Event
from tasks.errors import Conflict, Problems
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.people.permissions import may_make_briefs, may_read_briefs
from tasks.people.plan_scope import plans_where
from tasks.period_words import shared, speak
from tasks.plans.models import Plan
from tasks.plans.queries import published_for
from tasks.web.acting import refusals_on, refusals_told
from tasks.web.page_extensions import extensions
from tasks.web.sorting import sort_rows
from tasks.wording import speaking

log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


IN_HAND = 30  # drafts on one page of the list


def _brief(user: User, pk: int) -> Brief:
    brief = get_object_or_404(Brief.objects.visible_to(user).select_related("plan", "job"), pk=pk)
    speak(brief.plan.kind)
    return brief


# -- pages --------------------------------------------------------------------------------------------------


@require_GET
@allowed(may_read_briefs)
def brief_list(request: HttpRequest) -> HttpResponse:
    """What was issued, for everyone; what is in hand, for those who make briefs."""
    return list_page(request, signed_in(request))


@require_GET
@allowed(may_read_briefs)
def brief(request: HttpRequest, pk: int) -> HttpResponse:
    """One brief: its main figures, number, checksums and editions, and the actions on it."""
    user = signed_in(request)
    return _brief_page(request, user, _brief(user, pk))


@require_POST
@allowed(may_make_briefs)
def ask(request: HttpRequest) -> HttpResponse:
    """Request a brief of a quarter; the page of the new brief shows the progress of its job."""
    user = signed_in(request)
    form = ask_form(signed_in(request), request.POST)
    if form.is_valid():
        kind, scope = form.asked()
        try:
            made = jobs.ask_draft(
                by=user,
                plan=form.cleaned_data["plan"],
                quarter=form.cleaned_data["quarter"],
                kind=kind,
                scope=scope,
            )
        except Problems as problems:
            for problem in problems.problems:
                form.add_error(problem.field if problem.field in form.fields else None, problem.message)
        else:
            return redirect("brief", pk=made.pk)
    return list_page(request, user, form=form, status=422)


@require_POST
@allowed(may_make_briefs)
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the draft its number; a job then sets the PDF that carries it."""
    user = signed_in(request)
    draft = _brief(user, pk)
    form = IssueForm(request.POST)
    if not form.is_valid():
        return _brief_page(request, user, draft, issue_form=form, status=422)
    try:
        jobs.ask_issue(by=user, brief=draft)
    except PermissionDenied as denied:
        form.add_error(None, str(denied))
        return _brief_page(request, user, draft, issue_form=form, status=422)
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("brief", pk=pk)


@require_POST
@allowed(may_make_briefs)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw an issued brief, with the reason."""
    user = signed_in(request)
    issued = _brief(user, pk)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _brief_page(request, user, issued, withdraw_form=form, status=422)
    with refusals_on(form, told_to=request):
        actions.withdraw(by=user, brief=issued, reason=form.cleaned_data["reason"])
        messages.success(request, _("%(label)s已撤回。") % {"label": issued.reference})
    return redirect("brief", pk=pk)


@require_POST
@allowed(may_make_briefs)
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Discard a draft, or what could not be made, with the reason."""
    user = signed_in(request)
    draft = _brief(user, pk)
    form = DiscardForm(request.POST)
    if not form.is_valid():
        return _brief_page(request, user, draft, discard_form=form, status=422)
    with refusals_on(form, told_to=request):
        actions.discard(by=user, brief=draft, reason=form.cleaned_data["reason"])
        messages.success(request, _("%(title)s已作废。") % {"title": draft.title})
    return redirect("brief", pk=pk)


@require_POST
@allowed(may_make_briefs)
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try again what failed."""
    user = signed_in(request)
    with refusals_told(request):
        jobs.ask_again(by=user, brief=_brief(user, pk))
    return redirect("brief", pk=pk)


def without_csp(view: View) -> View:
    """Without a Content-Security-Policy: Chromium's own PDF viewer is an embedded object to it and shows nothing under
    our object-src 'none', and a PDF runs no script of the site."""
    bare: Any = csp_exempt()(view)  # its types forget the arguments that follow the request
    return cast(View, bare)


# -- files --------------------------------------------------------------------------------------------------


@without_csp
@require_GET
@allowed(may_read_briefs)
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The brief's PDF: in the browser, or as a file with `?download=1`. Each download is recorded.

    The record is the one thing here that a GET writes (docs/decisions): it is a log, changes nothing that anyone
    sees, and only a plain link can be opened, bookmarked and printed.
    """
    user = signed_in(request)
    wanted = _with_files(user, pk)
    file = queries.file_with_bytes(wanted)
    if file is None:
        raise Http404
    if request.headers.get("If-None-Match") == f'"{file.sha256}"':
        return _sealed(HttpResponse(status=304), file.sha256)
    actions.record_download(by=user, file=file)
    return pdf_response(request, wanted, file)


@require_POST
@allowed(may_read_briefs)
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the reader has read the brief on its page; sent by a press, or by the page itself once it is open."""
    user = signed_in(request)
    wanted = _with_files(user, pk)
    if file := queries.files_of([wanted]).get(wanted.pk):
        actions.record_reading(by=user, file_id=file.id)
    return redirect("brief", pk=pk)


def pdf_response(request: HttpRequest, item: Brief, file: BriefFile) -> HttpResponse:
    """The file, in the browser or as a download."""
    response = HttpResponse(bytes(file.pdf), content_type="application/pdf")
    name = f"{file_name(item)}.pdf"
    response["Content-Disposition"] = content_disposition_header("download" in request.GET, name) or ""
    return _sealed(response, file.sha256)


@require_GET
@allowed(may_read_briefs)
def figures(request: HttpRequest, pk: int) -> HttpResponse:
    """The frozen figures, byte for byte as they were hashed."""
    wanted = _with_files(signed_in(request), pk)
    if not wanted.figures:
        raise Http404
    response = HttpResponse(wanted.figures.encode(), content_type="application/json")
    response["Content-Disposition"] = content_disposition_header(True, f"{file_name(wanted)}.json") or ""
    return _sealed(response, wanted.figures_sha256)


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@allowed(may_make_briefs)
def copy(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """A working copy for the office's own editing: the text as .docx, the figures as .xlsx. Each download is recorded."""
    user = signed_in(request)
    wanted = _brief(user, pk)
    if not wanted.figures:
        raise Http404
    if form == "docx" and not fonts.fonts_ready():
        messages.error(request, _("简报字体尚未准备好，请稍后再试。"))
        return redirect("brief", pk=pk)
    with speaking(queries.wording_of(wanted)):
        content = office_exports.docx(wanted) if form == "docx" else office_exports.xlsx(wanted)
    actions.record_copy(by=user, brief=wanted, form=form)
    response = HttpResponse(content, content_type=DOCX if form == "docx" else XLSX)
    name = _("%(name)s 工作稿.%(form)s") % {"name": file_name(wanted), "form": form}
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    response["Cache-Control"] = "private, no-store"
    return response


def _with_files(user: User, pk: int) -> Brief:
    wanted = _brief(user, pk)
    if not permissions.may_take_file(user, wanted):
        raise PermissionDenied
    return wanted


def _sealed(response: HttpResponse, sha256: str) -> HttpResponse:
    """What was sent can be checked; no cache between us and the reader keeps it. Raises Http404 where the bytes are no longer
    those that were made."""
    if response.content and hashlib.sha256(response.content).hexdigest() != sha256:
        log.error("the bytes of a brief do not have their hash %s", sha256)
        raise Http404(_("简报的内容与登记的校验值不符，没有发出，请联系系统管理员。"))
    response["ETag"] = f'"{sha256}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def file_name(item: Brief) -> str:
    """Words that a person finds again in a full folder: plan, quarter, and number or draft."""
    if item.is_numbered and item.state != BriefState.ISSUING:
        number = item.label
    else:
        number = _("草稿（已作废）") if item.state == BriefState.DISCARDED else _("草稿")
    name = _("%(plan)s %(title)s %(number)s") % {
        "plan": item.plan.title,
        "title": item.title,
        "number": number,
    }
    # The dash of 1—2月 would be dropped, and make it December.
    return get_valid_filename(name.replace(" ", "_").replace("—", "-")).replace("_", " ")


# -- parts of pages -----------------------------------------------------------------------------------------


def ask_form(user: User, data: QueryDict | None = None) -> AskForm:
    """The form on the list, with the plans whose briefs the user makes."""
    plans = list(Plan.objects.defer("text", "head").filter(plans_where(user, may_make_briefs)))
    speak(shared(plan.kind for plan in plans))
    return AskForm(data, plans=plans, today=clock.today())


COLUMNS: dict[str, Callable[[Brief], Any]] = {
    "period": lambda brief: brief.quarter.last_day,
    "issued": lambda brief: brief.issued_at,
    "title": lambda brief: brief.title,
}


def list_page(
    request: HttpRequest,
    user: User,
    *,
    form: AskForm | None = None,
    held: SetInHand | None = None,
    status: int = 200,
) -> HttpResponse:
    """The list with what a person filled in; `held` is the set that exists already: the page
    offers to request another one all the same."""
    can_make = may_make_briefs(user)
    form = (form or ask_form(user)) if can_make else None
    plans = list(published_for(user))
    speak(shared(plan.kind for plan in plans))
    kind = request.GET.get("kind", "")
    seen = queries.published(user)
    kinds = [(str(one), str(one.label)) for one in BriefKind]
    seen = seen.filter(kind=kind) if kind in BriefKind.values else seen
    issued = sort_rows(request.GET, COLUMNS, seen)
    shows_discarded = can_make and request.GET.get("state") == BriefState.DISCARDED
    made = queries.discarded(user) if shows_discarded else queries.in_hand(user)
    drafts = made if can_make else Brief.objects.none()
    page = Paginator(drafts, IN_HAND).get_page(request.GET.get("page"))
    in_hand = list(page)
    files = queries.files_of([*issued, *in_hand])
    stops = queries.stops_of(in_hand)

    def titles(item: Brief) -> str:
        return item.plan.title if len(plans) > 1 else ""

    context = {
        "lede": _list_lede([item for item in issued if item.state == BriefState.ISSUED]),
        "kind": kind,
        "kinds": kinds,
        "sets": list(queries.recent_sets(user)) if can_make else [],
        "issued": [brief_row(item, files.get(item.pk), user, plan=titles(item)) for item in issued],
        "drafts": page,
        "shows_discarded": shows_discarded,
        "in_hand": [
            brief_row(item, files.get(item.pk), user, is_stopped=item.pk in stops, plan=titles(item))
            for item in in_hand
        ],
        "held": held,
        "can_make": can_make,
        "subscribed": _subscribed(user, plans),
        "form": form,
    }
    return render(request, "briefs/list.html", context, status=status)


def _subscribed(user: User, plans: list[Plan]) -> list[tuple[Plan, list[tuple[str, str, bool]]]]:
    """Of each plan: (kind, its name, whether the reader has subscribed to it)."""
    wanted = set(Subscription.objects.filter(user=user).values_list("plan", "kind"))
    return [
        (plan, [(str(kind), kind_label(kind, plan.kind), (plan.pk, kind) in wanted) for kind in BriefKind])
        for plan in plans
    ]


def _list_lede(in_force: list[Brief]) -> str:
    if not in_force:
        return _("每季度一份：数据冻结、编号印发、可以核验。现在还没有现行的简报。")
    # The list is in the order of what they speak of; each kind has a series of numbers of its own.
    latest = max(in_force, key=lambda item: (item.issued_at or item.known_at, item.pk))
    return _("现行简报 %(count)d 份，最近一份是《%(title)s》%(label)s，%(day)s印发。") % {
        "count": len(in_force),
        "title": latest.title,
        "label": latest.label,
        "day": _day(latest.issued_at),
    }


def _lede(item: Brief, stop: Event | None) -> str:
    """The sentence over a brief's page: what it is now."""
    if stop is not None:
        at = f"{timezone.localtime(stop.at):%Y-%m-%d %H:%M}"
        return _("%(who)s %(at)s 停止了整套简报，这一份没有生成；可以重试。") % {
            "who": stop.by or _("系统"),
            "at": at,
        }
    words = {"label": item.label, "day": _day(item.issued_at)}
    match item.state:
        case BriefState.ASKED:
            return _("正在汇总数据并排版，完成后成为草稿。")
        case BriefState.FAILED:
            return _("没有生成成功，原因见下；处理后可以重试。")
        case BriefState.DRAFT:
            if not KINDS[item.kind].is_numbered:
                return _("草稿：数据已经定稿；核对后印发，再送达单位。")
            return _("草稿：数据已经定稿，还没有期号；核对后印发。")
        case BriefState.DISCARDED:
            return _("已经作废，没有期号；不能再修改、重试或印发，仅供办公室查考。")
        case BriefState.ISSUING:
            return _("已定为%(label)s，正在生成正式文件。") % words
        case BriefState.ISSUED:
            return _("%(label)s，%(day)s印发，现行有效。") % words
        case BriefState.SUPERSEDED:
            return _("%(label)s，%(day)s印发，已被新版取代，仅供查考。") % words
        case _:
            return _("%(label)s，%(day)s印发，已经撤回，不再有效。") % words


def _day(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "Y年n月j日") if moment else ""


def _brief_page(
    request: HttpRequest,
    user: User,
    item: Brief,
    *,
    issue_form: IssueForm | None = None,
    withdraw_form: WithdrawForm | None = None,
    discard_form: DiscardForm | None = None,
    status: int = 200,
) -> HttpResponse:
    file = queries.files_of([item]).get(item.pk)
    can_make = may_make_briefs(user)
    editions = list(Brief.objects.visible_to(user).editions_of(item).for_page())
    newest = editions[0] if editions else None
    can_open = file is not None and permissions.may_take_file(user, item)
    stop = queries.stops_of([item]).get(item.pk) if can_make else None
    # The result of a job means nothing where the set was stopped or the brief was discarded: it had nothing left to do.
    job = item.job if stop is None and item.state != BriefState.DISCARDED else None
    failed = stop is not None or (
        job is not None
        and job.state == "failed"
        and item.state in (BriefState.FAILED, BriefState.ISSUING, BriefState.DRAFT)
    )
    context = {
        "plan": item.plan,
        "brief": item,
        "title": item.title,
        "lede": _lede(item, stop),
        "problem_form": issue_form or withdraw_form or discard_form,
        "file": file,
        "size": filesizeformat(file.size) if file else "",
        "can_open": can_open,
        "reading": reading(item, user) if can_open else None,
        **(_compared(request, user, item, editions) if can_open else {}),
        "can_make": can_make,
        "editions": [(edition, edition.pk == item.pk) for edition in editions],
        "newer": newest if newest and item.is_numbered and _replaces(newest, item) else None,
        "job": job if job is not None and (failed or not job.finished) else None,
        "failed": failed and can_make,
        "code": jobs.stamp_of(item).code_printed if item.is_numbered else "",
        "may_edit": can_make and item.state == BriefState.DRAFT,
        "unprintable": _unprintable(item) if can_make and item.state == BriefState.DRAFT else [],
        "changes": queries.changes_of(item) if can_make else [],
        "issue_form": issue_form or IssueForm() if can_make and item.state == BriefState.DRAFT else None,
        "corrects": newest if newest and item.state == BriefState.DRAFT else None,
        "is_counted": KINDS[item.kind].is_numbered,
        "handover": queries.handovers_of([item]).get(item.pk) if can_make else None,
        "may_hand_over": can_make and item.state == BriefState.ISSUED and not KINDS[item.kind].is_numbered,
        "withdraw_form": withdraw_form or WithdrawForm()
        if can_make and item.state == BriefState.ISSUED
        else None,
        "discard_form": discard_form or DiscardForm()
        if can_make and item.state in transitions.DISCARD.sources
        else None,
        "is_subscribed": item.kind in kinds_of(user, item.plan),
        "downloads": queries.downloads_of(item) if can_make else [],
        "parts": extensions("brief", user=user, brief=item),
    }
    return render(request, "briefs/detail.html", context, status=status)


def _compared(request: HttpRequest, user: User, item: Brief, editions: list[Brief]) -> dict[str, Any]:
    """The edition with which the reader compares this one (`?against=`), of those whose files they may open."""
    wanted = request.GET.get("against", "")
    against = next(
        (
            one
            for one in editions
            if str(one.pk) == wanted and one.pk != item.pk and permissions.may_take_file(user, one)
        ),
        None,
    )
    if against is None:
        return {}
    before, after = sorted((against, item), key=lambda one: one.edition or 0)
    try:
        rows = reworded(after, before)
    except fonts.FontError as error:
        messages.error(request, str(error))
        return {}
    return {"reworded": rows, "against": against, "before": before.label, "after": after.label}


def _unprintable(item: Brief) -> list[tuple[str, str, str]]:
    """(character, its code point, the words around it) of what would be printed as 〓."""
    found = jobs.unprintable_of([item])[item.pk]
    return [(character, f"U+{ord(character):04X}", words) for character, words in found.items()]


def _replaces(newest: Brief, item: Brief) -> bool:
    return newest.pk != item.pk and newest.state == BriefState.ISSUED
