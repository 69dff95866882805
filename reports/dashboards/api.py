"""The figures of a quarter through the API, the same values that the pages show. `q` is the quarter, `known` the moment."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reports.dashboards.api_params import AS_AT, KNOWN, Asking, figures_serializer
from reports.dashboards.page_params import ask_of_several
from reports.dashboards.task_api import BodyListView, BodyView, ResponsibilityListView, TaskListView, TaskView
from reports.figures.agency_names import agency_refs
from reports.figures.history import light_history, rate_history
from reports.figures.levels import Counted, Level, LevelFigures, Levels, Number
from reports.figures.queries import plan_figures
from reports.figures.target_standing import TargetStanding, shown_to, target_standings
from reports.figures.values import AgencyRef, PlanFigures, Rate
from tasks.agencies.models import Agency
from tasks.people.access import signed_in
from tasks.people.permissions import may_see_plan
from tasks.plans.models import Task
from tasks.plans.queries import published_for
from tasks.projects.queries import standings
from tasks.serializers import PeriodField
from tasks.standing.queries import Standing
from tasks.values import Period
from tasks.workplans.schedule import schedule


class FiguresView(Asking):
    """All figures of the plan in the quarter: the same for every reader."""

    serializer_class = figures_serializer(PlanFigures)

    @extend_schema(parameters=AS_AT)
    def get(self, request: Request, plan: str) -> Response:
        asked = self.asked
        return Response(
            self.get_serializer(plan_figures(asked.plan, asked.quarter, known_at=asked.known_at)).data
        )


class TargetStandingListView(Asking):
    """目标 in the quarter: each target with its figure, its path, its status, and the submissions behind the figure."""

    serializer_class = figures_serializer(TargetStanding)

    @extend_schema(parameters=AS_AT, responses=figures_serializer(TargetStanding)(many=True))
    def get(self, request: Request, plan: str) -> Response:
        asked = self.asked
        standings = target_standings(asked.plan, asked.quarter, known_at=asked.known_at)
        rows = self.paginate_queryset(shown_to(asked.user, standings))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class ProjectSerializer(serializers.Serializer[Any]):
    """One 重大项目 in the quarter. `body` reports on it: named by the office, never by the plan. Money in 万元, null where
    nothing was submitted or it was sent back."""

    id = serializers.IntegerField(source="project.pk")
    name = serializers.CharField(source="project.name")
    sector = serializers.IntegerField(source="project.sector.number", allow_null=True, default=None)
    origin = serializers.CharField(source="project.origin")
    body = serializers.SlugField(source="body.agency.slug", allow_null=True, default=None)
    state = serializers.CharField()
    works = serializers.CharField(source="filed.works", allow_null=True, default=None)
    invested = serializers.DecimalField(14, 2, source="filed.invested", allow_null=True, default=None)
    total = serializers.DecimalField(14, 2, source="filed.total", allow_null=True, default=None)
    planned = serializers.DecimalField(14, 2, source="filed.planned", allow_null=True, default=None)


class ProjectListView(Asking):
    """Every project of the plan, by sector, as it stands in the quarter: the same for every reader."""

    serializer_class = ProjectSerializer

    @extend_schema(parameters=AS_AT, responses=ProjectSerializer(many=True))
    def get(self, request: Request, plan: str) -> Response:
        asked = self.asked
        rows = self.paginate_queryset(standings(asked.plan, asked.quarter, asked.known_at))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class LightSerializer(serializers.Serializer[Any]):
    """The light that counted, and whether it was verified."""

    quarter = PeriodField(read_only=True)
    light = serializers.CharField(read_only=True)
    verified = serializers.BooleanField(read_only=True)


class TaskLightsSerializer(serializers.Serializer[Any]):
    task = serializers.CharField(read_only=True)
    quarters = LightSerializer(many=True, read_only=True)


class RatesSerializer(serializers.Serializer[Any]):
    """Submissions of one quarter, lead and co apart."""

    quarter = PeriodField(read_only=True)
    lead = figures_serializer(Rate)(read_only=True)
    co = figures_serializer(Rate)(read_only=True)


class PlanHistorySerializer(serializers.Serializer[Any]):
    known_at = serializers.DateTimeField(read_only=True)
    lights = TaskLightsSerializer(many=True, read_only=True)
    rates = RatesSerializer(many=True, read_only=True)


class PlanHistoryView(Asking):
    """Lights of every task and rates of reporting, from the plan's first quarter to the last that has begun."""

    serializer_class = PlanHistorySerializer

    @extend_schema(parameters=[KNOWN])
    def get(self, request: Request, plan: str) -> Response:
        asked = self.asked
        span = asked.plan.first_quarter, asked.last_begun
        refs = dict(Task.objects.filter(plan=asked.plan).values_list("pk", "ref"))
        shown = {
            "known_at": asked.known_at,
            "lights": [
                {
                    "task": refs[task_id],
                    "quarters": [
                        {"quarter": quarter, "light": light, "verified": verified}
                        for quarter, (light, verified) in lights.items()
                    ],
                }
                for task_id, lights in light_history(asked.plan, *span, asked.known_at).items()
            ],
            "rates": [
                {"quarter": quarter, "lead": lead, "co": co}
                for quarter, (lead, co) in rate_history(asked.plan, *span, asked.known_at).items()
            ],
        }
        return Response(self.get_serializer(shown).data)


BY = OpenApiParameter(
    "by",
    str,
    enum=[str(level.value) for level in Level],
    description="What the submissions are counted by; of several plans plan, kind, region or agency. Default: plan.",
)


class LevelsView(Asking):
    """汇总: every member of a level in the quarter, or with `first` in each quarter from that one on; as many queries for
    many quarters as for one."""

    serializer_class = figures_serializer(LevelFigures)

    @extend_schema(
        parameters=[
            BY,
            OpenApiParameter("first", str, description="The first quarter of a range that `q` ends."),
            *AS_AT,
        ],
        responses=figures_serializer(LevelFigures)(many=True),
    )
    def get(self, request: Request, plan: str) -> Response:
        asked = self.asked
        first = _quarter_asked(request, "first", asked.quarter)
        if first > asked.quarter:
            raise Http404(_("起始季度不能晚于截止季度。"))
        found = Levels([asked.plan], first, asked.quarter, known_at=asked.known_at)
        return _of_level(self, request, found)


class AllLevelsView(generics.GenericAPIView[Any]):
    """The same over all plans of the site: by plan, kind of agency, region or agency. Without `q` the last period that ended
    of the plans' longest rhythm; plans of a closer one are read by the latest submission in it."""

    serializer_class = figures_serializer(LevelFigures)
    filter_backends: list[Any] = []

    @extend_schema(parameters=[BY, *AS_AT], responses=figures_serializer(LevelFigures)(many=True))
    def get(self, request: Request) -> Response:
        if not may_see_plan(signed_in(request)):
            raise PermissionDenied
        plans = list(published_for(signed_in(request)))
        quarter, known = ask_of_several(request, plans)
        return _of_level(self, request, Levels(plans, quarter, quarter, known_at=known))


def _quarter_asked(request: Request, name: str, default: Period) -> Period:
    try:
        return Period.parse(request.GET[name]) if request.GET.get(name) else default
    except ValueError as error:
        raise Http404(str(error)) from error


def _of_level(view: generics.GenericAPIView[Any], request: Request, found: Levels) -> Response:
    level = request.GET.get("by") or Level.PLAN.value
    try:
        rows = [
            row for quarter in Period.span(found.first, found.last) for row in found.figures(level, quarter)
        ]
    except LookupError as error:
        raise Http404(_("没有这个口径。")) from error
    page = view.paginate_queryset(rows)
    return view.get_paginated_response(view.get_serializer(page, many=True).data)


class CountedSerializer(serializers.Serializer[Any]):
    """One submission, or one that is missing, that a number counts. `before`: the light of the quarter before."""

    task = serializers.CharField(source="task.ref", read_only=True)
    agency = serializers.SerializerMethodField()
    duty = serializers.CharField(read_only=True)
    light = serializers.CharField(read_only=True)
    before = serializers.CharField(read_only=True)
    standing = figures_serializer(Standing)(read_only=True, allow_null=True)

    def get_agency(self, row: Counted) -> str | None:
        slugs: dict[int | None, str] = self.context["slugs"]
        return slugs.get(row.agency_id)


class BehindView(Asking):
    """数据来源: the submissions that a number of `levels/` counts, as many as it says."""

    serializer_class = CountedSerializer

    @extend_schema(
        parameters=[
            BY,
            OpenApiParameter("key", str, required=True, description="The member's key."),
            OpenApiParameter(
                "of",
                str,
                required=True,
                enum=[str(number.value) for number in Number],
                description="Which of its numbers.",
            ),
            *AS_AT,
        ],
        responses=CountedSerializer(many=True),
    )
    def get(self, request: Request, plan: str) -> Response:
        asked = self.asked
        found = Levels([asked.plan], asked.quarter, asked.quarter, known_at=asked.known_at)
        level = request.GET.get("by") or Level.PLAN.value
        try:
            rows = found.behind(level, asked.quarter, request.GET.get("key", ""), request.GET.get("of", ""))
        except LookupError as error:
            raise Http404(_("没有这个数。")) from error
        page = self.paginate_queryset(rows)
        slugs = dict(Agency.objects.filter(pk__in={row.agency_id for row in rows}).values_list("pk", "slug"))
        context = {**self.get_serializer_context(), "slugs": slugs}
        return self.get_paginated_response(CountedSerializer(page, many=True, context=context).data)


class DueNodeSerializer(serializers.Serializer[Any]):
    """A milestone in the calendar. `standing`: reached, late, overdue, or ahead of its day; `since`: the day on which one
    that is overdue here was reached after the quarter. `id` is what a report names."""

    id = serializers.IntegerField(read_only=True)
    key = serializers.CharField(read_only=True)
    text = serializers.CharField(read_only=True)
    due = serializers.DateField(read_only=True)
    evidence = serializers.CharField(read_only=True)
    measure = serializers.CharField(read_only=True)
    division = serializers.CharField(read_only=True)
    period = serializers.CharField(read_only=True)
    standing = serializers.CharField(read_only=True)
    days_late = serializers.IntegerField(read_only=True)
    reached_on = serializers.DateField(read_only=True, allow_null=True)
    words = serializers.CharField(read_only=True)
    report_id = serializers.IntegerField(read_only=True, allow_null=True)
    since = serializers.DateField(read_only=True, allow_null=True)


class ScheduleSerializer(serializers.Serializer[Any]):
    """序时进度 of one agency on one task: how many milestones it has, how many were due by the quarter's last day, and
    `behind` how many of these were not reached."""

    task = serializers.CharField(read_only=True)
    agency = figures_serializer(AgencyRef)(read_only=True)
    duty = serializers.CharField(read_only=True)
    words = serializers.CharField(source="row.words", read_only=True)
    total = serializers.IntegerField(source="row.total", read_only=True)
    due = serializers.IntegerField(source="row.due", read_only=True)
    behind = serializers.IntegerField(source="row.behind", read_only=True)
    milestones = DueNodeSerializer(source="row.nodes", many=True, read_only=True)


class ScheduleView(Asking):
    """序时进度: every responsibility of the quarter with its milestones, in the plan's order."""

    serializer_class = ScheduleSerializer

    @extend_schema(parameters=AS_AT, responses=ScheduleSerializer(many=True))
    def get(self, request: Request, plan: str) -> Response:
        asked = self.asked
        found = schedule(asked.quarter, known_at=asked.known_at, plan_ids=[asked.plan.pk])
        rows = self.paginate_queryset(found) or []
        refs = dict(Task.objects.filter(plan=asked.plan).values_list("pk", "ref"))
        agencies = agency_refs((row.agency_id for row in rows), asked.quarter)
        shown = [
            {"task": refs[row.task_id], "agency": agencies[row.agency_id], "duty": row.role, "row": row}
            for row in rows
        ]
        return self.get_paginated_response(self.get_serializer(shown, many=True).data)


urlpatterns = [
    path("plans/<slug:plan>/figures/", FiguresView.as_view(), name="api_figures"),
    path(
        "plans/<slug:plan>/targets/standing/",
        TargetStandingListView.as_view(),
        name="api_target_standing_list",
    ),
    path("plans/<slug:plan>/history/", PlanHistoryView.as_view(), name="api_history"),
    path("levels/", AllLevelsView.as_view(), name="api_all_levels"),
    path("plans/<slug:plan>/levels/", LevelsView.as_view(), name="api_levels"),
    path("plans/<slug:plan>/behind/", BehindView.as_view(), name="api_behind"),
    path("plans/<slug:plan>/schedule/", ScheduleView.as_view(), name="api_schedule"),
    path("plans/<slug:plan>/projects/", ProjectListView.as_view(), name="api_project_list"),
    path("plans/<slug:plan>/tasks/", TaskListView.as_view(), name="api_task_list"),
    path("plans/<slug:plan>/tasks/<slug:ref>/", TaskView.as_view(), name="api_task"),
    path(
        "plans/<slug:plan>/responsibilities/",
        ResponsibilityListView.as_view(),
        name="api_responsibility_list",
    ),
    path("plans/<slug:plan>/bodies/", BodyListView.as_view(), name="api_body_list"),
    path("plans/<slug:plan>/bodies/<slug:agency>/", BodyView.as_view(), name="api_body"),
]
