"""Receipts by the API."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from reports.receipts import actions
from reports.receipts.models import Receipt
from reports.receipts.queries import receipts_of
from reports.supervision.models import Instruction
from tasks.accounts.api_access import allowed
from tasks.models import User, Version
from tasks.people.access import signed_in
from tasks.people.permissions import may_see_plan


class ReceiptSerializer(serializers.ModelSerializer[Receipt]):
    by = serializers.StringRelatedField[User](read_only=True)

    class Meta:
        model = Receipt
        fields = ["id", "by", "at"]


class ReceiptsView(generics.GenericAPIView[Any]):
    """已阅 of one object that the reader may see."""

    serializer_class = ReceiptSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    def get_permissions(self) -> list[Any]:
        return [allowed(may_see_plan)()]

    def found(self) -> Version | Instruction:
        raise NotImplementedError

    @extend_schema(responses=ReceiptSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Those that the reader may see, the first ones first."""
        rows = receipts_of(signed_in(request), self.found())
        return Response(self.get_serializer(rows, many=True).data)

    @extend_schema(request=None, responses={201: ReceiptSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Say that one has read it; whoever did keeps the first receipt."""
        made = actions.give(by=signed_in(request), read=self.found())
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)


class VersionReceiptsView(ReceiptsView):
    """已阅 of a version that was sent back."""

    queryset: QuerySet[Version] = Version.objects.none()

    def found(self) -> Version:
        seen = Version.objects.visible_to(signed_in(self.request)).select_related("task")
        return get_object_or_404(seen, pk=self.kwargs["pk"])


class InstructionReceiptsView(ReceiptsView):
    """已阅 of an instruction."""

    queryset: QuerySet[Instruction] = Instruction.objects.none()

    def found(self) -> Instruction:
        return get_object_or_404(
            Instruction.objects.visible_to(signed_in(self.request)), pk=self.kwargs["pk"]
        )


urlpatterns = [
    path("versions/<int:pk>/receipts/", VersionReceiptsView.as_view(), name="api_version_receipts"),
    path(
        "instructions/<int:pk>/receipts/", InstructionReceiptsView.as_view(), name="api_instruction_receipts"
    ),
]
