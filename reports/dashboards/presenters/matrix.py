"""责任矩阵: agencies × tasks in one quarter."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.figures.values import PlanFigures, TaskFigures
from tasks.agencies.models import Agency, AgencyName
from tasks.plans.models import Mention
from tasks.standing.queries import MISSING, WITHDRAWN, Standing
from tasks.values import GREY, Duty, Origin
from tasks.wording import LEADS, OTHERS, current


@dataclass(frozen=True)
class Choices:
    """What the reader narrows the matrix to; "" is everything. `agencies` is a group of `Wording.groups` and narrows the rows;
    `duty` and `light` narrow the cells."""

    bodies: str = ""
    duty: str = ""
    light: str = ""

    @property
    def any(self) -> bool:
        return bool(self.bodies or self.duty or self.light)

    def shows(self, row: Standing) -> bool:
        """Whether the cell of this standing is drawn."""
        return self.duty in {"", row.role} and self.light in {"", row.light}


@dataclass(frozen=True)
class Filter:
    """One list of choices above the matrix. `options` are pairs of a value and its words."""

    name: str
    label: str
    value: str
    options: list[tuple[str, str]]


@dataclass(frozen=True)
class Cell:
    """One agency on one task. `label` names both for readers who cannot see the table."""

    duty: str
    light: str
    unverified: bool
    url: str
    label: str


@dataclass(frozen=True)
class Row:
    """One agency. `cells` has an item for each task, in the order of the columns, None where nothing is drawn; `lead`,
    `co` and `missing` count all its responsibilities, drawn or not. `later`: the plan does not print this name."""

    key: str
    name: str
    url: str
    later: bool
    lead: int
    co: int
    missing: int
    cells: list[Cell | None]


@dataclass(frozen=True)
class Section:
    """The rows of one group of agencies under their label with their number: 牵头单位 12家."""

    label: str
    rows: list[Row]


@dataclass(frozen=True)
class Single:
    """An agency with one co duty, which is named below the table instead of taking a row in it."""

    name: str
    url: str
    later: bool
    light: str
    unverified: bool
    task: str
    task_url: str


@dataclass(frozen=True)
class Column:
    """One task. `number` is its number within its group; `light` is the task's own."""

    key: str
    number: str
    name: str
    url: str
    light: str
    unverified: bool


@dataclass(frozen=True)
class ColumnGroup:
    """The columns of a task group, or of the safeguards (`part`)."""

    label: str
    name: str
    part: bool
    tasks: list[Column]


@dataclass(frozen=True)
class Matrix:
    """The table, and the agencies that are listed below it. `starts` and `parts` have an item for each column: whether a
    task group begins with it, whether the safeguards do."""

    caption: str
    groups: list[ColumnGroup]
    sections: list[Section]
    singles: list[Single]
    starts: list[bool]
    parts: list[bool]


@dataclass(frozen=True)
class OpenMention:
    """A collective that the plan prints on a task without naming its members; `home` is the collective's page, `url` the
    task's."""

    name: str
    duty: str
    task: str
    url: str
    home: str


@dataclass(frozen=True)
class MatrixPage:
    """rollup/matrix.html. `adjusted_tasks` are the tasks with an adjustment that is in force in the quarter."""

    lede: str
    lead_note: str
    matrix: Matrix
    open_mentions: list[OpenMention]
    filters: list[Filter]
    adjusted_tasks: list[TaskFigures]


def filters(chosen: Mapping[str, str], roles: Collection[str]) -> tuple[Choices, list[Filter]]:
    """The choices above the matrix and what is chosen; a value that is no choice counts as none. `roles` are those that
    agencies have in the plan."""
    options = {
        "bodies": (_("单位"), [("", _("全部")), *current().groups.items()]),
        "duty": (
            _("身份"),
            [("", _("全部身份")), *((one.value, str(one.label)) for one in Duty if one in roles)],
        ),
        "light": (
            _("灯"),
            [("", _("全部")), *((light, phrases.light_name(light)) for light in phrases.ORDER)],
        ),
    }
    shown = []
    for name, (label, choices) in options.items():
        value = chosen.get(name, "")
        known = value if value in {option for option, _words in choices} else ""
        shown.append(Filter(name, label, known, choices))
    return Choices(**{one.name: one.value for one in shown}), shown


def matrix(
    asked: Asked,
    figures: PlanFigures,
    standings: Sequence[Standing],
    agencies: Mapping[int, Agency],
    names: Mapping[int, AgencyName],
    chosen: Choices,
) -> Matrix:
    """The table of a quarter, narrowed to what is chosen. `standings` are all of the plan in the quarter."""
    tasks = figures.tasks
    drawing = _Drawing(asked, tasks, agencies, names, chosen)
    held: dict[int, list[Standing]] = {}
    for row in standings:
        if row.state != WITHDRAWN:
            held.setdefault(row.agency_id, []).append(row)
    sections: list[Section] = []
    singles: list[Single] = []
    for group, ids in _by_group(held, agencies).items():
        rows = []
        for agency_id in ids:
            own = held[agency_id]
            if group == OTHERS and len(own) == 1 and not chosen.any:
                singles.append(drawing.single(agency_id, own[0]))
            elif (drawn := drawing.row(agency_id, own)) is not None:
                rows.append(drawn)
        if rows and chosen.bodies in {"", group}:
            label = _("%(title)s %(n)d家") % {"title": current().groups[group], "n": len(rows)}
            sections.append(Section(label, rows))
    return Matrix(
        caption=_("责任矩阵：单位为行，任务为列；%s") % asked.quarter.label,
        groups=_columns(figures, drawing.urls),
        sections=sections,
        singles=singles,
        starts=[index > 0 and (task.group != tasks[index - 1].group) for index, task in enumerate(tasks)],
        parts=[
            index > 0 and task.group is None and tasks[index - 1].group is not None
            for index, task in enumerate(tasks)
        ],
    )


class _Drawing:
    """What every cell and row needs of the plan in the quarter."""

    def __init__(
        self,
        asked: Asked,
        tasks: Sequence[TaskFigures],
        agencies: Mapping[int, Agency],
        names: Mapping[int, AgencyName],
        chosen: Choices,
    ) -> None:
        self.asked, self.agencies, self.names, self.chosen = asked, agencies, names, chosen
        self.places = {task.id: index for index, task in enumerate(tasks)}
        self.urls = {
            task.id: reverse("task", args=[asked.plan.slug, task.ref]) + asked.query() for task in tasks
        }
        self.labels = {task.id: f"{task.code} {task.heading}" for task in tasks}

    def row(self, agency_id: int, own: Sequence[Standing]) -> Row | None:
        """The agency's row; None when a duty or a light is chosen that none of its cells has."""
        name = _name(self.names, agency_id)
        cells: list[Cell | None] = [None] * len(self.places)
        for one in own:
            if self.chosen.shows(one):
                cells[self.places[one.task_id]] = Cell(
                    duty=one.role,
                    light=one.light,
                    unverified=one.light != GREY and not one.verified,
                    url=self.urls[one.task_id],
                    label=f"{name} × {self.labels[one.task_id]}",
                )
        if not any(cells) and (self.chosen.duty or self.chosen.light):
            return None
        return Row(
            key=self.agencies[agency_id].slug,
            name=name,
            url=self._home(agency_id),
            later=_is_later(self.names, agency_id),
            lead=sum(one.role == Duty.LEAD for one in own),
            co=sum(one.role != Duty.LEAD for one in own),
            missing=sum(one.state == MISSING for one in own),
            cells=cells,
        )

    def single(self, agency_id: int, only: Standing) -> Single:
        return Single(
            name=_name(self.names, agency_id),
            url=self._home(agency_id),
            later=_is_later(self.names, agency_id),
            light=only.light,
            unverified=only.light != GREY and not only.verified,
            task=self.labels[only.task_id],
            task_url=self.urls[only.task_id],
        )

    def _home(self, agency_id: int) -> str:
        slug = self.agencies[agency_id].slug
        return reverse("agency", args=[self.asked.plan.slug, slug]) + self.asked.query()


def _by_group(held: Mapping[int, Sequence[Standing]], agencies: Mapping[int, Agency]) -> dict[str, list[int]]:
    """{group: agency ids}. The leads come by how much they lead, the other agencies by how much they share,
    governments and zones in the agencies' own order."""
    words = current()
    ids: dict[str, list[int]] = {group: [] for group in words.groups}
    for agency_id in sorted(held, key=lambda one: (agencies[one].order, one)):
        is_lead = any(row.role == Duty.LEAD for row in held[agency_id])
        ids[words.group_of(agencies[agency_id].kind, is_lead=is_lead)].append(agency_id)
    ids[LEADS].sort(key=lambda one: -sum(row.role == Duty.LEAD for row in held[one]))
    ids.get(OTHERS, []).sort(key=lambda one: -len(held[one]))
    return ids


def _columns(figures: PlanFigures, urls: Mapping[int, str]) -> list[ColumnGroup]:
    def column(task: TaskFigures, number: str) -> Column:
        return Column(
            key=task.ref,
            number=number,
            name=task.heading,
            url=urls[task.id],
            light=task.light,
            unverified=task.light != GREY and not task.verified,
        )

    groups = [
        ColumnGroup(
            label=phrases.numeral_plain(group.number),
            name=group.name,
            part=False,
            tasks=[column(task, str(number)) for number, task in enumerate(group.tasks, 1)],
        )
        for group in figures.groups
    ]
    if figures.safeguards:
        groups.append(
            ColumnGroup(
                label=_("保障措施"),
                name=_("保障措施"),
                part=True,
                tasks=[
                    column(task, phrases.numeral_plain(number))
                    for number, task in enumerate(figures.safeguards, 1)
                ],
            )
        )
    return groups


def open_mentions(asked: Asked, mentions: Iterable[Mention]) -> list[OpenMention]:
    """Collectives whose members the plan does not name: no agency reports for them until the office names the members."""
    return [
        OpenMention(
            name=mention.printed,
            duty=str(Duty(mention.duty).label),
            task=f"{mention.task.code} {mention.task.heading}",
            url=reverse("task", args=[asked.plan.slug, mention.task.ref]) + asked.query(),
            home=reverse("agency", args=[asked.plan.slug, mention.agency.slug]) + asked.query(),
        )
        for mention in mentions
    ]


def lede(figures: PlanFigures, standings: Sequence[Standing], names: Mapping[int, AgencyName]) -> str:
    """How many tasks, leads and agencies there are, and who leads more than half of the tasks."""
    leads: dict[int, int] = {}
    for row in standings:
        if row.role == Duty.LEAD:
            leads[row.agency_id] = leads.get(row.agency_id, 0) + 1
    if not leads:
        return _("本季度没有责任记录。")
    most, count = max(leads.items(), key=lambda item: item[1])
    sentence = _("%(tasks)d项任务与措施，%(leads)d家牵头，%(bodies)d家负责。") % {
        "tasks": len(figures.tasks),
        "leads": len(leads),
        "bodies": len({row.agency_id for row in standings}),
    }
    if len(leads) > 1 and count * 2 > len(figures.tasks):
        sentence += _("%(name)s一家牵头%(n)d项。") % {"name": _name(names, most), "n": count}
    return sentence


def _name(names: Mapping[int, AgencyName], agency_id: int) -> str:
    name = names.get(agency_id)
    return name.short if name else ""


def _is_later(names: Mapping[int, AgencyName], agency_id: int) -> bool:
    """Whether the plan does not print the name: it belongs to a successor, after a reform."""
    name = names.get(agency_id)
    return name is not None and name.origin == Origin.OUTSIDE
