"""Cycles: the office opens a quarter of a plan for filing, and sets when submissions are due."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qhplan import clock
from tasks.audit.log import record
from tasks.cycles.date_history import keep_past_dates
from tasks.cycles.due_dates import CycleDates, default_dates
from tasks.cycles.models import Cycle
from tasks.cycles.reopening import running
from tasks.errors import Conflict, Problem, Problems
from tasks.people import permissions
from tasks.people.models import User
from tasks.plans.commit_order import in_order
from tasks.plans.duties import closer_periods, duties, why_not_filed
from tasks.plans.models import Plan
from tasks.values import BACKFILLED, Duty, Period

FIELDS = ("co_due", "lead_due", "decision_due", "closes_at")


class CycleState(models.TextChoices):
    """The state of a quarter at a moment; it is never stored."""

    UNOPENED = "unopened", gettext_lazy("未开启")
    FILING = "filing", gettext_lazy("填报中")
    LATE = "late", gettext_lazy("逾期可补报")
    CLOSED = "closed", gettext_lazy("已关闭")


def state_of(cycle: Cycle | None, now: datetime) -> CycleState:
    """填报中 until lead submissions are overdue, then 逾期可补报 until the cycle closes."""
    if cycle is None or now < cycle.opened_at:
        return CycleState.UNOPENED
    if now >= cycle.closes_at:
        return CycleState.CLOSED
    return CycleState.LATE if cycle.is_overdue(Duty.LEAD, now) else CycleState.FILING


# -- reading ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CycleRow:
    """One quarter of a plan on the cycles page."""

    quarter: Period
    cycle: Cycle | None
    state: CycleState
    has_begun: bool


def dates_of(cycle: Cycle) -> CycleDates:
    """The cycle's moments as a value."""
    return CycleDates(cycle.co_due, cycle.lead_due, cycle.decision_due, cycle.closes_at)


def cycle_rows(plan: Plan, *, now: datetime | None = None) -> list[CycleRow]:
    """Every period of the plan, and every closer one that is over or runs, in which tasks are reported on; the latest first,
    with its cycle where one was opened."""
    moment = now or clock.now()
    today = timezone.localdate(moment, timezone.get_default_timezone())
    current = plan.period_of(today)
    cycles = {cycle.quarter: cycle for cycle in Cycle.objects.filter(plan=plan).select_related("opened_by")}
    periods = list(Period.span(plan.first_quarter, plan.last_quarter))
    periods += [one for one in closer_periods(plan) if one.last_day <= current.last_day]
    return [
        CycleRow(one, cycles.get(one), state_of(cycles.get(one), moment), one.first_day <= today)
        for one in sorted(periods, reverse=True)
    ]


def open_cycles(now: datetime | None = None, plan: Plan | None = None) -> list[Cycle]:
    """Cycles in which submissions can be written at the moment, the latest quarter first."""
    moment = now or clock.now()
    cycles = Cycle.objects.filter(opened_at__lte=moment, closes_at__gt=moment).select_related("plan")
    if plan is not None:
        cycles = cycles.filter(plan=plan)
    return list(cycles.defer("plan__text").order_by("-quarter", "plan_id"))


def cycles_in_progress(now: datetime | None = None) -> list[Cycle]:
    """Those that are open, and the closed ones that are reopened for somebody, the latest quarter first. A trial is not
    among them: nobody is reminded of it."""
    moment = now or clock.now()
    again = running(moment).values("cycle")
    cycles = Cycle.counting.filter(
        models.Q(opened_at__lte=moment, closes_at__gt=moment) | models.Q(pk__in=again)
    ).select_related("plan")
    return list(cycles.defer("plan__text").order_by("-quarter", "plan_id"))


@dataclass(frozen=True)
class Extent:
    """How many agencies owe something in a quarter, and how many submissions."""

    agencies: int
    submissions: int


def extent_of(plan: Plan, quarter: Period) -> Extent:
    """What opening the quarter, or another date for it, concerns. One query."""
    owed = list(duties([plan.pk], quarter).values_list("agency_id", flat=True))
    return Extent(len(set(owed)), len(owed))


def early_dates(quarter: Period, dates: CycleDates) -> list[str]:
    """The fields of the due dates that are before the quarter's end: ordinary where the office wants estimates, and to be
    confirmed."""
    zone = timezone.get_default_timezone()
    return [
        field
        for field in ("co_due", "lead_due")
        if timezone.localdate(getattr(dates, field), zone) <= quarter.last_day
    ]


# -- writing ------------------------------------------------------------------------------------------------


def _order_problems(dates: CycleDates, opened_at: datetime) -> Iterator[Problem]:
    """Each date that is before the one which it must follow, on its own field."""
    if dates.co_due < opened_at:
        yield Problem("co_due", _("配合填报截止不能早于开放时间。"))
    if dates.lead_due < dates.co_due:
        yield Problem("lead_due", _("牵头汇总截止不能早于配合填报截止。"))
    if dates.decision_due < dates.lead_due:
        yield Problem("decision_due", _("办公室核定截止不能早于牵头汇总截止。"))
    if dates.closes_at < dates.decision_due:
        yield Problem("closes_at", _("填报截止时间不能早于办公室核定截止。"))


def _as_data(dates: CycleDates) -> dict[str, str]:
    return {field: moment.isoformat() for field, moment in asdict(dates).items()}


def open_cycle(
    *,
    by: User,
    plan: Plan,
    quarter: Period,
    dates: CycleDates | None = None,
    trial: bool = False,
    now: datetime | None = None,
) -> Cycle:
    """Open a quarter of a plan for filing, from now on; as a trial 试填期 it counts nowhere and is removed whole later.

    Raises Problems on the field: a quarter in which the plan is not valid, has not begun, or is open already; dates
    out of order.
    """
    if not permissions.may_manage_cycles(by):
        raise PermissionDenied(_("只有领导小组办公室可以开启填报。"))
    moment = now or clock.now()
    dates = dates or default_dates(quarter, moment)
    today = timezone.localdate(moment, timezone.get_default_timezone())
    problems = []
    if said := why_not_filed(plan, quarter):
        problems.append(Problem("quarter", said))
    elif quarter.first_day > today:
        problems.append(
            Problem("quarter", _("%(quarter)s尚未开始，不能开启填报。") % {"quarter": quarter.label})
        )
    elif Cycle.objects.filter(plan=plan, quarter=quarter).exists():
        problems.append(Problem("quarter", _opened_words(plan, quarter)))
    elif _only_backfilled(plan, quarter).filter(submissions__state=BACKFILLED).exists():
        told = _("%(quarter)s已按台账补录，不能再开启填报；要由单位自己填，请先撤销那份台账的补录。")
        problems.append(Problem("quarter", told % {"quarter": quarter.label}))
    problems += _order_problems(dates, moment)
    if problems:
        raise Problems(problems)
    try:
        with transaction.atomic():
            values = {"opened_at": moment, "opened_by": by, "is_trial": trial, **asdict(dates)}
            # A ledger that was taken back has left its own.
            if _only_backfilled(plan, quarter).update(only_backfilled=False, **values):
                cycle = Cycle.objects.get(plan=plan, quarter=quarter)
            else:
                cycle = Cycle.objects.create(plan=plan, quarter=quarter, **values)
            record(
                by=by,
                verb="cycle.open",
                subject=cycle,
                to_state=CycleState.FILING,
                data={"plan": plan.slug, "quarter": str(quarter), "trial": trial, **_as_data(dates)},
                at=moment,
            )
    except IntegrityError as error:
        # Somebody opened the same quarter between the check above and this INSERT.
        raise Conflict(
            _("%(quarter)s刚刚已由他人开启，请刷新后查看。") % {"quarter": quarter.label}
        ) from error
    return cycle


def _opened_words(plan: Plan, quarter: Period) -> str:
    if Cycle.objects.filter(plan=plan, quarter=quarter, is_trial=True).exists():
        return _("%(quarter)s正在试填，请先清除试填期，再正式开启。") % {"quarter": quarter.label}
    return _("%(quarter)s已经开启过，请调整其日期。") % {"quarter": quarter.label}


def _only_backfilled(plan: Plan, quarter: Period) -> models.QuerySet[Cycle]:
    return Cycle.every.filter(plan=plan, quarter=quarter, only_backfilled=True)


def change_dates(
    *, by: User, cycle: Cycle, dates: CycleDates, note: str, now: datetime | None = None
) -> Cycle:
    """Set other dates, with a reason. `cycle` has the dates that the caller saw: Conflict if they were changed since.

    A date may be put off, or brought forward, to a moment that is still to come: nobody becomes late after the fact.
    """
    if not permissions.may_manage_cycles(by):
        raise PermissionDenied(_("只有领导小组办公室可以调整填报周期。"))
    moment = now or clock.now()
    before = dates_of(cycle)
    if dates == before:
        raise Problems([Problem("", _("日期没有变化。"))])
    problems = list(_order_problems(dates, cycle.opened_at))
    named = {problem.field for problem in problems}
    problems += [
        Problem(field, _("这个时间已经过去，请改为以后的时间。"))
        for field in FIELDS
        if field not in named
        and getattr(dates, field) != getattr(before, field)
        and getattr(dates, field) < moment
    ]
    if not note.strip():
        problems.append(Problem("note", _("请写明调整日期的理由。")))
    if problems:
        raise Problems(problems)
    with transaction.atomic():
        in_order([cycle.plan_id])
        changed = Cycle.objects.filter(pk=cycle.pk, **asdict(before)).update(**asdict(dates))
        if not changed:
            raise Conflict(
                _("%(quarter)s的日期刚刚已由他人更改，请刷新后再改。") % {"quarter": cycle.quarter.label}
            )
        keep_past_dates(cycle, before, moment)
        record(
            by=by,
            verb="cycle.dates",
            subject=cycle,
            from_state=state_of(cycle, moment),
            to_state=state_of(Cycle(opened_at=cycle.opened_at, **asdict(dates)), moment),
            note=note.strip(),
            data={"before": _as_data(before), "after": _as_data(dates)},
            at=moment,
        )
    cycle.refresh_from_db()
    return cycle


@transaction.atomic
def undo_opening(*, by: User, cycle: Cycle, note: str, now: datetime | None = None) -> None:
    """撤销开放: take an opening back while nothing stands on it, with a reason. Raises Conflict once anybody has begun to
    write, or anything else refers to the cycle."""
    if not permissions.may_manage_cycles(by):
        raise PermissionDenied(_("只有领导小组办公室可以撤销开放。"))
    if not note.strip():
        raise Problems([Problem("note", _("请写明撤销开放的理由。"))])
    in_order([cycle.plan_id])
    held = Cycle.objects.select_for_update().filter(pk=cycle.pk).first()
    if held is None:
        raise Conflict(_("这次开放已经撤销，请刷新页面。"))
    moment = now or clock.now()
    pk = held.pk
    try:
        with transaction.atomic():
            held.delete()
    except models.ProtectedError as error:
        begun = {row.agency_id for row in error.protected_objects if hasattr(row, "agency_id")}
        raise Conflict(
            _("%(quarter)s已有 %(n)d 个单位开始填报或办理，不能撤销开放；可以调整日期。")
            % {"quarter": cycle.quarter.label, "n": max(len(begun), 1)}
        ) from error
    held.pk = pk
    record(
        by=by,
        verb="cycle.undo_opening",
        subject=held,
        from_state=state_of(cycle, moment),
        to_state=CycleState.UNOPENED,
        note=note.strip(),
        data={"plan": cycle.plan.slug, "quarter": str(cycle.quarter), **_as_data(dates_of(cycle))},
        at=moment,
    )
