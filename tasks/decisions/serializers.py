"""What is sent to the API to take decisions back."""

from typing import Any

from rest_framework import serializers

from tasks.decisions.actions import REASON

_BATCH = 1000  # items of one request
_BIGINT = 2**63 - 1


class UndoSerializer(serializers.Serializer[Any]):
    """Versions whose decisions the caller takes back."""

    versions = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=_BIGINT), allow_empty=False, max_length=_BATCH
    )
    reason = serializers.CharField(allow_blank=True, default="", max_length=REASON)
