"""The page of the office's own template, and the template filled for a quarter."""

from collections.abc import Sequence

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tasks.cycles.page_params import latest_quarter, quarter_or_default
from tasks.errors import Conflict, Problems
from tasks.files.jobs import ask_scan
from tasks.ledgers import templating
from tasks.ledgers.columns import from_data
from tasks.ledgers.forms import TemplateForm, columns_posted
from tasks.ledgers.models import LedgerTemplate
from tasks.ledgers.presenters import column_rows
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_backfill
from tasks.plans.documents.table_heads import Column
from tasks.plans.models import Plan
from tasks.values import Period
from tasks.web.acting import refusals_on

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 40  # periods in the list


def _plan(slug: str) -> Plan:
    return get_object_or_404(Plan.objects.select_related("jurisdiction").defer("text"), slug=slug)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_backfill)
def ledger_template(request: HttpRequest, slug: str) -> HttpResponse:
    """The template with its columns as understood, the form to upload another one, and the download for a period."""
    plan = _plan(slug)
    form = TemplateForm(request.POST, request.FILES) if request.method == "POST" else TemplateForm()
    if request.method == "POST" and form.is_valid():
        with refusals_on(form) as outcome, transaction.atomic():
            templating.upload_template(by=signed_in(request), plan=plan, upload=form.cleaned_data["document"])
            ask_scan()
        if outcome.is_done:
            return redirect("ledger_template", slug)
    return _page(request, plan, form, status=422 if form.errors else 200)


@require_POST
@allowed(may_backfill)
def ledger_template_columns(request: HttpRequest, slug: str) -> HttpResponse:
    """Says what the columns of the template hold."""
    plan = _plan(slug)
    typed = request.POST.get("template", "")
    template = get_object_or_404(
        LedgerTemplate.objects.select_related("file", "plan__jurisdiction").defer("plan__text"),
        plan=plan,
        pk=int(typed) if typed.isascii() and typed.isdigit() else 0,
    )
    columns = None
    try:
        columns, _year = columns_posted(request.POST, template.columns)
        templating.name_columns(by=signed_in(request), template=template, columns=columns)
    except Problems as refused:
        said = [one.message for one in refused.problems]
        return _page(request, plan, TemplateForm(), problems=said, columns=columns, status=422)
    except Conflict as conflict:
        return _page(request, plan, TemplateForm(), problems=[str(conflict)], status=409)
    messages.success(request, _("各列已记下，随模板保存；下次上传同样表头的照此读。"))
    return redirect("ledger_template", slug)


def _page(
    request: HttpRequest,
    plan: Plan,
    form: TemplateForm,
    *,
    problems: Sequence[str] = (),
    columns: Sequence[Column] | None = None,
    status: int = 200,
) -> HttpResponse:
    template = templating.template_of(plan)
    periods = list(Period.span(plan.first_quarter, latest_quarter(plan)))[::-1][:SHOWN]
    context = {
        "form": form,
        "of": plan,
        "template": template,
        "understood": template is not None and templating.is_understood(template),
        "columns": column_rows(columns or from_data(template.columns if template else [])),
        "problems": [{"text": text} for text in problems],
        "periods": periods,
        "chosen": quarter_or_default("", plan),
        "crumbs": [(_("按模板导出"), "")],
    }
    return render(request, "ledgers/template.html", context, status=status)


@require_safe
@allowed(may_backfill)
def ledger_xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    """The template, filled for the period of `?q=`; with `?replace=1` over what stands in its cells."""
    plan = _plan(slug)
    template = templating.template_of(plan)
    if template is None:
        raise Http404(_("还没有上传模板。"))
    period = quarter_or_default(request.GET.get("q", ""), plan)
    try:
        content = templating.filled(
            by=signed_in(request),
            template=template,
            period=period,
            replace=request.GET.get("replace") == "1",
        )
    except Problems as refused:
        raise Http404(refused.problems[0].message) from refused
    name = f"{template.file.name.removesuffix('.xlsx')}-{period}.xlsx"
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    return response
