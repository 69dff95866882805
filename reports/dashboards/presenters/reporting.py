"""总览: who reports and who does not: rates over the quarters, the governments, what is missing."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.dashboards.presenters.places import has_picture, is_elsewhere, place_class, place_name
from reports.figures.levels import Number
from reports.figures.values import PlanFigures, Rate, TaskFigures
from tasks.agencies.models import Agency, AgencyKind
from tasks.contacts.models import Contact
from tasks.plans.models import Base, Plan
from tasks.standing.queries import MISSING, Standing
from tasks.values import GREY, Duty, Period

FIRST = 3  # rows of what is missing before the fold
COLUMNS = 12  # quarters of the chart, and of the overview's heat table


@dataclass(frozen=True)
class Tick:
    """A word under the chart, at `x`."""

    x: float
    label: str


@dataclass(frozen=True)
class LineEnd:
    """Where a line ends: the point (x, y), and the height `text` of the words beside it."""

    x: float
    y: float
    text: float


@dataclass(frozen=True)
class LineEnds:
    """The ends of the two lines; None where the last quarter owed nothing."""

    lead: LineEnd | None
    co: LineEnd | None


@dataclass(frozen=True)
class RateChart:
    """rollup/_rate_chart.html, in a box of 248 × 110: two SVG paths, their ends, and what is written there. `low` is the
    percentage at the foot of the box."""

    low: int
    lead: str
    co: str
    ticks: list[Tick]
    lead_say: str
    co_say: str
    ends: LineEnds


@dataclass(frozen=True)
class RateRow:
    """One duty in the quarter. `due`, `reported` and `on_time` are the keys of the three numbers for {% behind %}."""

    duty: str
    due: str
    reported: str
    on_time: str
    rate: Rate


@dataclass(frozen=True)
class RateLine:
    """One quarter; `address` is the page of what its numbers count."""

    quarter: Period
    lead: Rate
    co: Rate
    address: str


@dataclass(frozen=True)
class Rates:
    """How much was reported, lead and co apart and never added. `chart` is None with fewer than two quarters; `table` has
    the newest quarter first; `verified` and `unverified` count the lead submissions that came in."""

    chart: RateChart | None
    rows: list[RateRow]
    table: list[RateLine]
    verified: int
    unverified: int


@dataclass(frozen=True)
class Place:
    """One government. `marks` are the lights of its own co submissions, worst first, which never count as the plan's;
    `bases` says which bases the plan lists there; `place` are the CSS classes of its place in the picture."""

    name: str
    slug: str
    url: str
    reported: int
    due: int
    marks: list[str]
    bases: str
    place: str


@dataclass(frozen=True)
class MissingRow:
    """What one agency has not submitted under one duty. `task_url` is "" with more than one task; `last` is the last
    quarter that it did report; `liaison` and `telephone` are "" for readers who may not see them."""

    agency: str
    url: str
    duty: str
    is_lead: bool
    count: int
    tasks: list[TaskFigures]
    task_url: str
    days_late: int
    is_late: bool
    is_closed: bool
    last: Period | None
    division: str
    liaison: str
    telephone: str


def rates(asked: Asked, figures: PlanFigures, history: Mapping[Period, tuple[Rate, Rate]]) -> Rates:
    """The rates of the last twelve quarters that were opened. `history` is {quarter: (lead, co)}."""
    quarters = [
        quarter for quarter in sorted(history) if quarter in asked.cycles and quarter <= asked.quarter
    ][-COLUMNS:]
    behind = reverse("behind", args=[asked.plan.slug])
    return Rates(
        chart=_chart(figures, history, quarters),
        rows=[
            RateRow(
                duty=_("牵头汇总"),
                due=Number.LEAD_DUE.value,
                reported=Number.LEAD_REPORTED.value,
                on_time=Number.LEAD_ON_TIME.value,
                rate=figures.lead,
            ),
            RateRow(
                duty=_("配合填报"),
                due=Number.CO_DUE.value,
                reported=Number.CO_REPORTED.value,
                on_time=Number.CO_ON_TIME.value,
                rate=figures.co,
            ),
        ],
        table=[
            RateLine(
                quarter=quarter,
                lead=history[quarter][0],
                co=history[quarter][1],
                address=behind + asked.query(quarter),
            )
            for quarter in reversed(quarters)
        ],
        verified=sum(1 for task in figures.tasks if task.verified),
        unverified=sum(1 for task in figures.tasks if task.light != GREY and not task.verified),
    )


def _chart(
    figures: PlanFigures, history: Mapping[Period, tuple[Rate, Rate]], quarters: Sequence[Period]
) -> RateChart | None:
    lead = [_share(history[quarter][0]) for quarter in quarters]
    co = [_share(history[quarter][1]) for quarter in quarters]
    if len([share for share in lead if share is not None]) < 2:
        return None
    known = [share for share in (*lead, *co) if share is not None]
    low = min(75, int(min(known, default=100) // 25 * 25))
    return RateChart(
        low=low,
        lead=_line(lead, low),
        co=_line(co, low),
        ticks=[
            Tick(_x(index, len(quarters)), str(quarter.year) if index else str(quarter))
            for index, quarter in enumerate(quarters)
            if index == 0 or (quarter.is_first_of_year and index > 2)
        ],
        lead_say=f"{_('牵头')} {phrases.percent(figures.lead.reporting)}%",
        co_say=f"{_('配合')} {phrases.percent(figures.co.reporting)}%",
        ends=_ends(lead, co, low),
    )


def _share(rate: Rate) -> float | None:
    """Per cent that came in; None where nothing was due."""
    exact = rate.reporting.exact
    return None if exact is None else float(exact)


_WIDTH, _TOP, _HEIGHT = 248, 10, 100


def _x(index: int, total: int) -> float:
    return round(index * _WIDTH / max(total - 1, 1), 1)


def _y(share: float, low: int) -> float:
    return round(_TOP + (100 - share) * _HEIGHT / max(100 - low, 1), 1)


def _line(shares: Sequence[float | None], low: int) -> str:
    """An SVG path with a gap where nothing was due."""
    path, pen = [], False
    for index, share in enumerate(shares):
        if share is None:
            pen = False
            continue
        path.append(f"{'L' if pen else 'M'}{_x(index, len(shares))} {_y(share, low)}")
        pen = True
    return " ".join(path)


def _ends(lead: Sequence[float | None], co: Sequence[float | None], low: int) -> LineEnds:
    """The ends of the two lines, their words at least 16 px apart."""

    def end(shares: Sequence[float | None]) -> LineEnd | None:
        last = shares[-1]
        if last is None:
            return None
        return LineEnd(x=_x(len(shares) - 1, len(shares)), y=_y(last, low), text=_y(last, low) + 4)

    first, second = end(lead), end(co)
    if first is None or second is None or abs(first.text - second.text) >= 16:
        return LineEnds(first, second)
    middle = (first.text + second.text) / 2
    shift = -8 if first.text <= second.text else 8
    return LineEnds(replace(first, text=middle + shift), replace(second, text=middle - shift))


def places(
    asked: Asked,
    standings: Sequence[Standing],
    names: Mapping[int, str],
    slugs: Mapping[int, str],
    bases: Sequence[Base],
) -> list[Place]:
    """The governments that owe something in the quarter. `slugs` is {id: slug} of all governments, in their order."""
    result = []
    place_names = {pk: place_name(names.get(pk, slug)) for pk, slug in slugs.items()}
    in_picture = has_picture(place_names.values())
    for agency_id, slug in slugs.items():
        rows = [row for row in standings if row.agency_id == agency_id and row.owed]
        if not rows:
            continue
        place = place_names[agency_id]
        levels = Counter(base.level for base in bases if base.city == place)
        result.append(
            Place(
                name=place,
                slug=slug,
                url=reverse("agency", args=[asked.plan.slug, slug]) + asked.query(),
                reported=sum(row.reported for row in rows),
                due=len(rows),
                marks=phrases.worst_first(row.light for row in rows),
                bases=(
                    _("基地 %s") % " ".join(f"{level}{n}" for level, n in levels.items())
                    if levels
                    else _("方案未列基地")
                ),
                place=place_class(place) if in_picture else "",
            )
        )
    return result


def missing(
    asked: Asked,
    figures: PlanFigures,
    standings: Sequence[Standing],
    names: Mapping[int, str],
    slugs: Mapping[int, str],
    contacts: Mapping[int, Contact],
    sees_telephones: Callable[[int], bool],
) -> list[MissingRow]:
    """One row for each agency and duty, leads first, then by how much is missing. `contacts` is {responsibility id:
    contact}; `sees_telephones(task id)` says whether the reader may see whom to call about the task."""
    tasks = {task.id: task for task in figures.tasks}
    groups: dict[tuple[int, str], list[Standing]] = {}
    for row in standings:
        if row.state == MISSING:
            groups.setdefault((row.agency_id, row.role), []).append(row)
    result = []
    for (agency_id, duty), rows in groups.items():
        called = next((row for row in rows if row.responsibility_id in contacts), None)
        contact = contacts[called.responsibility_id] if called else None
        sees = called is not None and sees_telephones(called.task_id)
        own = [tasks[row.task_id] for row in rows if row.task_id in tasks]
        result.append(
            MissingRow(
                agency=names.get(agency_id, ""),
                url=reverse("agency", args=[asked.plan.slug, slugs[agency_id]]) + asked.query(),
                duty=str(Duty(duty).label),
                is_lead=duty == Duty.LEAD,
                count=len(rows),
                tasks=own,
                task_url=(
                    reverse("task", args=[asked.plan.slug, own[0].ref]) + asked.query()
                    if len(own) == 1
                    else ""
                ),
                days_late=max(row.days_late for row in rows),
                is_late=any(row.is_overdue(asked.known_at) for row in rows),
                is_closed=bool(asked.cycle and asked.cycle.closes_at <= asked.known_at),
                last=max((row.stale_quarter for row in rows if row.stale_quarter), default=None),
                division=contact.division if contact else "",
                liaison=contact.liaison if contact and sees else "",
                telephone=contact.telephone if contact and sees else "",
            )
        )
    return sorted(result, key=lambda row: (not row.is_lead, -row.count, row.agency))


def government_slugs(agencies: Iterable[Agency], plan: Plan, standings: Iterable[Standing]) -> dict[int, str]:
    """{id: slug} of the governments of the plan's jurisdiction, and of those that owe something, in their order."""
    owing = {row.agency_id for row in standings if row.owed}
    return {
        agency.pk: agency.slug
        for agency in agencies
        if agency.kind == AgencyKind.GOVERNMENT and (agency.pk in owing or not is_elsewhere(agency, plan))
    }
