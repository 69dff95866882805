"""What falls on the days of a month."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from reports.supervision.models import Notice
from reports.supervision.values import WITH_BODY
from tasks.agencies.queries import names_at
from tasks.cycles.extensions import extended
from tasks.cycles.lateness import is_day_overdue
from tasks.cycles.models import Cycle
from tasks.cycles.workdays import is_workday
from tasks.people import permissions
from tasks.people.models import User
from tasks.plans.models import Plan
from tasks.values import Duty, Period
from tasks.workplans.schedule import Standing, schedule

_PERIODS = 5  # of which the last may still have dates in a month: of months, too


@dataclass(frozen=True)
class Entry:
    """One thing that falls on a day. `who` is the agency that it concerns, "" for all; `is_behind`: it is past and not done."""

    kind: str
    words: str
    url: str
    who: str = ""
    is_behind: bool = False


@dataclass(frozen=True)
class Day:
    day: date
    is_inside: bool  # of the month itself
    is_off: bool  # no working day
    is_today: bool
    entries: list[Entry]

    @property
    def states(self) -> str:
        """For the sheet."""
        states = {
            "is-outside": not self.is_inside,
            "is-off": self.is_off,
            "is-empty": not self.entries,
            "is-now": self.is_today,
        }
        return " ".join(name for name, holds in states.items() if holds)


def weeks(user: User, plan: Plan, first: date, *, own: bool, today: date) -> list[list[Day]]:
    """The month that begins on `first`, in weeks from Monday; `own`: what concerns the reader's agency alone. Its queries do
    not grow with what there is."""
    last = next_month(first) - timedelta(days=1)
    found: dict[date, list[Entry]] = {}
    for entries in (
        _filing(user, plan, first, last),
        _notices(user, plan, first, own, today),
        _nodes(user, plan, first, last, own),
    ):
        for day, entry in entries:
            found.setdefault(day, []).append(entry)
    start = first - timedelta(days=first.weekday())
    end = last + timedelta(days=6 - last.weekday())
    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    shown = [
        Day(day, first <= day <= last, not is_workday(day), day == today, found.get(day, [])) for day in days
    ]
    return [shown[n : n + 7] for n in range(0, len(shown), 7)]


def _in_month(day: date, first: date) -> bool:
    return day.replace(day=1) == first


def next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _filing(user: User, plan: Plan, first: date, last: date) -> Iterator[tuple[date, Entry]]:
    """The due dates of the periods; the own agency's where it was given a later one."""
    latest = plan.period_of(last)
    cycles = list(
        Cycle.objects.filter(plan=plan, quarter__in=[latest - n for n in range(_PERIODS)]).order_by("quarter")
    )
    dates = extended(cycles)
    for cycle in cycles:
        url = _where(user, plan, cycle)
        due = {duty: dates.due(cycle, duty, user.agency_id or 0) for duty in (Duty.CO, Duty.LEAD)}
        for moment, words in (
            (due[Duty.CO], _("配合填报截止")),
            (due[Duty.LEAD], _("牵头汇总截止")),
            (cycle.decision_due, _("办公室核定截止")),
            (cycle.closes_at, _("填报截止")),
        ):
            at = timezone.localtime(moment, timezone.get_default_timezone())
            if _in_month(at.date(), first):
                said = _("%(period)s%(words)s %(time)s") % {
                    "period": cycle.quarter.label,
                    "words": words,
                    "time": f"{at:%H:%M}",
                }
                yield at.date(), Entry(_("填报"), said, url)


def _where(user: User, plan: Plan, cycle: Cycle) -> str:
    """The page on which the reader works on the period: the desk, the queue, or what everybody may open."""
    for name, rule in (("desk", permissions.may_file), ("review", permissions.may_open_queue)):
        if rule(user):
            return f"{reverse(name)}?plan={plan.slug}&q={cycle.quarter}"
    return f"{reverse('overview', args=[plan.slug])}?q={cycle.quarter}"


def _notices(user: User, plan: Plan, first: date, own: bool, today: date) -> Iterator[tuple[date, Entry]]:
    notices = (
        Notice.objects.visible_to(user)
        .open()
        .filter(plan=plan, due_on__year=first.year, due_on__month=first.month)
    )
    if own:
        notices = notices.filter(agency=user.agency_id)
    names = names_at(Period.of(today))
    for notice in notices.select_related("agency").defer("text").order_by("due_on", "pk"):
        name = names.get(notice.agency_id)
        assert notice.due_on is not None  # by the filter
        yield (
            notice.due_on,
            Entry(
                _("督办"),
                _("%(number)s反馈期限") % {"number": notice.doc_number},
                reverse("notice", args=[notice.pk]),
                name.short if name else notice.agency.slug,
                notice.state in WITH_BODY and is_day_overdue(notice.due_on, today),
            ),
        )


def _nodes(user: User, plan: Plan, first: date, last: date, own: bool) -> Iterator[tuple[date, Entry]]:
    quarter = plan.period_of(last)
    rows = schedule(
        quarter, plan_ids=[plan.pk], agency_ids=[user.agency_id] if own and user.agency_id else None
    )
    names = names_at(quarter)
    tasks = {task.pk: task for task in plan.tasks.all()}
    for row in rows:
        task, name = tasks[row.task_id], names.get(row.agency_id)
        for node in row.nodes:
            if _in_month(node.due, first):
                yield (
                    node.due,
                    Entry(
                        _("节点"),
                        f"{task.code} {node.text}",
                        reverse("task", args=[plan.slug, task.ref]),
                        name.short if name else "",
                        node.standing == Standing.OVERDUE,
                    ),
                )
