"""The figures of every level: the standings of a range of quarters, counted by whatever a return belongs to.

One query for each rhythm of the plans reads them all (`standing_in`, the quarter before the range with them, so that what
changed comes from the same rows); each level only says to which of its members a return belongs. A number and the returns
behind it are one selection: the number is the length of what `behind` lists. Plans of a closer rhythm than the periods
asked for are read by the latest return in each.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import models
from django.utils.translation import gettext_lazy, gettext_noop

from reports.figures.agency_names import agency_refs
from reports.figures.history import unled_lights
from reports.figures.queries import change_kind
from reports.figures.values import AgencyRef, Lights, Rate
from tasks.agencies.models import Agency, AgencyKind
from tasks.plans.models import Direction, Part, Plan, Sector, Task, TaskGroup, TaskSector
from tasks.standing.longer import reads, standing_in
from tasks.standing.queries import WITHDRAWN, Standing
from tasks.values import GREY, UNLED, Duty, Light, Period, Rhythm
from tasks.wording import current, light_name, with_lights, worded


class Level(models.TextChoices):
    """By what returns are counted."""

    PLAN = "plan", gettext_lazy("全方案")
    PART = "part", gettext_lazy("部分")
    GROUP = "group", gettext_lazy("任务组")
    SECTOR = "sector", gettext_lazy("重点领域")
    DIRECTION = "direction", gettext_lazy("方向")
    TASK = "task", gettext_lazy("任务")
    KIND = "kind", gettext_lazy("单位类别")
    REGION = "region", worded(lambda words: words.places)
    AGENCY = "agency", gettext_lazy("单位")


# Of several plans together; the others' numbers are one plan's own.
ACROSS_PLANS = (Level.PLAN, Level.KIND, Level.REGION, Level.AGENCY)
# What the page of one plan offers: the plan itself stands under them, and a task has its own page.
WITHIN_A_PLAN = tuple(level for level in Level if level not in {Level.PLAN, Level.TASK})
# Whose links may put a task under two members, which therefore never add up to the plan.
OVERLAPPING = frozenset({Level.SECTOR, Level.DIRECTION})


class Number(models.TextChoices):
    """What is counted of a member. Lights are of leads' returns; reporting is told for lead and co apart."""

    GREEN = "green", light_name("green")
    YELLOW = "yellow", light_name("yellow")
    RED = "red", light_name("red")
    BLUE = "blue", light_name("blue")
    GREY = "grey", light_name("grey")
    UNLED = "unled", gettext_lazy("无牵头")
    TASKS = "tasks", gettext_lazy("任务")
    UNVERIFIED = "unverified", gettext_lazy("未核，暂用自评灯")
    LEAD_DUE = "lead_due", gettext_lazy("牵头应报")
    LEAD_REPORTED = "lead_reported", gettext_lazy("牵头已报")
    LEAD_ON_TIME = "lead_on_time", gettext_lazy("牵头按时")
    LEAD_MISSING = "lead_missing", gettext_lazy("牵头未报")
    CO_DUE = "co_due", gettext_lazy("配合应报")
    CO_REPORTED = "co_reported", gettext_lazy("配合已报")
    CO_ON_TIME = "co_on_time", gettext_lazy("配合按时")
    CO_MISSING = "co_missing", gettext_lazy("配合未报")
    DUE = "due", gettext_lazy("应报，牵头与配合")
    REPORTED = "reported", gettext_lazy("已报，牵头与配合")
    ON_TIME = "on_time", gettext_lazy("按时，牵头与配合")
    MISSING = "missing", gettext_lazy("未报，牵头与配合")
    NEW_RED = "new_red", with_lights(gettext_noop("新转%(red)s"))
    NEW_DONE = "new_done", gettext_lazy("新完成")
    NEW_MISSING = "new_missing", gettext_lazy("新未报")


@dataclass(frozen=True)
class Newly:
    """What changed since the quarter before: tasks that turned red, were done, or are missing and were not."""

    red: int = 0
    done: int = 0
    missing: int = 0


@dataclass(frozen=True)
class LevelFigures:
    """One member of a level in one quarter. `lights` counts tasks by their leads' returns; safeguards are counted where they
    are asked for (an agency's own, their part, themselves) and never among a plan's tasks."""

    quarter: Period
    key: str
    name: str
    lights: Lights
    lead: Rate
    co: Rate
    newly: Newly


@dataclass(frozen=True)
class Counted:
    """One return, or one that is missing, behind a number; `agency_id` and `standing` are None for a task without a lead."""

    task: Task
    agency_id: int | None
    duty: str
    light: str
    standing: Standing | None
    before: str = ""  # its light in the quarter before, where that was opened


@dataclass(frozen=True)
class _Cell:
    """A responsibility in a quarter with what it was in the quarter before; or a task that nobody leads. `row.quarter` is
    the plan's own period, which may be a part of `quarter`."""

    quarter: Period
    task_id: int
    row: Standing | None
    is_main: bool
    unled_light: str = UNLED  # where there is no row
    before: str = ""
    change: str = ""
    turned_red: bool = False

    @property
    def leads(self) -> bool:
        return self.row is None or self.row.duty == Duty.LEAD

    @property
    def light(self) -> str:
        return self.row.light if self.row else self.unled_light


def _lit(light: str) -> Callable[[_Cell], bool]:
    return lambda cell: (
        cell.leads and cell.light == light and (cell.row is None or cell.row.state != WITHDRAWN)
    )


def _of(duties: Iterable[str], test: Callable[[Standing], object]) -> Callable[[_Cell], bool]:
    held = frozenset(duties)
    return lambda cell: cell.row is not None and cell.row.counted_as in held and bool(test(cell.row))


# What `Rate.of` counts, row by row: the rows behind each number of a rate.
_RETURNS: dict[str, Callable[[Standing], object]] = {
    "due": lambda row: row.owed,
    "reported": lambda row: row.reported,
    "on_time": lambda row: row.on_time,
    "missing": lambda row: row.owed and not row.reported,
}
_LIT = (*Light.values, GREY, UNLED)
_COUNTED = (Duty.LEAD, Duty.CO)  # Standing.counted_as
_SELECT: dict[str, Callable[[_Cell], bool]] = {
    **{light: _lit(light) for light in _LIT},
    Number.TASKS: lambda cell: cell.leads and (cell.row is None or cell.row.state != WITHDRAWN),
    Number.UNVERIFIED: lambda cell: (
        cell.leads
        and cell.row is not None
        and cell.row.state != WITHDRAWN
        and cell.light != GREY
        and not cell.row.verified
    ),
    **{f"{duty}_{word}": _of([duty], test) for duty in _COUNTED for word, test in _RETURNS.items()},
    **{word: _of(_COUNTED, test) for word, test in _RETURNS.items()},
    Number.NEW_RED: lambda cell: cell.turned_red,
    Number.NEW_DONE: lambda cell: cell.change == "done",
    Number.NEW_MISSING: lambda cell: cell.change == "missing",
}
# These are of tasks: where safeguards are not counted among them they are left out, while their returns are owed as any.
_OF_TASKS = frozenset(
    {
        *Light.values,
        GREY,
        UNLED,
        Number.TASKS,
        Number.UNVERIFIED,
        Number.NEW_RED,
        Number.NEW_DONE,
        Number.NEW_MISSING,
    }
)


class Levels:
    """The standings of some plans over a range of quarters, to be counted by any level. Agencies are named as on the last
    quarter's last day. One query, one more for each rhythm of the plans, and up to three for each level, however many
    plans, quarters and rows there are. Of plans with a longer rhythm than the quarters asked for, `longer`, only tasks
    with a closer one are counted."""

    def __init__(self, plans: Sequence[Plan], first: Period, last: Period, *, known_at: datetime) -> None:
        self.plans, self.first, self.last, self.known_at = plans, first, last, known_at
        self.longer = [plan for plan in plans if not reads(last.kind, plan.kind)]
        self._of_kind: defaultdict[Rhythm, list[int]] = defaultdict(list)
        for plan in plans:
            self._of_kind[plan.kind].append(plan.pk)
        self.tasks = {
            task.pk: task
            for task in Task.objects.filter(plan__in=plans)
            .existing_in(last, known_at)
            .select_related("group")
            .order_by("plan_id", "order")
        }
        self._rows = [
            found
            for kind, ids in self._of_kind.items()
            for found in standing_in(first - 1, last, kind, known_at=known_at, plan_ids=ids)
        ]
        self._cells: defaultdict[Period, list[_Cell]] = defaultdict(list)
        for cell in self._all_cells():
            self._cells[cell.quarter].append(cell)
        self._known: dict[str, tuple[Mapping[str, str], Callable[[_Cell], Iterable[str]]]] = {}

    def _all_cells(self) -> list[_Cell]:
        leads = {(quarter, row.task_id): row for quarter, row in self._rows if row.duty == Duty.LEAD}
        cells = []
        for quarter, row in self._rows:
            if quarter < self.first:
                continue
            before = leads.get((quarter - 1, row.task_id)) if row.duty == Duty.LEAD else None
            cells.append(self._cell(quarter, row, before))
        for kind, ids in self._of_kind.items():
            cells += self._unled(kind, {plan.pk: plan for plan in self.plans if plan.pk in ids}, leads)
        return cells

    def _unled(
        self, kind: Rhythm, plans: Mapping[int, Plan], leads: Container[tuple[Period, int]]
    ) -> list[_Cell]:
        """The tasks of the plans, which have that rhythm, on which nobody consolidates."""
        is_longer = kind is not self.last.kind and reads(self.last.kind, kind)
        is_closer = not reads(self.last.kind, kind)
        parts = {
            quarter: quarter.parts(kind) if is_longer else [quarter]
            for quarter in Period.span(self.first, self.last)
        }
        unled = [
            (quarter, task)
            for quarter, own in parts.items()
            for task in self.tasks.values()
            if (plan := plans.get(task.plan_id))
            and any(plan.first_quarter <= part <= plan.last_quarter for part in own)
            and (quarter, task.pk) not in leads
        ]
        if not unled:
            return []
        every = [part for own in parts.values() for part in own]
        ids = list({task.pk for _quarter, task in unled})
        lights = unled_lights(ids, every[0], every[-1], self.known_at)
        cells = []
        for quarter, task in unled:
            own = [lights[task.pk, part][0] for part in parts[quarter] if (task.pk, part) in lights]
            if is_closer and not own:
                continue  # nothing is filed on it in such a period
            own = own or [UNLED]
            said = [light for light in own if light not in {UNLED, GREY}]
            if own[-1] != WITHDRAWN:
                light = said[-1] if said else own[-1]
                cells.append(_Cell(quarter, task.pk, None, task.part == Part.MAIN, light))
        return cells

    def _cell(self, quarter: Period, row: Standing, before: Standing | None) -> _Cell:
        is_main = self.tasks[row.task_id].part == Part.MAIN
        if before is None or before.due_at is None:
            return _Cell(quarter, row.task_id, row, is_main)
        change = change_kind(
            (before.light, before.state), (row.light, row.state), overdue=row.is_overdue(self.known_at)
        )
        red = WITHDRAWN not in (row.state, before.state) and row.light == Light.RED != before.light
        return _Cell(quarter, row.task_id, row, is_main, before=before.light, change=change, turned_red=red)

    # -- counting

    def figures(self, level: str, quarter: Period) -> tuple[LevelFigures, ...]:
        """Every member of the level that has a task or a duty in the quarter, in order."""
        return tuple(
            LevelFigures(
                quarter,
                key,
                name,
                Lights(
                    **{light: self._count(level, cells, light) for light in _LIT},
                    unverified=self._count(level, cells, Number.UNVERIFIED),
                ),
                Rate.of(cell.row for cell in cells if cell.row and cell.row.counted_as == Duty.LEAD),
                Rate.of(cell.row for cell in cells if cell.row and cell.row.counted_as == Duty.CO),
                Newly(
                    self._count(level, cells, Number.NEW_RED),
                    self._count(level, cells, Number.NEW_DONE),
                    self._count(level, cells, Number.NEW_MISSING),
                ),
            )
            for key, name, cells in self._members(level, quarter)
        )

    def behind(self, level: str, quarter: Period, key: str, number: str) -> tuple[Counted, ...]:
        """What that number counts, in the order of tasks, leads first; as many as it says. Raises LookupError for a member
        or a number that there is not."""
        cells = next((found for own, _name, found in self._members(level, quarter) if own == key), None)
        if cells is None or number not in _SELECT:
            raise LookupError(key)
        order = {pk: place for place, pk in enumerate(self.tasks)}
        chosen = sorted(
            self._selected(level, cells, number), key=lambda cell: (order[cell.task_id], not cell.leads)
        )
        return tuple(
            Counted(
                self.tasks[cell.task_id],
                cell.row.agency_id if cell.row else None,
                cell.row.role if cell.row else Duty.LEAD,
                cell.light,
                cell.row,
                cell.before,
            )
            for cell in chosen
        )

    def offers(self, level: str) -> bool:
        """Whether the plans have what the level goes by. At most one query."""
        match level:
            case Level.GROUP:
                return any(task.group for task in self.tasks.values())
            case Level.SECTOR:
                return Sector.objects.filter(plan__in=self.plans).exists()
            case Level.DIRECTION:
                return Direction.objects.filter(sector__plan__in=self.plans).exists()
            case Level.REGION:
                return any(body.kind == AgencyKind.GOVERNMENT for body in self._bodies.values())
        return True

    def name(self, level: str, key: str) -> str:
        """The member's name."""
        return self._keys(level)[0][key]

    def _selected(self, level: str, cells: Iterable[_Cell], number: str) -> list[_Cell]:
        apart = level == Level.PLAN and number in _OF_TASKS
        select = _SELECT[number]
        return [cell for cell in cells if select(cell) and (cell.is_main or not apart)]

    def _count(self, level: str, cells: Iterable[_Cell], number: str) -> int:
        return len(self._selected(level, cells, number))

    # -- to what a return belongs

    def _members(self, level: str, quarter: Period) -> list[tuple[str, str, list[_Cell]]]:
        """[(key, name, its cells)] of the members that have any."""
        names, keys = self._keys(level)
        found: defaultdict[str, list[_Cell]] = defaultdict(list)
        for cell in self._cells[quarter]:
            for key in keys(cell):
                found[key].append(cell)
        return [(key, name, found[key]) for key, name in names.items() if key in found]

    def _keys(self, level: str) -> tuple[Mapping[str, str], Callable[[_Cell], Iterable[str]]]:
        """The members' names in their order, and to which of them a cell belongs."""
        if level not in self._known:
            self._known[level] = self._read(level)
        return self._known[level]

    def _read(self, level: str) -> tuple[Mapping[str, str], Callable[[_Cell], Iterable[str]]]:
        if len(self.plans) > 1 and level not in ACROSS_PLANS:
            raise LookupError(level)
        tasks = self.tasks
        match level:
            case Level.PLAN:
                return (
                    {plan.slug: plan.title for plan in self.plans},
                    lambda cell: [self._slugs[tasks[cell.task_id].plan_id]],
                )
            case Level.PART:
                return (
                    {str(part.value): str(part.label) for part in Part},
                    lambda cell: [tasks[cell.task_id].part],
                )
            case Level.TASK:
                return (
                    {task.ref: f"{task.code} {task.heading}" for task in tasks.values()},
                    lambda cell: [tasks[cell.task_id].ref],
                )
            case Level.GROUP:
                groups = TaskGroup.objects.filter(plan__in=self.plans).order_by("plan_id", "number")

                def of_group(cell: _Cell) -> list[str]:
                    group = tasks[cell.task_id].group
                    return [str(group.number)] if group and cell.is_main else []

                return {str(group.number): group.name for group in groups}, of_group
            case Level.SECTOR | Level.DIRECTION:
                return self._linked(level)
            case Level.KIND:
                bodies, words = self._bodies, current()
                return (
                    {kind.code: kind.label for kind in words.kinds.values()},
                    lambda cell: [words.known_kind(bodies[cell.row.agency_id].kind)] if cell.row else [],
                )
            case Level.REGION:
                return self._regions()
            case Level.AGENCY:
                bodies = self._bodies
                return (
                    {body.slug: body.name for body in bodies.values()},
                    lambda cell: [bodies[cell.row.agency_id].slug] if cell.row else [],
                )
        raise LookupError(level)

    @cached_property
    def _slugs(self) -> dict[int, str]:
        return {plan.pk: plan.slug for plan in self.plans}

    @cached_property
    def _bodies(self) -> dict[int, AgencyRef]:
        return agency_refs((row.agency_id for _quarter, row in self._rows), self.last)

    def _linked(self, level: str) -> tuple[Mapping[str, str], Callable[[_Cell], Iterable[str]]]:
        """By the links that a task's words give, main tasks alone; a direction's key is 3.2."""
        links: defaultdict[int, dict[str, None]] = defaultdict(dict)
        for link in TaskSector.objects.filter(task__plan__in=self.plans).select_related(
            "sector", "direction"
        ):
            if level == Level.SECTOR:
                links[link.task_id][str(link.sector.number)] = None
            elif link.direction is not None:
                links[link.task_id][f"{link.sector.number}.{link.direction.number}"] = None
        names = (
            {
                str(sector.number): sector.name
                for sector in Sector.objects.filter(plan__in=self.plans).order_by("plan_id", "number")
            }
            if level == Level.SECTOR
            else {
                f"{one.sector.number}.{one.number}": f"{one.sector.name} · {one.name}"
                for one in Direction.objects.filter(sector__plan__in=self.plans)
                .select_related("sector")
                .order_by("sector__plan_id", "sector__number", "number")
            }
        )
        return names, lambda cell: links[cell.task_id] if cell.is_main else ()

    def _regions(self) -> tuple[Mapping[str, str], Callable[[_Cell], Iterable[str]]]:
        """A government's returns, and those of the zones in its region; agencies of the province belong to none."""
        zones = {
            pk: region
            for pk, region in Agency.objects.filter(pk__in=self._bodies, kind=AgencyKind.ZONE).values_list(
                "pk", "region"
            )
            if region is not None
        }
        governments = {pk: pk for pk, body in self._bodies.items() if body.kind == AgencyKind.GOVERNMENT}
        seats = governments | zones
        refs = agency_refs(seats.values(), self.last)
        return (
            {ref.slug: ref.name for ref in refs.values()},
            lambda cell: (
                [refs[seats[cell.row.agency_id]].slug] if cell.row and cell.row.agency_id in seats else []
            ),
        )
