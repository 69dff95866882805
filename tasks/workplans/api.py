"""Work plans through the API: reading what the reader may see, and writing through the one write path.

A batch is all of it or nothing. Who may do what is not said here but in the actions.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from tasks.accounts.api_access import allowed
from tasks.decisions.actions import correct, undo
from tasks.decisions.serializers import UndoSerializer
from tasks.errors import Problem, Problems
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_file
from tasks.plans.api import OfPlan
from tasks.plans.models import Plan, Task
from tasks.workplans import actions, milestones
from tasks.workplans.content import SectionInput, measures_of
from tasks.workplans.decisions import WORK_PLANS, DecisionInput, decide
from tasks.workplans.filters import ReportFilter, WorkPlanFilter
from tasks.workplans.models import Decision, MilestoneReport, WorkPlan, WorkPlanDecision, WorkPlanVersion
from tasks.workplans.queries import version_contents
from tasks.workplans.serializers import (
    BATCH,
    IdsSerializer,
    NotedIdsSerializer,
    ReasonedSerializer,
    ReportInputSerializer,
    ReportSerializer,
    SaveSerializer,
    SectionInputSerializer,
    WorkPlanCorrectionSerializer,
    WorkPlanDecisionSerializer,
    WorkPlanDetailSerializer,
    WorkPlanDraftSerializer,
    WorkPlanSerializer,
)
from tasks.workplans.values import WorkPlanPeriod


def _read(kind: type[serializers.Serializer[Any]], data: Any, *, many: bool = False) -> Any:
    options: dict[str, Any] = {"many": True, "allow_empty": False, "max_length": BATCH} if many else {}
    given = kind(data=data, **options)
    given.is_valid(raise_exception=True)
    return given.validated_data


def shown_work_plans(user: User) -> QuerySet[WorkPlan, Any]:
    """The work plans that the reader may see, with those of their versions. A work plan of which nothing was submitted
    is shown to its own agency. A fixed number of queries."""
    versions = (
        WorkPlanVersion.objects.visible_to(user)
        .select_related("submitted_by", "decided_by", "work_plan")
        .prefetch_related(
            Prefetch("decisions", WorkPlanDecision.objects.select_related("decided_by", "version__work_plan"))
        )
        .order_by("-number")
    )
    return (
        WorkPlan.objects.visible_to(user)
        .select_related("plan", "agency")
        .defer("plan__text")
        .prefetch_related(Prefetch("versions", versions))
        .order_by("plan_id", "year", "agency__order", "id")
    )


class WorkPlanViews(viewsets.ReadOnlyModelViewSet[WorkPlan]):
    """实施方案 and 年度要点: the own agency's, and those of others of which the reader may see a version."""

    serializer_class = WorkPlanSerializer
    filterset_class = WorkPlanFilter
    queryset = WorkPlan.objects.none()

    def get_queryset(self) -> QuerySet[WorkPlan, Any]:
        return shown_work_plans(signed_in(self.request))

    @extend_schema(
        parameters=[OpenApiParameter("version", int, description="A version's number; default: the last.")],
        responses=WorkPlanDetailSerializer,
        filters=False,
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One work plan with what it says."""
        head = self.get_object()
        user = signed_in(request)
        asked = request.GET.get("version", "")
        versions = list(head.versions.all())
        if asked:
            version = next((one for one in versions if str(one.number) == asked), None)
            if version is None:
                raise Http404(_("没有这个版本。"))
        else:
            version = versions[0] if versions else None
        own = head.agency_id == user.agency_id
        context = {
            **self.get_serializer_context(),
            "sections": version_contents([version.pk]).get(version.pk, []) if version else None,
            "drafts": list(head.drafts.select_related("task", "saved_by")) if own else None,
        }
        return Response(WorkPlanDetailSerializer(head, context=context).data)

    @extend_schema(request=SaveSerializer, responses=WorkPlanSerializer, filters=False)
    def save(self, request: Request) -> Response:
        """Keep sections of one of the own agency's work plans, complete or not."""
        user = signed_in(request)
        data = _read(SaveSerializer, request.data)
        plan = Plan.objects.defer("text").filter(slug=data["plan"]).first()
        if plan is None:
            raise Problems([Problem("plan", _("没有这个方案。"))])
        wanted = [item["task"] for item in data["sections"]]
        tasks = dict(Task.objects.filter(plan=plan, ref__in=wanted).values_list("ref", "pk"))
        unknown = [
            Problem("task", _("方案中没有这项任务。"), str(number))
            for number, ref in enumerate(wanted)
            if ref not in tasks
        ]
        if unknown:
            raise Problems(unknown)
        head = actions.save_sections(
            by=user,
            plan=plan,
            agency_id=user.acts_for,
            period=data["period"],
            sections=[_section(tasks[item["task"]], item) for item in data["sections"]],
        )
        return Response(self.get_serializer(self.get_queryset().get(pk=head.pk)).data)

    @extend_schema(request=IdsSerializer, responses=WorkPlanSerializer(many=True), filters=False)
    def hand(self, request: Request) -> Response:
        """Hand complete work plans to the approver."""
        data = _read(IdsSerializer, request.data)
        rows = actions.hand(by=signed_in(request), work_plans=data["work_plans"])
        return self._answer(row.pk for row in rows)

    @extend_schema(request=NotedIdsSerializer, responses=WorkPlanSerializer(many=True), filters=False)
    def take_back(self, request: Request) -> Response:
        """Take back what was handed on and not submitted yet; an approver says why in `note`."""
        data = _read(NotedIdsSerializer, request.data)
        rows = actions.take_back(by=signed_in(request), **data)
        return self._answer(row.pk for row in rows)

    @extend_schema(request=NotedIdsSerializer, responses=WorkPlanSerializer(many=True), filters=False)
    def withdraw(self, request: Request) -> Response:
        """Take back what was submitted, until the office has decided; `note` says why."""
        data = _read(NotedIdsSerializer, request.data)
        versions = actions.withdraw(by=signed_in(request), **data)
        return self._answer(version.work_plan_id for version in versions)

    @extend_schema(request=IdsSerializer, responses=WorkPlanSerializer(many=True), filters=False)
    def submit(self, request: Request) -> Response:
        """Submit: each becomes a version that can always be read again."""
        data = _read(IdsSerializer, request.data)
        versions = actions.submit(by=signed_in(request), work_plans=data["work_plans"])
        return self._answer(version.work_plan_id for version in versions)

    @extend_schema(request=NotedIdsSerializer, responses=WorkPlanSerializer(many=True), filters=False)
    def revise(self, request: Request) -> Response:
        """Open confirmed work plans for a change; `note` says why. The confirmed version holds meanwhile."""
        data = _read(NotedIdsSerializer, request.data)
        rows = actions.revise(by=signed_in(request), **data)
        return self._answer(row.pk for row in rows)

    @extend_schema(request=IdsSerializer, responses=WorkPlanSerializer(many=True), filters=False)
    def drop(self, request: Request) -> Response:
        """Give up changes that were begun: the draft becomes again what was confirmed."""
        data = _read(IdsSerializer, request.data)
        rows = actions.drop(by=signed_in(request), work_plans=data["work_plans"])
        return self._answer(row.pk for row in rows)

    @extend_schema(
        request=WorkPlanDecisionSerializer(many=True), responses=WorkPlanSerializer(many=True), filters=False
    )
    def decide(self, request: Request) -> Response:
        """Confirm versions or return them: the office, and for its own agency the second reviewer."""
        items = _read(WorkPlanDecisionSerializer, request.data, many=True)
        decisions = [DecisionInput(item["version"], item["confirm"], item["note"]) for item in items]
        decided = decide(by=signed_in(request), decisions=decisions)
        return self._answer(version.work_plan_id for version in decided)

    @extend_schema(request=UndoSerializer, responses=WorkPlanSerializer(many=True), filters=False)
    def undo(self, request: Request) -> Response:
        """Take back the caller's own decisions, until something builds on them."""
        data = _read(UndoSerializer, request.data)
        found = undo(WORK_PLANS, by=signed_in(request), **data)
        return self._answer(version.work_plan_id for version in found)

    @extend_schema(
        request=WorkPlanCorrectionSerializer, responses=WorkPlanSerializer(many=True), filters=False
    )
    def correct(self, request: Request) -> Response:
        """Correct decisions that somebody else of those who may decide made; `reason` becomes their note."""
        data = _read(WorkPlanCorrectionSerializer, request.data)
        wanted = {
            item["version"]: (Decision.CONFIRMED if item["confirm"] else Decision.RETURNED).value
            for item in data["decisions"]
        }
        found = correct(WORK_PLANS, by=signed_in(request), decisions=wanted, reason=data["reason"])
        return self._answer(version.work_plan_id for version in found)

    def _answer(self, ids: Iterable[int]) -> Response:
        """The work plans as they now stand, in the order of the request."""
        wanted = list(ids)
        found = {head.pk: head for head in self.get_queryset().filter(pk__in=wanted)}
        return Response(self.get_serializer([found[pk] for pk in wanted], many=True).data)


def _section(task_id: int, item: dict[str, Any]) -> SectionInput:
    return SectionInput(task_id, item["revision"], item["none_reason"], measures_of(item["measures"]))


class SectionView(OfPlan):
    """What the own agency is writing on a task in one of its work plans."""

    serializer_class = WorkPlanDraftSerializer
    permission_classes = [allowed(may_file)]

    @extend_schema(operation_id="plans_workplan_section_retrieve")
    def get(self, request: Request, plan: str, period_text: str, ref: str) -> Response:
        """404 while nothing was begun."""
        return self._answer(signed_in(request))

    @extend_schema(operation_id="plans_workplan_section_update", request=SectionInputSerializer)
    def put(self, request: Request, plan: str, period_text: str, ref: str) -> Response:
        """Keep the whole section."""
        user = signed_in(request)
        task = self.plan.tasks.filter(ref=ref).first()
        if task is None:
            raise Http404(_("方案中没有这项任务。"))
        actions.save_sections(
            by=user,
            plan=self.plan,
            agency_id=user.acts_for,
            period=self._period,
            sections=[_section(task.pk, _read(SectionInputSerializer, request.data))],
        )
        return self._answer(user)

    @property
    def _period(self) -> WorkPlanPeriod:
        try:
            return WorkPlanPeriod.parse(self.kwargs["period_text"])
        except ValueError as error:
            raise Http404(str(error)) from error

    def _answer(self, user: User) -> Response:
        head = WorkPlan.objects.filter(plan=self.plan, agency=user.agency_id, year=self._period.year).first()
        draft = (
            head.drafts.select_related("task", "saved_by").filter(task__ref=self.kwargs["ref"]).first()
            if head
            else None
        )
        if draft is None:
            raise Http404(_("这项任务还没有开始写。"))
        return Response(self.get_serializer(draft).data)


class ReportViews(viewsets.ReadOnlyModelViewSet[MilestoneReport]):
    """节点完成: everything that was reported of milestones, the latest first."""

    serializer_class = ReportSerializer
    filterset_class = ReportFilter
    queryset = MilestoneReport.objects.none()

    def get_queryset(self) -> QuerySet[MilestoneReport, Any]:
        return (
            MilestoneReport.objects.select_related("plan", "agency", "reported_by")
            .defer("plan__text")
            .order_by("-reported_at", "-id")
        )

    @extend_schema(
        request=ReportInputSerializer(many=True), responses=ReportSerializer(many=True), filters=False
    )
    def report(self, request: Request) -> Response:
        """Say that milestones of the own agency were reached."""
        items = _read(ReportInputSerializer, request.data, many=True)
        reports = [
            milestones.ReportInput(item["milestone"], item["reached_on"], item["words"]) for item in items
        ]
        return self._answer(milestones.report(by=signed_in(request), reports=reports))

    @extend_schema(request=ReasonedSerializer, responses=ReportSerializer(many=True), filters=False)
    def undo(self, request: Request) -> Response:
        """Take own reports back."""
        data = _read(ReasonedSerializer, request.data)
        return self._answer(milestones.undo(by=signed_in(request), **data))

    @extend_schema(request=ReasonedSerializer, responses=ReportSerializer(many=True), filters=False)
    def refute(self, request: Request) -> Response:
        """Not accept reports that were found untrue: the office, and for its own agency the second reviewer."""
        data = _read(ReasonedSerializer, request.data)
        return self._answer(milestones.refute(by=signed_in(request), **data))

    def _answer(self, rows: Iterable[MilestoneReport]) -> Response:
        wanted = [row.pk for row in rows]
        found = {row.pk: row for row in self.get_queryset().filter(pk__in=wanted)}
        return Response(self.get_serializer([found[pk] for pk in wanted], many=True).data)


urlpatterns = [
    path(
        "plans/<slug:plan>/workplans/<str:period_text>/<slug:ref>/",
        SectionView.as_view(),
        name="api_workplan_section",
    ),
    path("workplans/", WorkPlanViews.as_view({"get": "list"}), name="api_workplan_list"),
    path("workplans/<int:pk>/", WorkPlanViews.as_view({"get": "retrieve"}), name="api_workplan"),
    *(
        path(f"workplans/{name}/", WorkPlanViews.as_view({"post": name}), name=f"api_workplan_{name}")
        for name in (
            "save",
            "hand",
            "take_back",
            "submit",
            "withdraw",
            "revise",
            "drop",
            "decide",
            "undo",
            "correct",
        )
    ),
    path("milestones/", ReportViews.as_view({"get": "list"}), name="api_milestone_report_list"),
    path("milestones/<int:pk>/", ReportViews.as_view({"get": "retrieve"}), name="api_milestone_report"),
    path("milestones/report/", ReportViews.as_view({"post": "report"}), name="api_milestone_report_new"),
    path("milestones/undo/", ReportViews.as_view({"post": "undo"}), name="api_milestone_undo"),
    path("milestones/refute/", ReportViews.as_view({"post": "refute"}), name="api_milestone_refute"),
]
