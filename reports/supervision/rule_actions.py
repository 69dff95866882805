"""Changing the rules that are data: on what notices are proposed, and to whom lateness is told."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from qhplan import clock
from reports.supervision.models import EscalationRule, ProposalRule
from reports.supervision.values import Receiver, Stage
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
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
    *, by: User, rule: ProposalRule, asked: ProposalInput, now: datetime | None = None
) -> ProposalRule:
    """Set a rule anew. `rule` is what the caller looked at: if it was changed since, Conflict."""
    _check_may(by)
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
    if not ProposalRule.objects.filter(pk=rule.pk, **before).update(**after):
        raise Conflict(_("这条规则刚刚已由他人更改，请刷新后再改。"))
    record(
        by=by,
        verb="rule.propose",
        subject=rule,
        data={"before": before, "after": after},
        at=now or clock.now(),
    )
    rule.refresh_from_db()
    return rule


@transaction.atomic
def add_escalation_rule(
    *, by: User, stage: str, after_days: int, to: str, now: datetime | None = None
) -> EscalationRule:
    """One more rule of escalation."""
    _check_may(by)
    problems = _out_of_bounds({"after_days": after_days})
    if stage not in Stage.values:
        problems.append(Problem("stage", _("请选择情形。")))
    if to not in Receiver.values:
        problems.append(Problem("to", _("请选择升级到谁。")))
    if problems:
        raise Problems(problems)
    try:
        with transaction.atomic():
            rule = EscalationRule.objects.create(stage=stage, after_days=after_days, to=to)
    except IntegrityError as error:
        raise Conflict(_("已有相同的升级规则。")) from error
    data = {"stage": stage, "after_days": after_days, "to": to}
    record(by=by, verb="rule.escalate", subject=rule, data=data, at=now or clock.now())
    return rule


@transaction.atomic
def retire_escalation_rule(*, by: User, rule: EscalationRule, now: datetime | None = None) -> None:
    """The rule speaks no more; what was escalated by it stays."""
    _check_may(by)
    if not EscalationRule.objects.filter(pk=rule.pk, is_active=True).update(is_active=False):
        raise Conflict(_("这条规则已经停用。"))
    record(by=by, verb="rule.retire", subject=rule, at=now or clock.now())


def _check_may(by: User) -> None:
    if not may_set_supervision_rules(by):
        raise PermissionDenied(_("督办规则由领导小组办公室设定。"))


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
