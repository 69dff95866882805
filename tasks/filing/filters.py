"""The filters of returns and of their versions."""

from typing import Any

import django_filters
from django import forms

from tasks.filing.models import Decision, VersionQuerySet
from tasks.values import Duty, Quarter


class QuarterFormField(forms.CharField):
    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return Quarter.parse(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class QuarterFilter(django_filters.CharFilter):  # type: ignore[misc]  # the library has no types
    field_class = QuarterFormField


class PlaceFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Which plan, quarter, task and body."""

    plan = django_filters.CharFilter(field_name="task__plan__slug")
    quarter = QuarterFilter()
    task = django_filters.CharFilter(field_name="task__ref")
    agency = django_filters.CharFilter(field_name="agency__slug")
    duty = django_filters.ChoiceFilter(choices=Duty.choices)


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
