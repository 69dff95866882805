"""总结评估: what became of a plan's promises once its validity has ended, and the signing of it."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from reports.canonical import canonical, plain
from reports.dashboards.page_context import page_context
from reports.dashboards.page_params import Asked, ask
from reports.evaluation import presenters
from reports.evaluation.actions import finalise, undo, undo_obstacle
from reports.evaluation.models import FinalEvaluation
from reports.evaluation.queries import changed_since, editions, evaluate, next_edition
from tasks import typed
from tasks.indicators.write_checks import TEXT_LIMIT
from tasks.people.access import allowed
from tasks.people.permissions import may_manage_figures
from tasks.web.acting import refusals_on, refusals_told


class FinaliseForm(forms.Form):
    """定稿. What must be there the write path says, all of it at once."""

    edition = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    with_open = forms.BooleanField(label=gettext_lazy("知道仍有未定事项，照此定稿"), required=False)
    note = forms.CharField(
        label=gettext_lazy("说明"),
        max_length=TEXT_LIMIT,
        required=False,
        help_text=gettext_lazy("仍有未定事项，或再出一版时必填。"),
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
    )


@require_http_methods(["GET", "POST"])
def evaluation(request: HttpRequest, slug: str) -> HttpResponse:
    """The evaluation as known (编制中), or an edition as it was signed; POST signs."""
    asked = ask(request, slug)
    signed = editions(asked.plan, known_at=asked.known_at)
    following = next_edition(asked.plan)
    form = FinaliseForm(request.POST or None, initial={"edition": following})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with refusals_on(form, told_to=request) as outcome:
            made = finalise(
                by=asked.user,
                plan=asked.plan,
                edition=data["edition"],
                note=data["note"],
                with_open=data["with_open"],
            )
        if outcome.is_conflict:
            return redirect(request.path)
        if outcome.is_done:
            messages.success(request, _("已定稿第%(n)d版。") % {"n": made.edition})
            return redirect(f"{request.path}?edition={made.edition}")
    context = page_context(asked, signed=signed, form=form)
    if not asked.is_expired:
        return render(request, "evaluation/early.html", context)
    shown = _edition(asked, request.GET.get("edition", "")) if request.method == "GET" else None
    said, changes = _said(asked, shown, signed)
    context |= {
        "groups": presenters.groups(asked.plan.slug, said, asked.query()),
        "lede": presenters.lede(said),
        "open": [
            row
            for group in presenters.groups(asked.plan.slug, said)
            for row in group["rows"]
            if row["is_open"]
        ],
        "shown": shown,
        "changes": changes,
        "latest_edition": signed[0] if signed else None,
        "may_sign": may_manage_figures(asked.user) and shown is None and not asked.is_earlier,
        "may_undo": shown is not None and not asked.is_earlier and not undo_obstacle(asked.user, shown),
        "following": following,
        "file_query": f"?edition={shown.edition}" if shown else asked.query(),
    }
    return render(request, "evaluation/evaluation.html", context, status=422 if form.errors else 200)


@require_POST
@allowed(may_manage_figures)
def evaluation_undo(request: HttpRequest, slug: str) -> HttpResponse:
    """Undo the edition on the page, with the reason."""
    asked = ask(request, slug)
    shown = _edition(asked, request.POST.get("edition", ""))
    if shown is None:
        raise Http404(_("没有这一版总结评估。"))
    back = f"{reverse('evaluation', args=[slug])}?edition={shown.edition}"
    with refusals_told(request):
        undo(by=asked.user, signed=shown, reason=typed.reason(request.POST.get("reason", "")))
        messages.success(request, _("第%(n)d版定稿已撤销，仍可查阅。") % {"n": shown.edition})
    return redirect(back)


def _said(
    asked: Asked, shown: FinalEvaluation | None, signed: list[FinalEvaluation]
) -> tuple[dict[str, Any], int]:
    """What the page says, and of how many promises more is known than was signed last."""
    if shown is not None:
        content: dict[str, Any] = json.loads(shown.content)
        return content, 0
    live = evaluate(asked.plan, known_at=asked.known_at)
    changes = len(changed_since(signed[0], live)) if signed else 0
    said: dict[str, Any] = plain(live)
    return said, changes


def _edition(asked: Asked, number: str) -> FinalEvaluation | None:
    """The edition that the address asks for; None for the live evaluation. 404 for one that is none."""
    if not number:
        return None
    found = (
        FinalEvaluation.objects.filter(plan=asked.plan, edition=int(number), at__lte=asked.known_at)
        .select_related("by", "undone_by", "plan")
        .first()
        if number.isascii() and number.isdecimal() and len(number) < 5
        else None
    )
    if found is None:
        raise Http404(_("没有这一版总结评估。"))
    return found


@require_GET
def evaluation_json(request: HttpRequest, slug: str) -> HttpResponse:
    """An edition byte for byte as it was signed, or the live evaluation in the same form."""
    asked = ask(request, slug)
    if not asked.is_expired:
        raise Http404(_("方案尚未到期，没有总结评估。"))
    shown = _edition(asked, request.GET.get("edition", ""))
    content = shown.content.encode() if shown else canonical(evaluate(asked.plan, known_at=asked.known_at))
    name = f"evaluation-{asked.plan.slug}{f'-{shown.edition}' if shown else ''}.json"
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    return response


def evaluation_asked(asked: Asked, number: str) -> tuple[FinalEvaluation | None, dict[str, Any]]:
    """The edition that an address asks for, or None for the live one; and what it says, as plain data."""
    shown = _edition(asked, number)
    return shown, _said(asked, shown, [])[0]
