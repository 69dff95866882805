"""Pages under 管理: the jurisdictions of the site and their words."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tasks.jurisdictions.actions import save_words
from tasks.jurisdictions.forms import WordsForm
from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.permissions import may_keep_jurisdictions
from tasks.people.access import allowed, signed_in
from tasks.web.acting import refusals_on


@require_safe
@allowed(may_keep_jurisdictions)
def jurisdictions(request: HttpRequest) -> HttpResponse:
    """All jurisdictions with the number of their plans and agencies."""
    rows = Jurisdiction.objects.annotate(
        plan_count=Count("plans", filter=~Q(plans__state="withdrawn"), distinct=True),
        agency_count=Count("agencies", distinct=True),
    )
    return render(request, "jurisdictions/list.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_keep_jurisdictions)
def jurisdiction(request: HttpRequest, pk: int) -> HttpResponse:
    """The words of one jurisdiction."""
    row = get_object_or_404(Jurisdiction, pk=pk)
    form = WordsForm.of(row, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values = dict(form.cleaned_data)
            row.revision = values.pop("revision")
            with refusals_on(form) as outcome:
                save_words(by=signed_in(request), jurisdiction=row, values=values)
            if outcome.is_done:
                messages.success(request, _("已保存。以后生成的简报和督办单按此印。"))
                return redirect("jurisdictions")
            status = outcome.status
    return render(request, "jurisdictions/edit.html", {"form": form, "row": row}, status=status)
