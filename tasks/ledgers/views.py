"""Pages of ledgers 台账: the list with the upload, one ledger with its columns, rows and preview, and what is decided of it."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tasks.errors import Conflict, Problems
from tasks.files.jobs import ask_scan
from tasks.files.serving import hand_out
from tasks.importing.models import PlanImport
from tasks.ledgers import actions
from tasks.ledgers.columns import from_data
from tasks.ledgers.forms import NEW, LedgerForm, answers_posted, columns_posted
from tasks.ledgers.models import Ledger, LedgerState
from tasks.ledgers.permissions import may_confirm, may_consent
from tasks.ledgers.presenters import column_rows, open_rows, reasons, task_lines
from tasks.ledgers.queries import ledgers_for, prepared
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_backfill
from tasks.plans.models import Task
from tasks.plans.queries import published_for
from tasks.web.acting import refusals_on
from tasks.web.paging import page_of


def _row(request: HttpRequest, pk: int) -> Ledger:
    return get_object_or_404(ledgers_for(signed_in(request)), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_backfill)
def ledgers(request: HttpRequest) -> HttpResponse:
    """The ledgers of the reader's plans, and the form to upload one."""
    user = signed_in(request)
    plans = list(published_for(user))
    initial = {
        "plan": request.GET.get("plan") or (plans[0].slug if len(plans) == 1 else NEW if not plans else "")
    }
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = LedgerForm(*posted, plans=plans, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form) as outcome, transaction.atomic():
            row = actions.upload(by=user, plan=form.chosen, upload=form.cleaned_data["document"])
            ask_scan()
        if outcome.is_done:
            return redirect("ledger", row.pk)
    page = page_of(request, ledgers_for(user))
    context = {"form": form, "page_obj": page, "rows": page.object_list, "plans": plans}
    return render(request, "ledgers/list.html", context, status=422 if form.errors else 200)


@require_safe
@allowed(may_backfill)
def ledger(request: HttpRequest, pk: int) -> HttpResponse:
    """One ledger: its columns and rows while it is open, what would be written, what was decided afterwards."""
    return _page(request, _row(request, pk))


def _page(
    request: HttpRequest,
    row: Ledger,
    *,
    problems: list[str] | None = None,
    columns: Any = None,
    year: str = "",
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    told = [{"text": text} for text in problems or ()]
    context: dict[str, Any] = {
        "row": row,
        "plan": None,
        "of": row.plan,
        "may_edit": row.state == LedgerState.OPEN,
        "may_confirm": row.state == LedgerState.SUBMITTED and may_confirm(user, row),
        "may_consent": row.state == LedgerState.UNDOING and may_consent(user, row),
        "columns": column_rows(columns or from_data(row.columns)),
        "year": year or row.year or "",
        "crumbs": [(_("第%(n)d号") % {"n": row.pk}, "")],
    }
    if row.state in (LedgerState.OPEN, LedgerState.SUBMITTED):
        try:
            found = prepared(row)
        except Problems as refused:
            context["unread"] = True
            told += [{"text": one.message} for one in refused.problems if one.message not in (problems or ())]
        else:
            context |= {
                "found": found,
                "year": context["year"] or found.reading.year or "",
                "lines": task_lines(found),
                "open_rows": open_rows(found.open),
                "skipped": reasons(found.skipped),
                "existing": reasons(found.existing),
                "tasks": Task.objects.filter(plan=row.plan).order_by("order") if found.open else (),
            }
    elif row.state != LedgerState.DISCARDED:
        context |= {"written": row.versions.count(), "goals": row.goals.count()}
    context["problems"] = told
    return render(request, "ledgers/ledger.html", context, status=status)


@require_POST
@allowed(may_backfill)
def ledger_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what the columns hold."""
    row = _row(request, pk)
    columns = None
    try:
        columns, year = columns_posted(request.POST, row.columns)
        actions.name_columns(by=signed_in(request), ledger=row, columns=columns, year=year)
    except Problems as refused:
        said = [one.message for one in refused.problems]
        typed = request.POST.get("year", "")
        return _page(request, row, problems=said, columns=columns, year=typed, status=422)
    except Conflict as conflict:
        return _page(request, _row(request, pk), problems=[str(conflict)], status=409)
    messages.success(request, _("各列已记下，下次上传同样表头的台账照此读。"))
    return redirect("ledger", pk)


@require_POST
@allowed(may_backfill)
def ledger_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Says which task rows are."""
    row = _row(request, pk)
    try:
        answers = answers_posted(request.POST)
        actions.answer(by=signed_in(request), ledger=row, answers=answers)
    except Problems as refused:
        return _page(request, row, problems=[one.message for one in refused.problems], status=422)
    except Conflict as conflict:
        return _page(request, _row(request, pk), problems=[str(conflict)], status=409)
    messages.success(request, _("已记下%(n)d行。") % {"n": len(answers)})
    return redirect("ledger", pk)


_DONE = {
    "submit": gettext_lazy("已送确认，请办公室的另一个人确认。"),
    "reopen": gettext_lazy("已退回核对。"),
    "discard": gettext_lazy("已放弃这份台账。"),
    "confirm": gettext_lazy("已补录，各页标“补录”。"),
    "ask_undo": gettext_lazy("已申请撤销，须由另一个人同意。"),
    "keep": gettext_lazy("补录保留，撤销申请已作罢。"),
    "undo": gettext_lazy("这份台账的补录已全部撤销。"),
}


@require_POST
@allowed(may_backfill)
def ledger_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Hands the ledger on, sends it back, confirms it, gives it up, takes back what it brought, or makes a plan of it."""
    user, row = signed_in(request), _row(request, pk)
    note = request.POST.get("note", "")
    name = request.POST.get("action", "")
    try:
        with transaction.atomic():
            done = actions.act(by=user, ledger=row, action=name, note=note)
            if isinstance(done, PlanImport):
                ask_scan()
    except Problems as refused:
        return _page(
            request, _row(request, pk), problems=[one.message for one in refused.problems], status=422
        )
    except Conflict as conflict:
        return _page(request, _row(request, pk), problems=[str(conflict)], status=409)
    if isinstance(done, PlanImport):
        return redirect("plan_import", done.pk)
    messages.success(request, _DONE[name])
    return redirect("ledger", pk)


@require_safe
@allowed(may_backfill)
def ledger_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The original workbook."""
    return hand_out(_row(request, pk).file)
