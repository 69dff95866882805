"""The state in a page's address: the plan, the quarter and the moment. `?q=2017Q1&known=2017-04-20T18:00`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.cycles.date_history import as_known
from tasks.cycles.models import Cycle
from tasks.people.models import User
from tasks.people.permissions import may_see_plan
from tasks.period_words import speak
from tasks.plans.models import Plan
from tasks.values import Duty, Period, Rhythm


@dataclass(frozen=True)
class Asked:
    """A page's state, all of it from the address and the clock.

    `known_at` is now unless the reader chose an earlier moment (`is_earlier`); `default` is the quarter on which the
    page opens; `cycles` are the plan's, with the dates that held at `known_at`; `backfilled` are the quarters of which only
    a ledger of the office tells (补录).
    """

    user: User
    plan: Plan
    quarter: Period
    known_at: datetime
    is_earlier: bool
    default: Period
    cycles: Mapping[Period, Cycle]
    today: date
    backfilled: frozenset[Period] = frozenset()

    @property
    def is_backfilled(self) -> bool:
        return self.quarter in self.backfilled

    @property
    def cycle(self) -> Cycle | None:
        return self.cycles.get(self.quarter)

    @property
    def is_expired(self) -> bool:
        """方案已到期."""
        return self.plan.has_ended(self.today)

    @property
    def last_begun(self) -> Period:
        """The latest quarter that a page can show: the present one, or the plan's last."""
        return self.plan.period_at(self.today)

    @property
    def is_default(self) -> bool:
        """The state that the address without parameters shows."""
        return self.quarter == self.default and not self.is_earlier

    @property
    def previous(self) -> Period | None:
        return self.quarter - 1 if self.quarter > self.plan.first_quarter else None

    @property
    def next(self) -> Period | None:
        return self.quarter + 1 if self.quarter < self.last_begun else None

    def parameters(self) -> dict[str, str]:
        """The state as the parameters of an address or the hidden fields of a form."""
        known = (
            {"known": timezone.localtime(self.known_at).strftime("%Y-%m-%dT%H:%M")} if self.is_earlier else {}
        )
        return {"q": str(self.quarter), **known}

    def query(self, quarter: Period | None = None, /, **more: object) -> str:
        """`?q=…` of this state, or of another quarter, with more parameters; those that are None are left out."""
        items: dict[str, object | None] = {**self.parameters(), **more}
        if quarter:
            items["q"] = quarter
        return "?" + urlencode({key: str(value) for key, value in items.items() if value is not None})


def default_quarter(plan: Plan, cycles: Mapping[Period, Cycle], now: datetime) -> Period:
    """The quarter that a page shows when its address names none: the latest in which a missing lead submission is
    overdue; before there is one, the latest that was opened, then the latest that ended. After the plan's validity,
    its last quarter."""
    today = timezone.localdate(now, timezone.get_default_timezone())
    if plan.has_ended(today):
        return plan.last_quarter
    overdue = [quarter for quarter, cycle in cycles.items() if cycle.is_overdue(Duty.LEAD, now)]
    opened = [quarter for quarter, cycle in cycles.items() if cycle.opened_at <= now]
    ended = plan.period_of(today) - 1
    chosen = max(overdue) if overdue else max(opened) if opened else ended
    return plan.clipped(chosen)


def last_ended(kind: Rhythm) -> Period:
    """The last period of the kind that is over."""
    return Period.of(clock.today(), kind) - 1


def ask_of_several(request: HttpRequest, plans: Sequence[Plan]) -> tuple[Period, datetime]:
    """(the period, the moment) of an address of several plans, which is spoken of by the kind of that period. By default
    the last one that ended of the longest rhythm of the plans, in which every plan can be read, and now. Raises
    Http404."""
    order = list(Rhythm)
    longest = max((plan.kind for plan in plans), key=order.index, default=Rhythm.QUARTER)
    try:
        period = Period.parse(request.GET["q"]) if request.GET.get("q") else last_ended(longest)
    except ValueError as error:
        raise Http404(str(error)) from error
    if period > Period.of(clock.today(), period.kind):
        raise Http404(_("%(quarter)s还没有到。") % {"quarter": period.label})
    speak(period.kind)
    return period, moment_asked(request.GET.get("known", ""), clock.now())


def ask(request: HttpRequest, slug: str) -> Asked:
    """The state of the address. 403 for users who may not see plans, 404 for an unknown plan, quarter or moment."""
    user = request.user
    if not (isinstance(user, User) and may_see_plan(user)):
        raise PermissionDenied
    plan = Plan.objects.defer("text").filter(slug=slug).first()
    if plan is None:
        raise Http404(_("没有这个方案。"))
    speak(plan.kind)
    now = clock.now()
    # Pages of the plan show its own periods; these read what is filed for closer ones.
    found = Cycle.every.filter(plan=plan, is_trial=False)
    every = [cycle for cycle in found if cycle.quarter.kind is plan.kind]
    cycles = {cycle.quarter: cycle for cycle in every if not cycle.only_backfilled}
    default = default_quarter(plan, cycles, now)
    quarter = _quarter(request.GET.get("q", ""), plan, default)
    known_at = moment_asked(request.GET.get("known", ""), now)
    return Asked(
        user=user,
        plan=plan,
        quarter=quarter,
        known_at=known_at,
        is_earlier=known_at < now,
        default=default,
        cycles=cycles
        if known_at >= now
        else {one.quarter: one for one in as_known(cycles.values(), known_at)},
        today=clock.today(),
        backfilled=frozenset(cycle.quarter for cycle in every if cycle.only_backfilled),
    )


def _quarter(text: str, plan: Plan, default: Period) -> Period:
    if not text:
        return default
    try:
        return plan.quarter(text)
    except ValueError as error:
        raise Http404(str(error)) from error


def moment_asked(text: str, now: datetime) -> datetime:
    """The moment of the parameter `known`, in the site's time zone; without one, or with one in the future, `now`."""
    if not text:
        return now
    try:
        moment = datetime.fromisoformat(text)
        if timezone.is_naive(moment):
            moment = moment.replace(tzinfo=timezone.get_default_timezone())
        # Converted here, inside the try: PostgreSQL accepts no offset beyond 15:59, and the first hours of the year 1 do
        # not exist in the site's time zone.
        return min(moment.astimezone(timezone.get_default_timezone()), now)
    except (ValueError, OverflowError) as error:
        raise Http404(
            _("“%(value)s”不是时间，请写成 2017-04-20T18:00 这样。") % {"value": text[:30]}
        ) from error
