"""Which rules hold for the plans of a jurisdiction: its own, or the usual ones while it has set none."""

from dataclasses import dataclass, field

from reports.supervision.models import EscalationRule, ProposalRule
from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.permissions import jurisdictions_kept_by, own_jurisdiction
from tasks.people.models import User
from tasks.people.permissions import may_set_supervision_rules
from tasks.plans.queries import published_for


def proposal_rules(jurisdiction_id: int | None) -> list[ProposalRule]:
    """One rule for each ground, in the order in which they propose. One query."""
    rows = list(ProposalRule.objects.filter(jurisdiction=None))
    if jurisdiction_id is not None:
        own = {row.ground: row for row in ProposalRule.objects.filter(jurisdiction=jurisdiction_id)}
        rows = [own.get(row.ground, row) for row in rows]
    return rows


@dataclass
class EscalationRules:
    """The escalation rules of all jurisdictions. One query."""

    _rows: dict[int | None, list[EscalationRule]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in EscalationRule.objects.order_by("after_days", "pk"):
            self._rows.setdefault(row.jurisdiction_id, []).append(row)

    def of(self, jurisdiction_id: int | None) -> list[EscalationRule]:
        """The active ones, fewest days first. Who has retired all of their own has none."""
        rows = self._rows.get(jurisdiction_id) or self._rows.get(None, [])
        return [row for row in rows if row.is_active]


def may_set_rules_of(user: User, jurisdiction: Jurisdiction | None) -> bool:
    """The office of the jurisdiction; the usual rules an office that belongs to none. At most two queries."""
    if not may_set_supervision_rules(user):
        return False
    if jurisdiction is None:
        return own_jurisdiction(user) is None
    return jurisdictions_kept_by(user).filter(pk=jurisdiction.pk).exists()


def jurisdictions_with_rules_for(user: User) -> list[Jurisdiction | None]:
    """Whose rules the user reads, None for the usual ones: an office those that it sets, everybody else those of the plans
    that they see. At most three queries."""
    if may_set_supervision_rules(user):
        usual: list[Jurisdiction | None] = [None] if own_jurisdiction(user) is None else []
        return [*usual, *jurisdictions_kept_by(user)]
    ids: set[int | None] = set(published_for(user).values_list("jurisdiction_id", flat=True)) or {None}
    usual = [None] if None in ids else []
    return [*usual, *Jurisdiction.objects.filter(pk__in=[pk for pk in ids if pk is not None])]
