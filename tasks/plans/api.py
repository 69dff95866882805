"""API routes of plans: list, detail, text, passages, task groups and sectors."""

from functools import cached_property
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.people.models import User
from tasks.people.plan_scope import seen_plans
from tasks.people.queries import is_sample_database
from tasks.period_words import speak
from tasks.plans.annotations import quoted_in
from tasks.plans.models import Direction, Plan, Sector, Task, TaskGroup, TaskSector
from tasks.plans.object_links import object_link
from tasks.serializers import PeriodField, SpanField


class OfPlan(generics.GenericAPIView[Any]):
    """Base of the routes under /plans/<plan>/."""

    filter_backends: list[Any] = []

    @cached_property
    def plan(self) -> Plan:
        """The plan without its text, which is large. Raises NotFound."""
        plan = Plan.objects.defer("text").filter(slug=self.kwargs["plan"]).first()
        if plan is None:
            raise Http404(_("没有这个方案。"))
        speak(plan.kind)
        return plan

    def get_queryset(self) -> QuerySet[Any, Any]:
        """The route's rows of this plan. (The schema generator calls this without a plan.)"""
        rows = super().get_queryset()
        return rows if getattr(self, "swagger_fake_view", False) else rows.filter(plan=self.plan)


class PlanSerializer(serializers.ModelSerializer[Plan]):
    """`is_sample`: this database contains sample data 示例数据 and no real submissions."""

    first_quarter = PeriodField(read_only=True)
    last_quarter = PeriodField(read_only=True)
    is_sample = serializers.SerializerMethodField()

    class Meta:
        model = Plan
        fields = [
            "slug",
            "title",
            "doc_number",
            "issuer",
            "passed_on",
            "issued_on",
            "in_force_from",
            "in_force_to",
            "text_sha256",
            "first_quarter",
            "last_quarter",
            "is_sample",
        ]

    def get_is_sample(self, plan: Plan) -> bool:
        return self._is_sample

    @cached_property
    def _is_sample(self) -> bool:
        """Read once for all plans of a response."""
        return is_sample_database()


class PlanList(generics.ListAPIView[Plan]):
    """The plans that the user may read, the latest first."""

    serializer_class = PlanSerializer
    queryset = Plan.objects.defer("text").order_by("-issued_on", "-id")

    def get_queryset(self) -> QuerySet[Plan]:
        """Those in which the user has a part. (The schema generator calls this without a user.)"""
        rows = super().get_queryset()
        user = self.request.user if self.request else None
        return rows.filter(seen_plans(user)) if isinstance(user, User) else rows


class PlanDetail(OfPlan):
    """One plan's title, number, dates and validity."""

    serializer_class = PlanSerializer

    def get(self, request: Request, plan: str) -> Response:
        return Response(self.get_serializer(self.plan).data)


class TextSerializer(serializers.ModelSerializer[Plan]):
    class Meta:
        model = Plan
        fields = ["slug", "text_sha256", "text"]


class PlanText(OfPlan):
    """The plan's text as published, unnormalised. Every passage is a span of it, in code points."""

    serializer_class = TextSerializer

    def get(self, request: Request, plan: str) -> Response:
        return Response(self.get_serializer(self.plan).data)


class PassageSerializer(serializers.Serializer[Any]):
    """An object taken from the plan, and the text that it quotes. `role` is `body` if the span is the object's full
    text, and `passage` if it is its name."""

    start = serializers.IntegerField(read_only=True)
    end = serializers.IntegerField(read_only=True)
    quote = serializers.CharField(read_only=True)
    role = serializers.CharField(read_only=True)
    kind = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    note = serializers.CharField(read_only=True)
    page = serializers.CharField(read_only=True)


class PassageList(OfPlan):
    """Every object that quotes the plan with its passage, in the order of the text."""

    serializer_class = PassageSerializer

    @extend_schema(responses=PassageSerializer(many=True))
    def get(self, request: Request, plan: str) -> Response:
        objects = sorted(quoted_in(self.plan), key=lambda item: (item.start, -item.end))
        last = self.plan.period_at(clock.today())
        names = {agency: name.short for agency, name in names_at(last).items()}
        rows = []
        for quoted in self.paginate_queryset(objects) or []:
            shown = object_link(quoted, self.plan, names)
            rows.append(
                {
                    "start": quoted.start,
                    "end": quoted.end,
                    "quote": self.plan.text[quoted.start : quoted.end],
                    "role": quoted.role,
                    "kind": shown.kind,
                    "name": shown.name,
                    "note": shown.note,
                    "page": shown.address,
                }
            )
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


FROM_PLAN = ["passage", "origin", "origin_note"]


class GroupSerializer(serializers.ModelSerializer[TaskGroup]):
    """`tasks` are the refs of its tasks."""

    passage = SpanField(read_only=True, allow_null=True)
    tasks = serializers.SlugRelatedField[Task]("ref", many=True, read_only=True)

    class Meta:
        model = TaskGroup
        fields = ["number", "name", "tasks", *FROM_PLAN]


class GroupList(OfPlan, generics.ListAPIView[TaskGroup]):
    """任务组 of the plan."""

    serializer_class = GroupSerializer
    queryset = TaskGroup.objects.select_related("passage").prefetch_related("tasks")


class DirectionSerializer(serializers.ModelSerializer[Direction]):
    passage = SpanField(read_only=True, allow_null=True)

    class Meta:
        model = Direction
        fields = ["number", "name", *FROM_PLAN]


class TaskLinkSerializer(serializers.ModelSerializer[TaskSector]):
    """A task whose text mentions the sector, or one of its directions; `passage` is that wording."""

    task = serializers.SlugRelatedField[Task]("ref", read_only=True)
    direction = serializers.SlugRelatedField[Direction]("number", read_only=True, allow_null=True)
    passage = SpanField(read_only=True, allow_null=True)

    class Meta:
        model = TaskSector
        fields = ["task", "direction", *FROM_PLAN]


class SectorSerializer(serializers.ModelSerializer[Sector]):
    passage = SpanField(read_only=True, allow_null=True)
    directions = DirectionSerializer(many=True, read_only=True)
    tasks = TaskLinkSerializer(source="task_links", many=True, read_only=True)

    class Meta:
        model = Sector
        fields = ["number", "name", "directions", "tasks", *FROM_PLAN]


class SectorList(OfPlan, generics.ListAPIView[Sector]):
    """重点领域 of the plan, with their directions and linked tasks."""

    serializer_class = SectorSerializer
    queryset = Sector.objects.select_related("passage").prefetch_related(
        Prefetch("directions", Direction.objects.select_related("passage")),
        Prefetch(
            "task_links",
            TaskSector.objects.select_related("task", "direction", "passage").order_by("task__order", "id"),
        ),
    )


urlpatterns = [
    path("plans/", PlanList.as_view(), name="api_plan_list"),
    path("plans/<slug:plan>/", PlanDetail.as_view(), name="api_plan"),
    path("plans/<slug:plan>/text/", PlanText.as_view(), name="api_text"),
    path("plans/<slug:plan>/passages/", PassageList.as_view(), name="api_passage_list"),
    path("plans/<slug:plan>/groups/", GroupList.as_view(), name="api_group_list"),
    path("plans/<slug:plan>/sectors/", SectorList.as_view(), name="api_sector_list"),
]
