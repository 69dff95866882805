"""Reading duties and returns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.audit.log import subject_of
from tasks.audit.models import Event
from tasks.cycles.extensions import Extended, extended
from tasks.cycles.models import Cycle
from tasks.people.models import User
from tasks.people.queries import office_agency_ids
from tasks.plans.duties import consolidators, duties
from tasks.plans.filing_rules import filing_rules
from tasks.plans.models import Plan, Responsibility, Task
from tasks.plans.queries import ended_tasks
from tasks.submissions.marks import marks_of
from tasks.submissions.models import Decision, State, Submission, Supplement, Version, VersionQuerySet
from tasks.submissions.transitions import HAND, SEND_TO_REPORTER, TAKE_BACK
from tasks.values import Duty, Light, Period, Role


def red_co_returns(pairs: Iterable[tuple[int, Period]]) -> dict[tuple[int, Period], list[int]]:
    """{(task id, quarter): the agencies whose last co-return, not sent back, says red}, in the plan's order."""
    wanted = set(pairs)
    found: dict[tuple[int, Period], list[int]] = {}
    rows = (
        Version.objects.filter(
            task__in={task_id for task_id, _q in wanted},
            quarter__in={quarter for _t, quarter in wanted},
            duty=Duty.CO,
            light=Light.RED,
        )
        .exclude(decision=Decision.RETURNED)
        .current()
        .order_by("agency__order", "agency")
    )
    for task_id, quarter, agency_id in rows.values_list("task_id", "quarter", "agency_id"):
        if (task_id, quarter) in wanted:
            found.setdefault((task_id, quarter), []).append(agency_id)
    return found


def last_versions_before(
    quarter: Period, *, task_ids: Iterable[int], agency_ids: Iterable[int]
) -> dict[tuple[int, int], Version]:
    """{(task id, agency id): the version in force of the latest earlier quarter that was reported}."""
    rows = (
        Version.objects.filter(task__in=task_ids, agency__in=agency_ids, quarter__lt=quarter, is_trial=False)
        .order_by("task_id", "agency_id", "-quarter", "-number")
        .distinct("task_id", "agency_id")
    )
    return {(version.task_id, version.agency_id): version for version in rows}


def answer_by_of(version: Version | None, supplement: Supplement | None) -> datetime | None:
    """The date that was set when more was asked for (`supplement`) or when the last `version` was sent back; None where
    neither holds."""
    if supplement is not None:
        return supplement.answer_by
    if version is not None and version.decision == Decision.RETURNED:
        return version.answer_by
    return None


@dataclass(frozen=True)
class DeskRow:
    """One thing that an agency owes in a quarter, with where it stands."""

    task: Task
    role: str
    duty: str
    lead_name: str  # of whoever consolidates; "" where nobody does
    is_collected: bool  # whoever consolidates is no lead, but was asked to by the office
    submission: Submission | None
    version: Version | None  # the last submitted
    previous: Version | None  # the last one of an earlier quarter
    co_due: int  # of a lead's task: co-returns owed,
    co_reported: int  # submitted at least once,
    co_waiting: int  # and waiting for the lead's word
    marks: Sequence[str] = ()  # of `version` (tasks.submissions.marks)
    supplement: Supplement | None = None  # what was asked for beyond the accepted version
    withdrawn: Version | None = None  # the last submitted, where it was withdrawn
    sent_to_reporter: Event | None = None  # the approver's last word on what is a draft again, who and why

    @property
    def goes_to(self) -> str:
        """To whom the submission goes, or who leads what the agency itself consolidates, in words."""
        if not self.lead_name:
            return _("无牵头，报领导小组办公室")
        if self.is_collected:
            return _("汇总：%(name)s（非方案内容）") % {"name": self.lead_name}
        return _("牵头：%(name)s") % {"name": self.lead_name}

    @property
    def asked(self) -> str:
        """Why it was sent back, or what was asked for; "" when neither."""
        if self.state == State.SUPPLEMENT and self.supplement is not None:
            return self.supplement.reason
        if self.state == State.RETURNED and self.version is not None:
            return self.version.decision_note
        return ""

    @property
    def answer_by(self) -> datetime | None:
        """Until when it is wanted again, if another date than the one due was set."""
        if self.state == State.SUPPLEMENT and self.supplement is not None:
            return self.supplement.answer_by
        if self.state == State.RETURNED and self.version is not None:
            return self.version.answer_by
        return None

    @property
    def state(self) -> str:
        """A State, or "missing" when nothing was begun."""
        return self.submission.state if self.submission else "missing"


@dataclass(frozen=True)
class Desk:
    """All that an agency owes in a quarter."""

    plan: Plan
    quarter: Period
    cycle: Cycle | None
    rows: tuple[DeskRow, ...]
    agency_id: int
    dates: Extended = field(default_factory=Extended)

    def due(self, duty: str) -> datetime | None:
        """The moment by which the agency's submissions of that duty are due; None where the quarter is not opened."""
        return self.dates.due(self.cycle, duty, self.agency_id) if self.cycle else None

    @property
    def leads(self) -> tuple[DeskRow, ...]:
        return tuple(row for row in self.rows if row.duty == Duty.LEAD)

    @property
    def cos(self) -> tuple[DeskRow, ...]:
        return tuple(row for row in self.rows if row.duty == Duty.CO)


def desk(plan: Plan, quarter: Period, agency_id: int) -> Desk:
    """The desk of one agency: what it owes in the quarter, in the plan's order. A fixed number of queries."""
    owed = list(
        duties([plan.pk], quarter).filter(agency=agency_id).select_related("task").order_by("task__order")
    )
    task_ids = [duty.task_id for duty in owed]
    own = {
        submission.task_id: submission
        for submission in Submission.objects.filter(agency=agency_id, quarter=quarter, task__in=task_ids)
    }
    versions = {
        version.task_id: version
        for version in Version.objects.filter(agency=agency_id, quarter=quarter, task__in=task_ids).current()
    }
    marks = marks_of(version.pk for version in versions.values())
    last = (
        Version.every.filter(agency=agency_id, quarter=quarter, task__in=task_ids)
        .order_by("task_id", "-number")
        .distinct("task_id")
    )
    withdrawn = {version.task_id: version for version in last if version.withdrawn_at is not None}
    supplements = {
        one.version_id: one
        for one in Supplement.objects.filter(version__in=versions.values()).order_by("asked_at", "pk")
    }
    sent = sent_to_reporter(own.values())
    previous = last_versions_before(quarter, task_ids=task_ids, agency_ids=[agency_id])
    first = {row.task_id: row for row in consolidators(task_ids, quarter)}
    leads = {task_id: row.agency_id for task_id, row in first.items()}
    names = names_at(quarter, leads.values())
    led = [duty.task_id for duty in owed if duty.duty == Duty.LEAD]
    co_due: dict[int, int] = {}
    for task_id in (
        duties([plan.pk], quarter).filter(task__in=led, duty=Duty.CO).values_list("task_id", flat=True)
    ):
        co_due[task_id] = co_due.get(task_id, 0) + 1
    co_reported: dict[int, int] = {}
    co_waiting: dict[int, int] = {}
    for version in Version.objects.filter(quarter=quarter, task__in=led, duty=Duty.CO).current():
        co_reported[version.task_id] = co_reported.get(version.task_id, 0) + 1
        if not version.decision:
            co_waiting[version.task_id] = co_waiting.get(version.task_id, 0) + 1
    rows = tuple(
        DeskRow(
            task=duty.task,
            role=duty.role,
            duty=duty.duty,
            lead_name=names[leads[duty.task_id]].short if leads.get(duty.task_id) in names else "",
            is_collected=duty.task_id in first and first[duty.task_id].role != Duty.LEAD,
            submission=own.get(duty.task_id),
            version=versions.get(duty.task_id),
            previous=previous.get((duty.task_id, agency_id)),
            co_due=co_due.get(duty.task_id, 0),
            co_reported=co_reported.get(duty.task_id, 0),
            co_waiting=co_waiting.get(duty.task_id, 0),
            marks=marks[versions[duty.task_id].pk] if duty.task_id in versions else (),
            supplement=supplements.get(versions[duty.task_id].pk) if duty.task_id in versions else None,
            withdrawn=withdrawn.get(duty.task_id),
            sent_to_reporter=sent.get(own[duty.task_id].pk) if duty.task_id in own else None,
        )
        for duty in owed
    )
    cycle = Cycle.objects.filter(plan=plan, quarter=quarter).first()
    dates = extended([cycle] if cycle else [])
    return Desk(plan=plan, quarter=quarter, cycle=cycle, rows=rows, agency_id=agency_id, dates=dates)


def sent_to_reporter(rows: Iterable[Submission]) -> dict[int, Event]:
    """{submission id: the entry with which an approver sent it back to the reporter}, of drafts that were not handed on
    since. One query."""
    drafts = {subject_of(row): row.pk for row in rows if row.state == State.DRAFT}
    events = (
        Event.objects.filter(subject__in=drafts, verb__in=[HAND.verb, TAKE_BACK.verb, SEND_TO_REPORTER.verb])
        .order_by("subject", "-id")
        .distinct("subject")
        .select_related("by")
    )
    return {drafts[event.subject]: event for event in events if event.verb == SEND_TO_REPORTER.verb}


def owed_elsewhere(agency_id: int, cycles: Sequence[Cycle]) -> list[tuple[Cycle, int]]:
    """Of the cycles, of any plan, those in which the agency owes something, with how many returns it has still to send:
    a desk shows one quarter of one plan, and must not hide the others. A fixed number of queries, and none without cycles."""
    if not cycles:
        return []
    now = clock.now()
    ended = ended_tasks({cycle.plan_id for cycle in cycles}, now)
    plans = {cycle.plan_id for cycle in cycles}
    held = list(
        Responsibility.objects.filter(
            agency=agency_id, task__plan__in=plans, known__contains=now
        ).select_related("task")
    )
    rules = filing_rules(plans, now)
    sent = set(
        Submission.objects.filter(
            agency=agency_id, cycle__in=cycles, state__in=[State.SUBMITTED, State.ACCEPTED]
        ).values_list("cycle", "task")
    )
    found = []
    for cycle in cycles:
        owed = [
            row.task_id
            for row in held
            if row.task.plan_id == cycle.plan_id
            and cycle.quarter.within(row.valid)
            and ended.term(row.task_id, cycle.quarter) is None
            and rules.requires(row, cycle.plan_id, cycle.quarter)
        ]
        if owed:
            found.append((cycle, sum((cycle.pk, task_id) not in sent for task_id in owed)))
    return found


def waiting_for_lead(plan: Plan, quarter: Period, agency_id: int) -> QuerySet[Version]:
    """Co-returns that wait for this lead to adopt or return them."""
    led = duties([plan.pk], quarter).filter(agency=agency_id, duty=Duty.LEAD).values("task")
    return (
        Version.objects.filter(
            quarter=quarter, task__in=led, duty=Duty.CO, decision="", submission__state=State.SUBMITTED
        )
        .current()
        .select_related("task", "submission")
        .order_by("task__order", "agency__order")
    )


def to_office(versions: VersionQuerySet) -> VersionQuerySet:
    """Those of the versions that the office decides: of whoever consolidates, and all on tasks on which nobody does."""
    consolidated = Responsibility.objects.filter(
        task=OuterRef("task"),
        duty=Duty.LEAD,
        known__contains=clock.now(),
        valid__contains=OuterRef("quarter"),
    )
    return versions.filter(Q(duty=Duty.LEAD) | ~Exists(consolidated))


def waiting_for_office(plan: Plan, quarter: Period, user: User) -> QuerySet[Version]:
    """Submissions that wait for this user, as office or as second reviewer, to decide them."""
    waiting = to_office(
        Version.objects.filter(
            quarter=quarter, task__plan=plan, decision="", submission__state=State.SUBMITTED
        )
    ).exclude(agency__in=user.serves)
    offices = office_agency_ids(plan.pk)
    mine = waiting.none()
    if user.has(Role.OFFICE):
        mine = mine | waiting.exclude(agency__in=offices)
    if user.has(Role.SECOND_REVIEWER):
        mine = mine | waiting.filter(agency__in=offices)
    return mine.current().select_related("task", "submission").order_by("task__order")


@dataclass(frozen=True)
class RecordRow:
    """What an agency submitted in one quarter, of the submissions that it owed. What it submitted on a task that was
    withdrawn or closed since, or that another agency now holds for the quarter, is not counted."""

    quarter: Period
    due: int
    submitted: int
    on_time: int
    changed: int  # lights that the office changed

    @property
    def late(self) -> int:
        return self.submitted - self.on_time

    @property
    def missing(self) -> int:
        return self.due - self.submitted


def filing_record(plan: Plan, agency_id: int, *, before: Period, quarters: int) -> list[RecordRow]:
    """The agency's last quarters before one, latest first; quarters without a cycle are left out."""
    cycles = {
        cycle.quarter: cycle
        for cycle in Cycle.counting.filter(
            plan=plan, quarter__gte=Period.of(plan.in_force_from, before.kind), quarter__lt=before
        ).order_by("-quarter")[:quarters]
    }
    now = clock.now()
    held = list(Responsibility.objects.filter(agency=agency_id, task__plan=plan, known__contains=now))
    rules = filing_rules([plan.pk], now)
    ended = ended_tasks([plan.pk], now)
    dates = extended(cycles.values())
    rows: dict[Period, list[Version]] = {quarter: [] for quarter in cycles}
    for version in Version.objects.filter(agency=agency_id, quarter__in=cycles, task__plan=plan):
        rows[version.quarter].append(version)
    record = []
    for quarter, versions in rows.items():
        owed = {
            (row.task_id, row.duty)
            for row in held
            if quarter.within(row.valid)
            and ended.term(row.task_id, quarter) is None
            and rules.requires(row, plan.pk, quarter)
        }
        filed = [version for version in versions if (version.task_id, version.duty) in owed]
        first: dict[tuple[int, str], datetime] = {}
        for version in filed:
            key = (version.task_id, version.duty)
            first[key] = min(version.submitted_at, first.get(key, version.submitted_at))
        record.append(
            RecordRow(
                quarter=quarter,
                due=len(owed),
                submitted=len(first),
                on_time=sum(
                    not dates.is_late(cycles[quarter], duty, agency_id, at)
                    for (_task, duty), at in first.items()
                ),
                changed=sum(bool(v.verified_light) and v.verified_light != v.light for v in filed),
            )
        )
    return record


def first_submitted(versions: Iterable[Version]) -> dict[int, datetime]:
    """{version id: when its agency first submitted on that task, duty and quarter}. A submission is late by this
    moment (tasks.cycles.lateness), whatever was sent back and submitted again since. One query."""
    wanted = list(versions)
    rows = (
        Version.objects.filter(submission__in={version.submission_id for version in wanted})
        .values("submission", "duty")
        .annotate(first=Min("submitted_at"))
        .values_list("submission", "duty", "first")
    )
    moments = {(submission_id, duty): first for submission_id, duty, first in rows}
    return {version.pk: moments[version.submission_id, version.duty] for version in wanted}
