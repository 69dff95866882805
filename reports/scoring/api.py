"""Scores and schemes through the API: reading. What decides a score by hand is done on its pages, before a second person."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reports.dashboards.api_params import KNOWN, Asking
from reports.scoring.models import Scheme
from reports.scoring.permissions import may_see_some
from reports.scoring.queries import BodyScore
from reports.scoring.views import LIVE, PROPOSED, shown
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.serializers import PeriodField, serializer_of


class ScoresSerializer(serializers.Serializer[Any]):
    """The scores of a period. `state`: live, proposed or announced; what was announced has an edition and a checksum. All
    agencies for office and leadership, its own for an agency; `rank` is null where it is not shown to the reader."""

    period = serializers.CharField()
    state = serializers.ChoiceField([LIVE, PROPOSED, "announced"])
    edition = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField(allow_null=True)
    known_at = serializers.DateTimeField()
    scheme = serializers.IntegerField(help_text="Its number.")
    bodies = serializer_of(BodyScore)(many=True)


class ScoresView(Asking):
    """考核得分 with the whole calculation; 404 before a scheme is in force."""

    serializer_class = ScoresSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "period", str, description="A quarter or a year: 2017Q1, 2017; default: as `q`."
            ),
            OpenApiParameter(
                "edition",
                str,
                description="An announced edition's number, `live`, or `proposed`; default: the edition that holds.",
            ),
            KNOWN,
        ]
    )
    def get(self, request: Request, plan: str) -> Response:
        found = shown(request, self.asked)
        if found.scheme is None:
            raise Http404(_("这个考核期还没有施行的考核办法。"))
        sheet = found.sheet
        state = LIVE if sheet is None else "announced" if found.is_announced else PROPOSED
        said = {
            "period": str(found.period),
            "state": state,
            "edition": sheet.edition if sheet else None,
            "sha256": sheet.sha256 if sheet else None,
            "known_at": sheet.known_at if sheet else self.asked.known_at,
            "scheme": found.scheme.number,
            "bodies": [
                one if found.sees_ranks else {**one, "rank": None, "among": 0} for one in found.of_reader()
            ],
        }
        return Response(self.get_serializer(said).data)


class SchemeSerializer(serializers.ModelSerializer[Scheme]):
    """A scheme 考核办法: weights that add up to 100, what each outcome is worth, deductions and bonuses."""

    valid_from = PeriodField(read_only=True)
    content = serializers.SerializerMethodField()
    written_by = serializers.StringRelatedField[User](read_only=True)
    decided_by = serializers.StringRelatedField[User](read_only=True, allow_null=True)

    class Meta:
        model = Scheme
        fields = [
            "number",
            "title",
            "basis",
            "valid_from",
            "state",
            "content",
            "written_at",
            "written_by",
            "decided_at",
            "decided_by",
        ]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_content(self, scheme: Scheme) -> Any:
        return scheme.content


class SchemesView(Asking):
    """考核办法 of the plan, the latest first; drafts for who writes or decides them."""

    serializer_class = SchemeSerializer

    @extend_schema(responses=SchemeSerializer(many=True))
    def get(self, request: Request, plan: str) -> Response:
        user = signed_in(request)
        if not may_see_some(user):
            raise PermissionDenied
        rows = Scheme.objects.visible_to(user).filter(plan=self.asked.plan)
        page = self.paginate_queryset(rows.select_related("written_by", "decided_by"))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


urlpatterns = [
    path("plans/<slug:plan>/scores/", ScoresView.as_view(), name="api_scores"),
    path("plans/<slug:plan>/schemes/", SchemesView.as_view(), name="api_schemes"),
]
