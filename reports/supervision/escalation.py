"""升级: an agency's lateness is told to its head, then to the leading group, by rules that are rows.

Late is counted in working days, after the day on which the notice was issued (not signed for) or on which an answer
was due. Each rule speaks once for each such day: an answer that is sent back has another, and may be late anew.

The head of an agency has no account here: its approvers, who sign in its name, are told, and the 分管领导
on record is named beside them, so that whoever reads it knows whom to call.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from reports.supervision import message_texts
from reports.supervision.models import Escalation, EscalationRule, Notice
from reports.supervision.rules import EscalationRules
from reports.supervision.transitions import tell
from reports.supervision.values import Receiver, Stage, State
from tasks.agencies.queries import names_at
from tasks.audit.log import Entry, record_all
from tasks.cycles.workdays import is_workday, workdays_between
from tasks.models import Contact
from tasks.people.models import User
from tasks.people.queries import serving
from tasks.values import Period, Role


@dataclass(frozen=True)
class Due:
    """An escalation that is to be made."""

    notice: Notice
    rule: EscalationRule
    since: date
    workdays: int

    @property
    def key(self) -> tuple[int, str, int, str, date]:
        return self.notice.pk, self.rule.stage, self.rule.after_days, self.rule.to, self.since


def late_since(notice: Notice) -> tuple[Stage, date] | None:
    """What the agency is to do, and the day after which working days count; None where it is not its turn."""
    if notice.state == State.ISSUED and notice.issued_at is not None:
        return Stage.ACKNOWLEDGE, timezone.localdate(notice.issued_at, timezone.get_default_timezone())
    if notice.state in (State.ACKNOWLEDGED, State.SENT_BACK) and notice.due_on is not None:
        return Stage.ANSWER, notice.due_on
    return None


def due_on(day: date, notices: Collection[Notice], rules: EscalationRules) -> list[Due]:
    """What is to be escalated on the day by the rules of each plan's jurisdiction, whether it was already or not; nothing
    on a day off. The notices come with their plans."""
    if not is_workday(day):
        return []
    found = []
    for notice in notices:
        for stage, since in _stages(notice):
            workdays = workdays_between(since, day)
            found += [
                Due(notice, rule, since, workdays)
                for rule in rules.of(notice.plan.jurisdiction_id)
                if rule.stage == stage and workdays >= rule.after_days
            ]
    return found


def _stages(notice: Notice) -> list[tuple[Stage, date]]:
    """A notice that was not even signed for by the day its answer was due is late with both."""
    turn = late_since(notice)
    if turn is None:
        return []
    if turn[0] == Stage.ACKNOWLEDGE and notice.due_on is not None:
        return [turn, (Stage.ANSWER, notice.due_on)]
    return [turn]


@transaction.atomic
def escalate(*, day: date, now: datetime | None = None) -> list[Escalation]:
    """Make the day's escalations: record each and tell whom it is for. What was made is not made again, whoever asks
    however often. The number of queries does not grow with the notices but for what is written."""
    moment = now or clock.now()
    open_ones = list(
        Notice.objects.open()
        .select_for_update(of=("self",))
        .select_related("agency", "plan")
        .defer("plan__text", "plan__head")
        .order_by("pk")
    )
    wanted = due_on(day, open_ones, EscalationRules())
    # By what the rule says: a jurisdiction that gets rules of its own does not tell the same again.
    there = set(
        Escalation.objects.filter(notice__in=[due.notice for due in wanted]).values_list(
            "notice_id", "rule__stage", "rule__after_days", "rule__to", "since"
        )
    )
    fresh = [due for due in wanted if due.key not in there]
    if not fresh:
        return []
    bodies = {due.notice.agency_id for due in fresh}
    filers, group = serving(Role.APPROVER, Role.REPORTER, agencies=bodies), serving(Role.LEADERSHIP)
    leaders = _leaders_on_record(bodies, day)
    names = names_at(Period.of(day), bodies)
    made = Escalation.objects.bulk_create(
        Escalation(
            notice=due.notice,
            rule=due.rule,
            stage=due.rule.stage,
            to=due.rule.to,
            since=due.since,
            workdays=due.workdays,
            at=moment,
            leaders=_("、").join(leaders.get(due.notice.agency_id, ()))[:200],
        )
        for due in fresh
    )
    told: list[tuple[Escalation, list[User]]] = []
    for escalation, due in zip(made, fresh, strict=True):
        to_head = due.rule.to == Receiver.HEAD
        receivers = _heads(filers, due.notice) if to_head else _with(group, due.notice, Role.LEADERSHIP)
        told.append((escalation, receivers))
        body = names[due.notice.agency_id].short if due.notice.agency_id in names else due.notice.agency.slug
        subject, text = message_texts.escalated(
            due.notice, body, Stage(due.rule.stage), Receiver(due.rule.to), due.workdays
        )
        tell(due.notice, receivers, subject, text, moment)
    through = Escalation.told.through
    through.objects.bulk_create(
        through(escalation_id=escalation.pk, user_id=user.pk) for escalation, users in told for user in users
    )
    record_all(
        [
            Entry(
                "notice.escalate",
                escalation.notice,
                data={
                    "stage": escalation.stage,
                    "to": escalation.to,
                    "since": str(escalation.since),
                    "workdays": escalation.workdays,
                    "told": [user.username for user in users],
                },
            )
            for escalation, users in told
        ],
        by=None,
        at=moment,
    )
    return made


def _with(people: Iterable[User], notice: Notice, *roles: Role) -> list[User]:
    """Those who hold one of the roles for the plan of the notice: who has a part in another plan is not told."""
    return [user for user in people if user.at(notice.plan_id).has(*roles)]


def _heads(filers: Iterable[User], notice: Notice) -> list[User]:
    """The approvers of the agency; where it has none, everybody who files for it, so that it is told to somebody."""
    own = [user for user in filers if user.agency_id == notice.agency_id]
    return _with(own, notice, Role.APPROVER) or _with(own, notice, Role.REPORTER)


def _leaders_on_record(agency_ids: Collection[int], day: date) -> dict[int, list[str]]:
    """{agency: the 分管领导 of its responsibilities on that day, each once}."""
    found: dict[int, list[str]] = {}
    rows = (
        Contact.objects.filter(responsibility__agency__in=agency_ids, valid__contains=day)
        .exclude(leader="")
        .order_by("responsibility__task__order")
        .values_list("responsibility__agency_id", "leader")
    )
    for agency_id, leader in rows:
        names = found.setdefault(agency_id, [])
        if leader not in names:
            names.append(leader)
    return found
