"""Evidence through the API. What a version holds is shown with the version; here is what the own draft holds."""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status, viewsets
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from tasks.accounts.api_access import allowed
from tasks.errors import Problem, Problems
from tasks.files import jobs
from tasks.files.models import StoredFile
from tasks.people.access import signed_in
from tasks.people.permissions import may_file
from tasks.submissions.evidence import actions, views
from tasks.submissions.evidence.queries import files_of_drafts
from tasks.submissions.evidence.serializers import AttachedSerializer, EvidenceSerializer, UploadSerializer
from tasks.submissions.models import Submission


class DraftEvidenceViews(viewsets.GenericViewSet[Any]):
    """The files of a return's draft, for its own agency. What a version holds is shown with the version."""

    serializer_class = EvidenceSerializer
    permission_classes = [allowed(may_file)]
    parser_classes = [MultiPartParser]
    pagination_class = None
    filter_backends: list[Any] = []
    queryset = Submission.objects.none()

    def get_queryset(self) -> QuerySet[Submission, Any]:
        return Submission.objects.filter(agency=signed_in(self.request).agency_id)

    @extend_schema(responses=EvidenceSerializer(many=True), operation_id="returns_evidence_list")
    def list(self, request: Request, pk: int) -> Response:
        """What the draft holds, the first uploaded first."""
        head = self.get_object()
        files = files_of_drafts([head.pk]).get(head.pk, [])
        return Response(self.get_serializer(files, many=True).data)

    @extend_schema(
        request={"multipart/form-data": UploadSerializer},
        responses={201: AttachedSerializer},
        operation_id="returns_evidence_create",
    )
    def attach(self, request: Request, pk: int) -> Response:
        """Add files, all of them or none. One whose content the draft holds already is not stored again."""
        head = self.get_object()
        uploads = request.FILES.getlist("files")
        if not uploads:
            raise Problems([Problem("files", _("没有文件：请以 multipart/form-data 的 files 字段上传。"))])
        with transaction.atomic():
            done = actions.attach(by=signed_in(request), submission=head.pk, uploads=uploads)
            jobs.ask_scan()
        same = [{"name": name, "id": held.pk} for name, held in done.same]
        answer = AttachedSerializer({"new": done.new, "same": same}, context=self.get_serializer_context())
        return Response(answer.data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None}, operation_id="returns_evidence_destroy")
    def remove(self, request: Request, pk: int, file: uuid.UUID) -> Response:
        """Take a file off the draft. It stays with the versions that hold it."""
        head = self.get_object()
        get_object_or_404(StoredFile, pk=file, draft_link__submission=head)
        actions.remove(by=signed_in(request), submission=head.pk, file_ids=[file])
        return Response(status=status.HTTP_204_NO_CONTENT)


class EvidenceView(generics.GenericAPIView[StoredFile]):
    """One file of evidence that the reader may see."""

    queryset = StoredFile.objects.none()

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: uuid.UUID) -> HttpResponseBase:
        """The file itself, as an attachment, with the media type that its content shows."""
        return views.evidence(request._request, pk)


urlpatterns = [
    path(
        "returns/<int:pk>/evidence/",
        DraftEvidenceViews.as_view({"get": "list", "post": "attach"}),
        name="api_return_evidence",
    ),
    path(
        "returns/<int:pk>/evidence/<uuid:file>/",
        DraftEvidenceViews.as_view({"delete": "remove"}),
        name="api_return_evidence_file",
    ),
    path("evidence/<uuid:pk>/", EvidenceView.as_view(), name="api_evidence"),
]
