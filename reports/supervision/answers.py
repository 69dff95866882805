"""What follows a notice: the agency signs for it, writes and sends its answer; whoever may issue closes or sends back.

The other half of the write path (see reports.supervision.actions, whose contract holds here too). Nothing closes
itself: an answer waits until a person has decided on it.
"""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from reports.input_checks import due_problem, text_problem
from reports.supervision import answer_files, message_texts, permissions
from reports.supervision.models import Answer, Notice
from reports.supervision.transitions import (
    ACKNOWLEDGE,
    ANSWER,
    CLOSE,
    SEND_BACK,
    TAKE_BACK,
    TAKE_BACK_AGAIN,
    check_may_decide,
    deciders,
    move,
    people_of,
    state_sentence,
    tell,
)
from reports.supervision.values import ANSWER_LIMIT, REASON_LIMIT, Decision
from tasks.agencies.queries import name_of
from tasks.errors import Conflict, Problem, Problems, present
from tasks.people.models import User
from tasks.people.queries import office_agency_ids
from tasks.transitions import short_time
from tasks.values import Period


@transaction.atomic
def acknowledge(*, by: User, notice: Notice, now: datetime | None = None) -> None:
    """ISSUED → ACKNOWLEDGED: the agency has it in hand."""
    if not permissions.may_acknowledge(by, notice):
        raise PermissionDenied(_("由主送单位的填报员或签批人签收。"))
    moment = now or clock.now()
    move(notice, ACKNOWLEDGE, by=by, at=moment, values={"acknowledged_at": moment, "acknowledged_by": by})


@transaction.atomic
def save_draft(*, by: User, notice: Notice, text: str, revision: int, now: datetime | None = None) -> Notice:
    """Keep what the agency is writing. A draft that another has saved since `revision` raises Conflict."""
    if not permissions.may_draft(by, notice):
        raise PermissionDenied(_("由主送单位的填报员或签批人起草反馈。"))
    moment = now or clock.now()
    if len(text) > ANSWER_LIMIT or "\x00" in text:
        problem = text_problem("text", text, ANSWER_LIMIT, "")
        raise Problems([problem] if problem else [])
    kept = Notice.objects.filter(pk=notice.pk, state__in=ANSWER.sources, draft_revision=revision).update(
        draft=text, draft_revision=revision + 1, draft_at=moment, draft_by=by
    )
    if not kept:
        raise Conflict(_draft_conflict(notice))
    notice.draft, notice.draft_revision = text, revision + 1
    notice.draft_at, notice.draft_by = moment, by
    return notice


def _draft_conflict(notice: Notice) -> str:
    fresh = Notice.objects.select_related("draft_by").get(pk=notice.pk)
    if fresh.state not in ANSWER.sources or fresh.draft_at is None:
        return state_sentence(fresh)
    return _("%(who)s于 %(when)s 保存过反馈草稿，您看到的不是最新内容。") % {
        "who": fresh.draft_by,
        "when": short_time(fresh.draft_at),
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
    if fresh.state not in ANSWER.sources:
        raise Conflict(state_sentence(fresh))
    if revision is not None and revision != fresh.draft_revision:
        raise Conflict(_draft_conflict(fresh))
    made = Answer.objects.create(
        notice=fresh,
        number=fresh.answers.count() + 1,
        text=text.strip(),
        due_on=present(fresh.due_on, "the due date of an issued notice"),
        at=moment,
        by=by,
    )
    answer_files.fix(made)
    notice.state = fresh.state
    move(
        notice,
        ANSWER,
        by=by,
        at=moment,
        data={"answer": made.number},
        values={
            "draft": "",
            "draft_at": None,
            "draft_by": None,
            "draft_revision": fresh.draft_revision + 1,
        },
    )
    offices = office_agency_ids(notice.plan_id)
    receivers = [
        user for user in deciders(notice.plan_id) if permissions.may_decide(user, notice.agency_id, offices)
    ]
    subject, body = message_texts.answered(
        notice, name_of(notice.agency_id, Period.of(timezone.localdate(moment)))
    )
    tell(notice, receivers, subject, body, moment)
    return made


@transaction.atomic
def take_back(*, by: User, notice: Notice, reason: str, now: datetime | None = None) -> Answer:
    """撤回: the agency's approver takes the answer back, with a reason, until it is decided. It stays readable and answers
    nothing; the draft goes on from its text."""
    if not permissions.may_take_back(by, notice):
        raise PermissionDenied(_("反馈由主送单位的签批人撤回。"))
    problem = text_problem("reason", reason, REASON_LIMIT, _("请写明撤回的理由。"))
    if problem:
        raise Problems([problem])
    moment = now or clock.now()
    fresh = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    if fresh.state not in TAKE_BACK.sources:
        raise Conflict(state_sentence(fresh))
    last = Answer.objects.select_for_update().get(notice=fresh, decision="")
    sent_back = fresh.answers.filter(decision=Decision.RETURNED).exists()
    notice.state = fresh.state
    move(
        notice,
        TAKE_BACK_AGAIN if sent_back else TAKE_BACK,
        by=by,
        at=moment,
        note=reason.strip(),
        data={"answer": last.number},
        values={
            "draft": last.text,
            "draft_at": moment,
            "draft_by": by,
            "draft_revision": fresh.draft_revision + 1,
        },
    )
    Answer.objects.filter(pk=last.pk, decision="").update(
        decision=Decision.WITHDRAWN, decided_at=moment, decided_by=by, note=reason.strip()
    )
    answer_files.take_back(last)
    offices = office_agency_ids(notice.plan_id)
    receivers = [
        user for user in deciders(notice.plan_id) if permissions.may_decide(user, notice.agency_id, offices)
    ]
    subject, body = message_texts.taken_back(
        notice, name_of(notice.agency_id, Period.of(timezone.localdate(moment)))
    )
    tell(notice, receivers, subject, body, moment)
    last.refresh_from_db()
    return last


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
    """ANSWERED → CLOSED, or back to the agency with a reason and another day. `answer` is the one that was read."""
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
    ended = {"ended_at": moment, "ended_by": by, "ended_reason": note.strip()}
    move(
        notice,
        CLOSE if accept else SEND_BACK,
        by=by,
        at=moment,
        note=note.strip(),
        data={"answer": answer.number} | ({} if accept else {"due_on": str(due_on)}),
        values=ended if accept else {"due_on": due_on},
    )
    decided = Answer.objects.filter(pk=answer.pk, notice=notice, decision="").update(
        decision=Decision.ACCEPTED if accept else Decision.RETURNED,
        decided_at=moment,
        decided_by=by,
        note=note.strip(),
        new_due_on=None if accept else due_on,
    )
    if not decided:
        raise Conflict(_("单位刚刚重新反馈，请看新的反馈再决定。"))
    subject, body = message_texts.closed(notice) if accept else message_texts.sent_back(notice)
    tell(notice, people_of(notice), subject, body, moment)
    answer.refresh_from_db()
    return answer
