"""The filters of work plans and of what was reported of their milestones."""

from typing import Any

import django_filters
from django import forms

from tasks.workplans.models import MilestoneReportQuerySet, WorkPlanQuerySet
from tasks.workplans.values import WorkPlanPeriod


class WorkPlanPeriodFormField(forms.CharField):
    """A period as typed. Its message repeats what was typed, as a parameter: the library formats it once more."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return WorkPlanPeriod.parse(text) if text else None
        except ValueError as error:
            raise forms.ValidationError("%(message)s", params={"message": str(error)}) from error


class WorkPlanPeriodFilter(django_filters.CharFilter):  # type: ignore[misc]  # the library has no types
    field_class = WorkPlanPeriodFormField


class WorkPlanFilter(django_filters.FilterSet):  # type: ignore[misc]
    """`period`: whole, or a year."""

    plan = django_filters.CharFilter(field_name="plan__slug")
    agency = django_filters.CharFilter(field_name="agency__slug")
    period = WorkPlanPeriodFilter(method="by_period")

    def by_period(self, rows: WorkPlanQuerySet, name: str, value: WorkPlanPeriod) -> WorkPlanQuerySet:
        return rows.filter(year=value.year)


class ReportFilter(django_filters.FilterSet):  # type: ignore[misc]
    """`standing`: only those that count now, or only those that do not."""

    plan = django_filters.CharFilter(field_name="plan__slug")
    agency = django_filters.CharFilter(field_name="agency__slug")
    key = django_filters.CharFilter()
    standing = django_filters.BooleanFilter(method="by_standing")

    def by_standing(self, rows: MilestoneReportQuerySet, name: str, value: bool) -> MilestoneReportQuerySet:
        return rows.standing() if value else rows.exclude(pk__in=rows.standing().values("pk"))
