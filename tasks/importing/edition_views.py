"""Pages of a new edition 修订: the comparison, which the office corrects; the editions of a plan and their texts."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tasks.errors import Conflict, Problems
from tasks.importing import edition_actions
from tasks.importing.edition_presenters import editions_of, shown_comparison, shown_outcome
from tasks.importing.forms import EditionForm
from tasks.importing.marked_text import paragraphs
from tasks.importing.models import ImportState, PlanImport
from tasks.importing.permissions import may_import
from tasks.importing.queries import current, imports_for, may_be_edition_of
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.people.permissions import may_see_plan
from tasks.plans.models import Plan


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_import)
def plan_edition(request: HttpRequest, pk: int) -> HttpResponse:
    """The import beside the plan of which it is a new edition; with POST, of which plan it is one, and from when."""
    row = get_object_or_404(imports_for(signed_in(request)), pk=pk)
    now = current(row)
    plans = may_be_edition_of(now)
    form = EditionForm(request.POST, plans=plans) if request.method == "POST" else None
    problems: list[str] = []
    status = 200
    if form is not None and form.is_valid():
        try:
            edition_actions.set_edition(by=signed_in(request), plan_import=row, **_chosen(form))
        except Problems as refused:
            problems, status = [one.message for one in refused.problems], 422
        except Conflict as conflict:
            problems, status = [str(conflict)], 409
        else:
            chosen = form.cleaned_data["plan"] is not None
            messages.success(
                request, _("已按修订逐项比较，请核对。") if chosen else _("这份导入按新方案办理。")
            )
            return redirect("plan_edition" if chosen else "plan_import", pk)
    elif form is not None:
        problems, status = [str(one) for found in form.errors.values() for one in found], 422
    initial = {"plan": row.edition_of_id, "effective": row.effective or ""}
    context: dict[str, Any] = {
        "row": row,
        "edition": form or EditionForm(initial=initial, plans=plans),
        "may_edit": row.state == ImportState.OPEN,
        "problems": [{"text": text} for text in problems],
        "token": get_token(request),
        "crumbs": [(_("导入方案"), reverse("plan_import", args=[pk]))],
    }
    if row.edition_of is not None:
        done = row.state == ImportState.IMPORTED
        context["shown"] = (
            shown_outcome(row) if done else shown_comparison(edition_actions.comparison(row, now))
        )
    return render(request, "importing/edition.html", context, status=status)


def _chosen(form: EditionForm) -> dict[str, Any]:
    return {"plan": form.cleaned_data["plan"], "effective": form.cleaned_data["effective"]}


@require_safe
def plan_editions(request: HttpRequest, slug: str) -> HttpResponse:
    """The editions of a plan, with their dates."""
    plan = _plan(request, slug)
    return render(request, "importing/editions.html", {"plan": plan, "rows": editions_of(plan)})


@require_safe
def plan_edition_text(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The text of a new edition, as published."""
    plan = _plan(request, slug)
    row = get_object_or_404(PlanImport, pk=pk, edition_of=plan, state=ImportState.IMPORTED)
    lines = ["".join(row.text[start:end] for start, end in lines) for lines in paragraphs(row.text)]
    context = {
        "plan": plan,
        "row": row,
        "lines": lines,
        "shown": shown_outcome(row),
        "crumbs": [(_("各版文本"), reverse("plan_editions", args=[slug]))],
    }
    return render(request, "importing/edition_text.html", context)


def _plan(request: HttpRequest, slug: str) -> Plan:
    if not isinstance(request.user, User):
        raise Http404
    plan = get_object_or_404(Plan.objects.defer("text"), slug=slug)
    if not may_see_plan(request.user):
        raise PermissionDenied
    return plan
