"""Bodies through the API: their names over time, and what stands behind a collective."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from rest_framework import generics, serializers

from tasks.agencies.models import Agency, AgencyAlias, AgencyName, Membership


class NameSerializer(serializers.ModelSerializer[AgencyName]):
    """`until` is the first day on which the name was no longer in use."""

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


class AgencySerializer(serializers.ModelSerializer[Agency]):
    names = NameSerializer(many=True, read_only=True)
    aliases = AliasSerializer(many=True, read_only=True)
    members = MemberSerializer(many=True, read_only=True)

    class Meta:
        model = Agency
        fields = ["slug", "kind", "in_plan", "is_open", "note", "names", "aliases", "members"]


class _Agencies(generics.GenericAPIView[Agency]):
    serializer_class = AgencySerializer
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[Agency, Any]:
        return Agency.objects.prefetch_related("names", "aliases", "members__member").order_by("order", "id")


class AgencyList(_Agencies, generics.ListAPIView[Agency]):
    """All bodies and collectives, in the plan's order, each with all its names."""


class AgencyDetail(_Agencies, generics.RetrieveAPIView[Agency]):
    """One body."""


urlpatterns = [
    path("agencies/", AgencyList.as_view(), name="api_agency_list"),
    path("agencies/<slug:slug>/", AgencyDetail.as_view(), name="api_agency"),
]
