"""Ledgers 台账 through the API: upload, what the columns hold, which task a row is, what would be written, and what is decided.

Everything ends in the actions in which the forms of the page end.
"""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from tasks.accounts.api_access import allowed
from tasks.errors import Problem, Problems
from tasks.files.jobs import ask_scan
from tasks.importing.document_api import DocumentViews, NotedActSerializer, only_file, read
from tasks.importing.models import PlanImport
from tasks.ledgers import actions
from tasks.ledgers.columns import FIELDS, from_data
from tasks.ledgers.models import Ledger, LedgerState
from tasks.ledgers.queries import Prepared, ledgers_for, prepared
from tasks.people.access import signed_in
from tasks.people.permissions import may_backfill
from tasks.plans.documents.table_heads import Column, ColumnPeriod
from tasks.plans.models import Plan, Task
from tasks.plans.queries import published_for

BATCH = 3000


class LedgerColumnSerializer(serializers.Serializer[Any]):
    """A column: its head, what it holds ("" for nothing), and the period that it speaks of by its first and last month (0:
    none)."""

    head = serializers.CharField(allow_blank=True)
    field = serializers.ChoiceField(list(FIELDS), allow_blank=True)
    first = serializers.IntegerField(min_value=0, max_value=12, default=0)
    last = serializers.IntegerField(min_value=0, max_value=12, default=0)
    year = serializers.IntegerField(min_value=0, max_value=2100, default=0)


class LedgerSerializer(serializers.ModelSerializer[Ledger]):
    """台账. `plan` is null where it makes a plan; `plan_import` is the import that was made of it."""

    plan = serializers.CharField(source="plan.slug", allow_null=True, default=None)
    file = serializers.CharField(source="file.name")
    uploaded_by = serializers.CharField()
    decided_by = serializers.CharField(allow_null=True)
    columns = LedgerColumnSerializer(many=True)

    class Meta:
        model = Ledger
        fields = [
            "id", "state", "plan", "plan_import", "file", "year", "columns", "uploaded_by", "uploaded_at", "decided_by",
            "decided_at", "note",
        ]  # fmt: skip


class LedgerRowSerializer(serializers.Serializer[Any]):
    """A row and the task that it is, null where that is not known or the office said that it is none."""

    key = serializers.CharField()
    heading = serializers.CharField()
    task = serializers.CharField(allow_null=True)
    is_open = serializers.BooleanField()
    alike = serializers.ListField(child=serializers.CharField())


class LedgerLineSerializer(serializers.Serializer[Any]):
    """What would be written of a task and a period."""

    task = serializers.CharField()
    agency = serializers.CharField()
    quarter = serializers.CharField()
    light = serializers.CharField()
    progress = serializers.IntegerField(allow_null=True)
    done = serializers.CharField()


class LedgerGoalSerializer(serializers.Serializer[Any]):
    """年度目标 or 节点 that would be written."""

    task = serializers.CharField()
    year = serializers.IntegerField()
    first = serializers.IntegerField()
    last = serializers.IntegerField()
    text = serializers.CharField()


class LedgerSkippedSerializer(serializers.Serializer[Any]):
    """What would not be written, and why."""

    place = serializers.CharField()
    task = serializers.CharField()
    quarter = serializers.CharField(allow_null=True)
    why = serializers.CharField()


class LedgerDetailSerializer(LedgerSerializer):
    """A ledger with what it says of its plan, while it waits; afterwards the lists are empty. `unread` says why it cannot be
    read by its columns."""

    unread = serializers.ListField(child=serializers.CharField())
    rows = LedgerRowSerializer(many=True)
    lines = LedgerLineSerializer(many=True)
    goals = LedgerGoalSerializer(many=True)
    skipped = LedgerSkippedSerializer(many=True)

    class Meta(LedgerSerializer.Meta):
        fields = [*LedgerSerializer.Meta.fields, "unread", "rows", "lines", "goals", "skipped"]


class LedgerUploadSerializer(serializers.Serializer[Any]):
    """`plan`: the code of the plan whose past periods it tells; left out to make a plan."""

    document = serializers.FileField()
    plan = serializers.CharField(required=False, allow_blank=True)


class ColumnsSerializer(serializers.Serializer[Any]):
    """Columns by their heads, those left out stay; `year` of periods without one."""

    columns = LedgerColumnSerializer(many=True, allow_empty=False)
    year = serializers.IntegerField(default=0)


class RowsSerializer(serializers.Serializer[Any]):
    """`{row: code of its task, "" for none, null to take the answer back}`."""

    rows = serializers.DictField(
        child=serializers.CharField(allow_blank=True, allow_null=True), allow_empty=False
    )


class LedgerActSerializer(NotedActSerializer):
    """What is done with the ledger; reopen, discard and ask_undo need a `note`; import makes a plan of it."""

    action = serializers.ChoiceField(actions.ACTS)


@extend_schema_view(
    list=extend_schema(
        responses=LedgerSerializer(many=True),
        operation_id="ledgers_list",
        description="The ledgers of the reader's plans, the latest first.",
    ),
    retrieve=extend_schema(
        responses=LedgerDetailSerializer,
        operation_id="ledgers_retrieve",
        description="One ledger: its columns and rows, what would be written, and what would not and why.",
    ),
)
class LedgerViews(DocumentViews[Ledger]):
    """台账, for the office."""

    serializer_class = LedgerSerializer
    permission_classes = [allowed(may_backfill)]
    queryset = Ledger.objects.none()

    def get_queryset(self) -> QuerySet[Ledger, Any]:
        return ledgers_for(signed_in(self.request))

    def shown(self, row: Ledger) -> dict[str, Any]:
        return _shown(row)

    @extend_schema(
        request={"multipart/form-data": LedgerUploadSerializer},
        responses={201: LedgerDetailSerializer},
        operation_id="ledgers_create",
    )
    def upload(self, request: Request) -> Response:
        """Upload one workbook, for a plan or to make one; its columns are those that were named before."""
        user = signed_in(request)
        file = only_file(request, _("请以 multipart/form-data 的 document 字段上传一份台账。"))
        plan: Plan | None = None
        if slug := request._request.POST.get("plan", ""):
            plan = next((one for one in published_for(user) if one.slug == slug), None)
            if plan is None:
                raise Problems([Problem("plan", _("没有这个方案。"))])
        with transaction.atomic():
            row = actions.upload(by=user, plan=plan, upload=file)
            ask_scan()
        return self.answer_with(row.pk, status.HTTP_201_CREATED)

    @extend_schema(
        request=ColumnsSerializer, responses=LedgerDetailSerializer, operation_id="ledgers_columns_create"
    )
    def columns(self, request: Request, pk: int) -> Response:
        """Say what the columns hold."""
        row = self.get_object()
        data = read(ColumnsSerializer, request.data)
        kept = from_data(row.columns)
        said = {one["head"]: one for one in data["columns"]}
        if unknown := set(said) - {one.head for one in kept}:
            raise Problems(
                [Problem("columns", _("台账没有“%(head)s”这一列。") % {"head": min(unknown)[:40]})]
            )
        columns = [_column(column, said[column.head]) if column.head in said else column for column in kept]
        actions.name_columns(by=signed_in(request), ledger=row, columns=columns, year=data["year"])
        return self.answer_with(pk)

    @extend_schema(
        request=RowsSerializer, responses=LedgerDetailSerializer, operation_id="ledgers_rows_create"
    )
    def rows(self, request: Request, pk: int) -> Response:
        """Say which task rows are."""
        row = self.get_object()
        wanted = read(RowsSerializer, request.data)["rows"]
        ids = dict(
            Task.objects.filter(plan=row.plan, ref__in=filter(None, wanted.values())).values_list("ref", "pk")
        )
        if unknown := [ref for ref in wanted.values() if ref and ref not in ids]:
            raise Problems([Problem("rows", _("方案中没有任务“%(ref)s”。") % {"ref": unknown[0][:40]})])
        answers = {key: None if ref is None else ids.get(ref, 0) for key, ref in wanted.items()}
        actions.answer(by=signed_in(request), ledger=row, answers=answers)
        return self.answer_with(pk)

    @extend_schema(
        request=LedgerActSerializer, responses=LedgerDetailSerializer, operation_id="ledgers_act_create"
    )
    def act(self, request: Request, pk: int) -> Response:
        """Hand on, send back, confirm as a second person, give up, take back what it brought, or make a plan of it."""
        with transaction.atomic():
            data = read(LedgerActSerializer, request.data)
            done = actions.act(by=signed_in(request), ledger=self.get_object(), **data)
            if isinstance(done, PlanImport):
                ask_scan()
        return self.answer_with(pk)


def _column(column: Column, said: dict[str, Any]) -> Column:
    first, last = said["first"], said["last"]
    if (first == 0) != (last == 0) or first > last:
        raise Problems([Problem("columns", _("“%(head)s”的起止月份不对。") % {"head": column.head[:40]})])
    period = ColumnPeriod(first, last, said["year"]) if first else None
    return Column(column.index, column.head, said["field"], period)


def _shown(row: Ledger) -> dict[str, Any]:
    found: Prepared | None = None
    unread: list[str] = []
    if row.state in (LedgerState.OPEN, LedgerState.SUBMITTED):
        try:
            found = prepared(row)
        except Problems as refused:
            unread = [one.message for one in refused.problems]
    skipped = [*found.skipped, *found.existing] if found else []
    return {
        **LedgerSerializer(row).data,
        "unread": unread,
        "rows": [
            {
                "key": one.key,
                "heading": one.row.task.heading.name,
                "task": one.task.ref if one.task else None,
                "is_open": one.is_open,
                "alike": [task.ref for task in one.alike],
            }
            for one in (found.matches if found else ())
        ],
        "lines": [
            {
                "task": one.task.ref,
                "agency": one.agency,
                "quarter": str(one.entry.quarter),
                "light": one.entry.light,
                "progress": one.entry.progress,
                "done": one.entry.done,
            }
            for one in (found.lines if found else ())
        ],
        "goals": [
            {
                "task": one.task.ref,
                "year": one.goal.year,
                "first": one.goal.first,
                "last": one.goal.last,
                "text": one.goal.name,
            }
            for one in (found.goals if found else ())
        ],
        "skipped": [
            {
                "place": one.place,
                "task": one.task,
                "quarter": str(one.quarter) if one.quarter else None,
                "why": one.why,
            }
            for one in skipped
        ],
    }


urlpatterns = [
    path("ledgers/", LedgerViews.as_view({"get": "list", "post": "upload"}), name="api_ledger_list"),
    path("ledgers/<int:pk>/", LedgerViews.as_view({"get": "retrieve"}), name="api_ledger"),
    path("ledgers/<int:pk>/columns/", LedgerViews.as_view({"post": "columns"}), name="api_ledger_columns"),
    path("ledgers/<int:pk>/rows/", LedgerViews.as_view({"post": "rows"}), name="api_ledger_rows"),
    path("ledgers/<int:pk>/act/", LedgerViews.as_view({"post": "act"}), name="api_ledger_act"),
]
