"""总览: one quarter of one plan on one page."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases, reporting, schedule, targets
from reports.dashboards.presenters.reporting import COLUMNS, MissingRow, Place, Rates
from reports.dashboards.presenters.targets import OverviewTargets
from reports.dashboards.queries import OverviewData
from reports.figures.values import PlanFigures
from tasks.cycles.actions import CycleState, state_of
from tasks.people.permissions import may_see_telephones
from tasks.values import GREY, Light, Period
from tasks.wording import light_parts

SHOWN_CHANGES = 3  # of the gravest kind, before the fold on a phone

# {task id: {quarter: (the light that counted, whether it was verified)}}, as reports.figures.history gives it.
History = Mapping[int, Mapping[Period, tuple[str, bool]]]


@dataclass(frozen=True)
class Mark:
    """One task's light as a shape; `unverified` underlines it."""

    light: str
    unverified: bool


@dataclass(frozen=True)
class TallyItem:
    """How many main tasks show a light; `before` is the number of the quarter before, None where it has none."""

    light: str
    count: int
    before: int | None
    url: str


@dataclass(frozen=True)
class HeatRow:
    """One task group, or the safeguards (`apart`). `cells` has for each quarter the marks of the tasks, always in the
    same order; `say` names the lights that need attention."""

    number: str
    name: str
    url: str
    say: str
    cells: list[list[Mark]]
    apart: bool


@dataclass(frozen=True)
class HeatCount:
    """How many main tasks show a light in a quarter; `address` is the page of what numbers of that quarter count."""

    n: int
    address: str


@dataclass(frozen=True)
class HeatSum:
    """One light's numbers, one item for each quarter."""

    light: str
    label: str
    counts: list[HeatCount]


@dataclass(frozen=True)
class HeatLine:
    """One quarter in words, one cell for each row of the heat table."""

    quarter: Period
    cells: list[str]


@dataclass(frozen=True)
class Heat:
    """_parts/heat.html: task groups over at most twelve quarters. `table` says the same in words, newest quarter first,
    for readers who cannot see shapes."""

    quarters: list[Period]
    now: Period
    caption: str
    rows: list[HeatRow]
    sums: list[HeatSum]
    table: list[HeatLine]


@dataclass(frozen=True)
class ChangeRow:
    """One task whose light differs from the quarter before; `end` is its lead's name."""

    before: str
    after: str
    ref: str
    name: str
    url: str
    end: str


@dataclass(frozen=True)
class ChangeGroup:
    """The changes of one kind; on a phone only the `first` stand unfolded."""

    title: str
    changes: list[ChangeRow]
    shown: int = 0

    @property
    def first(self) -> list[ChangeRow]:
        return self.changes[: self.shown]

    @property
    def rest(self) -> list[ChangeRow]:
        return self.changes[self.shown :]


@dataclass(frozen=True)
class SectorRow:
    """One sector: how many tasks are linked to it, and {light: how many of them}, without zeros. `key` is its number as
    the level of that name knows it."""

    number: str
    key: int
    name: str
    url: str
    total: int
    lights: dict[str, int]


@dataclass(frozen=True)
class OverviewPage:
    """rollup/overview.html. `marks` are words on the ruler's quarters, `bars` {quarter: {light: how many main tasks}};
    `safeguards` is {light: how many safeguards}; `missing` are the first rows of what is missing and `missing_rest` the
    others, of `missing_bodies` agencies; `place_word` is the number of governments in words."""

    figures: PlanFigures
    lede: str
    state: str
    is_opened: bool
    marks: list[tuple[Period, str]]
    bars: dict[Period, dict[str, int]]
    tally: list[TallyItem]
    safeguards: dict[str, int]
    heat: Heat
    changes: list[ChangeGroup]
    calendar: str
    targets: OverviewTargets
    rates: Rates
    sectors: list[SectorRow]
    places: list[Place]
    place_word: str
    missing: list[MissingRow]
    missing_rest: list[MissingRow]
    missing_bodies: int


def page(asked: Asked, data: OverviewData) -> OverviewPage:
    """The overview of the quarter."""
    figures, history = data.figures, data.history
    by_quarter = counts_by_quarter([task.id for group in figures.groups for task in group.tasks], history)
    agencies_of: dict[int, set[int]] = {}
    for row in data.standings:
        agencies_of.setdefault(row.task_id, set()).add(row.agency_id)
    missing = reporting.missing(
        asked,
        figures,
        data.standings,
        data.names,
        {agency_id: agency.slug for agency_id, agency in data.agencies.items()},
        data.contacts,
        sees_telephones=lambda task_id: may_see_telephones(asked.user, agencies_of.get(task_id, set())),
    )
    governments = reporting.government_slugs(data.agencies.values(), asked.plan, data.standings)
    return OverviewPage(
        figures=figures,
        lede=lede(asked, figures, history),
        state=state_line(asked),
        is_opened=is_opened(asked),
        marks=ruler_marks(asked, {target.year for target in figures.targets if target.year}),
        bars={
            quarter: dict(counts)
            for quarter, counts in by_quarter.items()
            if (quarter in asked.cycles or quarter in asked.backfilled) and set(counts) != {GREY}
        },
        tally=tally(asked, figures, by_quarter),
        safeguards={light: n for light, n in phrases.counts(figures.safeguard_lights) if n},
        heat=heat(asked, figures, history),
        changes=changes(asked, figures),
        calendar=schedule.summary(data.schedules, data.tasks),
        targets=targets.overview(asked, data.targets),
        rates=reporting.rates(asked, figures, data.rates),
        sectors=sectors(asked, figures),
        places=reporting.places(asked, data.standings, data.names, governments, data.bases),
        place_word=phrases.numeral_plain(len(governments)),
        missing=missing[: reporting.FIRST],
        missing_rest=missing[reporting.FIRST :],
        missing_bodies=len({row.agency for row in missing}),
    )


def lede(asked: Asked, figures: PlanFigures, history: History) -> str:
    """The sentences on top. They count and do not judge."""
    sentences = [_("方案已到期。")] if asked.is_expired else []
    if not is_opened(asked):
        if asked.is_backfilled:
            return "".join(sentences) + _("本季度的灯取自办公室的台账（补录），不计报送率、按时率和考核。")
        return "".join(sentences) + _("本季度尚未开启填报。")
    sentences.append(_lights_sentence(figures))
    has_earlier = any(
        quarter < asked.quarter
        for row in history.values()
        for quarter, (light, _verified) in row.items()
        if light != GREY
    )
    if has_earlier:
        sentences.append(_changes_sentence(figures))
    longest = _longest_red(figures, history, asked.quarter)
    if longest:
        heading, quarters = longest
        sentences.append(
            _("“%(heading)s”已连续%(n)s季%(red_word)s。")
            % {"heading": heading, "n": phrases.numeral(quarters), **light_parts()}
        )
    return "".join(sentences)


def _lights_sentence(figures: PlanFigures) -> str:
    """How many main tasks show which light: what is well, then what is not."""
    lights = figures.lights
    if lights.grey == lights.total:
        return _("%(n)d项任务，牵头单位均未报。") % {"n": lights.total}
    words = light_parts()
    well = [(_("%(n)d项%(green_word)s"), lights.green), (_("%(n)d项%(blue_word)s"), lights.blue)]
    not_well = [
        (_("%(n)d项%(yellow_word)s"), lights.yellow),
        (_("%(n)d项%(red_word)s"), lights.red),
        (_("%(n)d项牵头单位未报"), lights.grey),
        (_("%(n)d项无牵头单位"), lights.unled),
    ]
    parts = ["，".join(text % {"n": n, **words} for text, n in part if n) for part in (well, not_well)]
    return _("%(n)d项任务中，%(parts)s。") % {
        "n": lights.total,
        "parts": "；".join(filter(None, parts)),
    }


def _changes_sentence(figures: PlanFigures) -> str:
    """How many main tasks changed since the quarter before."""
    main = {task.ref for group in figures.groups for task in group.tasks}
    kinds = Counter(change.kind for change in figures.changes if change.task_ref in main)
    changed = [
        text % {"n": kinds[kind]}
        for kind, text in (
            ("worse", _("%(n)d项转差")),
            ("better", _("%(n)d项好转")),
            ("done", _("%(n)d项完成")),
            ("missing", _("%(n)d项由报转为未报")),
            ("back", _("%(n)d项恢复报送")),
        )
        if kinds[kind]
    ]
    return _("与上季相比，%s。") % ("，".join(changed) if changed else _("没有变化"))


def _longest_red(figures: PlanFigures, history: History, quarter: Period) -> tuple[str, int] | None:
    """(heading, quarters) of the main task that has been red longest up to the quarter, for two quarters at least."""
    best: tuple[str, int] | None = None
    for group in figures.groups:
        for task in group.tasks:
            length = 0
            while history.get(task.id, {}).get(quarter - length, (GREY, False))[0] == Light.RED.value:
                length += 1
            if length >= 2 and (best is None or length > best[1]):
                best = (task.heading, length)
    return best


def is_opened(asked: Asked) -> bool:
    """Whether the office had opened the quarter at the page's moment; before that no agency owes anything."""
    return asked.cycle is not None and asked.cycle.opened_at <= asked.known_at


def state_line(asked: Asked) -> str:
    """What the calendar says of the quarter's filing period."""
    state = state_of(asked.cycle, asked.known_at)
    if asked.is_backfilled:
        return _("未开启填报，按台账补录")
    if asked.cycle is None or state == CycleState.UNOPENED:
        return _("本季度尚未开启填报")
    if state == CycleState.CLOSED:
        return _("填报已截止")
    if state == CycleState.LATE:
        return _("牵头汇总已于%(day)s截止，仍可补报至%(close)s") % {
            "day": phrases.minute(asked.cycle.lead_due),
            "close": phrases.minute(asked.cycle.closes_at),
        }
    return _("填报中：配合填报%(co)s截止，牵头汇总%(lead)s截止") % {
        "co": phrases.minute(asked.cycle.co_due),
        "lead": phrases.minute(asked.cycle.lead_due),
    }


# -- lights over time ---------------------------------------------------------------------------------------


def counts_by_quarter(task_ids: Iterable[int], history: History) -> dict[Period, Counter[str]]:
    """{quarter: {light: how many of the tasks}}."""
    result: dict[Period, Counter[str]] = {}
    for task_id in task_ids:
        for quarter, (light, _verified) in history.get(task_id, {}).items():
            result.setdefault(quarter, Counter())[light] += 1
    return result


def ruler_marks(asked: Asked, years: set[int]) -> list[tuple[Period, str]]:
    """The ends of the years for which the plan has targets, and of its validity, in words."""
    plan = asked.plan
    marks = {
        Period.closing(year, asked.plan.kind): _("%(year)d年目标") % {"year": year} for year in sorted(years)
    }
    last = (marks.get(plan.last_quarter, ""), _("方案到期"))
    marks[plan.last_quarter] = " · ".join(part for part in last if part)
    return [(quarter, text) for quarter, text in marks.items() if plan.has(quarter)]


def tally(asked: Asked, figures: PlanFigures, by_quarter: Mapping[Period, Counter[str]]) -> list[TallyItem]:
    """One item for each light, zeros too. `by_quarter` as counts_by_quarter gives it."""
    before = by_quarter.get(asked.quarter - 1) if asked.previous else None
    home = reverse("task_list", args=[asked.plan.slug])
    return [
        TallyItem(
            light=light,
            count=count,
            before=before[light] if before else None,
            url=home + asked.query(light=light, part="main"),
        )
        for light, count in phrases.counts(figures.lights)
    ]


def heat(asked: Asked, figures: PlanFigures, history: History) -> Heat:
    """Task groups over the last twelve quarters; the safeguards apart, because they are counted apart."""
    first = max(asked.plan.first_quarter, asked.quarter - (COLUMNS - 1))
    quarters = list(Period.span(first, asked.quarter))
    rows = _heat_rows(asked, figures, history, quarters)
    return Heat(
        quarters=quarters,
        now=asked.quarter,
        caption=_("任务组逐季状态：一个符号代表一项任务"),
        rows=rows,
        sums=_heat_sums(asked, figures, history, quarters),
        table=_heat_table(rows, quarters),
    )


def _heat_rows(
    asked: Asked, figures: PlanFigures, history: History, quarters: Sequence[Period]
) -> list[HeatRow]:
    home = reverse("task_list", args=[asked.plan.slug])

    def cells(task_ids: Sequence[int]) -> list[list[Mark]]:
        return [
            [
                Mark(light, light != GREY and not verified)
                for task_id in task_ids
                for light, verified in [history.get(task_id, {}).get(quarter, (GREY, False))]
            ]
            for quarter in quarters
        ]

    rows = [
        HeatRow(
            number=phrases.numeral_plain(group.number),
            name=group.name.split("，")[0],
            url=home + asked.query(group=group.number),
            say=phrases.concerns(group.lights),
            cells=cells([task.id for task in group.tasks]),
            apart=False,
        )
        for group in figures.groups
    ]
    if figures.safeguards:
        rows.append(
            HeatRow(
                number=figures.safeguards[0].code.partition("(")[0],
                name=_("保障措施（另计，不入%(n)d项）") % {"n": figures.lights.total},
                url=home + asked.query(part="safeguard"),
                say=phrases.concerns(figures.safeguard_lights),
                cells=cells([task.id for task in figures.safeguards]),
                apart=True,
            )
        )
    return rows


def _heat_sums(
    asked: Asked, figures: PlanFigures, history: History, quarters: Sequence[Period]
) -> list[HeatSum]:
    by_quarter = counts_by_quarter([task.id for group in figures.groups for task in group.tasks], history)
    behind = reverse("behind", args=[asked.plan.slug])
    return [
        HeatSum(
            light=light,
            label=_("%(word)s（%(n)d项中）") % {"word": phrases.light_word(light), "n": figures.lights.total},
            counts=[
                HeatCount(by_quarter.get(quarter, Counter())[light], behind + asked.query(quarter))
                for quarter in quarters
            ],
        )
        for light in (Light.RED.value, Light.YELLOW.value, GREY)
    ]


def _heat_table(rows: Sequence[HeatRow], quarters: Sequence[Period]) -> list[HeatLine]:
    return [
        HeatLine(
            quarter=quarter,
            cells=[
                "、".join(
                    f"{phrases.light_word(light)}{n}"
                    for light in phrases.ORDER
                    if (n := sum(mark.light == light for mark in row.cells[column]))
                )
                for row in rows
            ],
        )
        for column, quarter in reversed(list(enumerate(quarters)))
    ]


# -- changes and sectors ------------------------------------------------------------------------------------


def changes(asked: Asked, figures: PlanFigures) -> list[ChangeGroup]:
    """What changed since the quarter before, the bad first; kinds without a change are left out."""
    titles = {
        "worse": _("转差"),
        "missing": _("由报转为未报"),
        "better": _("好转"),
        "done": _("完成"),
        "back": _("恢复报送"),
    }
    groups: list[ChangeGroup] = []
    for kind, title in titles.items():
        rows = [
            ChangeRow(
                before=change.before,
                after=change.after,
                ref=change.task_code,
                name=change.task_heading,
                url=reverse("task", args=[asked.plan.slug, change.task_ref]) + asked.query(),
                end=change.lead.name if change.lead else "",
            )
            for change in figures.changes
            if change.kind == kind
        ]
        if rows:
            groups.append(ChangeGroup(title, rows, 0 if groups else SHOWN_CHANGES))
    return groups


def sectors(asked: Asked, figures: PlanFigures) -> list[SectorRow]:
    """By the sectors that the tasks' text mentions. A task may count under two, so the rows do not add up to the plan."""
    home = reverse("task_list", args=[asked.plan.slug])
    return [
        SectorRow(
            number=phrases.numeral_plain(sector.number),
            key=sector.number,
            name=sector.name,
            url=home + asked.query(sector=sector.number),
            total=sector.lights.total,
            lights={light: n for light, n in phrases.counts(sector.lights) if n},
        )
        for sector in figures.sectors
    ]
