"""A quarter's whole set of briefs: request, page of its progress, stop, retry, discard."""

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from reports.briefs import actions, jobs, queries, set_actions
from reports.briefs.forms import DiscardSetForm, IssueSetForm
from reports.briefs.models import NUMBERED, UNNUMBERED, Brief, BriefSet, BriefState
from reports.briefs.views import ask_form, file_name, list_page
from reports.typeset.print_file import joined
from tasks.errors import Conflict, Problems
from tasks.files.archives import safe
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.people.permissions import may_make_briefs
from tasks.period_words import speak
from tasks.web.acting import refusals_on, refusals_told
from tasks.web.forms import tell_conflict


@require_POST
@allowed(may_make_briefs)
def ask_set(request: HttpRequest) -> HttpResponse:
    """Request all briefs of a quarter together."""
    user = signed_in(request)
    form = ask_form(signed_in(request), request.POST)
    if form.is_valid():
        try:
            made = jobs.ask_set(
                by=user,
                plan=form.cleaned_data["plan"],
                quarter=form.cleaned_data["quarter"],
                again=request.POST.get("again") == "1",
            )
        except set_actions.SetInHand as held:
            return list_page(request, user, form=form, held=held, status=409)
        except Problems as problems:
            for problem in problems.problems:
                form.add_error(problem.field if problem.field in form.fields else None, problem.message)
        else:
            return redirect("brief_set", pk=made.pk)
    return list_page(request, user, form=form, status=422)


def _set(pk: int) -> BriefSet:
    found = get_object_or_404(BriefSet.objects.select_related("plan", "asked_by").defer("plan__text"), pk=pk)
    speak(found.plan.kind)
    return found


@require_GET
@allowed(may_make_briefs)
def brief_set(request: HttpRequest, pk: int) -> HttpResponse:
    """The set's page: every brief with its state."""
    return _page(request, _set(pk))


def _page(
    request: HttpRequest,
    found: BriefSet,
    *,
    form: DiscardSetForm | None = None,
    issue_form: IssueSetForm | None = None,
    status: int = 200,
) -> HttpResponse:
    briefs = list(Brief.objects.filter(of_set=found).for_page().order_by("pk"))
    counts = Counter(brief.state for brief in briefs)
    stops = queries.stops_of(briefs)
    slips = [brief for brief in briefs if brief.kind in UNNUMBERED and brief.state != BriefState.DISCARDED]
    handovers = queries.handovers_of(slips)
    waiting, failed = counts[BriefState.ASKED], counts[BriefState.FAILED]
    total = len(briefs) - counts[BriefState.DISCARDED]
    discardable = counts[BriefState.DRAFT] + failed
    drafts = counts[BriefState.DRAFT]
    running = sum(
        brief.state == BriefState.ASKED
        or (brief.state == BriefState.ISSUING and brief.job is not None and not brief.job.finished)
        for brief in briefs
    )
    context = {
        "plan": found.plan,
        "set": found,
        "title": _("%(quarter)s整套简报") % {"quarter": found.quarter.label},
        "lede": _lede(counts, len(stops)),
        "briefs": [(brief, stops.get(brief.pk), handovers.get(brief.pk)) for brief in briefs],
        "slips": len(slips),
        "to_hand_over": sum(one.state == BriefState.ISSUED and one.pk not in handovers for one in slips),
        "handed": len(handovers),
        "signed": sum(one.received_at is not None for one in handovers.values()),
        "total": total,
        "waiting": waiting,
        "failed": failed,
        "done": total - waiting - failed,
        "discardable": discardable,
        "discard_told": _discard_told(counts, len(stops)),
        "drafts": drafts,
        "running": running,
        "in_force": counts[BriefState.ISSUED],
        "issue_form": (issue_form or IssueSetForm()) if drafts else None,
        "form": (form or DiscardSetForm()) if discardable else None,
    }
    response = render(request, "briefs/set.html", context, status=status)
    if request.headers.get("HX-Request") and not running:
        response["HX-Refresh"] = "true"  # the work has ended: the page as a whole offers what comes next
    return response


def _lede(counts: "Counter[str]", stopped: int) -> str:
    waiting, failed, discarded = (
        counts[state] for state in (BriefState.ASKED, BriefState.FAILED, BriefState.DISCARDED)
    )
    total = counts.total() - discarded
    if not total:
        return _("共%(n)d份，都已作废。") % {"n": discarded}
    text = _("共%(total)d份，已生成%(done)d份") % {"total": total, "done": total - waiting - failed}
    if waiting:
        text += _("，还有%(n)d份在生成") % {"n": waiting}
    if failed > stopped:
        text += _("，%(n)d份没有生成") % {"n": failed - stopped}
    if stopped:
        text += _("，%(n)d份已停止") % {"n": stopped}
    if discarded:
        text += _("；另有%(n)d份已作废") % {"n": discarded}
    return text + "。"


def _discard_told(counts: "Counter[str]", stopped: int) -> str:
    """How many briefs a discarding would affect."""
    drafts, failed = counts[BriefState.DRAFT], counts[BriefState.FAILED] - stopped
    parts = [
        _("草稿%(n)d份") % {"n": drafts} if drafts else "",
        _("未生成的%(n)d份") % {"n": failed} if failed else "",
        _("已停止的%(n)d份") % {"n": stopped} if stopped else "",
    ]
    text = _("将作废%(what)s") % {"what": "、".join(part for part in parts if part)}
    numbered = sum(counts[state] for state in NUMBERED)
    return text + _kept(numbered, counts[BriefState.ASKED])


def _kept(numbered: int, in_hand: int) -> str:
    """What a discarding leaves unchanged."""
    text = ""
    if numbered:
        text += _("；已印发的%(n)d份不变") % {"n": numbered}
    if in_hand:
        text += _("；还在生成的%(n)d份不变") % {"n": in_hand}
    return text + "。"


@require_POST
@allowed(may_make_briefs)
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue all drafts of the set that may be issued; the others are named with the reason."""
    user, found = signed_in(request), _set(pk)
    form = IssueSetForm(request.POST)
    if not form.is_valid():
        return _page(request, found, issue_form=form, status=422)
    with refusals_on(form) as outcome:
        done = jobs.ask_issue_set(by=user, brief_set=found, seen=form.cleaned_data["seen"])
    if not outcome.is_done:
        return _page(request, found, issue_form=form, status=outcome.status)
    if done.issued:
        text = _("已印发%(n)d份，正在生成正式文件；本页自动更新。") % {"n": len(done.issued)}
        messages.success(request, text)
    if done.left_out:
        listed = _("；").join(f"《{brief.title}》{why}" for brief, why in done.left_out)
        messages.warning(
            request, _("%(n)d份没有印发：%(listed)s") % {"n": len(done.left_out), "listed": listed}
        )
    return redirect("brief_set", pk=pk)


def _in_force(found: BriefSet, user: User) -> Iterator[tuple[Brief, bytes]]:
    """What of the set is in force, in its order, with its PDF; each is recorded as a single download. 404 for none."""
    briefs = list(Brief.objects.filter(of_set=found, state=BriefState.ISSUED).for_page().order_by("pk"))
    if not briefs:
        raise Http404(_("这套简报还没有印发的。"))

    def files() -> Iterator[tuple[Brief, bytes]]:
        for brief in briefs:
            file = queries.file_with_bytes(brief)
            if file is not None:
                actions.record_download(by=user, file=file)
                yield brief, bytes(file.pdf)

    return files()


def _sent(content: IO[bytes], name: str, content_type: str) -> FileResponse:
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return FileResponse(
        content, as_attachment=True, filename=safe(name), content_type=content_type, headers=headers
    )


@require_GET
@allowed(may_make_briefs)
def issued_zip(request: HttpRequest, pk: int) -> FileResponse:
    """The PDFs of the set that are in force, as one ZIP in the order of the set."""
    found = _set(pk)
    files = _in_force(found, signed_in(request))
    content = TemporaryFile()  # noqa: SIM115 - closed by the response
    with zipfile.ZipFile(content, "w") as archive:
        for place, (brief, pdf) in enumerate(files, 1):
            archive.writestr(safe(f"{place:02d} {file_name(brief)}.pdf"), pdf)
    content.seek(0)
    name = _("%(quarter)s整套简报") % {"quarter": found.quarter.label}
    return _sent(content, f"{name}.zip", "application/zip")


@require_GET
@allowed(may_make_briefs)
def print_file(request: HttpRequest, pk: int) -> FileResponse:
    """What of the set is in force as one PDF for a printer: both sides, each document from a right page on."""
    found = _set(pk)
    whole = joined(pdf for _brief, pdf in _in_force(found, signed_in(request)))
    name = _("%(quarter)s整套简报（双面打印，%(n)d页）") % {"quarter": found.quarter.label, "n": whole.pages}
    return _sent(io.BytesIO(whole.pdf), f"{name}.pdf", "application/pdf")


@require_POST
@allowed(may_make_briefs)
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop what has no draft yet."""
    with refusals_told(request):
        count = set_actions.stop_set(by=signed_in(request), brief_set=_set(pk))
        messages.success(request, _("已停止%(n)d份；已生成的保留。") % {"n": count})
    return redirect("brief_set", pk=pk)


@require_POST
@allowed(may_make_briefs)
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try again what failed or was stopped."""
    with refusals_told(request):
        count = jobs.ask_failed(by=signed_in(request), brief_set=_set(pk))
        messages.success(request, _("已重新申请%(n)d份。") % {"n": count})
    return redirect("brief_set", pk=pk)


@require_POST
@allowed(may_make_briefs)
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Discard the drafts of the set, and what could not be made."""
    user, found = signed_in(request), _set(pk)
    form = DiscardSetForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    try:
        done = set_actions.discard_set(by=user, brief_set=found, **form.cleaned_data)
    except set_actions.MoreThanSeen as more:
        form.add_error(None, str(more))
        return _page(request, found, form=form, status=409)
    except Conflict as conflict:
        tell_conflict(request, conflict, form)
    else:
        text = _("已作废%(n)d份") % {"n": done.count} + _kept(done.numbered, done.asked)
        messages.success(request, text)
    return redirect("brief_set", pk=pk)
