"""The states of a work plan and the transitions between them, and the checks that every action on work plans makes.
Who may make a transition is in tasks.people.permissions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils.translation import gettext as _

from tasks import transitions
from tasks.errors import Problem
from tasks.people.models import User
from tasks.transitions import Transition, table
from tasks.workplans.models import State, WorkPlan

HAND = Transition("workplan.hand", frozenset({State.DRAFT, State.RETURNED}), State.HANDED)
TAKE_BACK = Transition("workplan.take_back", frozenset({State.HANDED}), State.DRAFT)
SUBMIT = Transition(
    "workplan.submit", frozenset({State.DRAFT, State.HANDED, State.RETURNED}), State.SUBMITTED
)
CONFIRM = Transition("workplan.confirm", frozenset({State.SUBMITTED}), State.CONFIRMED)
RETURN = Transition("workplan.return", frozenset({State.SUBMITTED}), State.RETURNED)
# The agency takes a submitted one back before the office has decided.
WITHDRAW = Transition("workplan.withdraw", frozenset({State.SUBMITTED}), State.DRAFT)
# A confirmed work plan is written anew; it stays in force until the office confirms the next version.
REVISE = Transition("workplan.revise", frozenset({State.CONFIRMED}), State.DRAFT)
# The revision is given up; possible where there is a confirmed version to go back to.
DROP = Transition("workplan.drop", frozenset({State.DRAFT, State.RETURNED}), State.CONFIRMED)

# A decision is taken back by whoever made it, or corrected by a second person.
UNDO = Transition("workplan.undo", frozenset({State.CONFIRMED, State.RETURNED}), State.SUBMITTED)
CORRECT_TO_CONFIRMED = Transition(
    "workplan.correct_to_confirmed", frozenset({State.RETURNED}), State.CONFIRMED
)
CORRECT_TO_RETURNED = Transition("workplan.correct_to_returned", frozenset({State.CONFIRMED}), State.RETURNED)

TABLE = table(
    State,
    HAND,
    TAKE_BACK,
    SUBMIT,
    WITHDRAW,
    CONFIRM,
    RETURN,
    REVISE,
    DROP,
    UNDO,
    CORRECT_TO_CONFIRMED,
    CORRECT_TO_RETURNED,
)

# Verbs of work inside the agency; people outside it do not see them.
INTERNAL = frozenset({HAND.verb, TAKE_BACK.verb, REVISE.verb, DROP.verb})

# Saving changes no state.
EDITABLE = frozenset({State.DRAFT, State.RETURNED})

NOTE_LIMIT = 2000


def lock(ids: Iterable[int]) -> list[WorkPlan]:
    """Lock work plans in the order of their keys, with plan, agency and the person who saved them last."""
    rows = WorkPlan.objects.select_related("plan", "agency", "saved_by")
    return transitions.lock(rows, ids, PermissionDenied(_("没有这份实施方案。")))


def check_states(rows: Sequence[WorkPlan], transition: Transition) -> None:
    """Raise Conflict unless the transition can be made from the state of every row."""
    transitions.check_states(rows, transition, state_sentence)


def move(
    rows: Sequence[WorkPlan],
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
    for row in rows:
        row.revision += 1


def state_sentence(row: WorkPlan) -> str:
    """Who changed the state and when, for the person who came second. One query."""
    return transitions.who_was_first(
        row,
        _("%(label)s已由%(who)s于 %(when)s 改为“%(state)s”，请刷新页面。"),
        _("%(label)s现在是“%(state)s”，不能办理；请刷新页面。"),
        label=row.period.label,
        state=State(row.state).label,
    )


def note_problems(note: str, *, missing: str = "") -> list[Problem]:
    """What is wrong with a reason. `missing` is the message where there is none; "" means that none is needed."""
    if missing and not note.strip():
        return [Problem("note", missing)]
    if len(note) > NOTE_LIMIT or "\0" in note:
        return [Problem("note", _("理由最多 %(limit)d 字，请删减。") % {"limit": NOTE_LIMIT})]
    return []
