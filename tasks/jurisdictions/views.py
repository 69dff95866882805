"""Pages under 管理: the jurisdictions of the site and their words."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from tasks.jurisdictions.actions import save_words
from tasks.jurisdictions.forms import WordsForm
from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.permissions import jurisdictions_kept_by, may_keep_jurisdictions
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_see_plan
from tasks.web.acting import refusals_on


@require_safe
@allowed(may_keep_jurisdictions)
def jurisdictions(request: HttpRequest) -> HttpResponse:
    """The jurisdictions that the reader's office keeps, with the number of their plans and agencies."""
    rows = jurisdictions_kept_by(signed_in(request)).annotate(
        plan_count=Count("plans", filter=~Q(plans__state="withdrawn"), distinct=True),
        agency_count=Count("agencies", distinct=True),
    )
    return render(request, "jurisdictions/list.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_keep_jurisdictions)
def jurisdiction(request: HttpRequest, pk: int) -> HttpResponse:
    """The words of one jurisdiction."""
    row = get_object_or_404(jurisdictions_kept_by(signed_in(request)), pk=pk)
    form = WordsForm(request.POST or None, row=row)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            row.revision = form.cleaned_data["revision"]
            with refusals_on(form) as outcome:
                save_words(by=signed_in(request), jurisdiction=row, values=form.values)
            if outcome.is_done:
                messages.success(request, _("已保存。这个地区的方案从现在起按此显示和印制。"))
                return redirect("jurisdictions")
            status = outcome.status
    return render(request, "jurisdictions/edit.html", {"form": form, "row": row}, status=status)


@require_safe
@allowed(may_see_plan)
@cache_control(private=True, max_age=31536000, immutable=True)
def lights_css(request: HttpRequest, pk: int, revision: int) -> HttpResponse:
    """The colours of a jurisdiction's lights, as a style sheet: pages have no styles of their own. Another revision is
    another address."""
    row = get_object_or_404(Jurisdiction, pk=pk)
    rules = [f"--light-{key}:{light.colour}" for key, light in row.wording.lights.items() if light.colour]
    return HttpResponse(f":root{{{';'.join(rules)}}}\n", content_type="text/css; charset=utf-8")
