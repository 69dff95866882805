"""Addresses of receipts."""

from django.urls import path

from reports.receipts import views

urlpatterns = [
    path("versions/<int:pk>/seen/", views.version_seen, name="version_seen"),
    path("instructions/<int:pk>/seen/", views.instruction_seen, name="instruction_seen"),
]
