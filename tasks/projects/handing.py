"""A project report inside its agency: the reporter hands it on, and it comes back. The acts are those of submissions."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import subject_of
from tasks.audit.models import Event
from tasks.errors import Problem, Problems
from tasks.indicators.write_checks import text_problems
from tasks.people.models import User
from tasks.people.permissions import may_file
from tasks.projects.actions import complete
from tasks.projects.announcements import What, announce
from tasks.projects.models import ProjectReport, State
from tasks.projects.transitions import HAND, SEND_TO_REPORTER, TAKE_BACK, check_states, lock, move
from tasks.values import Role


def _own(by: User, reports: Sequence[int]) -> list[ProjectReport]:
    rows = lock(reports)
    if any(row.agency_id != by.agency_id or not may_file(by.at(row.project.plan_id)) for row in rows):
        raise PermissionDenied(_("只能办理本单位的项目报告。"))
    return rows


@transaction.atomic
def hand(*, by: User, reports: Sequence[int], now: datetime | None = None) -> list[ProjectReport]:
    """交签批人: the reporter hands complete reports to the approver of the same agency, who is told."""
    moment = now or clock.now()
    rows = _own(by, reports)
    check_states(rows, HAND)
    complete(rows, moment)
    move(rows, HAND, by=by, at=moment)
    announce(What.HANDED, rows, by, moment)
    return rows


@transaction.atomic
def take_back(
    *, by: User, reports: Sequence[int], note: str = "", now: datetime | None = None
) -> list[ProjectReport]:
    """取回修改 by a reporter or whoever wrote it last; 退回填报员 by an approver, who says why; the reporter is told."""
    moment = now or clock.now()
    rows = _own(by, reports)
    check_states(rows, TAKE_BACK)
    others = [row for row in rows if not takes_back(by, row)]
    if others:
        found = text_problems("note", note, required=_("请写明退回填报员的理由，填报员看得到。"))
        if found:
            raise Problems([Problem(one.field, one.message) for one in found])
    move([row for row in rows if row not in others], TAKE_BACK, by=by, at=moment)
    move(others, SEND_TO_REPORTER, by=by, at=moment, note={row.pk: note.strip() for row in others})
    announce(What.TO_REPORTER, others, by, moment)
    return rows


def takes_back(by: User, row: ProjectReport) -> bool:
    """Whether the person takes it back for work of the own; an approver who did not write it sends it back instead."""
    return by.has(Role.REPORTER) or row.saved_by_id == by.pk


def sent_to_reporter(row: ProjectReport | None) -> Event | None:
    """The entry with which an approver sent the draft back, if it was not handed on since."""
    if row is None or row.state != State.DRAFT:
        return None
    last = (
        Event.objects.filter(
            subject=subject_of(row), verb__in=[HAND.verb, TAKE_BACK.verb, SEND_TO_REPORTER.verb]
        )
        .select_related("by")
        .order_by("-id")
        .first()
    )
    return last if last is not None and last.verb == SEND_TO_REPORTER.verb else None
