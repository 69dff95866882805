"""URLs of the register of agencies and of their lineage 沿革."""

from django.urls import path

from tasks.lineage import views

urlpatterns = [
    path("bodies/new/", views.body_add, name="body_add"),
    path("bodies/<slug:agency_slug>/", views.body, name="body"),
    path("bodies/<slug:agency_slug>/name/", views.body_name, name="body_name"),
    path("bodies/<slug:agency_slug>/lineage/", views.edge_add, name="edge_add"),
    path("lineage/<int:pk>/", views.edge, name="edge"),
]
