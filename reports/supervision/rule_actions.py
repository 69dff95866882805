"""Changing the rules that are data: on what notices are proposed, and to whom lateness is told."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from qhplan import clock
from reports.supervision.models import EscalationRule, ProposalRule
from reports.supervision.rules import may_set_rules_of
from reports.supervision.values import Receiver, Stage
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.jurisdictions.models import Jurisdiction
from tasks.people.models import User
from tasks.people.permissions import may_set_supervision_rules

MOST = 60  # of quarters and of working days


@dataclass(frozen=True)
class ProposalInput:
    """How a rule that proposes is set."""

    is_active: bool
    threshold: int
    verified_only: bool
    answer_days: int


@transaction.atomic
def set_proposal_rule(
    *,
    by: User,
    jurisdiction: Jurisdiction | None,
    rule: ProposalRule,
    asked: ProposalInput,
    now: datetime | None = None,
) -> ProposalRule:
    """Set a rule anew for the plans of a jurisdiction, or of none. `rule` is what the caller looked at, which may be the
    usual one: if it was changed since, Conflict."""
    _check_may(by, jurisdiction, rule)
    problems = _out_of_bounds({"threshold": asked.threshold, "answer_days": asked.answer_days})
    if problems:
        raise Problems(problems)
    before = _as_data(rule)
    after = {
        "is_active": asked.is_active,
        "threshold": asked.threshold,
        "verified_only": asked.verified_only,
        "answer_days": asked.answer_days,
    }
    if before == after:
        return rule
    if jurisdiction is not None and rule.jurisdiction_id is None:
        rule = _own_proposal_rule(jurisdiction, rule)
    if not ProposalRule.objects.filter(pk=rule.pk, **before).update(**after):
        raise Conflict(_("这条规则刚刚已由他人更改，请刷新后再改。"))
    record(
        by=by,
        verb="rule.propose",
        subject=rule,
        data={"before": before, "after": after, **_of(jurisdiction)},
        at=now or clock.now(),
    )
    rule.refresh_from_db()
    return rule


@transaction.atomic
def add_escalation_rule(
    *,
    by: User,
    jurisdiction: Jurisdiction | None,
    stage: str,
    after_days: int,
    to: str,
    now: datetime | None = None,
) -> EscalationRule:
    """One more rule of escalation for the plans of a jurisdiction, or of none."""
    _check_may(by, jurisdiction)
    problems = _out_of_bounds({"after_days": after_days})
    if stage not in Stage.values:
        problems.append(Problem("stage", _("请选择情形。")))
    if to not in Receiver.values:
        problems.append(Problem("to", _("请选择升级到谁。")))
    if problems:
        raise Problems(problems)
    _make_own_escalation_rules(jurisdiction)
    try:
        with transaction.atomic():
            rule = EscalationRule.objects.create(
                jurisdiction=jurisdiction, stage=stage, after_days=after_days, to=to
            )
    except IntegrityError as error:
        raise Conflict(_("已有相同的升级规则。")) from error
    data = {"stage": stage, "after_days": after_days, "to": to, **_of(jurisdiction)}
    record(by=by, verb="rule.escalate", subject=rule, data=data, at=now or clock.now())
    return rule


@transaction.atomic
def retire_escalation_rule(
    *, by: User, jurisdiction: Jurisdiction | None, rule: EscalationRule, now: datetime | None = None
) -> None:
    """The rule holds no more for the plans of the jurisdiction; what was escalated by it stays. Where it is a usual one,
    the jurisdiction gets rules of its own without it."""
    _check_may(by, jurisdiction, rule)
    retired = Conflict(_("这条规则已经停用。"))
    if jurisdiction is not None and rule.jurisdiction_id is None:
        _make_own_escalation_rules(jurisdiction)
        own = EscalationRule.objects.filter(
            jurisdiction=jurisdiction,
            stage=rule.stage,
            after_days=rule.after_days,
            to=rule.to,
            is_active=True,
        ).first()
        if own is None:
            raise retired
        rule = own
    if not EscalationRule.objects.filter(pk=rule.pk, is_active=True).update(is_active=False):
        raise retired
    record(by=by, verb="rule.retire", subject=rule, data=_of(jurisdiction), at=now or clock.now())


def _check_may(
    by: User, jurisdiction: Jurisdiction | None, rule: ProposalRule | EscalationRule | None = None
) -> None:
    if not may_set_supervision_rules(by):
        raise PermissionDenied(_("督办规则由领导小组办公室设定。"))
    own = None if jurisdiction is None else jurisdiction.pk
    is_others = rule is not None and rule.jurisdiction_id not in {None, own}
    if is_others or not may_set_rules_of(by, jurisdiction):
        raise PermissionDenied(_("督办规则由这个地区的领导小组办公室设定。"))


def _own_proposal_rule(jurisdiction: Jurisdiction, usual: ProposalRule) -> ProposalRule:
    """The jurisdiction's own row of a usual rule, made equal to it. Raises Conflict where it has one by now."""
    values = {"jurisdiction": jurisdiction, "ground": usual.ground, **_as_data(usual)}
    try:
        with transaction.atomic():
            return ProposalRule.objects.create(**values)
    except IntegrityError as error:
        raise Conflict(_("这条规则刚刚已由他人更改，请刷新后再改。")) from error


def _make_own_escalation_rules(jurisdiction: Jurisdiction | None) -> None:
    """Copy the usual rules for a jurisdiction that has none of its own. Two people at once wait for one another."""
    if jurisdiction is None:
        return
    Jurisdiction.objects.select_for_update().get(pk=jurisdiction.pk)
    if not EscalationRule.objects.filter(jurisdiction=jurisdiction).exists():
        EscalationRule.objects.bulk_create(
            EscalationRule(
                jurisdiction=jurisdiction, stage=usual.stage, after_days=usual.after_days, to=usual.to
            )
            for usual in EscalationRule.objects.filter(jurisdiction=None, is_active=True)
        )


def _of(jurisdiction: Jurisdiction | None) -> dict[str, str]:
    """For the audit log."""
    return {} if jurisdiction is None else {"jurisdiction": jurisdiction.name}


def _out_of_bounds(numbers: dict[str, int]) -> list[Problem]:
    return [
        Problem(name, _("请填 1 到 %(most)d 之间的整数。") % {"most": MOST})
        for name, number in numbers.items()
        if not 1 <= number <= MOST
    ]


def _as_data(rule: ProposalRule) -> dict[str, bool | int]:
    return {
        "is_active": rule.is_active,
        "threshold": rule.threshold,
        "verified_only": rule.verified_only,
        "answer_days": rule.answer_days,
    }
