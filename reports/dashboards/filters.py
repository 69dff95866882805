"""The one filter of tasks, for the list page, its export and the API."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import django_filters as filters
from django.db.models import F, QuerySet
from django.db.models.functions import Substr
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qhplan import clock
from reports.figures.queries import plan_figures
from reports.figures.values import PlanFigures
from tasks.grams import in_one_of
from tasks.plans.duties import roles
from tasks.plans.models import Part, Plan, Task
from tasks.values import GREY, UNLED, Duty, Light, Period
from tasks.wording import light_name

WORDS_LIMIT = 40  # characters of a search
_LIGHTS = [*Light.choices, (GREY, light_name(GREY)), (UNLED, gettext_lazy("无牵头"))]


@dataclass(frozen=True)
class Choice:
    """One choice of a facet, and how many tasks it would leave together with the other choices."""

    value: str
    label: str
    count: int


class TaskFilter(filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Tasks of one plan in one quarter. `q` (the quarter) is not a filter: it says which duties and lights are valid."""

    group = filters.NumberFilter(field_name="group__number", label=gettext_lazy("任务组"))
    part = filters.ChoiceFilter(
        choices=Part.choices, label=gettext_lazy("部分"), empty_label=gettext_lazy("全部")
    )
    sector = filters.NumberFilter(method="by_sector", label=gettext_lazy("重点领域"))
    agency = filters.CharFilter(method="by_agency", label=gettext_lazy("单位"))
    duty = filters.ChoiceFilter(
        choices=Duty.choices,
        method="by_duty",
        label=gettext_lazy("身份"),
        empty_label=gettext_lazy("全部身份"),
    )
    light = filters.ChoiceFilter(
        choices=_LIGHTS, method="by_light", label=gettext_lazy("灯"), empty_label=gettext_lazy("全部")
    )
    words = filters.CharFilter(method="by_words", label=gettext_lazy("关键词"), max_length=WORDS_LIMIT)

    class Meta:
        model = Task
        fields: list[str] = []

    def __init__(
        self,
        data: Mapping[str, str] | None = None,
        queryset: QuerySet[Task] | None = None,
        *,
        request: HttpRequest | None = None,
        prefix: str | None = None,
        plan: Plan | None = None,
        quarter: Period | None = None,
        figures: PlanFigures | None = None,
    ) -> None:
        super().__init__(data, queryset, request=request, prefix=prefix)
        self._plan, self._quarter, self._figures = plan, quarter, figures

    @cached_property
    def quarter(self) -> Period:
        """The quarter of `q`; without one, or with one that is not valid, the last that ended."""
        if self._quarter:
            return self._quarter
        try:
            return Period.parse(str(self.data.get("q", "")))
        except ValueError:
            return Period.of(clock.today()) - 1

    @cached_property
    def figures(self) -> PlanFigures | None:
        """The figures by whose lights tasks are filtered; worked out only for a filter of lights."""
        plan = self._plan or Plan.objects.defer("text").filter(tasks__in=self.queryset).first()
        return self._figures or (plan_figures(plan, self.quarter) if plan else None)

    def _plans(self, tasks: QuerySet[Task]) -> list[int]:
        return [self._plan.pk] if self._plan else list(tasks.values_list("plan", flat=True).distinct())

    def by_sector(self, tasks: QuerySet[Task], name: str, value: Decimal) -> QuerySet[Task]:
        return tasks.filter(sector_links__sector__number=int(value)).distinct()

    def by_agency(self, tasks: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        """Tasks on which the agency has a duty; with `duty`, that duty."""
        held = roles(self._plans(tasks), self.quarter).filter(agency__slug=value)
        duty = self.form.cleaned_data.get("duty")
        return tasks.filter(pk__in=(held.filter(role=duty) if duty else held).values("task"))

    def by_duty(self, tasks: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        """Tasks on which some agency has the duty. With `agency` nothing is filtered here: by_agency reads both."""
        if self.form.cleaned_data.get("agency"):
            return tasks
        return tasks.filter(pk__in=roles(self._plans(tasks), self.quarter).filter(role=value).values("task"))

    def by_light(self, tasks: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        figures = self.figures
        return tasks.filter(
            pk__in=[task.id for task in figures.tasks if task.light == value] if figures else []
        )

    def by_words(self, tasks: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        """Tasks with every word in the number, the heading or the plan's text of the task, whose line breaks are left out."""
        body = Substr("plan__text", F("body__start") + 1, F("body__end") - F("body__start"))
        return tasks.filter(*in_one_of(value, "code", "heading", body))


def facets(
    data: Mapping[str, str],
    make: Callable[[Mapping[str, str]], TaskFilter],
    options: Mapping[str, Sequence[tuple[str, str]]],
    facts: Callable[[str, int], set[str]],
) -> dict[str, list[Choice]]:
    """{facet: its choices}, each counted among the tasks that the other filters leave. One query for each facet.

    `make` is the filter with some data; `facts(facet, task id)` are the values of the facet that a task has; `options` is
    {facet: [(value, words)]} in their order.
    """
    counted: dict[str, list[Choice]] = {}
    for facet, choices in options.items():
        others = {key: value for key, value in data.items() if key != facet}
        ids = list(make(others).qs.values_list("pk", flat=True))
        has = [facts(facet, task_id) for task_id in ids]
        counted[facet] = [Choice(value, words, sum(value in own for own in has)) for value, words in choices]
    return counted


def described(chosen: Mapping[str, str]) -> str:
    """The filters in words, for the head of an export. `chosen` is {label: the choice in words}."""
    return "；".join(f"{label}：{value}" for label, value in chosen.items()) or _("全部任务和措施")
