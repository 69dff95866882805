"""Evidence as JSON."""

from django.urls import reverse
from rest_framework import serializers

from tasks.files.models import StoredFile
from tasks.files.permissions import may_leave
from tasks.files.values import ScanState, Trace


class EvidenceSerializer(serializers.ModelSerializer[StoredFile]):
    """佐证材料: `media_type` is read from the content. `traces` names what the file shows of how it was written: revisions, comments. `scan` is the result of the virus scanner; `url` is the address of the
    file itself, null while it cannot be downloaded, because a virus was found or the scanner has not looked at it yet."""

    scan = serializers.ChoiceField(source="scan_state", choices=ScanState.choices, read_only=True)
    traces = serializers.ListField(child=serializers.ChoiceField(choices=Trace.choices), read_only=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = StoredFile
        fields = ["id", "name", "media_type", "size", "sha256", "traces", "uploaded_at", "scan", "url"]

    def get_url(self, file: StoredFile) -> str | None:
        if not may_leave(file):
            return None
        return str(self.context["request"].build_absolute_uri(reverse("api_evidence", args=[file.pk])))


class SameSerializer(serializers.Serializer[object]):
    """A file that was sent and that the draft held already: by which name it was sent, and which it is."""

    name = serializers.CharField(read_only=True)
    id = serializers.UUIDField(read_only=True)


class AttachedSerializer(serializers.Serializer[object]):
    """What came of an upload."""

    new = EvidenceSerializer(many=True, read_only=True)
    same = SameSerializer(many=True, read_only=True)


class UploadSerializer(serializers.Serializer[object]):
    """Files, as multipart/form-data; `files` may occur several times."""

    files = serializers.ListField(child=serializers.FileField())
