"""Several notices in one act: ticked proposals are issued, or one matter is put to several agencies, each by itself. What
cannot be issued is named with the reason; the rest goes on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import uuid5

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from reports.supervision import jobs
from reports.supervision.actions import HandInput, IssueInput
from reports.supervision.form_choices import answer_days
from reports.supervision.grades import grade_of, usual_grade
from reports.supervision.message_texts import default_due
from reports.supervision.models import Notice
from tasks.errors import Conflict, Problems
from tasks.people.models import User

MOST = 100  # in one act


@dataclass(frozen=True)
class Outcome:
    """What became of one notice: itself, issued or proposed, or why not."""

    agency_id: int
    notice: Notice | None  # of a proposal that could not be issued, the proposal
    why: str = ""

    @property
    def is_issued(self) -> bool:
        return not self.why and self.notice is not None and self.notice.is_issued


def issue_proposals(
    *, by: User, notices: Sequence[Notice], due_on: date | None = None, now: datetime | None = None
) -> list[Outcome]:
    """Issue proposals with the words that they have, each checked as it is when it is issued alone; without `due_on` by the
    day of its grade. In their order, so that their numbers follow one another."""
    moment = now or clock.now()
    return [_tried(by, one, due_on, moment) for one in notices[:MOST]]


def check_proposals(
    *, by: User, notices: Sequence[Notice], due_on: date | None = None, now: datetime | None = None
) -> list[Outcome]:
    """What `issue_proposals` would do now; all of it is undone."""
    with transaction.atomic():
        found = issue_proposals(by=by, notices=notices, due_on=due_on, now=now)
        transaction.set_rollback(True)
    return found


def _tried(by: User, notice: Notice, due_on: date | None, moment: datetime) -> Outcome:
    grade = grade_of(notice.plan_id, notice.grade) or usual_grade(notice.plan_id)
    content = IssueInput(
        title=notice.title,
        text=notice.text,
        due_on=due_on
        or default_due(clock.today(), grade.answer_days or answer_days(notice.ground, notice.plan)),
        grade=grade.code,
    )
    return _outcome(
        notice.agency_id, lambda: jobs.ask_issue(by=by, notice=notice, content=content, now=moment), notice
    )


def put_to_each(
    *, by: User, asked: HandInput, agency_ids: Sequence[int], now: datetime | None = None
) -> list[Outcome]:
    """One matter to several agencies, a notice for each: issued where the actor may issue, else proposed. The same key sent
    twice makes nothing twice."""
    moment = now or clock.now()
    found = []
    for pk in dict.fromkeys(agency_ids):
        key = uuid5(asked.key, str(pk)) if asked.key else None
        one = replace(asked, agency_id=pk, key=key)
        found.append(_outcome(pk, _by_hand(by, one, moment)))
    return found


def _by_hand(by: User, asked: HandInput, moment: datetime) -> Callable[[], Notice]:
    return lambda: jobs.ask_by_hand(by=by, asked=asked, now=moment)


def _outcome(agency_id: int, act: Callable[[], Notice], kept: Notice | None = None) -> Outcome:
    try:
        with transaction.atomic():
            return Outcome(agency_id, act())
    except Problems as problems:
        return Outcome(agency_id, kept, _("；").join(one.message for one in problems.problems))
    except (Conflict, PermissionDenied) as refusal:
        return Outcome(agency_id, kept, str(refusal))
