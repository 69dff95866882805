"""API routes of a plan's structure, indicators, targets and assessments."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qhplan import clock
from tasks.agencies.models import Agency
from tasks.indicators.assessment_models import Assessment, Verdict
from tasks.indicators.export import export
from tasks.indicators.models import Indicator, IndicatorDefinition, IndicatorOwner, IndicatorTask, Target
from tasks.indicators.target_actions import AssessmentInput, assess
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.plans.api import FROM_PLAN, OfPlan
from tasks.plans.models import Task
from tasks.serializers import PeriodField, SpanField
from tasks.values import Period


class Structure(OfPlan):
    """The whole plan as published, as plain data: the output of `manage.py export_plan` (docs/plan-schema.json)."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, plan: str) -> Response:
        return Response(export(self.plan))


class AskedOfSerializer(serializers.ModelSerializer[IndicatorTask]):
    """The tasks and duties whose submissions report the indicator."""

    task = serializers.SlugRelatedField[Task]("ref", read_only=True)

    class Meta:
        model = IndicatorTask
        fields = ["task", "duty", "origin", "origin_note"]


class DefinitionSerializer(serializers.ModelSerializer[IndicatorDefinition]):
    """口径. Valid from `since` to `until`, both quarters included; null is open."""

    since = serializers.SerializerMethodField()
    until = serializers.SerializerMethodField()

    class Meta:
        model = IndicatorDefinition
        fields = [
            "definition",
            "source",
            "frequency",
            "lag_months",
            "since",
            "until",
            "origin",
            "origin_note",
        ]

    def get_since(self, row: IndicatorDefinition) -> str | None:
        return _quarter(row.valid.lower)

    def get_until(self, row: IndicatorDefinition) -> str | None:
        return _last(row.valid.upper)


class OwnerSerializer(serializers.ModelSerializer[IndicatorOwner]):
    """数据责任单位, assigned by the office: only this agency reports the figure, in its submission on `task`."""

    agency = serializers.SlugRelatedField[Agency]("slug", read_only=True)
    task = serializers.SlugRelatedField[Task]("ref", read_only=True)
    since = serializers.SerializerMethodField()
    until = serializers.SerializerMethodField()

    class Meta:
        model = IndicatorOwner
        fields = ["agency", "task", "since", "until", "origin", "origin_note"]

    def get_since(self, row: IndicatorOwner) -> str | None:
        return _quarter(row.valid.lower)

    def get_until(self, row: IndicatorOwner) -> str | None:
        return _last(row.valid.upper)


class IndicatorSerializer(serializers.ModelSerializer[Indicator]):
    """`across` is the rule that combines the figures of several agencies, `over_time` that of several quarters."""

    passage = SpanField(read_only=True, allow_null=True)
    tasks = AskedOfSerializer(many=True, read_only=True)
    definitions = DefinitionSerializer(many=True, read_only=True)
    owners = OwnerSerializer(many=True, read_only=True)

    class Meta:
        model = Indicator
        fields = [
            "slug",
            "name",
            "kind",
            "direction",
            "flow",
            "across",
            "over_time",
            "unit",
            "numerator_name",
            "denominator_name",
            "parts_unit",
            "denominator_unit",
            "decimals",
            "may_be_negative",
            "definitions",
            "tasks",
            "owners",
            *FROM_PLAN,
        ]


class IndicatorList(OfPlan, generics.ListAPIView[Indicator]):
    """指标 of the plan, with definitions and owners as known now. A ratio is reported as its two parts."""

    serializer_class = IndicatorSerializer
    queryset = Indicator.objects.select_related("passage")

    def get_queryset(self) -> QuerySet[Indicator, Any]:
        known = {"known__contains": clock.now()}
        return (
            super()
            .get_queryset()
            .prefetch_related(
                "tasks__task",
                Prefetch("definitions", IndicatorDefinition.objects.filter(**known)),
                Prefetch("owners", IndicatorOwner.objects.filter(**known).select_related("agency", "task")),
            )
        )


class TargetSerializer(serializers.ModelSerializer[Target]):
    """Valid from `since` to `until`, both quarters included; null is open."""

    passage = SpanField(read_only=True, allow_null=True)
    indicator = serializers.SlugRelatedField[Indicator]("slug", read_only=True, allow_null=True)
    task = serializers.SlugRelatedField[Task]("ref", read_only=True, allow_null=True)
    since = serializers.SerializerMethodField()
    until = serializers.SerializerMethodField()

    class Meta:
        model = Target
        fields = [
            "order",
            "year",
            "text",
            "comparison",
            "value",
            "unit",
            "indicator",
            "task",
            "since",
            "until",
            *FROM_PLAN,
        ]
        extra_kwargs = {"value": {"normalize_output": True}}

    def get_since(self, target: Target) -> str | None:
        return _quarter(target.valid.lower)

    def get_until(self, target: Target) -> str | None:
        return _last(target.valid.upper)


def _quarter(ordinal: int | None) -> str | None:
    return None if ordinal is None else str(Period.from_ordinal(ordinal))


def _last(upper: int | None) -> str | None:
    return _quarter(None if upper is None else upper - 1)


class TargetList(OfPlan, generics.ListAPIView[Target]):
    """目标 as known now, in printed order. The figures of a quarter contain the reported values."""

    serializer_class = TargetSerializer
    queryset = Target.objects.select_related("passage", "indicator", "task").order_by("order", "valid")

    def get_queryset(self) -> QuerySet[Target, Any]:
        return super().get_queryset().filter(known__contains=clock.now())


class AssessmentSerializer(serializers.ModelSerializer[Assessment]):
    """The office's verdict on a target as of a quarter. `by` is the user's name."""

    quarter = PeriodField(read_only=True)
    links = serializers.ListField(child=serializers.CharField(), read_only=True)
    by = serializers.StringRelatedField[User](read_only=True)

    class Meta:
        model = Assessment
        fields = ["quarter", "verdict", "note", "evidence", "links", "assessed_on", "at", "by"]


class AssessmentInputSerializer(serializers.Serializer[Any]):
    """`key` is an idempotency key of the caller: requests with the same key are recorded once."""

    key = serializers.UUIDField()
    quarter = PeriodField()
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    note = serializers.CharField(allow_blank=True, default="")
    evidence = serializers.CharField(allow_blank=True, default="")
    links = serializers.ListField(child=serializers.CharField(max_length=500), default=list, max_length=20)
    assessed_on = serializers.DateField(allow_null=True, default=None)


class AssessmentList(OfPlan, generics.ListAPIView[Assessment]):
    """评估 of one target, the valid assessment first. Assessments are never changed: a correction is a new one."""

    serializer_class = AssessmentSerializer
    queryset = Assessment.objects.select_related("by").order_by("-quarter", "-at", "-pk")

    def get_queryset(self) -> QuerySet[Assessment, Any]:
        assessments = super().get_queryset()
        return (
            assessments
            if getattr(self, "swagger_fake_view", False)
            else assessments.filter(target_order=self.kwargs["order"])
        )

    @extend_schema(request=AssessmentInputSerializer, responses=AssessmentSerializer)
    def post(self, request: Request, plan: str, order: int) -> Response:
        """Records the office's verdict on a target without figures."""
        serializer = AssessmentInputSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        assessment = assess(
            by=signed_in(request),
            plan=self.plan,
            order=order,
            quarter=data["quarter"],
            values=AssessmentInput(
                verdict=data["verdict"],
                note=data["note"],
                evidence=data["evidence"],
                links="\n".join(data["links"]),
                assessed_on=data["assessed_on"],
            ),
            key=data["key"],
        )
        return Response(AssessmentSerializer(assessment).data)


urlpatterns = [
    path(
        "plans/<slug:plan>/targets/<int:order>/assessments/",
        AssessmentList.as_view(),
        name="api_assessment_list",
    ),
    path("plans/<slug:plan>/structure/", Structure.as_view(), name="api_structure"),
    path("plans/<slug:plan>/indicators/", IndicatorList.as_view(), name="api_indicator_list"),
    path("plans/<slug:plan>/targets/", TargetList.as_view(), name="api_target_list"),
]
