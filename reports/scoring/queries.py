"""What is scored of every agency in a period, and the scores by a scheme. A fixed number of queries, however many agencies.

Only what a second party found counts: the office's verified lights, milestones and figures that were not refuted, its
judgement of evidence, and the calendar. What is not decided or not due yet is left out and said to be.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Min, Q
from django.utils import timezone

from reports.figures.agency_names import agency_refs
from reports.figures.target_standing import target_standings
from reports.figures.targets import targets_in_force, tasks_answering
from reports.figures.values import AgencyRef
from reports.scoring.models import (
    CorrectionState,
    EvidenceGrade,
    Scheme,
    SchemeState,
    ScoreCorrection,
    ScoreSheet,
    SheetState,
)
from reports.scoring.values import (
    RANKED,
    Calculation,
    Component,
    Content,
    CorrectionLine,
    Facts,
    Happened,
    Mark,
    ScoredPeriod,
    Thing,
    calculate,
    ranks,
)
from reports.supervision.models import Escalation, Notice
from reports.supervision.values import ISSUED, Receiver, State
from tasks.cycles.lateness import is_day_late, is_day_overdue
from tasks.cycles.models import Cycle
from tasks.errors import present
from tasks.indicators.target_path import Schedule
from tasks.models import Plan, Task
from tasks.plans.models import TaskTerm
from tasks.standing.queries import CLOSED, WITHDRAWN, Standing, standing_between
from tasks.submissions.models import Verification
from tasks.values import Duty, Period
from tasks.workplans.schedule import Standing as NodeStanding
from tasks.workplans.schedule import schedule

_ON_PATH = {
    Schedule.REACHED: "on_path",
    Schedule.AHEAD: "on_path",
    Schedule.ON: "on_path",
    Schedule.SLIGHT: "slight",
    Schedule.BEHIND: "behind",
    Schedule.MISSED: "behind",
}
_NODES = {
    NodeStanding.REACHED: "on_time",
    NodeStanding.LATE: "late",
    NodeStanding.OVERDUE: "overdue",
}


@dataclass(frozen=True)
class BodyScore:
    """An agency's score; `rank` among the `among` of its kind that lead tasks like it or, like it, only share some; None for
    kinds that are never ranked, without a score, and where nothing but filing was weighed."""

    agency: AgencyRef
    calculation: Calculation
    leads: bool
    rank: int | None = None
    among: int = 0


# -- schemes and sheets -------------------------------------------------------------------------------------


def scheme_for(plan: Plan, period: ScoredPeriod, known_at: datetime) -> Scheme | None:
    """The scheme by which the period is scored: in force at its last quarter, as known at the moment."""
    return (
        Scheme.objects.filter(
            plan=plan, state=SchemeState.ADOPTED, decided_at__lte=known_at, valid_from__lte=period.last
        )
        .select_related("written_by", "decided_by")
        .order_by("-valid_from", "-number")
        .first()
    )


def sheets(plan: Plan, period: ScoredPeriod, known_at: datetime) -> list[ScoreSheet]:
    """What was announced of the period by the moment, the edition that holds first."""
    return list(
        ScoreSheet.objects.filter(
            plan=plan, period=str(period), state=SheetState.ANNOUNCED, decided_at__lte=known_at
        )
        .select_related("proposed_by", "decided_by", "scheme")
        .order_by("-edition")
    )


@dataclass(frozen=True)
class ToldScore:
    """One agency's line of an announced sheet; `rank` None where it is not ranked or ranks are not published."""

    agency: AgencyRef
    leads: bool
    total: Decimal | None
    rank: int | None


@dataclass(frozen=True)
class ToldScores:
    """What was announced of a period, as a brief prints it."""

    period: str
    edition: int
    announced_on: date
    scheme: int
    scheme_title: str
    sha256: str
    bodies: tuple[ToldScore, ...]


def announced(plan: Plan, period: ScoredPeriod, known_at: datetime) -> ToldScores | None:
    """The edition that held at the moment; None where nothing was announced."""
    sheet = next(iter(sheets(plan, period, known_at)), None)
    if sheet is None:
        return None
    said = json.loads(sheet.content)
    shows_ranks = said["scheme"]["content"]["publish_ranking"]
    return ToldScores(
        period=sheet.period,
        edition=present(sheet.edition, "the edition of an announced sheet"),
        announced_on=_day(present(sheet.decided_at, "the decision on an announced sheet")),
        scheme=said["scheme"]["number"],
        scheme_title=said["scheme"]["title"],
        sha256=sheet.sha256,
        bodies=tuple(
            ToldScore(
                AgencyRef(**one["agency"]),
                one["leads"],
                None if one["calculation"]["total"] is None else Decimal(one["calculation"]["total"]),
                one["rank"] if shows_ranks else None,
            )
            for one in said["bodies"]
        ),
    )


def decided_from(plan: Plan, period: ScoredPeriod) -> datetime | None:
    """When the office's term for the period's last quarter is over, and its scores may be proposed; None while that quarter
    was not opened."""
    cycle = Cycle.counting.filter(plan=plan, quarter=min(period.last, plan.last_quarter)).first()
    return cycle.decision_due if cycle else None


def waiting_sheet(plan: Plan, period: ScoredPeriod) -> ScoreSheet | None:
    """What was proposed of the period and neither announced nor dropped yet."""
    return (
        ScoreSheet.objects.filter(plan=plan, period=str(period), state=SheetState.PROPOSED)
        .select_related("proposed_by", "scheme")
        .first()
    )


# -- scores -------------------------------------------------------------------------------------------------


def scores(plan: Plan, period: ScoredPeriod, rules: Content, *, known_at: datetime) -> tuple[BodyScore, ...]:
    """Every agency with a duty in the period, in the agencies' order."""
    return scored(plan, period, facts(plan, period, known_at=known_at), rules, known_at=known_at)


def scored(
    plan: Plan,
    period: ScoredPeriod,
    found: Mapping[int, Facts],
    rules: Content,
    *,
    known_at: datetime,
    corrected: bool = True,
) -> tuple[BodyScore, ...]:
    """The same from facts that the caller has, so that they can be weighed by several schemes."""
    refs = agency_refs(found, period.last)
    by_hand = corrections(plan, period, known_at) if corrected else {}
    rows = {pk: calculate(rules, found[pk], by_hand.get(pk, ())) for pk in refs}
    leads = {pk: bool(found[pk].things.get(Component.LIGHT)) for pk in refs}
    places: dict[int, tuple[int, int]] = {}
    for kind in RANKED:
        for leading in (True, False):
            like = [pk for pk, ref in refs.items() if ref.kind == kind and leads[pk] is leading]
            among = ranks({pk: rows[pk].total for pk in like if not rows[pk].by_filing_alone})
            places |= {pk: (place, len(among)) for pk, place in among.items()}
    return tuple(BodyScore(ref, rows[pk], leads[pk], *places.get(pk, (None, 0))) for pk, ref in refs.items())


def corrections(
    plan: Plan, period: ScoredPeriod, known_at: datetime
) -> dict[int, tuple[CorrectionLine, ...]]:
    """{agency: what was approved for its score}."""
    rows = ScoreCorrection.objects.filter(
        plan=plan, period=str(period), state=CorrectionState.APPROVED, decided_at__lte=known_at
    ).select_related("proposed_by", "decided_by")
    found: defaultdict[int, list[CorrectionLine]] = defaultdict(list)
    for row in rows.order_by("pk"):
        found[row.agency_id].append(
            CorrectionLine(row.pk, row.points, row.reason, str(row.proposed_by), str(row.decided_by))
        )
    return {pk: tuple(lines) for pk, lines in found.items()}


# -- what counts --------------------------------------------------------------------------------------------


def facts(plan: Plan, period: ScoredPeriod, *, known_at: datetime) -> dict[int, Facts]:
    """{agency: all that can be weighed of it}, for every agency with a duty in a quarter of the period."""
    collected = _Collected(plan, period, known_at)
    collected.returns()
    collected.evidence()
    collected.milestones()
    collected.targets()
    collected.notices()
    collected.closings()
    return {
        pk: Facts(
            {name: tuple(things) for name, things in collected.things[pk].items()},
            {name: tuple(events) for name, events in collected.events[pk].items()},
        )
        for pk in dict.fromkeys(row.agency_id for row in collected.rows)
    }


class _Collected:
    """Gathers by agency and component. Whatever is about an agency without a duty in the period goes nowhere."""

    def __init__(self, plan: Plan, period: ScoredPeriod, known_at: datetime) -> None:
        self.plan, self.period, self.known_at = plan, period, known_at
        self.first = max(period.first, plan.first_quarter)
        self.last = min(period.last, plan.last_quarter)
        self.rows: list[Standing] = standing_between(
            self.first, self.last, known_at=known_at, plan_ids=[plan.pk]
        )
        self.tasks = {task.pk: task for task in Task.objects.filter(plan=plan)}
        self.things: defaultdict[int, defaultdict[str, list[Thing]]] = defaultdict(lambda: defaultdict(list))
        self.events: defaultdict[int, defaultdict[str, list[Happened]]] = defaultdict(
            lambda: defaultdict(list)
        )

    def _thing(self, component: str, row: Standing, outcome: str) -> None:
        task = self.tasks[row.task_id]
        duty = "" if row.role == Duty.LEAD else str(Duty(row.role).label)
        self.things[row.agency_id][component].append(
            Thing(row.quarter, f"{task.code}{duty}", outcome, task.ref, row.submission_id)
        )

    def returns(self) -> None:
        """Timeliness, completeness, verified lights, and what was found untrue."""
        for row in self.rows:
            if row.due_at is None or row.state == WITHDRAWN:
                continue
            missing = "missing" if row.is_overdue(self.known_at) else ""
            if row.owed:
                timely = ("on_time" if row.on_time else "late") if row.reported else missing
                self._thing(Component.TIMELINESS, row, timely)
                self._thing(Component.COMPLETENESS, row, "filed" if row.reported else missing)
            # Whoever consolidates without being a lead answers for no light but as others do.
            if not row.duty == row.role == Duty.LEAD or (row.elsewhere and row.owed):
                continue
            if row.state == CLOSED or row.verified:
                self._thing(Component.LIGHT, row, row.verified_light)
            else:
                self._thing(Component.LIGHT, row, "" if row.reported else missing)
            for mark, verification in (
                (Mark.UNTRUE, Verification.FALSE),
                (Mark.PARTLY, Verification.PARTLY),
            ):
                if row.owed and row.verification == verification:
                    task = self.tasks[row.task_id]
                    self._event(row.agency_id, mark, Happened(row.quarter, task.code, task.ref))

    def _event(self, agency_id: int, mark: str, event: Happened) -> None:
        self.events[agency_id][mark].append(event)

    def evidence(self) -> None:
        """Of the version in force; what nobody judged yet is open for a lead's return and nothing for another."""
        versions = {row.version_id: row for row in self.rows if row.version_id is not None and row.reported}
        grades = latest_grades(versions, self.known_at)
        for pk, row in versions.items():
            if pk in grades:
                self._thing(Component.EVIDENCE, row, grades[pk].grade)
            elif row.duty == Duty.LEAD and not row.elsewhere and row.due_at is not None:
                self._thing(Component.EVIDENCE, row, "")

    def milestones(self) -> None:
        """Due within the period, or overdue from before it; and those reached a quarter or more ahead."""
        for line in schedule(self.last, known_at=self.known_at, plan_ids=[self.plan.pk]):
            task = self.tasks[line.task_id]
            for node in line.nodes:
                reached = self.plan.period_of(node.reached_on) if node.reached_on else None
                if reached and self.first <= reached <= self.last and reached < self.plan.period_of(node.due):
                    self._event(line.agency_id, Mark.EARLY, Happened(reached, node.text, task.ref))
                if node.due > self.period.last_day:
                    continue
                outcome = _NODES.get(node.standing, "")
                if node.due >= self.period.first_day or outcome == "overdue":
                    self.things[line.agency_id][Component.MILESTONES].append(
                        Thing(self.plan.period_of(node.due), node.text, outcome, task.ref)
                    )

    def targets(self) -> None:
        """Against their path at the period's end, by verified figures alone; to the lead that answers for each."""
        standings = target_standings(self.plan, self.last, known_at=self.known_at)
        answering = tasks_answering(targets_in_force(self.plan, self.last, self.known_at))
        leads = {
            row.task_id: row.agency_id
            for row in self.rows
            if row.duty == Duty.LEAD and row.quarter == self.last
        }
        for one in standings:
            tasks = answering.get(one.target.order, [])
            lead = next((leads[task] for task in tasks if task in leads), None)
            if lead is None or one.status in {Schedule.WORDS, Schedule.NO_YEAR, Schedule.NO_BASELINE}:
                continue
            outcome = _ON_PATH.get(Schedule(one.status), "") if one.target.verified else ""
            self.things[lead][Component.TARGETS].append(
                Thing(self.last, one.target.text, outcome, self.tasks[tasks[0]].ref)
            )

    def notices(self) -> None:
        """Those whose first answer was due within the period; and those of which the leading group was told in it."""
        issued = list(
            Notice.objects.filter(
                plan=self.plan,
                state__in=ISSUED,
                issued_at__lte=self.known_at,
                first_due_on__range=(self.period.first_day, self.period.last_day),
            )
            .exclude(state=State.WITHDRAWN, ended_at__lte=self.known_at)
            .annotate(answered_at=Min("answers__at", filter=Q(answers__at__lte=self.known_at)))
            .order_by("first_due_on", "pk")
            .values_list("agency_id", "doc_number", "first_due_on", "answered_at")
        )
        for agency_id, number, due, answered in issued:
            due = present(due, "the due date of an issued notice")
            if answered is not None:
                outcome = "late" if is_day_late(_day(answered), due) else "on_time"
            else:
                outcome = "overdue" if is_day_overdue(due, _day(self.known_at)) else ""
            self.things[agency_id][Component.SUPERVISION].append(
                Thing(self.plan.period_of(due), number, outcome)
            )
        told = (
            Escalation.objects.filter(
                notice__plan=self.plan,
                to=Receiver.LEADERSHIP,
                at__lte=self.known_at,
                at__date__range=(self.period.first_day, self.period.last_day),
            )
            .exclude(notice__state=State.WITHDRAWN, notice__ended_at__lte=self.known_at)
            .order_by("notice_id")
            .values_list("notice_id", "notice__agency_id", "notice__doc_number", "at")
        )
        seen: set[int] = set()
        for notice_id, agency_id, number, at in told:
            if notice_id not in seen:
                seen.add(notice_id)
                self._event(agency_id, Mark.ESCALATED, Happened(self.plan.period_of(_day(at)), number))

    def closings(self) -> None:
        """Tasks that were closed 销号 from a quarter of the period on; to their lead of that quarter."""
        since = {
            term.task_id: Period.from_ordinal(term.valid.lower)
            for term in TaskTerm.objects.filter(
                task__plan=self.plan, status="closed", known__contains=self.known_at
            )
            if term.valid.lower is not None and self.first.ordinal <= term.valid.lower <= self.last.ordinal
        }
        for row in self.rows:
            if row.duty == Duty.LEAD and row.state == CLOSED and since.get(row.task_id) == row.quarter:
                task = self.tasks[row.task_id]
                self._event(row.agency_id, Mark.DONE, Happened(row.quarter, task.code, task.ref))


def latest_grades(version_ids: Iterable[int], known_at: datetime) -> dict[int, EvidenceGrade]:
    """{version: the judgement that counts}. One query."""
    rows = EvidenceGrade.objects.filter(version__in=list(version_ids), at__lte=known_at).select_related("by")
    return {row.version_id: row for row in rows.order_by("version_id", "at", "pk")}


def _day(moment: datetime) -> date:
    return timezone.localdate(moment, timezone.get_default_timezone())


# -- dry runs -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tried:
    """An agency's total by the scheme in force and by another, corrections by hand left out of both."""

    agency: AgencyRef
    by_ours: Decimal | None
    by_other: Decimal | None
    ours: BodyScore
    other: BodyScore

    @property
    def difference(self) -> Decimal | None:
        return None if self.by_ours is None or self.by_other is None else self.by_other - self.by_ours


def tried(
    plan: Plan, period: ScoredPeriod, ours: Content | None, other: Content, *, known_at: datetime
) -> tuple[Tried, ...]:
    """试算: the same facts by both schemes."""
    found = facts(plan, period, known_at=known_at)
    one = scored(plan, period, found, ours or other, known_at=known_at, corrected=False)
    two = scored(plan, period, found, other, known_at=known_at, corrected=False)
    return tuple(
        Tried(a.agency, a.calculation.total if ours else None, b.calculation.total, a, b)
        for a, b in zip(one, two, strict=True)
    )
