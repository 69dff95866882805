"""What the API routes of documents share that one person brings and a second confirms: imports of plans, and ledgers."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model
from rest_framework import serializers, status, viewsets
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from qhplan.api import JSONParser
from tasks.errors import Problem, Problems

M = TypeVar("M", bound=Model)


class DocumentViews(viewsets.GenericViewSet[M]):
    """A list without what is large in a row, one row with what it says now, and the answers of acts on it."""

    parser_classes = [JSONParser, MultiPartParser]
    filter_backends: list[Any] = []
    left_out: ClassVar[tuple[str, ...]] = ()

    def shown(self, row: M) -> Mapping[str, Any]:
        """What the row says now."""
        raise NotImplementedError

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset().defer(*self.left_out)) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: int) -> Response:
        return Response(self.shown(self.get_object()))

    def answer_with(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        """The row as it is after an act."""
        return Response(self.shown(self.get_queryset().get(pk=pk)), status=code)


class NotedActSerializer(serializers.Serializer[Any]):
    """What is done with a document, by the name of the act."""

    note = serializers.CharField(required=False, allow_blank=True, default="")


def read(kind: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """What was sent, as the serializer understands it."""
    given = kind(data=data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def only_file(request: Request, sentence: str) -> "UploadedFile[Any]":
    """The one file in the field `document`. Raises Problems with the sentence."""
    files = request.FILES.getlist("document")
    if len(files) != 1:
        raise Problems([Problem("document", sentence)])
    file: UploadedFile[Any] = files[0]
    return file
