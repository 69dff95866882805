"""API routes of adjustments, read-only: approved ones, and undecided proposals for those who may decide them."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import generics, serializers

from tasks.adjustments.filters import AdjustmentFilter
from tasks.adjustments.models import Adjustment, AdjustmentKind
from tasks.people.access import signed_in
from tasks.people.permissions import may_decide_adjustments, may_file
from tasks.plans.api import OfPlan
from tasks.serializers import PeriodField


class AdjustmentSerializer(serializers.ModelSerializer[Adjustment]):
    """`content` has the previous and the new state; its shape depends on `kind`, and a reform's accounts are left out.
    `tasks` are refs, `target_order` is the target's number in the plan."""

    effective = PeriodField(read_only=True)
    tasks = serializers.SlugRelatedField[Any]("ref", many=True, read_only=True)
    content = serializers.SerializerMethodField()
    proposed_by = serializers.CharField(source="proposed_by.display_name", read_only=True)
    applicant = serializers.SlugRelatedField[Any](
        "slug",
        read_only=True,
        allow_null=True,
        help_text="the agency that applied; null where the office proposed",
    )
    opinion = serializers.SerializerMethodField(
        help_text="what the office thinks of it, for those who decide and the applicant"
    )
    decided_by = serializers.CharField(source="decided_by.display_name", read_only=True, allow_null=True)

    class Meta:
        model = Adjustment
        fields = [
            "id",
            "kind",
            "state",
            "effective",
            "tasks",
            "target_order",
            "content",
            "doc_number",
            "reason",
            "proposed_by",
            "proposed_at",
            "applicant",
            "opinion",
            "decided_by",
            "decided_at",
            "decision_note",
        ]

    def get_opinion(self, row: Adjustment) -> str | None:
        user = signed_in(self.context["request"])
        seen = may_decide_adjustments(user) or (may_file(user) and user.agency_id == row.applicant_id)
        return row.opinion if seen else None

    def get_content(self, row: Adjustment) -> dict[str, Any]:
        content = dict(row.content)
        if row.kind == AdjustmentKind.REFORM:
            content.pop("moves", None)
        return content


class _Adjustments(OfPlan):
    serializer_class = AdjustmentSerializer
    queryset = (
        Adjustment.objects.select_related("proposed_by", "decided_by", "applicant")
        .prefetch_related("tasks")
        .order_by("-id")
    )

    def get_queryset(self) -> QuerySet[Any, Any]:
        rows: Any = super().get_queryset()
        fake = getattr(self, "swagger_fake_view", False)
        return rows if fake else rows.visible_to(signed_in(self.request))  # type: ignore[no-any-return]


class AdjustmentList(_Adjustments, generics.ListAPIView[Adjustment]):
    """The plan's adjustments, the latest first."""

    filter_backends = [DjangoFilterBackend]
    filterset_class = AdjustmentFilter


class AdjustmentDetail(_Adjustments, generics.RetrieveAPIView[Adjustment]):
    """One adjustment."""


urlpatterns = [
    path("plans/<slug:plan>/adjustments/", AdjustmentList.as_view(), name="api_adjustment_list"),
    path("plans/<slug:plan>/adjustments/<int:pk>/", AdjustmentDetail.as_view(), name="api_adjustment"),
]
