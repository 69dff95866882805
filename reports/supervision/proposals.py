"""What the rules propose in a night: the facts of the latest quarter that was due, measured by the rules' thresholds."""

from datetime import datetime
from functools import partial

from django.db import transaction

from qhplan import clock
from reports.supervision.actions import propose
from reports.supervision.models import Notice, ProposalRule
from reports.supervision.rules import proposal_rules
from reports.supervision.triggers import Found, Grounds, latest_due
from reports.supervision.values import Ground
from tasks.jurisdictions.queries import words_of
from tasks.models import Plan
from tasks.wording import Wording, speaking


def found_by_rules(plan: Plan, now: datetime) -> list[Found]:
    """Every fact on which the active rules of the plan's jurisdiction would propose, whether a notice is there already or not."""
    quarter = latest_due(plan, now)
    if quarter is None:
        return []
    grounds = Grounds(plan, quarter, now)
    return [
        one
        for rule in proposal_rules(plan.jurisdiction_id)
        if rule.is_active
        for one in grounds.of(rule.ground)
        if _meets(one, rule)
    ]


def _meets(one: Found, rule: ProposalRule) -> bool:
    if rule.verified_only and not one.verified:
        return False
    return rule.ground == Ground.TARGET or one.measure >= rule.threshold


@transaction.atomic
def propose_by_rules(*, now: datetime | None = None) -> list[Notice]:
    """Propose for every plan what is not there yet."""
    moment = now or clock.now()
    made = []
    for plan in Plan.objects.defer("text", "head").order_by("pk"):
        with speaking(partial(_wording, plan)):
            made += propose(plan=plan, found=found_by_rules(plan, moment), now=moment)
    return made


def _wording(plan: Plan) -> Wording:
    return words_of(plan.pk).wording
