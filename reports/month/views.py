"""日历: the page of one month."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qhplan import clock
from reports.dashboards.page_context import page_context
from reports.dashboards.page_params import ask
from reports.month.queries import Day, next_month, weeks
from tasks.people.access import allowed
from tasks.people.permissions import may_see_plan

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class MonthPage:
    """month/month.html. `count` is how many entries the month has; `own`: of the reader's agency alone, which `may_choose`
    says that there is."""

    first: date
    before: date
    after: date
    weeks: list[list[Day]]
    count: int
    own: bool
    may_choose: bool


@require_GET
@allowed(may_see_plan)
def month(request: HttpRequest, slug: str) -> HttpResponse:
    """The month of `?month=2017-07`, or else the present one; with `?own=1` what concerns the reader's agency."""
    asked = ask(request, slug)
    today = clock.today()
    match = _MONTH.fullmatch(request.GET.get("month", ""))
    first = date(int(match[1]), int(match[2]), 1) if match else today.replace(day=1)
    may_choose = asked.user.agency_id is not None
    own = may_choose and request.GET.get("own") == "1"
    found = weeks(asked.user, asked.plan, first, own=own, today=today)
    page = MonthPage(
        first=first,
        before=(first - timedelta(days=1)).replace(day=1),
        after=next_month(first),
        weeks=found,
        count=sum(len(day.entries) for week in found for day in week),
        own=own,
        may_choose=may_choose,
    )
    return render(request, "month/month.html", page_context(asked, page))
