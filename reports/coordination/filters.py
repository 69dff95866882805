"""The one filter of requests, for the list and the API."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from reports.coordination.models import CoordinationRequest
from reports.coordination.values import OPEN, UNANSWERED, State
from tasks.grams import in_one_of

# Beside the states themselves, what people ask for.
OPEN_ONES, UNANSWERED_ONES, ALL = "open", "unanswered", "all"
STATES = [
    (OPEN_ONES, _("未解决")),
    (UNANSWERED_ONES, _("未答复")),
    *State.choices,
    (ALL, _("全部")),
]


def states_of(state: str) -> set[str]:
    """Every choice of the filter under which a request in this state is found."""
    found = {state, ALL}
    if state in OPEN:
        found.add(OPEN_ONES)
    if state in UNANSWERED:
        found.add(UNANSWERED_ONES)
    return found


class CoordinationFilter(filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Requests by state, agency, plan, task and words."""

    state = filters.ChoiceFilter(label=_("状态"), choices=STATES, method="by_state", empty_label=None)
    agency = filters.CharFilter(label=_("提出单位"), field_name="agency__slug", max_length=40)
    plan = filters.CharFilter(label=_("方案"), field_name="plan__slug", max_length=60)
    task = filters.CharFilter(label=_("任务"), field_name="task__ref", max_length=40)
    words = filters.CharFilter(label=_("关键词"), method="by_words", max_length=40)

    class Meta:
        model = CoordinationRequest
        fields: list[str] = []

    def by_state(
        self, requests: QuerySet[CoordinationRequest], name: str, value: str
    ) -> QuerySet[CoordinationRequest]:
        match value:
            case "open":
                return requests.filter(state__in=OPEN)
            case "unanswered":
                return requests.filter(state__in=UNANSWERED)
            case "all":
                return requests
        return requests.filter(state=value)

    def by_words(
        self, requests: QuerySet[CoordinationRequest], name: str, value: Any
    ) -> QuerySet[CoordinationRequest]:
        """In the text, the agency or the task."""
        for condition in in_one_of(str(value), "text", "agency__names__short", "task__heading", "task__code"):
            requests = requests.filter(condition)
        return requests.distinct()
