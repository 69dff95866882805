"""Preview of a reform: the effects of the lineage edges of one day on duties, accounts and drafts.

- The duties of a merged agency pass to its only successor. If an agency has several successors (a split), or continues
  beside the receiver of a part of its work (a transfer), each duty needs a decision; nothing is guessed.
- The duties of the quarter of the reform's day pass, because the agency with the duty on a quarter's last day submits
  for it. Existing submissions keep their agency: if the agency has already submitted for that quarter, the duty passes
  from the next quarter on.
- Two predecessors on the same task become one responsibility; a lead that merges with its own co stays lead.
- Accounts of an ended agency move to a successor, are closed, or stay until its outstanding submissions are filed.
  Drafts stay where they are; the successor may copy them (tasks.reforms.handover).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from tasks.adjustments.values import Move, Pass, Reform, heavier
from tasks.agencies.models import ENDING, Agency, AgencyName, Confidence, Lineage, LineageKind
from tasks.agencies.queries import believed, names_at
from tasks.cycles.models import Cycle
from tasks.errors import Problem
from tasks.people.models import User
from tasks.plans.duties import duties
from tasks.plans.models import Plan, Responsibility, Task
from tasks.plans.queries import agencies_for
from tasks.submissions.models import FILED, Submission
from tasks.values import ADMIN_ROLES, Duty, Period, Rhythm, Role

NOBODY = "none"
CLOSE = "close"
# Roles in the office, which sits in an agency, are no work of that agency: accounts lose them when they move.
APPOINTMENTS = frozenset({Role.OFFICE.value, Role.SECOND_REVIEWER.value})


@dataclass(frozen=True)
class Day:
    """A day with lineage edges that end an agency or transfer its work."""

    on: date
    edges: tuple[Lineage, ...]

    kind: Rhythm = Rhythm.QUARTER  # of the plan

    @property
    def quarter(self) -> Period:
        return Period.of(self.on, self.kind)


def days(plan: Plan) -> list[Day]:
    """All days within the plan's validity on which an agency ended or transferred work, the latest first."""
    by_day: dict[date, list[Lineage]] = {}
    own = set(agencies_for(plan).values_list("pk", flat=True))
    for edge in believed():
        if (
            edge.predecessor_id in own
            and edge.kind != LineageKind.RENAMED
            and plan.has(plan.period_of(edge.on))
        ):
            by_day.setdefault(edge.on, []).append(edge)
    return [Day(on, tuple(edges), plan.kind) for on, edges in sorted(by_day.items(), reverse=True)]


@dataclass(frozen=True)
class DutyRow:
    """One duty that passes. With more than one option it needs a decision; `chosen` is an agency id, NOBODY, or ""."""

    task: Task
    agency_id: int
    duty: str
    options: tuple[int, ...]
    chosen: str
    first: Period
    filed: Period | None  # the last quarter for which the agency has already submitted

    @property
    def key(self) -> str:
        """The name of the form field."""
        return f"pass-{self.task.pk}-{self.agency_id}"

    @property
    def is_open(self) -> bool:
        """Whether the duty needs a decision."""
        return len(self.options) != 1


@dataclass(frozen=True)
class AccountRow:
    """One account of an ended agency. `chosen` is an agency id (its own to stay), CLOSE, or ""."""

    user: User
    agency_id: int
    options: tuple[int, ...]
    chosen: str
    left_behind: tuple[str, ...]  # roles that the account loses

    @property
    def key(self) -> str:
        return f"account-{self.user.pk}"


@dataclass(frozen=True)
class Preview:
    """All effects of a reform."""

    day: Day
    effective: Period
    duties: tuple[DutyRow, ...]
    accounts: tuple[AccountRow, ...]
    drafts: tuple[Submission, ...]  # started and not submitted, for quarters that pass
    owed: tuple[Responsibility, ...]  # outstanding submissions of earlier quarters that are still open
    owed_quarters: tuple[Period, ...]
    ending: frozenset[int]

    @property
    def undecided(self) -> int:
        return sum(not row.chosen for row in self.duties) + sum(not row.chosen for row in self.accounts)

    def reform(self) -> Reform:
        """The decisions as content of an adjustment; only if `undecided` is 0."""
        return Reform(
            self.day.on,
            tuple(edge.pk for edge in self.day.edges),
            tuple(
                Pass(
                    row.task.pk,
                    row.agency_id,
                    row.duty,
                    None if row.chosen == NOBODY else int(row.chosen),
                    row.first.ordinal,
                )
                for row in self.duties
                if row.chosen != str(row.agency_id)
            ),
            tuple(
                Move(row.user.pk, row.agency_id, None if row.chosen == CLOSE else int(row.chosen))
                for row in self.accounts
                if row.chosen != str(row.agency_id)
            ),
        )


def preview(plan: Plan, day: Day, known_at: datetime, chosen: Mapping[str, str] | None = None) -> Preview:
    """The effects of the day's edges, with the decisions `chosen` `{form field: answer}` made so far."""
    answers = chosen or {}
    effective = max(day.quarter, plan.first_quarter)
    ending = frozenset(edge.predecessor_id for edge in day.edges if edge.kind in ENDING)
    successors, narrow = _successors(day.edges)
    rows = []
    responsibilities = (
        Responsibility.objects.filter(task__plan=plan, agency__in=successors)
        .held(effective, known_at)
        .select_related("task")
        .order_by("task__order", "order", "id")
    )
    filed = _filed(plan, effective, {*successors, *(pk for ids in successors.values() for pk in ids)})
    own = _duties_of(plan, effective, known_at, {pk for ids in successors.values() for pk in ids})
    for row in responsibilities:
        options = tuple(
            dict.fromkeys(
                [
                    *(() if row.agency_id in ending else (row.agency_id,)),
                    *(
                        pk
                        for pk in successors[row.agency_id]
                        if (row.agency_id, pk) not in narrow or row.task_id in narrow[row.agency_id, pk]
                    ),
                ]
            )
        )
        if options == (row.agency_id,):
            continue
        one = DutyRow(row.task, row.agency_id, row.role, options, "", effective, None)
        answer = _answer(answers, one.key)
        to = str(options[0]) if len(options) == 1 and not answer else answer
        first, last = _first_open(row, to, effective, filed, own)
        rows.append(replace(one, chosen=to, first=first, filed=last))
    passing = {(row.task.pk, row.agency_id) for row in rows if row.chosen != str(row.agency_id)}
    drafts = [
        draft
        for draft in Submission.objects.filter(task__plan=plan, agency__in=successors, quarter__gte=effective)
        .exclude(state__in=FILED)
        .select_related("task")
        .order_by("quarter", "task__order", "agency__order")
        if (draft.task_id, draft.agency_id) in passing
    ]
    owed, quarters = _still_owed(plan, effective, ending, known_at)
    return Preview(
        day,
        effective,
        tuple(rows),
        tuple(_accounts(ending, successors, answers)),
        tuple(drafts),
        tuple(owed),
        tuple(quarters),
        ending,
    )


def _answer(answers: Mapping[str, str], key: str) -> str:
    """The answer to a field; an invalid answer becomes a value that is no option."""
    text = answers.get(key, "").strip()
    if text in {"", NOBODY, CLOSE}:
        return text
    return str(int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else "-"


def _successors(
    edges: Iterable[Lineage],
) -> tuple[dict[int, tuple[int, ...]], dict[tuple[int, int], frozenset[int]]]:
    """`({predecessor: successors}, {(predecessor, successor): the only tasks that may pass})`, all as ids."""
    successors: dict[int, list[int]] = {}
    narrow: dict[tuple[int, int], frozenset[int]] = {}
    through: Any = Lineage.tasks.through
    tasks: dict[int, set[int]] = {}
    links = through.objects.filter(lineage__in=[edge.pk for edge in edges])
    for edge_id, task_id in links.values_list("lineage_id", "task_id"):
        tasks.setdefault(edge_id, set()).add(task_id)
    for edge in edges:
        successors.setdefault(edge.predecessor_id, []).append(edge.successor_id)
        if edge.pk in tasks:
            narrow[edge.predecessor_id, edge.successor_id] = frozenset(tasks[edge.pk])
    return {pk: tuple(dict.fromkeys(ids)) for pk, ids in successors.items()}, narrow


def _filed(plan: Plan, effective: Period, agency_ids: Collection[int]) -> dict[tuple[int, int], Period]:
    """`{(task id, agency id): last quarter from the reform's on with a submission}`."""
    last: dict[tuple[int, int], Period] = {}
    for task_id, agency_id, quarter in Submission.objects.filter(
        task__plan=plan, agency__in=agency_ids, quarter__gte=effective, state__in=FILED
    ).values_list("task_id", "agency_id", "quarter"):
        key = (task_id, agency_id)
        last[key] = max(last.get(key, quarter), quarter)
    return last


def _duties_of(
    plan: Plan, effective: Period, known_at: datetime, agency_ids: Collection[int]
) -> dict[tuple[int, int], str]:
    rows = Responsibility.objects.filter(task__plan=plan, agency__in=agency_ids).held(effective, known_at)
    return {(task, agency): role for task, agency, role in rows.values_list("task_id", "agency_id", "role")}


def _first_open(
    row: Responsibility,
    to: str,
    effective: Period,
    filed: Mapping[tuple[int, int], Period],
    own: Mapping[tuple[int, int], str],
) -> tuple[Period, Period | None]:
    """(first quarter in which the duty can pass, last quarter with a submission). A successor that has submitted as co
    cannot become lead of the same quarter either."""
    last = filed.get((row.task_id, row.agency_id))
    first = effective if last is None else last + 1
    if to.isdigit():
        key = (row.task_id, int(to))
        changes = key in own and heavier(own[key], row.role) != own[key]
        if changes and key in filed:
            first = max(first, filed[key] + 1)
    return first, last


def _accounts(
    ending: Collection[int], successors: Mapping[int, tuple[int, ...]], answers: Mapping[str, str]
) -> Iterable[AccountRow]:
    administrators = User.objects.holding(*ADMIN_ROLES).values("pk")
    users = User.objects.filter(agency__in=ending, is_active=True).exclude(pk__in=administrators)
    for user in users.order_by("agency__order", "username"):
        own = user.acts_for
        row = AccountRow(
            user, own, successors[own], "", tuple(role for role in user.roles if role in APPOINTMENTS)
        )
        answer = _answer(answers, row.key)
        yield replace(row, chosen=str(row.options[0]) if len(row.options) == 1 and not answer else answer)


def _still_owed(
    plan: Plan, effective: Period, ending: Collection[int], known_at: datetime
) -> tuple[list[Responsibility], list[Period]]:
    """Outstanding submissions of the ended agencies for earlier quarters that are still open."""
    outstanding: list[Responsibility] = []
    quarters: list[Period] = []
    cycles = Cycle.objects.filter(
        plan=plan, quarter__lt=effective, opened_at__lte=known_at, closes_at__gt=known_at
    )
    for cycle in cycles.order_by("quarter"):
        filed = set(
            Submission.objects.filter(quarter=cycle.quarter, agency__in=ending, state__in=FILED).values_list(
                "task_id", "agency_id"
            )
        )
        rows = duties([plan.pk], cycle.quarter, known_at=known_at).filter(agency__in=ending)
        missing = [
            row
            for row in rows.select_related("task").order_by("agency__order", "task__order")
            if (row.task_id, row.agency_id) not in filed
        ]
        outstanding += missing
        quarters += [cycle.quarter] * len(missing)
    return outstanding, quarters


# -- checks -------------------------------------------------------------------------------------------------


def answer_problems(shown: Preview) -> list[Problem]:
    """Problems of missing or invalid decisions, each on its field."""
    agency_ids = {
        int(row.chosen)
        for row in shown.duties
        if row.chosen.isdigit() and int(row.chosen) not in (*row.options, row.agency_id)
    }
    known = {agency.pk: agency for agency in Agency.objects.filter(pk__in=agency_ids)}
    alive = _alive(agency_ids, shown.day.on)
    problems = []
    for row in shown.duties:
        if not row.chosen:
            problems.append(Problem(row.key, _("请确定由谁承担。"), row=row.task.code))
        elif row.chosen == NOBODY:
            if row.duty == Duty.LEAD:
                problems.append(Problem(row.key, _("牵头责任不能没有单位承担。"), row=row.task.code))
        elif not row.chosen.isdigit() or (int(row.chosen) == row.agency_id and row.agency_id in shown.ending):
            problems.append(Problem(row.key, _("请从列表中选一项。"), row=row.task.code))
        elif int(row.chosen) in agency_ids:
            agency = known.get(int(row.chosen))
            if agency is None or agency.is_collective or agency.pk not in alive or agency.pk in shown.ending:
                problems.append(
                    Problem(row.key, _("所选单位在改革之日不存在，或不能承担责任。"), row=row.task.code)
                )
    for account in shown.accounts:
        if not account.chosen:
            problems.append(Problem(account.key, _("请确定这个账号的去向。"), row=account.user.username))
        elif account.chosen != CLOSE and not (
            account.chosen.isdigit() and int(account.chosen) in (*account.options, account.agency_id)
        ):
            problems.append(Problem(account.key, _("请从列表中选一项。"), row=account.user.username))
    if not shown.duties and not shown.accounts:
        problems.append(Problem("", _("所选的沿革不涉及任何责任或账号，不需要办理。")))
    return problems


def _alive(agency_ids: Collection[int], on: date) -> set[int]:
    """The agencies that exist on the day: they have a name and did not end before."""
    named = AgencyName.objects.filter(agency__in=agency_ids, valid__contains=on)
    return set(named.values_list("agency_id", flat=True))


def edge_problems(edges: Sequence[Lineage], plan: Plan) -> list[Problem]:
    """Problems of passing duties by these edges in one reform."""
    if not edges:
        return [Problem("edges", _("请至少选一条沿革。"))]
    problems = []
    ending = {edge.predecessor_id for edge in edges if edge.kind in ENDING}
    if any(edge.successor_id in ending for edge in edges):
        problems.append(Problem("edges", _("承继单位自己也在这次撤并，请分两次办理。")))
    if not plan.has(plan.period_of(edges[0].on)):
        problems.append(Problem("edges", _("改革日期不在方案有效期内。")))
    if len({edge.on for edge in edges}) > 1:
        problems.append(Problem("edges", _("一次只办理同一天的改革。")))
    # All successors of a split must be included, or a duty would seem to have only one option.
    for edge in believed():
        if (
            edge.predecessor_id in ending
            and edge.kind in ENDING
            and edge.on == edges[0].on
            and edge.pk not in {one.pk for one in edges}
        ):
            problems.append(Problem("edges", _("一个单位的几条拆分须一起办理，请一并选上。")))
            break
    return problems


def is_believed(edge_ids: Collection[int], on: date) -> bool:
    """Whether all edges still have this day and none is refuted."""
    rows = Lineage.objects.filter(pk__in=edge_ids, on=on).exclude(confidence=Confidence.REFUTED)
    return rows.count() == len(set(edge_ids))


# -- outcome ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Holding:
    """The duty of one agency on one task over the quarters [first, until); `until` None is open."""

    task_id: int
    agency_id: int
    duty: str
    order: int
    source: Responsibility  # the row that it continues or takes over
    is_new: bool  # created by the reform: taken over, or with another duty than before
    first: int
    until: int | None


def outcome(
    task_id: int, rows: Sequence[Responsibility], passes: Sequence[Pass], effective: Period
) -> list[Holding]:
    """The duties on the task from the reform's quarter on, of the agencies that lose or gain a duty.

    `rows` are their currently known responsibilities. Adjacent ranges of one agency with the same duty are merged.
    """
    start = effective.ordinal
    cuts = {start, *(one.first for one in passes)}
    for row in rows:
        cuts |= {edge for edge in (row.valid.lower, row.valid.upper) if edge is not None and edge > start}
    points = sorted(cuts)
    holdings: list[Holding] = []
    for first, until in zip(points, [*points[1:], None], strict=True):
        current = {
            row.agency_id: Holding(task_id, row.agency_id, row.role, row.order, row, False, first, until)
            for row in rows
            if Period.from_ordinal(first).within(row.valid)
        }
        for one in passes:
            if one.first > first or one.agency_id not in current:
                continue
            leaving = current.pop(one.agency_id)
            if one.to is None:
                continue
            own = current.get(one.to)
            if own is None:
                current[one.to] = replace(leaving, agency_id=one.to, is_new=True)
                continue
            duty = heavier(own.duty, leaving.duty)
            lead = leaving if duty != own.duty else own
            current[one.to] = replace(
                own,
                duty=duty,
                order=min(own.order, leaving.order),
                source=lead.source,
                is_new=own.is_new or duty != own.duty,
            )
        for holding in current.values():
            before = next(
                (
                    index
                    for index, other in enumerate(holdings)
                    if other.until == first
                    and (other.agency_id, other.duty, other.order, other.source.pk, other.is_new)
                    == (holding.agency_id, holding.duty, holding.order, holding.source.pk, holding.is_new)
                ),
                None,
            )
            if before is None:
                holdings.append(holding)
            else:
                holdings[before] = replace(holdings[before], until=until)
    return holdings


def involved(passes: Iterable[Pass]) -> set[int]:
    return {pk for one in passes for pk in (one.agency_id, one.to) if pk is not None}


def names_of(agency_ids: Iterable[int], quarter: Period) -> dict[int, str]:
    """`{agency id: short name in the quarter, or else its first later name}`."""
    wanted = set(agency_ids)
    names = {pk: name.short for pk, name in names_at(quarter, wanted).items()}
    for name in AgencyName.objects.filter(agency__in=wanted - names.keys()).order_by("valid"):
        names.setdefault(name.agency_id, name.short)
    return names
