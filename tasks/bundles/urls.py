"""Addresses of a quarter's bundle 报送材料 and of the assignments 分工 within an agency."""

from django.urls import path

from tasks.bundles import assignment_views, paper_views, trial_views, views

urlpatterns = [
    path("desk/package/", views.package, name="package"),
    path("desk/package/sheet/", views.package_sheet, name="package_sheet"),
    path("desk/package/sheets/<uuid:pk>/", views.sealed_sheet, name="sealed_sheet"),
    path("review/papers/", paper_views.papers, name="papers"),
    path("review/papers/record/", paper_views.papers_record, name="papers_record"),
    path("review/papers/enter/", paper_views.paper_enter, name="paper_enter"),
    path("papers/leave/", paper_views.paper_leave, name="paper_leave"),
    path("papers/<uuid:file>/", paper_views.paper_scan, name="paper_scan"),
    path("cycles/<int:pk>/trial/remove/", trial_views.trial_remove, name="trial_remove"),
    path("desk/assignments/", assignment_views.assignments, name="assignments"),
    path("desk/reassign/", assignment_views.reassignment, name="reassign"),
    path("desk/reassign/back/", assignment_views.reassignment_back, name="reassign_back"),
]
