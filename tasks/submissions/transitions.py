"""The states of a submission and the transitions between them, and the checks that every action on submissions makes.
Who may make a transition is in tasks.people.permissions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils.translation import gettext as _

from tasks import transitions
from tasks.cycles.models import Cycle
from tasks.cycles.reopening import Openings, openings
from tasks.errors import Conflict
from tasks.people.models import User
from tasks.plans.models import Responsibility, Task, TermStatus
from tasks.plans.queries import Ended, ended_tasks
from tasks.submissions.models import State, Submission
from tasks.transitions import Transition, short_time, table
from tasks.values import Period

HAND = Transition("return.hand", frozenset({State.DRAFT, State.RETURNED, State.SUPPLEMENT}), State.HANDED)
TAKE_BACK = Transition("return.take_back", frozenset({State.HANDED}), State.DRAFT)
SEND_TO_REPORTER = Transition("return.send_to_reporter", frozenset({State.HANDED}), State.DRAFT)
SUBMIT = Transition(
    "return.submit",
    frozenset({State.DRAFT, State.HANDED, State.RETURNED, State.SUPPLEMENT}),
    State.SUBMITTED,
)
ACCEPT = Transition("return.accept", frozenset({State.SUBMITTED}), State.ACCEPTED)
RETURN = Transition("return.return", frozenset({State.SUBMITTED}), State.RETURNED)
SUPPLEMENT = Transition("return.supplement", frozenset({State.ACCEPTED}), State.SUPPLEMENT)
UNDO_SUPPLEMENT = Transition("return.undo_supplement", frozenset({State.SUPPLEMENT}), State.ACCEPTED)
# A withdrawn submission returns to the state in which it was submitted.
WITHDRAW = Transition("return.withdraw", frozenset({State.SUBMITTED}), State.DRAFT)
WITHDRAW_RETURNED = Transition("return.withdraw_returned", frozenset({State.SUBMITTED}), State.RETURNED)
WITHDRAW_SUPPLEMENT = Transition("return.withdraw_supplement", frozenset({State.SUBMITTED}), State.SUPPLEMENT)
WITHDRAWALS = (WITHDRAW, WITHDRAW_RETURNED, WITHDRAW_SUPPLEMENT)
# A decision is taken back, or corrected to the opposite.
UNDO = Transition("return.undo", frozenset({State.ACCEPTED, State.RETURNED}), State.SUBMITTED)
CORRECT_TO_ACCEPTED = Transition("return.correct_to_accepted", frozenset({State.RETURNED}), State.ACCEPTED)
CORRECT_TO_RETURNED = Transition("return.correct_to_returned", frozenset({State.ACCEPTED}), State.RETURNED)

# Taken from a ledger 台账补录, and taken back with all of that ledger.
BACKFILL = Transition("return.backfill", frozenset({State.DRAFT}), State.BACKFILLED)
UNDO_BACKFILL = Transition("return.undo_backfill", frozenset({State.BACKFILLED}), State.DRAFT)

TABLE = table(
    State,
    HAND,
    TAKE_BACK,
    SEND_TO_REPORTER,
    SUBMIT,
    ACCEPT,
    RETURN,
    SUPPLEMENT,
    UNDO_SUPPLEMENT,
    *WITHDRAWALS,
    UNDO,
    CORRECT_TO_ACCEPTED,
    CORRECT_TO_RETURNED,
    BACKFILL,
    UNDO_BACKFILL,
)

# Verbs of work inside the agency; people outside it do not see them.
INTERNAL = frozenset({HAND.verb, TAKE_BACK.verb, SEND_TO_REPORTER.verb, "evidence.attach", "evidence.remove"})

# Saving changes no state: a draft stays a draft, a returned submission stays returned until it is handed on again.
EDITABLE = frozenset({State.DRAFT, State.RETURNED, State.SUPPLEMENT})


def lock(ids: Iterable[int]) -> list[Submission]:
    """Lock submissions in the order of their keys, with task, cycle and the person who saved them last."""
    rows = Submission.objects.select_related("task", "cycle", "saved_by")
    return transitions.lock(rows, ids, PermissionDenied(_("没有这份填报。")))


def check_states(rows: Sequence[Submission], transition: Transition) -> None:
    """Raise Conflict unless the transition can be made from the state of every row."""
    transitions.check_states(rows, transition, state_sentence)


def check_open(cycle: Cycle | None, quarter: Period, agency_id: int, task_id: int, opened: Openings) -> None:
    """Raise Conflict unless the agency may file on the task now: the cycle is open, or was reopened for the agency."""
    if cycle is None or opened.moment < cycle.opened_at:
        raise Conflict(_("%(quarter)s尚未开启填报，请等办公室开启。") % {"quarter": quarter.label})
    if not opened.allows(cycle, agency_id, task_id):
        raise Conflict(
            _("%(quarter)s填报已于 %(when)s 截止，需要补报请联系领导小组办公室重新开启。")
            % {"quarter": quarter.label, "when": short_time(cycle.closes_at)}
        )


def check_open_rows(rows: Sequence[Submission], moment: datetime) -> None:
    """Raise Conflict unless each row may be filed now: its cycle is open, its task runs, its agency is responsible."""
    opened = openings((row.cycle for row in rows), moment)
    ended = ended_tasks({row.cycle.plan_id for row in rows}, moment)
    for row in rows:
        check_open(row.cycle, row.quarter, row.agency_id, row.task_id, opened)
        check_runs(row.task, row.quarter, ended)
    check_held(rows, moment)


def check_held(rows: Sequence[Submission], moment: datetime) -> None:
    """Raise Conflict for a task whose responsibility has passed to another agency since the draft was begun."""
    held = {
        (task_id, agency_id, valid)
        for task_id, agency_id, valid in Responsibility.objects.filter(
            task__in={row.task_id for row in rows},
            agency__in={row.agency_id for row in rows},
            known__contains=moment,
        ).values_list("task_id", "agency_id", "valid")
    }
    for row in rows:
        if not any(
            (task_id, agency_id) == (row.task_id, row.agency_id) and row.quarter.within(valid)
            for task_id, agency_id, valid in held
        ):
            raise Conflict(
                _("%(code)s 的责任已经调整，%(quarter)s不再由本单位填报；已写的内容留在这里，可供查看。")
                % {"code": row.task.code, "quarter": row.quarter.label}
            )


def check_runs(task: Task, quarter: Period, ended: Ended) -> None:
    """Raise Conflict for a task that was closed 销号 or withdrawn before the end of the quarter."""
    term = ended.term(task.pk, quarter)
    if term is not None:
        raise Conflict(
            _("%(code)s %(status)s，%(quarter)s不再填报。")
            % {
                "code": task.code,
                "status": TermStatus(term.status).label,
                "quarter": quarter.label,
            }
        )


def move(
    rows: Sequence[Submission],
    transition: Transition,
    *,
    by: User,
    at: datetime,
    note: str | Mapping[int, str] = "",
    data: Mapping[int, dict[str, Any]] | None = None,
) -> None:
    """Move locked rows, count their revision up and write the audit log; `note` and `data` by the row's id."""
    transitions.move(
        rows, transition, by=by, at=at, note=note, data=data, values={"revision": F("revision") + 1}
    )


def state_sentence(row: Submission) -> str:
    """Who changed the state and when, for the person who came second. One query."""
    return transitions.who_was_first(
        row,
        _("%(code)s 已由%(who)s于 %(when)s 改为“%(state)s”，请刷新页面。"),
        _("%(code)s 现在是“%(state)s”，不能办理；请刷新页面。"),
        code=row.task.code,
        state=State(row.state).label,
    )
