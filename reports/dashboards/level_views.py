"""汇总: the figures of every level, what a number counts, and all plans side by side."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qhplan import clock
from reports.dashboards.page_context import page_context, variables_of
from reports.dashboards.page_params import ask, ask_of_several, last_ended
from reports.dashboards.presenters import phrases
from reports.figures import lookups
from reports.figures.agency_names import agency_refs
from reports.figures.levels import (
    ACROSS_PLANS,
    OVERLAPPING,
    WITHIN_A_PLAN,
    Counted,
    Level,
    LevelFigures,
    Levels,
    Newly,
    Number,
)
from reports.figures.values import Rate
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_see_plan
from tasks.plans.models import Plan, Task, TermStatus
from tasks.plans.queries import published_for
from tasks.standing.queries import MISSING, Standing
from tasks.submissions.models import State
from tasks.values import Duty, Period, Rhythm

TREND = 8  # quarters


@dataclass(frozen=True)
class LevelChoice:
    """One level to count by."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class LevelRow:
    """One member of a level in the quarter. `lights` are pairs of a light and how many of the `total` tasks show it,
    worst first, zeros too; `newly` is what changed since the quarter before."""

    key: str
    name: str
    total: int
    lights: list[tuple[str, int]]
    unverified: int
    lead: Rate
    co: Rate
    newly: Newly


@dataclass(frozen=True)
class TrendCell:
    """One member in one quarter: {light: how many tasks} of red, yellow and grey, without zeros, and how many of the
    submissions due came in, lead and co together. `address` is the page of what the quarter's numbers count."""

    quarter: Period
    address: str
    lights: dict[str, int]
    reported: int
    due: int


@dataclass(frozen=True)
class TrendRow:
    """One member over the quarters; a cell is None where nothing counts."""

    key: str
    name: str
    cells: list[TrendCell | None]


@dataclass(frozen=True)
class LevelTables:
    """The tables of rollup/_levels.html. `overlaps`: a task may count under two members of the level."""

    level: Level
    overlaps: bool
    rows: list[LevelRow]
    trend_quarters: list[Period]
    trend: list[TrendRow]
    choices: list[LevelChoice]


@dataclass(frozen=True)
class LevelsPage:
    """rollup/levels.html, with the variables of LevelTables. `whole` is the row of the whole plan."""

    whole: list[LevelRow]


@dataclass(frozen=True)
class PlanListPage:
    """rollup/plan_list.html, with the variables of LevelTables. `known` is None unless the reader chose an earlier moment; `before` and `after` are the
    queries of the neighbouring quarters, `after` "" in the present one. `rhythms` are those of the plans, in whose periods
    the page can be read; of the plans `longer`, with a longer rhythm, only tasks with a closer one are counted."""

    quarter: Period
    known: datetime | None
    behind: str
    before: str
    after: str
    rhythms: list[LevelChoice]
    longer: list[Plan]


@require_safe
def levels(request: HttpRequest, slug: str) -> HttpResponse:
    """汇总: every member of a level in the quarter, and over the quarters before."""
    asked = ask(request, slug)
    level = _level(request, WITHIN_A_PLAN)
    first = max(asked.plan.first_quarter, asked.quarter - (TREND - 1))
    found = Levels([asked.plan], first, asked.quarter, known_at=asked.known_at)
    offered = tuple(one for one in WITHIN_A_PLAN if one == level or found.offers(one))
    choices = _choices(level, offered, asked.query())
    tables = _tables(found, level, choices, lambda one: reverse("behind", args=[slug]) + asked.query(one))
    page = LevelsPage(
        whole=[_row(row) for row in found.figures(Level.PLAN, asked.quarter)],
    )
    context = {**page_context(asked, page), **variables_of(tables)}
    return render(request, "rollup/levels.html", context)


@require_safe
def plan_list(request: HttpRequest) -> HttpResponse:
    """各方案: all plans side by side in a quarter, or their agencies over all of them."""
    user = signed_in(request)
    if not may_see_plan(user):
        raise PermissionDenied
    level = _level(request, ACROSS_PLANS)
    plans, quarter, known, query = _all_plans(request)
    begun = min((plan.in_force_from for plan in plans), default=quarter.first_day)
    first = max(quarter - (TREND - 1), Period.of(begun, quarter.kind))
    found = Levels(plans, min(first, quarter), quarter, known_at=known)
    tables = _tables(
        found,
        level,
        _choices(level, ACROSS_PLANS, query),
        lambda one: reverse("behind_all") + _query(request, one),
    )
    page = PlanListPage(
        quarter=quarter,
        known=known if request.GET.get("known") else None,
        behind=reverse("behind_all") + query,
        before=_query(request, quarter - 1, level),
        after=_query(request, quarter + 1, level) if quarter < Period.of(clock.today(), quarter.kind) else "",
        rhythms=_rhythms(plans, quarter),
        longer=found.longer,
    )
    return render(request, "rollup/plan_list.html", {**variables_of(page), **variables_of(tables)})


def _all_plans(request: HttpRequest) -> tuple[list[Plan], Period, datetime, str]:
    """(every published plan, the period, the moment, the query of both)."""
    plans = list(published_for(signed_in(request)))
    quarter, known = ask_of_several(request, plans)
    return plans, quarter, known, _query(request, quarter)


def _rhythms(plans: list[Plan], quarter: Period) -> list[LevelChoice]:
    """The rhythms of the plans, by any of which the page can be read; none where all have the same."""
    kinds = [kind for kind in Rhythm if kind in {plan.kind for plan in plans} | {quarter.kind}]
    return [
        LevelChoice(str(kind.label), f"?q={last_ended(kind)}", kind is quarter.kind)
        for kind in (kinds if len(kinds) > 1 else [])
    ]


def _query(request: HttpRequest, quarter: Period, level: str = "") -> str:
    """The query of a page of all plans, with the moment of the address."""
    state = {"q": str(quarter), "known": request.GET.get("known", ""), "by": level}
    return "?" + urlencode({name: value for name, value in state.items() if value})


def _level(request: HttpRequest, levels: tuple[Level, ...]) -> Level:
    wanted = request.GET.get("by", "") or levels[0]
    if wanted not in levels:
        raise Http404(_("没有这个口径。"))
    return Level(wanted)


def _choices(level: Level, levels: tuple[Level, ...], query: str) -> list[LevelChoice]:
    return [LevelChoice(str(one.label), f"{query}&by={one}", one == level) for one in levels]


def _tables(
    found: Levels, level: Level, choices: list[LevelChoice], address: Callable[[Period], str]
) -> LevelTables:
    """The tables of both pages; `address` gives the page of what a quarter's numbers count."""
    quarters = list(Period.span(found.first, found.last))
    by_quarter = {quarter: found.figures(level, quarter) for quarter in quarters}
    names = {row.key: row.name for quarter in quarters for row in by_quarter[quarter]}
    cells = {(row.key, quarter): row for quarter, rows in by_quarter.items() for row in rows}
    return LevelTables(
        level=level,
        overlaps=level in OVERLAPPING,
        rows=[_row(row) for row in by_quarter[found.last]],
        trend_quarters=quarters,
        trend=[
            TrendRow(key, name, [_cell(cells.get((key, quarter)), address(quarter)) for quarter in quarters])
            for key, name in names.items()
        ],
        choices=choices,
    )


def _row(row: LevelFigures) -> LevelRow:
    return LevelRow(
        key=row.key,
        name=row.name,
        total=row.lights.total,
        lights=[(light, getattr(row.lights, light)) for light in phrases.WORST_FIRST],
        unverified=row.lights.unverified,
        lead=row.lead,
        co=row.co,
        newly=row.newly,
    )


def _cell(row: LevelFigures | None, address: str) -> TrendCell | None:
    if row is None or not (row.lights.total or row.lead.due or row.co.due):
        return None
    lights = {"red": row.lights.red, "yellow": row.lights.yellow, "grey": row.lights.grey}
    rate = row.lead + row.co
    return TrendCell(
        quarter=row.quarter,
        address=address,
        lights={light: n for light, n in lights.items() if n},
        reported=rate.reported,
        due=rate.due,
    )


# -- 数据来源 -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CountedRow:
    """One submission, or a missing one, that a number counts. `row` is its standing, None for a task without a lead;
    `before` is its light in the quarter before; `return_url` is "" for readers who may not read it."""

    plan: Plan
    task: Task
    url: str
    body: str
    duty: str
    state: str
    before: str
    row: Standing | None
    return_url: str


@dataclass(frozen=True)
class BehindPage:
    """rollup/behind.html: the number `number` of the member `name` of a level. `is_change`: it counts what changed since
    the quarter before; `several`: over more than one plan."""

    level: Level
    name: str
    number: Number
    is_change: bool
    several: bool
    rows: list[CountedRow]


@require_safe
def behind(request: HttpRequest, slug: str) -> HttpResponse:
    """The submissions, or missing ones, that a number of the plan counts: as many as the number says."""
    asked = ask(request, slug)
    found = Levels([asked.plan], asked.quarter, asked.quarter, known_at=asked.known_at)
    page = _behind(request, found, asked.user, asked.query)
    return render(request, "rollup/behind.html", page_context(asked, page))


@require_safe
def behind_all(request: HttpRequest) -> HttpResponse:
    """The same for a number over all plans."""
    user = signed_in(request)
    if not may_see_plan(user):
        raise PermissionDenied
    plans, quarter, known, _same = _all_plans(request)
    found = Levels(plans, quarter, quarter, known_at=known)
    page = _behind(request, found, user, lambda period: _query(request, period))
    context = {
        "quarter": quarter,
        "known": known if request.GET.get("known") else None,
        **variables_of(page),
    }
    return render(request, "rollup/behind.html", context)


def _behind(request: HttpRequest, found: Levels, user: User, query: Callable[[Period], str]) -> BehindPage:
    """404 for a level, member or number that is unknown. `query` gives that of a task's page in a period of its plan."""

    def address(plan: Plan, row: Counted) -> str:
        day = (row.standing.quarter if row.standing else found.last).last_day
        return reverse("task", args=[plan.slug, row.task.ref]) + query(plan.period_of(day))

    level, key, number = (request.GET.get(name, "") for name in ("by", "key", "of"))
    try:
        rows = found.behind(level, found.last, key, number)
    except LookupError as error:
        raise Http404(_("没有这个数。")) from error
    refs = agency_refs((row.agency_id for row in rows if row.agency_id is not None), found.last)
    versions = lookups.visible_versions(user, (row.standing.version_id for row in rows if row.standing))
    plans = {plan.pk: plan for plan in found.plans}
    return BehindPage(
        level=Level(level),
        name=found.name(level, key),
        number=Number(number),
        is_change=number.startswith("new_"),
        several=len(found.plans) > 1,
        rows=[
            CountedRow(
                plan=plans[row.task.plan_id],
                task=row.task,
                url=address(plans[row.task.plan_id], row),
                body=refs[row.agency_id].name if row.agency_id is not None else _("没有牵头单位"),
                duty=str(Duty(row.duty).label),
                state=_state(row),
                before=row.before,
                row=row.standing,
                return_url=reverse("return", args=[row.standing.submission_id])
                if row.standing and row.standing.version_id in versions
                else "",
            )
            for row in rows
        ],
    )


def _state(row: Counted) -> str:
    """The state of the submission in words."""
    state = row.standing.state if row.standing else MISSING
    if state == MISSING:
        return _("未报")
    if state in TermStatus.values:
        return str(TermStatus(state).label)
    if state == State.ACCEPTED and row.duty == Duty.CO:
        return _("已采纳")
    return str(State(state).label)
