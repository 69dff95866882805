"""Imports of plans through the API: upload, what was found and what is asked, corrections and answers, and what is decided.

Everything ends in the actions in which the forms of the page end. An edit has the form of tasks.plans.editing.
"""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from tasks.accounts.api_access import allowed
from tasks.errors import Problem, Problems
from tasks.files.jobs import ask_scan
from tasks.importing import actions
from tasks.importing.document_api import DocumentViews, NotedActSerializer, only_file, read
from tasks.importing.forms import edits_of
from tasks.importing.models import PlanImport
from tasks.importing.permissions import may_import
from tasks.importing.presenters import workspace
from tasks.importing.queries import LIST_FIELDS, current, imports_for
from tasks.importing.questions import Question
from tasks.people.access import signed_in

BATCH = 500


class ImportSerializer(serializers.ModelSerializer[PlanImport]):
    """方案导入. `plan` is the plan's code once there is one."""

    file = serializers.CharField(source="file.name")
    uploaded_by = serializers.CharField()
    decided_by = serializers.CharField(allow_null=True)
    plan = serializers.CharField(source="plan.slug", allow_null=True, default=None)

    class Meta:
        model = PlanImport
        fields = [
            "id",
            "state",
            "file",
            "text_sha256",
            "uploaded_by",
            "uploaded_at",
            "decided_by",
            "decided_at",
            "note",
            "plan",
        ]


class ChoiceSerializer(serializers.Serializer[Any]):
    """A possible answer; `needs` names the further field that it takes."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of this name, not the label of the serializer
    needs = serializers.CharField()


class QuestionSerializer(serializers.Serializer[Any]):
    """待确定: `start` and `end` are its place in the text; `lost`: something that the plan prints is missing until then."""

    key = serializers.CharField()
    kind = serializers.CharField()
    sentence = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    task = serializers.CharField(allow_null=True)
    lost = serializers.BooleanField()
    left = serializers.BooleanField(help_text="Left open with a reason.")
    choices = ChoiceSerializer(many=True)


class FoundAgencySerializer(serializers.Serializer[Any]):
    """A printed name, and what is made of it: the code of the known agency, or the kind of a new one."""

    name = serializers.CharField()
    status = serializers.CharField()
    agency = serializers.CharField()
    kind = serializers.CharField()


class FoundDutySerializer(serializers.Serializer[Any]):
    """An agency of a task in its role; `start` and `end` are null where a person assigned it."""

    name = serializers.CharField()
    duty = serializers.CharField()
    start = serializers.IntegerField(allow_null=True)
    end = serializers.IntegerField(allow_null=True)


class FoundGoalSerializer(serializers.Serializer[Any]):
    """年度目标 or 节点 of a table: of the months `first` to `last`; `year` is 0 where none is said."""

    year = serializers.IntegerField()
    first = serializers.IntegerField()
    last = serializers.IntegerField()
    text = serializers.CharField()


class FoundTaskSerializer(serializers.Serializer[Any]):
    """A task as it is now; `group` is null for a safeguard."""

    ref = serializers.CharField()
    heading = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    group = serializers.CharField(allow_null=True)
    agencies = FoundDutySerializer(many=True)
    deadline = serializers.CharField()
    goals = FoundGoalSerializer(many=True)


class FoundTargetSerializer(serializers.Serializer[Any]):
    """A target with its words; `indicator` is "" where none measures it."""

    words = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    year = serializers.IntegerField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    indicator = serializers.CharField()


class ImportDetailSerializer(ImportSerializer):
    """An import with what it says now, all corrections applied."""

    summary = serializers.CharField()
    head = serializers.DictField(child=serializers.CharField())
    tasks = FoundTaskSerializer(many=True)
    targets = FoundTargetSerializer(many=True)
    agencies = FoundAgencySerializer(many=True)
    questions = QuestionSerializer(many=True, help_text="Those that are open or left.")
    edits = serializers.IntegerField(help_text="How many corrections were made.")

    class Meta(ImportSerializer.Meta):
        fields = [
            *ImportSerializer.Meta.fields,
            "summary",
            "head",
            "tasks",
            "targets",
            "agencies",
            "questions",
            "edits",
        ]


class DocumentSerializer(serializers.Serializer[Any]):
    document = serializers.FileField()


class EditsSerializer(serializers.Serializer[Any]):
    """Corrections, all or none: `[{"op": "deadline", "task": {"ref": "2-1-1"}, "day": "2019-06-30"}, …]`."""

    edits = serializers.ListField(
        child=serializers.DictField(),
        allow_empty=False,
        max_length=BATCH,
    )


class QuestionAnswerSerializer(serializers.Serializer[Any]):
    """An answer to a question by its key; `all` answers those of its kind alike. The other fields are what a choice needs."""

    question = serializers.CharField()
    choice = serializers.CharField()
    note = serializers.CharField(required=False, allow_blank=True)
    agency = serializers.CharField(
        required=False, allow_blank=True, help_text="`start:end` of a name of the task."
    )
    kind = serializers.CharField(required=False, allow_blank=True)
    members = serializers.CharField(required=False, allow_blank=True)
    day = serializers.CharField(required=False, allow_blank=True)
    all = serializers.BooleanField(required=False, default=False)


class ActSerializer(NotedActSerializer):
    """What is done with the import; reopen, discard and ask_back need a `note`."""

    action = serializers.ChoiceField(actions.ACTS)


@extend_schema_view(
    list=extend_schema(
        responses=ImportSerializer(many=True),
        operation_id="imports_list",
        description="The imports of the reader's place, the latest first.",
    ),
    retrieve=extend_schema(
        responses=ImportDetailSerializer,
        operation_id="imports_retrieve",
        description="One import: what was found, as corrected, and what is open.",
    ),
)
class ImportViews(DocumentViews[PlanImport]):
    """方案导入, for the office."""

    serializer_class = ImportSerializer
    permission_classes = [allowed(may_import)]
    queryset = PlanImport.objects.none()
    left_out = LIST_FIELDS

    def get_queryset(self) -> QuerySet[PlanImport, Any]:
        return imports_for(signed_in(self.request))

    def shown(self, row: PlanImport) -> dict[str, Any]:
        return _shown(row)

    @extend_schema(
        request={"multipart/form-data": DocumentSerializer},
        responses={201: ImportDetailSerializer},
        operation_id="imports_create",
    )
    def upload(self, request: Request) -> Response:
        """Upload one document; it is read at once, and corrections of an earlier import of it are made again."""
        file = only_file(request, _("请以 multipart/form-data 的 document 字段上传一份文件。"))
        with transaction.atomic():
            row = actions.upload(by=signed_in(request), upload=file)
            ask_scan()
        return self.answer_with(row.pk, status.HTTP_201_CREATED)

    @extend_schema(
        request=EditsSerializer, responses=ImportDetailSerializer, operation_id="imports_edits_create"
    )
    def edit(self, request: Request, pk: int) -> Response:
        """Correct: a list of edits, all or none."""
        edits = read(EditsSerializer, request.data)["edits"]
        if not all(isinstance(one.get("op"), str) for one in edits):
            raise Problems([Problem("edits", _("每一步更正都要写明 op。"))])
        actions.add_edits(by=signed_in(request), plan_import=self.get_object(), edits=edits)
        return self.answer_with(pk)

    @extend_schema(
        request=QuestionAnswerSerializer,
        responses=ImportDetailSerializer,
        operation_id="imports_answers_create",
    )
    def answer(self, request: Request, pk: int) -> Response:
        """Answer a question, as the form does: what the answer means is corrected along with it."""
        data = QueryDict(mutable=True)
        given = read(QuestionAnswerSerializer, request.data)
        data.update({name: value for name, value in given.items() if name != "all"})
        if given["all"]:
            data["all"] = "1"
        row = self.get_object()
        actions.add_edits(
            by=signed_in(request), plan_import=row, edits=edits_of("answer", data, current(row))
        )
        return self.answer_with(pk)

    @extend_schema(request=ActSerializer, responses=ImportDetailSerializer, operation_id="imports_act_create")
    def act(self, request: Request, pk: int) -> Response:
        """Hand on, send back, confirm as a second person, give up; ask to take the loaded plan back, and consent."""
        actions.act(by=signed_in(request), plan_import=self.get_object(), **read(ActSerializer, request.data))
        return self.answer_with(pk)


def _shown(row: PlanImport) -> dict[str, Any]:
    now = current(row)
    shown = workspace(now, with_text=False)
    return {
        **ImportSerializer(row).data,
        "summary": now.structure.summary,
        "head": {one.name: one.value for one in shown.head},
        "tasks": [
            {
                "ref": one.ref,
                "heading": one.heading,
                "start": one.task.heading.start,
                "end": one.task.heading.end,
                "group": group.title if group.group else None,
                "agencies": [
                    {"name": name.name, "duty": name.duty, "start": name.start, "end": name.end}
                    for name in one.names
                ],
                "deadline": one.day or one.deadline,
                "goals": [
                    {"year": goal.year, "first": goal.first, "last": goal.last, "text": goal.name}
                    for goal in one.task.goals
                ],
            }
            for group in shown.groups
            for one in group.rows
        ],
        "targets": [
            {
                "words": one.target.quote.name,
                "start": one.target.quote.start,
                "end": one.target.quote.end,
                "year": one.target.year,
                "value": one.target.value,
                "unit": one.target.unit,
                "indicator": one.indicator,
            }
            for one in shown.targets
        ],
        "agencies": [
            {"name": one.name, "status": one.status, "agency": one.slug, "kind": one.kind}
            for one in now.matches.values()
        ],
        "questions": [_question(one) for one in now.questions.questions if one.is_open or one.is_left],
        "edits": shown.edits,
    }


def _question(one: Question) -> dict[str, Any]:
    return {
        "key": one.key,
        "kind": one.kind,
        "sentence": one.sentence,
        "start": one.start,
        "end": one.end,
        "task": one.task.ref if one.task else None,
        "lost": one.lost,
        "left": one.is_left,
        "choices": [
            {"value": choice.value, "label": str(choice.label), "needs": choice.needs}
            for choice in one.choices
        ],
    }


urlpatterns = [
    path("imports/", ImportViews.as_view({"get": "list", "post": "upload"}), name="api_import_list"),
    path("imports/<int:pk>/", ImportViews.as_view({"get": "retrieve"}), name="api_import"),
    path("imports/<int:pk>/edits/", ImportViews.as_view({"post": "edit"}), name="api_import_edits"),
    path("imports/<int:pk>/answers/", ImportViews.as_view({"post": "answer"}), name="api_import_answers"),
    path("imports/<int:pk>/act/", ImportViews.as_view({"post": "act"}), name="api_import_act"),
]
