"""The one filter of notices, for the board and the API."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from qhplan import clock
from reports.supervision.models import Escalation, Notice
from reports.supervision.values import OPEN, WITH_BODY, Ground, Receiver, Series, State
from tasks.cycles.lateness import day_overdue
from tasks.grams import in_one_of

# Beside the states themselves, what people ask for.
OPEN_ONES, OVERDUE, TOLD, ALL = "open", "overdue", "told", "all"
STATES = [
    (OPEN_ONES, _("未办结")),
    (OVERDUE, _("已逾期")),
    (TOLD, _("已报领导小组")),
    *State.choices,
    (ALL, _("全部")),
]


class NoticeFilter(filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Notices by state, ground, form, agency and words."""

    state = filters.ChoiceFilter(label=_("状态"), choices=STATES, method="by_state", empty_label=None)
    ground = filters.ChoiceFilter(label=_("依据"), choices=Ground.choices, empty_label=_("全部"))
    series = filters.ChoiceFilter(label=_("文种"), choices=Series.choices, empty_label=_("全部"))
    grade = filters.CharFilter(label=_("等级"), max_length=20)
    agency = filters.CharFilter(label=_("单位"), field_name="agency__slug", max_length=40)
    plan = filters.CharFilter(label=_("方案"), field_name="plan__slug", max_length=60)
    words = filters.CharFilter(label=_("关键词"), method="by_words", max_length=40)

    class Meta:
        model = Notice
        fields: list[str] = []

    def by_state(self, notices: QuerySet[Notice], name: str, value: str) -> QuerySet[Notice]:
        match value:
            case "open":
                return notices.filter(state__in=OPEN)
            case "overdue":
                return notices.filter(day_overdue("due_on", clock.today()), state__in=WITH_BODY)
            case "told":
                told = Escalation.objects.filter(to=Receiver.LEADERSHIP).values("notice")
                return notices.filter(state__in=OPEN, pk__in=told)
            case "all":
                return notices
        return notices.filter(state=value)

    def by_words(self, notices: QuerySet[Notice], name: str, value: Any) -> QuerySet[Notice]:
        """In number, title, agency or a task's heading."""
        own = ("doc_number", "title", "addressee", "agency__names__short", "tasks__heading", "tasks__code")
        for condition in in_one_of(str(value), *own):
            notices = notices.filter(condition)
        return notices.distinct()
