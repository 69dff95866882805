"""Addresses of adjustments, of reforms, and of what is kept of bodies over time."""

from django.urls import path

from tasks.adjusting import body_views

urlpatterns = [
    path("bodies/new/", body_views.body_add, name="body_add"),
    path("bodies/<slug:slug>/", body_views.body, name="body"),
    path("bodies/<slug:slug>/name/", body_views.body_name, name="body_name"),
    path("bodies/<slug:slug>/lineage/", body_views.edge_add, name="edge_add"),
    path("lineage/<int:pk>/", body_views.edge, name="edge"),
]
