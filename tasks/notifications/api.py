"""API route of a person's own choice of messages."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tasks.notifications import preferences
from tasks.notifications.preference_views import lines_of
from tasks.people.access import signed_in
from tasks.people.models import User


class WantedSerializer(serializers.Serializer[Any]):
    """`wanted` are the kinds and channels to receive, as `kind:channel`; all others of those that can be chosen are not."""

    wanted = serializers.ListField(child=serializers.CharField(max_length=40), max_length=100)


class KindSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    title = serializers.CharField()
    compulsory = serializers.BooleanField()
    channels = serializers.DictField(child=serializers.BooleanField())


class MessagePreferences(APIView):
    """Which messages the account receives by which channel outside the site."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=KindSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(_shown(signed_in(request)))

    @extend_schema(request=WantedSerializer, responses=KindSerializer(many=True))
    def put(self, request: Request) -> Response:
        asked = WantedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        pairs = [
            (topic, channel)
            for topic, _colon, channel in (one.partition(":") for one in asked.validated_data["wanted"])
        ]
        return Response(_shown(preferences.choose(by=signed_in(request), wanted=pairs)))


def _shown(user: User) -> list[dict[str, Any]]:
    return [
        {
            "kind": line.topic.value,
            "title": str(line.topic.label),
            "compulsory": line.is_compulsory,
            "channels": {cell.channel.value: cell.is_wanted for cell in line.cells},
        }
        for line in lines_of(user)
    ]


urlpatterns = [path("message-preferences/", MessagePreferences.as_view(), name="api_message_preferences")]
