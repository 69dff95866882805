"""Who has to act on which return on a day, and the record of sent messages."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.assignments.queries import shares_of
from tasks.cycles.extensions import Extended
from tasks.cycles.models import Cycle
from tasks.cycles.reopening import openings
from tasks.notifications.models import Chase, Delivery, Message
from tasks.notifications.reminder_rules import may_chase, may_chase_at_all, reminded, timing, writes
from tasks.notifications.values import UNFILED, DeliveryState, Kind, Reason, Timing
from tasks.people.models import User
from tasks.people.permissions import may_decide_for
from tasks.people.queries import office_agencies, office_agency_ids, serving
from tasks.plans.duties import duties, leads_of
from tasks.plans.filing_rules import filing_rules
from tasks.plans.models import Responsibility, valid_in
from tasks.plans.queries import ended_tasks
from tasks.submissions.models import Decision, State, Submission, Supplement, Version
from tasks.values import Duty, Role

_UNFILED = {
    State.DRAFT: Reason.DRAFT,
    State.HANDED: Reason.HANDED,
    State.RETURNED: Reason.RETURNED,
    State.SUPPLEMENT: Reason.RETURNED,
}


@dataclass(frozen=True)
class Waiting:
    """One return on which somebody has to act, and since when; None where only the due date counts."""

    cycle: Cycle
    duty: Responsibility  # of the agency whose return it is, with its task
    lead_id: int | None  # the agency that leads the task
    reason: Reason
    since: datetime | None
    answer_by: datetime | None = None  # a separate date: sent back or reopened until then
    dates: Extended = field(default_factory=Extended)  # extensions granted to agencies

    @property
    def acts(self) -> int | None:
        """The agency that has to act; None for the office."""
        if self.reason == Reason.DECIDE:
            return None
        return self.lead_id if self.reason == Reason.ADOPT else self.duty.agency_id

    @property
    def said_outside(self) -> str:
        """Reason as shown to other agencies: the progress of a draft is visible only to its own agency."""
        if self.reason not in UNFILED:
            return str(self.reason.label)
        return _("被退回，待重报") if self.since is not None else _("未报")

    @property
    def due(self) -> datetime:
        """When the action is due: a lead adopts by the time its own return is due."""
        if self.reason == Reason.DECIDE:
            return self.cycle.decision_due
        if self.answer_by is not None:
            return self.answer_by
        if self.reason == Reason.ADOPT:
            return self.dates.due(self.cycle, Duty.LEAD, self.lead_id or 0)
        return self.dates.due(self.cycle, self.duty.duty, self.duty.agency_id)


def waiting(cycles: Collection[Cycle], *, known_at: datetime | None = None) -> list[Waiting]:
    """Every return of the cycles on which somebody has to act, in the plan's order. At most nine queries in all."""
    if not cycles:
        return []
    moment = known_at or clock.now()
    owed = Q()
    for cycle in cycles:
        owed |= Q(valid_in(cycle.quarter, "task__plan"), task__plan=cycle.plan_id)
    ended = ended_tasks({cycle.plan_id for cycle in cycles}, moment)
    held_ever = list(
        Responsibility.objects.filter(owed, known__contains=moment)
        .select_related("task")
        .order_by("task__order", "order", "pk")
    )
    heads = {
        (head.cycle_id, head.task_id, head.agency_id): head
        for head in Submission.objects.filter(cycle__in=cycles).only(
            "cycle_id", "task_id", "agency_id", "state"
        )
    }
    versions = {
        version.submission_id: version
        for version in Version.objects.filter(submission__cycle__in=cycles)
        .current()
        .only("submission_id", "decision", "decided_at", "submitted_at", "answer_by")
    }
    asked = {
        one.version_id: one
        for one in Supplement.objects.filter(
            version__in=[version.pk for version in versions.values() if version.decision == Decision.ACCEPTED]
        ).order_by("asked_at", "pk")
    }
    opened = openings(cycles, moment)
    rules = filing_rules({cycle.plan_id for cycle in cycles}, moment)
    found = []
    for cycle in cycles:
        held = [
            duty
            for duty in held_ever
            if duty.task.plan_id == cycle.plan_id
            and cycle.quarter.within(duty.valid)
            and ended.term(duty.task_id, cycle.quarter) is None
        ]
        leads = {duty.task_id: duty.agency_id for duty in held if duty.duty == Duty.LEAD}
        for duty in held:
            head = heads.get((cycle.pk, duty.task_id, duty.agency_id))
            version = versions.get(head.pk) if head else None
            supplement = asked.get(version.pk) if version else None
            if not rules.closer.files(duty.task_id, cycle.plan_id, cycle.quarter):
                continue
            if head is None and not rules.requires(duty, cycle.plan_id, cycle.quarter):
                continue
            state = _state(duty, head, version, supplement, leads.get(duty.task_id))
            if state is not None:
                until = opened.until(cycle, duty.agency_id, duty.task_id)
                own = supplement or (version if version and version.decision == Decision.RETURNED else None)
                found.append(
                    Waiting(
                        cycle,
                        duty,
                        leads.get(duty.task_id),
                        *state,
                        answer_by=(own.answer_by if own and state[0] in UNFILED else None) or until,
                        dates=opened.extended,
                    )
                )
    return found


def _state(
    duty: Responsibility,
    head: Submission | None,
    version: Version | None,
    supplement: Supplement | None,
    lead_id: int | None,
) -> tuple[Reason, datetime | None] | None:
    """What the return waits for and since when; None when nobody has to act."""
    if head is None:
        return Reason.NEVER, None
    reason = _UNFILED.get(State(head.state))
    if reason is not None:
        if supplement is not None:
            return reason, supplement.asked_at
        sent_back = version is not None and version.decision == Decision.RETURNED
        return reason, version.decided_at if version is not None and sent_back else None
    if head.state == State.SUBMITTED and version is not None:
        to_office = duty.duty == Duty.LEAD or lead_id is None
        return (Reason.DECIDE if to_office else Reason.ADOPT), version.submitted_at
    return None


# -- the day's digests --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """One line of a digest: a return, why it waits and how urgent it is."""

    waiting: Waiting
    timing: Timing


@dataclass(frozen=True)
class Digest:
    """Everything that one person is reminded of on one day."""

    user: User
    items: tuple[Item, ...]

    @property
    def cycles(self) -> list[Cycle]:
        return list({item.waiting.cycle.pk: item.waiting.cycle for item in self.items}.values())


def items_on(day: date, cycles: Collection[Cycle]) -> list[Item]:
    """The reminders of the day, the most urgent first."""
    found = []
    now = clock.now()
    for one in waiting(cycles):
        # In a closed period only reopened returns can be filed.
        if one.acts is not None and one.answer_by is None and now >= one.cycle.closes_at:
            continue
        when = timing(day, one.due, one.since)
        if when is not None:
            found.append(Item(one, when))
    return sorted(found, key=lambda item: item.timing.urgency)


def digests_on(items: Sequence[Item]) -> list[Digest]:
    """One digest for each person. Three queries."""
    if not items:
        return []
    users = serving(Role.REPORTER, Role.APPROVER, Role.OFFICE, Role.SECOND_REVIEWER)
    people: dict[int, list[User]] = {}
    for user in users:
        if user.agency_id is not None:
            people.setdefault(user.agency_id, []).append(user)
    reviewers = [user for user in users if user.has(Role.OFFICE, Role.SECOND_REVIEWER)]
    offices = office_agencies({item.waiting.duty.task.plan_id for item in items})
    shares = shares_of(users)
    told: dict[tuple[int, int | None], list[Item]] = {}  # by the person and the agency for which they act
    for item in items:
        one = item.waiting
        plan_id, task_id = one.duty.task.plan_id, one.duty.task_id
        if one.reason == Reason.DECIDE:
            receivers = [
                user
                for user in reviewers
                if may_decide_for(user.at(plan_id), one.duty.agency_id, offices[plan_id])
            ]
        else:
            receivers = reminded(
                one.reason,
                [user.at(plan_id) for user in people.get(one.acts or 0, [])],
                lambda user, plan_id=plan_id, task_id=task_id: writes(  # type: ignore[misc]
                    shares.get((user.pk, user.agency_id)), plan_id, task_id
                ),
            )
        for user in receivers:
            told.setdefault((user.pk, user.agency_id), []).append(item)
    return [
        Digest(user, tuple(told[user.pk, user.agency_id]))
        for user in users
        if (user.pk, user.agency_id) in told
    ]


# -- chasing ------------------------------------------------------------------------------------------------


def chaseable(user: User, cycle: Cycle, agency_id: int) -> list[Waiting]:
    """Returns that the agency has not filed in the cycle and can file now, as far as the user may chase it."""
    return [one for one in all_chaseable(user, cycle) if one.duty.agency_id == agency_id]


def all_chaseable(user: User, cycle: Cycle) -> list[Waiting]:
    """The same for every agency. In a closed period only reopened returns can be chased."""
    offices = office_agency_ids(cycle.plan_id)
    opened = openings([cycle], clock.now())
    return [
        one
        for one in waiting([cycle])
        if one.reason in UNFILED
        and opened.allows(cycle, one.duty.agency_id, one.duty.task_id)
        and may_chase(user, one.duty.agency_id, one.lead_id, offices)
    ]


def may_be_chased(user: User, cycle: Cycle, agency_id: int) -> bool:
    """Whether the user may chase that agency for anything that it owes in the cycle, filed or not."""
    if not may_chase_at_all(user):
        return False
    owed = list(
        duties([cycle.plan_id], cycle.quarter).filter(agency=agency_id).values_list("task", flat=True)
    )
    leads = leads_of(owed, cycle.quarter)
    offices = office_agency_ids(cycle.plan_id)
    return any(may_chase(user, agency_id, leads.get(task_id), offices) for task_id in owed)


def people_of(agency_id: int, plan_id: int) -> list[User]:
    """The people who file an agency's returns on the plan."""
    return serving(Role.REPORTER, Role.APPROVER, agencies=[agency_id], plan=plan_id)


def bodies_with_people(agency_ids: Iterable[int], plan_id: int) -> set[int]:
    """The agencies that have somebody to send a message about the plan to."""
    people = serving(Role.REPORTER, Role.APPROVER, agencies=list(agency_ids), plan=plan_id)
    return {user.agency_id for user in people if user.agency_id is not None}


def chases_in(cycle: Cycle, user: User) -> QuerySet[Chase]:
    """Chases in a cycle that the user may see, the latest first."""
    return (
        Chase.objects.visible_to(user)
        .filter(cycle=cycle)
        .select_related("by")
        .prefetch_related("responsibilities__task")
    )


# -- reading ------------------------------------------------------------------------------------------------


def unread_count(user: User) -> int:
    """How many messages the person has not read. One query, over an index of unread ones alone."""
    return Message.objects.unread_of(user).count()


def sent_in(cycle: Cycle) -> QuerySet[Message]:
    """All messages about a cycle, the latest first, with their deliveries."""
    return (
        Message.objects.filter(cycles=cycle)
        .select_related("user", "chase__by")
        .prefetch_related("deliveries")
        .order_by("-created_at", "-id")
    )


def failed_in(cycle: Cycle) -> QuerySet[Delivery]:
    """Deliveries about a cycle that were given up."""
    return (
        Delivery.objects.filter(message__cycles=cycle, state=DeliveryState.FAILED)
        .select_related("message__user", "message__chase")
        .order_by("-id")
    )


def counts_in(cycle: Cycle) -> dict[str, int]:
    """{state of a delivery: how many} of a cycle."""
    rows = Delivery.objects.filter(message__cycles=cycle).order_by().values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows}


def already_told(day: date, user_ids: Iterable[int]) -> set[tuple[int, int | None]]:
    """(person, agency) of those who already have the digest of the day."""
    rows = Message.objects.filter(kind=Kind.DIGEST, day=day, user__in=user_ids)
    return {(pk, agency_id) for pk, agency_id in rows.values_list("user_id", "agency_id") if pk is not None}
