"""Tasks, responsibilities and agencies of a plan through the API, each with its history."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.http import Http404
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qhplan import clock
from reports.dashboards.api_params import AS_AT, Asking, figures_serializer
from reports.dashboards.filters import TaskFilter
from reports.dashboards.page_params import Asked
from reports.dashboards.task_list import TaskList
from reports.figures import lookups
from reports.figures.agency_names import agency_refs
from reports.figures.history import HistoryRow, agency_history, task_history
from reports.figures.queries import plan_figures
from reports.figures.values import AgencyFigures, AgencyRef, PlanFigures, Rate, TaskFigures
from tasks.contacts.models import Contact
from tasks.contacts.queries import contacts_on
from tasks.ledgers.goals import goals_of
from tasks.people.permissions import may_see_telephones
from tasks.plans.goals import TaskGoal
from tasks.plans.models import Task
from tasks.plans.queries import agencies_read_by
from tasks.serializers import PeriodField
from tasks.standing.queries import Standing, standing
from tasks.values import Period


class TaskListView(Asking):
    """Tasks and safeguards under the filters of the task list page, each as it stands in the quarter."""

    serializer_class = figures_serializer(TaskFigures)
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
    agency = figures_serializer(AgencyRef)(read_only=True)
    duty = serializers.CharField(read_only=True)
    printed = serializers.CharField(read_only=True, allow_null=True)
    origin = serializers.CharField(read_only=True)
    origin_note = serializers.CharField(read_only=True)
    contact = ContactSerializer(read_only=True, allow_null=True)
    standing = figures_serializer(Standing)(read_only=True)


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
    agency = figures_serializer(AgencyRef)(read_only=True)
    duty = serializers.CharField(read_only=True)
    rate = figures_serializer(Rate)(read_only=True)
    quarters = figures_serializer(Standing)(many=True, read_only=True)


class GoalSerializer(serializers.ModelSerializer[TaskGoal]):
    """年度目标 (months 1 to 12) or 节点 of the task; `year` is 0 where none is said. `origin_note` says which ledger it comes
    from, "" where the plan prints it."""

    class Meta:
        model = TaskGoal
        fields = ["year", "first", "last", "text", "origin", "origin_note"]


@dataclass(frozen=True)
class TaskShown:
    """The answer of TaskView."""

    quarter: Period
    as_at: date
    known_at: datetime
    task: TaskFigures
    text: str | None
    goals: list[TaskGoal]
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
    """A task: the plan's text of it, what it is to reach, who is responsible, its standing in the quarter and before."""

    task = figures_serializer(TaskFigures)(read_only=True)
    text = serializers.CharField(read_only=True, allow_null=True)
    goals = GoalSerializer(many=True, read_only=True)
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
            goals=goals_of([task.pk]).get(task.pk, []),
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

    serializer_class = figures_serializer(AgencyFigures)

    @extend_schema(parameters=AS_AT, responses=figures_serializer(AgencyFigures)(many=True))
    def get(self, request: Request, plan: str) -> Response:
        asked = self.asked
        figures = plan_figures(asked.plan, asked.quarter, known_at=asked.known_at)
        rows = self.paginate_queryset(figures.agencies)
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class BodyPageSerializer(SpokenSerializer):
    """An agency in the quarter (null when it has no duty then), and its record."""

    figures = figures_serializer(AgencyFigures)(read_only=True, allow_null=True)
    history = HistorySerializer(many=True, read_only=True)


class BodyView(Asking):
    """One agency: its figures in the quarter, and its record on each of its tasks."""

    serializer_class = BodyPageSerializer

    @extend_schema(parameters=AS_AT)
    def get(self, request: Request, plan: str, agency: str) -> Response:
        asked = self.asked
        found = agencies_read_by(asked.user).filter(slug=agency).first()
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
