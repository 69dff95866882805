"""重开: a notice that was closed is open again, until something builds on its end."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeAlias

from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from reports.input_checks import due_problem
from reports.supervision import message_texts, permissions
from reports.supervision.models import Answer, Notice, NoticeReopening
from reports.supervision.transitions import (
    REOPEN,
    check_may_decide,
    check_reason,
    move,
    people_of,
    state_sentence,
    tell,
)
from reports.supervision.values import ALIVE, State
from tasks.errors import Conflict, Problems
from tasks.people.models import User
from tasks.people.queries import office_agency_ids

# Called with a closed notice: what builds on its end, or "". Packages above register theirs: announced scores, a brief.
Builder: TypeAlias = Callable[[Notice], str]
_builders: list[Builder] = []


def builds_on_closing(function: Builder) -> Builder:
    """Register a function that says what has been built on the end of a notice."""
    _builders.append(function)
    return function


def obstacle(by: User, notice: Notice) -> str:
    """Why the person cannot reopen it; empty where they can."""
    signers = set(Answer.objects.filter(notice=notice).values_list("by_id", flat=True))
    if not permissions.may_decide(
        by, notice.agency_id, office_agency_ids(notice.plan_id)
    ) or permissions.signed_before(by, signers):
        return _("由可以审核其反馈的人重开。")
    if notice.state != State.CLOSED:
        return _("没有办结，不用重开。")
    same = Notice.objects.filter(
        plan=notice.plan_id, ground=notice.ground, agency=notice.agency_id, state__in=ALIVE
    )
    if notice.subject and same.filter(subject=notice.subject).exists():
        return _("同一事项已另有督办，不能重开。")
    for builder in _builders:
        why = builder(notice)
        if why:
            return why
    return ""


@transaction.atomic
def reopen(
    *, by: User, notice: Notice, reason: str, due_on: date | None, now: datetime | None = None
) -> NoticeReopening:
    """CLOSED → SENT_BACK: the agency answers again by another day. Its people are told."""
    signers = set(Answer.objects.filter(notice=notice).values_list("by_id", flat=True))
    check_may_decide(by, notice, signers)
    moment = now or clock.now()
    check_reason(reason, _("请写明重开的理由，主送单位看得到。"))
    if (problem := due_problem(due_on, moment)) is not None or due_on is None:
        raise Problems([problem] if problem else [])
    fresh = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    if fresh.state not in REOPEN.sources or fresh.ended_at is None or fresh.ended_by_id is None:
        raise Conflict(state_sentence(fresh))
    why = obstacle(by, fresh)
    if why:
        raise Conflict(why)
    made = NoticeReopening.objects.create(
        notice=fresh,
        at=moment,
        by=by,
        reason=reason.strip(),
        due_on=due_on,
        closed_at=fresh.ended_at,
        closed_by_id=fresh.ended_by_id,
        closed_reason=fresh.ended_reason,
    )
    move(
        notice,
        REOPEN,
        by=by,
        at=moment,
        note=reason.strip(),
        data={"due_on": str(due_on)},
        values={"due_on": due_on, "ended_at": None, "ended_by": None, "ended_reason": ""},
    )
    notice.due_on = due_on
    subject, body = message_texts.reopened(notice)
    tell(notice, people_of(notice), subject, body, moment)
    return made
