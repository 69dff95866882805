"""督办规则: on what notices are proposed every night, and to whom lateness is told; the office sets it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reports.supervision import rule_actions
from reports.supervision.forms import EscalationRuleForm, ProposalRuleForm, RetireForm, fingerprint
from reports.supervision.jurisdiction_param import jurisdiction_asked, param_of
from reports.supervision.models import ProposalRule
from reports.supervision.rules import (
    EscalationRules,
    jurisdictions_with_rules_for,
    may_set_rules_of,
    proposal_rules,
)
from tasks.errors import Conflict, Problems
from tasks.jurisdictions.models import Jurisdiction
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.people.permissions import may_see_problems
from tasks.period_words import shared, speak
from tasks.plans.queries import published_for
from tasks.web.acting import refusals_on, refusals_told
from tasks.web.forms import add_problems


@require_http_methods(["GET", "POST"])
@allowed(may_see_problems)
def supervision_rules(request: HttpRequest) -> HttpResponse:
    """The rules as they hold, for those who read all notices; the office changes them."""
    user = signed_in(request)
    speak(shared(plan.kind for plan in published_for(user).only("rhythm")))
    every = jurisdictions_with_rules_for(user)
    jurisdiction = jurisdiction_asked(request, every, _("督办规则由这个地区的领导小组办公室设定。"))
    of = jurisdiction.pk if jurisdiction else None
    here = reverse("supervision_rules")
    if len(every) > 1:
        here += f"?{urlencode({'of': param_of(jurisdiction)})}"
    action = request.POST.get("action", "")
    forms = [(rule, ProposalRuleForm.of(rule)) for rule in proposal_rules(of)]
    add_form = EscalationRuleForm(request.POST if action == "add" else None)
    status = 200
    if request.method == "POST":
        status = 422
        with refusals_told(request) as outcome:
            match action:
                case "propose":
                    forms, said = _set(user, jurisdiction, request.POST)
                case "add":
                    said = _add(user, jurisdiction, add_form)
                case "retire":
                    said = _retire(user, jurisdiction, request.POST)
                case _:
                    said = ""
        if not outcome.is_done:
            return redirect(here)
        if said:
            messages.success(request, said)
            return redirect(here)
    context = {
        "forms": forms,
        "add_form": add_form,
        "escalations": sorted(
            EscalationRules().of(of), key=lambda rule: (rule.stage, rule.after_days, rule.to)
        ),
        "may_set": may_set_rules_of(user, jurisdiction),
        "every": [(param_of(one), one) for one in every],
        "jurisdiction": jurisdiction,
        "of": param_of(jurisdiction),
        "problem_form": next((form for _rule, form in forms if form.errors), add_form),
    }
    return render(request, "supervision/rules.html", context, status=status)


def _set(
    user: User, jurisdiction: Jurisdiction | None, data: Any
) -> tuple[list[tuple[ProposalRule, ProposalRuleForm]], str]:
    """Set the rule that was sent; (the forms as they are to be shown, what to say when it was done)."""
    forms, said = [], ""
    for rule in proposal_rules(jurisdiction.pk if jurisdiction else None):
        if data.get("rule") != str(rule.pk):
            forms.append((rule, ProposalRuleForm.of(rule)))
            continue
        form = ProposalRuleForm.of(rule, data)
        forms.append((rule, form))
        if not form.is_valid():
            continue
        if form.cleaned_data["before"] != fingerprint(rule):
            raise Conflict(_("这条规则刚刚已由他人更改，请看新的再改。"))
        try:
            rule_actions.set_proposal_rule(by=user, jurisdiction=jurisdiction, rule=rule, asked=form.asked())
            said = _("规则已更改，今晚起按新的提出。")
        except Problems as problems:
            add_problems(form, problems)
    return forms, said


def _add(user: User, jurisdiction: Jurisdiction | None, form: EscalationRuleForm) -> str:
    if not form.is_valid():
        return ""
    data = form.cleaned_data
    with refusals_on(form) as outcome:
        rule_actions.add_escalation_rule(
            by=user,
            jurisdiction=jurisdiction,
            stage=data["stage"],
            after_days=data["after_days"],
            to=data["to"],
        )
    if not outcome.is_done:
        return ""
    return _("已加一条升级规则。")


def _retire(user: User, jurisdiction: Jurisdiction | None, data: Any) -> str:
    form = RetireForm(data)
    if not form.is_valid():
        raise Conflict(_("这条规则已经停用。"))
    rule_actions.retire_escalation_rule(by=user, jurisdiction=jurisdiction, rule=form.cleaned_data["rule"])
    return _("已停用这条升级规则。")
