"""The search for programs: the same function as the page's."""

from typing import Any

from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from reports.search.queries import search
from reports.search.values import MOST, Found, Hit, Kind, Section
from tasks.accounts.api_access import allowed
from tasks.finding import read_query
from tasks.people.access import signed_in, slug_asked
from tasks.people.permissions import may_see_plan


class RunSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    is_hit = serializers.BooleanField()


class HitSerializer(serializers.Serializer[Hit]):
    """Title and text are cut into runs, of which those with `is_hit` are the words that were looked for; `text` is what
    stands around them. `rank` is 0 for an exact number or name, and grows."""

    ref = serializers.CharField()
    title = RunSerializer(many=True)
    text = RunSerializer(many=True)
    note = serializers.CharField()
    url = serializers.CharField()
    rank = serializers.IntegerField()


class SectionSerializer(serializers.Serializer[Section]):
    """The hits of one kind. `count` is at most 200; `is_more` where there are others beyond."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    count = serializers.IntegerField()
    is_more = serializers.BooleanField()
    hits = HitSerializer(many=True)


class FoundSerializer(serializers.Serializer[Found]):
    words = serializers.ListField(child=serializers.CharField(), source="query.words")
    kinds = SectionSerializer(many=True, source="sections")


class SearchView(generics.GenericAPIView[Any]):
    """What the reader may see and has all of the words, by kind, the best kind first."""

    serializer_class = FoundSerializer
    filter_backends: list[Any] = []

    def get_permissions(self) -> list[Any]:
        return [allowed(may_see_plan)()]

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "words", str, required=True, description="words parted by spaces, at most 5, 60 characters"
            ),
            OpenApiParameter(
                "kind", str, enum=list(Kind.values), description="hits of this kind alone, at most 200"
            ),
            OpenApiParameter(
                "plan", str, description="the slug of a plan; without it all that the reader sees"
            ),
        ]
    )
    def get(self, request: Request) -> Response:
        query = read_query(request.query_params.get("words", ""))
        kind, plan = request.query_params.get("kind", ""), slug_asked(request, "plan")
        if query.refusal:
            raise ValidationError({"words": [query.refusal]})
        if kind and kind not in Kind.values:
            raise ValidationError({"kind": [_("没有这个类别。")]})
        kinds = [Kind(kind)] if kind else []
        found = search(signed_in(request), query, plan=plan, kinds=kinds, most=MOST if kind else 20)
        if plan and plan not in {one.slug for one in found.plans}:
            raise Http404(_("没有这个方案，或您不能看。"))
        return Response(self.get_serializer(found).data)


urlpatterns = [path("search/", SearchView.as_view(), name="api_search")]
