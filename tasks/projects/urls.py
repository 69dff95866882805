"""Addresses of the pages that write on projects."""

from django.urls import path

from tasks.projects import views

urlpatterns = [
    path("plans/<slug:slug>/projects/new/", views.project_new, name="project_new"),
    path("plans/<slug:slug>/projects/<int:pk>/assign/", views.project_assign, name="project_assign"),
    path(
        "desk/projects/<slug:slug>/<int:pk>/<str:quarter_text>/", views.project_report, name="project_report"
    ),
    path("review/projects/<int:pk>/", views.project_decide, name="project_decide"),
]
