"""The states of a project's report and the transitions between them. Who may make a transition is in
tasks.people.permissions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from tasks import transitions
from tasks.errors import Conflict
from tasks.people.models import User
from tasks.projects.models import ProjectReport, State
from tasks.transitions import Transition, table

HAND = Transition("projectreport.hand", frozenset({State.DRAFT, State.RETURNED}), State.HANDED)
TAKE_BACK = Transition("projectreport.take_back", frozenset({State.HANDED}), State.DRAFT)
SEND_TO_REPORTER = Transition("projectreport.send_to_reporter", frozenset({State.HANDED}), State.DRAFT)
SUBMIT = Transition(
    "projectreport.submit", frozenset({State.DRAFT, State.HANDED, State.RETURNED}), State.SUBMITTED
)
# The agency takes a submitted one back before it is decided.
WITHDRAW = Transition("projectreport.withdraw", frozenset({State.SUBMITTED}), State.DRAFT)
ACCEPT = Transition("projectreport.accept", frozenset({State.SUBMITTED}), State.ACCEPTED)
RETURN = Transition("projectreport.return", frozenset({State.SUBMITTED}), State.RETURNED)

# A decision is taken back by whoever made it, or corrected by a second person.
UNDO = Transition("projectreport.undo", frozenset({State.ACCEPTED, State.RETURNED}), State.SUBMITTED)
CORRECT_TO_ACCEPTED = Transition(
    "projectreport.correct_to_accepted", frozenset({State.RETURNED}), State.ACCEPTED
)
CORRECT_TO_RETURNED = Transition(
    "projectreport.correct_to_returned", frozenset({State.ACCEPTED}), State.RETURNED
)

TABLE = table(
    State,
    HAND,
    TAKE_BACK,
    SEND_TO_REPORTER,
    SUBMIT,
    WITHDRAW,
    ACCEPT,
    RETURN,
    UNDO,
    CORRECT_TO_ACCEPTED,
    CORRECT_TO_RETURNED,
)

# Saving changes no state.
EDITABLE = frozenset({State.DRAFT, State.RETURNED})


def lock(ids: Iterable[int]) -> list[ProjectReport]:
    """Lock reports in the order of their keys, with project and the person who saved them last."""
    rows = ProjectReport.objects.select_related("project", "saved_by")
    return transitions.lock(rows, ids, Conflict(_("有报告已不在，请刷新页面。")))


def check_states(rows: Sequence[ProjectReport], transition: Transition) -> None:
    """Raise Conflict unless the transition can be made from the state of every row."""
    transitions.check_states(rows, transition, state_sentence)


def move(
    rows: Sequence[ProjectReport],
    transition: Transition,
    *,
    by: User,
    at: datetime,
    note: Mapping[int, str] | None = None,
) -> None:
    """Change the state of locked rows and write the audit log; `note` is {row id: note}."""
    transitions.move(
        rows,
        transition,
        by=by,
        at=at,
        note=note or "",
        data={row.pk: {"project": row.project.name, "quarter": str(row.quarter)} for row in rows},
        conflict=lambda: _("状态刚刚变了，请刷新页面。"),
    )


def state_sentence(row: ProjectReport) -> str:
    """Sentence with the present state of the report, for the person who was second."""
    return _("%(name)s%(quarter)s的报告%(state)s，请刷新页面。") % {
        "name": row.project.name,
        "quarter": row.quarter.label,
        "state": State(row.state).label,
    }
