"""Reading requests: rows of lists with what became of each, what waits for whom, and the steps of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from qhplan import clock
from reports.coordination.models import CoordinationQuerySet, CoordinationRequest, CoordinationStep
from reports.coordination.permissions import may_handle, may_see_some
from reports.coordination.transitions import STATE_AFTER
from reports.coordination.values import OPEN, RAISING, State, StepKind
from tasks.agencies.queries import names_at
from tasks.cycles.lateness import is_day_overdue
from tasks.models import Plan
from tasks.people.models import User
from tasks.people.permissions import may_file
from tasks.values import Period

# Steps that say what became of a request, not that it was raised once more.
_OUTCOMES = (
    StepKind.OPINION, StepKind.MEETING, StepKind.INSTRUCTED, StepKind.ASSIGNED, StepKind.RESULT, StepKind.SETTLED,
    StepKind.UNSETTLED, StepKind.WITHDRAWN,
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A request as a list shows it: as it stands now, or as it stood at a moment."""

    request: CoordinationRequest
    text: str
    state: State
    raised_on: date
    agency: str  # who asks, as it is called on that day
    times: int  # in how many returns it was raised
    days: int  # since it was raised
    outcome: str  # what became of it, in one sentence; "" where nothing did
    is_late: bool  # the day of its assignment has passed without a result

    @property
    def is_unanswered(self) -> bool:
        """Nobody above the agency has dealt with it."""
        return self.state in (State.RAISED, State.OPINED)


def open_rows(requests: CoordinationQuerySet, known_at: datetime) -> list[Row]:
    """Those of the requests that were open at the moment, as they stood then: what nobody answered first, and of that the
    oldest. Five queries at most."""
    later = CoordinationStep.objects.filter(request=OuterRef("pk"), at__gt=known_at)
    raised = requests.filter(Q(state__in=OPEN) | Exists(later), raised_at__lte=known_at)
    found = [row for row in rows(list(raised.for_page()), known_at) if row.state in OPEN]
    return sorted(found, key=lambda row: (not row.is_unanswered, -row.days))


def rows(requests: Sequence[CoordinationRequest], known_at: datetime | None = None) -> list[Row]:
    """Requests, loaded `for_page`, as rows: as they stand, or as they stood at a moment by which they had been raised. Four
    queries at most."""
    if not requests:
        return []
    today = clock.today() if known_at is None else _local_day(known_at)
    last: dict[int, CoordinationStep] = {}
    times: dict[int, int] = {}
    states: dict[int, State] = {}
    words: dict[int, str] = {}
    steps = CoordinationStep.objects.filter(request__in=requests)
    if known_at is not None:
        steps = steps.filter(at__lte=known_at)
    for step in steps.select_related("instruction").prefetch_related("agencies"):
        states[step.request_id] = _state_after(step, states.get(step.request_id, State.RAISED))
        if step.kind in RAISING and step.words:
            words[step.request_id] = step.words
        if step.kind in _OUTCOMES:
            last[step.request_id] = step
        if step.kind in (StepKind.RAISED, StepKind.AGAIN):
            times[step.request_id] = times.get(step.request_id, 0) + 1
    ids = {request.agency_id for request in requests}
    ids |= {agency.pk for step in last.values() for agency in step.agencies.all()}
    names = {pk: name.short for pk, name in names_at(Period.of(today), ids).items()}
    return [
        Row(
            request=request,
            text=request.text if known_at is None else words.get(request.pk, request.text),
            state=State(request.state) if known_at is None else states.get(request.pk, State.RAISED),
            raised_on=_local_day(request.raised_at),
            agency=names.get(request.agency_id, request.agency.slug),
            times=times.get(request.pk, 1),
            days=(today - _local_day(request.raised_at)).days,
            outcome=_outcome(last.get(request.pk), names),
            is_late=_is_late(last.get(request.pk), today),
        )
        for request in requests
    ]


def _local_day(at: datetime) -> date:
    return timezone.localdate(at, timezone.get_default_timezone())


def _state_after(step: CoordinationStep, before: State) -> State:
    """Where a request stands after a step. One that is raised again begins anew only where it had been withdrawn."""
    if step.kind == StepKind.AGAIN and before != State.WITHDRAWN:
        return before
    return STATE_AFTER.get(StepKind(step.kind), before)


def _is_late(last: CoordinationStep | None, today: date) -> bool:
    """Whether the day of an assignment has passed, of which nothing came since."""
    return last is not None and last.kind == StepKind.ASSIGNED and is_day_overdue(last.due_on, today)


def _outcome(step: CoordinationStep | None, names: dict[int, str]) -> str:
    """7月18日交办省财政厅，7月26日前办理."""
    if step is None:
        return ""
    words = {"day": _short(_local_day(step.at))}
    match step.kind:
        case StepKind.ASSIGNED:
            agencies = "、".join(names.get(agency.pk, agency.slug) for agency in step.agencies.all())
            due = _short(step.due_on) if step.due_on else ""
            return _("%(day)s交办%(agencies)s，%(due)s前办理") % {**words, "agencies": agencies, "due": due}
        case StepKind.MEETING:
            held = _short(step.held_on) if step.held_on else ""
            return _("%(day)s%(meeting)s研究") % {"day": held, "meeting": step.meeting}
        case StepKind.INSTRUCTED if step.instruction is not None:
            given = {"day": _short(step.instruction.given_on), "who": step.instruction.leader}
            return _("%(who)s%(day)s批示") % given
        case StepKind.OPINION:
            return _("%(day)s提出拟办意见") % words
        case StepKind.RESULT:
            return _("%(day)s有办理结果，待提出单位确认") % words
        case StepKind.UNSETTLED:
            return _("%(day)s提出单位认为未解决") % words
        case StepKind.WITHDRAWN:
            return _("%(day)s撤回") % words
    return _("%(day)s确认解决") % words


def _short(day: date) -> str:
    return date_format(day, "n月j日")


# -- what waits for whom ------------------------------------------------------------------------------------


def waiting_for_agency(user: User, plan: Plan) -> list[Row]:
    """On an agency's desk: results that it is to confirm, and what was assigned to it. Without it, nothing."""
    if not may_file(user):
        return []
    assigned = CoordinationStep.objects.filter(request=OuterRef("pk"), agencies=user.agency_id)
    mine = Q(agency=user.agency_id, state=State.ANSWERED) | Q(Exists(assigned), state=State.ASSIGNED)
    found = CoordinationRequest.objects.visible_to(user).filter(mine, plan=plan)
    return rows(list(found.for_page()))


@dataclass(frozen=True)
class OfficeCounts:
    """What waits for the office, by state."""

    raised: int
    opined: int
    decided: int
    assigned: int


def waiting_for_office(user: User, plan: Plan) -> OfficeCounts | None:
    """None for who does not handle requests. One query."""
    if not may_handle(user):
        return None
    states = list(
        CoordinationRequest.objects.visible_to(user).open().filter(plan=plan).values_list("state", flat=True)
    )
    return OfficeCounts(
        raised=states.count(State.RAISED),
        opined=states.count(State.OPINED),
        decided=states.count(State.DECIDED),
        assigned=states.count(State.ASSIGNED),
    )


def on_task(user: User, task_id: int, limit: int) -> list[Row]:
    """The requests on a task that the reader may see, open ones first."""
    if not may_see_some(user):
        return []
    found = CoordinationRequest.objects.visible_to(user).filter(task=task_id).for_page()
    return rows(
        sorted(found.order_by("-raised_at", "-pk")[: limit * 4], key=lambda one: not one.is_open)[:limit]
    )
