"""Addresses of the pages that show a plan's figures."""

from django.urls import path

from reports.rollup import views

urlpatterns = [
    path("plans/<slug:slug>/", views.overview, name="overview"),
    path("plans/<slug:slug>/tasks/", views.task_list, name="task_list"),
    path("plans/<slug:slug>/tasks/<slug:ref>/", views.task, name="task"),
    path("plans/<slug:slug>/schedule/", views.schedule_view, name="schedule"),
    path("plans/<slug:slug>/matrix/", views.matrix, name="matrix"),
    path("plans/<slug:slug>/agencies/", views.agency_list, name="agency_list"),
    path("plans/<slug:slug>/agencies/<slug:agency_slug>/", views.agency, name="agency"),
]
