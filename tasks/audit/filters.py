"""The filter of the audit page."""

from datetime import datetime, time, timedelta
from ipaddress import ip_network
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.audit.labels import VERBS
from tasks.audit.models import Event, Outcome
from tasks.grams import in_one_of
from tasks.people.models import User


class EventFilter(django_filters.FilterSet):  # type: ignore[misc]
    """The record by day, person, action and object."""

    since = django_filters.DateFilter(
        label=_("自"), method="by_since", widget=forms.DateInput(attrs={"type": "date"})
    )
    until = django_filters.DateFilter(
        label=_("至"), method="by_until", widget=forms.DateInput(attrs={"type": "date"})
    )
    by = django_filters.CharFilter(label=_("经办人"), method="by_person")
    verb = django_filters.ChoiceFilter(
        label=_("动作"), choices=lambda: sorted(VERBS.items()), empty_label=_("全部")
    )
    subject = django_filters.CharFilter(label=_("对象"), field_name="subject", lookup_expr="istartswith")

    path = django_filters.CharFilter(label=_("网址"), field_name="data__path", lookup_expr="icontains")
    address = django_filters.CharFilter(label=_("网络地址"), method="by_address")
    outcome = django_filters.ChoiceFilter(label=_("结果"), choices=Outcome.choices, empty_label=_("全部"))
    session = django_filters.CharFilter(label=_("会话"))

    class Meta:
        model = Event
        fields: tuple[str, ...] = ()

    def by_since(self, events: QuerySet[Event], name: str, value: datetime) -> QuerySet[Event]:
        return events.filter(recorded_at__gte=_midnight(value))

    def by_until(self, events: QuerySet[Event], name: str, value: datetime) -> QuerySet[Event]:
        return events.filter(recorded_at__lt=_midnight(value + timedelta(days=1)))

    def by_person(self, events: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        return events.filter(by__in=User.objects.filter(*in_one_of(value, "username", "display_name")))

    def by_address(self, events: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        """One address, or a network such as 10.1.0.0/16; what is neither finds nothing."""
        try:
            network = ip_network(value.strip(), strict=False)
        except ValueError:
            return events.none()
        return events.filter(address__range=(str(network[0]), str(network[-1])))


def _midnight(day: Any) -> datetime:
    return datetime.combine(day, time.min, timezone.get_default_timezone())
