"""Addresses of the site."""

from django.urls import include, path

from tasks.filing import contact_views, cycle_views, workday_views

from . import health, home, views

urlpatterns = [
    path("", home.home, name="home"),
    path("health/", health.health, name="health"),
    path("", include("tasks.people.urls")),
    path("", include("tasks.workplans.urls")),  # before the desk, whose addresses are wider
    path("", include("tasks.filing.urls")),
    path("", include("tasks.adjusting.urls")),
    path("", include("tasks.notify.urls")),
    path("", include("tasks.comments.urls")),
    path("cycles/", cycle_views.cycles, name="cycles"),
    path("contacts/", contact_views.contacts, name="contacts"),
    path("cycles/workdays/", workday_views.workdays, name="workdays"),
    path("cycles/workdays/<int:pk>/unset/", workday_views.workday_unset, name="workday_unset"),
    path("cycles/<int:pk>/", cycle_views.cycle, name="cycle"),
    path("", include("reports.exports.urls")),
    path("", include("reports.scoring.urls")),
    path("", include("tasks.projects.urls")),
    path("", include("reports.rollup.urls")),
    path("", include("reports.evaluation.urls")),
    path("", include("tasks.plan.urls")),
    path("", include("reports.briefs.urls")),
    path("", include("reports.supervision.urls")),
    path("jobs/<uuid:pk>/", views.job, name="job"),
    path("api/v1/", include("qhplan.api_urls")),
]

handler400 = "qhplan.api.bad_request"
handler500 = "qhplan.api.server_error"
