"""Addresses of the pages that show a plan's figures."""

from django.urls import path

from reports.dashboards import level_views, project_views, target_views, views

urlpatterns = [
    path("plans/", level_views.plan_list, name="plan_list"),
    path("plans/-/behind/", level_views.behind_all, name="behind_all"),
    path("plans/<slug:slug>/", views.overview, name="overview"),
    path("plans/<slug:slug>/levels/", level_views.levels, name="levels"),
    path("plans/<slug:slug>/behind/", level_views.behind, name="behind"),
    path("plans/<slug:slug>/tasks/", views.task_list, name="task_list"),
    path("plans/<slug:slug>/tasks/<slug:ref>/", views.task, name="task"),
    path("plans/<slug:slug>/schedule/", views.schedule_view, name="schedule"),
    path("plans/<slug:slug>/matrix/", views.matrix, name="matrix"),
    path("plans/<slug:slug>/targets/", target_views.target_list, name="target_list"),
    path("plans/<slug:slug>/targets/<int:order>/", target_views.target, name="target"),
    path("plans/<slug:slug>/targets/<int:order>/path/", target_views.target_path, name="target_path"),
    path(
        "plans/<slug:slug>/targets/<int:order>/measure/", target_views.target_measure, name="target_measure"
    ),
    path("plans/<slug:slug>/targets/<int:order>/assess/", target_views.target_assess, name="target_assess"),
    path("plans/<slug:slug>/projects/", project_views.project_list, name="project_list"),
    path("plans/<slug:slug>/projects/<int:pk>/", project_views.project, name="project"),
    path("plans/<slug:slug>/indicators/<slug:indicator_slug>/", target_views.indicator, name="indicator"),
    path("plans/<slug:slug>/agencies/", views.agency_list, name="agency_list"),
    path("plans/<slug:slug>/agencies/<slug:agency_slug>/", views.agency, name="agency"),
]
