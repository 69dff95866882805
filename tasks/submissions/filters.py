"""The filters of returns and of their versions."""

from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.agencies.queries import names_at
from tasks.grams import in_one_of
from tasks.submissions.models import Decision, VersionQuerySet
from tasks.values import FILED_DUTIES, Light, Period


class PeriodFormField(forms.CharField):
    """A quarter as typed. Its message repeats what was typed, as a parameter: the library formats it once more."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return Period.parse(text) if text else None
        except ValueError as error:
            raise forms.ValidationError("%(message)s", params={"message": str(error)}) from error


class PeriodFilter(django_filters.CharFilter):  # type: ignore[misc]  # the library has no types
    field_class = PeriodFormField


class PlaceFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Which plan, quarter, task and agency."""

    plan = django_filters.CharFilter(field_name="task__plan__slug")
    quarter = PeriodFilter()
    task = django_filters.CharFilter(field_name="task__ref")
    agency = django_filters.CharFilter(field_name="agency__slug")
    duty = django_filters.ChoiceFilter(choices=FILED_DUTIES)


class VersionFilter(PlaceFilter):
    """`current`: only the last version of each return; `decision=undecided`: those that wait for one."""

    decision = django_filters.ChoiceFilter(
        choices=[*Decision.choices, ("undecided", "undecided")], method="by_decision"
    )
    current = django_filters.BooleanFilter(method="by_current")

    def by_decision(self, versions: VersionQuerySet, name: str, value: str) -> VersionQuerySet:
        return versions.filter(decision="" if value == "undecided" else value)

    def by_current(self, versions: VersionQuerySet, name: str, value: bool) -> VersionQuerySet:
        return versions.current() if value else versions


ANY, CHANGED, LATE, CONFLICT, ODD, PLAIN = "", "changed", "late", "conflict", "odd", "plain"


class KeptFilter(django_filters.FilterSet):  # type: ignore[misc]
    """A filter that the addresses of a list carry on."""

    @property
    def chosen(self) -> dict[str, str]:
        """What is filtered by, for the address to which an act leads back."""
        return {name: str(self.data[name]) for name in self.filters if self.data.get(name)}


class QueueFilter(KeptFilter):
    """The office's queue: by group, agency (by its name in the quarter), light, words in the return or the task's name, and
    what is unusual (`kind`, told from the rows)."""

    group = django_filters.ChoiceFilter(
        label=gettext_lazy("任务组"), method="by_group", empty_label=gettext_lazy("全部")
    )
    agency = django_filters.ChoiceFilter(
        label=gettext_lazy("单位"), field_name="agency__slug", empty_label=gettext_lazy("全部")
    )
    light = django_filters.ChoiceFilter(
        label=gettext_lazy("自评灯"), choices=Light.choices, empty_label=gettext_lazy("全部")
    )
    words = django_filters.CharFilter(label=gettext_lazy("关键词"), method="by_words")
    kind = django_filters.ChoiceFilter(
        label=gettext_lazy("要留意的"),
        choices=[
            (CHANGED, gettext_lazy("灯有变")),
            (CONFLICT, gettext_lazy("与配合单位灯冲突")),
            (LATE, gettext_lazy("逾期")),
            (ODD, gettext_lazy("内容要核对")),
            (PLAIN, gettext_lazy("没有异常")),
        ],
        method="by_kind",
        empty_label=gettext_lazy("全部"),
    )

    def __init__(self, *args: Any, quarter: Period, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        waiting = self.queryset
        groups = waiting.values_list("task__group__number", "task__group__name").order_by(
            "task__group__number"
        )
        self.filters["group"].extra["choices"] = [
            (str(number or 0), name or str(_("保障措施"))) for number, name in dict.fromkeys(groups)
        ]
        slugs = list(dict.fromkeys(waiting.values_list("agency__slug", "agency__id")))
        names = names_at(quarter, [pk for _slug, pk in slugs])
        self.filters["agency"].extra["choices"] = [
            (slug, names[pk].short if pk in names else slug) for slug, pk in slugs
        ]

    def by_group(self, versions: VersionQuerySet, name: str, value: str) -> VersionQuerySet:
        """0 stands for the safeguards, which are in no group."""
        if value == "0":
            return versions.filter(task__group__isnull=True)
        return versions.filter(task__group__number=int(value))

    def by_words(self, versions: VersionQuerySet, name: str, value: str) -> VersionQuerySet:
        """Each of the words somewhere in what the return says or in the task's number or heading."""
        said = ("done", "next_steps", "coordination", "judgement")
        return versions.filter(*in_one_of(value, "task__code", "task__heading", *said))

    def by_kind(self, versions: VersionQuerySet, name: str, value: str) -> VersionQuerySet:
        return versions


class LeadQueueFilter(KeptFilter):
    """The lead's queue: by task, agency and light. The names begin with co_, as the page may show the office's too."""

    co_task = django_filters.ChoiceFilter(
        label=gettext_lazy("任务"), field_name="task__ref", empty_label=gettext_lazy("全部")
    )
    co_agency = django_filters.ChoiceFilter(
        label=gettext_lazy("单位"), field_name="agency__slug", empty_label=gettext_lazy("全部")
    )
    co_light = django_filters.ChoiceFilter(
        label=gettext_lazy("自评灯"),
        field_name="light",
        choices=Light.choices,
        empty_label=gettext_lazy("全部"),
    )

    def __init__(self, *args: Any, quarter: Period, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        waiting = self.queryset
        tasks = waiting.order_by("task__order").values_list("task__ref", "task__code")
        self.filters["co_task"].extra["choices"] = list(dict.fromkeys(tasks))
        slugs = list(
            dict.fromkeys(waiting.order_by("agency__order").values_list("agency__slug", "agency__id"))
        )
        names = names_at(quarter, [pk for _slug, pk in slugs])
        self.filters["co_agency"].extra["choices"] = [
            (slug, names[pk].short if pk in names else slug) for slug, pk in slugs
        ]
