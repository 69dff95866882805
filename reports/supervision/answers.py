"""What follows a notice: the body signs for it, writes and sends its answer; whoever may issue closes or sends back.

The other half of the write path (see reports.supervision.actions, whose contract holds here too). Nothing closes
itself: an answer waits until a person has decided on it.
"""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from reports.supervision import message_texts, permissions
from reports.supervision.models import Answer, Notice
from reports.supervision.transitions import (
    change,
    check_may_decide,
    deciders,
    due_problem,
    people_of,
    record_step,
    tell,
    text_problem,
    who_did_what,
)
from reports.supervision.values import ANSWER_LIMIT, REASON_LIMIT, Decision, State
from tasks.agencies.queries import name_of
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.people.queries import office_agency_ids
from tasks.submissions.transitions import clock_face
from tasks.values import Quarter


@transaction.atomic
def acknowledge(*, by: User, notice: Notice, now: datetime | None = None) -> None:
    """ISSUED → ACKNOWLEDGED: the body has it in hand."""
    if not permissions.may_acknowledge(by, notice):
        raise PermissionDenied(_("由主送单位的填报员或签批人签收。"))
    moment = now or clock.now()
    change(notice, permissions.ACKNOWLEDGE, acknowledged_at=moment, acknowledged_by=by)
    record_step(notice, permissions.ACKNOWLEDGE, State.ISSUED, by=by, at=moment)


@transaction.atomic
def save_draft(*, by: User, notice: Notice, text: str, revision: int, now: datetime | None = None) -> Notice:
    """Keep what the body is writing. A draft that another has saved since `revision` raises Conflict."""
    if not permissions.may_draft(by, notice):
        raise PermissionDenied(_("由主送单位的填报员或签批人起草反馈。"))
    moment = now or clock.now()
    if len(text) > ANSWER_LIMIT or "\x00" in text:
        problem = text_problem("text", text, ANSWER_LIMIT, "")
        raise Problems([problem] if problem else [])
    kept = Notice.objects.filter(
        pk=notice.pk, state__in=permissions.ANSWER.sources, draft_revision=revision
    ).update(draft=text, draft_revision=revision + 1, draft_at=moment, draft_by=by)
    if not kept:
        raise Conflict(_draft_conflict(notice))
    notice.draft, notice.draft_revision = text, revision + 1
    notice.draft_at, notice.draft_by = moment, by
    return notice


def _draft_conflict(notice: Notice) -> str:
    fresh = Notice.objects.select_related("draft_by").get(pk=notice.pk)
    if fresh.state not in permissions.ANSWER.sources or fresh.draft_at is None:
        return who_did_what(fresh)
    return _("%(who)s于 %(when)s 保存过反馈草稿，您看到的不是最新内容。") % {
        "who": fresh.draft_by,
        "when": clock_face(fresh.draft_at),
    }


@transaction.atomic
def answer(
    *, by: User, notice: Notice, text: str, revision: int | None = None, now: datetime | None = None
) -> Answer:
    """ACKNOWLEDGED or SENT_BACK → ANSWERED. With `revision`, only of the draft that the caller saw: what a colleague
    wrote meanwhile is not passed over."""
    if not permissions.may_answer(by, notice):
        raise PermissionDenied(_("反馈由主送单位的签批人签发。"))
    problem = text_problem("text", text, ANSWER_LIMIT, _("请写办理情况。"))
    if problem:
        raise Problems([problem])
    moment = now or clock.now()
    fresh = Notice.objects.select_for_update(of=("self",)).select_related("draft_by").get(pk=notice.pk)
    if fresh.state not in permissions.ANSWER.sources:
        raise Conflict(who_did_what(fresh))
    if revision is not None and revision != fresh.draft_revision:
        raise Conflict(_draft_conflict(fresh))
    assert fresh.due_on is not None
    made = Answer.objects.create(
        notice=fresh,
        number=fresh.answers.count() + 1,
        text=text.strip(),
        due_on=fresh.due_on,
        at=moment,
        by=by,
    )
    change(
        notice,
        permissions.ANSWER,
        draft="",
        draft_at=None,
        draft_by=None,
        draft_revision=fresh.draft_revision + 1,
    )
    record_step(notice, permissions.ANSWER, fresh.state, by=by, at=moment, data={"answer": made.number})
    offices = office_agency_ids()
    receivers = [user for user in deciders() if permissions.may_decide(user, notice.agency_id, offices)]
    subject, body = message_texts.answered(
        notice, name_of(notice.agency_id, Quarter.of(timezone.localdate(moment)))
    )
    tell(notice, receivers, subject, body, moment)
    return made


@transaction.atomic
def decide(
    *,
    by: User,
    notice: Notice,
    answer: Answer,
    accept: bool,
    note: str = "",
    due_on: date | None = None,
    now: datetime | None = None,
) -> Answer:
    """ANSWERED → CLOSED, or back to the body with a reason and another day. `answer` is the one that was read."""
    signers = set(Answer.objects.filter(notice=notice).values_list("by_id", flat=True))
    check_may_decide(by, notice, signers)
    moment = now or clock.now()
    problems: list[Problem] = []
    if len(note) > REASON_LIMIT or "\x00" in note:
        problems += filter(None, [text_problem("note", note, REASON_LIMIT, "")])
    if not accept:
        if not note.strip():
            problems.append(Problem("note", _("退回要写明理由，单位才知道补什么。")))
        problems += filter(None, [due_problem(due_on, moment)])
    if problems:
        raise Problems(problems)
    way = permissions.CLOSE if accept else permissions.SEND_BACK
    ended = {"ended_at": moment, "ended_by": by, "ended_reason": note.strip()}
    change(notice, way, **(ended if accept else {"due_on": due_on}))
    decided = Answer.objects.filter(pk=answer.pk, notice=notice, decision="").update(
        decision=Decision.ACCEPTED if accept else Decision.RETURNED,
        decided_at=moment,
        decided_by=by,
        note=note.strip(),
        new_due_on=None if accept else due_on,
    )
    if not decided:
        raise Conflict(_("单位刚刚重新反馈，请看新的反馈再决定。"))
    record_step(
        notice,
        way,
        State.ANSWERED,
        by=by,
        at=moment,
        note=note.strip(),
        data={"answer": answer.number} | ({} if accept else {"due_on": str(due_on)}),
    )
    subject, body = message_texts.closed(notice) if accept else message_texts.sent_back(notice)
    tell(notice, people_of(notice.agency_id), subject, body, moment)
    answer.refresh_from_db()
    return answer
