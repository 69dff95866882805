"""URLs of the site."""

from django.urls import include, path

from tasks.people.plan_scope import register

from . import health, home, plan_routes, views, work
from .help import views as help_views

register(plan_routes.ROUTES)  # for which plan a page asks its rules

urlpatterns = [
    path("", home.home, name="home"),
    path("work/", work.work, name="work"),
    path("help/", help_views.help_index, name="help_index"),
    path("help/<slug:name>/", help_views.help_page, name="help"),
    path("handbooks/<slug:role>/", help_views.handbook, name="handbook"),
    path("handbooks/<slug:role>/pdf/", help_views.handbook_pdf, name="handbook_pdf"),
    path("health/", health.health, name="health"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("status/", views.status_page, name="status"),
    path("", include("tasks.accounts.urls")),
    path("", include("tasks.audit.urls")),
    path("", include("tasks.workplans.urls")),  # before the desk, whose patterns would match these too
    path("", include("tasks.bundles.urls")),
    path("", include("tasks.submissions.urls")),
    path("", include("tasks.review.urls")),
    path("", include("tasks.standing.urls")),
    path("", include("tasks.cycles.urls")),
    path("", include("tasks.contacts.urls")),
    path("", include("tasks.adjustments.urls")),
    path("", include("tasks.importing.urls")),
    path("", include("tasks.ledgers.urls")),
    path("", include("tasks.reforms.urls")),
    path("", include("tasks.lineage.urls")),
    path("", include("tasks.jurisdictions.urls")),
    path("", include("tasks.notifications.urls")),
    path("", include("tasks.comments.urls")),
    path("", include("tasks.saved_lists.urls")),
    path("", include("reports.exports.urls")),
    path("", include("reports.scoring.urls")),
    path("", include("tasks.projects.urls")),
    path("", include("reports.dashboards.urls")),
    path("", include("reports.evaluation.urls")),
    path("", include("reports.paper.urls")),
    path("", include("tasks.plans.urls")),
    path("", include("reports.briefs.urls")),
    path("", include("reports.coordination.urls")),
    path("", include("reports.focus.urls")),
    path("", include("reports.month.urls")),
    path("", include("reports.receipts.urls")),
    path("", include("reports.supervision.urls")),
    path("", include("reports.search.urls")),
    path("", include("reports.news.urls")),
    path("jobs/<uuid:pk>/", views.job, name="job"),
    path("api/v1/", include("qhplan.api_urls")),
]

handler400 = "qhplan.api.bad_request"
handler500 = "qhplan.api.server_error"

handler404 = "qhplan.views.not_found"
