"""The one filter of tasks, for the list page, its export and the API."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import django_filters as filters
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Replace, Substr
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qhplan import clock
from reports.figures.queries import plan_figures
from reports.figures.values import PlanFigures
from tasks.plans.duties import duties
from tasks.plans.models import Part, Plan, Task
from tasks.values import GREY, Duty, Light, Quarter

WORDS_LIMIT = 40  # characters of the words that are looked for
_LIGHTS = [*Light.choices, (GREY, gettext_lazy("灰 未报"))]


@dataclass(frozen=True)
class Choice:
    """One choice of a facet: how many tasks it would leave, were the other choices kept."""

    value: str
    label: str
    count: int


class TaskFilter(filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Tasks of one plan in one quarter. `q` (the quarter) is not a filter: it says which duties and lights hold."""

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
        empty_label=gettext_lazy("牵头和配合"),
    )
    light = filters.ChoiceFilter(
        choices=_LIGHTS, method="by_light", label=gettext_lazy("灯"), empty_label=gettext_lazy("全部")
    )
    words = filters.CharFilter(method="by_words", label=gettext_lazy("文字"), max_length=WORDS_LIMIT)

    class Meta:
        model = Task
        fields: list[str] = []

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        queryset: QuerySet[Task] | None = None,
        *,
        request: HttpRequest | None = None,
        prefix: str | None = None,
        plan: Plan | None = None,
        quarter: Quarter | None = None,
        figures: PlanFigures | None = None,
    ) -> None:
        super().__init__(data, queryset, request=request, prefix=prefix)
        self._plan, self._quarter, self._figures = plan, quarter, figures

    @cached_property
    def quarter(self) -> Quarter:
        """The quarter asked for; without one, or with one that is none, the last that ended."""
        if self._quarter:
            return self._quarter
        try:
            return Quarter.parse(str(self.data.get("q", "")))
        except ValueError:
            return Quarter.of(clock.today()) - 1

    @cached_property
    def figures(self) -> PlanFigures | None:
        """The figures that lights are filtered by; worked out only when a light is asked for."""
        plan = self._plan or Plan.objects.defer("text").filter(tasks__in=self.queryset).first()
        return self._figures or (plan_figures(plan, self.quarter) if plan else None)

    def _plans(self, tasks: QuerySet[Task]) -> list[int]:
        return [self._plan.pk] if self._plan else list(tasks.values_list("plan", flat=True).distinct())

    def by_sector(self, tasks: QuerySet[Task], name: str, value: Any) -> QuerySet[Task]:
        return tasks.filter(sector_links__sector__number=value).distinct()

    def by_agency(self, tasks: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        """With `duty`, of that duty alone."""
        held = duties(self._plans(tasks), self.quarter).filter(agency__slug=value)
        duty = self.form.cleaned_data.get("duty")
        return tasks.filter(pk__in=(held.filter(duty=duty) if duty else held).values("task"))

    def by_duty(self, tasks: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        """Whose duty is said by `agency`; alone it narrows to tasks for which anybody has it."""
        if self.form.cleaned_data.get("agency"):
            return tasks
        return tasks.filter(pk__in=duties(self._plans(tasks), self.quarter).filter(duty=value).values("task"))

    def by_light(self, tasks: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        figures = self.figures
        return tasks.filter(
            pk__in=[task.id for task in figures.tasks if task.light == value] if figures else []
        )

    def by_words(self, tasks: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        """In the heading, or in the plan's own words of the task with their wraps undone."""
        body = Substr("plan__text", F("body__start") + 1, F("body__end") - F("body__start"))
        tasks = tasks.annotate(words_of_plan=Replace(body, Value("\n"), Value("")))
        # One condition a word: two querysets joined by | would double the whole query with each.
        for word in dict.fromkeys(value.split()):
            tasks = tasks.filter(Q(heading__icontains=word) | Q(words_of_plan__icontains=word))
        return tasks


def facets(
    data: Mapping[str, Any],
    make: Callable[[Mapping[str, Any]], TaskFilter],
    options: Mapping[str, Sequence[tuple[str, str]]],
    facts: Callable[[str, int], set[str]],
) -> dict[str, list[Choice]]:
    """Counts for every choice of every facet: tasks left by the other filters. One query for each facet.

    `facts(facet, task id)` are the values that a task has; `options` {facet: [(value, words)]} in their order.
    """
    counted: dict[str, list[Choice]] = {}
    for facet, choices in options.items():
        others = {key: value for key, value in data.items() if key != facet}
        ids = list(make(others).qs.values_list("pk", flat=True))
        has = [facts(facet, task_id) for task_id in ids]
        counted[facet] = [Choice(value, words, sum(value in own for own in has)) for value, words in choices]
    return counted


def described(chosen: Mapping[str, str]) -> str:
    """The filters in words, for the head of an export."""
    return "；".join(f"{label}：{value}" for label, value in chosen.items()) or _("全部任务和措施")
