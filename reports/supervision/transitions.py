"""The states of a notice and the transitions between them, and what every action on notices shares: the checks and the
messages."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import gettext as _

from reports.input_checks import text_problem
from reports.supervision import permissions
from reports.supervision.models import Notice
from reports.supervision.values import OPEN, REASON_LIMIT, State
from tasks import transitions
from tasks.cycles.models import Cycle
from tasks.errors import Problems
from tasks.notifications.actions import notify
from tasks.notifications.values import Topic
from tasks.people.models import User
from tasks.people.queries import office_agency_ids, serving
from tasks.transitions import Transition, table
from tasks.values import Role

PROPOSE = Transition("notice.propose", frozenset(), State.PROPOSED)
REJECT = Transition("notice.reject", frozenset({State.PROPOSED}), State.REJECTED)
ISSUE = Transition("notice.issue", frozenset({State.PROPOSED}), State.ISSUED)
ACKNOWLEDGE = Transition("notice.acknowledge", frozenset({State.ISSUED}), State.ACKNOWLEDGED)
ANSWER = Transition("notice.answer", frozenset({State.ACKNOWLEDGED, State.SENT_BACK}), State.ANSWERED)
# The agency takes its answer back before it is decided, to where it answered from.
TAKE_BACK = Transition("notice.take_back_answer", frozenset({State.ANSWERED}), State.ACKNOWLEDGED)
TAKE_BACK_AGAIN = Transition("notice.take_back_answer_again", frozenset({State.ANSWERED}), State.SENT_BACK)
CLOSE = Transition("notice.close", frozenset({State.ANSWERED}), State.CLOSED)
# What was closed by mistake is open again: the agency answers once more.
REOPEN = Transition("notice.reopen", frozenset({State.CLOSED}), State.SENT_BACK)
SEND_BACK = Transition("notice.send_back", frozenset({State.ANSWERED}), State.SENT_BACK)
WITHDRAW = Transition("notice.withdraw", frozenset(OPEN), State.WITHDRAWN)

TABLE = table(
    State,
    PROPOSE,
    REJECT,
    ISSUE,
    ACKNOWLEDGE,
    ANSWER,
    TAKE_BACK,
    TAKE_BACK_AGAIN,
    CLOSE,
    SEND_BACK,
    WITHDRAW,
    REOPEN,
)


def check_may(by: User, notice: Notice) -> None:
    """Raise PermissionDenied unless the actor may issue and decide for the notice's agency."""
    if not permissions.may_decide(by, notice.agency_id, office_agency_ids(notice.plan_id)):
        raise PermissionDenied(
            _("督办由领导小组办公室签发和办结；办公室所在单位的由复核人办理，本单位的不能自办。")
        )


def check_may_decide(by: User, notice: Notice, signers: Collection[int]) -> None:
    """Raise PermissionDenied unless the actor may decide on the agency's answers. `signers` are the ids of the people who
    signed them: they never decide, whatever agency they belong to now."""
    check_may(by, notice)
    if permissions.signed_before(by, signers):
        raise PermissionDenied(_("自己签批的反馈，不能由自己审核。"))


def check_reason(reason: str, empty: str, field: str = "reason") -> None:
    """Raise Problems unless there is a reason, and one that can be stored."""
    problem = text_problem(field, reason, REASON_LIMIT, empty)
    if problem:
        raise Problems([problem])


def move(
    notice: Notice,
    transition: Transition,
    *,
    by: User,
    at: datetime,
    note: str = "",
    data: dict[str, Any] | None = None,
    values: Mapping[str, object] | None = None,
) -> None:
    """Move the notice, set `values` and write the audit log. Conflict names who was first."""
    transitions.move(
        [notice],
        transition,
        by=by,
        at=at,
        note=note,
        data={notice.pk: data} if data else None,
        values=values,
        conflict=lambda: state_sentence(notice),
    )


def state_sentence(notice: Notice) -> str:
    """Who was first, when, and the state of the notice now. Two queries."""
    return transitions.who_was_first(
        notice,
        _("%(who)s已于 %(when)s 办理过这件督办，现在是“%(state)s”；请刷新页面。"),
        _("这件督办现在是“%(state)s”，不能办理；请刷新页面。"),
        state=State(transitions.stored_state(notice)).label,
    )


def people_of(notice: Notice) -> list[User]:
    """Everybody who files for the agency on the notice's plan."""
    return serving(Role.REPORTER, Role.APPROVER, agencies=[notice.agency_id], plan=notice.plan_id)


def deciders(plan_id: int) -> list[User]:
    """The office and the second reviewers of the plan."""
    return serving(Role.OFFICE, Role.SECOND_REVIEWER, plan=plan_id)


def tell(notice: Notice, users: Iterable[User], subject: str, body: str, moment: datetime) -> None:
    """A message about the notice, filed under its quarter."""
    notify(
        topic=Topic.SUPERVISION,
        users=users,
        subject=subject,
        body=body,
        place=reverse("notice", args=[notice.pk]),
        cycles=Cycle.objects.filter(plan=notice.plan_id, quarter=notice.quarter),
        agency_id=notice.agency_id,
        now=moment,
    )
