"""报送延期: an agency asks for another date, and the office gives one or decides what was asked."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.cycles.extensions import (
    REASON,
    ask_extension,
    decide_extensions,
    extended,
    extension_rows,
    grant_extension,
    revoke_extensions,
    revoke_obstacles,
)
from tasks.cycles.models import Cycle, Extension, ExtensionState
from tasks.cycles.page_params import quarter_or_default
from tasks.cycles.workdays import workday_after
from tasks.people.access import allowed, filer, signed_in
from tasks.people.permissions import may_approve, may_decide_for, may_review
from tasks.people.queries import office_agency_ids
from tasks.period_words import speak
from tasks.plans.duties import duties
from tasks.plans.plan_resolver import plan_asked
from tasks.standing.progress import owed_returns
from tasks.values import Duty
from tasks.web.acting import refusals_on, say_done
from tasks.web.forms import ProseField, moment_field

EXTENSION_DAYS = 3  # working days after the later of the dates that hold, as a proposal


class AskForm(forms.Form):
    """Until when and why."""

    until = moment_field(gettext_lazy("延期到"), gettext_lazy("须在原定截止以前申请；不能晚于填报周期关闭。"))
    reason = ProseField(
        label=gettext_lazy("理由"),
        max_length=REASON,
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
        error_messages={"required": gettext_lazy("请写明延期的理由。")},
    )


class GrantForm(AskForm):
    """For whom, until when and why."""

    agencies = forms.MultipleChoiceField(
        label=gettext_lazy("单位"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少选一个单位。")},
    )
    field_order = ("agencies", "until", "reason")

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agencies"].choices = choices  # type: ignore[attr-defined]


class DecideForm(forms.Form):
    """Whether what was asked is granted, and why not."""

    extensions = forms.TypedMultipleChoiceField(
        label=gettext_lazy("申请"),
        coerce=int,
        choices=(),
        error_messages=dict.fromkeys(
            ("required", "invalid_choice", "invalid_list"), gettext_lazy("请先勾选要办理的申请。")
        ),
    )
    action = forms.ChoiceField(choices=[("grant", ""), ("refuse", ""), ("revoke", "")])
    note = ProseField(label=gettext_lazy("不同意或撤销的理由"), max_length=REASON, required=False)

    def __init__(self, *args: Any, ids: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["extensions"].choices = [(str(pk), "") for pk in ids]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def extension_ask(request: HttpRequest) -> HttpResponse:
    """What the reader's agency asked for in a quarter; POST asks for another date."""
    user = filer(request)
    plan = plan_asked(request)
    if plan is None:
        raise Http404(_("还没有载入方案。"))
    quarter = quarter_or_default(request.POST.get("q") or request.GET.get("q", ""), plan)
    cycle = Cycle.objects.filter(plan=plan, quarter=quarter).first()
    if cycle is None:
        raise Http404(_("这个季度尚未开启填报。"))
    agency_id, now = user.acts_for, clock.now()
    held = extended([cycle])
    owed = (
        duties([plan.pk], quarter)
        .filter(agency=agency_id)
        .order_by()
        .values_list("duty", flat=True)
        .distinct()
    )
    dues = {duty: held.due(cycle, duty, agency_id) for duty in owed}
    form = AskForm(
        request.POST or None, initial={"until": _proposed(max(dues.values(), default=cycle.lead_due))}
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(form) as outcome:
            ask_extension(
                by=user,
                cycle=cycle,
                until=form.cleaned_data["until"],
                reason=form.cleaned_data["reason"],
                now=now,
            )
        if outcome.is_done:
            say_done(request, _("延期申请已送领导小组办公室，同意以前仍按原定时间。"))
            return redirect(request.get_full_path())
    return render(
        request,
        "filing/extension_ask.html",
        {
            "plan": plan,
            "quarter": quarter,
            "cycle": cycle,
            "dues": sorted((due, str(Duty(duty).label)) for duty, due in dues.items()),
            "rows": extension_rows(cycle, agency_id),
            "form": form,
            "may_ask": may_approve(user),
        },
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_review)
def extensions_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What was asked and granted in a quarter; POST gives agencies another date."""
    user = signed_in(request)
    cycle = get_object_or_404(Cycle.objects.select_related("plan").defer("plan__text"), pk=pk)
    speak(cycle.plan.kind)
    choices = _choices(user, cycle)
    chosen = [pk for pk in request.GET.getlist("agency") if pk in dict(choices)]
    form = GrantForm(
        request.POST or None,
        choices=choices,
        initial={"until": _proposed(max(cycle.lead_due, clock.now())), "agencies": chosen},
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(form) as outcome:
            made = grant_extension(
                by=user,
                cycle=cycle,
                agency_ids=[int(value) for value in form.cleaned_data["agencies"]],
                until=form.cleaned_data["until"],
                reason=form.cleaned_data["reason"],
            )
        if outcome.is_done:
            words = _("已为 %(n)d 个单位延期到 %(until)s，已告知。")
            until = f"{timezone.localtime(form.cleaned_data['until']):%m-%d %H:%M}"
            say_done(request, words % {"n": len({one.agency_id for one in made}), "until": until})
            return redirect("extensions", pk)
    return _extensions(request, cycle, form)


def _extensions(
    request: HttpRequest, cycle: Cycle, form: GrantForm, deciding: DecideForm | None = None
) -> HttpResponse:
    user = signed_in(request)
    names = names_at(cycle.quarter)
    offices = office_agency_ids(cycle.plan_id)
    rows = extension_rows(cycle)
    for one in rows:
        one.cycle = cycle
    kept = revoke_obstacles(user, rows)
    faulty = bool(form.errors or (deciding and deciding.errors))
    return render(
        request,
        "filing/extensions.html",
        {
            "plan": cycle.plan,
            "quarter": cycle.quarter,
            "cycle": cycle,
            "form": form,
            "deciding": deciding,
            "rows": [
                {
                    "one": one,
                    "name": names[one.agency_id].short if one.agency_id in names else one.agency.slug,
                    "decides": one.state == ExtensionState.ASKED
                    and may_decide_for(user, one.agency_id, offices),
                    "revokes": one.pk not in kept,
                }
                for one in rows
            ],
        },
        status=422 if faulty else 200,
    )


@require_POST
@allowed(may_review)
def extensions_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant or refuse the chosen requests of a quarter."""
    user = signed_in(request)
    cycle = get_object_or_404(Cycle.objects.select_related("plan").defer("plan__text"), pk=pk)
    speak(cycle.plan.kind)
    ids = list(Extension.objects.filter(cycle=cycle).values_list("pk", flat=True))
    form = DecideForm(request.POST, ids=ids)
    plain = GrantForm(choices=_choices(user, cycle), initial={"until": _proposed(cycle.lead_due)})
    if not form.is_valid():
        return _extensions(request, cycle, plain, form)
    action = form.cleaned_data["action"]
    grant = action == "grant"
    with refusals_on(form, told_to=request) as outcome:
        if action == "revoke":
            made = revoke_extensions(
                by=user, extensions=form.cleaned_data["extensions"], reason=form.cleaned_data["note"]
            )
        else:
            made = decide_extensions(
                by=user,
                extensions=form.cleaned_data["extensions"],
                grant=grant,
                note=form.cleaned_data["note"],
            )
    if outcome.is_done:
        word = (
            _("已撤销 %(n)d 个单位的延期，已告知。")
            if action == "revoke"
            else _("已同意 %(n)d 个单位的延期，已告知。")
            if grant
            else _("未同意 %(n)d 个单位的延期，理由已告知。")
        )
        messages.success(request, word % {"n": len({one.agency_id for one in made})})
    if outcome.is_done or outcome.is_conflict:
        return redirect("extensions", pk)
    return _extensions(request, cycle, plain, form)


def _choices(user: Any, cycle: Cycle) -> list[tuple[str, str]]:
    """The agencies that owe something and for which the reader decides, who owes most first."""
    names = names_at(cycle.quarter)
    offices = office_agency_ids(cycle.plan_id)
    owing: dict[int, Any] = {}
    missing: dict[int, int] = {}
    for one in owed_returns(cycle.plan, cycle.quarter):
        owing[one.agency.pk] = one.agency
        missing[one.agency.pk] = missing.get(one.agency.pk, 0) + (not one.is_filed)
    return [
        (
            str(agency.pk),
            _("%(name)s（未报 %(n)d）")
            % {"name": names[pk].short if pk in names else agency.slug, "n": missing[pk]},
        )
        for pk, agency in sorted(owing.items(), key=lambda item: (-missing[item[0]], item[1].order, item[0]))
        if may_decide_for(user, pk, offices)
    ]


def _proposed(after: Any) -> Any:
    """17:00 of a working day some days after a moment."""
    local = timezone.localtime(after).replace(hour=17, minute=0, second=0, microsecond=0)
    day = workday_after(local.date(), EXTENSION_DAYS)
    return local.replace(year=day.year, month=day.month, day=day.day)
