"""Addresses of work plans: the own agency's, everybody's, and single milestones."""

from django.urls import path

from tasks.workplans import desk_views, reading_views
from tasks.workplans.workbook import views as workbook

urlpatterns = [
    path("desk/workplans/", desk_views.workplan_desk, name="workplan_desk"),
    path("desk/workplans/<slug:slug>/<str:period_text>/", desk_views.workplan_edit, name="workplan_edit"),
    path(
        "desk/workplans/<slug:slug>/<str:period_text>/check/",
        desk_views.workplan_check,
        name="workplan_check",
    ),
    path("desk/workplans/<slug:slug>/<str:period_text>/workbook/", workbook.download, name="workplan_book"),
    path(
        "desk/workplans/<slug:slug>/<str:period_text>/workbook/upload/",
        workbook.upload,
        name="workplan_book_upload",
    ),
    path(
        "desk/workplans/<slug:slug>/<str:period_text>/workbook/apply/",
        workbook.apply,
        name="workplan_book_apply",
    ),
    path(
        "desk/workplans/<slug:slug>/<str:period_text>/<str:ref>/",
        desk_views.workplan_section,
        name="workplan_section",
    ),
    path("plans/<slug:slug>/workplans/", reading_views.workplan_list, name="workplan_list"),
    path("workplans/<int:pk>/", reading_views.workplan, name="workplan"),
    path(
        "workplans/<int:pk>/versions/<int:number>/", reading_views.workplan_version, name="workplan_version"
    ),
    path("workplans/<int:pk>/decide/", reading_views.workplan_decide, name="workplan_decide"),
    path("milestones/<int:pk>/", reading_views.milestone, name="milestone"),
]
