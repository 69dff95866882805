"""督办规则: on what notices are proposed every night, and to whom lateness is told; the office sets it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reports.supervision import rule_actions
from reports.supervision.forms import EscalationRuleForm, ProposalRuleForm, RetireForm, fingerprint
from reports.supervision.models import EscalationRule, ProposalRule
from tasks.errors import Conflict, Problems
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.people.permissions import may_see_problems, may_set_supervision_rules
from tasks.period_words import shared, speak
from tasks.plans.queries import published_for
from tasks.web.forms import add_problems


@require_http_methods(["GET", "POST"])
@allowed(may_see_problems)
def supervision_rules(request: HttpRequest) -> HttpResponse:
    """The rules as they hold, for those who read all notices; the office changes them."""
    user = signed_in(request)
    speak(shared(plan.kind for plan in published_for(user).only("rhythm")))
    action = request.POST.get("action", "")
    forms = [(rule, ProposalRuleForm.of(rule)) for rule in ProposalRule.objects.all()]
    add_form = EscalationRuleForm(request.POST if action == "add" else None)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            match action:
                case "propose":
                    forms, said = _set(user, request.POST)
                case "add":
                    said = _add(user, add_form)
                case "retire":
                    said = _retire(user, request.POST)
                case _:
                    said = ""
        except Conflict as conflict:
            messages.error(request, str(conflict))
            return redirect("supervision_rules")
        if said:
            messages.success(request, said)
            return redirect("supervision_rules")
    context = {
        "forms": forms,
        "add_form": add_form,
        "escalations": list(EscalationRule.objects.filter(is_active=True)),
        "may_set": may_set_supervision_rules(user),
        "problem_form": next((form for _rule, form in forms if form.errors), add_form),
    }
    return render(request, "supervision/rules.html", context, status=status)


def _set(user: User, data: Any) -> tuple[list[tuple[ProposalRule, ProposalRuleForm]], str]:
    """Set the rule that was sent; (the forms as they are to be shown, what to say when it was done)."""
    forms, said = [], ""
    for rule in ProposalRule.objects.all():
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
            rule_actions.set_proposal_rule(by=user, rule=rule, asked=form.asked())
            said = _("规则已更改，今晚起按新的提出。")
        except Problems as problems:
            add_problems(form, problems)
    return forms, said


def _add(user: User, form: EscalationRuleForm) -> str:
    if not form.is_valid():
        return ""
    data = form.cleaned_data
    try:
        rule_actions.add_escalation_rule(
            by=user, stage=data["stage"], after_days=data["after_days"], to=data["to"]
        )
    except Problems as problems:
        add_problems(form, problems)
        return ""
    return _("已加一条升级规则。")


def _retire(user: User, data: Any) -> str:
    form = RetireForm(data)
    if not form.is_valid():
        raise Conflict(_("这条规则已经停用。"))
    rule_actions.retire_escalation_rule(by=user, rule=form.cleaned_data["rule"])
    return _("已停用这条升级规则。")
