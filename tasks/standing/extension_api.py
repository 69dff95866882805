"""报送延期 through the API: what was asked and granted in a quarter, asking, granting, and deciding or revoking many at once."""

from typing import Any

from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tasks.accounts.api_access import allowed
from tasks.agencies.models import Agency
from tasks.cycles.extensions import (
    REASON,
    ask_extension,
    decide_extensions,
    extension_rows,
    grant_extension,
    revoke_extensions,
)
from tasks.cycles.models import Cycle, Extension
from tasks.cycles.page_params import quarter_or_default
from tasks.errors import Problem, Problems
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_file, may_review
from tasks.plans.api import OfPlan
from tasks.serializers import MomentField, PeriodField

_BATCH = 1000  # items of one request


class ExtensionSerializer(serializers.ModelSerializer[Extension]):
    """Another date for what one agency files under one duty in a quarter: `state` is asked, granted, refused or revoked."""

    quarter = PeriodField(source="cycle.quarter", read_only=True)
    agency = serializers.CharField(source="agency.slug", read_only=True)
    asked_by = serializers.StringRelatedField[User](read_only=True)
    decided_by = serializers.StringRelatedField[User](read_only=True, allow_null=True)
    revoked_by = serializers.StringRelatedField[User](read_only=True, allow_null=True)

    class Meta:
        model = Extension
        fields = [
            "id",
            "quarter",
            "agency",
            "duty",
            "until",
            "reason",
            "state",
            "asked_at",
            "asked_by",
            "decided_at",
            "decided_by",
            "decision_note",
            "revoked_at",
            "revoked_by",
            "revoke_reason",
        ]


class ExtensionInputSerializer(serializers.Serializer[Any]):
    """With `agencies` (slugs) the office gives them another date; without, the caller's own agency asks for one."""

    quarter = serializers.CharField()
    agencies = serializers.ListField(child=serializers.SlugField(), default=list, max_length=_BATCH)
    until = MomentField()
    reason = serializers.CharField(max_length=REASON)


class ExtensionActSerializer(serializers.Serializer[Any]):
    """`grant` or `refuse` what was asked, `revoke` what was granted; the last two with a `note`."""

    action = serializers.ChoiceField(["grant", "refuse", "revoke"])
    extensions = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), allow_empty=False, max_length=_BATCH
    )
    note = serializers.CharField(allow_blank=True, default="", max_length=REASON)


def _read(kind: type[serializers.Serializer[Any]], data: Any) -> Any:
    given = kind(data=data)
    given.is_valid(raise_exception=True)
    return given.validated_data


class ExtensionViews(OfPlan):
    """报送延期 of a quarter: all of them for the office and the second reviewers, for others those of their own agency."""

    serializer_class = ExtensionSerializer
    permission_classes = [allowed(lambda user: may_review(user) or may_file(user))]
    queryset = Extension.objects.none()
    pagination_class = None

    @extend_schema(
        parameters=[OpenApiParameter("q", str, description="The quarter, such as 2017Q1.")],
        responses=ExtensionSerializer(many=True),
    )
    def get(self, request: Request, plan: str) -> Response:
        user = signed_in(request)
        cycle = self._cycle(request.GET.get("q", ""))
        rows = extension_rows(cycle, None if may_review(user) else user.acts_for)
        return Response(ExtensionSerializer(rows, many=True).data)

    @extend_schema(request=ExtensionInputSerializer, responses=ExtensionSerializer(many=True))
    def post(self, request: Request, plan: str) -> Response:
        """Ask for another date, or give one."""
        data = _read(ExtensionInputSerializer, request.data)
        asked = {
            "by": signed_in(request),
            "cycle": self._cycle(data["quarter"]),
            "until": data["until"],
            "reason": data["reason"],
        }
        if not data["agencies"]:
            return Response(ExtensionSerializer(ask_extension(**asked), many=True).data)
        found = dict(Agency.objects.filter(slug__in=data["agencies"]).values_list("slug", "pk"))
        unknown = [
            Problem("agencies", _("没有这个单位。"), slug) for slug in data["agencies"] if slug not in found
        ]
        if unknown:
            raise Problems(unknown)
        made = grant_extension(**asked, agency_ids=set(found.values()))
        return Response(ExtensionSerializer(made, many=True).data)

    def _cycle(self, quarter: str) -> Cycle:
        cycle = Cycle.objects.filter(plan=self.plan, quarter=quarter_or_default(quarter, self.plan)).first()
        if cycle is None:
            raise Http404(_("这个季度尚未开启填报。"))
        return cycle


class ExtensionActView(APIView):
    """Deciding what agencies asked for, and revoking what was granted."""

    permission_classes = [allowed(may_review)]

    @extend_schema(request=ExtensionActSerializer, responses=ExtensionSerializer(many=True))
    def post(self, request: Request) -> Response:
        """All or none."""
        data = _read(ExtensionActSerializer, request.data)
        act = {"by": signed_in(request), "extensions": data["extensions"]}
        if data["action"] == "revoke":
            rows = revoke_extensions(**act, reason=data["note"])
        else:
            rows = decide_extensions(**act, grant=data["action"] == "grant", note=data["note"])
        found = Extension.objects.filter(pk__in=[row.pk for row in rows]).select_related(
            "cycle", "agency", "asked_by", "decided_by", "revoked_by"
        )
        return Response(ExtensionSerializer(found.order_by("pk"), many=True).data)


urlpatterns = [
    path("plans/<slug:plan>/extensions/", ExtensionViews.as_view(), name="api_extension_list"),
    path("extensions/act/", ExtensionActView.as_view(), name="api_extension_act"),
]
