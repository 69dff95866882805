"""Returns through the API: reading what the reader may see, and filing through the one write path.

Whatever is written is a batch: a list in, all of it or nothing. Who may do what is not said here but in the actions.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from tasks.accounts.api_access import allowed
from tasks.cycles.models import Cycle
from tasks.cycles.page_params import quarter_or_default
from tasks.decisions.serializers import UndoSerializer
from tasks.errors import Problem, Problems
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_file, may_review
from tasks.plans.api import OfPlan
from tasks.plans.models import Task
from tasks.review.actions import DecisionInput, SupplementInput, ask_supplement, decide
from tasks.review.corrections import correct, undo
from tasks.review.supplements import undo_supplement
from tasks.standing.progress import owed_returns
from tasks.submissions import actions
from tasks.submissions.content import DraftInput
from tasks.submissions.filters import PlaceFilter, VersionFilter
from tasks.submissions.models import Submission, Supplement, Version
from tasks.submissions.queries import desk, waiting_for_lead, waiting_for_office
from tasks.submissions.serializers import (
    BATCH,
    CorrectionSerializer,
    CycleSerializer,
    DecisionInputSerializer,
    DeskSerializer,
    DraftInputSerializer,
    DraftItemSerializer,
    OwedReturnSerializer,
    ReturnIdsSerializer,
    ReturnSerializer,
    SupplementInputSerializer,
    TakeBackSerializer,
    VersionSerializer,
    WithdrawSerializer,
    shown_returns,
    shown_versions,
)
from tasks.submissions.withdrawing import withdraw
from tasks.values import Period

AS_AT = OpenApiParameter(
    "q", str, description="The quarter, such as 2017Q1; default: the latest that is open for filing."
)


# -- reading ------------------------------------------------------------------------------------------------


class CycleList(OfPlan, generics.ListAPIView[Cycle]):
    """填报周期 of the plan, the latest first. A quarter that is not here was never opened."""

    serializer_class = CycleSerializer
    queryset = Cycle.objects.order_by("-quarter")


class VersionViews(viewsets.ReadOnlyModelViewSet[Version]):
    """填报版本: every version that was ever submitted and that the reader may see."""

    serializer_class = VersionSerializer
    filterset_class = VersionFilter
    queryset = Version.objects.none()

    def get_queryset(self) -> QuerySet[Version, Any]:
        return shown_versions(signed_in(self.request))


# -- writing ------------------------------------------------------------------------------------------------


class ReturnViews(viewsets.ReadOnlyModelViewSet[Submission]):
    """填报: the own agency's returns with their drafts, and those of others of which the reader may see a version."""

    serializer_class = ReturnSerializer
    filterset_class = PlaceFilter
    queryset = Submission.objects.none()

    def get_queryset(self) -> QuerySet[Submission, Any]:
        return shown_returns(signed_in(self.request))

    @extend_schema(
        request=DraftItemSerializer(many=True), responses=ReturnSerializer(many=True), filters=False
    )
    def save(self, request: Request) -> Response:
        """Keep drafts of the own agency, complete or not."""
        user = signed_in(request)
        items = _read(DraftItemSerializer, request.data, many=True)
        kept = actions.save_drafts(by=user, drafts=_drafts(user, items))
        return self._answer(head.pk for head in kept)

    @extend_schema(request=ReturnIdsSerializer, responses=ReturnSerializer(many=True), filters=False)
    def hand(self, request: Request) -> Response:
        """Hand complete drafts to the approver."""
        data = _read(ReturnIdsSerializer, request.data)
        return self._answer(
            head.pk for head in actions.hand(by=signed_in(request), submissions=data["returns"])
        )

    @extend_schema(request=TakeBackSerializer, responses=ReturnSerializer(many=True), filters=False)
    def take_back(self, request: Request) -> Response:
        """Take back what was handed on and not submitted yet."""
        data = _read(TakeBackSerializer, request.data)
        heads = actions.take_back(by=signed_in(request), submissions=data["returns"], note=data["note"])
        return self._answer(head.pk for head in heads)

    @extend_schema(request=ReturnIdsSerializer, responses=ReturnSerializer(many=True), filters=False)
    def submit(self, request: Request) -> Response:
        """Submit: each return becomes a version that can always be read again."""
        data = _read(ReturnIdsSerializer, request.data)
        versions = actions.submit(by=signed_in(request), submissions=data["returns"])
        return self._answer(version.submission_id for version in versions)

    @extend_schema(request=WithdrawSerializer, responses=ReturnSerializer(many=True), filters=False)
    def withdraw(self, request: Request) -> Response:
        """Take back what was submitted and nobody has acted on yet: the agency's approver, with a reason."""
        data = _read(WithdrawSerializer, request.data)
        made = withdraw(by=signed_in(request), submissions=data["returns"], reason=data["reason"])
        return self._answer(version.submission_id for version in made)

    @extend_schema(
        request=DecisionInputSerializer(many=True), responses=ReturnSerializer(many=True), filters=False
    )
    def decide(self, request: Request) -> Response:
        """Decide versions: the lead on co-returns of its task, the office or the second reviewer on lead returns."""
        items = _read(DecisionInputSerializer, request.data, many=True)
        decisions = [DecisionInput(version_id=item.pop("version"), **item) for item in items]
        decided = decide(by=signed_in(request), decisions=decisions)
        return self._answer(version.submission_id for version in decided)

    @extend_schema(request=UndoSerializer, responses=ReturnSerializer(many=True), filters=False)
    def undo(self, request: Request) -> Response:
        """Take back the caller's own decisions, until something builds on them."""
        data = _read(UndoSerializer, request.data)
        found = undo(by=signed_in(request), versions=data["versions"], reason=data["reason"])
        return self._answer(version.submission_id for version in found)

    @extend_schema(request=CorrectionSerializer, responses=ReturnSerializer(many=True), filters=False)
    def correct(self, request: Request) -> Response:
        """Correct decisions that somebody else of those who may decide made."""
        data = _read(CorrectionSerializer, request.data)
        decisions = [
            DecisionInput(version_id=item.pop("version"), **{**item, "note": item["note"] or data["reason"]})
            for item in data["decisions"]
        ]
        found = correct(by=signed_in(request), decisions=decisions, reason=data["reason"])
        return self._answer(version.submission_id for version in found)

    @extend_schema(
        request=SupplementInputSerializer(many=True), responses=ReturnSerializer(many=True), filters=False
    )
    def supplement(self, request: Request) -> Response:
        """Ask for more of accepted versions: whoever may decide them; the next version is decided like any other."""
        items = _read(SupplementInputSerializer, request.data, many=True)
        wanted = [SupplementInput(version_id=item.pop("version"), **item) for item in items]
        made = ask_supplement(by=signed_in(request), requests=wanted)
        return self._answer(one.version.submission_id for one in made)

    @extend_schema(request=UndoSerializer, responses=ReturnSerializer(many=True), filters=False)
    def supplement_undo(self, request: Request) -> Response:
        """Take back what was asked for beyond versions, until the agency has begun: whoever asked, or with a reason another
        who may decide them."""
        data = _read(UndoSerializer, request.data)
        asked = dict(Supplement.objects.filter(version__in=data["versions"]).values_list("version", "pk"))
        made = undo_supplement(
            by=signed_in(request),
            supplements=[asked.get(pk, 0) for pk in data["versions"]],
            reason=data["reason"],
        )
        return self._answer(one.version.submission_id for one in made)

    def _answer(self, ids: Iterable[int]) -> Response:
        """The returns as they now stand, in the order of the request."""
        wanted = list(ids)
        found = {head.pk: head for head in self.get_queryset().filter(pk__in=wanted)}
        return Response(self.get_serializer([found[pk] for pk in wanted], many=True).data)


def _read(kind: type[serializers.Serializer[Any]], data: Any, *, many: bool = False) -> Any:
    options: dict[str, Any] = {"many": True, "allow_empty": False, "max_length": BATCH} if many else {}
    given = kind(data=data, **options)
    given.is_valid(raise_exception=True)
    return given.validated_data


def _drafts(user: User, items: Sequence[dict[str, Any]]) -> list[DraftInput]:
    """With the ids of what the items name; Problems, by their place in the list, for names that there are not."""
    tasks = {
        (slug, ref): (plan_id, pk)
        for slug, ref, plan_id, pk in Task.objects.filter(
            plan__slug__in={item["plan"] for item in items}, ref__in={item["task"] for item in items}
        ).values_list("plan__slug", "ref", "plan_id", "pk")
    }
    problems = [
        Problem("task", _("方案中没有这项任务。"), str(number))
        for number, item in enumerate(items)
        if (item["plan"], item["task"]) not in tasks
    ]
    if problems:
        raise Problems(problems)
    drafts = []
    for item in items:
        plan_id, task_id = tasks[item.pop("plan"), item.pop("task")]
        drafts.append(DraftInput(plan_id=plan_id, task_id=task_id, agency_id=user.acts_for, **item))
    return drafts


# -- the desk and the queue ---------------------------------------------------------------------------------


class DeskView(OfPlan):
    """工作台: all that the caller's agency owes in a quarter."""

    serializer_class = DeskSerializer
    permission_classes = [allowed(may_file)]

    @extend_schema(parameters=[AS_AT])
    def get(self, request: Request, plan: str) -> Response:
        quarter = quarter_or_default(request.GET.get("q", ""), self.plan)
        return Response(self.get_serializer(desk(self.plan, quarter, signed_in(request).acts_for)).data)


class DraftView(OfPlan):
    """The own agency's return on a task in a quarter."""

    serializer_class = ReturnSerializer
    permission_classes = [allowed(may_file)]

    @extend_schema(operation_id="plans_draft_retrieve")
    def get(self, request: Request, plan: str, quarter_text: str, ref: str) -> Response:
        """404 while nothing was begun."""
        return self._answer(signed_in(request))

    @extend_schema(operation_id="plans_draft_update", request=DraftInputSerializer)
    def put(self, request: Request, plan: str, quarter_text: str, ref: str) -> Response:
        """Keep the whole draft."""
        user = signed_in(request)
        task = self.plan.tasks.filter(ref=ref).first()
        if task is None:
            raise Http404(_("方案中没有这项任务。"))
        draft = DraftInput(
            plan_id=self.plan.pk,
            quarter=self._quarter,
            task_id=task.pk,
            agency_id=user.acts_for,
            **_read(DraftInputSerializer, request.data),
        )
        actions.save_drafts(by=user, drafts=[draft])
        return self._answer(user)

    @property
    def _quarter(self) -> Period:
        return quarter_or_default(self.kwargs["quarter_text"], self.plan)

    def _answer(self, user: User) -> Response:
        found = shown_returns(user).filter(
            agency=user.agency_id, quarter=self._quarter, task__plan=self.plan, task__ref=self.kwargs["ref"]
        )
        head = found.first()
        if head is None:
            raise Http404(_("这份填报还没有开始。"))
        return Response(self.get_serializer(head).data)


class ProgressView(OfPlan):
    """报送进度: every return owed in a quarter and how far it is; of drafts only that there is one."""

    serializer_class = OwedReturnSerializer
    permission_classes = [allowed(may_review)]
    pagination_class = None

    @extend_schema(parameters=[AS_AT], responses=OwedReturnSerializer(many=True))
    def get(self, request: Request, plan: str) -> Response:
        quarter = quarter_or_default(request.GET.get("q", ""), self.plan)
        return Response(self.get_serializer(owed_returns(self.plan, quarter), many=True).data)


class ReviewView(OfPlan, generics.ListAPIView[Version]):
    """审核: versions that wait for the caller's word, as lead, as office or as second reviewer."""

    serializer_class = VersionSerializer
    permission_classes = [allowed(lambda user: may_review(user) or may_file(user))]
    queryset = Version.objects.none()

    @extend_schema(parameters=[AS_AT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request)

    def get_queryset(self) -> QuerySet[Version, Any]:
        user = signed_in(self.request)
        quarter = quarter_or_default(self.request.GET.get("q", ""), self.plan)
        waiting = [*waiting_for_office(self.plan, quarter, user)] if may_review(user) else []
        if may_file(user):
            waiting += waiting_for_lead(self.plan, quarter, user.acts_for)
        return shown_versions(user).filter(pk__in=[version.pk for version in waiting])


urlpatterns = [
    path("plans/<slug:plan>/cycles/", CycleList.as_view(), name="api_cycle_list"),
    path("plans/<slug:plan>/desk/", DeskView.as_view(), name="api_desk"),
    path("plans/<slug:plan>/desk/<str:quarter_text>/<slug:ref>/", DraftView.as_view(), name="api_draft"),
    path("plans/<slug:plan>/progress/", ProgressView.as_view(), name="api_progress"),
    path("plans/<slug:plan>/review/", ReviewView.as_view(), name="api_review"),
    path("returns/", ReturnViews.as_view({"get": "list"}), name="api_return_list"),
    path("returns/<int:pk>/", ReturnViews.as_view({"get": "retrieve"}), name="api_return"),
    path("returns/save/", ReturnViews.as_view({"post": "save"}), name="api_save"),
    path("returns/hand/", ReturnViews.as_view({"post": "hand"}), name="api_hand"),
    path("returns/take_back/", ReturnViews.as_view({"post": "take_back"}), name="api_take_back"),
    path("returns/submit/", ReturnViews.as_view({"post": "submit"}), name="api_submit"),
    path("returns/withdraw/", ReturnViews.as_view({"post": "withdraw"}), name="api_withdraw"),
    path("returns/decide/", ReturnViews.as_view({"post": "decide"}), name="api_decide"),
    path("returns/undo/", ReturnViews.as_view({"post": "undo"}), name="api_undo"),
    path("returns/correct/", ReturnViews.as_view({"post": "correct"}), name="api_correct"),
    path("returns/supplement/", ReturnViews.as_view({"post": "supplement"}), name="api_supplement"),
    path(
        "returns/supplement_undo/",
        ReturnViews.as_view({"post": "supplement_undo"}),
        name="api_supplement_undo",
    ),
    path("versions/", VersionViews.as_view({"get": "list"}), name="api_version_list"),
    path("versions/<int:pk>/", VersionViews.as_view({"get": "retrieve"}), name="api_version"),
]
