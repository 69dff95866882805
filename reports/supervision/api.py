"""Notices and instructions through the API: reading what the reader may see, and every step through the one write path."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from qhplan import clock
from reports.supervision import actions, answers, batches, instructions, jobs, permissions, views
from reports.supervision.actions import HandInput, IssueInput
from reports.supervision.batches import MOST
from reports.supervision.filters import NoticeFilter
from reports.supervision.instruction_subjects import PARAMETERS, subject_of
from reports.supervision.instructions import InstructionInput
from reports.supervision.models import Answer, AnswerFile, Instruction, Notice, NoticeFile
from reports.supervision.triggers import latest_due
from reports.supervision.values import (
    ANSWER_LIMIT,
    REASON_LIMIT,
    TEXT_LIMIT,
    TITLE_LIMIT,
    WORDS_LIMIT,
    Ground,
    InstructionState,
)
from tasks.accounts.api_access import allowed
from tasks.agencies.models import Agency
from tasks.errors import Problem, Problems
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_instruct, may_see_problems, may_supervise, may_transcribe
from tasks.plans.models import Plan, Task
from tasks.serializers import PeriodField


class AnswerFileSerializer(serializers.ModelSerializer[AnswerFile]):
    """A file that was sent with an answer, and where it is downloaded."""

    name = serializers.CharField(source="file.name", read_only=True)
    size = serializers.IntegerField(source="file.size", read_only=True)
    sha256 = serializers.CharField(source="file.sha256", read_only=True)
    scan_state = serializers.CharField(source="file.scan_state", read_only=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = AnswerFile
        fields = ["name", "size", "sha256", "scan_state", "url"]

    def get_url(self, held: AnswerFile) -> str:
        path = reverse("notice_answer_file", args=[held.file_id])
        return str(self.context["request"].build_absolute_uri(path))


class AnswerSerializer(serializers.ModelSerializer[Answer]):
    """An answer of the agency, with the decision on it."""

    by = serializers.StringRelatedField[User](read_only=True)
    decided_by = serializers.StringRelatedField[User](read_only=True, allow_null=True)
    files = AnswerFileSerializer(many=True, read_only=True)

    class Meta:
        model = Answer
        fields = [
            "id",
            "number",
            "text",
            "at",
            "by",
            "due_on",
            "decision",
            "decided_at",
            "decided_by",
            "note",
            "new_due_on",
            "files",
        ]


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """A notice 督办单 or letter 函. `facts` is what was known when it was issued; `why` is null for its agency; `pdf` is the
    address of its document, null until there is one."""

    plan = serializers.SlugRelatedField[Plan]("slug", read_only=True)
    quarter = PeriodField(read_only=True)
    agency = serializers.SlugRelatedField[Agency]("slug", read_only=True)
    tasks = serializers.SlugRelatedField[Task]("ref", many=True, read_only=True)
    facts = serializers.JSONField(read_only=True)
    why = serializers.SerializerMethodField()
    proposed_by = serializers.SerializerMethodField()
    issued_by = serializers.StringRelatedField[User](read_only=True, allow_null=True)
    acknowledged_by = serializers.StringRelatedField[User](read_only=True, allow_null=True)
    ended_by = serializers.StringRelatedField[User](read_only=True, allow_null=True)
    answers = AnswerSerializer(many=True, read_only=True)
    kind_name = serializers.CharField(read_only=True)
    pdf = serializers.SerializerMethodField()

    class Meta:
        model = Notice
        fields = [
            "id",
            "plan",
            "quarter",
            "agency",
            "ground",
            "subject",
            "tasks",
            "target",
            "instruction",
            "facts",
            "known_at",
            "why",
            "title",
            "text",
            "state",
            "grade",
            "kind_name",
            "series",
            "doc_number",
            "addressee",
            "addressees",
            "signed",
            "due_on",
            "proposed_at",
            "proposed_by",
            "issued_at",
            "issued_by",
            "acknowledged_at",
            "acknowledged_by",
            "ended_at",
            "ended_by",
            "ended_reason",
            "is_sample",
            "answers",
            "pdf",
        ]

    def get_why(self, notice: Notice) -> str | None:
        return notice.why if self._sees_all else None

    def get_proposed_by(self, notice: Notice) -> str | None:
        return str(notice.proposed_by) if notice.proposed_by is not None and self._sees_all else None

    def get_pdf(self, notice: Notice) -> str | None:
        if notice.pk not in self._files:
            return None
        return str(self.context["request"].build_absolute_uri(reverse("api_notice_pdf", args=[notice.pk])))

    @property
    def _sees_all(self) -> bool:
        return may_see_problems(signed_in(self.context["request"]))

    @cached_property
    def _files(self) -> set[int]:
        """Of all the rows of an answer at once."""
        rows: Any = [self.instance] if self.parent is None else self.parent.instance
        return set(
            NoticeFile.objects.filter(notice__in=[row.pk for row in rows]).values_list("notice_id", flat=True)
        )


class NoticeContentSerializer(serializers.Serializer[Any]):
    """What whoever issues has the last word on."""

    title = serializers.CharField(max_length=TITLE_LIMIT)
    text = serializers.CharField(max_length=TEXT_LIMIT)
    due_on = serializers.DateField()
    grade = serializers.CharField(max_length=20, default="", allow_blank=True)


class NewNoticeSerializer(NoticeContentSerializer):
    """A notice by hand. On a fact (`red`, `missing`, `target`) it must hold; its name in `subject` (`task:12`,
    `quarter:2017Q1`, `target:5`) or the task says which. `key` may be any UUID: the same one sent twice is one notice. Instead of one `agency`, several
    `agencies`: each gets its own, and the answer says of each what became of it."""

    plan = serializers.SlugRelatedField[Plan]("slug", queryset=Plan.objects.defer("text", "head"))
    agency = serializers.SlugRelatedField[Agency]("slug", queryset=Agency.objects.all(), required=False)
    agencies = serializers.ListField(child=serializers.SlugField(), required=False, max_length=MOST)
    ground = serializers.ChoiceField(choices=[one.value for one in Ground if one != Ground.INSTRUCTION])
    quarter = PeriodField(default=None, allow_null=True)
    subject = serializers.CharField(max_length=40, default="", allow_blank=True)
    task = serializers.SlugField(default="", allow_blank=True)
    key = serializers.UUIDField(default=None, allow_null=True)


class NoticeOutcomeSerializer(serializers.Serializer[Any]):
    """What became of the notice to one agency: the notice, or why there is none."""

    agency = serializers.CharField()
    notice = NoticeSerializer(allow_null=True)
    problem = serializers.CharField(allow_blank=True)


class NoticeReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=REASON_LIMIT)


class AnswerTextSerializer(serializers.Serializer[Any]):
    """The answer that is sent in the agency's name."""

    text = serializers.CharField(max_length=ANSWER_LIMIT)


class AnswerDecisionSerializer(serializers.Serializer[Any]):
    """`answer` is the one that was read; sent back with a note and another day."""

    answer = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    accept = serializers.BooleanField()
    note = serializers.CharField(max_length=REASON_LIMIT, default="", allow_blank=True)
    due_on = serializers.DateField(default=None, allow_null=True)


def _read(kind: type[serializers.Serializer[Any]], request: Request) -> Any:
    given = kind(data=request.data)
    given.is_valid(raise_exception=True)
    return given.validated_data


def _content(data: dict[str, Any]) -> IssueInput:
    return IssueInput(**{name: data.pop(name) for name in ("title", "text", "due_on", "grade")})


class NoticeViews(viewsets.ReadOnlyModelViewSet[Notice]):
    """督办: notices that the reader may see; an agency's people see what was issued to it."""

    serializer_class = NoticeSerializer
    filterset_class = NoticeFilter
    queryset = Notice.objects.none()

    def get_permissions(self) -> list[Any]:
        by_office = {"make", "issue", "reject", "decide", "withdraw"}
        return [allowed(may_supervise if self.action in by_office else permissions.may_see_some)()]

    def get_queryset(self) -> QuerySet[Notice, Any]:
        return (
            Notice.objects.visible_to(signed_in(self.request))
            .for_page()
            .prefetch_related("tasks", "answers__by", "answers__decided_by", "answers__files__file")
            .order_by("-proposed_at", "-id")
        )

    @extend_schema(
        request=NewNoticeSerializer,
        responses={201: NoticeSerializer, 200: NoticeOutcomeSerializer(many=True)},
    )
    def make(self, request: Request) -> Response:
        """State a notice: issued at once where the caller may issue to that agency, else a proposal. To several `agencies`
        each by itself; the answer is a list then."""
        data = _read(NewNoticeSerializer, request)
        slugs = list(dict.fromkeys(data.pop("agencies", [])))
        if bool(slugs) == ("agency" in data):
            raise Problems([Problem("agency", _("请给出 agency 或 agencies，二者取一。"))])
        several = {one.slug: one for one in Agency.objects.filter(slug__in=slugs)}
        plan, ref, content = data["plan"], data.pop("task"), _content(data)
        task = Task.objects.filter(plan=plan, ref=ref).first() if ref else None
        if ref and task is None:
            raise Problems([Problem("task", _("方案中没有这项任务。"))])
        asked = HandInput(
            plan=plan,
            agency_id=data["agency"].pk if "agency" in data else 0,
            ground=data["ground"],
            quarter=data["quarter"] or latest_due(plan, clock.now()) or plan.first_quarter,
            content=content,
            subject=data["subject"],
            task_ids=(task.pk,) if task else (),
            key=data["key"],
        )
        if slugs:
            return self._several(request, asked, slugs, several)
        made = jobs.ask_by_hand(by=signed_in(request), asked=asked)
        return self._answer(made.pk, status.HTTP_201_CREATED)

    def _several(
        self, request: Request, asked: HandInput, slugs: list[str], known: dict[str, Agency]
    ) -> Response:
        ids = [known[slug].pk for slug in slugs if slug in known]
        found = {
            one.agency_id: one
            for one in batches.put_to_each(by=signed_in(request), asked=asked, agency_ids=ids)
        }
        made = [one.notice.pk for one in found.values() if one.notice is not None and not one.why]
        rows = list(self.get_queryset().filter(pk__in=made))
        told = self.get_serializer(rows, many=True).data
        shown = {notice.agency_id: data for notice, data in zip(rows, told, strict=True)}
        answer = [
            {
                "agency": slug,
                "notice": shown.get(known[slug].pk) if slug in known else None,
                "problem": found[known[slug].pk].why if slug in known else _("没有这个单位。"),
            }
            for slug in slugs
        ]
        return Response(answer)

    @extend_schema(request=NoticeContentSerializer)
    def issue(self, request: Request, pk: int) -> Response:
        """Issue a proposal."""
        content = _content(_read(NoticeContentSerializer, request))
        jobs.ask_issue(by=signed_in(request), notice=self.get_object(), content=content)
        return self._answer(pk)

    @extend_schema(request=NoticeReasonSerializer)
    def reject(self, request: Request, pk: int) -> Response:
        """Refuse a proposal."""
        reason = _read(NoticeReasonSerializer, request)["reason"]
        actions.reject(by=signed_in(request), notice=self.get_object(), reason=reason)
        return self._answer(pk)

    @extend_schema(request=None)
    def acknowledge(self, request: Request, pk: int) -> Response:
        """Sign for it in the agency's name."""
        answers.acknowledge(by=signed_in(request), notice=self.get_object())
        return self._answer(pk)

    @extend_schema(request=AnswerTextSerializer)
    def answer(self, request: Request, pk: int) -> Response:
        """Answer in the agency's name."""
        text = _read(AnswerTextSerializer, request)["text"]
        answers.answer(by=signed_in(request), notice=self.get_object(), text=text)
        return self._answer(pk)

    @extend_schema(request=AnswerDecisionSerializer)
    def decide(self, request: Request, pk: int) -> Response:
        """Close it, or send the answer back."""
        data = _read(AnswerDecisionSerializer, request)
        notice = self.get_object()
        read = get_object_or_404(Answer, pk=data.pop("answer"), notice=notice)
        answers.decide(by=signed_in(request), notice=notice, answer=read, **data)
        return self._answer(pk)

    @extend_schema(request=NoticeReasonSerializer)
    def withdraw(self, request: Request, pk: int) -> Response:
        """Withdraw an issued notice."""
        reason = _read(NoticeReasonSerializer, request)["reason"]
        actions.withdraw(by=signed_in(request), notice=self.get_object(), reason=reason)
        return self._answer(pk)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def pdf(self, request: Request, pk: int) -> HttpResponseBase:
        """The document."""
        return views.notice_pdf(request._request, pk)

    def _answer(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, status=code)


# -- instructions -------------------------------------------------------------------------------------------


class InstructionSerializer(serializers.ModelSerializer[Instruction]):
    """A leader's words, on one of: a task (its ref), an agency (its slug), a target (its number), a brief, a return, a
    request for coordination or a notice (their ids), or on nothing. `given_on` is the date on the paper, `at` when it was
    registered, by whom. `notices` are those assigned on it that the reader may see."""

    plan = serializers.SlugRelatedField[Plan]("slug", read_only=True)
    task = serializers.SlugRelatedField[Task]("ref", read_only=True, allow_null=True)
    brief = serializers.IntegerField(source="brief_id", read_only=True, allow_null=True)
    submission = serializers.IntegerField(source="submission_id", read_only=True, allow_null=True)
    coordination = serializers.IntegerField(source="coordination_id", read_only=True, allow_null=True)
    notice = serializers.IntegerField(source="notice_id", read_only=True, allow_null=True)
    agency = serializers.SlugRelatedField[Agency]("slug", read_only=True, allow_null=True)
    target = serializers.IntegerField(source="target.order", read_only=True, allow_null=True, default=None)
    by = serializers.StringRelatedField[User](read_only=True)
    state = serializers.SerializerMethodField()
    notices = serializers.SerializerMethodField()

    class Meta:
        model = Instruction
        fields = [
            "id",
            "plan",
            "task",
            "brief",
            "submission",
            "coordination",
            "notice",
            "agency",
            "target",
            "leader",
            "words",
            "given_on",
            "at",
            "by",
            "transcribed",
            "state",
            "aside_at",
            "aside_reason",
            "is_sample",
            "notices",
        ]

    @extend_schema_field(serializers.ChoiceField(choices=InstructionState.choices))
    def get_state(self, instruction: Instruction) -> str:
        return instruction.standing.value

    def get_notices(self, instruction: Instruction) -> list[int]:
        return self._assigned.get(instruction.pk, [])

    @cached_property
    def _assigned(self) -> dict[int, list[int]]:
        rows: Any = [self.instance] if self.parent is None else self.parent.instance
        visible = Notice.objects.visible_to(signed_in(self.context["request"]))
        found: dict[int, list[int]] = {}
        for pk, instruction in (
            visible.filter(instruction__in=[row.pk for row in rows])
            .order_by("pk")
            .values_list("pk", "instruction_id")
        ):
            found.setdefault(instruction, []).append(pk)
        return found


class NewInstructionSerializer(serializers.Serializer[Any]):
    """On one thing, named as in the answer (a return by `submission`; task, agency and target with their plan), or with a
    plan alone. The office says who wrote it and when; leaders write their own."""

    plan = serializers.SlugRelatedField[Plan](
        "slug", queryset=Plan.objects.defer("text", "head"), default=None, allow_null=True
    )
    task = serializers.SlugField(default="", allow_blank=True)
    brief = serializers.IntegerField(min_value=1, max_value=2**63 - 1, default=None, allow_null=True)
    submission = serializers.IntegerField(min_value=1, max_value=2**63 - 1, default=None, allow_null=True)
    coordination = serializers.IntegerField(min_value=1, max_value=2**63 - 1, default=None, allow_null=True)
    notice = serializers.IntegerField(min_value=1, max_value=2**63 - 1, default=None, allow_null=True)
    agency = serializers.SlugField(default="", allow_blank=True)
    target = serializers.IntegerField(min_value=1, max_value=10_000, default=None, allow_null=True)
    words = serializers.CharField(max_length=WORDS_LIMIT)
    leader = serializers.CharField(max_length=60, default="", allow_blank=True)
    given_on = serializers.DateField(default=None, allow_null=True)
    key = serializers.UUIDField(default=None, allow_null=True)


class AssignSerializer(NoticeContentSerializer):
    """To which agency it is assigned, and what is asked of it."""

    agency = serializers.SlugRelatedField[Agency]("slug", queryset=Agency.objects.all())


class InstructionViews(viewsets.ReadOnlyModelViewSet[Instruction]):
    """批示: instructions; an agency's people see those of which something was assigned to it."""

    serializer_class = InstructionSerializer
    queryset = Instruction.objects.none()
    filterset_fields = {"plan__slug": ["exact"], "task__ref": ["exact"], "brief": ["exact"]}

    def get_permissions(self) -> list[Any]:
        by_action = {
            "make": lambda user: may_instruct(user) or may_transcribe(user),
            "assign": may_supervise,
            "aside": may_transcribe,
        }
        return [allowed(by_action.get(self.action, permissions.may_see_some))()]

    def get_queryset(self) -> QuerySet[Instruction, Any]:
        return Instruction.objects.visible_to(signed_in(self.request)).with_standing().for_page()

    @extend_schema(request=NewInstructionSerializer, responses={201: InstructionSerializer})
    def make(self, request: Request) -> Response:
        """Write an instruction, or register one for a leader."""
        data = _read(NewInstructionSerializer, request)
        user, plan = signed_in(request), data.pop("plan")
        given = {name: data.pop(field) for field, name in PARAMETERS.items()}
        named = {name: str(value) for name, value in given.items() if value not in ("", None)}
        if len(named) > 1:
            raise Problems([Problem("", _("一条批示只能针对一件事。"))])
        if plan is not None:
            named["plan"] = plan.slug
        elif not named:
            raise Problems([Problem("plan", _("不针对某一件事的批示，须写明方案。"))])
        if "task" in named and not Task.objects.filter(plan=plan, ref=named["task"]).exists():
            raise Problems([Problem("task", _("方案中没有这项任务。"))])
        made = instructions.instruct(by=user, asked=InstructionInput(on=subject_of(user, named), **data))
        return self._answer(made.pk, status.HTTP_201_CREATED)

    @extend_schema(request=AssignSerializer, responses={201: NoticeSerializer})
    def assign(self, request: Request, pk: int) -> Response:
        """Assign it to an agency: a notice or letter on this ground."""
        data = _read(AssignSerializer, request)
        found = self.get_object()
        asked = HandInput(
            plan=found.plan,
            agency_id=data["agency"].pk,
            ground=Ground.INSTRUCTION,
            quarter=latest_due(found.plan, clock.now()) or found.plan.first_quarter,
            content=_content(data),
            instruction=found,
        )
        made = jobs.ask_by_hand(by=signed_in(request), asked=asked)
        shown = Notice.objects.for_page().prefetch_related("tasks", "answers").get(pk=made.pk)
        return Response(
            NoticeSerializer(shown, context=self.get_serializer_context()).data,
            status=status.HTTP_201_CREATED,
        )

    @extend_schema(request=NoticeReasonSerializer)
    def aside(self, request: Request, pk: int) -> Response:
        """Say that nothing is to be assigned on it."""
        reason = _read(NoticeReasonSerializer, request)["reason"]
        instructions.set_aside(by=signed_in(request), instruction=self.get_object(), reason=reason)
        return self._answer(pk)

    def _answer(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, status=code)


urlpatterns = [
    path("notices/", NoticeViews.as_view({"get": "list", "post": "make"}), name="api_notice_list"),
    path("notices/<int:pk>/", NoticeViews.as_view({"get": "retrieve"}), name="api_notice"),
    path("notices/<int:pk>/pdf/", NoticeViews.as_view({"get": "pdf"}), name="api_notice_pdf"),
    *(
        path(f"notices/<int:pk>/{step}/", NoticeViews.as_view({"post": step}), name=f"api_notice_{step}")
        for step in ("issue", "reject", "acknowledge", "answer", "decide", "withdraw")
    ),
    path(
        "instructions/",
        InstructionViews.as_view({"get": "list", "post": "make"}),
        name="api_instruction_list",
    ),
    path("instructions/<int:pk>/", InstructionViews.as_view({"get": "retrieve"}), name="api_instruction"),
    path(
        "instructions/<int:pk>/assign/",
        InstructionViews.as_view({"post": "assign"}),
        name="api_instruction_assign",
    ),
    path(
        "instructions/<int:pk>/aside/",
        InstructionViews.as_view({"post": "aside"}),
        name="api_instruction_aside",
    ),
]
