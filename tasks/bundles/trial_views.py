"""清除试填期: what goes, and the one act that removes it."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tasks.bundles.trials import remove_trial, trial_extent
from tasks.cycles.models import Cycle
from tasks.people.access import allowed, signed_in
from tasks.people.permissions import may_manage_cycles
from tasks.plans.plan_resolver import address
from tasks.web.acting import refusals_on
from tasks.web.forms import ProseField


class RemoveForm(forms.Form):
    """Why, and that it is meant; `seen` is the number of submissions that the page named."""

    note = ProseField(
        label=gettext_lazy("理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("请写明清除的理由。")},
    )
    sure = forms.BooleanField(
        label=gettext_lazy("确认整体清除，不能恢复"),
        error_messages={"required": gettext_lazy("请勾选确认。")},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_manage_cycles)
def trial_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """What a trial holds; POST removes it whole."""
    found = get_object_or_404(
        Cycle.objects.filter(is_trial=True).select_related("plan").defer("plan__text"), pk=pk
    )
    extent = trial_extent(found)
    form = RemoveForm(request.POST or None, initial={"seen": extent.submissions})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            with refusals_on(form) as outcome:
                remove_trial(
                    by=signed_in(request),
                    cycle=found,
                    note=form.cleaned_data["note"],
                    seen=form.cleaned_data["seen"],
                )
            if outcome.is_done:
                words = _("%(quarter)s试填期已整体清除：%(n)d 件填报、%(files)d 份文件。")
                about = {
                    "quarter": found.quarter.label,
                    "n": extent.submissions,
                    "files": extent.files,
                }
                messages.success(request, words % about)
                return redirect(address("cycles", found.plan))
            status = outcome.status
            if outcome.is_conflict:  # shown again with the numbers of now
                again = request.POST.copy()
                again["seen"] = str(extent.submissions)
                form.data = again
    context = {"plan": found.plan, "cycle": found, "extent": extent, "form": form}
    return render(request, "filing/trial_remove.html", context, status=status)
