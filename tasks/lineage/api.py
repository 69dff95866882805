"""API routes of agencies: names over time, aliases, members of collectives and lineage."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tasks.agencies.models import (
    Agency,
    AgencyAlias,
    AgencyName,
    Confidence,
    Lineage,
    LineageKind,
    Membership,
)
from tasks.agencies.queries import find_agencies
from tasks.people.access import signed_in
from tasks.plans.queries import agencies_read_by


class NameSerializer(serializers.ModelSerializer[AgencyName]):
    """`until` is the first day on which the name is no longer in use."""

    since = serializers.DateField(source="valid.lower", read_only=True, allow_null=True)
    until = serializers.DateField(source="valid.upper", read_only=True, allow_null=True)

    class Meta:
        model = AgencyName
        fields = ["short", "full", "since", "until", "origin", "full_origin", "note"]


class AliasSerializer(serializers.ModelSerializer[AgencyAlias]):
    class Meta:
        model = AgencyAlias
        fields = ["text", "reason"]


class MemberSerializer(serializers.ModelSerializer[Membership]):
    member = serializers.SlugRelatedField[Agency]("slug", read_only=True)
    since = serializers.DateField(source="valid.lower", read_only=True, allow_null=True)
    until = serializers.DateField(source="valid.upper", read_only=True, allow_null=True)

    class Meta:
        model = Membership
        fields = ["member", "since", "until", "origin", "note"]


class LineageSerializer(serializers.ModelSerializer[Lineage]):
    """A lineage edge. It is not in the plan, so it has a confidence and a reason. `precision` is the known part of the
    day `on`. Refuted edges are left out."""

    predecessor = serializers.SlugRelatedField[Agency]("slug", read_only=True)
    successor = serializers.SlugRelatedField[Agency]("slug", read_only=True)

    class Meta:
        model = Lineage
        fields = [
            "kind",
            "predecessor",
            "successor",
            "on",
            "precision",
            "confidence",
            "date_confidence",
            "scope",
            "origin",
            "note",
        ]


class AgencySerializer(serializers.ModelSerializer[Agency]):
    names = NameSerializer(many=True, read_only=True)
    aliases = AliasSerializer(many=True, read_only=True)
    members = MemberSerializer(many=True, read_only=True)
    became = LineageSerializer(many=True, read_only=True, source="believed_successions")
    came_from = LineageSerializer(many=True, read_only=True, source="believed_precedents")

    class Meta:
        model = Agency
        fields = [
            "slug",
            "kind",
            "in_plan",
            "is_open",
            "note",
            "names",
            "aliases",
            "members",
            "became",
            "came_from",
        ]


class _Agencies(generics.GenericAPIView[Agency]):
    serializer_class = AgencySerializer
    lookup_field = "slug"
    queryset = Agency.objects.none()

    def get_queryset(self) -> QuerySet[Agency, Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        edges = Lineage.objects.exclude(confidence=Confidence.REFUTED).select_related(
            "predecessor", "successor"
        )
        return (
            agencies_read_by(signed_in(self.request))
            .prefetch_related(
                "names",
                "aliases",
                "members__member",
                Prefetch("successions", edges, to_attr="believed_successions"),
                Prefetch(
                    "precedents", edges.exclude(kind=LineageKind.RENAMED), to_attr="believed_precedents"
                ),
            )
            .order_by("order", "id")
        )


class AgencyList(_Agencies, generics.ListAPIView[Agency]):
    """The agencies and collectives of the reader's plans and place, in the plan's order, each with all its names. `name` filters those that ever had a
    name with these characters."""

    @extend_schema(parameters=[OpenApiParameter("name", str, description="any name that the body ever had")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Agency, Any]) -> QuerySet[Agency, Any]:
        agencies = super().filter_queryset(queryset)
        words = self.request.query_params.get("name", "")
        return agencies.filter(pk__in={hit.agency.pk for hit in find_agencies(words)}) if words else agencies


class AgencyDetail(_Agencies, generics.RetrieveAPIView[Agency]):
    """One agency."""


urlpatterns = [
    path("agencies/", AgencyList.as_view(), name="api_agency_list"),
    path("agencies/<slug:slug>/", AgencyDetail.as_view(), name="api_agency"),
]
