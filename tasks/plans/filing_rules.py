"""填报要求: which responsibilities file in which quarter, for many quarters at once.

The rule: whoever leads or consolidates files in every period. Of the others, a role without a rule does too; 半年报 files
in periods that end with June or December; 牵头点名才报 in quarters for which the lead has called the agency, and in all of
them where nobody leads the task and so nobody could call; 不报 never. `ResponsibilityQuerySet.owed` says the same of one
quarter as a query, and tasks.standing in SQL.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from tasks.plans.models import Call, FilingRule, Frequency, Responsibility, TaskRhythm, TaskTerm
from tasks.values import Duty, Period

# What a plan gets when it is loaded, unless its corrections say otherwise.
DEFAULTS = {
    Duty.CO: Frequency.CALLED,
    Duty.CARRY: Frequency.CALLED,
    Duty.GUIDE: Frequency.NEVER,
    Duty.JOIN: Frequency.NEVER,
}


@dataclass(frozen=True)
class CloserRhythms:
    """Tasks that are reported on more often than their plans, as known at a moment; `kinds` are those that a plan ever
    had. `TaskRhythmQuerySet.closer` says the same of one period."""

    kinds: dict[int, set[str]] = field(default_factory=dict)
    rows: dict[int, list[TaskRhythm]] = field(default_factory=dict)
    terms: dict[int, list[TaskTerm]] = field(default_factory=dict)

    def files(self, task_id: int, plan_id: int, period: Period) -> bool:
        """Whether something is filed on the task for this very period, of the kind of the plan's cycles."""
        for row in self.rows.get(task_id, ()):
            is_over = any(
                term.deadline is not None and term.deadline < period.first_day and period.within(term.valid)
                for term in self.terms.get(task_id, ())
            )
            if period.within(row.valid) and not is_over:
                return period.kind == row.kind
        return period.kind not in self.kinds.get(plan_id, ())


def closer_rhythms(plan_ids: Collection[int], known_at: datetime) -> CloserRhythms:
    """Those of the plans. One query, and one more where there are any."""
    found = CloserRhythms()
    for row in TaskRhythm.objects.filter(task__plan__in=plan_ids).select_related("task"):
        found.kinds.setdefault(row.task.plan_id, set()).add(row.kind)
        if known_at in row.known:
            found.rows.setdefault(row.task_id, []).append(row)
    if found.rows:
        terms = TaskTerm.objects.filter(task__in=found.rows, known__contains=known_at)
        for term in terms.exclude(deadline=None):
            found.terms.setdefault(term.task_id, []).append(term)
    return found


@dataclass(frozen=True)
class FilingRules:
    """The filing rules of some plans, and the calls and leads of their tasks, as known at a moment."""

    rules: dict[tuple[int, str], list[FilingRule]] = field(default_factory=dict)
    calls: frozenset[tuple[int, int, Period]] = frozenset()
    leads: dict[int, list[Responsibility]] = field(default_factory=dict)
    closer: "CloserRhythms" = field(default_factory=lambda: CloserRhythms())

    def requires(self, row: Responsibility, plan_id: int, quarter: Period) -> bool:
        """Whether the responsibility, which is valid in the quarter, requires a submission in it."""
        if not self.closer.files(row.task_id, plan_id, quarter):
            return False
        if row.duty == Duty.LEAD:
            return True
        rule = next(
            (one for one in self.rules.get((plan_id, row.role), ()) if quarter.within(one.valid)), None
        )
        match rule.frequency if rule else Frequency.PERIOD:
            case Frequency.NEVER:
                return False
            case Frequency.HALF:
                return quarter.ends_half_year
            case Frequency.CALLED:
                led = any(quarter.within(lead.valid) for lead in self.leads.get(row.task_id, ()))
                return not led or (row.task_id, row.agency_id, quarter) in self.calls
        return True


def filing_rules(plan_ids: Collection[int], known_at: datetime) -> FilingRules:
    """The rules of the plans. Two queries, two more where agencies file when they are called, and one where tasks are
    reported on more often than the plan."""
    rules: dict[tuple[int, str], list[FilingRule]] = {}
    for rule in FilingRule.objects.filter(plan__in=plan_ids, known__contains=known_at):
        rules.setdefault((rule.plan_id, rule.role), []).append(rule)
    if not any(rule.frequency == Frequency.CALLED for own in rules.values() for rule in own):
        return FilingRules(rules, closer=closer_rhythms(plan_ids, known_at))
    calls = Call.objects.filter(task__plan__in=plan_ids, called_at__lte=known_at)
    leads: dict[int, list[Responsibility]] = {}
    for row in Responsibility.objects.filter(
        task__plan__in=plan_ids, role=Duty.LEAD, known__contains=known_at
    ):
        leads.setdefault(row.task_id, []).append(row)
    return FilingRules(
        rules,
        frozenset(calls.values_list("task_id", "agency_id", "quarter")),
        leads,
        closer_rhythms(plan_ids, known_at),
    )
