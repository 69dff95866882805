"""The final evaluation through the API."""

from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from reports.dashboards.api_params import KNOWN, Asking
from reports.evaluation.queries import evaluate
from reports.evaluation.values import Evaluation
from tasks.serializers import serializer_of


class EvaluationView(Asking):
    """总结评估 as known at a moment; 404 while the plan is in force. What was signed is at /plans/<plan>/evaluation.json."""

    serializer_class = serializer_of(Evaluation)

    @extend_schema(parameters=[KNOWN])
    def get(self, request: Request, plan: str) -> Response:
        asked = self.asked
        if not asked.is_expired:
            raise Http404(_("方案尚未到期，没有总结评估。"))
        return Response(self.get_serializer(evaluate(asked.plan, known_at=asked.known_at)).data)


urlpatterns = [path("plans/<slug:plan>/evaluation/", EvaluationView.as_view(), name="api_evaluation")]
