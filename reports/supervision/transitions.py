"""What every step of a notice stands on: who may, what can be kept, the one conditional UPDATE, and who is told."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from reports.supervision import permissions
from reports.supervision.models import Notice
from reports.supervision.values import REASON_LIMIT, State
from tasks.audit.log import Entry, record_all, subject_of
from tasks.audit.models import Event
from tasks.cycles.models import Cycle
from tasks.errors import Conflict, Problem, Problems
from tasks.notifications.actions import notify
from tasks.people.models import User
from tasks.people.queries import office_agency_ids
from tasks.values import Role

FURTHEST = 366  # days ahead for a due date


def check_may(by: User, agency_id: int) -> None:
    if not permissions.may_decide(by, agency_id, office_agency_ids()):
        raise PermissionDenied(
            _("督办由领导小组办公室签发和办结；办公室所在单位的由复核人办理，本单位的不能自办。")
        )


def check_may_decide(by: User, notice: Notice, signers: Collection[int]) -> None:
    """Raise PermissionDenied unless the actor may decide on what that body answered; `signers` are those who signed its
    answers, of whom nobody decides, wherever he is now."""
    check_may(by, notice.agency_id)
    if permissions.signed_before(by, signers):
        raise PermissionDenied(_("自己签批的反馈，不能由自己审核。"))


def check_reason(reason: str, empty: str, field: str = "reason") -> None:
    """Raise Problems unless a reason was given that can be kept."""
    problem = text_problem(field, reason, REASON_LIMIT, empty)
    if problem:
        raise Problems([problem])


def text_problem(field: str, text: str, limit: int, empty: str) -> Problem | None:
    if not text.strip():
        return Problem(field, empty)
    if len(text) > limit:
        return Problem(
            field,
            _("有 %(n)d 字，最多 %(limit)d 字，请删减。") % {"n": len(text), "limit": limit},
        )
    if "\x00" in text:
        return Problem(field, _("文字里有不能保存的字符，请删去后再交。"))
    return None


def due_problem(due_on: date | None, moment: datetime) -> Problem | None:
    """A day after today, and within a year."""
    today = timezone.localdate(moment, timezone.get_default_timezone())
    if due_on is None:
        return Problem("due_on", _("请填写反馈期限。"))
    if due_on <= today:
        return Problem("due_on", _("反馈期限须在今天以后。"))
    if (due_on - today).days > FURTHEST:
        return Problem("due_on", _("反馈期限不能超过一年。"))
    return None


def change(notice: Notice, way: permissions.Transition, **values: object) -> None:
    """The conditional UPDATE; whoever comes second is told who was first."""
    allowed = Notice.objects.filter(pk=notice.pk, state__in=way.sources)
    if not allowed.update(state=way.target, **values):
        raise Conflict(who_did_what(notice))
    for name, value in {"state": way.target.value, **values}.items():
        setattr(notice, name, value)


def who_did_what(notice: Notice) -> str:
    """Who brought it to where it stands, for the one who came second."""
    state = State(Notice.objects.values_list("state", flat=True).get(pk=notice.pk)).label
    last = (
        Event.objects.filter(subject=subject_of(notice))
        .exclude(by=None)
        .select_related("by")
        .order_by("-id")
        .first()
    )
    if last is None:
        return _("这件督办现在是“%(state)s”，不能这样做；请刷新页面。") % {"state": state}
    return _("%(who)s已于 %(when)s 办理过这件督办，现在是“%(state)s”；请刷新页面。") % {
        "who": last.by,
        "when": f"{timezone.localtime(last.at):%m-%d %H:%M}",
        "state": state,
    }


def record_step(
    notice: Notice,
    way: permissions.Transition,
    before: str,
    *,
    by: User,
    at: datetime,
    note: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    record_all([Entry(way.verb, notice, before, way.target, note, data or {})], by=by, at=at)


def people_of(agency_id: int) -> list[User]:
    """Everybody who files for the body."""
    return list(
        User.objects.filter(
            agency=agency_id, is_active=True, roles__overlap=[Role.REPORTER, Role.APPROVER]
        ).order_by("pk")
    )


def deciders() -> list[User]:
    """The office and the second reviewers."""
    return list(
        User.objects.filter(is_active=True, roles__overlap=[Role.OFFICE, Role.SECOND_REVIEWER]).order_by("pk")
    )


def tell(notice: Notice, users: Iterable[User], subject: str, body: str, moment: datetime) -> None:
    """A message about the notice, filed under its quarter."""
    notify(
        users=users,
        subject=subject,
        body=body,
        place=reverse("notice", args=[notice.pk]),
        cycles=Cycle.objects.filter(plan=notice.plan_id, quarter=notice.quarter),
        agency_id=notice.agency_id,
        now=moment,
    )
