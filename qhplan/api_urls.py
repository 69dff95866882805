"""URLs of the API, and the API routes of jobs."""

from typing import Any

from django.db.models import QuerySet
from django.urls import include, path, re_path
from django.utils.translation import gettext as _
from drf_spectacular.views import SpectacularAPIView
from rest_framework import exceptions, serializers, viewsets
from rest_framework.request import Request
from rest_framework.views import APIView

from qhplan.job_queries import visible_jobs
from qhplan.jobs import Job
from tasks.people.access import signed_in


class JobSerializer(serializers.ModelSerializer[Job]):
    """`percent` is the share of the work done; `reason` is a sentence on the failure."""

    percent = serializers.IntegerField(read_only=True)
    reason = serializers.CharField(read_only=True)

    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "label",
            "state",
            "asked_at",
            "started_at",
            "ended_at",
            "percent",
            "progress_text",
            "reason",
            "result",
        ]


class JobViews(viewsets.ReadOnlyModelViewSet[Job]):
    """作业: jobs that the user has requested; all jobs for users who make briefs."""

    serializer_class = JobSerializer
    queryset = Job.objects.none()
    filterset_fields = {"state": ["exact"], "kind": ["exact"]}

    def get_queryset(self) -> QuerySet[Job, Any]:
        return visible_jobs(signed_in(self.request)).order_by("-asked_at", "id")


class Unknown(APIView):
    """404 for unknown addresses, in the error shape of the API."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound(_("接口没有这个地址；地址以斜线结尾。"))


urlpatterns = [
    path("", include("tasks.accounts.api")),
    path("", include("tasks.lineage.api")),
    path("", include("tasks.plans.api")),
    path("", include("tasks.indicators.api")),
    path("", include("tasks.workplans.api")),
    path("", include("tasks.review.api")),
    path("", include("tasks.standing.extension_api")),
    path("", include("tasks.submissions.evidence.api")),
    path("", include("tasks.notifications.api")),
    path("", include("tasks.comments.api")),
    path("", include("tasks.adjustments.api")),
    path("", include("tasks.importing.api")),
    path("", include("tasks.ledgers.api")),
    path("", include("reports.dashboards.api")),
    path("", include("reports.evaluation.api")),
    path("", include("reports.scoring.api")),
    path("", include("reports.briefs.api")),
    path("", include("reports.coordination.api")),
    path("", include("reports.receipts.api")),
    path("", include("reports.supervision.api")),
    path("", include("reports.search.api")),
    path("jobs/", JobViews.as_view({"get": "list"}), name="api_job_list"),
    path("jobs/<uuid:pk>/", JobViews.as_view({"get": "retrieve"}), name="api_job"),
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    re_path(r"^(?P<rest>[\s\S]*)$", Unknown.as_view(), name="api_unknown"),
]
