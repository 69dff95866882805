"""The task list, for page, export and API: the filters, how many tasks each further choice would leave, the rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.filters import Choice, TaskFilter, facets
from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.dashboards.presenters.facets import FacetLink
from reports.figures import lookups
from reports.figures.queries import plan_figures
from reports.figures.values import Rate, TaskFigures
from tasks.agencies.queries import names_at
from tasks.plans.models import Part
from tasks.standing.queries import MISSING, standing
from tasks.submissions.models import Verification
from tasks.values import UNLED, Duty, Light, Period
from tasks.web import sorting

FACETS = ("group", "sector", "part", "agency", "duty", "light")


@dataclass(frozen=True)
class TaskRow:
    """One task in the quarter. `reported` and `verified` are its lights, "" without one; `elsewhere`: reported by another
    channel; `ended` is the word of a task that has ended; `verdict` is the 核实情况; `co` counts its co submissions and
    `co_lights` is {light: how many of them}, without zeros; `stale` is, of a missing one, the last quarter that was
    reported, with its light."""

    code: str
    heading: str
    id: int
    url: str
    lead: str
    lead_url: str
    reported: str
    verified: str
    elsewhere: bool
    ended: str
    missing: bool
    verdict: str
    submitted: datetime | None
    late: bool
    co: Rate
    co_lights: dict[str, int]
    stale: Period | None
    stale_light: str


COLUMNS: dict[str, Callable[[TaskRow], Any]] = {
    "task": lambda row: row.heading,
    "lead": lambda row: row.lead,
    "reported": lambda row: sorting.of_light(row.reported),
    "verified": lambda row: sorting.of_light(row.verified),
    "verdict": lambda row: row.verdict,
    "co": lambda row: sorting.of_share(row.co.reported, row.co.due),
    "red": lambda row: sum(n for light, n in row.co_lights.items() if light == Light.RED),
    "submitted": lambda row: row.submitted,
}


@dataclass(frozen=True)
class TaskPart:
    """The rows of one task group, or of the safeguards, under its label."""

    label: str
    rows: list[TaskRow]


@dataclass(frozen=True)
class TaskListPage:
    """rollup/task_list.html. `is_valid` is False where a filter has a value that is no choice; `count` of `total` tasks
    are left; `hidden` are the parameters that the filter's form keeps; `export` is the address of the workbook."""

    form: forms.Form
    is_valid: bool
    parts: list[TaskPart]
    count: int
    total: int
    light_facets: list[FacetLink]
    hidden: dict[str, str]
    export: str
    lede: str


class TaskList:
    """One list of tasks in one quarter. A fixed number of queries."""

    def __init__(self, asked: Asked, data: QueryDict) -> None:
        self.asked = asked
        self.data = {key: data.get(key, "").strip() for key in (*FACETS, "words")}
        self.params = data
        self.standings = standing([asked.plan.pk], asked.quarter, known_at=asked.known_at)
        self.figures = plan_figures(
            asked.plan, asked.quarter, known_at=asked.known_at, standings=self.standings
        )
        self.by_id = {task.id: task for task in self.figures.tasks}
        self.agencies = lookups.agencies_by_id()
        self.names = lookups.shorts(names_at(asked.quarter))
        self.queryset = lookups.tasks_of(asked.plan)

    def make(self, data: Mapping[str, str]) -> TaskFilter:
        """The filter with these values."""
        return TaskFilter(
            data, self.queryset, plan=self.asked.plan, quarter=self.asked.quarter, figures=self.figures
        )

    @cached_property
    def filter(self) -> TaskFilter:
        return self.make(self.data)

    @cached_property
    def is_valid(self) -> bool:
        return bool(self.filter.is_valid())

    @cached_property
    def rows(self) -> list[TaskFigures]:
        """What the filters leave, in the plan's order; nothing where a filter has a value that is no choice."""
        if not self.is_valid:
            return []
        return [self.by_id[pk] for pk in self.filter.qs.values_list("pk", flat=True) if pk in self.by_id]

    # -- choices ----------------------------------------------------------------------------------------------

    @cached_property
    def options(self) -> dict[str, list[tuple[str, str]]]:
        """{facet: [(value, words)]}."""
        held = sorted(
            {row.agency_id for row in self.standings}, key=lambda one: (self.agencies[one].order, one)
        )
        return {
            "group": [
                (str(group.number), f"{phrases.numeral_plain(group.number)} {group.name.split('，')[0]}")
                for group in self.figures.groups
            ],
            "sector": [(str(sector.number), sector.name) for sector in self.figures.sectors],
            "part": [(str(part.value), str(part.label)) for part in Part],
            "agency": [
                (self.agencies[one].slug, self.names.get(one, self.agencies[one].slug)) for one in held
            ],
            "duty": [
                (str(one.value), str(one.label))
                for one in Duty
                if one in {row.role for row in self.standings}
            ],
            "light": [
                (light, phrases.light_name(light))
                for light in (*phrases.ORDER, UNLED)
                if light != UNLED or any(task.is_unled for task in self.figures.tasks)
            ],
        }

    @cached_property
    def counted(self) -> dict[str, list[Choice]]:
        """{facet: its choices with their counts}."""
        return facets(self.data if self.is_valid else {}, self.make, self.options, self._facts)

    @cached_property
    def _bodies(self) -> dict[int, set[tuple[str, str]]]:
        """{task id: {(agency slug, role)}}."""
        found: dict[int, set[tuple[str, str]]] = {}
        for row in self.standings:
            found.setdefault(row.task_id, set()).add((self.agencies[row.agency_id].slug, row.role))
        return found

    def _facts(self, facet: str, task_id: int) -> set[str]:
        task = self.by_id[task_id]
        bodies = self._bodies.get(task_id, set())
        match facet:
            case "group":
                return {str(task.group)} if task.group else set()
            case "sector":
                return {str(number) for number in task.sectors}
            case "part":
                return {task.part}
            case "light":
                return {task.light}
            case "agency":
                duty = self.data["duty"]
                return {slug for slug, own in bodies if duty in {"", own}}
            case _:
                agency = self.data["agency"]
                return {duty for slug, duty in bodies if agency in {"", slug}}

    def form(self) -> forms.Form:
        """The filter bar, each choice with its count."""
        labels = {
            "group": _("任务组"),
            "sector": _("领域"),
            "part": _("部分"),
            "agency": _("单位"),
            "duty": _("身份"),
            "light": _("灯"),
        }
        form = forms.Form(self.data, auto_id="filter-%s")
        for facet in FACETS:
            choices = [(one.value, f"{one.label}（{one.count}）") for one in self.counted[facet]]
            everything = _("牵头和配合") if facet == "duty" else _("全部")
            form.fields[facet] = forms.ChoiceField(
                label=labels[facet], choices=[("", everything), *choices], required=False
            )
        form.fields["words"] = forms.CharField(
            label=_("关键词"),
            required=False,
            widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "maxlength": "40"}),
        )
        return form

    def chosen_words(self) -> dict[str, str]:
        """{label: the choice in words}, for the head of an export."""
        form = self.form()
        return {
            str(field.label): str(dict(getattr(field, "choices", [])).get(self.data[name], self.data[name]))
            for name, field in form.fields.items()
            if self.data[name]
        }

    # -- the page ---------------------------------------------------------------------------------------------

    def page(self) -> TaskListPage:
        asked = self.asked
        chosen = {key: value for key, value in self.data.items() if value}
        return TaskListPage(
            form=self.form(),
            is_valid=self.is_valid,
            parts=self._parts(),
            count=len(self.rows),
            total=len(self.figures.tasks),
            light_facets=[self._light_facet(one, chosen) for one in self.counted["light"]],
            hidden=asked.parameters(),
            export=reverse("task_list_xlsx", args=[asked.plan.slug]) + asked.query(**chosen),
            lede=self.lede(),
        )

    def _light_facet(self, choice: Choice, chosen: Mapping[str, str]) -> FacetLink:
        """A light above the list; the link of the current one takes the filter away."""
        is_current = self.data["light"] == choice.value
        query = self.asked.query(**{**chosen, "light": None if is_current else choice.value})
        return FacetLink(
            label=choice.label,
            url=reverse("task_list", args=[self.asked.plan.slug]) + query,
            count=choice.count,
            current=is_current,
            light=choice.value,
        )

    def lede(self) -> str:
        """How many tasks are left, of which agency, and how many are verified and missing."""
        agency = self.data["agency"]
        name = next((label for value, label in self.options["agency"] if value == agency), "")
        main = sum(1 for task in self.rows if task.part == Part.MAIN)
        guards = len(self.rows) - main
        if not self.rows:
            return _("没有符合条件的任务。")
        parts = [_("%(n)d项任务") % {"n": main}] if main else []
        parts += [_("%(n)d项保障措施") % {"n": guards}] if guards else []
        verified = sum(1 for task in self.rows if task.verified)
        return _("%(who)s%(what)s；%(verified)d项已核定，%(missing)d项未报。") % {
            "who": f"{name}：" if name else "",
            "what": "、".join(parts),
            "verified": verified,
            "missing": sum(1 for task in self.rows if task.state == MISSING),
        }

    def _parts(self) -> list[TaskPart]:
        if sorting.asked(self.params, COLUMNS):
            rows = sorting.sort_rows(self.params, COLUMNS, (self._row(task) for task in self.rows))
            return [TaskPart(_("按所选列排列"), rows)] if rows else []
        names = {group.number: group.name for group in self.figures.groups}
        parts: list[TaskPart] = []
        for task in self.rows:
            label = (
                f"（{phrases.numeral_plain(task.group)}）{names[task.group]}"
                if task.group
                else _("保障措施（另计）")
            )
            if not parts or parts[-1].label != label:
                parts.append(TaskPart(label, []))
            parts[-1].rows.append(self._row(task))
        return parts

    def _row(self, task: TaskFigures) -> TaskRow:
        plan, asked = self.asked.plan, self.asked
        return TaskRow(
            code=task.code,
            heading=task.heading,
            id=task.id,
            url=reverse("task", args=[plan.slug, task.ref]) + asked.query(),
            lead=task.lead_names,
            lead_url=reverse("agency", args=[plan.slug, task.lead.slug]) + asked.query() if task.lead else "",
            reported=task.reported_light,
            verified=task.verified_light,
            elsewhere=task.is_filed and not task.reported_light,
            ended=_("无牵头") if task.is_unled else phrases.ended(task.state),
            missing=task.state == MISSING,
            verdict=str(Verification(task.verification).label) if task.is_filed else "",
            submitted=task.submitted_at,
            late=task.on_time is False,
            co=task.co,
            co_lights={light: n for light, n in phrases.counts(task.co_lights) if n},
            stale=task.stale_quarter,
            stale_light=task.stale_light,
        )
