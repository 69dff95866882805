"""工作台: what an agency owes in a quarter."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qhplan import clock
from tasks.assignments.actions import assigned_to
from tasks.cycles.actions import CycleState, open_cycles, state_of
from tasks.cycles.labels import days_left
from tasks.cycles.lateness import days_after, is_overdue
from tasks.cycles.models import Cycle
from tasks.cycles.page_params import latest_quarter, quarter_or_default
from tasks.cycles.reopening import openings, reopened_for, wanted_by
from tasks.people.access import filer
from tasks.people.models import User
from tasks.people.permissions import may_approve
from tasks.plans.plan_resolver import plan_asked
from tasks.submissions.models import State
from tasks.submissions.queries import (
    Desk,
    DeskRow,
    answer_by_of,
    desk,
    filing_record,
    owed_elsewhere,
    waiting_for_lead,
)
from tasks.submissions.withdrawing import obstacles
from tasks.web.page_extensions import extensions
from tasks.workplans.agency_calendar import body_calendar


@require_GET
def desk_page(request: HttpRequest) -> HttpResponse:
    """All that the reader's body owes in a quarter, most urgent first within lead and co."""
    user = filer(request)
    plan = plan_asked(request)
    if plan is None:
        return render(request, "filing/no_plan.html")
    quarter = quarter_or_default(request.GET.get("q", ""), plan)
    now = clock.now()
    mine = desk(plan, quarter, user.agency_id or 0)
    cycle = mine.cycle
    waiting = list(waiting_for_lead(plan, quarter, user.agency_id or 0))
    return render(
        request,
        "filing/desk.html",
        {
            "plan": plan,
            "quarter": quarter,
            "latest": latest_quarter(plan),
            "before": quarter - 1,
            "desk": mine,
            "cycle": cycle,
            "is_open": desk_rows_open(mine, now),
            "sections": _sections(mine, now),
            "next_due": _next_due(mine),
            "reopened": reopened_for(user.agency_id or 0, now),
            "elsewhere": owed_elsewhere(
                user.agency_id or 0, [one for one in open_cycles(now) if one != cycle]
            ),
            "given": assigned_to(user, plan),
            "lede": _desk_lede(mine, now),
            "steps": _steps(mine),
            "handed": [row for row in mine.rows if row.state == State.HANDED],
            "waiting": waiting,
            "record": filing_record(plan, user.agency_id or 0, before=quarter, quarters=6),
            "may_approve": may_approve(user),
            "withdrawable": withdrawable(user, mine.rows, now),
            "calendar": body_calendar(plan, quarter, user.agency_id or 0),
            "parts": extensions("desk", user=user, plan=plan, quarter=quarter),
        },
    )


def withdrawable(user: User, rows: Iterable[DeskRow], now: datetime) -> set[int]:
    """The ids of the submissions that the reader may withdraw now. A fixed number of queries."""
    sent = []
    for row in rows:
        if row.submission is not None and row.state == State.SUBMITTED:
            row.submission.task = row.task
            sent.append(row.submission)
    if not sent or not may_approve(user):
        return set()
    cycles = Cycle.objects.in_bulk({one.cycle_id for one in sent})
    for one in sent:
        one.cycle = cycles[one.cycle_id]
    blocked = obstacles(user, sent, now)
    return {one.pk for one in sent if one.pk not in blocked}


def _left(due: datetime, now: datetime) -> str:
    days = -days_after(due, now)
    when = date_format(timezone.localtime(due), "n月j日 H:i")
    if is_overdue(due, now):
        return _("已于 %(when)s 截止，可以补报，记为逾期") % {"when": when}
    if days == 0:
        return _("今天 %(when)s 截止") % {"when": date_format(timezone.localtime(due), "H:i")}
    return _("%(when)s 截止，还有 %(days)d 天") % {"when": when, "days": days}


def _desk_lede(mine: Desk, now: datetime) -> str:
    """One sentence: how many are filed, how many are to do, and until when."""
    total = len(mine.rows)
    filed = sum(row.state in {State.SUBMITTED, State.ACCEPTED} for row in mine.rows)
    state = state_of(mine.cycle, now)
    if mine.cycle is None or state == CycleState.UNOPENED:
        return _("应报 %(total)d 件。本季尚未开放填报，由领导小组办公室开放。") % {"total": total}
    counts = _("%(total)d 件中 %(filed)d 件已交，%(todo)d 件待办。") % {
        "total": total,
        "filed": filed,
        "todo": total - filed,
    }
    if state == CycleState.CLOSED:
        when = date_format(timezone.localtime(mine.cycle.closes_at), "Y年n月j日")
        return counts + _("填报期已于 %(when)s 关闭。") % {"when": when}
    parts = []
    if mine.cos:
        parts.append(_("配合填报%(left)s") % {"left": _left(mine.cycle.co_due, now)})
    if mine.leads:
        parts.append(_("牵头汇总%(left)s") % {"left": _left(mine.cycle.lead_due, now)})
    return counts + "；".join(parts) + "。"


def _steps(mine: Desk) -> list[dict[str, str]]:
    """What the body goes through in a quarter, and where it stands."""
    todo = sum(row.state in {"missing", State.DRAFT, State.RETURNED, State.SUPPLEMENT} for row in mine.rows)
    handed = sum(row.state == State.HANDED for row in mine.rows)
    waiting = sum(row.state == State.SUBMITTED for row in mine.rows)
    steps = [
        (_("经办填写"), _("%(n)d 件未完") % {"n": todo} if todo else _("全部写完"), not todo),
        (
            _("签批提交"),
            _("%(n)d 件待签批") % {"n": handed} if handed else _("没有待签批的"),
            not todo and not handed,
        ),
        (
            _("采纳与核定"),
            _("%(n)d 件等对方办理") % {"n": waiting} if waiting else _("没有等候的"),
            not todo and not handed and not waiting,
        ),
    ]
    found = []
    current = False
    for title, text, done in steps:
        state = "done" if done else "todo" if current else "current"
        current = current or not done
        found.append({"title": title, "text": text, "state": state})
    return found


def desk_rows_open(mine: Desk, now: datetime) -> bool:
    """Whether the body can file anything of the quarter now: it is open, or reopened for the body."""
    return mine.cycle is not None and (
        mine.cycle.is_open(now) or openings([mine.cycle], now).until(mine.cycle, mine.agency_id) is not None
    )


@dataclass(frozen=True)
class DeskLine:
    """A row of the desk with when it is wanted; `left` is "" for what is done or cannot be filed now."""

    row: DeskRow
    left: str
    is_late: bool


@dataclass(frozen=True)
class DeskSection:
    """What stands under one heading of the desk."""

    key: str
    title: str
    note: str
    lines: list[DeskLine]
    shows_co: bool  # how many co-returns of each came in


def _sections(mine: Desk, now: datetime) -> list[DeskSection]:
    """What was sent back first, then lead and co: whichever has returns to write that are due earlier."""
    opened = openings([mine.cycle] if mine.cycle else [], now)
    writes = desk_rows_open(mine, now)

    def line(row: DeskRow) -> DeskLine:
        if mine.cycle is None or not writes or row.state in {State.SUBMITTED, State.ACCEPTED}:
            return DeskLine(row, "", False)
        due = wanted_by(
            mine.cycle,
            opened,
            duty=row.duty,
            agency_id=mine.agency_id,
            task_id=row.task.pk,
            answer_by=answer_by_of(row.version, row.supplement if row.state == State.SUPPLEMENT else None),
        )
        return DeskLine(row, days_left(due, now), is_overdue(due, now))

    def lines(rows: Iterable[DeskRow]) -> list[DeskLine]:
        return [line(row) for row in by_urgency(rows)]

    again = [row for row in mine.rows if row.state in AGAIN]
    leads = [row for row in mine.leads if row.state not in AGAIN]
    cos = [row for row in mine.cos if row.state not in AGAIN]
    found = [
        DeskSection(
            "lead",
            _("牵头任务"),
            _("%(n)d 件 · 汇总配合单位后报办公室") % {"n": len(leads)},
            lines(leads),
            shows_co=True,
        ),
        DeskSection(
            "co", _("配合任务"), _("%(n)d 件 · 报牵头单位") % {"n": len(cos)}, lines(cos), shows_co=False
        ),
    ]
    due = {"lead": mine.cycle.lead_due, "co": mine.cycle.co_due} if mine.cycle else {}
    found.sort(key=lambda one: (not any(line.left for line in one.lines), due.get(one.key, now)))
    first = DeskSection(
        "again", _("先办：退回与补充"), _("%(n)d 件") % {"n": len(again)}, lines(again), shows_co=False
    )
    return [one for one in (first, *found) if one.lines]


def _next_due(mine: Desk) -> datetime | None:
    """The date on the ruler of days: of co-returns while one is to be sent, else of lead returns."""
    if mine.cycle is None:
        return None
    waits = any(row.state not in {State.SUBMITTED, State.ACCEPTED} for row in mine.cos)
    return mine.cycle.co_due if waits or not mine.leads else mine.cycle.lead_due


AGAIN = frozenset({State.RETURNED.value, State.SUPPLEMENT.value})
_URGENCY = {
    State.RETURNED.value: 0,
    State.SUPPLEMENT.value: 0,
    State.HANDED.value: 1,
    State.DRAFT.value: 2,
    "missing": 3,
    State.SUBMITTED.value: 4,
    State.ACCEPTED.value: 5,
}


def by_urgency(rows: Iterable[DeskRow]) -> list[DeskRow]:
    """What was sent back comes first, by the date until which it is wanted; then what was begun, what was not, and
    what is done."""
    return sorted(
        rows,
        key=lambda row: (
            _URGENCY[row.state],
            row.answer_by.timestamp() if row.answer_by else float("inf"),
            row.task.order,
        ),
    )
