"""Briefs through the API: reading what was issued, and requesting, issuing, withdrawing and discarding briefs."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.urls import path, reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from reports.briefs import actions, jobs, permissions, views
from reports.briefs.models import Brief, BriefKind, BriefState
from reports.briefs.queries import FileRow, files_of
from reports.briefs.transitions import REASON_LIMIT
from tasks.accounts.api_access import allowed
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_make_briefs, may_read_briefs
from tasks.plans.models import Plan
from tasks.serializers import MomentField, PeriodField, serializer_of


class BriefSerializer(serializers.ModelSerializer[Brief]):
    """A brief without its figures. `pdf` and `figures` are the addresses of its files, null for readers who may not
    open them or while there are none; `file` describes the PDF."""

    plan = serializers.SlugRelatedField[Plan]("slug", read_only=True)
    quarter = PeriodField(read_only=True)
    asked_by = serializers.StringRelatedField[User](read_only=True, allow_null=True)
    issued_by = serializers.StringRelatedField[User](read_only=True, allow_null=True)
    discarded_by = serializers.StringRelatedField[User](read_only=True, allow_null=True)
    file = serializers.SerializerMethodField()
    pdf = serializers.SerializerMethodField()
    figures = serializers.SerializerMethodField()

    class Meta:
        model = Brief
        fields = [
            "id",
            "plan",
            "quarter",
            "kind",
            "scope",
            "scope_name",
            "title",
            "state",
            "label",
            "year",
            "number",
            "edition",
            "total",
            "known_at",
            "asked_at",
            "asked_by",
            "frozen_at",
            "issued_at",
            "issued_by",
            "supersedes",
            "withdrawn_at",
            "withdrawn_reason",
            "discarded_at",
            "discarded_by",
            "discarded_reason",
            "is_sample",
            "figures_sha256",
            "job",
            "file",
            "pdf",
            "figures",
        ]

    @extend_schema_field(serializer_of(FileRow)(allow_null=True))
    def get_file(self, brief: Brief) -> Any:
        file = self._files.get(brief.pk)
        return serializer_of(FileRow)(file).data if file else None

    def get_pdf(self, brief: Brief) -> str | None:
        return self._address(brief, "api_brief_pdf") if brief.pk in self._files else None

    def get_figures(self, brief: Brief) -> str | None:
        return self._address(brief, "api_brief_figures") if brief.figures_sha256 else None

    @cached_property
    def _files(self) -> dict[int, FileRow]:
        """Of all the rows of an answer at once."""
        rows: Any = [self.instance] if self.parent is None else self.parent.instance
        return files_of(rows)

    def _address(self, brief: Brief, name: str) -> str | None:
        request = self.context["request"]
        may = permissions.may_take_file(signed_in(request), brief)
        return str(request.build_absolute_uri(reverse(name, args=[brief.pk]))) if may else None


class AskSerializer(serializers.Serializer[Any]):
    """A brief of a quarter that is over, as known at a moment (default: now). `scope` is a group's or sector's number,
    `safeguards`, or an agency's slug, for the kinds that speak of a part."""

    plan = serializers.SlugRelatedField[Plan]("slug", queryset=Plan.objects.defer("text", "head"))
    quarter = PeriodField()
    kind = serializers.ChoiceField(BriefKind.choices, default=BriefKind.PLAN)
    scope = serializers.CharField(max_length=60, allow_blank=True, default="")
    known_at = MomentField(allow_null=True, default=None)


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=REASON_LIMIT)


class BriefViews(viewsets.ReadOnlyModelViewSet[Brief]):
    """简报: what was issued; drafts too for those who make briefs. What was discarded is listed where `state` asks for
    it."""

    serializer_class = BriefSerializer
    queryset = Brief.objects.none()
    filterset_fields = {
        "plan__slug": ["exact"],
        "kind": ["exact"],
        "scope": ["exact"],
        "state": ["exact"],
        "year": ["exact"],
        "number": ["exact"],
    }

    def get_permissions(self) -> list[Any]:
        rule = may_read_briefs if self.request.method in {"GET", "HEAD", "OPTIONS"} else may_make_briefs
        return [allowed(rule)()]

    def get_queryset(self) -> QuerySet[Brief, Any]:
        found = Brief.objects.visible_to(signed_in(self.request)).for_page().order_by("-asked_at", "-id")
        if self.action == "list" and not self.request.query_params.get("state"):
            return found.exclude(state=BriefState.DISCARDED)
        return found

    @extend_schema(request=AskSerializer, responses={201: BriefSerializer})
    def ask(self, request: Request) -> Response:
        """Request a brief; its job freezes the figures and sets the draft."""
        given = AskSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        brief = jobs.ask_draft(by=signed_in(request), **given.validated_data)
        return self._answer(brief, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={202: BriefSerializer})
    def issue(self, request: Request, pk: int) -> Response:
        """Give the draft its number; a job sets the PDF that carries it."""
        return self._answer(
            jobs.ask_issue(by=signed_in(request), brief=self.get_object()), status.HTTP_202_ACCEPTED
        )

    @extend_schema(request=None, responses={202: BriefSerializer})
    def retry(self, request: Request, pk: int) -> Response:
        """Try again what failed."""
        return self._answer(
            jobs.ask_again(by=signed_in(request), brief=self.get_object()), status.HTTP_202_ACCEPTED
        )

    @extend_schema(request=ReasonSerializer)
    def withdraw(self, request: Request, pk: int) -> Response:
        """Withdraw an issued brief, with the reason."""
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        brief = self.get_object()
        actions.withdraw(by=signed_in(request), brief=brief, reason=given.validated_data["reason"])
        return self._answer(brief, status.HTTP_200_OK)

    @extend_schema(request=ReasonSerializer)
    def discard(self, request: Request, pk: int) -> Response:
        """Discard a draft, or what could not be made, with the reason. Nothing more is done with it."""
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        brief = self.get_object()
        actions.discard(by=signed_in(request), brief=brief, reason=given.validated_data["reason"])
        return self._answer(brief, status.HTTP_200_OK)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def pdf(self, request: Request, pk: int) -> HttpResponseBase:
        """The PDF. Each download is recorded."""
        return views.pdf(request._request, pk)

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def figures(self, request: Request, pk: int) -> HttpResponseBase:
        """The frozen figures, byte for byte as they were hashed (docs/figures-schema.json)."""
        return views.figures(request._request, pk)

    def _answer(self, brief: Brief, code: int) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=brief.pk)).data, status=code)


urlpatterns = [
    path("briefs/", BriefViews.as_view({"get": "list", "post": "ask"}), name="api_brief_list"),
    path("briefs/<int:pk>/", BriefViews.as_view({"get": "retrieve"}), name="api_brief"),
    path("briefs/<int:pk>/issue/", BriefViews.as_view({"post": "issue"}), name="api_brief_issue"),
    path("briefs/<int:pk>/retry/", BriefViews.as_view({"post": "retry"}), name="api_brief_retry"),
    path("briefs/<int:pk>/withdraw/", BriefViews.as_view({"post": "withdraw"}), name="api_brief_withdraw"),
    path("briefs/<int:pk>/discard/", BriefViews.as_view({"post": "discard"}), name="api_brief_discard"),
    path("briefs/<int:pk>/pdf/", BriefViews.as_view({"get": "pdf"}), name="api_brief_pdf"),
    path("briefs/<int:pk>/figures/", BriefViews.as_view({"get": "figures"}), name="api_brief_figures"),
]
