"""What the routes of a plan's figures share: their parameters `q` and `known`, and figures without the text of submissions."""

from functools import cached_property, partial
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import generics

from reports.dashboards.page_params import Asked, ask
from tasks.serializers import serializer_of

# Without the text of submissions: it is read as versions, of which each reader sees only those that are open to them.
figures_serializer = partial(
    serializer_of, without=frozenset({"narrative", "progress", "no_progress", "within"})
)
KNOWN = OpenApiParameter(
    "known", str, description="As known at this moment, such as 2017-04-20T18:00; default: now."
)
AS_AT = [
    OpenApiParameter(
        "q",
        str,
        description="The quarter, such as 2017Q1; default: the latest whose lead submissions were due.",
    ),
    KNOWN,
]


class Asking(generics.GenericAPIView[Any]):
    """A route of a plan in a quarter, as known at a moment; its address is read as the pages' is."""

    filter_backends: list[Any] = []

    @cached_property
    def asked(self) -> Asked:
        return ask(self.request, self.kwargs["plan"])
