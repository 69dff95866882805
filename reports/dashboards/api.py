"""The figures of a quarter through the API, the same values that the pages show. `q` is the quarter, `known` the moment."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qhplan import clock
from reports.dashboards.filters import TaskFilter
from reports.dashboards.page_params import Asked, ask, ask_of_several
from reports.dashboards.task_list import TaskList
from reports.figures import lookups
from reports.figures.agency_names import agency_refs
from reports.figures.history import HistoryRow, agency_history, light_history, rate_history, task_history
from reports.figures.levels import Counted, Level, LevelFigures, Levels, Number
from reports.figures.queries import plan_figures
from reports.figures.target_standing import TargetStanding, shown_to, target_standings
from reports.figures.values import AgencyFigures, AgencyRef, PlanFigures, Rate, TaskFigures
from tasks.agencies.models import Agency
from tasks.contacts.models import Contact
from tasks.contacts.queries import contacts_on
from tasks.people.access import signed_in
from tasks.people.permissions import may_see_plan, may_see_telephones
from tasks.plans.models import Task
from tasks.plans.queries import published_for
from tasks.projects.queries import standings
from tasks.serializers import PeriodField, serializer_of
from tasks.standing.queries import Standing, standing
from tasks.values import Period
from tasks.workplans.schedule import schedule

# Without the text of submissions: it is read as versions, of which each reader sees only those that are open to them.
_shown = partial(serializer_of, without=frozenset({"narrative", "progress", "no_progress", "within"}))
KNOWN = OpenApiParameter(
    "known", str, description="As known at this moment, such as 2017-04-20T18:00; default: now."
)
AS_AT = [
    OpenApiParameter(
        "q",
        str,
        description="The quarter, such as 2017Q1; default: the latest whose lead submissions were due.",
    ),
    KNOWN,
]


class Asking(generics.GenericAPIView[Any]):
    """A route of a plan in a quarter, as known at a moment; its address is read as the pages' is."""

    filter_backends: list[Any] = []

    @cached_property
    def asked(self) -> Asked:
        return ask(self.request, self.kwargs["plan"])


class FiguresView(Asking):
    """All figures of the plan in the quarter: the same for every reader."""

    serializer_class = _shown(PlanFigures)

    @extend_schema(parameters=AS_AT)
    def get(self, request: Request, plan: str) -> Response:
        asked = self.asked
        return Response(
            self.get_serializer(plan_figures(asked.plan, asked.quarter, known_at=asked.known_at)).data
        )


class TargetStandingListView(Asking):
    """目标 in the quarter: each target with its figure, its path, its status, and the submissions behind the figure."""

    serializer_class = _shown(TargetStanding)

    @extend_schema(parameters=AS_AT, responses=_shown(TargetStanding)(many=True))
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


class TaskListView(Asking):
    """Tasks and safeguards under the filters of the task list page, each as it stands in the quarter."""

    serializer_class = _shown(TaskFigures)
    filter_backends = [DjangoFilterBackend]
    filterset_class = TaskFilter
    queryset = Task.objects.all()

    @extend_schema(parameters=AS_AT, responses=serializer_class(many=True))
    def get(self, request: Request, plan: str) -> Response:
        listed = TaskList(self.asked, request.GET)
        if not listed.is_valid:
            raise serializers.ValidationError(listed.filter.form.errors)
        rows = self.paginate_queryset(listed.rows) or []
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


@dataclass(frozen=True)
class ContactShown:
    """A contact as the reader may see it."""

    division: str
    leader: str | None
    liaison: str | None
    telephone: str | None


class ContactSerializer(serializers.Serializer[ContactShown]):
    """Whom to call. Names and telephone are null for readers who have no need of them."""

    division = serializers.CharField(read_only=True)
    leader = serializers.CharField(read_only=True, allow_null=True)
    liaison = serializers.CharField(read_only=True, allow_null=True)
    telephone = serializers.CharField(read_only=True, allow_null=True)


@dataclass(frozen=True)
class ResponsibilityShown:
    """A responsibility in the quarter with its standing."""

    task: str
    agency: AgencyRef
    duty: str
    printed: str | None
    origin: str
    origin_note: str
    contact: ContactShown | None
    standing: Standing


class BodySerializer(serializers.Serializer[ResponsibilityShown]):
    """Who is responsible for a task in the quarter, and how its submission stands. `duty`: as the plan prints it; how
    the agency files is in `standing`. `printed` is the name in the plan's
    bracket, which for a member of a collective is the collective's; `origin`: whether the plan says so or it was
    inferred."""

    task = serializers.CharField(read_only=True)
    agency = _shown(AgencyRef)(read_only=True)
    duty = serializers.CharField(read_only=True)
    printed = serializers.CharField(read_only=True, allow_null=True)
    origin = serializers.CharField(read_only=True)
    origin_note = serializers.CharField(read_only=True)
    contact = ContactSerializer(read_only=True, allow_null=True)
    standing = _shown(Standing)(read_only=True)


@dataclass(frozen=True)
class HistoryShown:
    """A responsibility through the quarters."""

    task: str
    agency: AgencyRef
    duty: str
    rate: Rate
    quarters: list[Standing]


class HistorySerializer(serializers.Serializer[HistoryShown]):
    """One agency's duty on one task, through the quarters in which it held it."""

    task = serializers.CharField(read_only=True)
    agency = _shown(AgencyRef)(read_only=True)
    duty = serializers.CharField(read_only=True)
    rate = _shown(Rate)(read_only=True)
    quarters = _shown(Standing)(many=True, read_only=True)


@dataclass(frozen=True)
class TaskShown:
    """The answer of TaskView."""

    quarter: Period
    as_at: date
    known_at: datetime
    task: TaskFigures
    text: str | None
    bodies: list[ResponsibilityShown]
    history: list[HistoryShown]


@dataclass(frozen=True)
class AgencyShown:
    """The answer of BodyView."""

    quarter: Period
    as_at: date
    known_at: datetime
    figures: AgencyFigures | None
    history: list[HistoryShown]


class SpokenSerializer(serializers.Serializer[TaskShown | AgencyShown]):
    """Of which quarter, and as known when."""

    quarter = PeriodField(read_only=True)
    as_at = serializers.DateField(read_only=True)
    known_at = serializers.DateTimeField(read_only=True)


class TaskSerializer(SpokenSerializer):
    """A task: the plan's text of it, who is responsible, its standing in the quarter and before."""

    task = _shown(TaskFigures)(read_only=True)
    text = serializers.CharField(read_only=True, allow_null=True)
    bodies = BodySerializer(many=True, read_only=True)
    history = HistorySerializer(many=True, read_only=True)


class TaskView(Asking):
    """One task in the quarter, and its history."""

    serializer_class = TaskSerializer

    @extend_schema(parameters=AS_AT)
    def get(self, request: Request, plan: str, ref: str) -> Response:
        asked = self.asked
        task = lookups.tasks_of(asked.plan).filter(ref=ref).first()
        if task is None:
            raise Http404(_("方案中没有这项任务。"))
        task.plan = asked.plan
        rows = task_history(task, asked.known_at, first=asked.plan.first_quarter, last=asked.last_begun)
        figures = plan_figures(asked.plan, asked.quarter, known_at=asked.known_at)
        standings = [cell for row in rows for cell in row.cells.values() if cell.quarter == asked.quarter]
        shown = TaskShown(
            quarter=asked.quarter,
            as_at=asked.quarter.last_day,
            known_at=asked.known_at,
            task=next(one for one in figures.tasks if one.id == task.pk),
            text=asked.plan.text[task.body.start : task.body.end] if task.body else None,
            bodies=_responsibilities(asked, standings, figures),
            history=_history(rows, figures),
        )
        return Response(self.get_serializer(shown).data)


class ResponsibilityListView(Asking):
    """责任矩阵: every responsibility of the quarter with its standing, in the plan's order."""

    serializer_class = BodySerializer

    @extend_schema(parameters=AS_AT, responses=BodySerializer(many=True))
    def get(self, request: Request, plan: str) -> Response:
        asked = self.asked
        standings = standing([asked.plan.pk], asked.quarter, known_at=asked.known_at)
        figures = plan_figures(asked.plan, asked.quarter, known_at=asked.known_at, standings=standings)
        rows = _responsibilities(asked, standings, figures)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)


class BodyListView(Asking):
    """单位: every agency with a duty in the quarter, what it reported and its lights."""

    serializer_class = _shown(AgencyFigures)

    @extend_schema(parameters=AS_AT, responses=_shown(AgencyFigures)(many=True))
    def get(self, request: Request, plan: str) -> Response:
        asked = self.asked
        figures = plan_figures(asked.plan, asked.quarter, known_at=asked.known_at)
        rows = self.paginate_queryset(figures.agencies)
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class BodyPageSerializer(SpokenSerializer):
    """An agency in the quarter (null when it has no duty then), and its record."""

    figures = _shown(AgencyFigures)(read_only=True, allow_null=True)
    history = HistorySerializer(many=True, read_only=True)


class BodyView(Asking):
    """One agency: its figures in the quarter, and its record on each of its tasks."""

    serializer_class = BodyPageSerializer

    @extend_schema(parameters=AS_AT)
    def get(self, request: Request, plan: str, agency: str) -> Response:
        asked = self.asked
        found = Agency.objects.filter(slug=agency).first()
        if found is None:
            raise Http404(_("没有这个单位。"))
        rows = agency_history(
            found, asked.plan, asked.known_at, first=asked.plan.first_quarter, last=asked.last_begun
        )
        figures = plan_figures(asked.plan, asked.quarter, known_at=asked.known_at)
        shown = AgencyShown(
            quarter=asked.quarter,
            as_at=asked.quarter.last_day,
            known_at=asked.known_at,
            figures=next((one for one in figures.agencies if one.agency.id == found.pk), None),
            history=_history(rows, figures),
        )
        return Response(self.get_serializer(shown).data)


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
    lead = _shown(Rate)(read_only=True)
    co = _shown(Rate)(read_only=True)


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

    serializer_class = _shown(LevelFigures)

    @extend_schema(
        parameters=[
            BY,
            OpenApiParameter("first", str, description="The first quarter of a range that `q` ends."),
            *AS_AT,
        ],
        responses=_shown(LevelFigures)(many=True),
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

    serializer_class = _shown(LevelFigures)
    filter_backends: list[Any] = []

    @extend_schema(parameters=[BY, *AS_AT], responses=_shown(LevelFigures)(many=True))
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
    standing = _shown(Standing)(read_only=True, allow_null=True)

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
    agency = _shown(AgencyRef)(read_only=True)
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


# -- parts --------------------------------------------------------------------------------------------------


def _history(rows: Iterable[HistoryRow], figures: PlanFigures) -> list[HistoryShown]:
    refs = {task.id: task.ref for task in figures.tasks}
    return [
        HistoryShown(refs[row.task_id], row.agency, row.role, row.rate, list(row.cells.values()))
        for row in rows
    ]


def _responsibilities(
    asked: Asked, standings: Sequence[Standing], figures: PlanFigures
) -> list[ResponsibilityShown]:
    """`standings` hold whole tasks, because every agency of a task may see whom to call about it."""
    refs = {task.id: task.ref for task in figures.tasks}
    agencies = agency_refs((row.agency_id for row in standings), asked.quarter)
    held = lookups.responsibilities_of(row.responsibility_id for row in standings)
    contacts = contacts_on(clock.today(), set(held))
    of_task: defaultdict[int, set[int]] = defaultdict(set)
    for row in standings:
        of_task[row.task_id].add(row.agency_id)
    shown = []
    for row in standings:
        responsibility = held[row.responsibility_id]
        sees = may_see_telephones(asked.user, of_task[row.task_id])
        shown.append(
            ResponsibilityShown(
                task=refs[row.task_id],
                agency=agencies[row.agency_id],
                duty=row.role,
                printed=responsibility.mention.printed if responsibility.mention else None,
                origin=responsibility.origin,
                origin_note=responsibility.origin_note,
                contact=_contact(contacts.get(row.responsibility_id), sees),
                standing=row,
            )
        )
    return shown


def _contact(contact: Contact | None, sees: bool) -> ContactShown | None:
    if contact is None:
        return None
    return ContactShown(
        division=contact.division,
        leader=contact.leader if sees else None,
        liaison=contact.liaison if sees else None,
        telephone=contact.telephone if sees else None,
    )


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
