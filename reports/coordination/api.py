"""Requests for coordination through the API: reading what the reader may see, and every act through the one write path."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path, reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from reports.coordination import actions, permissions
from reports.coordination.filters import CoordinationFilter
from reports.coordination.models import CoordinationFile, CoordinationRequest, CoordinationStep
from reports.coordination.transitions import ACTS
from reports.coordination.values import MEETING_LIMIT, TEXT_LIMIT, WORDS_LIMIT
from tasks.accounts.api_access import allowed
from tasks.agencies.models import Agency
from tasks.errors import Problem, Problems
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.plans.models import Plan, Task
from tasks.serializers import PeriodField


class CoordinationFileSerializer(serializers.ModelSerializer[CoordinationFile]):
    """A file of a step, and where it is downloaded."""

    name = serializers.CharField(source="file.name", read_only=True)
    size = serializers.IntegerField(source="file.size", read_only=True)
    sha256 = serializers.CharField(source="file.sha256", read_only=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = CoordinationFile
        fields = ["name", "size", "sha256", "url"]

    def get_url(self, held: CoordinationFile) -> str:
        address = reverse("coordination_file", args=[held.file_id])
        return str(self.context["request"].build_absolute_uri(address))


class CoordinationStepSerializer(serializers.ModelSerializer[CoordinationStep]):
    """What happened to a request. `version` is the id of the submitted version that raised it."""

    by = serializers.StringRelatedField[User](read_only=True)
    agencies = serializers.SlugRelatedField[Agency]("slug", many=True, read_only=True)
    files = CoordinationFileSerializer(many=True, read_only=True)

    class Meta:
        model = CoordinationStep
        fields = [
            "kind",
            "at",
            "by",
            "words",
            "version",
            "agencies",
            "due_on",
            "meeting",
            "held_on",
            "instruction",
            "files",
        ]


class CoordinationSerializer(serializers.ModelSerializer[CoordinationRequest]):
    """A request for coordination, with its steps from the first one on."""

    plan = serializers.SlugRelatedField[Plan]("slug", read_only=True)
    task = serializers.SlugRelatedField[Task]("ref", read_only=True)
    agency = serializers.SlugRelatedField[Agency]("slug", read_only=True)
    quarter = PeriodField(read_only=True)
    steps = CoordinationStepSerializer(many=True, read_only=True)

    class Meta:
        model = CoordinationRequest
        fields = [
            "id",
            "plan",
            "task",
            "agency",
            "quarter",
            "text",
            "state",
            "raised_at",
            "by_office",
            "is_sample",
            "steps",
        ]


class NewCoordinationSerializer(serializers.Serializer[Any]):
    """What the office adds for an agency. `key` may be any UUID: the same one sent twice is one request."""

    plan = serializers.SlugRelatedField[Plan]("slug", queryset=Plan.objects.defer("text", "head"))
    task = serializers.SlugField()
    agency = serializers.SlugRelatedField[Agency]("slug", queryset=Agency.objects.all())
    text = serializers.CharField(max_length=TEXT_LIMIT)
    key = serializers.UUIDField(default=None, allow_null=True)


class CoordinationActSerializer(serializers.Serializer[Any]):
    """One act. `meeting` and `held_on` belong to `meet`, `agencies` and `due_on` to `assign`."""

    action = serializers.ChoiceField(choices=list(ACTS))
    words = serializers.CharField(max_length=WORDS_LIMIT, default="", allow_blank=True)
    meeting = serializers.CharField(max_length=MEETING_LIMIT, default="", allow_blank=True)
    held_on = serializers.DateField(default=None, allow_null=True)
    agencies = serializers.SlugRelatedField[Agency](
        "slug", queryset=Agency.objects.all(), many=True, required=False
    )
    due_on = serializers.DateField(default=None, allow_null=True)


class CoordinationViews(viewsets.ReadOnlyModelViewSet[CoordinationRequest]):
    """提请协调事项: requests that the reader may see."""

    serializer_class = CoordinationSerializer
    filterset_class = CoordinationFilter
    queryset = CoordinationRequest.objects.none()

    def get_permissions(self) -> list[Any]:
        return [allowed(permissions.may_handle if self.action == "make" else permissions.may_see_some)()]

    def get_queryset(self) -> QuerySet[CoordinationRequest, Any]:
        return (
            CoordinationRequest.objects.visible_to(signed_in(self.request))
            .for_page()
            .prefetch_related("steps__by", "steps__agencies", "steps__files__file")
            .order_by("-raised_at", "-id")
        )

    @extend_schema(request=NewCoordinationSerializer, responses={201: CoordinationSerializer})
    def make(self, request: Request) -> Response:
        """Add what an agency asked outside a return."""
        given = NewCoordinationSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        task = Task.objects.select_related("plan").filter(plan=data["plan"], ref=data["task"]).first()
        if task is None:
            raise Problems([Problem("task", _("方案中没有这项任务。"))])
        made = actions.add(
            by=signed_in(request), task=task, agency_id=data["agency"].pk, text=data["text"], key=data["key"]
        )
        return self._answer(made.pk, status.HTTP_201_CREATED)

    @extend_schema(request=CoordinationActSerializer)
    def act(self, request: Request, pk: int) -> Response:
        """Do one act on it."""
        given = CoordinationActSerializer(data=request.data)
        found = self.get_object()
        given.is_valid(raise_exception=True)
        data = given.validated_data
        asked = actions.StepInput(
            words=data["words"],
            meeting=data["meeting"],
            held_on=data["held_on"],
            agency_ids=tuple(agency.pk for agency in data.get("agencies", ())),
            due_on=data["due_on"],
        )
        actions.act(by=signed_in(request), request=found, name=data["action"], asked=asked)
        return self._answer(pk)

    def _answer(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, status=code)


urlpatterns = [
    path(
        "coordination/",
        CoordinationViews.as_view({"get": "list", "post": "make"}),
        name="api_coordination_list",
    ),
    path("coordination/<int:pk>/", CoordinationViews.as_view({"get": "retrieve"}), name="api_coordination"),
    path(
        "coordination/<int:pk>/act/",
        CoordinationViews.as_view({"post": "act"}),
        name="api_coordination_act",
    ),
]
