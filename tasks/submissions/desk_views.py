"""工作台: what an agency owes in a quarter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qhplan import clock
from tasks.assignments.queries import share_of
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
from tasks.values import Duty
from tasks.web.page_extensions import extensions
from tasks.workplans.agency_calendar import body_calendar


@require_GET
def desk_page(request: HttpRequest) -> HttpResponse:
    """All that the reader's agency owes in a quarter, most urgent first within lead and co."""
    user = filer(request)
    plan = plan_asked(request)
    if plan is None:
        return render(request, "filing/no_plan.html")
    quarter = quarter_or_default(request.GET.get("q", ""), plan)
    now = clock.now()
    mine = desk(plan, quarter, user.acts_for)
    cycle = mine.cycle
    todo, sections = desk_sections(mine, now)
    waiting = list(waiting_for_lead(plan, quarter, user.acts_for))
    return render(
        request,
        "filing/desk.html",
        {
            "plan": plan,
            "quarter": quarter,
            "latest": latest_quarter(plan),
            "before": quarter - 1,
            "after": quarter + 1,
            "desk": mine,
            "cycle": cycle,
            "is_open": desk_rows_open(mine, now),
            "sections": sections,
            "todo": todo,
            "next_due": _next_due(mine),
            "reopened": [one for one in reopened_for(user.acts_for, now) if user.sees(one.cycle.plan_id)],
            "elsewhere": owed_elsewhere(
                user.acts_for,
                [one for one in open_cycles(now) if one != cycle and user.sees(one.plan_id)],
            ),
            "share": share_of(user, plan),
            "lede": _desk_lede(mine, now),
            "handed": [row for row in mine.rows if row.state == State.HANDED],
            "waiting": waiting,
            "record": filing_record(plan, user.acts_for, before=quarter, quarters=6),
            "may_approve": may_approve(user),
            "withdrawable": withdrawable(user, mine.rows, now),
            "calendar": body_calendar(plan, quarter, user.acts_for),
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
    """One sentence: how many are filed, wait for approval, and are to do. Until when stands in the heads of the groups."""
    total = len(mine.rows)
    filed = sum(row.state in {State.SUBMITTED, State.ACCEPTED} for row in mine.rows)
    handed = sum(row.state == State.HANDED for row in mine.rows)
    state = state_of(mine.cycle, now)
    if not total:
        return _("没有应报事项。")
    if mine.cycle is None or state == CycleState.UNOPENED:
        return _("应报 %(total)d 项。本季尚未开启填报，由领导小组办公室开启。") % {"total": total}
    counted = (
        (_("已交 %(n)d 项"), filed),
        (_("待签批 %(n)d 项"), handed),
        (_("待办 %(n)d 项"), total - filed - handed),
    )
    counts = _("共 %(total)d 项：%(parts)s。") % {
        "total": total,
        "parts": _("，").join(words % {"n": n} for words, n in counted if n),
    }
    if state == CycleState.CLOSED:
        when = date_format(timezone.localtime(mine.cycle.closes_at), "Y年n月j日")
        return counts + _("填报已于 %(when)s 截止。") % {"when": when}
    return counts


def desk_rows_open(mine: Desk, now: datetime) -> bool:
    """Whether the agency can file anything of the quarter now: it is open, or reopened for the agency."""
    return mine.cycle is not None and (
        mine.cycle.is_open(now) or openings([mine.cycle], now).until(mine.cycle, mine.agency_id) is not None
    )


@dataclass(frozen=True)
class DeskLine:
    """A row of the desk. `due` and `left` say when it is wanted, where that is another date than its section's;
    `is_late` is false for what is done or cannot be filed now."""

    row: DeskRow
    due: datetime | None = None
    left: str = ""
    is_late: bool = False


@dataclass(frozen=True)
class DeskSection:
    """What stands under one heading of the desk; `note` says once what its rows share."""

    key: str
    title: str
    note: str
    lines: list[DeskLine]
    shows_co: bool  # how many co-returns of each came in


def desk_sections(mine: Desk, now: datetime) -> tuple[list[DeskLine], list[DeskSection]]:
    """What was sent back; and lead and co without it: first whichever has returns to write that are due earlier."""
    opened = openings([mine.cycle] if mine.cycle else [], now)
    writes = desk_rows_open(mine, now)
    shared = {duty: due for duty in (Duty.LEAD.value, Duty.CO.value) if (due := mine.due(duty)) is not None}

    def line(row: DeskRow) -> DeskLine:
        if mine.cycle is None or not writes or row.state in {State.SUBMITTED, State.ACCEPTED}:
            return DeskLine(row)
        due = wanted_by(
            mine.cycle,
            opened,
            duty=row.duty,
            agency_id=mine.agency_id,
            task_id=row.task.pk,
            answer_by=answer_by_of(row.version, row.supplement if row.state == State.SUPPLEMENT else None),
        )
        if due == shared[row.duty] and row.state not in AGAIN:
            return DeskLine(row, is_late=is_overdue(due, now))
        return DeskLine(row, due, days_left(due, now), is_overdue(due, now))

    def section(key: str, title: str, note: str, rows: Sequence[DeskRow]) -> DeskSection:
        done = sum(row.state in {State.SUBMITTED, State.ACCEPTED} for row in rows)
        parts = [_("%(n)d 项") % {"n": len(rows)}, note]
        if mine.cycle is not None and writes and done < len(rows):
            parts.append(_left(shared[key], now))
        return DeskSection(
            key,
            title,
            " · ".join(parts),
            [line(row) for row in sorted(rows, key=lambda row: row.task.order)],
            shows_co=key == Duty.LEAD,
        )

    again = [line(row) for row in by_urgency(mine.rows) if row.state in AGAIN]
    found = [
        section("lead", _("牵头汇总"), _("报办公室"), [row for row in mine.leads if row.state not in AGAIN]),
        section("co", _("配合填报"), _("报牵头单位"), [row for row in mine.cos if row.state not in AGAIN]),
    ]
    done = {State.SUBMITTED.value, State.ACCEPTED.value}
    waits = {one.key for one in found if any(line.row.state not in done for line in one.lines)}
    found.sort(key=lambda one: (one.key not in waits, shared.get(one.key, now)))
    return again, [one for one in found if one.lines]


def _next_due(mine: Desk) -> datetime | None:
    """The date on the ruler of days: of co-returns while one is to be sent, else of lead returns."""
    if mine.cycle is None:
        return None
    waits = any(row.state not in {State.SUBMITTED, State.ACCEPTED} for row in mine.cos)
    return mine.due(Duty.CO if waits or not mine.leads else Duty.LEAD)


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
