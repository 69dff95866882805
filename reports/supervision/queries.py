"""Reading notices and instructions: rows of lists, what waits for whom, and what was open at a moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from qhplan import clock
from reports.supervision.instruction_subjects import words_of
from reports.supervision.models import Answer, Escalation, Instruction, Notice, NoticeReopening
from reports.supervision.permissions import may_decide
from reports.supervision.values import OPEN, WITH_BODY, Decision, InstructionState, Receiver, State
from tasks.agencies.queries import names_at
from tasks.cycles.lateness import is_day_overdue
from tasks.cycles.workdays import workdays_between
from tasks.errors import present
from tasks.models import Plan
from tasks.people.models import User
from tasks.people.permissions import may_file, may_see_problems, may_supervise
from tasks.people.queries import office_agencies
from tasks.values import Period

# -- rows of lists ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A notice as a list shows it."""

    notice: Notice
    body: str  # as it is called today, or as it was addressed
    age: int | None  # days since it was issued; None before
    late: int  # working days since an answer was due, while it is the agency's turn
    escalated: str  # the highest receiver to whom its lateness was told, "" for none

    @property
    def is_late(self) -> bool:
        return self.late > 0 or (
            self.notice.state in WITH_BODY and is_day_overdue(self.notice.due_on, clock.today())
        )


def rows(notices: Sequence[Notice]) -> list[Row]:
    """Notices (with their agencies loaded) as rows. Two queries."""
    today = clock.today()
    names = names_at(Period.of(today), {notice.agency_id for notice in notices})
    escalated: dict[int, set[str]] = {}
    for notice_id, to in Escalation.objects.filter(notice__in=notices).values_list("notice_id", "to"):
        escalated.setdefault(notice_id, set()).add(to)
    return [
        Row(
            notice=notice,
            body=(
                names[notice.agency_id].short
                if notice.agency_id in names
                else notice.addressee or notice.agency.slug
            ),
            age=(today - _day(notice.issued_at)).days if notice.issued_at else None,
            late=workdays_between(notice.due_on, today) if notice.due_on and notice.state in WITH_BODY else 0,
            escalated=_highest(escalated.get(notice.pk, set())),
        )
        for notice in notices
    ]


def _highest(to: set[str]) -> str:
    if Receiver.LEADERSHIP in to:
        return Receiver.LEADERSHIP.value
    return Receiver.HEAD.value if to else ""


def _day(moment: datetime) -> date:
    return timezone.localdate(moment, timezone.get_default_timezone())


# -- what waits for whom ------------------------------------------------------------------------------------


def waiting_for_body(user: User) -> list[Row]:
    """All that is open for the reader's agency: what it is to sign for or to answer, the most pressing first, and behind
    that what it has answered and nobody has decided on."""
    if not may_file(user):
        return []
    seen = Notice.objects.visible_to(user).open().filter(agency=user.agency_id)
    found = seen.for_page().order_by("due_on", "issued_at")
    return sorted(rows(list(found)), key=lambda row: row.notice.state == State.ANSWERED)


@dataclass(frozen=True)
class OfficeDesk:
    """What waits for somebody who issues notices."""

    proposals: int
    answers: list[Row]
    late: int
    open: int
    instructions: list[Instruction]  # all that are not done; on some nothing was assigned yet


def office_desk(user: User) -> OfficeDesk | None:
    """What the user may decide; None for users who issue nothing."""
    if not may_supervise(user):
        return None
    counted = Notice.objects.visible_to(user).filter(Q(state=State.PROPOSED) | Q(state__in=OPEN))
    every = list(counted.values_list("plan_id", "agency_id", "state", "due_on"))
    offices = office_agencies({plan_id for plan_id, *_rest in every})
    mine = [
        (agency_id, state, due_on)
        for plan_id, agency_id, state, due_on in every
        if may_decide(user.at(plan_id), agency_id, offices[plan_id])
    ]
    today = clock.today()
    answered = [
        notice
        for notice in Notice.objects.visible_to(user)
        .filter(state=State.ANSWERED)
        .for_page()
        .order_by("due_on", "pk")
        if may_decide(user.at(notice.plan_id), notice.agency_id, offices[notice.plan_id])
    ]
    return OfficeDesk(
        proposals=sum(state == State.PROPOSED for _agency, state, _due in mine),
        answers=rows(answered),
        late=sum(state in WITH_BODY and is_day_overdue(due, today) for _agency, state, due in mine),
        open=sum(state in OPEN for _agency, state, _due in mine),
        instructions=list(
            Instruction.objects.visible_to(user)
            .standing_in(InstructionState.WAITING, InstructionState.ASSIGNED)
            .for_page()
        ),
    )


@dataclass(frozen=True)
class Overall:
    """How supervision stands as a whole, for whoever reads all of it."""

    open: int
    late: int
    to_leadership: int  # open ones of which lateness was told to the leading group
    oldest: int  # days
    instructions: int  # not done yet


def overall(plan: Plan, user: User) -> Overall | None:
    """Counts of a plan's open notices and instructions; None for who does not read all of them."""
    if not may_see_problems(user):
        return None
    today = clock.today()
    open_ones = list(
        Notice.objects.open()
        .filter(plan=plan)
        .annotate(told=Count("escalations", filter=Q(escalations__to=Receiver.LEADERSHIP)))
        .values_list("state", "due_on", "issued_at", "told")
    )
    waiting = (
        Instruction.objects.filter(plan=plan)
        .standing_in(InstructionState.WAITING, InstructionState.ASSIGNED)
        .count()
    )
    return Overall(
        open=len(open_ones),
        late=sum(state in WITH_BODY and is_day_overdue(due, today) for state, due, _i, _t in open_ones),
        to_leadership=sum(told > 0 for _s, _d, _i, told in open_ones),
        oldest=max(((today - _day(issued)).days for _s, _d, issued, _t in open_ones if issued), default=0),
        instructions=waiting,
    )


# -- as known at a moment -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class OpenNotice:
    """A notice that was open at a moment, as it stood then; for briefs."""

    id: int
    doc_number: str
    form: str  # 督办单 or 函
    title: str
    ground: str
    agency_id: int
    addressee: str
    task_codes: tuple[str, ...]
    issued_on: date
    due_on: date
    state: str  # a State
    workdays_late: int
    escalated_to: str  # a Receiver, or ""


@dataclass(frozen=True)
class OpenInstruction:
    """An instruction that was not done at a moment, with what was assigned on it by then; for briefs."""

    id: int
    leader: str
    words: str
    given_on: date
    recorded_at: datetime
    on: str  # what it was written on, in words
    task_code: str
    state: str  # waiting or assigned
    assigned: tuple[OpenNotice, ...]


def open_notices(plan: Plan, known_at: datetime) -> list[OpenNotice]:
    """Notices issued and not ended by the moment, the oldest first, as they stood then. Four queries."""
    found = Notice.objects.filter(plan=plan, issued_at__lte=known_at).filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=known_at)
    )
    found = found.exclude(pk__in=_closed_then(known_at))
    return _as_known(found.order_by("issued_at", "pk"), known_at)


def _closed_then(known_at: datetime) -> QuerySet[NoticeReopening, int]:
    """The ids of notices that were closed at the moment and reopened later."""
    rows = NoticeReopening.objects.filter(closed_at__lte=known_at, at__gt=known_at)
    return rows.values_list("notice_id", flat=True)


def _as_known(found: Iterable[Notice], known_at: datetime) -> list[OpenNotice]:
    notices = list(found)
    answers: dict[int, list[Answer]] = {}
    for answer in Answer.objects.filter(notice__in=notices, at__lte=known_at).order_by("number"):
        answers.setdefault(answer.notice_id, []).append(answer)
    escalated: dict[int, set[str]] = {}
    for notice_id, to in Escalation.objects.filter(notice__in=notices, at__lte=known_at).values_list(
        "notice_id", "to"
    ):
        escalated.setdefault(notice_id, set()).add(to)
    codes: dict[int, list[str]] = {}
    links = Notice.tasks.through.objects.filter(notice__in=notices).order_by("task__order")
    for notice_id, code in links.values_list("notice_id", "task__code"):
        codes.setdefault(notice_id, []).append(code)
    return [
        _open(
            notice,
            answers.get(notice.pk, []),
            escalated.get(notice.pk, set()),
            tuple(codes.get(notice.pk, ())),
            known_at,
        )
        for notice in notices
    ]


def _open(
    notice: Notice, answers: Sequence[Answer], escalated: set[str], codes: tuple[str, ...], known_at: datetime
) -> OpenNotice:
    issued_at = present(notice.issued_at, "the date of issue of an issued notice")
    due, state = present(notice.first_due_on, "the due date of an issued notice"), State.ISSUED
    if notice.acknowledged_at is not None and notice.acknowledged_at <= known_at:
        state = State.ACKNOWLEDGED
    for answer in answers:
        decided = answer.decided_at is not None and answer.decided_at <= known_at
        if decided and answer.decision == Decision.WITHDRAWN:
            continue
        sent_back = decided and answer.decision == Decision.RETURNED
        state = State.SENT_BACK if sent_back else State.ANSWERED
        if sent_back and answer.new_due_on is not None:
            due = answer.new_due_on
    return OpenNotice(
        id=notice.pk,
        doc_number=notice.doc_number,
        form=notice.get_series_display(),
        title=notice.title,
        ground=notice.ground,
        agency_id=notice.agency_id,
        addressee=notice.addressee,
        task_codes=codes,
        issued_on=_day(issued_at),
        due_on=due,
        state=state.value,
        workdays_late=workdays_between(due, _day(known_at)) if state in WITH_BODY else 0,
        escalated_to=_highest(escalated),
    )


def open_instructions(plan: Plan, known_at: datetime) -> list[OpenInstruction]:
    """Instructions registered by the moment and not done then: nothing assigned yet, or something open. Six queries."""
    found = list(
        Instruction.objects.filter(plan=plan, at__lte=known_at)
        .filter(Q(aside_at__isnull=True) | Q(aside_at__gt=known_at))
        .for_page()
        .order_by("at", "pk")
    )
    issued = list(
        Notice.objects.filter(instruction__in=found, issued_at__lte=known_at).order_by("issued_at", "pk")
    )
    closed_then = set(_closed_then(known_at).filter(notice__in=issued))
    ended = closed_then | {
        notice.pk for notice in issued if notice.ended_at is not None and notice.ended_at <= known_at
    }
    still = _as_known((notice for notice in issued if notice.pk not in ended), known_at)
    by_id = {one.id: one for one in still}
    result = []
    for instruction in found:
        own = [notice for notice in issued if notice.instruction_id == instruction.pk]
        assigned = tuple(by_id[notice.pk] for notice in own if notice.pk in by_id)
        closed = any(
            notice.pk in closed_then or (notice.pk in ended and notice.state == State.CLOSED)
            for notice in own
        )
        if not assigned and closed:
            continue
        result.append(
            OpenInstruction(
                id=instruction.pk,
                leader=instruction.leader,
                words=instruction.words,
                given_on=instruction.given_on,
                recorded_at=instruction.at,
                on=words_of(instruction),
                task_code=instruction.task.code if instruction.task else "",
                state=(InstructionState.ASSIGNED if assigned else InstructionState.WAITING).value,
                assigned=assigned,
            )
        )
    return result
