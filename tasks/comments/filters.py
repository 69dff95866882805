"""Filter of comments, for the list page and the API."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tasks.comments.models import Comment
from tasks.comments.values import KINDS
from tasks.grams import in_one_of


class CommentFilter(filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters comments by object, state (valid or withdrawn) and words."""

    kind = filters.ChoiceFilter(
        label=_("对象"),
        choices=lambda: [(key, kind.word) for key, kind in KINDS.items()],
        empty_label=_("全部"),
    )
    subject_id = filters.NumberFilter(label=_("对象编号"), min_value=1, max_value=2**63 - 1)
    state = filters.ChoiceFilter(
        label=_("状态"),
        choices=[("kept", _("未转送")), ("released", _("已转送")), ("withdrawn", _("已撤回"))],
        method="by_state",
        empty_label=_("全部"),
    )
    words = filters.CharFilter(label=_("关键词"), method="by_words", max_length=40)

    class Meta:
        model = Comment
        fields: list[str] = []

    def by_words(self, comments: QuerySet[Comment], name: str, value: str) -> QuerySet[Comment]:
        return comments.filter(*in_one_of(value, "text"))

    def by_state(self, comments: QuerySet[Comment], name: str, value: Any) -> QuerySet[Comment]:
        if value == "withdrawn":
            return comments.filter(withdrawn_at__isnull=False)
        return comments.filter(withdrawn_at__isnull=True, releases__isnull=value == "kept").distinct()
