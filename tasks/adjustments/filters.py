"""Filter of adjustments by kind and state."""

import django_filters
from django.utils.translation import gettext_lazy as _

from tasks.adjustments.models import Adjustment, AdjustmentKind, AdjustmentState


class AdjustmentFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filter of the list page and the API."""

    kind = django_filters.ChoiceFilter(label=_("类别"), choices=AdjustmentKind.choices, empty_label=_("全部"))
    state = django_filters.ChoiceFilter(
        label=_("状态"), choices=AdjustmentState.choices, empty_label=_("全部")
    )

    class Meta:
        model = Adjustment
        fields = ("kind", "state")
